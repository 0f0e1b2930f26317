"""What opens an account is taken once, however many reach for it at the same moment; controls with the guard off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import (
    Account,
    AccountChange,
    Credential,
    Duty,
    Event,
    LoginName,
    OfficerRequest,
    RecoveryCode,
)
from portal.operations.account_changes import note_change
from portal.operations.applications import start_application
from portal.operations.audit import verify_all
from portal.operations.duties import Wish
from portal.operations.officers import create_officer
from portal.operations.passwords import post_reset_link
from portal.operations.second_admin import give_duty
from portal.operations.second_factor import enrol
from portal.queries.registrations import get_registration_form
from portal.transaction import transaction
from tests.cases import put_into
from tests.journeys import outbox
from tests.people import AGENCY, PASSWORD
from tests.races import account_courses as courses
from tests.races.racers import RACERS, Racers, errors, winners

HEATS = 3
Officer = Callable[[str], int]


def reset_link(account_id: int) -> str:
    account = db.session.get_one(Account, account_id)
    with transaction():
        post_reset_link(
            get_registration_form(AGENCY),
            account,
            "reset-kata-kunci",
            lives=timedelta(hours=1),
            to_phone=account.phone,
            to_email=None,
        )
    return outbox.path_in(outbox.messages("reset-kata-kunci")[0]).rpartition("/")[2]


def with_factor(account_id: int) -> list[str]:
    with clock.frozen(clock.now() - timedelta(hours=1)), transaction():
        codes = enrol(account_id, courses.SECRET, courses.shown_code(), replaces=True)
    assert codes is not None
    return codes


def test_of_all_who_open_one_link_one_sets_the_password(racers: Racers, siti: int) -> None:
    for _ in range(HEATS):
        secret = reset_link(siti)
        outcomes = racers.race(courses.reset, [(secret, f"hash-{n}") for n in range(RACERS)])
        assert not errors(outcomes), outcomes
        kept = [one for one in winners(outcomes) if one]
        assert len(kept) == 1
        db.session.remove()
        assert db.session.get_one(Credential, siti).password_hash == kept[0]


def test_without_the_guard_all_of_them_set_it(racers: Racers, siti: int) -> None:
    secret = reset_link(siti)
    outcomes = racers.race(courses.reset_unguarded, [(secret, f"hash-{n}") for n in range(RACERS)])
    assert len([one for one in winners(outcomes) if one]) == RACERS, outcomes


def test_a_recovery_code_opens_for_one(racers: Racers, officer: Officer) -> None:
    vera = officer("Vera")
    codes = with_factor(vera)
    for code in codes[:HEATS]:
        assert sorted(winners(racers.race(courses.recovery_code, [(vera, code)] * RACERS))) == [False] * 3 + [True]
    db.session.remove()
    used = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.used_at.is_not(None))
    assert db.session.scalar(used) == HEATS
    acts = select(func.count()).select_from(Event).where(Event.action == "use_recovery_code")
    assert db.session.scalar(acts) == HEATS


def test_without_the_guard_a_recovery_code_opens_for_all(racers: Racers, officer: Officer) -> None:
    vera = officer("Vera")
    code = with_factor(vera)[0]
    assert winners(racers.race(courses.recovery_code_unguarded, [(vera, code)] * RACERS)) == [True] * RACERS


def test_what_the_app_shows_opens_for_one(racers: Racers, officer: Officer) -> None:
    vera = officer("Vera")
    with_factor(vera)
    outcomes = racers.race(courses.app_code, [(vera, courses.shown_code())] * RACERS)
    assert sorted(winners(outcomes)) == [False] * (RACERS - 1) + [True]


def test_without_the_guard_what_the_app_shows_opens_for_all(racers: Racers, officer: Officer) -> None:
    vera = officer("Vera")
    with_factor(vera)
    outcomes = racers.race(courses.app_code_unguarded, [(vera, courses.shown_code())] * RACERS)
    assert winners(outcomes) == [True] * RACERS


def test_of_all_who_claim_a_number_one_is_proven(racers: Racers, site: Flask) -> None:
    form = get_registration_form(AGENCY)
    cases = []
    with transaction():
        for number in range(RACERS):
            account = Account(name=f"Orang {number}", created_at=clock.now())
            db.session.add(account)
            db.session.flush()
            courses.claim(account.id, AGENCY, "9901014508900099")
            cases.append(start_application(form.agency, form.service, account_id=account.id).code)
    outcomes = racers.race(courses.prove_name, [(code,) for code in cases])
    assert winners(outcomes) == [True]
    assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
    db.session.remove()
    proven = (
        select(func.count()).select_from(LoginName).where(LoginName.proven_at.is_not(None), LoginName.kind == "nik")
    )
    assert db.session.scalar(proven) == 1


def test_of_two_admins_who_decide_opposite_things_at_once_one_counts(racers: Racers, officer: Officer) -> None:
    names, role = ("satu", "dua", "tiga", "empat"), (AGENCY, "", "admin")
    with transaction():
        admins = [create_officer(f"Admin {name}", f"admin.{name}", PASSWORD, [role]) for name in names]
    wish = Wish(AGENCY, "", "admin", clock.today("Asia/Jakarta"), clock.today("Asia/Jakarta") + timedelta(days=90))
    with transaction():
        assert give_duty(officer("Vera"), wish, by=officer("Adi")) is False
    code = db.session.scalars(select(OfficerRequest.code)).one()
    verdicts = ["confirmed", "refused", "confirmed", "refused"]
    outcomes = racers.race(courses.decide, [(code, *pair) for pair in zip(admins, verdicts, strict=True)])
    assert len(winners(outcomes)) == 1, outcomes
    assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
    db.session.remove()
    verdict = db.session.scalars(select(OfficerRequest.verdict)).one()
    assert [verdict] == winners(outcomes)
    given = select(func.count()).select_from(Duty).where(Duty.account_id == officer("Vera"), Duty.role == "admin")
    assert db.session.scalar(given) == (1 if verdict == "confirmed" else 0)
    assert verify_all() == []


def test_not_me_is_undone_once_however_often_it_is_pressed(racers: Racers, siti: int) -> None:
    account = db.session.get_one(Account, siti)
    with transaction():
        note_change(
            account,
            "phone",
            agency=AGENCY,
            old="+6281311100011",
            new=account.phone,
            to_phone="+6281311100011",
            to_email="",
        )
    secret = outbox.path_in(outbox.messages("nomor-hp-diganti")[0]).rpartition("/")[2]
    outcomes = racers.race(courses.undo, [(secret,)] * RACERS)
    assert winners(outcomes).count(True) == 1, outcomes
    db.session.remove()
    assert db.session.get_one(Account, siti).phone == "+6281311100011"
    assert len(db.session.scalars(select(AccountChange).where(AccountChange.undone_at.is_not(None))).all()) == 1


@pytest.mark.req("XCT-05")
def test_of_officers_who_decide_a_registration_at_once_one_counts(racers: Racers, officer: Officer, siti: int) -> None:
    form = get_registration_form(AGENCY)
    with transaction():
        registration = put_into(start_application(form.agency, form.service, account_id=siti), "sent", round=1)
        code = registration.code
    people = [officer("Rina"), officer("Roni")] * (RACERS // 2)
    outcomes = racers.race(courses.judge, [(code, who, "refuse", "registrar") for who in people])
    assert winners(outcomes) == ["refuse"], outcomes
    assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
