"""Workflows: who may do what when, what it demands and causes, and what time does by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.engine.declare import State, Workflow
from portal.engine.guards import GUARDS
from portal.engine.journey import Missing
from portal.engine.workflow import Actor, Facts, actions_open, decide, due_timers, may_change
from portal.errors import Conflict, Invalid, NotAllowed
from tests.unit.engine_examples import shipped_catalogue, tiny_workflow

APPLICANT = Actor("applicant", 1)
SYSTEM = Actor("system")
TTE = shipped_catalogue().workflow("dukcapil", "terbit-tte")
START = datetime(2026, 11, 1, 1, tzinfo=UTC)
EVERYTHING = {
    "consent_version": "1",
    "open_notes": 1,
    "reason": "Alasan yang jelas",
    "phone_proven": True,
    "document_signed": True,
    "challenge_passed": True,
    "claimed_by_actor": True,
    "within_report_period": True,
    "is_member": True,
    "person_agreed": True,
    "is_disputed": False,
}


def officer(*roles: str) -> Actor:
    return Actor("officer", 2, frozenset(roles))


def facts(state: str, **words) -> Facts:
    return Facts(state=state, **(EVERYTHING | words))


def test_actions_open_are_those_of_the_actor_in_the_state():
    open_keys = [key for key, _ in actions_open(TTE, "checking", officer("verifier"))]
    assert open_keys == ["put_back", "approve", "return", "refuse"]
    assert [key for key, _ in actions_open(TTE, "checking", APPLICANT)] == ["withdraw"]
    assert actions_open(TTE, "checking", officer("signer")) == []


def test_accepted_action_says_where_to_and_what_it_causes():
    decision = decide(TTE, "approve", facts("checking"), officer("verifier"))
    assert (decision.from_, decision.to, decision.event_kind) == ("checking", "signing", "approve")
    assert [(effect.name, effect.argument) for effect in decision.effects] == [
        ("release", ""),
        ("issue", "akta"),
    ]


@pytest.mark.parametrize(
    ("action", "actor"),
    [
        ("approve", APPLICANT),
        ("approve", officer("signer")),
        ("approve", SYSTEM),
        ("send", officer("verifier", "supervisor", "admin")),
        ("expire", officer("admin")),
        ("fly", officer("admin")),
    ],
)
def test_action_of_another_role_is_not_allowed(action, actor):
    with pytest.raises(NotAllowed):
        decide(TTE, action, facts("checking"), actor)


def test_officer_never_acts_on_an_own_case():
    with pytest.raises(NotAllowed, match="keluarga Anda"):
        decide(TTE, "take", facts("sent", own_case=True), officer("verifier"))


def test_applicant_acts_on_an_own_case_of_course():
    assert decide(TTE, "withdraw", facts("sent", own_case=True), APPLICANT).to == "withdrawn"


def test_action_after_the_state_moved_is_a_conflict_that_names_the_state():
    with pytest.raises(Conflict, match="Ditarik"):
        decide(TTE, "approve", facts("withdrawn"), officer("verifier"))


def test_case_in_the_hands_of_a_colleague_is_a_conflict():
    held = facts("checking", claimed_by_actor=False, claimed_by_other=True)
    with pytest.raises(Conflict, match="petugas lain"):
        decide(TTE, "approve", held, officer("verifier"))


@pytest.mark.parametrize(
    ("action", "state", "actor", "lacking", "guards"),
    [
        (
            "send",
            "draft",
            APPLICANT,
            {"missing": (Missing("isi", "kk", "Isi Nomor KK."),)},
            {"complete"},
        ),
        ("send", "draft", APPLICANT, {"consent_version": ""}, {"consent"}),
        ("send", "draft", APPLICANT, {"consent_asked": "2"}, {"consent"}),
        ("send", "revision", APPLICANT, {"answered": False}, {"notes_answered"}),
        ("send", "draft", APPLICANT, {"is_member": False}, {"membership"}),
        ("send", "draft", APPLICANT, {"person_agreed": False}, {"person_agreed"}),
        ("approve", "checking", officer("verifier"), {"is_disputed": True}, {"undisputed"}),
        ("sign", "signing", officer("signer"), {"is_disputed": True}, {"undisputed"}),
        ("return", "checking", officer("verifier"), {"open_notes": 0}, {"notes"}),
        ("refuse", "checking", officer("verifier"), {"reason": "  x "}, {"reason"}),
        ("approve", "checking", officer("verifier"), {"claimed_by_actor": False}, {"claimed"}),
        ("sign", "signing", officer("signer"), {"document_signed": False}, {"document_signed"}),
        ("object", "refused", APPLICANT, {"objections": 1}, {"first_objection"}),
        (
            "grant",
            "objection",
            officer("supervisor"),
            {"actor_decided_before": True},
            {"not_involved"},
        ),
        ("report", "issued", APPLICANT, {"within_report_period": False}, {"within_report_period"}),
    ],
)
def test_guard_that_does_not_hold_is_named_with_a_sentence(action, state, actor, lacking, guards):
    with pytest.raises(Invalid) as refusal:
        decide(TTE, action, facts(state, **lacking), actor)
    assert set(refusal.value.errors) == guards
    assert all(sentence.endswith(".") for sentence in refusal.value.errors.values())


def test_all_guards_that_fail_are_told_at_once():
    with pytest.raises(Invalid) as refusal:
        decide(TTE, "send", facts("draft", consent_version="", answered=False), APPLICANT)
    assert set(refusal.value.errors) == {"consent", "notes_answered"}


def test_bare_facts_let_nobody_through_but_for_what_needs_no_proof():
    free = {name for name, guard in GUARDS.items() if guard(Facts("draft")) is None}
    assert free == {"complete", "notes_answered", "not_involved", "first_objection", "never_sent", "no_account"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(days=4, hours=23), []),
        (timedelta(days=5), [("expire", "remind", 1)]),
        (timedelta(days=7) - timedelta(seconds=1), [("expire", "remind", 1)]),
        (timedelta(days=7), [("expire", "act", 0)]),
        (timedelta(days=30), [("expire", "act", 0)]),
    ],
)
def test_document_expires_a_week_after_it_was_issued_to_the_second(after, expected):
    found = due_timers(TTE, "issued", START, START + after, Facts("issued"))
    assert [(due.action, due.kind, due.number) for due in found] == expected


def test_downloaded_document_never_expires():
    late = START + timedelta(days=100)
    assert due_timers(TTE, "issued", START, late, Facts("issued", downloaded=True)) == []


@pytest.mark.parametrize(("days", "numbers"), [(15, []), (16, [1]), (26, [1]), (27, [1, 2]), (30, [0])])
def test_revision_is_reminded_of_twice_before_it_closes(days, numbers):
    found = due_timers(TTE, "revision", START, START + timedelta(days=days), Facts("revision"))
    assert [due.number for due in found] == numbers
    assert all(due.message == "pengingat-perbaikan" for due in found if due.kind == "remind")


def test_state_without_a_timer_has_nothing_due():
    assert due_timers(TTE, "sent", START, START + timedelta(days=999), Facts("sent")) == []


@pytest.mark.parametrize(
    ("edit", "target", "flagged", "may"),
    [
        ("all", "kk", set(), True),
        ("flagged", "kk", {"kk"}, True),
        ("flagged", "kk", {"surat"}, False),
        ("flagged", "kk", {""}, True),
        ("none", "kk", {"kk"}, False),
    ],
)
def test_applicant_changes_only_what_the_state_leaves_open(edit, target, flagged, may):
    state = State(citizen="x", staff="x", waits="applicant", edit=edit)
    assert may_change(state, target, flagged) is may


ROLES = ("verifier", "signer")
NAMES = [f"s{n}" for n in range(6)]
ACTIONS = st.fixed_dictionaries(
    {
        "from": st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
        "to": st.sampled_from(NAMES),
        "by": st.sampled_from(("applicant", "system", *ROLES)),
        "label": st.just("x"),
        "needs": st.lists(st.sampled_from(sorted(GUARDS)), max_size=2, unique=True),
        "effects": st.lists(st.sampled_from(["claim", "release"]), max_size=2),
    }
)
WORKFLOWS = st.dictionaries(st.sampled_from("abcdefgh"), ACTIONS, min_size=1).map(
    lambda actions: Workflow.model_validate(
        {
            "code": "acak",
            "title": "Acak",
            "start": "s0",
            "states": {name: {"citizen": name, "staff": name, "waits": "applicant"} for name in NAMES},
            "actions": actions,
        }
    )
)
ACTORS = st.one_of(
    st.just(APPLICANT),
    st.just(SYSTEM),
    st.builds(lambda roles: Actor("officer", 2, roles), st.frozensets(st.sampled_from(ROLES))),
)
FACTS = st.builds(
    dict,
    reason=st.sampled_from(["", "Alasan jelas"]),
    own_case=st.booleans(),
    claimed_by_actor=st.booleans(),
    claimed_by_other=st.booleans(),
    document_signed=st.booleans(),
    answered=st.booleans(),
)
STEPS = st.lists(st.tuples(st.sampled_from("abcdefghz"), ACTORS, FACTS), max_size=20)


@pytest.mark.req("XCT-04")
@settings(deadline=None)
@given(WORKFLOWS, STEPS)
def test_no_sequence_of_actions_leaves_the_declared_states(workflow, steps):
    """Any workflow, any actors, any facts: an accepted action is one declared move, a refused one none."""
    state, events = workflow.start, []
    for key, actor, words in steps:
        try:
            decision = decide(workflow, key, Facts(state=state, **words), actor)
        except (Conflict, NotAllowed, Invalid):
            continue
        action = workflow.actions[key]
        assert decision.from_ == state
        assert state in action.from_
        assert decision.to == action.to
        assert decision.to in workflow.states
        assert decision.effects == action.effects
        assert actor.may(action)
        assert not (actor.kind == "officer" and words["own_case"])
        assert (key, action) in actions_open(workflow, state, actor)
        events.append(decision.event_kind)
        state = decision.to
    assert len(events) <= len(steps)
    assert set(events) <= set(workflow.actions)


@settings(deadline=None)
@given(STEPS)
def test_tiny_workflow_never_leaves_a_final_state(steps):
    workflow = tiny_workflow()
    keys = dict(zip("abcdefghz", [*workflow.actions] * 3, strict=True))
    state, ended = workflow.start, False
    for letter, actor, words in steps:
        try:
            state = decide(workflow, keys[letter], Facts(state=state, **words), actor).to
        except (Conflict, NotAllowed, Invalid):
            continue
        assert not ended
        ended = workflow.states[state].final
