"""The fair lock: nobody who waits is overtaken."""

from __future__ import annotations

import threading

import pytest

from portal.transaction import FairLock, engine_options, is_writing

PATIENCE = 5.0  # seconds until a test that hangs fails


class Waiter:
    """A thread that takes the lock, notes its name, and holds on until it is told to let go."""

    def __init__(self, lock: FairLock, name: int, order: list[int]) -> None:
        self.has_it = threading.Event()
        self.may_go = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(lock, name, order), daemon=True)
        self.thread.start()

    def _run(self, lock: FairLock, name: int, order: list[int]) -> None:
        lock.acquire()
        order.append(name)
        self.has_it.set()
        self.may_go.wait(PATIENCE)
        lock.release()


def _wait_until_queued(lock: FairLock, count: int) -> None:
    """Poll the lock's own queue, so that the order of arrival is known and not guessed."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.001)):
        if len(lock._waiting) == count:
            return
        pause.wait(0.001)
    pytest.fail(f"only {len(lock._waiting)} of {count} wait")


def test_writers_are_served_in_the_order_in_which_they_came() -> None:
    lock, order = FairLock(), []
    lock.acquire()
    waiters = []
    for name in range(8):
        waiters.append(Waiter(lock, name, order))
        _wait_until_queued(lock, name + 1)
    lock.release()
    for waiter in waiters:
        assert waiter.has_it.wait(PATIENCE)
        waiter.may_go.set()
    for waiter in waiters:
        waiter.thread.join(PATIENCE)
    assert order == list(range(8))


def test_who_lets_go_and_asks_again_stands_behind_those_who_wait() -> None:
    lock, order = FairLock(), []
    lock.acquire()
    first = Waiter(lock, 1, order)
    _wait_until_queued(lock, 1)
    lock.release()
    again = Waiter(lock, 2, order)
    assert first.has_it.wait(PATIENCE)
    assert not again.has_it.is_set()
    first.may_go.set()
    assert again.has_it.wait(PATIENCE)
    again.may_go.set()
    again.thread.join(PATIENCE)
    assert order == [1, 2]


def test_only_one_holds_the_lock() -> None:
    lock, inside, most = FairLock(), [0], [0]

    def work() -> None:
        for _ in range(200):
            lock.acquire()
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            lock.release()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert most[0] == 1
    lock.acquire()  # Free again: nobody took it away with them.
    lock.release()


def test_reads_of_postgresql_run_in_autocommit() -> None:
    assert engine_options("postgresql+psycopg://x")["isolation_level"] == "AUTOCOMMIT"


def test_nobody_writes_before_a_transaction_was_opened() -> None:
    assert not is_writing()
