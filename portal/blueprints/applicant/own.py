"""The application that a page is about: this person's own, with what may be changed in it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request

from portal.auth import viewer
from portal.engine.workflow import Actor, may_change
from portal.errors import NotAllowed, NotFound
from portal.queries.applications import (
    Given,
    OwnApplication,
    get_own_application,
    given_of,
    list_returned_notes,
)
from portal.queries.documents import list_documents
from portal.queries.groups import group_label
from portal.web.context import show_agency
from portal.web.i18n import gettext


def own_application(code: str, *, with_stash: bool = False) -> OwnApplication:
    """The viewer's application under its code, its agency shown on the page; else NotFound.

    Raises NotAllowed, with the way to open it, when the agency asks for a log-in of more worth.
    """
    path = request.path if with_stash else ""
    who = viewer()
    own = get_own_application(code, who.account_id, path)
    agency = own.application.agency
    show_agency(agency)
    if agency in who.closed:
        name = own.declared.agency.name
        raise NotAllowed(gettext("Log in at %(agency)s, with its name and password, to open this.", agency=name))
    if agency not in who.enrolments:
        raise NotFound("application")
    return own


def acting_on(own: OwnApplication) -> Actor:
    """The viewer as the one who acts on this application."""
    return viewer().actor(own.application.agency)


def in_name_of(own: OwnApplication) -> str:
    """The group and institution in whose name it was begun; "" for one's own."""
    standing, agency = own.standing, own.application.agency
    return f"{group_label(agency, standing.group)}, {standing.institution}" if standing.group else ""


def address_of(own: OwnApplication) -> str:
    """The page of the application."""
    return f"/permohonan/{own.application.code}"


@dataclass(frozen=True)
class Editing:
    """An application that is being filled in or mended: what is given, and what may change."""

    own: OwnApplication
    notes: Sequence[Any]  # of a revision, in order; none while everything may change

    @cached_property
    def documents(self) -> Sequence[Any]:
        """The files given so far, read when a page wants them."""
        return list_documents(self.own.application.id)

    @cached_property
    def given(self) -> Given:
        """The journey and the versions of its steps, read when a page wants them."""
        return given_of(self.own, frozenset(document.key for document in self.documents))

    @property
    def flagged(self) -> frozenset[str]:
        return frozenset("" if note.target == "all" else note.target for note in self.notes)

    def may_change_field(self, key: str) -> bool:
        return may_change(self.own.state, f"field:{key}", self.flagged)

    def may_change_document(self, key: str) -> bool:
        return may_change(self.own.state, f"document:{key}", self.flagged)

    def notes_about(self, kind: str) -> dict[str, str]:
        """Field or document key -> what the officer wrote about it."""
        found: dict[str, str] = {}
        for note in self.notes:
            of, _, key = note.target.partition(":")
            if of == kind:
                found[key] = f"{found[key]} {note.text}" if key in found else note.text
        return found

    def step_of_note(self, target: str) -> str:
        """The step in which the target of a note is changed; a note on the whole begins at the first."""
        kind, _, key = target.partition(":")
        for step in self.own.declared.service.steps:
            among = getattr(step, "fields" if kind == "field" else "items", ())
            if any(item.key == key for item in among):
                return step.key
        return self.own.declared.service.steps[0].key


def editing_of(own: OwnApplication) -> Editing:
    """Its notes now, its answers when asked for; notes are read only in a state where they decide what may change."""
    notes = list_returned_notes(own.application) if own.state.edit == "flagged" else ()
    return Editing(own, notes)


def declared_step(own: OwnApplication, key: str) -> Any:
    """A step of the pinned service that applies to this application's kind, or NotFound."""
    step = own.declared.service.step(key)
    if step is None:
        raise NotFound("step")
    return step


def declared_document(own: OwnApplication, key: str) -> tuple[Any, Any]:
    """(step, document) of the pinned service, or NotFound."""
    for step in own.declared.service.steps:
        for item in getattr(step, "items", ()):
            if item.key == key:
                return step, item
    raise NotFound("document")
