"""Questions to a part of ours in a child process: what is heavy or hostile takes its memory and its faults along.

A question and its answer are a line of JSON and any number of parts in bytes, through pipes only: what is asked
stands in no argument, no environment and no file.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from portal.config import environment_of_a_child

ROOT = Path(__file__).resolve().parent.parent
MEMORY = 1024 * 1024 * 1024  # bytes of address space, libraries included
PROCESSOR = 5  # seconds for one question; an honest one takes less than one
PATIENCE = 20.0  # seconds on the clock for one question, the child's start included
MOST_BREAKS = 2


class Broken(Exception):
    """The child ended or took too long: what became of the question is not known."""


class Shut(Exception):
    """The child broke so often that it was not asked any more: nothing was done."""


class Told(NamedTuple):
    """A question or an answer."""

    words: dict[str, Any]
    parts: list[bytes]


class Cage:
    """One child, started at the first question and ended with the block; a dead one is replaced, but not for ever.

    module: what the child runs as `python -m`; it calls `answer_questions`. Not to be shared between threads.
    """

    def __init__(
        self, module: str, *, memory: int = MEMORY, processor: int = PROCESSOR, patience: float = PATIENCE
    ) -> None:
        self._module = module
        self._limits = {"memory": memory, "processor": processor}
        self._patience = patience
        self._breaks = 0
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, words: Mapping[str, Any], *parts: bytes) -> Told:
        """The child's answer; raises Broken, and after MOST_BREAKS of them Shut."""
        if self._breaks >= MOST_BREAKS:
            raise Shut
        child = self._child = self._child or self._start()
        watch = threading.Timer(self._patience, child.kill)
        watch.daemon = True
        watch.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            _write(child.stdin, {**words, "limits": self._limits}, parts)
            told = _read(child.stdout)
        except OSError:
            told = None
        finally:
            watch.cancel()
        if told is None:
            self._breaks += 1
            self.close()
            raise Broken
        return told

    def close(self) -> None:
        """End the child, whatever it is at."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            # What was not written yet goes nowhere.
            with suppress(OSError):
                assert pipe is not None
                pipe.close()
        child.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - nothing of the command comes from outside.
            (sys.executable, "-m", self._module),
            cwd=ROOT,
            env=environment_of_a_child(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback might show what the child was asked.
            stderr=subprocess.DEVNULL,
        )


def answer_questions(answer: Callable[[Told], tuple[Mapping[str, Any], Sequence[bytes]]]) -> None:
    """Run in the child: answer until nobody asks any more; the limits bind this process alone."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while (question := _read(asked)) is not None:
        _limit(**question.words.pop("limits"))
        words, parts = answer(question)
        _write(answers, words, parts)


def _limit(memory: int, processor: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The kernel counts from the child's start, and the limit is meant for one question.
    until = math.ceil(time.process_time()) + processor
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _write(pipe: IO[bytes], words: Mapping[str, Any], parts: Sequence[bytes]) -> None:
    pipe.write(json.dumps({"words": dict(words), "sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Told | None:
    """What the other side says; None when it ended before it had said all."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    parts = [pipe.read(size) for size in head["sizes"]]
    if [len(part) for part in parts] != head["sizes"]:
        return None
    return Told(head["words"], parts)
