"""How sure an agency is of who somebody is; a weaker proof never opens what a stronger one closed (design §4)."""

from __future__ import annotations

ASSURANCE = {"email": 1, "officer": 2, "officer-sends-account": 2, "officer-then-activation": 3}
STRONGEST = max(ASSURANCE.values())
OUTSIDE = 1  # a log-in by Google or Facebook is worth as much as an e-mail address


def assurance_of(proof: str) -> int:
    """The level that a registration's declared proof reaches: 1 (e-mail) to 3 (officer and activation)."""
    return ASSURANCE[proof]
