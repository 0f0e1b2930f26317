"""docs/adding-a-service.md, taken at its word: its files alone make a service that works from start to end."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from portal.engine.check import check
from portal.engine.declare import Catalogue
from portal.engine.fields import FieldContext
from portal.engine.journey import Journey
from portal.engine.load import load_catalogue
from portal.engine.workflow import Actor, Facts, decide
from tests.unit.engine_examples import AGENCIES
from tests.unit.test_engine_check import EFFECTS, TEMPLATES

PAGE = AGENCIES.parents[1] / "docs" / "adding-a-service.md"
FILE = re.compile(r"^`portal/agencies/([\w/.-]+)`\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONTEXT = FieldContext(today=date(2026, 11, 22))
PROFILE = {"kk": "9901010101200001", "phone": "+6281234567890", "email": "nama@contoh.id"}
TYPED = {
    "child_nik": "9901010508180001",
    "child_name": "Budi",
    "born_on": "05-08-2018",
    "kk": "9901019999999999",
    "lost": "yes",
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """The shipped agencies and the files of the page."""
    folder = Path(shutil.copytree(AGENCIES, tmp_path / "agencies"))
    files = FILE.findall(PAGE.read_text())
    assert len(files) == 3
    for name, body in files:
        assert not (folder / name).exists()
        (folder / name).write_text(body)
    return load_catalogue(folder)


def journey(catalogue: Catalogue, answers=None, documents=()) -> Journey:
    service = catalogue.service("dukcapil", "kartu-identitas-anak")
    return Journey(service, answers or {}, documents, CONTEXT, profile=PROFILE)


@pytest.mark.req("SIN-87")
def test_files_of_the_page_check_clean(catalogue):
    assert check(catalogue, TEMPLATES, EFFECTS) == []


@pytest.mark.req("SIN-87")
def test_service_of_the_page_can_be_filled_to_the_end(catalogue):
    parsed = journey(catalogue).parse_step("anak", TYPED)
    assert parsed.errors == {}
    assert parsed.values["kk"] == PROFILE["kk"]
    answers = {"anak": parsed.values}
    assert [lack.target for lack in journey(catalogue, answers).missing()] == ["akta", "surat-hilang"]
    assert journey(catalogue, answers, ("akta", "surat-hilang")).is_complete


def test_service_of_the_page_can_be_decided_to_the_end(catalogue):
    workflow = catalogue.workflow("dukcapil", "ambil-di-kantor")
    verifier, applicant = Actor("officer", 2, frozenset({"verifier"})), Actor("applicant", 1)
    state = workflow.start
    for key, actor in (("send", applicant), ("approve", verifier), ("hand_over", verifier)):
        facts = Facts(state, consent_version="1", is_member=True, person_agreed=True)
        state = decide(workflow, key, facts, actor).to
    assert state == "handed"
