"""A midwife's day: raised by the admin, she reports a birth for a mother, who says no first, and gets her paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Message
from portal.operations.audit import verify_all
from portal.queries.catalogue import catalogue
from portal.queue import run_pending_jobs
from tests import filler
from tests.client import CheckedClient
from tests.journeys import applying, desk
from tests.people import AGENCY, PASSWORD, application
from tests.web.grouping import SPECIAL

MOTHER = {"phone": "0812-7777-0001", "mother_nik": "9901014508950011", "mother_name": "RINI LESTARI"}
RISE = {
    "group": "bidan",
    "institution": "Puskesmas Karanganyar",
    "area-province": "33",
    "area-regency": "33.26",
    "area-district": "33.26.07",
    "services": SPECIAL,
    "starts_on": "2026-11-23",
    "ends_on": "2027-11-22",
}


@pytest.mark.req("SIN-29", "SIN-32")
def test_a_midwife_reports_a_birth_and_the_mother_has_the_last_word(
    citizen: CheckedClient, visitor: CheckedClient, siti: Any, officer: Callable[[str], CheckedClient]
) -> None:
    admin = officer("admin")
    admin.get("/petugas/grup/cari")
    admin.submit({"nik": siti.nik}, form="cari")
    assert admin.submit(RISE, form="angkat").request.path == "/petugas/grup"

    citizen.get("/akun/mode")
    citizen.post("/akun/mode", data=citizen.page.form("/akun/mode").values | {"mode": only_mode(citizen)})
    citizen.get(f"/instansi/{AGENCY}")
    assert "SITI AMINAH Bidan · Karanganyar" in citizen.page.words()
    code = citizen.submit(form=f"/{SPECIAL}/baru").request.path.split("/")[2]
    for step in catalogue().service(AGENCY, SPECIAL).steps:
        citizen.get(applying.page(code, f"/langkah/{step.key}"))
        if step.kind == "form":
            mother = {key: value for key, value in MOTHER.items() if key in citizen.page.form("isian").names}
            answer = citizen.submit({**filler.all_right(shown(step, citizen)), **mother}, form="isian")
            assert answer.status_code == 200, citizen.page.words()
    applying.add_documents(citizen, code, ("surat-kelahiran", "kartu-keluarga"))
    assert applying.send(citizen, code, person_consent=None).status_code == 422
    assert applying.send(citizen, code).request.path == applying.page(code, "/bukti")
    run_pending_jobs()

    link = re.search(r"/bukan-permintaan-saya/\w+", whatsapp_to("+6281277770001"))
    assert link
    visitor.get(link[0])
    assert visitor.submit(form="bukan-permintaan").status_code == 200

    verifier, supervisor = officer("verifier"), officer("supervisor")
    desk.act(verifier, code, "take")
    verifier.get(f"/petugas/permohonan/{code}")
    assert "menyatakan tidak meminta" in verifier.page.words()
    verifier.get(f"/petugas/permohonan/{code}/tindakan/approve")
    assert verifier.submit(form="approve").status_code == 422
    supervisor.get(f"/petugas/permohonan/{code}/diwakili")
    supervisor.submit({"reason": "Ibu ditelepon petugas: ia memang meminta."}, form="lanjut")
    desk.act(verifier, code, "approve")
    run_pending_jobs()
    desk.give_certificate(PASSWORD)
    desk.sign_all(officer("signer"))
    run_pending_jobs()
    assert application(code).state == "issued"
    assert verify_all() == []


def only_mode(client: CheckedClient) -> str:
    """The code behind the button of the one group."""
    found = re.findall(r'name="mode" value="(\w+)"', client.page.text)
    assert len(found) == 1
    return found[0]


def shown(step: Any, client: CheckedClient) -> list[Any]:
    """The questions of a step that stand on the page."""
    names = client.page.form("isian").names
    return [q for q in step.fields if q.key in names or f"{q.key}-province" in names]


def whatsapp_to(number: str) -> str:
    """The newest message to a number."""
    rows = db.session.query(Message).filter_by(channel="whatsapp").order_by(Message.id.desc())
    return next(row.body for row in rows if row.recipient == number)
