"""The supporting documents of a registration: which are asked for, and what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.engine.declare import DocumentDeclaration, DocumentsStep
from portal.errors import NotFound
from portal.queries.documents import list_documents
from portal.queries.journeys import journey_of
from portal.queries.registrations import OwnRegistration


@dataclass(frozen=True)
class AskedDocument:
    """One named document with the files that were given for it."""

    step: DocumentsStep
    item: DocumentDeclaration
    files: Sequence[Any]

    @property
    def is_full(self) -> bool:
        return len(self.files) >= self.item.most


def has_documents(own: OwnRegistration) -> bool:
    """Whether this person is asked for any document."""
    return bool(_asked(own, ()))


def list_asked_documents(own: OwnRegistration) -> list[AskedDocument]:
    """The documents that apply to the answers, in declared order."""
    given = list_documents(own.application.id)
    return [
        AskedDocument(step, item, [row for row in given if row.key == item.key]) for step, item in _asked(own, given)
    ]


def get_asked_document(own: OwnRegistration, key: str) -> AskedDocument:
    """One document that applies, or NotFound."""
    for asked in list_asked_documents(own):
        if asked.item.key == key:
            return asked
    raise NotFound("document")


def list_lacking(own: OwnRegistration) -> list[tuple[str, str]]:
    """(key, sentence) of what must still be given before it can be sent."""
    return [(lack.target, lack.sentence) for lack in journey_of(own.application, own.declared).missing()]


def _asked(own: OwnRegistration, given: Sequence[Any]) -> list[tuple[DocumentsStep, DocumentDeclaration]]:
    steps = [step for step in own.declared.service.steps if isinstance(step, DocumentsStep)]
    if not steps:
        return []
    journey = journey_of(own.application, own.declared, answers=own.steps, documents={row.key for row in given})
    return [(step, item) for step in steps for item in journey.visible_documents(step.key)]
