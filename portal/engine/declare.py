"""The vocabulary in which agencies declare themselves, as frozen pydantic models.

Every scalar of a declaration arrives as a string (YAML is read so), which is why
`yes` and `no` are words here and durations are written `7d` or `36h`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)

DURATION = re.compile(r"^(\d+)([dhm])$")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def _yes_no(value: Any) -> Any:
    if value in ("yes", "no"):
        return value == "yes"
    if isinstance(value, bool):
        return value
    raise ValueError("write yes or no, in quotes")


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = DURATION.match(str(value))
    if not match:
        raise ValueError("write a duration such as 7d, 36h or 30m")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _duration_text(value: timedelta) -> str:
    """The shortest way to write it, so that a stored declaration reads as the file does."""
    minutes = int(value.total_seconds()) // 60
    if minutes % 1440 == 0:
        return f"{minutes // 1440}d"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(_duration_text)]
Words = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
When = dict[str, Words]  # answer key -> values of which one must be given
Tone = Literal["neutral", "waiting", "action", "good", "bad"]


class Declared(BaseModel):
    """Frozen, and refusing every word that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Option(Declared):
    value: str
    label: str


class FieldDeclaration(Declared):
    """One question. `type` names a class of `engine.fields`."""

    key: Key
    type: str
    label: str
    help: str = ""
    heading: str = ""  # a new group of questions begins here, under this heading
    required: YesNo = True
    default: str = ""
    when: When = {}
    options: tuple[Option, ...] = ()
    locked: dict[str, str] = {}  # mode -> profile answer that fills and locks it
    prefill: str = ""  # profile answer offered as the first value
    personal: YesNo = False  # masked in lists, shown in full only where it is needed
    autocomplete: str = "off"
    max_length: int = Field(default=200, ge=1, le=5000)
    min: str = ""  # number, or for dates also `today`; inclusive
    max: str = ""
    unit: str = ""  # what a number counts: gram, cm
    same_as: str = ""  # key of the answer that this one must repeat
    agrees_with: dict[Literal["born_on", "region"], str] = {}  # answers a NIK should fit; a warning


class DocumentDeclaration(Declared):
    """One supporting document (data dukung) of a documents step."""

    key: Key
    label: str
    required: YesNo = True
    note: str = ""
    when: When = {}
    sample: str = ""  # what the sample picture shows: a key of the drawn samples
    instead_of: str = ""  # key of the required document that this one may replace


class FormStep(Declared):
    form: Key
    title: str
    intro: str = ""
    fields: tuple[FieldDeclaration, ...] = Field(min_length=1)

    kind: Literal["form"] = "form"

    @property
    def key(self) -> str:
        return self.form


class DocumentsStep(Declared):
    documents: Key
    title: str
    intro: str = ""
    types: tuple[Literal["jpg", "jpeg", "png", "jfif", "pdf"], ...] = Field(min_length=1)
    max_mb: int = Field(default=5, ge=1, le=20)
    items: tuple[DocumentDeclaration, ...] = Field(min_length=1)

    kind: Literal["documents"] = "documents"

    @property
    def key(self) -> str:
        return self.documents


class ReviewStep(Declared):
    review: Key
    title: str
    intro: str = ""
    fields: tuple[FieldDeclaration, ...] = ()  # what is asked last, such as the kind of paper
    consent: str  # key of a consent of the agency

    kind: Literal["review"] = "review"

    @property
    def key(self) -> str:
        return self.review


STEP_KINDS = ("form", "documents", "review")


def _step_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in STEP_KINDS if kind in value), None)
    return getattr(value, "kind", None)


Step = Annotated[
    Annotated[FormStep, Tag("form")]
    | Annotated[DocumentsStep, Tag("documents")]
    | Annotated[ReviewStep, Tag("review")],
    Discriminator(
        _step_kind,
        custom_error_type="step",
        custom_error_message="a step is one of: form, documents, review",
    ),
]


class Effect(Declared):
    """What a transition causes; written `{notify: terkirim}`, or bare `enrol`."""

    name: str
    argument: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            ((name, argument),) = value.items()
            return {"name": name, "argument": argument}
        return value


class Confirmation(Declared):
    text: str
    yes: str
    no: str = "Batal"


class Timer(Declared):
    """Do the action as `system` so long after the state was entered."""

    after: Duration
    unless: str = ""  # a guard that stops the clock when it holds
    remind: tuple[Duration, ...] = ()  # so long before the end
    reminder: str = ""  # message key of the reminders


class State(Declared):
    citizen: str
    staff: str
    waits: str = ""  # applicant, system, or a role; empty when final
    means: str = ""  # one sentence of at most 15 words for the citizen: what, by when
    clock: Literal["running", "paused", "stopped"] = "stopped"
    edit: Literal["all", "flagged", "none"] = "none"
    tone: Tone = "neutral"
    final: YesNo = False


class Action(Declared):
    from_: Words = Field(alias="from")
    to: str
    by: str  # applicant, system, or a role
    label: str
    confirm: Confirmation | None = None
    needs: tuple[str, ...] = ()  # guards
    effects: tuple[Effect, ...] = ()
    timer: Timer | None = None
    tone: Literal["primary", "secondary", "danger"] = "secondary"
    bulk: YesNo = False
    hidden: YesNo = False  # has a page of its own; no button in the list of actions

    @property
    def asks_reason(self) -> bool:
        return "reason" in self.needs


class Workflow(Declared):
    """States and actions. `without` says why a customary action is missing."""

    code: Key
    title: str
    start: str = "draft"
    states: dict[str, State]
    actions: dict[str, Action]
    without: dict[str, str] = {}


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


class Registration(Declared):
    """What turns a service into the registration of an agency."""

    proof: Literal["email", "officer", "officer-then-activation", "officer-sends-account"]
    login: str  # answer that becomes the login name
    challenge: str = ""  # answer asked for at activation
    phone: str = ""  # answer that is proven by a code before the registration is sent
    email: str = ""
    fixed_on_retry: tuple[str, ...] = ()
    activation_for: Duration = timedelta(days=7)
    activation_tries: int = 5
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


class Message(Declared):
    """One message: a short WhatsApp template, an e-mail, and a line for the inbox.

    Values are named in braces; which ones a message may use is
    `engine.messages.MESSAGE_VALUES`.
    """

    key: Key
    channels: tuple[Literal["whatsapp", "email", "inbox"], ...] = ("whatsapp", "email", "inbox")
    whatsapp: str
    subject: str
    email: str


class Consent(Declared):
    version: str
    title: str
    text: str


class Role(Declared):
    label: str
    signs: YesNo = False
    supervises: YesNo = False


class Office(Declared):
    code: str
    name: str
    zone: str
    address: str = ""
    region: str = ""
    parent: str = ""


class Agency(Declared):
    code: Key
    name: str
    short_name: str
    application_name: str
    application_title: str
    zone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
    accent: str = ""
    region: str = ""  # official code of the area, such as 33.26
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], str]
    hours_title: str
    call_centre: str  # E.164
    address: str = ""
    roles: dict[str, Role]
    consents: dict[str, Consent]
    reasons: dict[str, str] = {}  # ready-made reasons, in plain words
    enrolment_workflow: str = ""
    settings: dict[str, str] = {}


class Catalogue(Declared):
    """Everything declared, keyed by code; what `engine.load` returns."""

    agencies: dict[str, Agency]
    offices: dict[str, tuple[Office, ...]]
    services: dict[str, dict[str, Service]]  # agency -> code -> service
    workflows: dict[str, dict[str, Workflow]]
    messages: dict[str, dict[str, Message]]

    def agency(self, code: str) -> Agency:
        return self.agencies[code]

    def service(self, agency: str, code: str) -> Service | None:
        return self.services.get(agency, {}).get(code)

    def workflow(self, agency: str, code: str) -> Workflow:
        return self.workflows[agency][code]

    def registration(self, agency: str) -> Service | None:
        services = self.services.get(agency, {}).values()
        return next((s for s in services if s.kind == "registration"), None)
