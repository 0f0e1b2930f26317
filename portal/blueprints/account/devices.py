"""Where one is logged in, staying so, and the answer *Bukan saya* to news of a new device (XCT-12)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires, stay_logged_in, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.login import local_path
from portal.errors import NotFound
from portal.operations.new_devices import disown_login, find_disowned
from portal.operations.visits import end_other_visits, end_visit_of, visit_code
from portal.queries.accounts import list_visits
from portal.queries.catalogue import get_agency
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext


@bp.get("/akun/perangkat")
@requires("citizen")
def show_devices() -> Response:
    """Each live session: on what, since when, last seen, and which one this is."""
    who = viewer()
    assert who.account_id is not None
    show_agency(who.agency or None)
    visits = [
        {
            "code": visit_code(row.id),
            "device": row.device,
            "agency": get_agency(row.agency).short_name if row.agency else "",
            "created_at": row.created_at,
            "seen_at": row.seen_at,
            "is_this": row.id == who.visit_id,
        }
        for row in list_visits(who.account_id)
    ]
    return answer("account/devices.html", visits=visits)


@bp.post("/akun/perangkat/keluar-lain")
@requires("citizen")
def log_out_elsewhere() -> Response:
    """End every other session; this one goes on."""
    who = viewer()
    assert who.account_id is not None
    assert who.visit_id is not None
    with transaction():
        ended = end_other_visits(who.account_id, who.visit_id)
    flash(gettext("%(count)s other sessions were ended.", count=ended), "good")
    return see_other(url_for("account.show_devices"))


@bp.post("/akun/perangkat/<code>/keluar")
@requires("citizen")
def log_out_device(code: str) -> Response:
    """End one session; one that has ended meanwhile is as good."""
    who = viewer()
    assert who.account_id is not None
    found = next((row for row in list_visits(who.account_id) if visit_code(row.id) == code), None)
    if found is not None:
        with transaction():
            end_visit_of(who.account_id, found.id)
    flash(gettext("That device is logged out."), "good")
    return see_other(url_for("account.show_devices"))


@bp.post("/akun/lanjut")
@requires("citizen")
def stay() -> Response:
    """The idle time begins anew; with htmx only the line that tells of it is answered."""
    who = stay_logged_in()
    if wants_partial():
        return answer("layout/_session.html", viewer=who)
    return see_other(local_path(request.form.get("lanjut", "")) or url_for("account.show_account"))


@bp.get("/masuk/bukan-saya/<token>")
@requires("everyone")
def show_disowning(token: str) -> Response:
    """A page with a button: previews and scanners burn nothing."""
    found = find_disowned(token)
    if found is None:
        return _quiet(answer("account/disowned_ended.html", status=410))
    show_agency(found.agency or None)
    return _quiet(answer("account/disown.html", token=token))


@bp.post("/masuk/bukan-saya/<token>")
@requires("everyone")
def disown(token: str) -> Response:
    """Every session ends, and the account waits for a new password."""
    with transaction():
        found = disown_login(token)
    if found is None:
        return _quiet(answer("account/disowned_ended.html", status=410))
    if not found.agency:
        raise NotFound("agency")
    flash(gettext("Every session is closed and the old password no longer works. Set a new one now."), "good")
    return _quiet(see_other(url_for("account.show_forgotten_password", agency=found.agency)))


def _quiet(response: Response) -> Response:
    """The address holds a secret: it goes to nobody as a referrer."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
