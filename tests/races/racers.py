"""Real processes that race: each has an app of its own on one database, and all start a heat at one barrier."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

RACERS = 4
PATIENCE = 30.0  # seconds until a heat that hangs fails
Start = Callable[[], None]


@dataclass(frozen=True)
class Outcome:
    """How a racer ended: what its course returned, or the name and text of what it raised."""

    value: Any = None
    error: str = ""
    text: str = ""


class Racers:
    """Processes that are started once, because an app takes a second, and run heat after heat."""

    def __init__(self, url: str, instance: Path) -> None:
        # Spawned, not forked: a forked process would share the sockets of the test's own database.
        context = multiprocessing.get_context("spawn")
        self._barrier = context.Barrier(RACERS)
        self._pipes = []
        self._processes = []
        for _ in range(RACERS):
            ours, theirs = context.Pipe()
            process = context.Process(target=_stand_by, args=(theirs, self._barrier, url, instance), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        assert [pipe.recv() for pipe in self._pipes] == ["ready"] * RACERS

    def race(self, course: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Outcome]:
        """Run `course(start, *arguments)` in every process; one tuple of arguments each, in order."""
        assert len(arguments) == RACERS
        self._barrier.reset()
        for pipe, mine in zip(self._pipes, arguments, strict=True):
            pipe.send((course, mine))
        outcomes = [pipe.recv() for pipe in self._pipes]
        broken = [one for one in outcomes if one.error == BrokenBarrierError.__name__]
        assert not broken, outcomes
        return outcomes

    def close(self) -> None:
        """Send everybody home."""
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()


def _stand_by(pipe: Any, barrier: Any, url: str, instance: Path) -> None:
    from portal import create_app
    from portal.config import Config
    from portal.queries.catalogue import forget_pinned

    app = create_app(Config.for_tests(url, instance))
    pipe.send("ready")
    while (heat := pipe.recv()) is not None:
        course, arguments = heat
        forget_pinned()  # Between two tests the database was emptied.
        with app.app_context():
            pipe.send(_run(course, arguments, barrier))


def _run(course: Callable[..., Any], arguments: tuple[Any, ...], barrier: Any) -> Outcome:
    try:
        return Outcome(course(lambda: barrier.wait(PATIENCE), *arguments))
    except Exception as failure:  # noqa: BLE001 - a race is about who fails, and how.
        if isinstance(failure, BrokenBarrierError):
            barrier.abort()
        return Outcome(error=type(failure).__name__, text=str(failure))


def winners(outcomes: Sequence[Outcome]) -> list[Any]:
    """What those returned who came through."""
    return [one.value for one in outcomes if not one.error]


def errors(outcomes: Sequence[Outcome]) -> list[str]:
    """The names of what the others met, sorted."""
    return sorted(one.error for one in outcomes if one.error)
