"""Personal data, for who answers for it at an agency: requests with their clock, and their answers (XCT-07)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.errors import Conflict, Invalid, NotFound
from portal.operations.erasure import may_erase
from portal.operations.privacy import answer_request
from portal.operations.readings import log_reading
from portal.queries.catalogue import catalogue
from portal.queries.privacy import PAGE, get_person, get_request, list_requests, protected
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.pagination import cut_page, read_cursor

PATH = "/petugas/data-pribadi"
KINDS = {"correct": "Pembetulan", "delete": "Penghapusan", "withdraw": "Penghentian pemakaian"}
STATES = {"open": "Baru", "done": "Dikabulkan", "restricted": "Dibatasi", "refused": "Tidak dikabulkan"}
TONES = {"open": "waiting", "done": "good", "restricted": "neutral", "refused": "bad"}
OUTCOMES = {
    "correct": ("done", "refused"),
    "delete": ("done", "restricted", "refused"),
    "withdraw": ("restricted", "refused"),
}


@bp.get("/data-pribadi")
@requires("officer")
def list_data_requests() -> Response:
    """What people ask of the agency about their data, the most urgent first."""
    agencies = _agencies()
    is_open = request.args.get("status") != "dijawab"
    cursor = read_cursor(request.args)
    edge = (cursor.at, cursor.code) if cursor and not cursor.is_backwards else None
    rows = list_requests(agencies, is_open=is_open, edge=edge, limit=PAGE + 1)
    page = cut_page(rows, PAGE, cursor, lambda row: (row.due_at, row.code))
    onward = f"{PATH}?status={'baru' if is_open else 'dijawab'}&{page.next[0]}={page.next[1]}" if page.next else None
    return answer(
        "officer/data_requests.html",
        rows=[_row(row) for row in page.rows],
        is_open=is_open,
        path=PATH,
        next=onward,
    )


@bp.get("/data-pribadi/<code>")
@requires("officer")
def show_data_request(code: str) -> Response:
    """One request, its person and the answers that are open."""
    return _page(get_request(code, _agencies()))


@bp.post("/data-pribadi/<code>")
@requires("officer")
def answer_data_request(code: str) -> Response:
    """Answer it once; what was typed stays when somebody was faster."""
    found = get_request(code, _agencies())
    officer = viewer().account_id
    assert officer is not None
    outcome, words = request.form.get("outcome", ""), request.form.get("answer", "")[:2000]
    if outcome not in OUTCOMES[found.kind]:
        return _page(found, {"outcome": "Pilih jawabannya."}, words, status=422)
    if found.account_id == officer:
        return _page(found, {"outcome": "Ini permintaan Anda sendiri. Mintalah petugas lain."}, words, status=422)
    try:
        with transaction():
            answer_request(found, officer, outcome, words)  # type: ignore[arg-type]
    except Invalid as refusal:
        return _page(found, refusal.errors, words, outcome, status=422)
    except Conflict as conflict:
        return _page(get_request(code, _agencies()), {"outcome": str(conflict)}, words, outcome, status=409)
    flash(gettext("The request is answered and the person is told."), "good")
    return see_other(PATH)


def _agencies() -> list[str]:
    agencies = protected(viewer().duties)
    if not agencies:
        raise NotFound("personal data")
    return agencies


def _row(row: Any) -> dict[str, Any]:
    return {
        "href": f"{PATH}/{row.code}",
        "kind": KINDS[row.kind],
        "name": row.name,
        "agency": catalogue().agency(row.agency).short_name,
        "asked_at": row.asked_at,
        "due_at": row.due_at,
        "is_late": row.state == "open" and row.due_at < clock.now(),
        "tone": TONES[row.state],
        "state": STATES[row.state],
    }


def _outcomes(found: Any) -> Sequence[tuple[str, str, str]]:
    """(value, label, what it does) of the answers that fit; deleting only where no archive forbids it."""
    words = {
        ("correct", "done"): ("Sudah dibetulkan", "Data sudah dibetulkan di sistem."),
        ("delete", "done"): ("Hapus sekarang", "Pendaftaran, nama masuk, draf dan kabar orang ini dihapus."),
        ("delete", "restricted"): ("Batasi", "Data disimpan hanya untuk arsip; akun di instansi ini ditutup."),
        ("withdraw", "restricted"): ("Hentikan pemakaian", "Akun di instansi ini ditutup, data hanya untuk arsip."),
    }
    refused = ("Tidak dikabulkan", "Sebut aturannya, dan apa yang dapat dilakukan pemohon.")
    found_words = [(key, *words.get((found.kind, key), refused)) for key in OUTCOMES[found.kind]]
    if found.kind == "delete" and not may_erase(found.account_id, found.agency):
        found_words = found_words[1:]
    return found_words


def _page(
    found: Any,
    errors: dict[str, str] | None = None,
    typed: str = "",
    outcome: str = "",
    *,
    status: int = 200,
) -> Response:
    officer = viewer().account_id
    if request.method == "GET" and officer is not None:
        with transaction():
            log_reading(officer, None, "data-request", found.code)
    person = get_person(found.account_id)
    return answer(
        "officer/data_request.html",
        status=status,
        found=found,
        kind=KINDS[found.kind],
        state=STATES[found.state],
        tone=TONES[found.state],
        agency=catalogue().agency(found.agency).short_name,
        name=person.name,
        outcomes=_outcomes(found) if found.state == "open" else [],
        errors=errors or {},
        error_links=[(f"#f-{key}", words) for key, words in (errors or {}).items()],
        typed=typed,
        outcome=outcome,
        path=PATH,
    )
