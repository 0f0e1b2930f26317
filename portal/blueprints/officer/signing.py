"""Papers that wait for a signature: looked at, chosen, and signed with one passphrase (SIN-85)."""

from __future__ import annotations

from typing import Any

from flask import Response, request, session

from portal.auth import Viewer, requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import case_path, officer_id
from portal.errors import NotFound
from portal.operations import throttle
from portal.operations.signing import sign_documents
from portal.queries.cases import list_papers_to_sign
from portal.queries.catalogue import catalogue
from portal.queries.reach import roles_for
from portal.web.filters import short_moment
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

MOST = 100  # papers in one go
PATH = "/petugas/tanda-tangan"
KEPT = "signed"  # the result of the last go, in the visit, so that a reload signs nothing


@bp.get("/tanda-tangan")
@requires("officer")
def list_to_sign() -> Response:
    """Every paper that waits for one of my roles, each approved by somebody before."""
    return _list(viewer())


@bp.post("/tanda-tangan")
@requires("officer")
def sign() -> Response:
    """Sign the chosen papers; the passphrase is used here once and kept nowhere."""
    who = viewer()
    waiting = {row["paper"]: row for row in _waiting(who)}
    chosen = list(dict.fromkeys(request.form.getlist("paper")))[:MOST]
    passphrase = request.form.get("passphrase", "")
    if not chosen:
        return _list(who, status=422, errors={"paper": gettext("Choose at least one paper.")})
    if not passphrase:
        errors = {"passphrase": gettext("Type your passphrase.")}
        return _list(who, chosen=chosen, status=422, errors=errors)
    tries = (f"sign:{officer_id(who)}", "", "")
    if wait := throttle.allow(*tries):
        errors = {"passphrase": gettext("Too many tries. Wait %(seconds)s seconds.", seconds=wait.seconds)}
        return _list(who, chosen=chosen, status=429, errors=errors)
    results = sign_documents(chosen, officer_id(who), passphrase)
    if any(result.ok for result in results):
        throttle.note_success(*tries)
    session[KEPT] = [
        {
            "paper": result.code,
            "ok": result.ok,
            "problem": result.problem,
            **_words(waiting.get(result.code)),
        }
        for result in results
    ]
    return see_other(f"{PATH}/hasil")


@bp.get("/tanda-tangan/hasil")
@requires("officer")
def show_signed() -> Response:
    """How each paper of the last go ended."""
    _refuse_non_signers(viewer())
    results = session.get(KEPT, [])
    return answer(
        "officer/signed.html",
        results=results,
        done=sum(result["ok"] for result in results),
        failed=sum(not result["ok"] for result in results),
    )


def _list(
    who: Viewer,
    *,
    chosen: list[str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return answer(
        "officer/to_sign.html",
        status=status,
        rows=_waiting(who),
        chosen=chosen or [],
        errors=errors or {},
        most=MOST,
    )


def _words(row: dict[str, Any] | None) -> dict[str, str]:
    """What the result page says about a paper; one that was no longer waiting has only its code."""
    row = row or {}
    return {key: row.get(key, "") for key in ("number", "title", "name", "code", "href")}


def _waiting(who: Viewer) -> list[dict[str, Any]]:
    _refuse_non_signers(who)
    rows = list_papers_to_sign(who.agencies(), MOST)
    return [_row(row) for row in rows if _is_mine(who, row)]


def _is_mine(who: Viewer, row: Any) -> bool:
    """Whether the declared signer of the paper is a role held at its agency and office."""
    service = catalogue().service(row.agency, row.service)
    output = service.output(row.key) if service else None
    return output is not None and output.signer in roles_for(who.duties, row)


def _row(row: Any) -> dict[str, Any]:
    zone = catalogue().agency(row.agency).zone
    return {
        "paper": row.verification_code,
        "title": row.title,
        "number": row.number,
        "name": row.subject_name or "–",
        "code": row.code,
        "href": case_path(row.code),
        "waits_since": short_moment(row.wanted_at, zone),
        "problem": row.problem,
    }


def _refuse_non_signers(who: Viewer) -> None:
    """The page does not exist for officers who have no role that signs."""
    for duty in who.duties:
        role = catalogue().agency(duty.agency).roles.get(duty.role)
        if role is not None and role.signs:
            return
    raise NotFound("signing")
