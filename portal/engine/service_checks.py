"""Checks of one service: each key, type, consent, template and code that it names."""

import re
from collections.abc import Iterator

from portal.engine.codes import CODE_NAMES, NUMBER_NAMES
from portal.engine.declare import (
    Agency,
    DocumentsStep,
    FieldDeclaration,
    Output,
    ReviewStep,
    Service,
    When,
    Workflow,
)
from portal.engine.fields import FIELD_TYPES
from portal.engine.fields.moment import iso_date
from portal.engine.fields.papers import NEW as NPWP_DIGITS
from portal.engine.placeholders import names_in

MODES = ("personal", "group")
ALWAYS_PERSONAL = ("nik", "kk", "npwp", "passport_number")
CHOOSING = {"choice", "choices", "yes_no"}
WITH_OPTIONS = ("choice", "choices")
MAY_LACK = ("email", "phone", "text")  # types whose templates show the tick of `none`

Findings = Iterator[tuple[str, str]]


def check_service(
    service: Service,
    agency: Agency,
    registration: Service | None,
    workflows: dict[str, Workflow],
    templates: frozenset[str],
) -> Findings:
    """Yields (place in the service's file, what is wrong)."""
    if service.workflow not in workflows:
        yield "workflow", f"there is no workflow {service.workflow}"
    yield from _check_audience(service, agency)
    yield from _check_steps(service, agency)
    profile = _profile(registration)
    known: dict[str, FieldDeclaration] = {}
    for place, question in _placed_fields(service):
        yield from _check_field(place, question, known, service, agency, profile)
        known[question.key] = question
    yield from _check_documents(service, known)
    yield from _check_named_answers(service, known)
    if service.workflow in workflows:
        yield from _check_levels(service, agency, workflows[service.workflow])
    yield from _check_placeholders("code_format", service.code_format, CODE_NAMES, agency)
    for n, output in enumerate(service.outputs):
        yield from _check_output(f"outputs.{n}", output, service, agency, templates)
        if service.workflow in workflows and not _is_issued(output, workflows[service.workflow]):
            yield f"outputs.{n}.key", f"workflow {service.workflow} never issues {output.key}"


def _check_audience(service: Service, agency: Agency) -> Findings:
    for n, word in enumerate(service.audience):
        if word != "everyone" and word not in agency.groups:
            yield f"audience.{n}", f"the agency has no group {word}"
    if "everyone" in service.audience and len(service.audience) > 1:
        yield "audience", "everyone stands alone"
    if not service.audience:
        yield "audience", "is empty: nobody could ever see the service"
    if service.kind == "registration" and service.audience != ("everyone",):
        yield "audience", "a registration is for everyone"


def _profile(registration: Service | None) -> set[str]:
    declared = registration.registration if registration else None
    return set(declared.profile) if declared else set()


def _placed_fields(service: Service) -> Iterator[tuple[str, FieldDeclaration]]:
    for s, step in enumerate(service.steps):
        for f, question in enumerate(getattr(step, "fields", ())):
            yield f"steps.{s}.fields.{f}", question


def _check_steps(service: Service, agency: Agency) -> Findings:
    keys = [step.key for step in service.steps]
    for n, step in enumerate(service.steps):
        if keys.count(step.key) > 1:
            yield f"steps.{n}", f"two steps are called {step.key}"
        if isinstance(step, ReviewStep) and step.consent not in agency.consents:
            yield f"steps.{n}.consent", f"the agency has no consent {step.consent}"
        if isinstance(step, ReviewStep) != (n == len(service.steps) - 1):
            yield f"steps.{n}", "the last step, and only the last, is a review"
    if service.steps[0].kind != "form":
        yield "steps.0", "the first step is a form: saving it makes the application"


def _check_field(
    place: str,
    question: FieldDeclaration,
    earlier: dict[str, FieldDeclaration],
    service: Service,
    agency: Agency,
    profile: set[str],
) -> Findings:
    if question.type not in FIELD_TYPES:
        known = ", ".join(sorted(FIELD_TYPES))
        yield f"{place}.type", f"there is no field type {question.type}; known are {known}"
        return
    if question.key in earlier:
        yield f"{place}.key", f"{question.key} stands twice; answers are found by key alone"
    if question.type in ALWAYS_PERSONAL and not question.personal:
        yield f"{place}.personal", f'a field of type {question.type} is personal: "yes"'
    yield from _check_options(place, question)
    yield from _check_limits(place, question)
    yield from _check_type_words(place, question, earlier)
    yield from _check_setting(place, question, agency)
    yield from _check_when(f"{place}.when", question.when, earlier)
    if question.same_as and question.same_as not in earlier:
        yield f"{place}.same_as", f"there is no earlier field {question.same_as}"
    for about, key in question.agrees_with.items():
        if service.field(key) is None:
            yield f"{place}.agrees_with.{about}", f"there is no field {key}"
    yield from _check_profile_words(place, question, profile)


def _check_profile_words(place: str, question: FieldDeclaration, profile: set[str]) -> Findings:
    for mode, name in question.locked.items():
        if mode not in MODES:
            yield f"{place}.locked.{mode}", f"there is no mode {mode}; known are {', '.join(MODES)}"
        if name not in profile:
            yield f"{place}.locked.{mode}", f"the registration has no profile value {name}"
    if question.prefill and question.prefill not in profile:
        yield f"{place}.prefill", f"the registration has no profile value {question.prefill}"


def _check_options(place: str, question: FieldDeclaration) -> Findings:
    values = [option.value for option in question.options]
    if (question.type in WITH_OPTIONS) != bool(values):
        yield f"{place}.options", "a choice has options, and nothing else has"
    if question.type == "choices" and any("," in value for value in values):
        yield f"{place}.options", "a value of several choices holds no comma"
    if len(set(values)) < len(values):
        yield f"{place}.options", "a value stands twice"
    if question.default and question.type in CHOOSING and question.default not in _values(question):
        yield f"{place}.default", f"{question.default} is none of the options"


def _check_type_words(place: str, question: FieldDeclaration, earlier: dict[str, FieldDeclaration]) -> Findings:
    """Words that only some types understand stand only there."""
    if question.none and (question.type not in MAY_LACK or not question.required):
        yield f"{place}.none", f"is for required fields of type {', '.join(MAY_LACK)}"
    if question.key.endswith("-none"):
        yield f"{place}.key", "-none is the end of the tick that says there is none"
    if question.digits and (question.type != "npwp" or question.digits != NPWP_DIGITS):
        yield f"{place}.digits", f"is {NPWP_DIGITS}, of a field of type npwp"
    if question.down_to != "village" and question.type != "region":
        yield f"{place}.down_to", "is for a field of type region"
    if question.facet and (question.type != "choice" or question.personal):
        yield f"{place}.facet", "is kept in plain, so only for a choice that is not personal"
    above = earlier.get(question.under)
    if question.under and (question.type != "office" or above is None or above.type != "office" or above.under):
        yield f"{place}.under", f"{question.under} is no earlier office without under"


def _check_setting(place: str, question: FieldDeclaration, agency: Agency) -> Findings:
    if not question.setting:
        return
    value = agency.settings.get(question.setting)
    if question.type not in ("email", "passport_number"):
        yield f"{place}.setting", f"a field of type {question.type} reads no setting"
    elif not value:
        yield f"{place}.setting", f"the agency has no setting {question.setting}"
    elif question.type == "passport_number" and not _is_pattern(value):
        yield f"{place}.setting", f"{value} is no pattern"


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _values(question: FieldDeclaration) -> set[str]:
    if question.type == "yes_no":
        return {"yes", "no"}
    return {option.value for option in question.options}


def _check_limits(place: str, question: FieldDeclaration) -> Findings:
    for side in ("min", "max"):
        limit = getattr(question, side)
        if not limit:
            continue
        if question.type == "number":
            fits = limit.isascii() and limit.isdigit()
        else:
            fits = question.type in {"date", "datetime"} and bool(limit == "today" or iso_date(limit))
        if not fits:
            yield f"{place}.{side}", f"{limit} is no limit for a field of type {question.type}"


def _check_when(place: str, when: When, earlier: dict[str, FieldDeclaration]) -> Findings:
    for key, accepted in when.items():
        if key not in earlier:
            yield f"{place}.{key}", f"there is no earlier field {key}"
        elif earlier[key].type in CHOOSING:
            for value in set(accepted) - _values(earlier[key]):
                yield f"{place}.{key}", f"{value} is none of its options"


def _check_documents(service: Service, known: dict[str, FieldDeclaration]) -> Findings:
    seen: set[str] = set()
    for s, step in enumerate(service.steps):
        if not isinstance(step, DocumentsStep):
            continue
        items = {item.key: item for item in step.items}
        for n, item in enumerate(step.items):
            place = f"steps.{s}.items.{n}"
            if item.key in seen or item.key in known:
                yield f"{place}.key", f"{item.key} stands twice"
            seen.add(item.key)
            yield from _check_when(f"{place}.when", item.when, known)
            replaced = items.get(item.instead_of)
            if item.instead_of and (replaced is None or not replaced.required):
                yield (
                    f"{place}.instead_of",
                    f"no required document of this step is {item.instead_of}",
                )
            if item.instead_of and item.required:
                yield f"{place}.required", 'what stands in for another document is required: "no"'


def _check_named_answers(service: Service, known: dict[str, FieldDeclaration]) -> Findings:
    named = {"subject.name": service.subject.name, "subject.nik": service.subject.nik}
    named |= {f"contacts.{way}": key for way, key in service.contacts.items()}
    registration = service.registration
    if (service.kind == "registration") != (registration is not None):
        yield "registration", "stands exactly in a service of kind registration"
    if registration:
        named |= {
            f"registration.{word}": getattr(registration, word) for word in ("login", "challenge", "phone", "email")
        }
        named |= {f"registration.fixed_on_retry.{n}": key for n, key in enumerate(registration.fixed_on_retry)}
        named |= {f"registration.profile.{name}": key for name, key in registration.profile.items()}
    for place, key in named.items():
        if key and key not in known:
            yield place, f"there is no field {key}"
    routing = known.get(service.routing)
    if service.routing and (routing is None or routing.type != "office"):
        yield "routing", f"{service.routing} is not a field of type office"
    for way, key in service.contacts.items():
        if way not in {"phone", "email"}:
            yield f"contacts.{way}", "contacts are phone and email"
        elif key in known and known[key].type != way:
            yield f"contacts.{way}", f"{key} is not a field of type {way}"


def _check_levels(service: Service, agency: Agency, workflow: Workflow) -> Findings:
    """Who works for one office sees only what was sent to it."""
    levels = {
        action.by: agency.roles[action.by].level for action in workflow.actions.values() if action.by in agency.roles
    }
    for role in sorted(role for role, level in levels.items() if level == "office"):
        if not service.routing:
            yield "routing", f"is missing: {role} works for one office, and nothing is ever sent there"


def _check_placeholders(place: str, text: str, allowed: frozenset[str], agency: Agency) -> Findings:
    try:
        names = names_in(text)
    except ValueError as error:
        yield place, str(error)
        return
    for name in sorted(names - allowed):
        yield place, f"{{{name}}} is none of {', '.join(sorted(allowed))}"
    if "seq" not in names:
        yield place, "must hold {seq}, or two would be equal"
    if "region" in names and not agency.region:
        yield place, "the agency declares no region"


def _check_output(place: str, output: Output, service: Service, agency: Agency, templates: frozenset[str]) -> Findings:
    yield from _check_placeholders(f"{place}.number", output.number, NUMBER_NAMES, agency)
    if output.template not in templates:
        yield f"{place}.template", f"there is no document template {output.template}"
    role = agency.roles.get(output.signer)
    if output.signed and not (role and role.signs):
        yield f"{place}.signer", f"{output.signer or '(none)'} is not a role that signs"
    if service.field(output.subject) is None:
        yield f"{place}.subject", f"there is no field {output.subject}"
    for n, line in enumerate(output.lines):
        try:
            unknown = {name for name in names_in(line.value) if service.field(name) is None}
        except ValueError as error:
            yield f"{place}.lines.{n}.value", str(error)
            continue
        for name in sorted(unknown):
            yield f"{place}.lines.{n}.value", f"there is no field {name}"


def _is_issued(output: Output, workflow: Workflow) -> bool:
    return any(
        effect.name == "issue" and effect.argument == output.key
        for action in workflow.actions.values()
        for effect in action.effects
    )
