"""The words of a language: every .po file of its folder, read once into one dictionary."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
KEYWORDS = ("msgid_plural", "msgid", "msgstr[0]", "msgstr[1]", "msgstr")
# A plural stands in the dictionary under both of its English forms.
Catalogue = dict[str, tuple[str, ...]]


class BrokenCatalogueError(ValueError):
    """A line of a .po file that cannot be read; the message names file and line."""


def read_entries(path: Path) -> Iterator[dict[str, str]]:
    """Yield each entry of a .po file as keyword -> text, the header (empty msgid) left out."""
    entry: dict[str, str] = {}
    keyword = ""
    for place, raw in enumerate([*path.read_text(encoding="utf-8").splitlines(), "msgid"], 1):
        line = raw.strip()
        if line.startswith("msgid") and not line.startswith("msgid_plural"):
            if entry.get("msgid"):
                yield entry
            entry = {}
        if not line or line.startswith("#") or line == "msgid":
            continue
        found = next((word for word in KEYWORDS if line.startswith(word + " ")), None)
        quoted = line[len(found) :].strip() if found else line
        keyword = found or keyword
        if not keyword or len(quoted) < 2 or quoted[0] != '"' or quoted[-1] != '"':
            raise BrokenCatalogueError(f"{path.name}:{place}: not a line of a catalogue: {line}")
        entry[keyword] = entry.get(keyword, "") + _unquote(quoted, path, place)


def _unquote(quoted: str, path: Path, place: int) -> str:
    """Undo the escapes of C, which Python's string literals share."""
    try:
        return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError) as problem:
        raise BrokenCatalogueError(f"{path.name}:{place}: broken quotes: {quoted}") from problem


def read_language(folder: Path) -> Catalogue:
    """Merge all .po files of one language, the first in the alphabet wins; empty means missing."""
    words: Catalogue = {}
    for path in sorted(folder.glob("*.po")):
        for msgid, forms in _words_of(path):
            words.setdefault(msgid, forms)
    return words


def list_conflicts(folder: Path) -> list[str]:
    """Return a line for each msgid that two files translate differently, for `make check`."""
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    conflicts = []
    for path in sorted(folder.glob("*.po")):
        for msgid, forms in _words_of(path):
            first, known = seen.setdefault(msgid, (path.name, forms))
            if known != forms:
                conflicts.append(f"{msgid!r}: {first} says {known[0]!r}, {path.name} says {forms[0]!r}")
    return conflicts


def _words_of(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in read_entries(path):
        forms = tuple(entry[key] for key in ("msgstr", "msgstr[0]", "msgstr[1]") if entry.get(key))
        if forms:
            for msgid in dict.fromkeys((entry["msgid"], entry.get("msgid_plural", entry["msgid"]))):
                yield msgid, forms


def read_all(root: Path = TRANSLATIONS) -> dict[str, Catalogue]:
    """Return language code -> catalogue for each folder of translations."""
    return {folder.name: read_language(folder) for folder in sorted(root.iterdir()) if folder.is_dir()}
