"""Groups at the desk: who is raised by whom into what, lowered again, and what is kept of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Application, Event, Membership, Message, Officer, Reading
from portal.operations.audit import verify_all
from portal.operations.groups import lower_applicant, raise_applicant
from portal.operations.officers import create_officer
from portal.queries.officers import find_officer_account
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import PASSWORD, VILLAGE
from tests.web.grouping import SPECIAL, raised, rise
from tests.web.officers import client_of

TYPED = {
    "group": "bidan",
    "institution": "  Puskesmas   Kajen ",
    "area-province": "33",
    "area-regency": "33.26",
    "area-district": "33.26.07",
    "services": SPECIAL,
    "starts_on": "2026-11-23",
    "ends_on": "2027-11-22",
}


@pytest.fixture
def admin(officer: Any) -> CheckedClient:
    return officer("admin")


def admin_id() -> int:
    found = find_officer_account("adi")
    assert found is not None
    return found


def registration_of(account_id: int) -> str:
    code = db.session.scalar(
        select(Application.code).where(Application.account_id == account_id, Application.kind == "registration")
    )
    assert code is not None
    return code


@pytest.mark.req("SIN-33")
def test_an_admin_finds_an_applicant_by_nik_raises_and_lowers_them(admin: CheckedClient, siti: Any) -> None:
    admin.get("/petugas/grup")
    admin.get("/petugas/grup/cari")
    found = admin.submit({"nik": siti.nik}, form="cari", follow=False)
    assert siti.nik not in found.headers["Location"]
    assert admin.follow(found).status_code == 200
    assert admin.submit(TYPED, form="angkat").request.path == "/petugas/grup"
    assert "SITI AMINAH" in admin.page.words()
    assert "Puskesmas Kajen" in admin.page.words()
    admin.get(admin.page.link("/grup/anggota/"))
    assert admin.submit({"reason": ""}, form="akhiri").status_code == 422
    assert admin.submit({"reason": "Pindah tugas ke kabupaten lain."}, form="akhiri").status_code == 200
    assert "Pindah tugas" in admin.page.words()
    member = db.session.scalars(select(Membership)).one()
    assert (member.institution, member.area, member.services) == ("Puskesmas Kajen", "33.26.07", SPECIAL)
    assert member.ended_at is not None
    events = select(Event.action, Event.actor_id).where(Event.subject_type == "membership").order_by(Event.seq)
    assert [tuple(row) for row in db.session.execute(events)] == [("raise", admin_id()), ("lower", admin_id())]
    assert verify_all() == []
    told = select(Message.template).where(Message.account_id == siti.account_id, Message.channel == "whatsapp")
    assert list(db.session.scalars(told.order_by(Message.id))) == ["grup-diangkat", "grup-diakhiri"]
    reading = db.session.scalars(select(Reading)).one()
    assert (reading.what, reading.detail, reading.account_id) == ("number", "grup", admin_id())


def test_the_area_is_chosen_level_by_level_without_a_script(admin: CheckedClient, siti: Any) -> None:
    admin.get(f"/petugas/grup/angkat/{registration_of(siti.account_id)}")
    asked = {**TYPED, "area-district": "", "_refresh": "area"}
    assert admin.submit(asked, form="angkat").status_code == 200
    assert "area-district" in admin.page.form("angkat").names
    assert admin.page.form("angkat").values["institution"].strip()
    assert db.session.scalar(select(Membership.id)) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"area": "11.01"}, "area"),
        ({"area": "99"}, "area"),
        ({"area": ""}, "area"),
        ({"group": "dukun", "services": ()}, "group"),
        ({"services": ("akta-kelahiran",)}, "services"),
        ({"services": ("tidak-ada",)}, "services"),
        ({"group": "sekolah"}, "services"),
        ({"institution": "x"}, "institution"),
        ({"ends_on": None}, "ends_on"),
        ({"ends_on": date(2026, 11, 2)}, "ends_on"),
        ({"ends_on": date(2028, 12, 31)}, "ends_on"),
    ],
)
def test_what_the_agency_does_not_declare_is_refused(site: Flask, siti: Any, change: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        raise_applicant(siti.account_id, rise(**change), by=admin_id())
    assert set(refused.value.errors) == {field}


def test_nobody_raises_oneself_or_the_own_family(site: Flask, siti: Any) -> None:
    vault = site.extensions["vault"]
    with transaction():
        db.session.execute(
            update(Officer).where(Officer.id == admin_id()).values(nik_digest=vault.digest("nik", siti.nik))
        )
    with pytest.raises(NotAllowed), transaction():
        raise_applicant(siti.account_id, rise(), by=admin_id())
    with transaction():
        digest = vault.digest("kk", "9901010101200007")
        db.session.execute(update(Officer).where(Officer.id == admin_id()).values(nik_digest=None, kk_digest=digest))
    with pytest.raises(NotAllowed), transaction():
        raise_applicant(siti.account_id, rise(), by=admin_id())
    assert db.session.scalar(select(Membership.id)) is None


def test_who_does_not_administer_the_whole_agency_raises_nobody(site: Flask, siti: Any, officer: Any) -> None:
    member_id, code = raised(siti.account_id)
    registration = registration_of(siti.account_id)
    with transaction():
        stranger = create_officer("Nina", "nina", PASSWORD, [("kesehatan", "", "admin")])
    for client in (officer("verifier"), client_of(site, "nina")):
        for path in ("", "/cari", f"/angkat/{registration}", f"/anggota/{code}", "?instansi=dukcapil"):
            assert client.get(f"/petugas/grup{path}").status_code == 404, path
    with pytest.raises(NotFound), transaction():
        raise_applicant(siti.account_id, rise(group="sekolah", services=()), by=stranger)
    with pytest.raises(NotFound), transaction():
        lower_applicant(code, by=stranger, reason="Iseng saja.")
    assert db.session.get_one(Membership, member_id).ended_at is None


def test_one_person_is_in_a_group_once_and_may_come_back_after_the_last_day(site: Flask, siti: Any) -> None:
    old, _ = raised(siti.account_id)
    with pytest.raises(Conflict), transaction():
        raise_applicant(siti.account_id, rise(), by=admin_id())
    with transaction():
        days = {"starts_on": date(2025, 1, 1), "ends_on": date(2026, 1, 1)}
        db.session.execute(update(Membership).where(Membership.id == old).values(**days))
    assert raised(siti.account_id)[0] != old
    actions = select(Event.action).where(Event.subject_type == "membership", Event.subject_id == old)
    assert list(db.session.scalars(actions.order_by(Event.seq))) == ["raise", "expire"]


def test_an_unknown_nik_is_told_and_logged(admin: CheckedClient, siti: Any) -> None:
    admin.get("/petugas/grup/cari")
    assert admin.submit({"nik": "9901014508909999"}, form="cari").status_code == 422
    assert db.session.scalars(select(Reading.application_id)).one() is None


def test_the_list_is_searched_and_asks_little(admin: CheckedClient, siti: Any, budi: Any) -> None:
    raised(siti.account_id)
    raised(budi.account_id, group="sekolah", services=(), institution="SMP Negeri 1 Kajen", area=VILLAGE)
    admin.get("/petugas/grup?q=smp")
    assert "BUDI SANTOSO" in admin.page.words()
    assert "SITI AMINAH" not in admin.page.words()
    admin.get("/petugas/grup?grup=bidan")
    assert "SITI AMINAH" in admin.page.words()
    assert "BUDI SANTOSO" not in admin.page.words()


@pytest.mark.req("SIN-33")
def test_a_supervisor_reads_in_the_log_who_was_raised_for_which_institution(officer: Any, siti: Any) -> None:
    raised(siti.account_id)
    supervisor = officer("supervisor")
    supervisor.get("/petugas/catatan")
    assert "Puskesmas Kajen" in supervisor.page.words()
    assert "Diangkat menjadi anggota grup" in supervisor.page.words()
    assert "SITI AMINAH" not in supervisor.page.words()
