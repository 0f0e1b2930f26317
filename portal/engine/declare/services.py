"""A service: its subject, steps, workflow, papers, and what makes it a registration."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from portal.engine.declare.steps import (
    DocumentDeclaration,
    DocumentsStep,
    FieldDeclaration,
    FormStep,
    ReviewStep,
    Step,
)
from portal.engine.declare.words import Declared, Duration, Key, Words, YesNo


class Availability(Declared):
    hours: Literal["agency", "always"] = "agency"
    per_day: int = Field(default=0, ge=0)  # 0: no cap


class Delivery(Declared):
    downloads: int = Field(default=1, ge=1)
    for_: Duration = Field(alias="for")
    resume: Duration = timedelta(minutes=30)
    email: YesNo = False


class OutputText(Declared):
    """One line of the issued document: a label and where its value comes from."""

    label: str
    english: str = ""
    value: str  # template with answer keys in braces, such as "{baby_name}"


class Output(Declared):
    key: Key
    title: str
    template: str
    number: str  # {ddmmyyyy}, {yyyy}, {seq:04} and the agency's {region}
    signed: YesNo = True
    signer: str = ""  # role that signs; empty when not signed
    subject: str  # answer key of the name that verification shows masked
    lines: tuple[OutputText, ...] = ()
    delivery: Delivery


class SubjectDeclaration(Declared):
    """Which answers name the person that an application is about."""

    name: str
    nik: str = ""


class Reset(Declared):
    """How somebody who forgot the password sets a new one: what must be known, and where the link goes."""

    asks: Words  # answers that must all match
    any_of: YesNo = False  # one name of these, whichever was typed, is enough
    then: Words = ()  # answers asked again behind the link
    by: Literal["whatsapp", "email"] = "email"


class Registration(Declared):
    """What turns a service into the registration of an agency."""

    proof: Literal["email", "officer", "officer-then-activation", "officer-sends-account"]
    kind: str = ""  # answer (a choice) that says whether a person or a company registers; asked before the form
    email_first: YesNo = False  # the first step's e-mail is proven by a link before the other steps are asked
    early_login: YesNo = False  # may log in before it is approved, to see only its state
    login: str = ""  # answer that becomes the login name; "" where names are made
    login_names: dict[str, str] = {}  # value of `kind` -> pattern of the name that is made with the account
    found_by: Words = ()  # further answers by which a forgotten password finds the account
    outside: Words = ()  # providers by which one may log in too: google, facebook
    unique: Words = ()  # answers that, taken together, no other live registration may have
    scope: Literal["agency", "office"] = "agency"  # an enrolment is valid for all of the agency, or for one office
    challenge: str = ""  # answer asked for at activation
    phone: str = ""  # answer that is proven by a code before the registration is sent
    email: str = ""
    fixed_on_retry: tuple[str, ...] = ()
    activation_for: Duration = timedelta(days=7)
    activation_tries: int = 5
    reset: Reset | None = None
    proven: Words = ()  # profile values whose change puts the enrolment back to verification
    profile: dict[str, str] = {}  # profile name -> answer key


class Service(Declared):
    code: Key
    title: str
    kind: Literal["service", "registration"] = "service"
    group: str = ""
    summary: str = ""
    sensitive: YesNo = False  # messages name neither the service nor the person
    audience: Words = ("everyone",)
    code_format: str
    subject: SubjectDeclaration
    availability: Availability = Availability()
    answer_within: int = Field(default=3, ge=1)  # working days
    report_within: int = Field(default=30, ge=1)  # days in which a mistake can be reported
    workflow: str
    steps: tuple[Step, ...] = Field(min_length=1)
    outputs: tuple[Output, ...] = ()
    requirements: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    routing: str = ""  # answer that names the office which receives the application
    contacts: dict[str, str] = {}  # phone and email answer keys for messages
    registration: Registration | None = None

    def step(self, key: str) -> FormStep | DocumentsStep | ReviewStep | None:
        return next((step for step in self.steps if step.key == key), None)

    def field(self, key: str) -> FieldDeclaration | None:
        return next((field for field in self.fields if field.key == key), None)

    @property
    def fields(self) -> tuple[FieldDeclaration, ...]:
        return tuple(f for step in self.steps for f in getattr(step, "fields", ()))

    @property
    def documents(self) -> tuple[DocumentDeclaration, ...]:
        return tuple(d for step in self.steps for d in getattr(step, "items", ()))

    def output(self, key: str) -> Output | None:
        return next((output for output in self.outputs if output.key == key), None)
