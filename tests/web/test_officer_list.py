"""Lists of the desk: what reaches whom, filters, pages and their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.extensions import db
from portal.models import Reading
from portal.operations.officers import create_officer
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.desk_cases import change, many_cases, register, send_case
from tests.people import PASSWORD

LIST = "/petugas/permohonan"


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The SELECT statements that were sent meanwhile."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def codes_on(client: CheckedClient) -> list[str]:
    assert client.page is not None
    paths = [link for link in client.page.links() if link.startswith(f"{LIST}/")]
    return [path.removeprefix(f"{LIST}/") for path in paths]


@pytest.mark.req("SIN-84")
def test_a_sent_application_waits_in_the_verifiers_list(verifier, siti) -> None:
    code = send_case(siti.account_id)
    verifier.get(LIST)
    assert codes_on(verifier) == [code]
    assert "DEWI LESTARI" in verifier.page.words()


def test_a_list_holds_no_number(verifier, siti) -> None:
    send_case(siti.account_id, baby_nik="9901014111260001")
    page = verifier.get(LIST).text
    assert "9901014111260001" not in page
    assert "9901010101200007" not in page


@pytest.mark.req("SIN-84")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=dewi", True),
        ("q=LESTARI", True),
        ("q=AGUS", False),
        ("q=9901014111260001", True),
        ("q=9901014111260002", False),
        ("status=sent", True),
        ("status=checking", False),
        ("status=semua", True),
        ("layanan=akta-kelahiran", True),
        ("pegang=saya", False),
        ("pegang=kosong", True),
        ("dari=2026-11-23&sampai=2026-11-23", True),
        ("sampai=2026-11-22", False),
        ("dari=2026-11-24", False),
        ("dari=kemarin&sesudah=rusak", True),
    ],
)
def test_a_filter_narrows_the_list(verifier, siti, query: str, found: bool) -> None:
    send_case(siti.account_id, baby_nik="9901014111260001")
    verifier.get(f"{LIST}?{query}")
    assert bool(codes_on(verifier)) is found


def test_a_code_is_found_in_any_state(verifier, siti) -> None:
    code = send_case(siti.account_id)
    change(code, state="issued")
    verifier.get(LIST)
    assert codes_on(verifier) == []
    verifier.get(f"{LIST}?q={code.lower()}&status=")
    assert codes_on(verifier) == [code]


def test_a_search_by_number_is_kept_as_a_reading(verifier, siti) -> None:
    verifier.get(f"{LIST}?q=9901014111260001")
    readings = db.session.query(Reading).all()
    assert [(reading.what, reading.detail) for reading in readings] == [("number", "list")]


def test_pages_neither_skip_nor_repeat(verifier, siti) -> None:
    expected = set(many_cases(siti.account_id, 120))
    verifier.get(f"{LIST}?status=sent&urut=lama")
    forwards, pages = codes_on(verifier), 1
    while following := [h for h in verifier.page.links() if "sesudah=" in h]:
        verifier.get(following[0])
        forwards += codes_on(verifier)
        pages += 1
    assert pages == 3
    assert len(forwards) == len(set(forwards))
    assert set(forwards) == expected
    backwards = codes_on(verifier)
    while earlier := [h for h in verifier.page.links() if "sebelum=" in h]:
        verifier.get(earlier[0])
        backwards = codes_on(verifier) + backwards
    assert backwards == forwards


def test_the_newest_first_is_the_oldest_first_reversed(verifier, siti) -> None:
    many_cases(siti.account_id, 20)
    verifier.get(f"{LIST}?status=sent&urut=lama")
    oldest = codes_on(verifier)
    verifier.get(f"{LIST}?status=sent&urut=baru")
    assert codes_on(verifier) == oldest[::-1]


@pytest.mark.parametrize("query", ["", "?status=semua", "?q=ANAK&status=semua&urut=baru"])
def test_a_list_costs_at_most_four_queries(verifier, siti, query: str) -> None:
    many_cases(siti.account_id, 60)
    verifier.get(LIST)
    with counted_queries() as queries:
        verifier.get(f"{LIST}{query}")
    assert len(queries) <= 4, queries
    assert not any("OFFSET" in query and "OFFSET ?" not in query for query in queries)
    assert not any("count(" in query.lower() for query in queries)


def test_htmx_gets_the_table_alone_and_a_history_restore_the_page(verifier, siti) -> None:
    send_case(siti.account_id)
    part = verifier.get(LIST, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="list"')
    assert "HX-Request" in part.headers["Vary"]
    whole = verifier.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<h1>" in whole.text


def test_tabs_show_exact_counts(verifier, siti) -> None:
    send_case(siti.account_id)
    send_case(siti.account_id, baby_name="ADIK DEWI")
    verifier.get(LIST)
    assert "Baru 2" in verifier.page.words()


@pytest.mark.parametrize(
    ("role", "applications", "registrations"),
    [
        ("verifier", True, False),
        ("registrar", False, True),
        ("signer", True, False),
        ("supervisor", True, True),
        ("admin", False, False),
    ],
)
def test_a_role_reads_what_its_workflows_name(
    officer: Callable[[str], CheckedClient], siti, role: str, applications: bool, registrations: bool
) -> None:
    case = send_case(siti.account_id)
    registration = register("9901010508900044", "JOKO WIDI")
    client = officer(role)
    client.get(f"{LIST}?status=semua")
    assert (case in codes_on(client)) is applications
    client.get("/petugas/pendaftaran?status=semua")
    assert (registration in codes_on(client)) is registrations
    assert client.get(f"{LIST}/{case}").status_code == (200 if applications else 404)
    assert client.get(f"{LIST}/{registration}").status_code == (200 if registrations else 404)


def test_a_case_of_another_office_does_not_exist(site, visitor, siti) -> None:
    code = send_case(siti.account_id)
    with transaction():
        create_officer("Olga Office", "olga", PASSWORD, [("dukcapil", "DINAS", "verifier")])
    visitor.get("/petugas/masuk")
    visitor.submit({"username": "olga", "password": PASSWORD}, form="login")
    for elsewhere in ("", "DINAS-2"):
        change(code, office=elsewhere)
        visitor.get(f"{LIST}?status=semua")
        assert codes_on(visitor) == []
        assert visitor.get(f"{LIST}/{code}").status_code == 404
    change(code, office="DINAS")
    visitor.get(f"{LIST}?status=semua")
    assert codes_on(visitor) == [code]


def test_a_case_of_another_agency_does_not_exist(verifier, siti) -> None:
    code = send_case(siti.account_id)
    change(code, agency="kesehatan")
    verifier.get(f"{LIST}?status=semua")
    assert codes_on(verifier) == []
    for path in ("", "/riwayat", "/percakapan", "/catatan", "/tindakan/take"):
        assert verifier.get(f"{LIST}/{code}{path}").status_code == 404


def test_a_draft_that_was_never_sent_is_nobodys_business(verifier, siti) -> None:
    code = send_case(siti.account_id)
    change(code, state="draft", sent_at=None)
    verifier.get(f"{LIST}?status=semua")
    assert codes_on(verifier) == []
    assert verifier.get(f"{LIST}/{code}").status_code == 404


def test_the_front_of_the_desk_shows_what_waits_in_six_queries(verifier, siti) -> None:
    code = send_case(siti.account_id)
    verifier.get("/petugas/")
    with counted_queries() as queries:
        verifier.get("/petugas/")
    assert code in verifier.page.words()
    assert len(queries) <= 6
