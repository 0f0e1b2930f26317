"""The officers' side of registrations: dashboard, the two lists, and what may be pressed in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application
from portal.operations.perform import perform
from portal.operations.registrations import send_registration
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.desk_cases import change
from tests.web.test_officer_list import codes_on, counted_queries
from tests.web.traders import HEAD, JATENG, JATIM, TEGAL, act, apply_for, officer_of, state_of

WAITING, KNOWN = "/petugas/daftar/karantina/pengajuan", "/petugas/daftar/karantina/terdaftar"
COLUMNS = [
    "No.",
    "Opsi",
    "Status",
    "Blokir",
    "Pemohon",
    "Identifikasi",
    "UPT",
    "Nama",
    "Jenis Identitas",
    "Nomor Identitas",
    "Telepon",
    "Fax",
    "Email",
    "Negara",
    "Provinsi",
    "Kota/Kab",
    "Alamat",
    "Status Import",
    "Tgl Register",
    "Keterangan",
]
IMPORTERS = {
    "importir-umum": "Importir Umum",
    "importir-produsen": "Importir Produsen",
    "importir-terdaftar": "Importir Terdaftar",
    "agen-tunggal": "Agen Tunggal",
    "bulog": "BULOG",
    "pertamina": "PERTAMINA",
    "dahana": "DAHANA",
    "iptn": "IPTN",
}


@pytest.fixture
def jateng(site: Flask) -> CheckedClient:
    """An officer of the office of Central Java."""
    return officer_of(site, "verifier", JATENG)


@pytest.fixture
def central(site: Flask) -> CheckedClient:
    """An officer of the central office."""
    return officer_of(site, "central")


def listed(client: CheckedClient, address: str) -> set[str]:
    """The codes of a list's rows."""
    assert client.get(address).status_code == 200
    return {re.sub(r"/.*", "", path) for path in codes_on(client)}


def figures(client: CheckedClient, query: str = "") -> dict[str, int]:
    """The boxes of the dashboard."""
    page = client.get(f"/petugas/{query}").text
    boxes = re.findall(r">(Total [^<]+)</(?:a|span)><strong>([\d.]+)</strong>", page)
    return {label: int(value) for label, value in boxes}


@pytest.mark.req("KAR-05", "KAR-06", "KAR-07", "KAR-08")
def test_the_boxes_count_what_was_decided_and_what_waits(site: Flask, jateng: CheckedClient) -> None:
    codes = [apply_for(name=f"PT {n}") for n in range(7)]
    act(codes[0], "approve")
    act(codes[1], "approve", "create")
    act(codes[2], "approve", "create", "block")
    act(codes[3], "refuse")
    assert figures(jateng) == {
        "Total Pengguna Jasa": 7,
        "Total Disetujui": 3,
        "Total Ditolak": 1,
        "Total Menunggu": 3,
    }
    for label in ("Total Disetujui", "Total Ditolak", "Total Menunggu"):
        found = re.search(rf'<a href="([^"]+)">{label}</a>', jateng.get("/petugas/").text)
        assert found
        assert len(listed(jateng, found[1].replace("&amp;", "&"))) == figures(jateng)[label]


@pytest.mark.req("KAR-09")
def test_only_the_own_office_and_the_chosen_year_count(site: Flask, jateng: CheckedClient) -> None:
    apply_for(JATENG)
    apply_for(JATENG)
    apply_for(JATIM)
    # 31 December 2026, 17.30 in UTC, is the new year already in the zone of the agency.
    with clock.frozen(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
        apply_for(JATENG)
    with clock.frozen(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)):
        later = apply_for(JATENG)
        act(later, "refuse")
    assert figures(jateng)["Total Menunggu"] == 3, "of this year, and without the other office"
    assert figures(jateng)["Total Ditolak"] == 0
    assert figures(jateng, "?tahun=2027") == {
        "Total Pengguna Jasa": 1,
        "Total Disetujui": 0,
        "Total Ditolak": 1,
        "Total Menunggu": 0,
    }
    assert listed(jateng, f"{WAITING}?tahun=2027&status=refused") == {later}
    assert listed(jateng, f"{WAITING}?tahun=2026&status=refused") == set()


def test_a_registration_that_is_sent_again_next_year_counts_there(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for()
    act(code, "refuse")
    with transaction():
        application = db.session.scalars(select(Application).where(Application.code == code)).one()
        perform(application, "resubmit", Actor("applicant", application.account_id))
    assert figures(jateng)["Total Pengguna Jasa"] == 0, "it lies on its applicant's desk"
    with clock.frozen(datetime(2027, 3, 1, 2, 0, tzinfo=UTC)), transaction():
        send_registration(db.session.scalars(select(Application).where(Application.code == code)).one())
    assert figures(jateng, "?tahun=2027")["Total Menunggu"] == 1
    assert figures(jateng)["Total Pengguna Jasa"] == 0


@pytest.mark.req("KAR-10")
def test_the_central_office_sees_all_offices_and_may_choose_one(
    site: Flask, central: CheckedClient, jateng: CheckedClient
) -> None:
    mine, other = apply_for(JATENG), apply_for(JATIM)
    for client in (central, officer_of(site, "verifier", HEAD)):
        assert figures(client)["Total Menunggu"] == 2
        assert figures(client, f"?kantor={JATENG}")["Total Menunggu"] == 1
        assert 'name="kantor"' in client.get("/petugas/").text
        assert listed(client, WAITING) == {mine, other}
        assert listed(client, f"{WAITING}?kantor={JATENG}") == {mine}
    assert 'name="kantor"' not in jateng.get("/petugas/").text
    assert 'name="kantor"' not in jateng.get(WAITING).text
    assert figures(jateng, f"?kantor={JATIM}")["Total Menunggu"] == 1, "who works for an office has no choice"
    assert listed(jateng, f"{WAITING}?kantor={JATIM}") == {mine}


def test_the_figures_are_a_partial_too_and_cost_few_queries(site: Flask, central: CheckedClient) -> None:
    apply_for()
    central.get("/petugas/")
    with counted_queries() as queries:
        page = central.get("/petugas/")
    assert len(queries) <= 6
    assert "<h1" in page.text
    partial = central.get("/petugas/?tahun=2026", headers={"HX-Request": "true"})
    assert "Total Menunggu" in partial.text
    assert "<h1" not in partial.text


@pytest.mark.req("KAR-11", "KAR-18", "KAR-26")
def test_who_is_approved_leaves_one_list_and_joins_the_other(site: Flask, jateng: CheckedClient) -> None:
    waiting, approved, refused = apply_for(), apply_for(), apply_for()
    act(approved, "approve")
    act(refused, "refuse")
    assert listed(jateng, WAITING) == {waiting}
    assert listed(jateng, KNOWN) == {approved}
    home = jateng.get("/petugas/").text
    assert f'<a href="{WAITING}">Pengajuan Registrasi</a>' in home
    assert f'<a href="{KNOWN}">Pengguna Jasa Terdaftar</a>' in home


@pytest.mark.req("KAR-12", "KAR-13", "KAR-27")
def test_status_import_narrows_both_lists(site: Flask, jateng: CheckedClient) -> None:
    umum, bulog, none = apply_for(importing="importir-umum"), apply_for(importing="bulog"), apply_for()
    page = jateng.get(WAITING).text
    options = re.search(r'<select id="f-import_status".*?</select>', page, re.DOTALL)
    assert options
    assert dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]+)<', options[0])) == {"": "Semua", **IMPORTERS}
    assert listed(jateng, WAITING) == {umum, bulog, none}
    assert listed(jateng, f"{WAITING}?import_status=bulog") == {bulog}
    assert listed(jateng, f"{WAITING}?import_status=iptn") == set()
    assert listed(jateng, f"{WAITING}?import_status=lain'--") == {umum, bulog, none}
    act(umum, "approve")
    act(bulog, "approve")
    assert listed(jateng, f"{KNOWN}?import_status=importir-umum") == {umum}


@pytest.mark.req("KAR-14")
def test_the_list_has_the_columns_of_the_agency_with_numbers_masked(site: Flask, jateng: CheckedClient) -> None:
    apply_for(kind="cabang", name="PT Maju Cabang", email="maju@example.com", importing="bulog")
    apply_for(kind="perorangan", name="RANI PUTRI")
    for address in (WAITING, f"{KNOWN}?urut=a-z"):
        page = jateng.get(address).text
        if "<table" in page:
            assert re.findall(r'<th scope="col">([^<]+)', page) == COLUMNS
    page = jateng.get(WAITING).text
    words = jateng.page.words()
    for word in ("Perusahaan", "CABANG", "Balai Karantina Jawa Tengah", "PT Maju Cabang", "NPWP 16", "BULOG"):
        assert word in words
    for word in ("02112345678", "02187654321", "Indonesia", "JAWA TENGAH", "PEKALONGAN", "Jalan Kapal 3", "KTP"):
        assert word.casefold() in words.casefold()
    for number in ("0123456782", "9901014508900021", "maju@example.com"):
        assert number not in page


@pytest.mark.req("KAR-14")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=maju", ["PT Maju"]),
        ("q=tidak ada", []),
        ("q=9901014508900021", ["RANI PUTRI"]),
        ("urut=a-z", ["CV Abadi", "PT Maju", "RANI PUTRI"]),
        ("urut=z-a", ["RANI PUTRI", "PT Maju", "CV Abadi"]),
        ("urut=lama", ["PT Maju", "RANI PUTRI", "CV Abadi"]),
        ("urut=baru", ["CV Abadi", "RANI PUTRI", "PT Maju"]),
        ("urut=(select 1)&sesudah=rusak&tahun=99", ["PT Maju", "RANI PUTRI", "CV Abadi"]),
        ("tahun=2024", []),
    ],
)
def test_search_and_order_stand_in_the_address(
    site: Flask, jateng: CheckedClient, query: str, found: list[str]
) -> None:
    for minute, (name, kind) in enumerate((("PT Maju", "induk"), ("RANI PUTRI", "perorangan"), ("CV Abadi", "induk"))):
        with clock.frozen(datetime(2026, 11, 20, 2, minute, tzinfo=UTC)):
            apply_for(name=name, kind=kind)
    page = jateng.get(f"{WAITING}?{query}").text
    assert re.findall(r'<td data-label="Nama">([^<]+)', page) == found


@pytest.mark.req("KAR-14")
@pytest.mark.parametrize("order", ["lama", "a-z", "z-a"])
def test_pages_neither_skip_nor_repeat_over_several_offices(
    site: Flask, jateng: CheckedClient, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.blueprints.officer.declared_lists.PAGE", 3)
    # Two share a name and all a moment, so that the tie-breaker is needed.
    expected = [apply_for(name=f"PT {n // 2}") for n in range(8)]
    for code in expected[::2]:
        change(code, office=TEGAL)
    seen: list[str] = []
    address = f"{WAITING}?urut={order}"
    for _ in range(4):
        jateng.get(address)
        seen += list(dict.fromkeys(re.sub(r"/.*", "", path) for path in codes_on(jateng)))
        following = [link for link in jateng.page.links() if "sesudah=" in link]
        if not following:
            break
        assert f"urut={order}" in following[0]
        address = following[0]
    assert len(seen) == len(expected)
    assert set(seen) == set(expected)
    back = [link for link in jateng.page.links() if "sebelum=" in link]
    jateng.get(back[0])
    assert codes_on(jateng)


@pytest.mark.req("KAR-14")
def test_a_page_of_a_list_costs_four_queries_and_swaps_alone(site: Flask, central: CheckedClient) -> None:
    for n in range(6):
        act(apply_for(name=f"PT {n}", importing="bulog"), "refuse")
    address = f"{WAITING}?status=refused&import_status=bulog&q=PT"
    central.get(address)
    with counted_queries() as queries:
        page = central.get(address)
    assert len(queries) <= 4, queries
    assert page.text.count("<tr data-row") == 6
    assert "Dokumen palsu semua." in page.text
    partial = central.get(address, headers={"HX-Request": "true"})
    assert partial.text.lstrip().startswith('<div id="list"')


def test_names_cannot_write_html_into_a_row(site: Flask, jateng: CheckedClient) -> None:
    apply_for(name="<b>%s</b> \"x\" & 'y'")
    page = jateng.get(WAITING).text
    assert "<b>%s" not in page
    assert "&lt;b&gt;%s&lt;/b&gt;" in page


def test_a_list_of_another_agency_or_role_does_not_exist(site: Flask, jateng: CheckedClient, verifier) -> None:
    assert verifier.get(WAITING).status_code == 404
    assert jateng.get("/petugas/daftar/karantina/lain").status_code == 404
    assert jateng.get("/petugas/daftar/kesehatan/permintaan-akun").status_code == 404
    assert site.test_client().get(WAITING).status_code == 303
    assert officer_of(site, "dpo").get(WAITING).status_code == 404
    assert WAITING not in verifier.get("/petugas/").text


@pytest.mark.req("SKK-14")
def test_the_same_lists_serve_another_agency(site: Flask) -> None:
    mine, other = officer_of(site, "verifier", "01", "kesehatan"), officer_of(site, "verifier", "02", "kesehatan")
    for client in (mine, other):
        page = client.get("/petugas/daftar/kesehatan/permintaan-akun")
        assert page.status_code == 200
        assert "Permintaan Akun" in page.text
        assert "Total Menunggu" not in client.get("/petugas/").text


def test_a_state_is_what_the_list_says_and_no_other(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for()
    for query in ("status=draft", "status=semua", "status=registered"):
        assert listed(jateng, f"{WAITING}?{query}") == {code}
    assert state_of(code) == "sent"
