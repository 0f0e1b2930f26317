"""Ganti Nomor HP by a code to the new number, and another e-mail confirmed in both mailboxes (SIN-34, SIN-35)."""

from __future__ import annotations

from flask import Response, flash, request, session, url_for

from portal.auth import requires
from portal.auth.access import MUST_PROVE
from portal.blueprints.account import bp
from portal.blueprints.account.link_ended import link_ended
from portal.blueprints.account.own import agency_of_words, own_id
from portal.blueprints.account.owner import asks_password, check_owner, refuse_weaker
from portal.errors import Conflict
from portal.operations import contact_changes as changes
from portal.operations.contact_changes import CodeTry
from portal.queries.registrations import get_account
from portal.transaction import transaction
from portal.web.contacts import CONTACTS, masked, read_contact
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.quiet import quiet

CODE = "code"


@bp.get("/akun/nomor-hp")
@requires("citizen")
def show_phone_change() -> Response:
    """The new number; and the code, as long as one is on its way."""
    return refuse_weaker() or _phone_page()


@bp.post("/akun/nomor-hp")
@requires("citizen")
def send_phone_change() -> Response:
    """[Kirim Kode]: a code to the new number; the old one stays until it came back."""
    if refused := refuse_weaker():
        return refused
    raw = request.form.get("phone", "")
    number, problem = read_contact("phone", raw)
    if problem:
        return _phone_page(typed=raw, errors={"phone": problem})
    errors, wait = check_owner()
    if errors:
        return _phone_page(typed=raw, errors=errors)
    if wait := wait or changes.wait_for_code(own_id(), number):
        return _phone_page(typed=raw, wait=wait.seconds, status=429)
    agency = agency_of_words()
    with transaction():
        changes.send_code(own_id(), number, agency=agency)
    flash(gettext("A new code is on its way."), "info")
    return see_other(url_for("account.show_phone_change"))


@bp.post("/akun/nomor-hp/kode")
@requires("citizen")
def save_phone_change() -> Response:
    """[Simpan]: the right code makes the number the account's, and the old number hears of it."""
    if refused := refuse_weaker():
        return refused
    agency = agency_of_words()
    with transaction():
        tried = changes.save_phone(own_id(), request.form.get(CODE, ""), agency=agency)
    if tried.outcome != "right":
        return _phone_page(errors={CODE: _code_words(tried)})
    session.pop(MUST_PROVE, None)
    flash(gettext("The phone number was changed."), "good")
    return see_other(url_for("account.show_account"))


@bp.get("/akun/email")
@requires("citizen")
def show_email_change() -> Response:
    """The new e-mail, and what is still waited for."""
    return refuse_weaker() or _email_page()


@bp.post("/akun/email")
@requires("citizen")
def ask_email_change() -> Response:
    """Ask both mailboxes; nothing changes before both have agreed."""
    if refused := refuse_weaker():
        return refused
    raw = request.form.get("email", "")
    email, problem = read_contact("email", raw)
    if problem:
        return _email_page(typed=raw, errors={"email": problem})
    errors, wait = check_owner()
    if errors:
        return _email_page(typed=raw, errors=errors)
    if wait := wait or changes.wait_for_email(own_id()):
        return _email_page(typed=raw, wait=wait.seconds, status=429)
    agency = agency_of_words()
    with transaction():
        changes.ask_email(own_id(), email, agency=agency)
    flash(gettext("Look into both mailboxes, and agree in each."), "info")
    return see_other(url_for("account.show_email_change"))


@bp.get("/email-baru/<token>")
@requires("everyone")
def show_email_link(token: str) -> Response:
    """Asks one mailbox; burns nothing."""
    found = changes.find_open_email_change(token)
    if found is None:
        return link_ended()
    show_agency(found.change.agency)
    return quiet(
        answer(
            "account/contact_email_link.html",
            side=found.side,
            action=url_for("account.answer_email_link", token=token),
            email=masked("email", found.change.new_email),
        )
    )


@bp.post("/email-baru/<token>")
@requires("everyone")
def answer_email_link(token: str) -> Response:
    """[Setuju] or [Bukan Saya]: the second of two yeses changes the e-mail."""
    found = changes.find_open_email_change(token)
    if found is None:
        return link_ended()
    agency = found.change.agency
    try:
        with transaction():
            if request.form.get("answer") == "no":
                outcome = "no" if changes.say_no_to_email(token) else "dead"
            else:
                outcome = changes.say_yes_to_email(token)
    except Conflict:
        outcome = "taken"
    if outcome == "dead":
        return link_ended(agency)
    show_agency(agency)
    return quiet(answer("account/contact_email_said.html", outcome=outcome, agency=agency))


def _code_words(tried: CodeTry) -> str:
    if tried.outcome == "wrong":
        return gettext("This code is not right. You can try %(left)s more times.", left=tried.left)
    return gettext("This code no longer works. Ask for a new one.")


def _phone_page(
    *,
    typed: str = "",
    errors: dict[str, str] | None = None,
    wait: int = 0,
    status: int = 0,
) -> Response:
    account, errors = get_account(own_id()), errors or {}
    pending = changes.find_pending_phone(own_id())
    return answer(
        "account/contact_phone.html",
        "account/_contact_phone.html",
        status=status or (422 if errors else 200),
        number=masked("phone", account.phone),
        pending=masked("phone", pending),
        question=CONTACTS["phone"],
        typed=typed,
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        wait=wait,
        must_prove=bool(session.get(MUST_PROVE)),
        asks_password=asks_password(),
    )


def _email_page(*, typed: str = "", errors: dict[str, str] | None = None, wait: int = 0, status: int = 0) -> Response:
    account, errors = get_account(own_id()), errors or {}
    pending = changes.find_pending_email(own_id())
    return answer(
        "account/contact_email.html",
        "account/_contact_email.html",
        status=status or (422 if errors else 200),
        email=masked("email", account.email),
        pending=masked("email", pending.new_email) if pending else "",
        waits_old=bool(pending and not pending.old_said_at),
        waits_new=bool(pending and not pending.new_said_at),
        asks_password=asks_password(),
        typed=typed,
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        wait=wait,
    )
