"""What this visitor is asked at an agency's registration: which kind, which part, and what is known already."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request

from portal.auth import viewer
from portal.engine.declare import Service
from portal.errors import NotFound
from portal.queries.joining import known_answers
from portal.queries.registrations import OwnRegistration, RegistrationForm, is_shared
from portal.web import registration_forms as forms
from portal.web.asking import first_part, has_sum, without_secrets

KIND = "jenis"  # in the address that chooses a form, and hidden in the form itself


@dataclass(frozen=True)
class Plan:
    """One form as this visitor gets it.

    service: only what is asked now. given: answers that the server fills in, whatever is posted.
    is_first_part: the small form whose mailbox is proven before the rest is shown (KAR-44).
    """

    form: RegistrationForm
    service: Service
    own: OwnRegistration | None = None
    kind: str = ""
    given: dict[str, str] = field(default_factory=dict)
    is_first_part: bool = False
    is_joining: bool = False

    @property
    def agency(self) -> str:
        return self.form.agency.code

    @property
    def has_sum(self) -> bool:
        return has_sum(self.service)

    @property
    def fixed(self) -> tuple[str, ...]:
        """Questions that a retry shows and may not change."""
        return self.own.rules.fixed_on_retry if self.own and self.own.application.round > 0 else ()

    @property
    def shown(self) -> dict[str, str]:
        """What the server knows and tells; the kind stands in the heading."""
        return {key: value for key, value in self.given.items() if key != self.form.rules.kind}

    def posted(self) -> dict[str, str]:
        """What was typed, except for what a retry may not change: that is the server's."""
        raw = request.form.to_dict()
        for key in self.fixed:
            raw[key] = self.own.answers.get(key, "") if self.own else ""
        return raw

    def read(self, raw: dict[str, str]) -> forms.Read:
        """Judge a posted form."""
        return forms.read_form(self.service, self.form.agency, raw, self.given)


def plan_for(form: RegistrationForm, own: OwnRegistration | None = None) -> Plan | None:
    """The form of this request; None when it must be said first who registers, a person or a company."""
    kind = _kind(form, own)
    if kind is None:
        return None
    account_id = viewer().account_id
    is_joining = account_id is not None and (own is None or is_shared(account_id, own.application.id))
    given: dict[str, str] = {}
    if is_joining and account_id is not None:
        given |= known_answers(form, account_id, viewer().visit_id)
    is_first_part = form.rules.email_first and own is None
    service = first_part(form.service) if is_first_part else form.service
    if form.rules.email_first and own is not None:
        given |= _first_answers(form, own)
    if form.rules.kind:
        given[form.rules.kind] = kind
    if is_joining:
        service = without_secrets(service)
    return Plan(form, service, own, kind, given, is_first_part, is_joining)


def _kind(form: RegistrationForm, own: OwnRegistration | None) -> str | None:
    """Of the registration at hand, else of the form or address; "" where the agency knows one kind only."""
    question = form.kind_field
    if question is None:
        return ""
    if own is not None and own.kind:
        return own.kind
    wanted = request.form.get(KIND) or request.args.get(KIND, "")
    if not wanted:
        return None
    if wanted not in {option.value for option in question.options}:
        raise NotFound("kind")
    return wanted


def _first_answers(form: RegistrationForm, own: OwnRegistration) -> dict[str, str]:
    """What stood in the small form, whose mailbox is proven: it is told again, and no longer asked."""
    first = {question.key for question in getattr(form.service.steps[0], "fields", ())}
    return {key: value for key, value in own.answers.items() if key in first and value}
