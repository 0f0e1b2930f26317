"""What a person is asked: fields, documents, and the steps that hold them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from portal.engine.declare.words import Declared, Key, When, YesNo

KB, MB = 1000, 1024 * 1024


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
    none: str = ""  # label of a tick that says there is none; who ticks it need not fill in the field
    digits: int = Field(default=0, ge=0, le=32)  # an npwp of 16 digits only; 0: also the old one of 15
    setting: str = ""  # agency setting read by the type: mail domains of an email, pattern of a passport number
    under: str = ""  # key of an earlier office: only that office and those below it may be chosen
    down_to: Literal["province", "regency", "district", "village"] = "village"  # how exactly a region is asked
    facet: YesNo = False  # officers filter their lists by it; kept in plain, so only for harmless choices


class DocumentDeclaration(Declared):
    """One supporting document (data dukung) of a documents step."""

    key: Key
    label: str
    required: YesNo = True
    note: str = ""
    when: When = {}
    sample: str = ""  # what the sample picture shows: a key of the drawn samples
    instead_of: str = ""  # key of the required document that this one may replace
    asks: tuple[Literal["number", "issued_on"], ...] = ()  # what is typed beside the file, both required
    most: int = Field(default=10, ge=1, le=10)  # files that may be given; "1": only one
    proves_consent: YesNo = False  # the letter of whom a group member applies for; asked in group mode only


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
    max_kb: int = Field(default=0, ge=0, le=20_000)  # 1 KB is 1000 bytes; where it is given, max_mb does not count
    items: tuple[DocumentDeclaration, ...] = Field(min_length=1)

    kind: Literal["documents"] = "documents"

    @property
    def key(self) -> str:
        return self.documents

    @property
    def max_bytes(self) -> int:
        """The most bytes that one file may have."""
        return self.max_kb * KB if self.max_kb else self.max_mb * MB


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
