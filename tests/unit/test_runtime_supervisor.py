"""The supervisor: order of starting, start again after a death, and an end without leftovers."""

import os
import signal

import pytest

from tests.unit.runtime_steps import is_alive, started, until


def notes(folder, name):
    """Process ids of the starts of one program, and of their children."""
    files = list(folder.glob(f"{name}.*"))
    return [int(file.suffix[1:]) for file in files], [int(file.read_text() or 0) for file in files]


def all_processes(folder):
    return [process for name in ("first", "second") for group in notes(folder, name) for process in group]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_every_program_and_its_children(tmp_path, number):
    with started("two_programs", tmp_path) as supervisor:
        until((tmp_path / "ready").exists)
        processes = all_processes(tmp_path)
        supervisor.send_signal(number)
        assert supervisor.wait(10) == 0
    assert len(processes) == 4
    assert not any(map(is_alive, processes))


def test_programs_end_even_when_the_supervisor_is_killed(tmp_path):
    with started("two_programs", tmp_path) as supervisor:
        until((tmp_path / "ready").exists)
        (first, second), children = (
            [notes(tmp_path, name)[0][0] for name in ("first", "second")],
            all_processes(tmp_path),
        )
        supervisor.kill()
        until(lambda: not is_alive(first) and not is_alive(second))
    for process in children:
        # `sleep` was not told to die with its parent; the programs that we really run are.
        if is_alive(process):
            os.kill(process, signal.SIGKILL)


def test_a_program_that_dies_starts_again_and_leaves_no_child(tmp_path):
    with started("two_programs", tmp_path):
        until((tmp_path / "ready").exists)
        (before,), (child,) = notes(tmp_path, "second")
        os.kill(before, signal.SIGKILL)
        until(lambda: len(notes(tmp_path, "second")[0]) == 2)
        until(lambda: not is_alive(child))
        assert len(notes(tmp_path, "first")[0]) == 1


def test_a_program_that_is_never_ready_stops_the_start_and_is_named(tmp_path):
    with started("one_that_fails", tmp_path) as supervisor:
        supervisor.wait(10)
    assert "The broken ended before it was ready" in (tmp_path / "failed").read_text()
    assert not any(map(is_alive, notes(tmp_path, "first")[0]))
