"""Starts programs in order, starts again what dies, and stops all of them together."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.config import ROOT
from portal.runtime.parent import tied_to_this_process

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Who has lived this long is well again: the next death counts as the first.
HEALTHY_AFTER = 60.0
TICK = 0.05
# A second SIGTERM makes a worker drop the job it is at; the job is done again at the next start.
STOP_STEPS = ((signal.SIGTERM, 8.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0))


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program to keep running. `is_ready` is asked until it says yes; `inherited` are file descriptors to hand on.

    environment: what is set for it besides our own; what the operator has set already stays.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool] = lambda: True
    inherited: tuple[int, ...] = ()
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)


class NeverReady(Exception):
    """A program died before it had been ready once: starting it again would not help."""


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = FIRST_PAUSE
    was_ready: bool = False

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we can stop the program together with its children.
        self.process = subprocess.Popen(  # noqa: S603 - the programs are ours.
            self.program.command,
            cwd=self.program.folder,
            env={**self.program.environment, **os.environ},
            stdin=subprocess.DEVNULL,
            pass_fds=self.program.inherited,
            start_new_session=True,
            preexec_fn=tied_to_this_process(),  # noqa: PLW1509 - this process has one thread.
        )
        self.started_at = time.monotonic()

    def signal(self, number: int) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Supervisor:
    """Runs programs until it is told to stop; `say` prints a line for the person at the terminal.

    Each program starts once the one before it is ready. `on_ready` is called when all have been.
    """

    programs: Sequence[Program]
    on_ready: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)
    _children: list[_Child] = field(default_factory=list)
    _stop: bool = False

    def run(self) -> None:
        """Return after SIGINT, SIGTERM or SIGHUP and the end of every program; raises NeverReady."""
        with _woken_by_signals(self._ask_to_stop) as wait:
            try:
                self._start_in_order(wait)
                if not self._stop:
                    self.on_ready()
                while not self._stop:
                    wait(self._revive())
            finally:
                self._stop_all()

    def _ask_to_stop(self) -> None:
        self._stop = True

    def _start_in_order(self, wait: Callable[[float | None], None]) -> None:
        for program in self.programs:
            child = _Child(program)
            self._children.append(child)
            child.start()
            while not self._stop and not child.was_ready:
                if not child.is_alive():
                    raise NeverReady(f"The {program.name} ended before it was ready; what it said stands above.")
                child.was_ready = program.is_ready()
                if not child.was_ready:
                    wait(TICK)
            if self._stop:
                return

    def _revive(self) -> float | None:
        """Start what is due; returns the seconds until the next is, None when all live."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and not child.is_alive():
                self._mourn(child, now)
            if child.process is None and child.due_at <= now:
                child.start()
        waiting = [child.due_at for child in self._children if child.process is None]
        return max(0.0, min(waiting) - now) if waiting else None

    def _mourn(self, child: _Child, now: float) -> None:
        code = child.process.returncode if child.process else None
        # What the dead program left behind, such as a web process without its master, would hold the port.
        child.signal(signal.SIGKILL)
        child.process = None
        if now - child.started_at > HEALTHY_AFTER:
            child.pause = FIRST_PAUSE
        child.due_at = now + child.pause
        self.say(f"The {child.program.name} ended ({_reason(code)}); it starts again in {child.pause:g} s.")
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _stop_all(self) -> None:
        """Stop the last started first, because it uses the others."""
        for child in reversed(self._children):
            for number, patience in STOP_STEPS:
                if not child.is_alive():
                    break
                child.signal(number)
                _wait_for(child, patience)
            child.signal(signal.SIGKILL)


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit {code}"


def _wait_for(child: _Child, patience: float) -> None:
    if child.process is not None:
        try:
            child.process.wait(patience)
        except subprocess.TimeoutExpired:
            return


@contextmanager
def _woken_by_signals(on_stop: Callable[[], None]) -> Iterator[Callable[[float | None], None]]:
    """Give a wait(seconds) that ends early at a signal, also at the death of a child; seconds None waits for one."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = {number: signal.signal(number, lambda *_: on_stop()) for number in STOP_SIGNALS}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    previous = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    selector = selectors.DefaultSelector()
    selector.register(reading, selectors.EVENT_READ)

    def wait(seconds: float | None) -> None:
        if selector.select(seconds):
            os.read(reading, 4096)

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before.items():
            signal.signal(number, handler)
        selector.close()
        os.close(reading)
        os.close(writing)
