"""The one door: what is not declared is refused and leaves nothing; what is done happens once and whole."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import AGENCIES, clock
from portal.engine.declare import Action, Workflow
from portal.engine.load import load_catalogue
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Account, Application
from portal.operations.audit import verify_chain
from portal.operations.perform import Payload, perform
from portal.transaction import transaction
from tests.acting import REASON, act, actors, everything, provide
from tests.cases import fill, put_into, send, start

CATALOGUE = load_catalogue(AGENCIES)
SERVICES = [(agency, service) for agency, services in CATALOGUE.services.items() for service in services]
STATES = [
    (agency, service, state)
    for agency, service in SERVICES
    for state in CATALOGUE.workflow(agency, CATALOGUE.services[agency][service].workflow).states
]


def _workflow(agency: str, code: str) -> Workflow:
    return CATALOGUE.workflow(agency, CATALOGUE.services[agency][code].workflow)


def _is_his(action: Action, actor: Actor) -> bool:
    """Whose an action is, said once more in other words than the engine's."""
    if action.by in ("applicant", "system"):
        return actor.kind == action.by
    return actor.kind == "officer" and action.by in actor.roles


@pytest.fixture
def people(site: Flask, siti: Any) -> dict[str, Actor]:
    """One actor of each kind, officers in each role of the agency and in none."""
    return actors(siti.account_id)


@pytest.mark.req("XCT-02", "XCT-04")
@pytest.mark.parametrize("agency, service, state", STATES)
def test_what_is_not_declared_is_refused_and_changes_nothing(
    site: Flask, people: dict[str, Actor], agency: str, service: str, state: str
) -> None:
    """Every action of the workflow, tried in this state by everybody: only declared ones come through.

    The refusal is caught inside the transaction, which then commits: nothing may have been
    written before it. A rollback would hide that.
    """
    workflow = _workflow(agency, service)
    with transaction():
        application = put_into(start(agency, service, people["applicant"].account_id), state, round=1)
    before, refused = everything(), 0
    application = db.session.get_one(Application, application.id)
    for key, action in [*workflow.actions.items(), ("sulap", None)]:
        for name, actor in people.items():
            expected = _expected(action, actor, state)
            if expected is None:
                continue
            with transaction():
                try:
                    perform(application, key, actor, Payload(seen=application.version, reason=REASON))
                    outcome: type[Exception] | None = None
                except (NotAllowed, Conflict, Invalid) as refusal:
                    outcome = type(refusal)
            assert outcome is expected, f"{key} by {name} in {state}: {outcome}"
            refused += 1
    assert refused
    assert everything() == before


def _expected(action: Action | None, actor: Actor, state: str) -> type[Exception] | None:
    """The refusal that the declaration asks for; None when the action is open to the actor here."""
    if action is None or not _is_his(action, actor):
        return NotAllowed
    return None if state in action.from_ else Conflict


@pytest.mark.req("XCT-04")
@pytest.mark.parametrize("agency, service", SERVICES)
def test_every_open_action_leads_where_it_is_declared_to_lead(
    site: Flask, people: dict[str, Actor], agency: str, service: str
) -> None:
    """Each action from each of its states, with all that it demands: one change, one event."""
    workflow = _workflow(agency, service)
    for key, action in workflow.actions.items():
        actor = people[action.by]
        for state in action.from_:
            with transaction():
                application = _ready(agency, service, state, key, actor, people)
            version, seq = application.version, application.seq
            with transaction():
                done = act(application, key, actor)
            where = f"{key} from {state}"
            assert (done.from_state, done.event.action) == (state, key), where
            found = db.session.get_one(Application, application.id, populate_existing=True)
            assert (found.state, found.version) == (action.to, version + 1), where
            assert done.event.seq == seq + 1, where
            assert verify_chain(found.code) == [], where


def _ready(agency: str, service: str, state: str, key: str, actor: Actor, people: dict[str, Actor]) -> Application:
    """An application in a state with everything given that the action may ask for."""
    applicant = people["applicant"].account_id
    application = fill(start(agency, service, applicant))
    if state != _workflow(agency, service).start:
        put_into(application, state, round=1, sent_at=clock.now())
    provide(application, key, actor)
    return application


@pytest.fixture
def sent(site: Flask, people: dict[str, Actor]) -> Application:
    """A birth certificate that was sent and waits for a verifier."""
    with transaction():
        return send(fill(start("dukcapil", "akta-kelahiran", people["applicant"].account_id)))


@pytest.mark.req("XCT-05")
def test_the_second_of_two_who_saw_the_same_meets_a_conflict(sent: Application, people: dict[str, Actor]) -> None:
    seen = sent.version
    with transaction():
        perform(sent, "take", people["verifier"], Payload(seen=seen))
    before = everything()
    application = db.session.get_one(Application, sent.id)
    with pytest.raises(Conflict, match="Sudah ditangani"), transaction():
        perform(application, "withdraw", people["applicant"], Payload(seen=seen))
    assert everything() == before


@pytest.mark.req("XCT-05")
def test_a_conflict_names_who_was_first_and_when(sent: Application, site: Flask) -> None:
    vera = db.session.scalar(select(Account).where(Account.name == "Vera Verifikator"))
    assert vera is not None
    seen = sent.version
    with transaction():
        perform(sent, "take", Actor("officer", vera.id, frozenset({"verifier"})), Payload(seen=seen))
    with pytest.raises(Conflict) as caught, transaction():
        perform(sent, "withdraw", Actor("applicant", sent.account_id), Payload(seen=seen))
    assert caught.value.message == (
        "Sudah ditangani oleh Vera Verifikator pada 23-11-2026 pukul 09.00: sekarang Diperiksa."
        " Periksa keadaan terbaru sebelum melanjutkan."
    )


@pytest.mark.req("XCT-05")
def test_who_overtakes_between_reading_and_writing_makes_it_a_conflict(
    sent: Application, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when the version that was seen still fits while it is read: the update itself compares."""
    from portal.operations import perform as door

    gather = door.gather_facts

    def gather_and_be_overtaken(application: Application, *rest: Any) -> Any:
        facts = gather(application, *rest)
        db.session.execute(
            update(Application)
            .where(Application.id == application.id)
            .values(version=Application.version + 1)
            .execution_options(synchronize_session=False)
        )
        return facts

    monkeypatch.setattr(door, "gather_facts", gather_and_be_overtaken)
    before = everything()
    application = db.session.get_one(Application, sent.id)
    with pytest.raises(Conflict), transaction():
        perform(application, "take", people["verifier"], Payload(seen=application.version))
    assert everything() == before


def test_an_effect_that_fails_takes_the_change_of_state_with_it(
    sent: Application, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.operations import effects

    def broken(_performed: Any, _argument: str) -> None:
        raise LookupError("the printer is on fire")

    monkeypatch.setitem(effects.EFFECTS, "claim", broken)
    before = everything()
    application = db.session.get_one(Application, sent.id)
    with pytest.raises(LookupError), transaction():
        perform(application, "take", people["verifier"])
    assert everything() == before


def test_officers_do_not_act_on_their_own_case(sent: Application, people: dict[str, Actor]) -> None:
    officer = Actor("officer", people["applicant"].account_id, frozenset({"verifier"}))
    before = everything()
    application = db.session.get_one(Application, sent.id)
    with pytest.raises(NotAllowed, match="keluarga"), transaction():
        perform(application, "take", officer)
    assert everything() == before
