"""Documents of a registration, given before it is sent by somebody who has no account yet (KAR-48)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, BinaryIO, cast

from flask import Response, current_app, flash, request, url_for
from werkzeug.datastructures import FileStorage

from portal import clock
from portal.auth import requires
from portal.blueprints.account import bp
from portal.blueprints.account.at_hand import find_registration_at_hand
from portal.blueprints.account.onward import send
from portal.blueprints.account.place import place_of_request
from portal.documents.refusals import UploadRefused
from portal.documents.uploads import inspect_upload
from portal.engine.fields.moment import iso_date, read_date
from portal.errors import Invalid, NotFound
from portal.operations.files import keep_file, store_blobs
from portal.operations.supporting_documents import Sheet, attach_document, remove_document
from portal.operations.throttle import take
from portal.queries.documents import find_own_file, get_document
from portal.queries.facts import is_mailbox_proven, is_phone_proven
from portal.queries.registration_documents import (
    AskedDocument,
    get_asked_document,
    list_asked_documents,
    list_lacking,
)
from portal.queries.registrations import OwnRegistration
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import current_language, gettext

ADDRESS = "/daftar/<agency>/dokumen"
UPLOADS_PER_NETWORK = 200
UPLOADS_WINDOW = timedelta(hours=1)
LONGEST_NUMBER = 60


@bp.get(ADDRESS)
@requires("everyone")
def show_documents(agency: str) -> Response:
    """The named documents, what was given for each, and the button that sends the registration."""
    return _table(_at_hand(agency))


@bp.post(f"{ADDRESS}/kirim")
@requires("everyone")
def send_with_documents(agency: str) -> Response:
    """Send it, when nothing lacks."""
    own = _at_hand(agency)
    lacking = list_lacking(own)
    return _table(own, lacking, status=422) if lacking else send(own)


@bp.get(f"{ADDRESS}/<key>")
@requires("everyone")
def show_document_form(agency: str, key: str) -> Response:
    """Asks for one file, and for the number and day of the paper where the agency wants them."""
    own = _at_hand(agency)
    return _form(own, get_asked_document(own, key))


@bp.post(f"{ADDRESS}/<key>")
@requires("everyone")
def give_document(agency: str, key: str) -> Response:
    """Take the file in at once, whatever else is wrong in the form, and attach it when all is right."""
    own = _at_hand(agency)
    asked = get_asked_document(own, key)
    account_id = own.application.account_id
    kept = find_own_file(request.form.get("uploaded", ""), account_id)
    sent = request.files.get("file")
    errors = _typed_problems(own, asked)
    if sent is not None and sent.filename:
        if take(f"registration-upload:{place_of_request().network}", UPLOADS_PER_NETWORK, UPLOADS_WINDOW):
            return _form(own, asked, {"file": gettext("Too many files from here. Try again in an hour.")}, status=429)
        try:
            kept = _take_in(sent, asked, account_id)
        except UploadRefused as refused:
            errors["file"] = refused.message(current_language())
            return _form(own, asked, errors, cure=refused.cure(current_language()), status=422)
    if kept is None:
        errors["file"] = gettext("Choose the file, or take a photo.")
    if errors or kept is None:
        return _form(own, asked, errors, kept=kept, status=422)
    return _attach(own, asked, kept)


@bp.post(f"{ADDRESS}/<key>/<document>/hapus")
@requires("everyone")
def remove_given_document(agency: str, key: str, document: str) -> Response:
    """Take a file away again."""
    own = _at_hand(agency)
    get_asked_document(own, key)
    found = get_document(own.application.id, document)
    with transaction():
        remove_document(own.application, own.declared, found)
    flash(gettext("The file was removed."), "good")
    return see_other(url_for("account.show_documents", agency=agency))


def _at_hand(agency: str) -> OwnRegistration:
    """The draft of this visit, once all that comes before the documents is proven."""
    show_agency(agency)
    own = find_registration_at_hand(agency)
    if own is None or not own.can("send"):
        raise NotFound("registration")
    if own.rules.email_first and not is_mailbox_proven(own.application, own.declared, own.steps):
        raise NotFound("registration")
    if own.rules.phone and not is_phone_proven(own.application, own.declared):
        raise NotFound("registration")
    return own


def _typed_problems(own: OwnRegistration, asked: AskedDocument) -> dict[str, str]:
    number = request.form.get("number", "").strip()
    errors = {}
    if "number" in asked.item.asks and not number:
        errors["number"] = gettext("Fill in the number that stands on the document.")
    elif len(number) > LONGEST_NUMBER:
        errors["number"] = gettext("The number is too long. At most %(most)s signs.", most=LONGEST_NUMBER)
    return errors | _sheet(own, asked).problems(clock.today(own.declared.agency.zone))


def _sheet(own: OwnRegistration, asked: AskedDocument) -> Sheet:
    """The number of the paper is kept as its remark; a paper whose day is not asked gets today's."""
    issued_on: date | None = clock.today(own.declared.agency.zone)
    if "issued_on" in asked.item.asks:
        issued_on = iso_date(read_date(request.form.get("dated_on", "").strip()))
    number = request.form.get("number", "").strip() if "number" in asked.item.asks else ""
    return Sheet(issued_on, len(asked.files) + 1, number)


def _take_in(sent: FileStorage, asked: AskedDocument, account_id: int | None) -> Any:
    """Inspect and store outside of any transaction; only the row is written inside one."""
    upload = inspect_upload(
        cast("BinaryIO", sent.stream),
        sent.filename or "",
        allowed=asked.step.types,
        max_bytes=asked.step.max_bytes,
        scanner=current_app.extensions.get("scanner"),
    )
    blobs = store_blobs(upload)
    with transaction():
        return keep_file(blobs, account_id=account_id)


def _attach(own: OwnRegistration, asked: AskedDocument, kept: Any) -> Response:
    try:
        with transaction():
            attach_document(
                own.application, own.declared, kept, _sheet(own, asked), step=asked.step.key, key=asked.item.key
            )
    except Invalid as invalid:
        errors = {key or "file": words for key, words in invalid.errors.items()}
        return _form(own, asked, errors, kept=kept, status=422)
    return see_other(url_for("account.show_documents", agency=own.application.agency) + f"#f-{asked.item.key}")


def _table(own: OwnRegistration, lacking: list[tuple[str, str]] | None = None, status: int = 200) -> Response:
    return answer(
        "account/documents.html",
        status=status,
        own=own,
        agency=own.application.agency,
        asked=list_asked_documents(own),
        errors=dict(lacking or []),
        error_links=[(f"#f-{key}", sentence) for key, sentence in lacking or []],
    )


def _form(
    own: OwnRegistration,
    asked: AskedDocument,
    errors: dict[str, str] | None = None,
    *,
    kept: Any = None,
    cure: str = "",
    status: int = 200,
) -> Response:
    errors = errors or {}
    return answer(
        "account/document.html",
        status=status,
        own=own,
        agency=own.application.agency,
        asked=asked,
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        cure=cure,
        kept=kept,
        number=request.form.get("number", ""),
        dated_on=request.form.get("dated_on", ""),
    )
