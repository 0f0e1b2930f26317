"""Links that say no: *Bukan saya*, *Bukan nomor saya*, and the stop of a recovery at the counter."""

from __future__ import annotations

from flask import Response, flash, url_for

from portal.auth import requires
from portal.blueprints.account import bp
from portal.blueprints.account.link_ended import link_ended
from portal.blueprints.account.own import own_id
from portal.operations.not_me import find_undoable, undo_change
from portal.operations.recovery import find_stoppable, stop_own_recovery, stop_recovery
from portal.operations.stopped_numbers import find_stop, stop_number
from portal.transaction import transaction
from portal.web.contacts import masked
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.quiet import quiet


@bp.get("/bukan-saya/<token>")
@requires("everyone")
def show_not_me(token: str) -> Response:
    """What was changed and what the button undoes; burns nothing."""
    found = find_undoable(token)
    if found is None:
        return link_ended()
    show_agency(found.change.agency)
    action = url_for("account.undo_not_me", token=token)
    return quiet(answer("account/recovery_not_me.html", kind=found.change.kind, action=action))


@bp.post("/bukan-saya/<token>")
@requires("everyone")
def undo_not_me(token: str) -> Response:
    """Put back what was changed since, end every session, and let no password work before a new one is set."""
    found = find_undoable(token)
    if found is None:
        return link_ended()
    agency = found.change.agency
    with transaction():
        undone = undo_change(token)
    if undone is None:
        return link_ended(agency)
    show_agency(agency)
    return quiet(answer("account/recovery_undone.html", agency=agency))


@bp.get("/bukan-nomor-saya/<token>")
@requires("everyone")
def show_not_mine(token: str) -> Response:
    """Asks the owner of the number; burns nothing, and names nobody."""
    if not find_stop(token):
        return link_ended()
    return quiet(answer("account/recovery_not_mine.html", action=url_for("account.stop_not_mine", token=token)))


@bp.post("/bukan-nomor-saya/<token>")
@requires("everyone")
def stop_not_mine(token: str) -> Response:
    """No more messages of that account to this number."""
    with transaction():
        is_stopped = stop_number(token)
    return quiet(answer("account/recovery_stopped_number.html")) if is_stopped else link_ended()


@bp.get("/pemulihan/<token>")
@requires("everyone")
def show_stop_recovery(token: str) -> Response:
    """Somebody asked at a counter for this account: the owner of the old contact may stop it."""
    found = find_stoppable(token)
    if found is None:
        return link_ended()
    show_agency(found.agency)
    return quiet(
        answer(
            "account/recovery_stop.html",
            action=url_for("account.stop_recovery_by_link", token=token),
            due_at=found.due_at,
            new_phone=masked("phone", found.phone),
            new_email=masked("email", found.email),
        )
    )


@bp.post("/pemulihan/<token>")
@requires("everyone")
def stop_recovery_by_link(token: str) -> Response:
    """[Hentikan]: the account stays as it is."""
    found = find_stoppable(token)
    agency = found.agency if found else ""
    with transaction():
        is_stopped = stop_recovery(token)
    if not is_stopped:
        return link_ended(agency)
    show_agency(agency)
    return quiet(answer("account/recovery_stopped.html", agency=agency))


@bp.post("/akun/pemulihan/hentikan")
@requires("citizen")
def stop_own() -> Response:
    """Who can log in needs no recovery."""
    with transaction():
        is_stopped = stop_own_recovery(own_id())
    if is_stopped:
        flash(gettext("The request was stopped. Your account stays as it is."), "good")
    return see_other(url_for("account.show_account"))
