"""A registration form as declared: what it shows, and what a posted one says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.engine.declare import Agency, Consent, FieldDeclaration, FormStep, Office, Service
from portal.queries.judging import field_context
from portal.queries.registrations import journey_through
from portal.web.asking import NOTHING, journey_with, with_fields, without_secrets
from portal.web.places import given_for

CONSENT = "consent"
CASCADING = ("region", "office")  # what is chosen from a list that depends on an earlier choice
PASSWORD_STEP = FormStep(
    form="kata-kunci",
    title="Kata Kunci",
    intro="Paling sedikit 10 huruf atau angka. Jangan memakai nama, nomor atau email Anda.",
    fields=(
        FieldDeclaration(key="password", type="password", label="Kata Kunci", autocomplete="new-password"),
        FieldDeclaration(
            key="password_again",
            type="password",
            label="Ulangi Kata Kunci",
            autocomplete="new-password",
            same_as="password",
        ),
    ),
)
TYPE_AGAIN = "Ketik kata kunci sekali lagi: demi keamanan tidak kami simpan."


@dataclass(frozen=True)
class Question:
    """One control: declared field, its value, what is wrong with it; `given` is what only the server knows of it."""

    field: FieldDeclaration
    value: str = ""
    error: str = ""
    warning: str = ""
    locked: bool = False
    given: Any = None


@dataclass(frozen=True)
class Group:
    """The questions of one declared step."""

    key: str
    title: str
    intro: str
    questions: list[Question]


@dataclass(frozen=True)
class Read:
    """A posted form: answers by step, secrets apart, mistakes and warnings by field key."""

    steps: dict[str, dict[str, str]]
    secrets: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        return {key: value for step in self.steps.values() for key, value in step.items()}


def read_form(service: Service, agency: Agency, raw: Mapping[str, str], given: Mapping[str, str] = NOTHING) -> Read:
    """Judge a whole form at once; answers of one step may matter to another.

    given: answers that the server fills in, whatever was posted for them.
    """
    steps = [step.key for step in service.steps if step.kind == "form"]
    answers: dict[str, dict[str, str]] = {}
    for key in steps:
        # One after the other, for what is asked may depend on what was answered above.
        answers[key] = journey_with(service, agency, given, answers).parse_step(key, raw).values
    journey = journey_with(service, agency, given, answers)
    secrets: dict[str, str] = {}
    errors: dict[str, str] = {}
    warnings: dict[str, str] = {}
    for key in steps:
        parsed = journey.parse_step(key, raw)
        secrets |= parsed.secrets
        errors |= parsed.errors
        warnings |= parsed.warnings
    asked = {question.key for question in service.fields if question.type == "captcha"}
    errors = {key: words for key, words in errors.items() if key not in asked}
    return Read(answers, secrets, errors, warnings)


def warnings_of(service: Service, agency: Agency, answers: Mapping[str, str]) -> list[str]:
    """What looks odd in stored answers: told, never refused (SIN-14)."""
    return list(read_form(service, agency, answers).warnings.values())


def password_of(service: Service, read: Read) -> str:
    """The password that was typed; it is in no answer."""
    keys = (f.key for f in service.fields if f.type == "password" and not f.same_as)
    return read.secrets.get(next(keys, ""), "")


def counter_service(service: Service) -> Service:
    """The registration as an officer fills it in: without what only the applicant may type (SIN-20).

    Nor is anything offered by a browser that remembers whoever stood there before.
    """
    bare = without_secrets(service)
    return with_fields(bare, lambda question: question.model_copy(update={"autocomplete": "off"}))


def password_service(service: Service) -> Service:
    """The service with a password asked, also where none is chosen while registering (KAR-32)."""
    if password_questions(service):
        return service
    return service.model_copy(update={"steps": (*service.steps, PASSWORD_STEP)})


def password_questions(service: Service) -> list[FieldDeclaration]:
    """The password and its repetition, as declared."""
    return [question for question in service.fields if question.type == "password"]


def password_intro(service: Service) -> str:
    """What the form says about the password where it asks for it."""
    asked = password_questions(service)
    return next((step.intro for step in service.steps if any(q in getattr(step, "fields", ()) for q in asked)), "")


def read_password(
    service: Service, agency: Agency, answers: dict[str, dict[str, str]], raw: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """(password, mistakes by field key) of a form that asks for nothing else; answers are the stored ones."""
    asked = {question.key for question in password_questions(service)}
    journey = journey_through(service, agency, answers)
    secrets: dict[str, str] = {}
    errors: dict[str, str] = {}
    for step in service.steps:
        if any(question.key in asked for question in getattr(step, "fields", ())):
            parsed = journey.parse_step(step.key, raw)
            secrets |= parsed.secrets
            errors |= {key: words for key, words in parsed.errors.items() if key in asked}
    return password_of(service, Read({}, secrets)), errors


def type_passwords_again(service: Service, errors: dict[str, str]) -> dict[str, str]:
    """A refused form comes back without its passwords, and says so."""
    asked = [question.key for question in service.fields if question.type == "password"]
    if any(key in errors for key in asked):
        return errors
    return errors | dict.fromkeys(asked[:1], TYPE_AGAIN)


def declared_consent(service: Service, agency: Agency) -> Consent:
    """The text that is agreed to at the end of the form (XCT-06)."""
    review = next(step for step in service.steps if step.kind == "review")
    return agency.consents[review.consent]


def first_values(service: Service, agency: Agency) -> dict[str, str]:
    """An empty form: declared defaults, and places that begin with the agency's own area."""
    values = {question.key: question.default for question in service.fields}
    for question in service.fields:
        if question.type == "region" and not question.default:
            values[question.key] = agency.region
    return values


def groups_of(
    service: Service,
    agency: Agency,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    warnings: Mapping[str, str],
    fixed: tuple[str, ...] = (),
    given: Mapping[str, str] = NOTHING,
) -> list[Group]:
    """The form in the order of its declaration; the sum is shown by its own partial.

    fixed: questions that are shown and cannot be changed. given: answers that are not asked for at all.
    """
    journey = journey_with(service, agency, given)
    groups = []
    for step in service.steps:
        questions = [
            _question(
                question,
                values,
                errors.get(question.key, ""),
                warnings.get(question.key, ""),
                offices=journey.context.offices,
                locked=question.key in fixed,
            )
            for question in (journey.visible_fields(step.key, values) if step.kind == "form" else ())
            if question.type != "captcha" and not given.get(question.key)
        ]
        if questions:
            groups.append(Group(step.key, step.title, step.intro, questions))
    return groups


def place_of(service: Service, agency: Agency, values: Mapping[str, str], refreshed: str) -> Question | None:
    """Only the place or office to which a pressed refresh button belongs."""
    question = service.field(refreshed)
    if question is None or question.type not in CASCADING:
        return None
    return _question(question, values, "", "", offices=field_context(agency).offices, locked=False)


def error_links(errors: Mapping[str, str], service: Service) -> list[tuple[str, str]]:
    """For the summary above the form, in the order of the page."""
    order = [question.key for question in service.fields]
    ranked = sorted(errors, key=lambda key: order.index(key) if key in order else len(order))
    return [(f"#f-{key}", errors[key]) for key in ranked]


def _question(
    question: FieldDeclaration,
    values: Mapping[str, str],
    error: str,
    warning: str,
    *,
    offices: Sequence[Office],
    locked: bool,
) -> Question:
    value = "" if question.type == "password" else values.get(question.key, "")
    return Question(question, value, error, warning, locked, given_for(question, value, values, offices))
