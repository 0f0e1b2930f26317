"""What every field type can do, and what it may know while doing it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from portal.engine.declare import FieldDeclaration, Office

# Signs that nobody sees: controls (not tab and line ends), zero widths, and marks that turn the direction of writing.
# They come along when a number is copied from a chat, and let a name look to an officer like another one.
UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


def seen(typed: str) -> str:
    """What was typed, as far as it can be seen."""
    return UNSEEN.sub("", typed)


def none_key(key: str) -> str:
    """The answer beside `key` that says: there is none (FieldDeclaration.none)."""
    return f"{key}-none"


def _no_regions(_code: str) -> str | None:
    return None


@dataclass(frozen=True)
class FieldContext:
    """What a judgement about one answer may look at.

    `today` is the office's date; `answers` are the other answers by key; `personal` are the values
    that a password may not contain; `region_name` gives the name of an official code, or None;
    `settings` and `offices` are the agency's.
    """

    today: date
    answers: Mapping[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    region_name: Callable[[str], str | None] = _no_regions
    settings: Mapping[str, str] = field(default_factory=dict)
    offices: tuple[Office, ...] = ()


class FieldType:
    """A line of text, and the interface that the other types refine.

    A value is a string, and "" is no answer; `problem` and `warning` are asked about answers only.
    What cannot be parsed is kept as typed, so that the form can show it again beside the problem.
    """

    transient = False  # never stored as an answer

    def input_names(self, field: FieldDeclaration) -> list[str]:
        """The names under which a form posts this field."""
        return [field.key]

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return " ".join(seen(raw.get(field.key, "")).split())

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        """Why the answer cannot be taken and what to do, in at most two sentences; None when good."""
        if len(value) > field.max_length:
            return f"{field.label} terlalu panjang. Tulis paling banyak {field.max_length} huruf."
        return None

    def warning(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        """What looks odd but is accepted; None when nothing does."""
        return None

    def display(
        self,
        field: FieldDeclaration,
        value: str,
        masked: bool = False,  # noqa: FBT001, FBT002 - the word is clear beside its value
        context: FieldContext | None = None,
    ) -> str:
        """The answer as a person reads it; masked where a glance must not give it away."""
        if not value:
            return ""
        return self.mask(value) if masked else self.text(field, value, context)

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return value

    def formal(self, field: FieldDeclaration, value: str, context: FieldContext | None = None) -> str:
        """The answer as a paper states it; "" when there is none."""
        return self.text(field, value, context) if value else ""

    def mask(self, value: str) -> str:
        return " ".join(word[0] + "*" * min(len(word) - 1, 3) for word in value.split())
