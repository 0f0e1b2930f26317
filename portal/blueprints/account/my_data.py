"""Data saya: see it, take a copy along, ask an agency to correct or delete it (XCT-07)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, flash, request, url_for

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.account import bp
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FIELD_TYPES
from portal.errors import Conflict, Invalid
from portal.operations.credentials import check_password
from portal.operations.privacy import COPY_LIVES, ask_agency, ask_copy
from portal.operations.throttle import Wait, take
from portal.queries.catalogue import catalogue
from portal.queries.privacy import count_held, find_copy_file, get_person, list_own_requests
from portal.transaction import transaction
from portal.web.files import send_stored
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

PASSWORDS_AN_HOUR = 10
REQUESTS_A_DAY = 5
KINDS = {
    "correct": "Betulkan data yang salah",
    "delete": "Hapus data saya",
    "withdraw": "Jangan pakai lagi data saya",
}
HELD = {
    "applications": "Pendaftaran dan pengajuan",
    "consents": "Persetujuan yang Anda berikan",
    "messages": "Pesan yang masih disimpan",
    "readings": "Kali data Anda dibuka petugas",
}


@bp.get("/akun/data-saya")
@requires("citizen")
def show_my_data() -> Response:
    """What the portal holds, and what was asked about it."""
    return _page()


@bp.post("/akun/data-saya/salinan")
@requires("citizen")
def ask_for_copy() -> Response:
    """Ask for a copy; the password is typed again, because the phone may be somebody else's by now."""
    account_id = _account_id()
    if wait := take(f"copy-password:{account_id}", PASSWORDS_AN_HOUR, timedelta(hours=1)):
        return _page(wait=wait, status=429)
    if check_password([account_id], request.form.get("password", "")) is None:
        return _page({"password": "Kata kunci belum benar. Ketik kata kunci yang Anda pakai untuk masuk."}, status=422)
    try:
        with transaction():
            ask_copy(account_id, _open_agencies())
    except Conflict as known:
        flash(str(known), "info")
        return see_other(url_for("account.show_my_data"))
    flash(gettext("The copy is being made. We send news when it is ready."), "good")
    return see_other(url_for("account.show_my_data"))


@bp.get("/akun/data-saya/salinan/<code>.<any(json, pdf):kind>")
@requires("citizen")
def send_copy(code: str, kind: str) -> Response:
    """The copy as a file, for a day."""
    return send_stored(find_copy_file(code, _account_id(), kind, viewer().closed), as_attachment=True)


@bp.post("/akun/data-saya/permintaan")
@requires("citizen")
def ask_about_data() -> Response:
    """Ask an agency to correct or delete data, or to stop using it."""
    account_id = _account_id()
    typed = {key: request.form.get(key, "") for key in ("agency", "kind", "text")}
    errors = {}
    if typed["agency"] not in _agencies():
        errors["agency"] = "Pilih instansinya."
    if typed["kind"] not in KINDS:
        errors["kind"] = "Pilih apa yang Anda minta."
    wait = None if errors else take(f"data-request:{account_id}", REQUESTS_A_DAY, timedelta(days=1))
    if errors or wait:
        return _page(errors, typed, wait=wait, status=429 if wait else 422)
    try:
        with transaction():
            ask_agency(account_id, typed["agency"], typed["kind"], typed["text"][:2000])
    except Invalid as refusal:
        return _page(refusal.errors, typed, status=422)
    except Conflict as known:
        flash(str(known), "info")
        return see_other(url_for("account.show_my_data"))
    flash(gettext("Your request is with the agency. It answers within 3 x 24 hours."), "good")
    return see_other(url_for("account.show_my_data"))


def _account_id() -> int:
    account_id = viewer().account_id
    assert account_id is not None
    return account_id


def _agencies() -> dict[str, str]:
    """The agencies that hold something and are open to this log in: code -> name."""
    return {code: catalogue().agency(code).name for code in _open_agencies()}


def _open_agencies() -> list[str]:
    """What this log in opens: a weaker one never shows what a stronger agency keeps."""
    who = viewer()
    # The agency of the log-in counts before it has enrolled anybody, but not where its own password was set weaker.
    return sorted({*who.enrolments, *([who.agency] if who.agency else [])} - set(who.closed))


def _page(
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    *,
    wait: Wait | None = None,
    status: int = 200,
) -> Response:
    account_id = _account_id()
    account = get_person(account_id)
    held = count_held(account_id, _open_agencies())
    return answer(
        "account/my_data.html",
        status=status,
        contacts=[
            {"label": gettext("Full name"), "value": account.name},
            {"label": gettext("Phone number (WhatsApp)"), "value": _masked("phone", account.phone)},
            {"label": "Email", "value": _masked("email", account.email)},
        ],
        counts=[(words, getattr(held, name)) for name, words in HELD.items()],
        agencies=list(_agencies().items()),
        kinds=list(KINDS.items()),
        requests=[_request(row) for row in list_own_requests(account_id, viewer().closed)],
        errors=errors or {},
        error_links=[(f"#f-{key}", words) for key, words in (errors or {}).items()],
        typed=typed or {},
        wait=wait.seconds if wait else 0,
        hours=int(COPY_LIVES.total_seconds()) // 3600,
    )


def _masked(kind: str, value: str | None) -> str:
    question = FieldDeclaration(key=kind, type=kind, label=kind)
    return FIELD_TYPES[kind].display(question, value or "", masked=True)


def _request(row: Any) -> dict[str, Any]:
    tones = {"open": ("waiting", "Diproses"), "done": ("good", "Selesai")}
    tone, state = tones.get(row.state, ("neutral", "Dibatasi" if row.state == "restricted" else "Tidak dikabulkan"))
    agency = catalogue().agencies.get(row.agency)
    is_ready = row.kind == "copy" and row.state == "done" and clock.now() - row.answered_at < COPY_LIVES
    return {
        "title": KINDS.get(row.kind, "Salinan data saya"),
        "agency": agency.short_name if agency else "",
        "tone": tone,
        "state": state,
        "asked_at": row.asked_at,
        "due_at": row.due_at if row.state == "open" else None,
        "answer": row.answer or "",
        "code": row.code if is_ready else "",
    }
