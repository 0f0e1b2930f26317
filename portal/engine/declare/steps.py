"""What a person is asked: fields, documents, and the steps that hold them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from portal.engine.declare.words import Declared, Key, When, YesNo


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
