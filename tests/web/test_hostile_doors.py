"""Every door of the url map, pushed by who has no business there: no token, no log-in, another's code, another agency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal import clock
from portal.extensions import csrf, db
from portal.models import (
    Account,
    Application,
    Breach,
    DataRequest,
    Duty,
    Enrolment,
    Membership,
    Officer,
    OfficerRequest,
    Recovery,
    StoredFile,
)
from portal.operations import throttle
from portal.operations.breaches import Told, record_breach
from portal.operations.duties import Wish
from portal.operations.officers import create_officer
from portal.operations.privacy import ask_agency
from portal.operations.recovery import Seen, record_recovery
from portal.operations.second_admin import ask_reset, give_duty
from portal.queries.catalogue import catalogue
from portal.queries.recoveries import Person
from portal.transaction import transaction
from tests.access import ACCESS
from tests.client import CheckedClient
from tests.people import AGENCY, PASSWORD, log_in_citizen
from tests.web.applying import sent_application
from tests.web.conftest import Citizen
from tests.web.grouping import raised
from tests.web.officers import LAST, account_of, client_of
from tests.web.test_my_data import ENTRY

ARGUMENT = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")  # converter, its choices, name
OTHER = "imigrasi"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def path_of(rule: Rule, **values: str) -> str:
    """The address of a rule, with values for its arguments; "x" where none is given."""

    def argument(match: re.Match[str]) -> str:
        if match[2]:
            return match[2].split(",")[0].strip()
        return "1" if match[1] == "int" else values.get(match[3], "x")

    return ARGUMENT.sub(argument, rule.rule)


def posts(site: Flask) -> list[Rule]:
    return [rule for rule in site.url_map.iter_rules() if "POST" in (rule.methods or ())]


def token_of(client: CheckedClient, page: str) -> str:
    client.get(page)
    assert client.page is not None
    return str(client.page.form("keluar").values["csrf_token"])


# CSRF.
@pytest.mark.parametrize("who", ["stranger", "citizen", "officer"])
def test_no_post_of_the_whole_url_map_goes_through_without_the_token_of_its_page(
    site: Flask, siti: Citizen, who: str
) -> None:
    client = site.test_client()
    if who == "citizen":
        client = log_in_citizen(client, siti.account_id)
    if who == "officer":
        client = client_of(site, "adi")
    assert isinstance(client, CheckedClient)
    open_doors = {}
    for rule in posts(site):
        for fields in ({}, {"csrf_token": ""}, {"csrf_token": "IjAwIg.aaaa.bbbb"}):
            status = client.post(path_of(rule, agency=AGENCY), data=fields).status_code
            if status != 400:
                open_doors[rule.endpoint] = status
    assert open_doors.keys() == {"hooks.receive_whatsapp"}, open_doors
    assert open_doors["hooks.receive_whatsapp"] in (401, 403, 404), "it proves itself by a signature"


def test_the_token_of_one_visit_is_worth_nothing_in_another(site: Flask, siti: Citizen, budi: Citizen) -> None:
    first, second = (log_in_citizen(site.test_client(), one.account_id) for one in (siti, budi))
    stolen = token_of(first, "/akun")
    assert second.post("/akun/keluar-semua", data={"csrf_token": stolen}).status_code == 400
    assert first.post("/akun/keluar-semua", data={"csrf_token": stolen}).status_code == 303


def test_only_the_hook_is_free_of_the_token(site: Flask) -> None:
    # The set is one for the whole process: another app of the tests, the demo, may have written into it.
    views = {f"{view.__module__}.{view.__name__}" for view in site.view_functions.values()}
    assert {name.rpartition(".")[2] for name in csrf._exempt_views & views} == {"receive_whatsapp"}


# Nobody is logged in.
def test_a_stranger_is_led_to_the_log_in_by_every_page_and_every_form(site: Flask, visitor: CheckedClient) -> None:
    visitor.get(f"/masuk/{AGENCY}")
    assert visitor.page is not None
    desk = site.test_client()
    desk.get("/petugas/masuk")
    tokens = {"citizen": visitor.page.form("login").values["csrf_token"]}
    tokens["officer"] = desk.page.form("login").values["csrf_token"]
    wrong = []
    for rule in site.url_map.iter_rules():
        need = ACCESS.get(rule.endpoint)
        if need not in tokens:
            continue
        client, login = (visitor, "/masuk") if need == "citizen" else (desk, "/petugas/masuk")
        for method in {"GET", "POST"} & set(rule.methods or ()):
            data = {"csrf_token": tokens[need]} if method == "POST" else None
            answer = client.open(path_of(rule, agency=AGENCY), method=method, data=data)
            place = answer.headers.get("Location", "")
            if answer.status_code != 303 or not place.startswith(f"{login}?lanjut=%2F"):
                wrong.append((rule.endpoint, method, answer.status_code, place))
    assert wrong == []


# The objects of one agency, with the codes by which addresses name them.
@pytest.fixture
def codes(site: Flask, siti: Citizen, citizen: CheckedClient) -> dict[str, str]:
    """One object of each kind at the civil registry: what it is -> its code."""
    sent = sent_application(citizen)
    enrolment = db.session.scalars(select(Enrolment).where(Enrolment.account_id == siti.account_id)).one()
    registration = db.session.get_one(Application, enrolment.application_id)
    account = db.session.get_one(Account, siti.account_id)
    raised(siti.account_id)
    told = Told(clock.now(), ENTRY["what"], ENTRY["how"], ENTRY["measures"], 4)
    with transaction():
        person = Person(account, registration, enrolment)
        record_recovery(person, Seen("ktp-el", "Cocok.", "+6281399900012", ""), account_of("rina"))
        ask_agency(siti.account_id, AGENCY, "delete", "")
        record_breach(AGENCY, account_of("dian"), told)
        ask_reset(account_of("vera"), AGENCY, "", by=account_of("adi"))
        give_duty(
            account_of("vino"), Wish(AGENCY, "", "admin", clock.today("Asia/Jakarta"), LAST), by=account_of("adi")
        )
    db.session.remove()
    registration_code = db.session.scalars(select(Application.code).where(Application.kind == "registration")).first()
    found = {"application": sent.code if hasattr(sent, "code") else str(sent), "registration": registration_code}
    for table in (Recovery, DataRequest, Breach, Duty, Officer, OfficerRequest, Membership, StoredFile):
        found[table.__tablename__] = db.session.scalars(select(table.code).order_by(table.id)).first()
    assert all(found.values()), found
    return found


def all_roles(site: Flask, agency: str, office: str) -> CheckedClient:
    """One officer with every role of an agency at one place."""
    with transaction():
        roles = [(agency, office, role) for role in catalogue().agency(agency).roles]
        create_officer("Semua Peran", "semua", PASSWORD, roles)
    return client_of(site, "semua")


@pytest.mark.req("XCT-02", "KAR-50")
@pytest.mark.parametrize("place", ["another agency", "another office"])
def test_no_officer_endpoint_with_a_code_opens_to_another_agency_or_office(
    site: Flask, codes: dict[str, str], place: str
) -> None:
    agency = OTHER if place == "another agency" else AGENCY
    client = all_roles(site, agency, catalogue().offices[agency][-1].code)
    if place == "another office":
        with transaction():
            # The officer's own office lies beside that of the cases.
            db.session.execute(
                Duty.__table__.update().where(Duty.account_id == account_of("semua")).values(office="LAIN")
            )
    token, opened = token_of(client, "/petugas/akun"), []
    for rule in site.url_map.iter_rules():
        if ACCESS.get(rule.endpoint) != "officer" or not rule.arguments & {"code", "file"}:
            continue
        for kind, code in codes.items():
            for method in {"GET", "POST"} & set(rule.methods or ()):
                data = {"csrf_token": token, "version": "0"} if method == "POST" else None
                answer = client.open(path_of(rule, code=code, file=code, agency=AGENCY), method=method, data=data)
                if answer.status_code not in (403, 404):
                    opened.append((rule.endpoint, kind, method, answer.status_code))
    assert opened == []


def test_what_is_tried_above_would_open_to_its_own_officers(site: Flask, codes: dict[str, str]) -> None:
    """The control: the same walk by who may, or the test above would prove nothing."""
    client = all_roles(site, AGENCY, "")
    opened = set()
    for rule in site.url_map.iter_rules():
        if ACCESS.get(rule.endpoint) != "officer" or "GET" not in (rule.methods or ()) or "code" not in rule.arguments:
            continue
        opened |= {kind for kind, code in codes.items() if client.get(path_of(rule, code=code)).status_code == 200}
    assert opened >= set(codes) - {"stored_file"}


def test_nothing_of_a_citizen_opens_to_another_citizen(
    site: Flask, codes: dict[str, str], other_citizen: CheckedClient
) -> None:
    token, opened = token_of(other_citizen, "/akun"), []
    for rule in site.url_map.iter_rules():
        if ACCESS.get(rule.endpoint) != "citizen" or not rule.arguments & {"code", "file"}:
            continue
        for kind, code in codes.items():
            for method in {"GET", "POST"} & set(rule.methods or ()):
                data = {"csrf_token": token, "version": "0"} if method == "POST" else None
                path = path_of(rule, code=code, file=code, agency=AGENCY)
                answer = other_citizen.open(path, method=method, data=data)
                if answer.status_code not in (403, 404) and rule.endpoint != "account.log_out_device":
                    opened.append((rule.endpoint, kind, method, answer.status_code))
    assert opened == []


# Past the wizard, and elsewhere.
STEPS = ("perbaiki", "kode", "kode/baru", "nomor-hp", "berhasil", "email", "dokumen", "dokumen/kirim")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("agency", ["dukcapil", "karantina", "bmkg", "kesehatan", "imigrasi"])
def test_who_did_not_begin_a_registration_finds_none_of_its_steps(
    visitor: CheckedClient, agency: str, step: str
) -> None:
    visitor.get(f"/masuk/{agency}")
    assert visitor.page is not None
    token = visitor.page.form("login").values["csrf_token"]
    before = db.session.scalars(select(Application.id)).all()
    answer: Any = visitor.post(f"/daftar/{agency}/{step}", data={"csrf_token": token, "code": "123456"})
    assert answer.status_code in (303, 404, 405)
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith(f"/daftar/{agency}")
    db.session.remove()
    assert db.session.scalars(select(Application.id)).all() == before


ELSEWHERE = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/petugas//evil.example",
    "/petugas/\r\nSet-Cookie: a=b",
    "/petugas/\\evil.example",
    "\t/petugas/",
    "/petugas/masuk",
)


@pytest.mark.parametrize("lanjut", ELSEWHERE)
def test_an_officer_is_led_nowhere_else_after_logging_in(site: Flask, visitor: CheckedClient, lanjut: str) -> None:
    visitor.get("/petugas/masuk")
    answer = visitor.submit({"username": "vera", "password": PASSWORD, "lanjut": lanjut}, form="login", follow=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/petugas/"
    assert "a=b" not in str(answer.headers)


@pytest.mark.parametrize("lanjut", ELSEWHERE[:4])
def test_staying_logged_in_leads_nowhere_else(citizen: CheckedClient, lanjut: str) -> None:
    answer = citizen.post("/akun/lanjut", data={"csrf_token": token_of(citizen, "/akun"), "lanjut": lanjut})
    assert answer.headers["Location"] == "/akun"
