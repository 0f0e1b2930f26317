"""Supporting documents: chosen from earlier ones or uploaded, with date, sheet and remark (SIN-57 to SIN-65)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, cast

from flask import Response, current_app, flash, request
from werkzeug.datastructures import FileStorage

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import (
    address_of,
    declared_document,
    own_application,
)
from portal.documents.refusals import UploadRefused
from portal.documents.uploads import KINDS, MIME_TYPES, inspect_upload
from portal.engine.fields.moment import iso_date, read_date
from portal.errors import Invalid
from portal.operations.files import keep_file, store_blobs
from portal.operations.quotas import UPLOADS_A_DAY, take_upload
from portal.operations.supporting_documents import Sheet, attach_document, remove_document
from portal.queries.applications import OwnApplication
from portal.queries.documents import (
    find_own_file,
    get_document,
    get_own_file,
    list_earlier_files,
)
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import current_language, gettext

ADDRESS = "/permohonan/<code>/data-dukung/<key>"


@dataclass(frozen=True)
class Refused:
    """Why an upload was not taken: the cause, the cure, or the inputs that are wrong."""

    errors: dict[str, str] = field(default_factory=dict)
    cure: str = ""


@bp.get(ADDRESS)
@requires("citizen")
def add_document_page(code: str, key: str) -> Response:
    """[Tambah Dokumen]: Pilih Dokumen Lama or Upload Baru."""
    own = own_application(code)
    step, item = declared_document(own, key)
    if not own.is_editable:
        return see_other(address_of(own))
    return _page(own, step, item, wants_new=request.args.get("pilihan") == "baru")


@bp.post(f"{ADDRESS}/lama")
@requires("citizen")
def choose_earlier_file(code: str, key: str) -> Response:
    """[Simpan] of Pilih Dokumen Lama: an own file again, with the date and sheet that it had."""
    own = own_application(code)
    step, item = declared_document(own, key)
    earlier = _earlier(own, step, key)
    chosen = next((row for row in earlier if row.code == request.form.get("file")), None)
    if chosen is None:
        words = gettext("Choose one of the files.")
        return _page(own, step, item, wants_new=False, refused=Refused({"file": words}))
    file = get_own_file(chosen.code, viewer().account_id, viewer().closed)
    with transaction():
        attach_document(
            own.application,
            own.declared,
            file,
            Sheet(chosen.dated_on, chosen.sheet),
            step=step.key,
            key=key,
        )
    return see_other(f"{address_of(own)}/langkah/{step.key}#f-{key}")


@bp.post(f"{ADDRESS}/baru")
@requires("citizen")
def upload_file(code: str, key: str) -> Response:
    """[Simpan] of Upload Baru: the file is kept at once, whatever else is wrong in the form."""
    own = own_application(code)
    step, item = declared_document(own, key)
    account_id = viewer().account_id
    sent = request.files.get("file")
    kept = find_own_file(request.form.get("uploaded", ""), account_id, viewer().closed)
    if sent is not None and sent.filename:
        if take_upload(viewer().account_id or 0):
            return _page(own, step, item, refused=_used_up(), kept=kept, status=429)
        try:
            kept = _take_in(sent, step, account_id)
        except UploadRefused as refused:
            words = refused.message(current_language())
            why = Refused({"file": words}, refused.cure(current_language()))
            return _page(own, step, item, refused=why, kept=kept)
    if kept is None:
        why = Refused({"file": gettext("Choose the file, or take a photo.")})
        return _page(own, step, item, refused=why)
    try:
        with transaction():
            attach_document(own.application, own.declared, kept, _sheet(), step=step.key, key=key)
    except Invalid as invalid:
        return _page(own, step, item, refused=Refused(invalid.errors), kept=kept)
    return see_other(f"{address_of(own)}/langkah/{step.key}#f-{key}")


@bp.post(f"{ADDRESS}/<document>/hapus")
@requires("citizen")
def take_away(code: str, key: str, document: str) -> Response:
    """[Hapus]: take a file away from its document (SIN-63)."""
    own = own_application(code)
    step, _ = declared_document(own, key)
    found = get_document(own.application.id, document)
    with transaction():
        remove_document(own.application, own.declared, found)
    flash(gettext("The file was removed."), "good")
    return see_other(f"{address_of(own)}/langkah/{step.key}#f-{key}")


def _take_in(sent: FileStorage, step: Any, account_id: int | None) -> Any:
    """Inspect and store outside of any transaction; only the row is written inside one."""
    upload = inspect_upload(
        cast("BinaryIO", sent.stream),
        sent.filename or "",
        allowed=step.types,
        max_bytes=step.max_bytes,
        scanner=current_app.extensions.get("scanner"),
    )
    blobs = store_blobs(upload)
    with transaction():
        return keep_file(blobs, account_id=account_id)


def _used_up() -> Refused:
    words = gettext("Today %(most)s files were already sent from this account.", most=UPLOADS_A_DAY)
    return Refused({"file": words}, gettext("What you sent is kept. Go on tomorrow, or ask for help by WhatsApp."))


def _sheet() -> Sheet:
    number = request.form.get("sheet", "").strip()
    return Sheet(
        dated_on=_day(request.form.get("dated_on", "")),
        number=int(number) if number.isdecimal() and len(number) < 4 else None,
        note=request.form.get("note", "").strip(),
    )


def _day(typed: str) -> date | None:
    return iso_date(read_date(typed.strip()))


def _earlier(own: OwnApplication, step: Any, key: str) -> Any:
    kinds = {MIME_TYPES[KINDS[word]] for word in step.types}
    return list_earlier_files(
        viewer().account_id or 0, key=key, media_types=sorted(kinds), without=own.application.id, closed=viewer().closed
    )


def _page(
    own: OwnApplication,
    step: Any,
    item: Any,
    *,
    wants_new: bool = True,
    refused: Refused | None = None,
    kept: Any = None,
    status: int = 422,
) -> Response:
    earlier = _earlier(own, step, item.key)
    today = clock.today(own.declared.agency.zone)
    form = request.form
    return answer(
        "applicant/document.html",
        status=status if refused else 200,
        application=own.application,
        service=own.declared.service,
        step=step,
        item=item,
        address=f"{address_of(own)}/data-dukung/{item.key}",
        back=f"{address_of(own)}/langkah/{step.key}#f-{item.key}",
        earlier=earlier,
        wants_new=wants_new or not earlier,
        refused=refused or Refused(),
        kept=kept,
        dated_on=form.get("dated_on", today.isoformat()),
        sheet=form.get("sheet", "1"),
        note=form.get("note", ""),
    )
