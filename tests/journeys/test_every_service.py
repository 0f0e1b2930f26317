"""Every declared service of every agency runs by itself: each step wrong then right, sent, decided, printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal import AGENCIES
from portal.engine.declare import Service
from portal.engine.load import load_catalogue
from portal.extensions import db
from portal.models import Account, IssuedDocument, StoredFile
from portal.operations.papers import read_file
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.journeys import journey_of
from portal.queue import run_pending_jobs
from tests import filler
from tests.client import CheckedClient
from tests.fixtures_files import paper, photo
from tests.journeys import applying, desk
from tests.more_services import declared
from tests.people import PASSWORD, application
from tests.unit.test_engine_new_service import FILE, PAGE
from tests.web.grouping import raised, switch

LOADED = load_catalogue(AGENCIES)
SERVICES = [
    pytest.param(agency, code, id=f"{agency}-{code}")
    for agency, services in LOADED.services.items()
    for code, service in services.items()
    if service.kind == "service"
]
KEPT_AS_TYPED = {"nik", "kk", "name", "email", "number"}  # a choice that is none cannot be shown again
LONGEST_WAY = 12  # acts from sending to the end


@pytest.mark.parametrize(("agency", "code"), SERVICES)
def test_a_declared_service_runs_from_the_first_question_to_the_paper(
    agency: str, code: str, citizen: CheckedClient, officer: Callable[[str], CheckedClient]
) -> None:
    walk(agency, code, citizen, officer)


@pytest.mark.req("SIN-08", "SIN-49", "SIN-51", "SIN-87")
def test_a_service_that_is_added_by_files_alone_stands_beside_the_others_and_runs(
    site: Flask, tmp_path: Path, citizen: CheckedClient, officer: Callable[[str], CheckedClient]
) -> None:
    added = dict(FILE.findall(PAGE.read_text()))
    with declared(site, tmp_path, added):
        citizen.get("/persyaratan/dukcapil")
        addresses = [link for link in citizen.page.links() if link.startswith("/layanan/")]
        texts = []
        for address in addresses:
            citizen.get(address)
            assert set(addresses) <= set(citizen.page.links()), "each is one press away from every other"
            texts.append(citizen.page.words())
        assert ["Pas foto untuk anak" in text for text in texts] == ["anak" in address for address in addresses]
        assert ["Formulir F-2.01" in text for text in texts] == ["akta" in address for address in addresses]
        case = walk("dukcapil", "kartu-identitas-anak", citizen, officer)
        assert case.startswith("KIA3326")
        citizen.get(applying.page(case))
        assert "Pernah punya KIA dan hilang?" in citizen.page.words()
        assert "Penolong Kelahiran" not in citizen.page.words()


def walk(agency: str, code: str, citizen: CheckedClient, officer: Callable[[str], CheckedClient]) -> str:
    """From the first question to the end that the workflow calls good; the code of the application."""
    service = catalogue().service(agency, code)
    assert service is not None
    if "everyone" not in service.audience:
        act_as_member(citizen, service)
    case = begin(citizen, agency, service)
    for step in service.steps:
        go_through(citizen, case, step)
    assert applying.send(citizen, case).request.path == applying.page(case, "/bukti")
    go_to_the_end(case, officer)
    found = application(case)
    state = declared_for(found).workflow.states[found.state]
    assert (state.final, state.tone) == (True, "good"), found.state
    assert len(papers_of(found.id)) == len(service.outputs)
    for content in papers_of(found.id):
        assert content.startswith(b"%PDF-")
        assert len(content) > 2000
    return case


def act_as_member(client: CheckedClient, service: Service) -> None:
    """A special service is begun by a member of its group, to whom an admin granted it, in group mode."""
    client.get("/akun")
    name = "SITI AMINAH"
    account_id = db.session.scalars(select(Account.id).where(Account.name == name)).one()
    _, code = raised(account_id, group=service.audience[0], services=(service.code,))
    assert switch(client, code).status_code == 303


def begin(client: CheckedClient, agency: str, service: Service) -> str:
    """Press [Baru] on the page of the service; returns the code of the draft."""
    client.get(f"/layanan/{agency}/{service.code}")
    there = client.submit(form="/baru")
    return there.request.path.split("/")[2]


def go_through(client: CheckedClient, case: str, step: object) -> None:
    """A step with every mistake there can be, then as it should be."""
    address = applying.page(case, f"/langkah/{step.key}")
    assert client.get(address).request.path == address
    if step.kind == "form":
        fill_wrong_then_right(client, case, step.key)
    elif step.kind == "documents":
        give_wrong_then_right(client, case, step)
    else:
        assert applying.send(client, case, consent=None).status_code == 422


def fill_wrong_then_right(client: CheckedClient, case: str, key: str) -> None:
    """Questions that an answer opens are answered in a second go."""
    journey = journey_of(application(case), declared_for(application(case)))
    free = [q for q in journey.visible_fields(key) if not journey.locked_value(q)]
    mistakes = filler.all_wrong(free)
    if any(q.required for q in free):
        assert client.submit(mistakes, form="isian").status_code == 422, key
        kept = client.page.form("isian").values
        typed = {q.key: mistakes[q.key] for q in free if q.type in KEPT_AS_TYPED}
        assert {key: kept[key] for key in typed if key in kept} == {k: v for k, v in typed.items() if k in kept}
    for _ in range(3):
        journey = journey_of(application(case), declared_for(application(case)))
        free = [q for q in journey.visible_fields(key) if not journey.locked_value(q)]
        answer = client.submit(filler.all_right(free), form="isian")
        if answer.request.path != applying.page(case, f"/langkah/{key}"):
            return
    pytest.fail(f"{case} does not leave {key}: {client.page.words()[:600]}")


def give_wrong_then_right(client: CheckedClient, case: str, step: object) -> None:
    """A file that is no document, then a good one, for every document that must be there."""
    needed = [item for item in step.items if item.required]
    content, name = (photo(), "foto.jpg") if {"jpg", "jpeg"} & set(step.types) else (paper(1), "surat.pdf")
    for item in needed:
        assert applying.upload(client, case, item.key, b"bukan gambar", "x.txt").status_code == 422
        assert applying.upload(client, case, item.key, content, name).status_code == 200
    client.get(applying.page(case, f"/langkah/{step.key}"))
    assert client.submit(form=f"/langkah/{step.key}").status_code == 200


def go_to_the_end(case: str, officer: Callable[[str], CheckedClient]) -> None:
    """Whoever a state waits for takes the first way on that the workflow offers."""
    for _ in range(LONGEST_WAY):
        found = application(case)
        workflow = declared_for(found).workflow
        if workflow.states[found.state].final:
            return
        way = [
            (key, action)
            for key, action in workflow.actions.items()
            if found.state in action.from_ and action.tone == "primary" and action.by not in ("applicant", "system")
        ]
        assert way, f"nobody helps {found.state} on"
        key, action = way[0]
        client = officer(action.by)
        if "document_signed" in action.needs:
            desk.give_certificate(PASSWORD)
            desk.sign_all(client)
        else:
            desk.act(client, case, key, **({"reason": "Sudah benar."} if action.asks_reason else {}))
        run_pending_jobs()


def papers_of(application_id: int) -> list[bytes]:
    """The papers that can be handed out, as files."""
    rows = db.session.query(IssuedDocument).filter_by(application_id=application_id, state="signed")
    files = [db.session.get_one(StoredFile, row.signed_file_id or row.unsigned_file_id) for row in rows]
    return [read_file(file) for file in files]
