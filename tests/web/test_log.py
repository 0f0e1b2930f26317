"""Who supervises searches the event log by officer, application and time, and can only read it (XCT-15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event, func, select

from portal import clock
from portal.cli import main
from portal.extensions import db
from portal.models import Account, Application, Duty, Event
from portal.operations.audit import verify_all
from portal.transaction import transaction
from tests.backstage import act, send_birth
from tests.backstage import officer as actor_of
from tests.client import CheckedClient
from tests.people import OFFICERS
from tests.web.conftest import MONDAY, Citizen

PATH = "/petugas/catatan"
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def supervisor(officer: Any) -> CheckedClient:
    return officer("supervisor")


@pytest.fixture
def refused(siti: Citizen) -> str:
    """The code of a case that was taken and refused on Monday."""
    case = send_birth(siti.account_id)
    act(case, "take", actor_of("verifier"))
    act(case, "refuse", actor_of("verifier"), reason="Nama ibu tidak sesuai dengan KK")
    return code_of(case)


@pytest.fixture
def taken(siti: Citizen, refused: str) -> str:
    """The code of a case that another officer took on Tuesday."""
    with clock.frozen(TUESDAY):
        case = send_birth(siti.account_id)
        act(case, "take", actor_of("second-verifier"))
    return code_of(case)


def code_of(application_id: int) -> str:
    return db.session.scalars(select(Application.code).where(Application.id == application_id)).one()


def rows(client: CheckedClient, **filters: str) -> list[list[str]]:
    """The cells of the table that a search shows."""
    client.get(PATH, query_string=filters)
    return rows_of(client)


def rows_of(client: CheckedClient) -> list[list[str]]:
    found = [element for element in client.page.elements if element.get("data-row") is not None]
    return [["".join(cell.itertext()) for cell in row] for row in found]


@pytest.mark.req("XCT-15")
def test_the_log_tells_who_did_what_to_which_application_and_when(supervisor: CheckedClient, refused: str) -> None:
    newest = rows(supervisor)[0]
    assert newest[:4] == ["23 Nov 2026 09.00", "Vera Verifikator", "Tolak", refused]
    assert newest[4] == "Diperiksa → Ditolak"
    assert supervisor.page.link(refused).endswith(f"/petugas/permohonan/{refused}/riwayat")
    assert "Nama ibu" not in supervisor.page.words()
    assert "SITI" not in supervisor.page.words()


@pytest.mark.req("XCT-15")
def test_it_is_searched_by_officer_application_and_time(supervisor: CheckedClient, refused: str, taken: str) -> None:
    def found(**filters: str) -> list[tuple[str, str]]:
        return [(row[2], row[3]) for row in rows(supervisor, **filters)]

    assert found(petugas="vera") == [("Tolak", refused), ("Periksa", refused)]
    assert found(petugas=OFFICERS["second-verifier"][1]) == [("Periksa", taken)]
    assert found(petugas="nobody") == []
    assert {code for _, code in found(kode=taken.lower())} == {taken}
    assert {code for _, code in found(dari="2026-11-24") if _ != "Mulai mengisi"} == {taken}
    assert taken not in {code for _, code in found(sampai="2026-11-23")}
    assert found(petugas="vera", dari="2026-11-24") == []


def test_pages_lead_on_and_back_without_gap(
    supervisor: CheckedClient, refused: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = rows(supervisor)
    monkeypatch.setattr("portal.blueprints.officer.log.PAGE", 2)
    pages = [rows(supervisor)]
    while links := [href for href in supervisor.page.links() if "sesudah=" in href]:
        assert len(pages) < 20
        supervisor.get(links[0])
        pages.append(rows_of(supervisor))
    assert [row for page in pages for row in page] == everything
    supervisor.get(next(href for href in supervisor.page.links() if "sebelum=" in href))
    assert rows_of(supervisor) == pages[-2]


def test_a_mangled_place_shows_the_first_page(supervisor: CheckedClient, refused: str) -> None:
    first = rows(supervisor)
    assert rows(supervisor, sesudah="20261123T020000000000-x") == first
    assert rows(supervisor, sesudah="nonsense", dari="31-31-31") == first


def test_a_search_takes_at_most_four_queries(supervisor: CheckedClient, refused: str, site: Flask) -> None:
    asked: list[str] = []

    def count(*given: Any) -> None:
        asked.append(given[2])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        supervisor.get(PATH, query_string={"petugas": "vera", "dari": "2026-11-01"})
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert len(asked) <= 4, asked


@pytest.mark.parametrize("role", ["verifier", "registrar", "signer", "admin"])
def test_who_does_not_supervise_finds_no_log(officer: Any, role: str) -> None:
    client = officer(role)
    assert client.get(PATH).status_code == 404
    client.get("/petugas/")
    assert PATH not in client.page.links()


def test_a_supervisor_of_one_office_sees_only_that_office(supervisor: CheckedClient, refused: str, taken: str) -> None:
    supervising = select(Account.id).where(Account.name == OFFICERS["supervisor"][0])
    with transaction():
        db.session.scalars(select(Duty).where(Duty.account_id.in_(supervising))).one().office = "branch"
        db.session.scalars(select(Application).where(Application.code == taken)).one().office = "branch"
        db.session.scalars(select(Application).where(Application.code == refused)).one().office = "other"
    assert {row[3] for row in rows(supervisor) if row[3].startswith("AKL")} == {taken}


@pytest.mark.req("XCT-15")
def test_no_route_changes_or_deletes_an_event(supervisor: CheckedClient, refused: str, site: Flask) -> None:
    methods = {rule.rule: rule.methods for rule in site.url_map.iter_rules() if rule.rule.startswith(PATH)}
    assert methods == {PATH: {"GET", "HEAD", "OPTIONS"}}
    supervisor.get(PATH)
    token = supervisor.page.form("keluar").values["csrf_token"]
    before = db.session.scalar(select(func.count()).select_from(Event))
    for send in (supervisor.post, supervisor.put, supervisor.patch, supervisor.delete):
        assert send(PATH, headers={"X-CSRFToken": token}).status_code == 405
    assert db.session.scalar(select(func.count()).select_from(Event)) == before
    assert [line for line in verify_all() if not line.startswith("anchor")] == []


def test_the_command_prints_what_fits(refused: str, taken: str, site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.cli.load_config", lambda: None)
    monkeypatch.setattr("portal.cli._app", lambda _config: site)
    told = CliRunner().invoke(main, ["audit", "search", "--officer", "vera", "--until", "2026-11-23"])
    assert told.exit_code == 0, told.output
    assert [line.split(": ")[1] for line in told.output.splitlines()] == [
        f"refuse {refused} checking -> refused",
        f"take {refused} sent -> checking",
    ]
    told = CliRunner().invoke(main, ["audit", "search", "--code", taken, "--since", "2026-11-24"])
    assert {line.split()[4] for line in told.output.splitlines() if "Vino" in line} == {"take"}
