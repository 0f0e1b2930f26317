"""Checks of one workflow: its words exist, every state can be reached and left, the customary ways are open."""

from collections.abc import Callable, Iterator

from portal.engine.declare import Action, Agency, Workflow
from portal.engine.guards import GUARDS

MEANS_WORDS = 15  # a sentence beside a status has at most so many words
REMINDERS = 2  # before a revision closes

Findings = Iterator[tuple[str, str]]


def check_workflow(workflow: Workflow, agency: Agency) -> Findings:
    """Yields (place in the workflow's file, what is wrong)."""
    found = [*_check_words(workflow, agency)]
    yield from found
    if found:
        return  # the ways through it can only be judged once each word exists
    yield from _check_ways(workflow)
    yield from _check_exits(workflow)
    yield from _check_customs(workflow, agency)


def _check_words(workflow: Workflow, agency: Agency) -> Findings:
    roles = {"applicant", "system", *agency.roles}
    if workflow.start not in workflow.states:
        yield "start", f"there is no state {workflow.start}"
    for key, state in workflow.states.items():
        if state.final == bool(state.waits):
            yield (
                f"states.{key}.waits",
                "a final state waits for nobody, and any other for somebody",
            )
        if state.waits and state.waits not in roles:
            yield f"states.{key}.waits", f"there is no role {state.waits}"
        if len(state.means.split()) > MEANS_WORDS:
            yield f"states.{key}.means", f"has more than {MEANS_WORDS} words"
    for key, action in workflow.actions.items():
        yield from _check_action_words(f"actions.{key}", action, workflow, roles)


def _check_action_words(place: str, action: Action, workflow: Workflow, roles: set[str]) -> Findings:
    for state in (*action.from_, action.to):
        if state not in workflow.states:
            yield place, f"there is no state {state}"
    if action.by not in roles:
        yield f"{place}.by", f"there is no role {action.by}"
    for n, guard in enumerate(action.needs):
        if guard not in GUARDS:
            yield f"{place}.needs.{n}", f"there is no guard {guard}"
    timer = action.timer
    if timer is None:
        return
    if action.by != "system":
        yield f"{place}.timer", "only an action by system has a timer"
    if timer.unless and timer.unless not in GUARDS:
        yield f"{place}.timer.unless", f"there is no guard {timer.unless}"
    if any(before >= timer.after for before in timer.remind):
        yield f"{place}.timer.remind", "a reminder comes after the state was entered"


def _check_ways(workflow: Workflow) -> Findings:
    reached = _closure({workflow.start}, lambda action: (action.from_, (action.to,)), workflow)
    for key in workflow.states:
        if key not in reached:
            yield f"states.{key}", f"cannot be reached from {workflow.start}"
    final = {key for key, state in workflow.states.items() if state.final}
    ending = _closure(final, lambda action: ((action.to,), action.from_), workflow)
    for key in workflow.states:
        if key not in ending:
            yield f"states.{key}", "never comes to an end: no final state can be reached"


def _closure(
    seeds: set[str],
    edge: Callable[[Action], tuple[tuple[str, ...], tuple[str, ...]]],
    workflow: Workflow,
) -> set[str]:
    """All states that are connected with the seeds by actions, in the direction of `edge`."""
    found = set(seeds)
    while True:
        grown = found | {
            state
            for action in workflow.actions.values()
            for sources, targets in [edge(action)]
            if found & set(sources)
            for state in targets
        }
        if grown == found:
            return found
        found = grown


def _leaving(workflow: Workflow, state: str) -> list[Action]:
    return [a for a in workflow.actions.values() if state in a.from_ and a.to != state]


def _check_exits(workflow: Workflow) -> Findings:
    for key, state in workflow.states.items():
        if state.final:
            continue
        movers = {action.by for action in _leaving(workflow, key)}
        officers = movers - {"applicant", "system"}
        if state.waits == "system" and not officers:
            yield f"states.{key}", "waits for the system, so an officer needs a way out of it"
        elif state.waits != "system" and state.waits not in movers:
            yield f"states.{key}", f"waits for {state.waits}, who has no action that leaves it"


def _check_customs(workflow: Workflow, agency: Agency) -> Findings:
    for name in workflow.without:
        if name not in CUSTOMS:
            yield f"without.{name}", f"is none of {', '.join(CUSTOMS)}"
    for name, custom in CUSTOMS.items():
        if name not in workflow.without:
            yield from custom(workflow, agency)
        elif name in workflow.actions:
            yield f"without.{name}", "the action is there all the same"


def _by_applicant(workflow: Workflow, key: str, needed_from: set[str], why: str) -> Findings:
    action = workflow.actions.get(key)
    if action is None:
        yield "actions", f"{key} by applicant is missing: {why} (or say why under without)"
    elif action.by != "applicant":
        yield f"actions.{key}.by", "must be applicant"
    else:
        for state in sorted(needed_from - set(action.from_)):
            yield f"actions.{key}.from", f"must include {state}: {why}"


def _withdraw(workflow: Workflow, _agency: Agency) -> Findings:
    yield from _by_applicant(workflow, "withdraw", _undecided(workflow), "a citizen may withdraw until a decision")


def _undecided(workflow: Workflow) -> set[str]:
    """The states after sending in which no officer has decided: up to where refusing is possible."""
    refuse = workflow.actions.get("refuse")
    deciding = set(refuse.from_) if refuse else set()
    found, rest = {workflow.start}, [workflow.start]
    while rest:
        state = rest.pop()
        for action in _leaving(workflow, state):
            target = workflow.states[action.to]
            before = state not in deciding or target.edit == "flagged"
            if before and not target.final and action.to not in found:
                found.add(action.to)
                rest.append(action.to)
    return found - {workflow.start}


def _revision_timer(workflow: Workflow, _agency: Agency) -> Findings:
    for key, state in workflow.states.items():
        if state.edit != "flagged":
            continue
        timers = [a.timer for a in workflow.actions.values() if key in a.from_ and a.timer]
        if not timers:
            yield f"states.{key}", "needs a timer that closes it, or it waits for ever"
        elif all(len(timer.remind) < REMINDERS for timer in timers):
            yield f"states.{key}", f"needs {REMINDERS} reminders before its timer closes it"


def _refused_states(workflow: Workflow) -> set[str]:
    refuse = workflow.actions.get("refuse")
    return ({refuse.to} if refuse else set()) | ({"refused"} & workflow.states.keys())


def _resubmit(workflow: Workflow, _agency: Agency) -> Findings:
    if refused := _refused_states(workflow):
        why = "what was refused can be mended and sent again"
        yield from _by_applicant(workflow, "resubmit", refused, why)


def _object(workflow: Workflow, agency: Agency) -> Findings:
    refused = _refused_states(workflow)
    if not refused:
        return
    yield from _by_applicant(workflow, "object", refused, "a refusal can be objected to")
    action = workflow.actions.get("object")
    if action is None:
        return
    judge = agency.roles.get(workflow.states[action.to].waits)
    if judge is None or not judge.supervises:
        yield "actions.object.to", "must wait for a role that supervises"
    for key, verdict in workflow.actions.items():
        judges = action.to in verdict.from_ and verdict.by != "applicant"
        if judges and "not_involved" not in verdict.needs:
            yield f"actions.{key}.needs", "an objection is judged by somebody not_involved"


def _issues(workflow: Workflow) -> bool:
    return any(e.name == "issue" for a in workflow.actions.values() for e in a.effects)


def _report(workflow: Workflow, _agency: Agency) -> Findings:
    if _issues(workflow):
        why = "a mistake in an issued document can be reported"
        yield from _by_applicant(workflow, "report", set(), why)
        action = workflow.actions.get("report")
        if action and "within_report_period" not in action.needs:
            yield "actions.report.needs", "must include within_report_period"


def _replace(workflow: Workflow, agency: Agency) -> Findings:
    if not _issues(workflow):
        return
    mending = {k: a for k, a in workflow.actions.items() if k in ("replace", "revoke")}
    if not mending:
        yield "actions", "replace or revoke by a signer is missing: an issued document can be wrong"
    report = workflow.actions.get("report")
    if mending and report and not any(report.to in action.from_ for action in mending.values()):
        yield "actions.report.to", "must be a state from which the document is replaced or revoked"
    for key, action in mending.items():
        role = agency.roles.get(action.by)
        if role is None or not role.signs:
            yield f"actions.{key}.by", "must be a role that signs"
        if "reason" not in action.needs:
            yield f"actions.{key}.needs", "must include reason"


CUSTOMS: dict[str, Callable[[Workflow, Agency], Findings]] = {
    "withdraw": _withdraw,
    "revision_timer": _revision_timer,
    "resubmit": _resubmit,
    "object": _object,
    "report": _report,
    "replace": _replace,
}
