"""Proving the mailbox first: the notice that a mail is on its way, and the page behind its link (KAR-44)."""

from __future__ import annotations

from flask import Response, flash, url_for

from portal.auth import requires, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.at_hand import asked_registration, hold_registration
from portal.errors import NotFound
from portal.operations.mailboxes import find_resumed, prove_mailbox, send_resume_link, wait_for_mail
from portal.queries.registrations import OwnRegistration, get_registration_form
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.quiet import quiet


@bp.get("/daftar/<agency>/email")
@requires("everyone")
def show_mail_sent(agency: str) -> Response:
    """Look into your mailbox; the address is masked, for others may look on."""
    own = _asked(agency)
    if own is None:
        return see_other(url_for("account.show_registration", agency=agency))
    return _page(own)


@bp.post("/daftar/<agency>/email")
@requires("everyone")
def send_another_mail(agency: str) -> Response:
    """Another link to the same mailbox, with a pause between; the earlier link ends."""
    own = _asked(agency)
    if own is None:
        raise NotFound("registration")
    wait = wait_for_mail(own.application, own.answers.get(own.rules.email, ""))
    if wait is not None:
        return _page(own, wait=wait.seconds, status=429)
    with transaction():
        send_resume_link(own)
    flash(gettext("A new e-mail is on its way."), "info")
    return see_other(url_for("account.show_mail_sent", agency=agency))


@bp.get("/daftar/<agency>/lanjut/<token>")
@requires("everyone")
def show_resume(agency: str, token: str) -> Response:
    """A page with a button: previews and scanners prove nothing."""
    show_agency(agency)
    found = find_resumed(token)
    if found is None or found.own.application.agency != agency:
        return quiet(_ended(agency))
    name = found.own.answers.get(found.own.declared.service.subject.name, "")
    return quiet(answer("account/resume.html", agency=agency, token=token, own=found.own, name=name))


@bp.post("/daftar/<agency>/lanjut/<token>")
@requires("everyone")
def resume_registration(agency: str, token: str) -> Response:
    """The mailbox is proven, and this browser goes on with the form; until it is sent the link opens it again."""
    show_agency(agency)
    found = find_resumed(token)
    if found is None or found.own.application.agency != agency:
        return quiet(_ended(agency))
    if viewer().is_logged_in and viewer().account_id != found.own.application.account_id:
        return quiet(_ended(agency, is_other=True))
    with transaction():
        own = prove_mailbox(token)
    if own is None:
        return quiet(_ended(agency))
    hold_registration(own.code)
    return quiet(see_other(url_for("account.show_correction", agency=agency)))


def _asked(agency: str) -> OwnRegistration | None:
    get_registration_form(agency)
    show_agency(agency)
    own = asked_registration(agency)
    return own if own and own.rules.email_first and own.can("send") else None


def _ended(agency: str, *, is_other: bool = False) -> Response:
    return answer("account/resume_ended.html", status=410, agency=agency, is_other=is_other)


def _page(own: OwnRegistration, *, wait: int = 0, status: int = 200) -> Response:
    return answer(
        "account/mail_sent.html",
        status=status,
        own=own,
        agency=own.application.agency,
        email=own.masked(own.rules.email),
        wait=wait,
    )
