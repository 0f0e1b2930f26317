"""A place by its official dotted code, chosen from province down to village."""

from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType

LEVELS = ("province", "regency", "district", "village")
NAMES = ("Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan")


class Region(FieldType):
    """The deepest code chosen, such as 33.26.07.2008; complete when it is as exact as the field asks."""

    def input_names(self, field: FieldDeclaration) -> list[str]:
        return [f"{field.key}-{level}" for level in LEVELS[: depth_of(field)]]

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        """A child that is not under its parent is left from an earlier choice, and dropped."""
        value = ""
        for name in self.input_names(field):
            chosen = raw.get(name, "").strip()
            if not chosen or (value and not chosen.startswith(value + ".")):
                break
            value = chosen
        given = value or raw.get(field.key, "").strip()
        return ".".join(given.split(".")[: depth_of(field)])

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if context.region_name(value) is None:
            return f"{field.label} tidak dikenal. Pilih lagi dari Provinsi."
        depth = value.count(".") + 1
        return f"Pilih {NAMES[depth]}." if depth < depth_of(field) else None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        if context is None:
            return value
        names = [context.region_name(code) for code in reversed(region_path(value))]
        return ", ".join(name for name in names if name) or value

    def mask(self, value: str) -> str:
        return ".".join(value.split(".")[:2])


def depth_of(field: FieldDeclaration) -> int:
    """How many levels the field asks for: 4 down to the village."""
    return LEVELS.index(field.down_to) + 1


def region_path(code: str) -> list[str]:
    """33.26.07 -> [33, 33.26, 33.26.07]: what the inputs of the levels show."""
    parts = code.split(".") if code else []
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
