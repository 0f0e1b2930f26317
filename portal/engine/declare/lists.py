"""The lists and boxes that an agency's officers work with: whose, of which states, with which columns and filters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from portal.engine.declare.words import Declared, Key, Tone, Words, YesNo

Shown = Literal["answer", "place", "acts", "code", "state", "name", "office", "sent", "reason"]
Sort = Literal["sent", "name"]


class Column(Declared):
    """One column: an answer of the applicant, or something that every case has.

    `shows`: `place` is the number on the page, `acts` the buttons of the row, `reason` why the case came to
    its present state. Without `words` a state is shown as its tag.
    """

    label: str
    shows: Shown = "answer"
    answers: Words = ()  # of these the first that was answered; personal ones are masked
    level: Literal["", "province", "regency", "district", "village"] = ""  # which part of a region
    words: dict[str, str] = {}  # answer, or state -> what stands there instead
    otherwise: str = ""  # what stands there where nothing else does


class CaseList(Declared):
    """One list: cases of a service in some states, narrowed by facets, a year, an office, a text."""

    title: str
    service: Key
    roles: Words = ()  # who has it in the menu; none: every role that reads the service
    states: Words = Field(min_length=1)  # shown when no state is chosen
    also: Words = ()  # states that can be chosen besides
    columns: tuple[Column, ...] = Field(min_length=1, max_length=24)
    filters: Words = ()  # facets: harmless answers that are kept in plain
    sorts: tuple[Sort, ...] = ("sent",)
    newest_first: YesNo = False
    acts: Words = ()  # actions that stand in the row, each with its own confirmation


class Box(Declared):
    """One figure: how many stand in some states, or, without states, the sum of the other boxes."""

    label: str
    states: Words = ()
    list: str = ""  # key of the list behind it
    tone: Tone = "neutral"


class Dashboard(Declared):
    """Figures of one service for the officer's own offices and one year."""

    title: str = "Dashboard"
    service: Key
    roles: Words = ()  # none: every role that reads the service
    boxes: tuple[Box, ...] = Field(min_length=1, max_length=8)
