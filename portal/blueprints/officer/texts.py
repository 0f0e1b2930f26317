"""Texts of messages, for admins of a whole agency: read, changed, put back (XCT-01)."""

from __future__ import annotations

from flask import Response, flash, request

from portal.auth import requires
from portal.blueprints.officer import bp
from portal.blueprints.officer.duty_forms import admin_scopes
from portal.errors import Conflict, Invalid, NotFound
from portal.operations.texts import keep_text, put_back
from portal.queries.catalogue import catalogue
from portal.queries.texts import PARTS, get_text, list_texts
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

PATH = "/petugas/teks"


@bp.get("/teks")
@requires("officer")
def list_message_texts() -> Response:
    """Every message that the agency sends."""
    agency = _agency(request.args.get("instansi", ""))
    return answer(
        "officer/texts.html",
        agency=agency,
        agencies=[
            {
                "label": catalogue().agency(code).short_name,
                "href": f"{PATH}?instansi={code}",
                "is_current": code == agency,
            }
            for code in _agencies()
        ],
        rows=list_texts(agency),
        path=PATH,
    )


@bp.get("/teks/<agency>/<key>")
@requires("officer")
def show_message_text(agency: str, key: str) -> Response:
    """One message in its three shapes, to be changed."""
    return _page(_agency(agency), key)


@bp.post("/teks/<agency>/<key>")
@requires("officer")
def keep_message_text(agency: str, key: str) -> Response:
    """Take other words, or put the declared ones back."""
    agency = _agency(agency)
    text = get_text(agency, key)
    if request.form.get("_do") == "reset":
        with transaction():
            put_back(agency, text)
        flash(gettext("The declared text is sent again."), "good")
        return see_other(f"{PATH}/{agency}/{key}")
    typed = {part: request.form.get(part, "") for part in PARTS}
    try:
        with transaction():
            keep_text(agency, text, typed, request.form.get("seen", ""))
    except Invalid as refusal:
        return _page(agency, key, typed, refusal.errors, status=422)
    except Conflict as conflict:
        return _page(agency, key, typed, {"whatsapp": str(conflict)}, status=409)
    flash(gettext("Saved. Messages from now on have these words."), "good")
    return see_other(f"{PATH}/{agency}/{key}")


def _agencies() -> list[str]:
    """Where the officer is an admin of the whole agency: texts are the same for all offices."""
    found = [agency for agency, offices in admin_scopes().items() if not offices]
    if not found:
        raise NotFound("texts")
    return found


def _agency(wanted: str) -> str:
    agencies = _agencies()
    if wanted and wanted not in agencies:
        raise NotFound("agency")
    return wanted or agencies[0]


def _page(
    agency: str,
    key: str,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    text = get_text(agency, key)
    return answer(
        "officer/text.html",
        status=status,
        agency=agency,
        text=text,
        values=typed or {part: getattr(text.current, part) for part in PARTS},
        errors=errors or {},
        error_links=[(f"#f-{part}", words) for part, words in (errors or {}).items()],
        path=PATH,
    )
