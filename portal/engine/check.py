"""What types cannot prove about the declarations: everything named exists, and nobody is trapped."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from portal.engine.calendars import WEEKDAYS, ZONE_LABELS, parse_hours
from portal.engine.declare import Agency, Catalogue, Message, Office, Service, Workflow
from portal.engine.list_checks import check_lists
from portal.engine.load import Problem
from portal.engine.messages import MESSAGE_VALUES, SENSITIVE, WHATSAPP_LIMIT
from portal.engine.placeholders import names_in
from portal.engine.registration_checks import check_registration
from portal.engine.service_checks import check_service
from portal.engine.workflow_checks import check_workflow

E164 = re.compile(r"^\+62\d{8,13}$")
NUMBER_WORDS = re.compile(r"\b(NIK|Nomor KK|No\.? KK)\b", re.IGNORECASE)
MESSAGE_EFFECTS = frozenset(
    {"notify", "send_activation", "send_confirmation", "create_account", "resend_account", "block", "unblock"}
)  # their argument is a message

Findings = Iterator[tuple[str, str]]  # place inside the file, what is wrong


class Named(NamedTuple):
    """What declarations may name besides each other: templates of documents and effects."""

    templates: frozenset[str]
    effects: frozenset[str]


def check(catalogue: Catalogue, templates: set[str], effects: set[str]) -> list[Problem]:
    """Every mistake in the catalogue, by file and place; empty when it may be served."""
    named = Named(frozenset(templates), frozenset(effects))
    return [problem for code in sorted(catalogue.agencies) for problem in _agency(catalogue, code, named)]


def _agency(catalogue: Catalogue, code: str, named: Named) -> Iterator[Problem]:
    agency = catalogue.agencies[code]
    workflows = catalogue.workflows.get(code, {})
    messages = catalogue.messages.get(code, {})
    services = catalogue.services.get(code, {})
    yield from _at(f"{code}/agency.yaml", _check_agency(agency))
    yield from _at(f"{code}/offices.csv", _check_offices(catalogue.offices.get(code, ())))
    yield from _at(f"{code}/agency.yaml", check_lists(agency, services, workflows))
    if agency.head_office and agency.head_office not in {office.code for office in catalogue.offices.get(code, ())}:
        yield Problem(f"{code}/agency.yaml: head_office", f"there is no office {agency.head_office}")
    registration = catalogue.registration(code)
    for name, service in services.items():
        found = check_service(service, agency, registration, workflows, named.templates)
        yield from _at(f"{code}/services/{name}.yaml", found)
        found = check_registration(service, agency, workflows.get(service.workflow), messages)
        yield from _at(f"{code}/services/{name}.yaml", found)
    if sum(service.kind == "registration" for service in services.values()) > 1:
        yield Problem(f"{code}/agency.yaml", "an agency has at most one registration")
    for name, workflow in workflows.items():
        users = [service for service in services.values() if service.workflow == name]
        path = f"{code}/workflows/{name}.yaml"
        yield from _at(path, check_workflow(workflow, agency))
        yield from _at(path, _check_effects(workflow, users, messages, named))
        if agency.groups and any(service.kind == "service" for service in users):
            yield from _at(path, _check_groups(workflow))
    for key, message in messages.items():
        yield from _at(f"{code}/messages", _check_message(key, message))


def _at(path: str, found: Findings) -> Iterator[Problem]:
    return (Problem(f"{path}: {place}", message) for place, message in found)


def _check_agency(agency: Agency) -> Findings:
    for day in WEEKDAYS:
        if day not in agency.hours:
            yield f"hours.{day}", "is missing; write tutup for a closed day"
    for weekday, text in agency.hours.items():
        try:
            parse_hours(text)
        except ValueError as error:
            yield f"hours.{weekday}", str(error)
    if not E164.match(agency.call_centre):
        yield "call_centre", "write it as +62 and digits"
    for reserved in {"applicant", "system"} & agency.roles.keys():
        yield f"roles.{reserved}", "is a word of the vocabulary, not a role"
    for key, group in agency.groups.items():
        if key == "everyone":
            yield f"groups.{key}", "is a word of the vocabulary, not a group"
        if group.consent not in agency.consents:
            yield f"groups.{key}.consent", f"the agency has no consent {group.consent}"


def _check_offices(offices: tuple[Office, ...]) -> Findings:
    codes = [office.code for office in offices]
    parents = {office.code: office.parent for office in offices}
    if not offices:
        yield "", "an agency has at least one office"
    for office in offices:
        if codes.count(office.code) > 1:
            yield office.code, "stands twice"
        if office.parent and office.parent not in codes:
            yield office.code, f"there is no parent office {office.parent}"
        elif office.parent and parents[office.parent]:
            yield office.code, f"{office.parent} lies below another office itself: there are two levels"
        if office.zone not in ZONE_LABELS:
            yield office.code, f"{office.zone} is none of {', '.join(ZONE_LABELS)}"


def _check_effects(workflow: Workflow, users: list[Service], messages: dict[str, Message], named: Named) -> Findings:
    for key, action in workflow.actions.items():
        for n, effect in enumerate(action.effects):
            place = f"actions.{key}.effects.{n}"
            if effect.name not in named.effects:
                yield place, f"there is no effect {effect.name}"
            elif effect.name in MESSAGE_EFFECTS:
                yield from _check_message_use(place, effect.argument, users, messages)
            elif effect.argument:
                for service in users:
                    if service.output(effect.argument) is None:
                        yield place, f"{service.code} has no output {effect.argument}"
        if action.timer and action.timer.remind:
            place = f"actions.{key}.timer.reminder"
            yield from _check_message_use(place, action.timer.reminder, users, messages)


def _check_groups(workflow: Workflow) -> Findings:
    """Where members of groups apply for others, no sending and no paper goes past what that person says."""
    for key, action in workflow.actions.items():
        needed: set[str] = set()
        if action.by == "applicant" and "consent" in action.needs:
            needed |= {"membership", "person_agreed"}
        if "document_signed" in action.needs or any(effect.name == "issue" for effect in action.effects):
            needed.add("undisputed")
        for guard in sorted(needed - set(action.needs)):
            yield f"actions.{key}.needs", f"lacks {guard}: the agency has groups, whose members apply for others"


def _check_message_use(place: str, key: str, users: list[Service], messages: dict[str, Message]) -> Findings:
    message = messages.get(key)
    if message is None:
        yield place, f"there is no message {key or '(none named)'}"
    elif any(service.sensitive for service in users):
        for value in sorted(_values_of(message) & set(SENSITIVE)):
            yield place, f"message {key} names {{{value}}}, but is sent about a sensitive service"


def _values_of(message: Message) -> set[str]:
    try:
        return names_in(message.whatsapp) | names_in(message.subject) | names_in(message.email)
    except ValueError:
        return set()  # reported where the message stands


def _check_message(key: str, message: Message) -> Findings:
    for part in ("whatsapp", "subject", "email"):
        text = getattr(message, part)
        try:
            unknown = names_in(text) - MESSAGE_VALUES.keys()
        except ValueError as error:
            yield f"{key}.{part}", str(error)
            continue
        for name in sorted(unknown):
            yield f"{key}.{part}", f"messages may not name {{{name}}}"
        if part != "email" and "reason" in names_in(text):
            yield f"{key}.{part}", "a reason is told in the e-mail only, never where others may glance at it"
        if word := NUMBER_WORDS.search(text):
            yield f"{key}.{part}", f"a discreet message does not speak of {word[0]}"
    if len(message.whatsapp) > WHATSAPP_LIMIT:
        yield f"{key}.whatsapp", f"is longer than {WHATSAPP_LIMIT} characters"
