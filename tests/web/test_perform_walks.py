"""Any walk through any declared workflow: counters stay exact, chains whole, and nobody is told twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.engine.declare import Workflow
from portal.engine.workflow import Actor
from portal.errors import Refusal
from portal.extensions import db
from portal.models import Application, Event, Message
from portal.operations.audit import verify_all
from portal.queries.catalogue import catalogue, declared_for
from portal.transaction import transaction
from tests.acting import act, actors, counters, provide, real_counts, recount
from tests.cases import fill, start

Walker = tuple[int, Workflow]  # the key of an application, and its workflow


@pytest.fixture
def people(site: Flask, siti: Any) -> dict[str, Actor]:
    """One actor of each kind, officers in each role of the agency and in none."""
    return actors(siti.account_id)


@pytest.fixture
def walkers(site: Flask, people: dict[str, Actor]) -> list[Walker]:
    """Two filled applications of every declared service, whose counters are true."""
    recount()
    with transaction():
        found = [
            fill(start(agency, service, people["applicant"].account_id))
            for agency, services in catalogue().services.items()
            for service in services
            for _ in range(2)
        ]
    return [(one.id, declared_for(one).workflow) for one in found]


@pytest.mark.req("XCT-04", "XCT-15")
@pytest.mark.parametrize("seed", range(4))
def test_counters_and_chains_are_true_after_any_walk(
    walkers: list[Walker], people: dict[str, Actor], seed: int
) -> None:
    """Any sequence of actions, allowed or not: never an undeclared state, an event lost, a wrong counter."""
    dice, done = random.Random(seed), 0
    for _ in range(120):
        one, workflow = dice.choice(walkers)
        done += _stumble(dice, one, workflow, people)
    assert done > 20
    _check_books(one for one, _ in walkers)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=st.lists(st.integers(0, 10**9), max_size=25))
def test_counters_and_chains_are_true_after_a_short_walk(
    walkers: list[Walker], people: dict[str, Actor], walk: list[int]
) -> None:
    """The same, where a failure is cut down to the shortest walk that shows it."""
    for step in walk:
        dice = random.Random(step)
        one, workflow = dice.choice(walkers)
        _stumble(dice, one, workflow, people)
    _check_books(one for one, _ in walkers)


def _stumble(dice: random.Random, one: int, workflow: Workflow, people: dict[str, Actor]) -> bool:
    """Try one action: mostly one that is declared here, sometimes by the wrong person or out of place."""
    application = db.session.get_one(Application, one, populate_existing=True)
    here = [key for key, action in workflow.actions.items() if application.state in action.from_]
    is_sensible = dice.random() < 0.8 and here
    key = dice.choice(here if is_sensible else list(workflow.actions))
    actor = people[workflow.actions[key].by if is_sensible else dice.choice(list(people))]
    if is_sensible and dice.random() < 0.9:
        with transaction():
            provide(application, key, actor)
    try:
        with transaction():
            act(application, key, actor)
    except Refusal:
        return False
    return True


def _check_books(applications: Iterable[int]) -> None:
    db.session.remove()
    assert counters() == real_counts()
    assert verify_all() == []
    for one in applications:
        _check_walk(one)


def _check_walk(application_id: int) -> None:
    """The events tell the whole way: each begins where the one before it ended."""
    found = db.session.get_one(Application, application_id)
    workflow = declared_for(found).workflow
    own = (Event.subject_type == "application", Event.subject_id == application_id)
    events = db.session.scalars(select(Event).where(*own).order_by(Event.seq)).all()
    assert [event.seq for event in events] == list(range(1, found.seq + 1))
    at = ""
    for event in events:
        if event.to_state:
            assert event.from_state == at
            assert event.to_state in workflow.states
            at = event.to_state
    assert at == found.state
    changes = [event for event in events if event.action in workflow.actions]
    assert len(changes) == found.version
    keys = db.session.scalars(select(Message.dedupe_key).where(Message.application_id == application_id)).all()
    assert len(keys) == len(set(keys))
