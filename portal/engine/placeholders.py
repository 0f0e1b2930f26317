"""Words in braces: the one small template language of codes, document numbers, messages and lines."""

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::0(\d))?\}")


def names_in(text: str) -> set[str]:
    """The names used; raises ValueError when a brace belongs to no well-formed placeholder."""
    if "{" in (rest := PLACEHOLDER.sub("", text)) or "}" in rest:
        raise ValueError("a placeholder is written {name} or {name:06}")
    return {match[1] for match in PLACEHOLDER.finditer(text)}


def fill(text: str, values: Mapping[str, object]) -> str:
    """Each placeholder replaced, once, so that a value with braces stays what it is.

    Raises KeyError for a name without a value: half a message is worse than none.
    """

    def one(match: re.Match[str]) -> str:
        value = values[match[1]]
        return f"{int(str(value)):0{match[2]}d}" if match[2] else str(value)

    return PLACEHOLDER.sub(one, text)
