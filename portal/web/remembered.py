"""What follows from the declarations alone, such as a menu for some duties, is worked out once for each language."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple, cast

from portal.queries.catalogue import catalogue
from portal.web.i18n import current_language

A = TypeVarTuple("A")
R = TypeVar("R")
MOST = 1000  # answers of one function; more than officers have different duties


def remembered(work_out: Callable[[*A], R]) -> Callable[[*A], R]:
    """Remember the answers of a function of declarations and language.

    Its arguments are hashable and few, such as duties: never what somebody typed. Its answers are shared by
    everybody with the same arguments, so nobody changes them and they tell of nobody.
    """
    known: dict[tuple[Any, ...], tuple[Any, R]] = {}

    @wraps(work_out)
    def look_up(*arguments: *A) -> R:
        declared = catalogue()
        key = (current_language(), arguments)
        kept = known.get(key)
        # A process of tests has several catalogues, one after the other.
        if kept is None or kept[0] is not declared:
            if len(known) >= MOST:
                known.clear()
            kept = known[key] = declared, work_out(*arguments)
        return kept[1]

    return cast("Callable[[*A], R]", look_up)
