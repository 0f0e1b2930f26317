"""The words that all declarations share: yes and no, durations, keys, and the frozen model."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

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
