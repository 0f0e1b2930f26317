"""Limits on tries: they count people, not networks, and never lock the owner out (design §4).

Three counters judge a try before its expensive check:
- by (whose, where): a few mistakes are free, then each costs a longer wait, a minute at most;
- by whose, from all strange places together: ten thousand addresses with one guess each are one guesser;
- by network: only its failures count, so a village behind one address logs in while a guesser there does not.
A device or network that an account knows has the first counter for itself and is not touched by the others.

Kept in Redis; in the memory of this process while Redis is away, so that log in always works.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from flask import current_app

from portal import clock, queue

if TYPE_CHECKING:
    from redis import Redis

FREE_TRIES = 3  # that many mistakes cost nothing
FIRST_DELAY = 5  # seconds, doubled with each further mistake
LONGEST_DELAY = 60  # an owner beside a guesser waits no longer than this
STRANGERS_FREE = 20  # mistakes with one name from all strange places together
STRANGERS_LONGEST = 15 * 60  # seconds: a list of ten thousand passwords would take a hundred days
NETWORK_FAILURES = 300  # of one address in ten minutes, whoever it names: a village shares it
NETWORK_WINDOW = timedelta(minutes=10)
FORGET_AFTER = 24 * 3600  # seconds
MEMORY_KEYS = 20_000
RETRY_REDIS_AFTER = 30.0  # seconds
EXTENSION = "loket.throttle"

# One round trip decides and counts, so a hundred tries at once are not one try; nothing is counted that has to wait.
# KEYS: hashes of count and moment. ARGV: now, lifetime, then of each key: kind, free, first delay or window, longest.
# A window's moment is its end; that of tries is the last one.
TRY = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local kind, free, first, longest = ARGV[i * 4 - 1], tonumber(ARGV[i * 4]), tonumber(ARGV[i * 4 + 1]), tonumber(ARGV[i * 4 + 2])
  local count = tonumber(redis.call('HGET', key, 'count') or '0')
  local moment = tonumber(redis.call('HGET', key, 'moment') or '0')
  if kind == 'window' and now >= moment then
    redis.call('HSET', key, 'count', 0, 'moment', now + first)
  elseif count >= free then
    local ends = moment
    if kind ~= 'window' then ends = moment + math.min(first * 2 ^ math.min(count - free, 20), longest) end
    wait = math.max(wait, math.ceil(ends - now))
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('HINCRBY', key, 'count', 1)
  if ARGV[i * 4 - 1] ~= 'window' then redis.call('HSET', key, 'moment', ARGV[1]) end
  redis.call('EXPIRE', key, ARGV[2])
end
return 0
"""
# KEYS: hashes whose newest try is taken back.
TAKE_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('HGET', key, 'count') or '0') > 0 then redis.call('HINCRBY', key, 'count', -1) end
end
"""
# KEYS: counter of one window. ARGV: most, seconds of the window.
TAKE = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if count > tonumber(ARGV[1]) then return math.max(redis.call('TTL', KEYS[1]), 1) end
return 0
"""


@dataclass(frozen=True)
class Wait:
    """Try again after this many seconds."""

    seconds: int


@dataclass(frozen=True)
class _Counter:
    """One counter and its rule. A window lasts `first` seconds; tries wait from `first` to `longest` seconds."""

    key: str
    free: int
    first: int
    longest: int = 0

    @property
    def is_window(self) -> bool:
        return self.longest == 0


@dataclass
class _Memory:
    """What Redis would hold, for one process; the oldest keys give way."""

    tries: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    windows: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    redis_back_at: float = 0.0
    lock: Lock = field(default_factory=Lock)


def allow(
    identifier: str,
    device: str,
    network: str,
    *,
    known: bool = False,
    free: int = FREE_TRIES,
    everywhere: bool = False,
) -> Wait | None:
    """Count a try before its expensive check; a Wait when it comes too soon (and is not counted).

    identifier: a keyed hash or the number of an account, never a person's number. device, network: ""
    when unknown. known: the account knows this device, or this network when no device is given.
    everywhere: strange places share an allowance too; for names that can be tried from anywhere.
    """
    counters = _counters(identifier, device, network, known=known, free=free, everywhere=everywhere)
    memory, now = _memory(), clock.now().timestamp()
    try:
        if redis := _redis(memory):
            rules = [x for c in counters for x in ("window" if c.is_window else "tries", c.free, c.first, c.longest)]
            left = int(
                redis.eval(TRY, len(counters), *(f"throttle:{c.key}" for c in counters), now, FORGET_AFTER, *rules)
            )
            return Wait(left) if left else None
    except queue.queue_errors():
        _redis_is_away(memory)
    with memory.lock:
        left = max(_left(counter, memory, now) for counter in counters)
        if left > 0:
            return Wait(left)
        for counter in counters:
            _count(counter, memory, now)
    return None


def note_failure(identifier: str, device: str, network: str, *, known: bool = False, everywhere: bool = False) -> None:
    """The counted try failed: its delay runs from now."""
    counters = _counters(identifier, device, network, known=known, everywhere=everywhere)
    keys = [counter.key for counter in counters if not counter.is_window]
    memory, now = _memory(), clock.now().timestamp()
    try:
        if redis := _redis(memory):
            for key in keys:
                redis.hset(f"throttle:{key}", "moment", str(now))
            return
    except queue.queue_errors():
        _redis_is_away(memory)
    with memory.lock:
        for key in keys:
            count, _ = memory.tries.get(key, (1, now))
            memory.tries[key] = (count, now)


def note_success(identifier: str, device: str, network: str, *, known: bool = False, everywhere: bool = False) -> None:
    """It was the owner: what they mistyped before is forgotten, for this device or network only."""
    take_back(identifier, device, network, known=known, everywhere=everywhere)
    key = _counters(identifier, device, network, known=known)[0].key
    memory = _memory()
    memory.tries.pop(key, None)
    try:
        if redis := _redis(memory):
            redis.delete(f"throttle:{key}")
    except queue.queue_errors():
        _redis_is_away(memory)


def take_back(identifier: str, device: str, network: str, *, known: bool = False, everywhere: bool = False) -> None:
    """The counted try was no guess after all; what was mistyped before still counts."""
    counters = _counters(identifier, device, network, known=known, everywhere=everywhere)
    memory = _memory()
    try:
        if redis := _redis(memory):
            redis.eval(TAKE_BACK, len(counters), *(f"throttle:{c.key}" for c in counters))
            return
    except queue.queue_errors():
        _redis_is_away(memory)
    with memory.lock:
        for counter in counters:
            kept = memory.windows if counter.is_window else memory.tries
            count, moment = kept.get(counter.key, (0, 0.0))
            if count:
                kept[counter.key] = (count - 1, moment)


def take(key: str, most: int, within: timedelta) -> Wait | None:
    """Take one of `most` turns in a window that begins with the first; a Wait when none is left."""
    memory = _memory()
    seconds = int(within.total_seconds())
    try:
        if redis := _redis(memory):
            left = int(redis.eval(TAKE, 1, f"throttle:{key}", most, seconds))
            return Wait(left) if left else None
    except queue.queue_errors():
        _redis_is_away(memory)
    now = clock.now().timestamp()
    with memory.lock:
        count, ends = memory.windows.get(key, (0, now + seconds))
        if now >= ends:
            count, ends = 0, now + seconds
        _remember(memory.windows, key, (count + 1, ends))
    return Wait(max(1, round(ends - now))) if count + 1 > most else None


def forget_memory() -> None:
    """Begin anew in this process, for tests."""
    current_app.extensions.pop(EXTENSION, None)


def _counters(
    identifier: str, device: str, network: str, *, known: bool, free: int = FREE_TRIES, everywhere: bool = False
) -> list[_Counter]:
    """What judges a try; the first is always the one of (whose, where)."""
    place = f"device:{device}" if known and device else f"network:{network}"
    counters = [_Counter(_key(f"{identifier}|{place}"), free, FIRST_DELAY, LONGEST_DELAY)]
    if known:
        return counters
    if everywhere:
        counters.append(_Counter(_key(f"{identifier}|strangers"), STRANGERS_FREE, FIRST_DELAY, STRANGERS_LONGEST))
    if network:
        window = int(NETWORK_WINDOW.total_seconds())
        counters.append(_Counter(_key(f"failures|{network}"), NETWORK_FAILURES, window))
    return counters


def _key(words: str) -> str:
    return str(current_app.extensions["vault"].digest("throttle", words))


def _left(counter: _Counter, memory: _Memory, now: float) -> int:
    """Seconds to wait, 0 for none."""
    count, moment = (memory.windows if counter.is_window else memory.tries).get(counter.key, (0, 0.0))
    if counter.is_window:
        return round(moment - now + 0.5) if count >= counter.free and moment > now else 0
    if count < counter.free:
        return 0
    delay = min(counter.first * 2 ** min(count - counter.free, 20), counter.longest)
    return max(0, -int(-(moment + delay - now) // 1))


def _count(counter: _Counter, memory: _Memory, now: float) -> None:
    if not counter.is_window:
        count, _ = memory.tries.get(counter.key, (0, now))
        return _remember(memory.tries, counter.key, (count + 1, now))
    count, ends = memory.windows.get(counter.key, (0, 0.0))
    if now >= ends:
        count, ends = 0, now + counter.first
    return _remember(memory.windows, counter.key, (count + 1, ends))


def _memory() -> _Memory:
    found: _Memory = current_app.extensions.setdefault(EXTENSION, _Memory())
    return found


def _remember(kept: OrderedDict[str, tuple[int, float]], key: str, value: tuple[int, float]) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > MEMORY_KEYS:
        kept.popitem(last=False)


def _redis(memory: _Memory) -> Redis | None:
    """The queue's own server, unless tests keep everything in this process or it was just away."""
    if current_app.extensions["config"].queue_mode != "redis":
        return None
    if time.monotonic() < memory.redis_back_at:
        return None
    redis: Redis = current_app.extensions[queue.EXTENSION].redis
    return redis


def _redis_is_away(memory: _Memory) -> None:
    memory.redis_back_at = time.monotonic() + RETRY_REDIS_AFTER
