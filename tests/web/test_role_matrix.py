"""The role matrix: what each role of each agency reaches, at its own office and at no other (XCT-02)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal import AGENCIES, clock
from portal.auth.viewer import DutyView
from portal.engine.load import load_catalogue
from portal.extensions import db
from portal.operations.applications import start_application
from portal.queries.catalogue import catalogue
from portal.queries.reach import reach_of
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.web.officers import client_of, new_officer

CATALOGUE = load_catalogue(AGENCIES)
ROLES = [(code, role) for code, agency in sorted(CATALOGUE.agencies.items()) for role in agency.roles]


def served(site: Flask, agency: str, role: str) -> tuple[CheckedClient, str]:
    """A browser of an officer with that one role at one office, not the head, and that office."""
    office = CATALOGUE.offices[agency][-1].code
    new_officer("matriks", role, agency=agency, office=office)
    return client_of(site, "matriks"), office


@pytest.mark.req("XCT-02")
@pytest.mark.parametrize(("agency", "role"), ROLES)
def test_a_role_reaches_the_pages_that_are_declared_for_it_and_no_other(site: Flask, agency: str, role: str) -> None:
    client, office = served(site, agency, role)
    declared = CATALOGUE.agency(agency).roles[role]
    kinds = {one.service.kind for one in reach_of([DutyView(agency, office, role)], catalogue())}
    open_to = {
        "/petugas/": True,
        "/petugas/akun": True,
        "/petugas/permohonan": "service" in kinds,
        "/petugas/pendaftaran": "registration" in kinds,
        "/petugas/tanda-tangan": declared.signs,
        "/petugas/catatan": declared.supervises,
        "/petugas/tugas": declared.administers,
        "/petugas/tugas/beri": declared.administers,
        "/petugas/tugas/undang": declared.administers,
    }
    home = client.get("/petugas/").text
    for path, is_open in open_to.items():
        status = client.get(path).status_code
        listed = path in ("/petugas/permohonan", "/petugas/pendaftaran")
        assert status == 200 if is_open else status == 404 or listed, path
        if path not in ("/petugas/", "/petugas/akun") and path.count("/") == 2:
            assert (f'href="{path}"' in home) == is_open, path


@pytest.mark.req("XCT-02")
@pytest.mark.parametrize(("agency", "role"), ROLES)
def test_a_role_acts_where_its_workflows_name_it_and_only_at_its_office(site: Flask, agency: str, role: str) -> None:
    client, office = served(site, agency, role)
    token_page = client.get("/petugas/akun")
    assert token_page.status_code == 200
    token = client.page.form("keluar").values["csrf_token"]
    for service in CATALOGUE.services[agency].values():
        workflow = CATALOGUE.workflow(agency, service.workflow)
        duty = DutyView(agency, office, role)
        reads = any(one.service.code == service.code for one in reach_of([duty], catalogue()))
        for state in workflow.states:
            if state == workflow.start:
                continue
            here, elsewhere = case_in(agency, service, state, office), case_in(agency, service, state, "ELSEWHERE")
            page = client.get(f"/petugas/permohonan/{here}")
            assert page.status_code == (200 if reads else 404), (service.code, state)
            assert client.get(f"/petugas/permohonan/{elsewhere}").status_code == 404
            shown = set(re.findall(rf"/petugas/permohonan/{here}/tindakan/(\w+)", page.text))
            may = {key for key, one in workflow.actions.items() if one.by == role and state in one.from_}
            assert shown <= may, (service.code, state)
            for key, one in workflow.actions.items():
                if one.by != role:
                    data = {"csrf_token": token, "version": "0"}
                    path = f"/petugas/permohonan/{here}/tindakan/{key}"
                    assert client.post(path, data=data).status_code == 404, path
                    break


def case_in(agency: str, service, state: str, office: str) -> str:
    """The code of a sent case that stands in a state."""
    with transaction():
        case = start_application(CATALOGUE.agency(agency), service, account_id=None, office=office)
        case.state, case.sent_at = state, clock.now()
        db.session.flush()
        return case.code
