"""A place as forms ask for it: province, regency, district, village, each below the one chosen before."""

from __future__ import annotations

from typing import Any

from portal.engine.fields.region import LEVELS, NAMES, region_path
from portal.queries.regions import regions_below


def levels_of(code: str) -> list[dict[str, Any]]:
    """{name, label, options, chosen} of each level; one has choices once the level above it is chosen."""
    chosen = region_path(code)
    levels = []
    for depth, (name, label) in enumerate(zip(LEVELS, NAMES, strict=True)):
        parent = chosen[depth - 1] if 0 < depth <= len(chosen) else ""
        levels.append(
            {
                "name": name,
                "label": label,
                "options": regions_below(parent) if depth == 0 or parent else (),
                "chosen": chosen[depth] if depth < len(chosen) else "",
            }
        )
    return levels
