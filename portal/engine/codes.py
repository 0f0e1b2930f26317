"""Codes and numbers that people see: formatted from parts, and unguessable where they are asked for."""

import hashlib
import hmac
from datetime import date

from portal.engine.placeholders import fill

CODE_NAMES = frozenset({"region", "seq"})
NUMBER_NAMES = frozenset({"region", "seq", "ddmmyyyy", "yyyy"})
CODE_DIGITS = 8
ROUNDS = 4


def format_code(template: str, *, region: str, seq: int, on: date | None = None) -> str:
    """`AKL{region}{seq:08}` -> AKL332600012345; the region loses its dots.

    `on` is the office's date, needed by {ddmmyyyy} and {yyyy} only. For the code of an application
    pass `unguessable(seq, key)`, for the number of a document the bare sequence.
    """
    values: dict[str, object] = {"region": region.replace(".", ""), "seq": seq}
    if on:
        values |= {"ddmmyyyy": f"{on:%d%m%Y}", "yyyy": f"{on:%Y}"}
    return fill(template, values)


def unguessable(seq: int, key: bytes, digits: int = CODE_DIGITS) -> int:
    """A permutation of 0 .. 10^digits - 1: no two sequence numbers meet, and none tells its neighbour.

    A Feistel network over two halves of the digits (an even number of them), keyed by HMAC.
    """
    half: int = 10 ** (digits // 2)
    if digits % 2 or not 0 <= seq < half * half:
        raise ValueError("seq must fit into an even number of digits")
    left, right = divmod(seq, half)
    for turn in range(ROUNDS):
        left, right = right, (left + _round(key, turn, right)) % half
    return left * half + right


def _round(key: bytes, turn: int, number: int) -> int:
    mark = hmac.new(key, f"{turn}:{number}".encode(), hashlib.sha256).digest()
    return int.from_bytes(mark[:8], "big")
