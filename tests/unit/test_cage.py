"""A child in a cage has little memory and little time, and prints between no two answers."""

import sys
from pathlib import Path

import pytest

from portal import cage
from portal.cage import Broken, Cage, Shut

CHILD = """
import time

from portal.cage import answer_questions

def answer(question):
    print("a library speaks")
    if question.words["ask"] == "memory":
        bytearray(10**9)
    began = time.process_time()
    while question.words["ask"] == "time" or (question.words["ask"] == "work" and time.process_time() - began < 0.7):
        pass
    return {"heard": question.words["ask"]}, [part[::-1] for part in question.parts]

answer_questions(answer)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch):
    """A program of the test's own, found as ours are."""
    (tmp_path / "caged_for_a_test.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "caged_for_a_test"


def test_words_and_bytes_go_there_and_back(module):
    with Cage(module) as child:
        for _ in range(2):
            assert child.ask({"ask": "x"}, b"abc", b"", b"\n{}" * 100_000) == (
                {"heard": "x"},
                [b"cba", b"", b"}{\n" * 100_000],
            )


@pytest.mark.parametrize(("ask", "limits"), [("memory", {"memory": 512 * 1024 * 1024}), ("time", {"processor": 1})])
def test_what_takes_too_much_ends_without_an_answer(module, ask, limits):
    with Cage(module, **limits) as child:
        with pytest.raises(Broken):
            child.ask({"ask": ask})
        assert child.ask({"ask": "x"}).words == {"heard": "x"}


def test_the_processor_time_is_counted_for_each_question(module):
    """The kernel counts a whole life; a long batch must not end for that."""
    with Cage(module, processor=1) as child:
        assert [child.ask({"ask": "work"}).words["heard"] for _ in range(4)] == ["work"] * 4


def test_after_the_last_break_nothing_is_started(module, monkeypatch):
    with Cage("portal.no_such_program") as child:
        for _ in range(cage.MOST_BREAKS):
            with pytest.raises(Broken):
                child.ask({})
        monkeypatch.setattr(sys, "executable", "/never/started")
        with pytest.raises(Shut):
            child.ask({})
