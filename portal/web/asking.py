"""What of a registration is asked now: without secrets, only its first part, or with answers that the server fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from portal.engine.declare import Agency, FieldDeclaration, Service
from portal.engine.fields import field_type
from portal.engine.journey import Journey
from portal.queries.judging import field_context
from portal.queries.registrations import journey_through
from portal.web.questions import AnswerRow, answer_rows

GIVEN = "given"  # the mode of a journey in which the server's answers stand and cannot be changed
NOTHING: Mapping[str, str] = {}


def without_secrets(service: Service) -> Service:
    """Without password and sum: for somebody who is logged in, or whom an officer registers."""
    return with_fields(service, lambda question: None if field_type(question.type).transient else question)


def first_part(service: Service) -> Service:
    """The first step alone, with the review that every service ends with (KAR-44)."""
    return service.model_copy(update={"steps": (service.steps[0], service.steps[-1])})


def has_sum(service: Service) -> bool:
    """Whether the form asks for a sum."""
    return any(question.type == "captcha" for question in service.fields)


def journey_with(
    service: Service,
    agency: Agency,
    given: Mapping[str, str] = NOTHING,
    answers: dict[str, dict[str, str]] | None = None,
) -> Journey:
    """A journey in which the given answers stand, whatever was posted for them."""
    if not given:
        return journey_through(service, agency, answers)
    locked = with_fields(service, lambda question: _locked(question, given))
    return replace(journey_through(locked, agency, answers), mode=GIVEN, profile=given)


def given_rows(service: Service, agency: Agency, given: Mapping[str, str]) -> list[AnswerRow]:
    """What the server fills in, as lines to read."""
    journey = journey_with(service, agency, given)
    fields = [
        question
        for step in service.steps
        if step.kind == "form"
        for question in journey.visible_fields(step.key)
        if given.get(question.key)
    ]
    return answer_rows(fields, given, masked=True, offices=field_context(agency).offices)


def with_fields(service: Service, change: Callable[[FieldDeclaration], FieldDeclaration | None]) -> Service:
    """A copy of the service with each question changed or left out; a form without questions goes."""
    steps = []
    for step in service.steps:
        fields = tuple(one for question in getattr(step, "fields", ()) if (one := change(question)) is not None)
        if fields:
            steps.append(step.model_copy(update={"fields": fields}))
        elif step.kind != "form":
            steps.append(step)
    return service.model_copy(update={"steps": tuple(steps)})


def _locked(question: FieldDeclaration, given: Mapping[str, str]) -> FieldDeclaration:
    if not given.get(question.key):
        return question
    return question.model_copy(update={"locked": {GIVEN: question.key}})
