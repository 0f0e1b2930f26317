"""Effects of a change of biodata: taken over by the officer, or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.operations import profile

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def take_change(performed: Performed, _argument: str) -> None:
    """What the person answered is from now on what the agency knows (PAS-46)."""
    profile.take_change(performed.application)


def drop_change(performed: Performed, _argument: str) -> None:
    """The answers say again what the agency knows."""
    profile.drop_change(performed.application)


EFFECTS = {"take_change": take_change, "drop_change": drop_change}
