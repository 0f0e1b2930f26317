"""Ganti mode: whether a raised applicant acts for the own family or in the name of a group (SIN-29)."""

from __future__ import annotations

from flask import Response, flash, request, session

from portal.auth import requires, viewer
from portal.auth.viewer import MODE
from portal.blueprints.account import bp
from portal.errors import NotFound
from portal.queries.catalogue import catalogue
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/akun/mode")
@requires("citizen")
def show_mode() -> Response:
    """The modes of this account, the present one marked, and what each may do (Tabel 2 of the guide)."""
    who = viewer()
    show_agency(who.membership.agency if who.membership else who.agency or None)
    titles = {code: one.title for services in catalogue().services.values() for code, one in services.items()}
    groups = [
        {
            "code": one.code,
            "words": one.words,
            "agency": catalogue().agency(one.agency).short_name,
            "services": sorted(titles.get(code, code) for code in one.services),
            "is_current": one == who.membership,
        }
        for one in who.memberships
    ]
    return answer("account/mode.html", groups=groups, is_personal=who.membership is None)


@bp.post("/akun/mode")
@requires("citizen")
def switch_mode() -> Response:
    """Act in another mode from now on; a new log-in begins as Pemohon Pribadi. Drafts keep the mode they began in."""
    who, wanted = viewer(), request.form.get("mode", "")
    if not wanted:
        session.pop(MODE, None)
        flash(gettext("You act for yourself and your family now."), "good")
        return see_other(_home(who.membership.agency if who.membership else who.agency))
    chosen = next((one for one in who.memberships if one.code == wanted), None)
    if chosen is None:
        raise NotFound("membership")
    session[MODE] = chosen.code
    flash(gettext("You act as %(group)s now.", group=chosen.words), "good")
    return see_other(_home(chosen.agency))


def _home(agency: str) -> str:
    return f"/instansi/{agency}" if agency else "/"
