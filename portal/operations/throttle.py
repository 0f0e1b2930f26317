"""Limits on tries: they count people, not networks, and never lock the owner out (design §4).

Kept in Redis; in the memory of this process while Redis is away, so that log in always works.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from flask import current_app
from redis import Redis, RedisError

from portal import clock, queue

FREE_TRIES = 3  # that many mistakes cost nothing
FIRST_DELAY = 5  # seconds, doubled with each further mistake
LONGEST_DELAY = 60  # an owner beside a guesser waits no longer than this
NETWORK_TRIES = 300  # of one address in ten minutes, whoever it names: a village shares it
NETWORK_WINDOW = timedelta(minutes=10)
FORGET_AFTER = 24 * 3600  # seconds
MEMORY_KEYS = 20_000
RETRY_REDIS_AFTER = 30.0  # seconds
EXTENSION = "loket.throttle"

# One round trip decides and counts, so a hundred tries at once are not one try.
# KEYS: hash of count and last try. ARGV: now, free, first delay, longest delay, lifetime.
TRY = """
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '0')
local delay = 0
if count >= tonumber(ARGV[2]) then
  delay = math.min(tonumber(ARGV[3]) * 2 ^ (count - tonumber(ARGV[2])), tonumber(ARGV[4]))
end
local left = math.ceil(last + delay - tonumber(ARGV[1]))
if left > 0 then return left end
redis.call('HSET', KEYS[1], 'count', count + 1, 'last', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 0
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


@dataclass
class _Memory:
    """What Redis would hold, for one process; the oldest keys give way."""

    tries: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    windows: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    redis_back_at: float = 0.0


def allow(identifier: str, device: str, network: str, *, known: bool = False, free: int = FREE_TRIES) -> Wait | None:
    """Count a try before its expensive check; a Wait when it comes too soon (and is not counted).

    identifier: a keyed hash, never a number itself. device, network: "" when unknown. A device
    `known` to the account has an allowance of its own, which no stranger can use up.
    """
    if not known and network and (wait := take(f"network:{network}", NETWORK_TRIES, NETWORK_WINDOW)):
        return wait
    if wait := _try(_key(identifier, device, network, known=known), free):
        return wait
    return None


def note_failure(identifier: str, device: str, network: str, *, known: bool = False) -> None:
    """The counted try failed: its delay runs from now."""
    key = _key(identifier, device, network, known=known)
    now = clock.now().timestamp()
    memory = _memory()
    try:
        if redis := _redis(memory):
            redis.hset(f"throttle:{key}", "last", str(now))
            return
    except (RedisError, OSError):
        _redis_is_away(memory)
    count, _ = memory.tries.get(key, (1, now))
    memory.tries[key] = (count, now)


def note_success(identifier: str, device: str, network: str, *, known: bool = False) -> None:
    """It was the owner: what they mistyped before is forgotten, for this device or network only."""
    key = _key(identifier, device, network, known=known)
    memory = _memory()
    memory.tries.pop(key, None)
    try:
        if redis := _redis(memory):
            redis.delete(f"throttle:{key}")
    except (RedisError, OSError):
        _redis_is_away(memory)


def take(key: str, most: int, within: timedelta) -> Wait | None:
    """Take one of `most` turns in a window that begins with the first; a Wait when none is left."""
    memory = _memory()
    seconds = int(within.total_seconds())
    try:
        if redis := _redis(memory):
            left = int(redis.eval(TAKE, 1, f"throttle:{key}", most, seconds))
            return Wait(left) if left else None
    except (RedisError, OSError):
        _redis_is_away(memory)
    now = clock.now().timestamp()
    count, ends = memory.windows.get(key, (0, now + seconds))
    if now >= ends:
        count, ends = 0, now + seconds
    _remember(memory.windows, key, (count + 1, ends))
    return Wait(max(1, round(ends - now))) if count + 1 > most else None


def forget_memory() -> None:
    """Begin anew in this process, for tests."""
    current_app.extensions.pop(EXTENSION, None)


def _key(identifier: str, device: str, network: str, *, known: bool) -> str:
    place = f"device:{device}" if known else f"network:{network}"
    return str(current_app.extensions["vault"].digest("throttle", f"{identifier}|{place}"))


def _try(key: str, free: int) -> Wait | None:
    memory = _memory()
    now = clock.now().timestamp()
    try:
        if redis := _redis(memory):
            rule = (now, free, FIRST_DELAY, LONGEST_DELAY, FORGET_AFTER)
            left = int(redis.eval(TRY, 1, f"throttle:{key}", *rule))
            return Wait(left) if left else None
    except (RedisError, OSError):
        _redis_is_away(memory)
    count, last = memory.tries.get(key, (0, 0.0))
    delay = min(FIRST_DELAY * 2 ** min(count - free, 10), LONGEST_DELAY) if count >= free else 0
    if last + delay > now:
        return Wait(max(1, round(last + delay - now)))
    _remember(memory.tries, key, (count + 1, now))
    return None


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
