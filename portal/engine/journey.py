"""The way of one person through a service: which steps and questions apply, what comes next, what is missing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from portal.engine.declare import (
    DocumentDeclaration,
    DocumentsStep,
    FieldDeclaration,
    FormStep,
    ReviewStep,
    Service,
    When,
)
from portal.engine.fields import FieldContext, field_type, none_key
from portal.engine.fields.choosing import chosen_of

StepState = Literal["done", "current", "todo", "blocked"]
PERSONAL_TYPES = frozenset(
    {"nik", "name", "phone", "telephone", "email", "username"}
)  # what a password may not contain


PERSONAL = "personal"
OUTSIDE_FAMILY = "NIK ini tercatat di Kartu Keluarga lain. Sebagai Pemohon Pribadi Anda hanya dapat mengajukan untuk keluarga sendiri."


def _nobody(_nik: str) -> bool:
    return False


@dataclass(frozen=True)
class StepView:
    key: str
    title: str
    kind: Literal["form", "documents", "review"]
    state: StepState


class Missing(NamedTuple):
    """What still has to be given: `target` is the key of a field or document of `step`."""

    step: str
    target: str
    sentence: str


@dataclass(frozen=True)
class Parsed:
    """What a posted step says. `values` may be stored, `secrets` (passwords, captcha) never.

    `errors` and `warnings` map field key to sentence; `values` hold wrong answers too, as typed,
    and `<key>-none` for a ticked *Tidak punya*.
    """

    values: dict[str, str]
    secrets: dict[str, str]
    errors: dict[str, str]
    warnings: dict[str, str]


@dataclass(frozen=True)
class Journey:
    """Declaration + answers + documents given, in the mode of the account.

    `answers` are by step and field key, `documents` the keys of which at least one file is given,
    `profile` the account's own values, which fill and lock fields in the modes that declare it.
    `is_outsider` tells in personal mode whether a NIK is known to belong to another family; `area` is
    where the member's group works, in group mode.
    """

    service: Service
    answers: Mapping[str, Mapping[str, str]]
    documents: Collection[str]
    context: FieldContext
    mode: str = PERSONAL
    profile: Mapping[str, str] = field(default_factory=dict)
    is_outsider: Callable[[str], bool] = _nobody
    area: str = ""

    @cached_property
    def values(self) -> dict[str, str]:
        """All answers that apply, locked and default ones included, by field key."""
        return self._values_with({})

    @cached_property
    def steps(self) -> list[StepView]:
        views: list[StepView] = []
        current_given = False
        for step in self._applying_steps():
            state: StepState
            if self._is_done(step):
                state = "done"
            elif not current_given:
                state, current_given = "current", True
            else:
                state = "blocked" if self._must_wait(step) else "todo"
            views.append(StepView(step.key, step.title, step.kind, state))
        return views

    def may_visit(self, key: str) -> bool:
        return any(step.key == key and step.state != "blocked" for step in self.steps)

    def next_step(self, after: str) -> str | None:
        """The first unfinished step behind `after`, else the first unfinished one, else None."""
        keys = [step.key for step in self.steps]
        behind = self.steps[keys.index(after) + 1 :] if after in keys else self.steps
        open_steps = [step.key for step in (*behind, *self.steps) if step.state != "done"]
        return next((key for key in open_steps if key != after), None)

    def locked_value(self, question: FieldDeclaration) -> str:
        """The account's own value that this mode fixes; "" when the field is free.

        A profile without the value locks nothing, for nobody could ever fill the field.
        """
        return self.profile.get(question.locked.get(self.mode, ""), "")

    def first_value(self, question: FieldDeclaration) -> str:
        """What an unanswered field shows: locked, offered by the profile, or the default."""
        offered = self.profile.get(question.prefill, "") if question.prefill else ""
        return self.locked_value(question) or offered or question.default

    def visible_fields(self, key: str, typed: Mapping[str, str] | None = None) -> list[FieldDeclaration]:
        """The fields of a step that apply, given the stored answers and what is being typed."""
        values = self._values_with(typed or {})
        return [question for question in _fields(self._step(key)) if question.key in values]

    def visible_documents(self, key: str) -> list[DocumentDeclaration]:
        step = self._step(key)
        items = step.items if isinstance(step, DocumentsStep) else ()
        shown = [item for item in items if self.mode != PERSONAL or not item.proves_consent]
        return [item for item in shown if _holds(item.when, self.values)]

    @property
    def has_consent_letter(self) -> bool:
        """Whether the letter of whom one applies for was given."""
        items = (item for step in self.service.steps for item in self.visible_documents(step.key))
        return any(item.proves_consent and item.key in self.documents for item in items)

    def parse_step(self, key: str, raw: Mapping[str, str]) -> Parsed:
        """Read one posted step. A locked field takes the server's value, whatever was posted."""
        typed = {
            question.key: self.locked_value(question) or field_type(question.type).parse(question, raw)
            for question in _fields(self._step(key))
        }
        typed |= {tick: "yes" if raw.get(tick) else "" for tick in _none_ticks(self._step(key))}
        shown = self.visible_fields(key, typed)
        values = {question.key: typed[question.key] for question in shown}
        everything = self._values_with(typed) | values
        context = self._context_of(everything)
        errors: dict[str, str] = {}
        warnings: dict[str, str] = {}
        for question in shown:
            value = values[question.key]
            if wrong := self._problem(question, value, context):
                errors[question.key] = wrong
            elif value and (odd := field_type(question.type).warning(question, value, context)):
                warnings[question.key] = odd
        hidden = {question.key for question in shown if field_type(question.type).transient}
        values |= {tick: "yes" for tick in _none_ticks(self._step(key)) if everything.get(tick)}
        return Parsed(
            values={name: value for name, value in values.items() if name not in hidden},
            secrets={name: value for name, value in values.items() if name in hidden},
            errors=errors,
            warnings=warnings,
        )

    def missing(self) -> list[Missing]:
        """Every field and document still to be given or mended, in the order of the steps."""
        return [lack for step in self._applying_steps() for lack in self._lacks[step.key]]

    @property
    def is_complete(self) -> bool:
        return not self.missing()

    @cached_property
    def _lacks(self) -> dict[str, list[Missing]]:
        """By step, worked out once: judging a place asks the database for its name."""
        return {step.key: self._missing_of(step) for step in self._applying_steps()}

    def _step(self, key: str) -> FormStep | DocumentsStep | ReviewStep:
        step = self.service.step(key)
        if step is None:
            raise KeyError(key)
        return step

    def _applying_steps(self) -> list[FormStep | DocumentsStep | ReviewStep]:
        """A step whose every question or document is conditional and off does not appear."""
        return [
            step
            for step in self.service.steps
            if isinstance(step, ReviewStep) or self.visible_fields(step.key) or self.visible_documents(step.key)
        ]

    def _values_with(self, typed: Mapping[str, str]) -> dict[str, str]:
        """In declared order, so that a hidden answer never opens another question."""
        values: dict[str, str] = {}
        for step in self.service.steps:
            stored = self.answers.get(step.key, {})
            for question in _fields(step):
                if not _holds(question.when, values):
                    continue
                given = typed.get(question.key, stored.get(question.key, question.default))
                values[question.key] = self.locked_value(question) or given
                tick = none_key(question.key)
                if question.none and not values[question.key] and typed.get(tick, stored.get(tick, "")):
                    values[tick] = "yes"  # who gives one has one, whatever was ticked before
        return values

    def _context_of(self, values: Mapping[str, str]) -> FieldContext:
        """An answer that locks or default fill is as much an answer as one that was typed."""
        personal = tuple(
            values[question.key]
            for question in self.service.fields
            if question.type in PERSONAL_TYPES and values.get(question.key)
        )
        return replace(self.context, answers=values, personal=self.context.personal + personal)

    def _problem(self, question: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if self.locked_value(question):
            return None  # was judged when the account got it, and cannot be mended here
        if not value:
            is_spared = not question.required or context.answers.get(none_key(question.key))
            return None if is_spared else _ask(question)
        if question.same_as and value != context.answers.get(question.same_as):
            return f"{question.label} tidak sama. Ketik sekali lagi dengan isi yang sama."
        wrong = field_type(question.type).problem(question, value, context)
        return wrong or self._beyond_mode(question, value)

    def _beyond_mode(self, question: FieldDeclaration, value: str) -> str | None:
        """What this mode does not allow: another family's person, or a home beyond the group's area (SIN-30)."""
        if self.mode == PERSONAL:
            is_subject = question.key == self.service.subject.nik
            return OUTSIDE_FAMILY if is_subject and self.is_outsider(value) else None
        is_home = question.type == "region" and PERSONAL in question.locked
        if not self.area or not is_home or f"{value}.".startswith(f"{self.area}."):
            return None
        return f"{question.label} harus di dalam wilayah grup Anda: {self.context.region_name(self.area) or self.area}."

    def _missing_of(self, step: FormStep | DocumentsStep | ReviewStep) -> list[Missing]:
        context = self._context_of(self.values)
        found = [
            Missing(step.key, question.key, sentence)
            for question in self.visible_fields(step.key)
            if not field_type(question.type).transient
            and (sentence := self._problem(question, self.values[question.key], context))
        ]
        items = self.visible_documents(step.key)
        found += [
            Missing(step.key, item.key, _upload_sentence(item, items))
            for item in items
            if item.required and not self._is_given(item, items)
        ]
        return found

    def _is_given(self, item: DocumentDeclaration, items: list[DocumentDeclaration]) -> bool:
        """Itself, or a paper that may stand in for it (SIN-56)."""
        return item.key in self.documents or any(
            other.instead_of == item.key and other.key in self.documents for other in items
        )

    def _is_done(self, step: FormStep | DocumentsStep | ReviewStep) -> bool:
        """A review is done only by sending; a form is not done before it was saved once."""
        if isinstance(step, ReviewStep):
            return False
        saved = not isinstance(step, FormStep) or step.key in self.answers
        return saved and not self._lacks[step.key]

    def _must_wait(self, step: FormStep | DocumentsStep | ReviewStep) -> bool:
        """The first step makes the application, the review waits for all the others."""
        first = self.service.steps[0]
        return isinstance(step, ReviewStep) or not (first.key in self.answers or step is first)


def dependents(service: Service, keys: Collection[str]) -> frozenset[str]:
    """`keys` of fields and documents, all whose `when` depends on them, and what may stand in for them.

    What may be changed after a note on one question must include what its answer opens:
    else a citizen who answers Ya is asked for a name that nobody lets them give.
    """
    found = set(keys)
    for question in service.fields:  # a condition names earlier fields only
        if found & question.when.keys():
            found.add(question.key)
    found |= {item.key for item in service.documents if found & item.when.keys()}
    return frozenset(found | {item.key for item in service.documents if item.instead_of in found})


def _fields(step: FormStep | DocumentsStep | ReviewStep) -> tuple[FieldDeclaration, ...]:
    return getattr(step, "fields", ())


def _none_ticks(step: FormStep | DocumentsStep | ReviewStep) -> list[str]:
    """The names under which a step says that there is none of something."""
    return [none_key(question.key) for question in _fields(step) if question.none]


def _holds(when: When, values: Mapping[str, str]) -> bool:
    """Of several choices one that is accepted is enough."""
    return all(
        not set(accepted).isdisjoint({given, *chosen_of(given)})
        for key, accepted in when.items()
        for given in [values.get(key, "")]
    )


def _ask(question: FieldDeclaration) -> str:
    if question.type == "yes_no":
        return "Pilih Ya atau Tidak."
    verb = {"choice": "Pilih", "region": "Pilih", "office": "Pilih", "choices": "Centang", "consent": "Centang"}
    or_none = f", atau centang {question.none}" if question.none else ""
    return f"{verb.get(question.type, 'Isi')} {question.label}{or_none}."


def _upload_sentence(item: DocumentDeclaration, items: list[DocumentDeclaration]) -> str:
    others = [other.label for other in items if other.instead_of == item.key]
    instead = f", atau {' atau '.join(others)} sebagai gantinya" if others else ""
    return f"Unggah {item.label}{instead}."
