"""Checks of an agency's lists and dashboard: everything they name exists, and somebody reads it."""

from collections.abc import Collection, Iterator, Mapping

from portal.engine.declare import Agency, CaseList, Column, Service, Workflow

MOST_FILTERS = 3
RESERVED = {"q", "status", "kantor", "tahun", "urut", "sesudah", "sebelum"}  # what an address says besides facets
Findings = Iterator[tuple[str, str]]


def check_lists(agency: Agency, services: Mapping[str, Service], workflows: Mapping[str, Workflow]) -> Findings:
    """Yields (place in agency.yaml, what is wrong)."""
    for key, one in agency.lists.items():
        place = f"lists.{key}"
        service = services.get(one.service)
        workflow = workflows.get(service.workflow) if service else None
        if service is None or workflow is None:
            yield f"{place}.service", f"there is no service {one.service}"
            continue
        yield from _check_roles(f"{place}.roles", one.roles, agency)
        yield from _check_states(f"{place}.states", (*one.states, *one.also), workflow)
        yield from _check_filters(place, one, service)
        yield from _check_acts(place, one, workflow)
        for n, column in enumerate(one.columns):
            yield from _check_column(f"{place}.columns.{n}", column, service, workflow)
    yield from _check_dashboard(agency, services, workflows)


def _check_dashboard(agency: Agency, services: Mapping[str, Service], workflows: Mapping[str, Workflow]) -> Findings:
    board = agency.dashboard
    if board is None:
        return
    service = services.get(board.service)
    workflow = workflows.get(service.workflow) if service else None
    if service is None or workflow is None or service.kind != "registration":
        yield "dashboard.service", f"there is no registration {board.service}; only those are counted by year"
        return
    yield from _check_roles("dashboard.roles", board.roles, agency)
    counted: set[str] = set()
    for n, box in enumerate(board.boxes):
        place = f"dashboard.boxes.{n}"
        yield from _check_states(f"{place}.states", box.states, workflow)
        for state in sorted(counted.intersection(box.states)):
            yield f"{place}.states", f"{state} is counted in another box already"
        counted.update(box.states)
        behind = agency.lists.get(box.list)
        if box.list and behind is None:
            yield f"{place}.list", f"there is no list {box.list}"
        elif behind and not set(box.states) <= {*behind.states, *behind.also}:
            yield f"{place}.list", f"{box.list} does not show all that is counted"
        elif behind and len(box.states) > 1 and set(box.states) != set(behind.states):
            yield f"{place}.list", f"{box.list} cannot show exactly what is counted: one state, or its own"


def _check_roles(place: str, roles: Collection[str], agency: Agency) -> Findings:
    for role in sorted(set(roles) - agency.roles.keys()):
        yield place, f"there is no role {role}"


def _check_states(place: str, states: Collection[str], workflow: Workflow) -> Findings:
    for state in states:
        if state not in workflow.states:
            yield place, f"there is no state {state}"
        elif state == workflow.start:
            yield place, f"{state} is the applicant's own desk"
    if len(set(states)) != len(states):
        yield place, "a state stands twice"


def _check_filters(place: str, one: CaseList, service: Service) -> Findings:
    if len(one.filters) > MOST_FILTERS:
        yield f"{place}.filters", f"at most {MOST_FILTERS}"
    for key in one.filters:
        question = service.field(key)
        if question is None or not question.facet or not question.options:
            yield f"{place}.filters", f"{key} is not a choice that is kept as a facet"
        if key in RESERVED:
            yield f"{place}.filters", f"{key} means something else in an address"


def _check_acts(place: str, one: CaseList, workflow: Workflow) -> Findings:
    if one.acts and not any(column.shows == "acts" for column in one.columns):
        yield f"{place}.acts", "need a column that shows acts"
    for key in one.acts:
        action = workflow.actions.get(key)
        if action is None or action.hidden or not {*one.states, *one.also}.intersection(action.from_):
            yield f"{place}.acts", f"{key} is not an action with a button from a state of this list"
        elif action.confirm is None and not action.asks_reason:
            yield f"{place}.acts", f"{key} asks nothing before it acts, so a slip of the finger would do it"


def _check_column(place: str, column: Column, service: Service, workflow: Workflow) -> Findings:
    if (column.shows == "answer") != bool(column.answers):
        yield f"{place}.answers", "stand exactly in a column of answers"
    for key in column.answers:
        question = service.field(key)
        if question is None:
            yield f"{place}.answers", f"there is no field {key}"
        elif column.level and question.type != "region":
            yield f"{place}.level", f"{key} is not a region"
    if column.shows == "state":
        yield from _check_states(f"{place}.words", tuple(column.words), workflow)
