"""What only the server knows of a control: the levels of a place, the offices open to it, a tick beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.engine.declare import FieldDeclaration, Office
from portal.engine.fields import none_key
from portal.engine.fields.office import offices_open
from portal.engine.fields.region import LEVELS, NAMES, region_path
from portal.queries.regions import regions_below

Given = list[dict[str, Any]] | list[tuple[str, str]] | str


def given_for(
    field: FieldDeclaration, value: str, values: Mapping[str, str], offices: Sequence[Office]
) -> Given | None:
    """`given` of the field's template; None where the declaration says it all. values: the answers by key."""
    if field.type == "region":
        return levels_of(value, field.down_to)
    if field.type == "office":
        above = values.get(field.under, "") if field.under else ""
        return [(office.code, office.name) for office in offices_open(field, offices, above)]
    return values.get(none_key(field.key), "") if field.none else None


def levels_of(code: str, down_to: str = LEVELS[-1]) -> list[dict[str, Any]]:
    """{name, label, options, chosen} of each level; one has choices once the level above it is chosen."""
    chosen = region_path(code)
    levels = []
    asked = LEVELS.index(down_to) + 1
    for depth, (name, label) in enumerate(zip(LEVELS[:asked], NAMES[:asked], strict=True)):
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
