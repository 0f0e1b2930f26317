"""Effects of transitions, registered by the names under which workflows call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from portal.engine.declare import Effect
from portal.operations.effects import claims, created_accounts, enrolment, messages, papers, profile

if TYPE_CHECKING:
    from portal.operations.perform import Performed

EFFECTS: dict[str, Callable[[Performed, str], None]] = {
    **claims.EFFECTS,
    **created_accounts.EFFECTS,
    **enrolment.EFFECTS,
    **messages.EFFECTS,
    **papers.EFFECTS,
    **profile.EFFECTS,
}


def apply_effect(performed: Performed, effect: Effect) -> None:
    """Do one declared effect; `portal check` has proved that its name exists."""
    EFFECTS[effect.name](performed, effect.argument)
