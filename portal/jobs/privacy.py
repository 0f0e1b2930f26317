"""Copies of somebody's data, and notices of a breach."""

from __future__ import annotations

from portal.operations import breaches, privacy


def make_data_copy(request_id: int) -> None:
    """Write the copy that was asked for; nothing when it is there already."""
    privacy.make_copy(request_id)


def tell_of_breach(breach_id: int) -> None:
    """Post the notice of a breach to everybody whom it may concern."""
    breaches.tell_people(breach_id)
