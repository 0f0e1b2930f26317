"""`transaction()` on both databases: the one place that commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from portal.extensions import db
from portal.models import Counter
from portal.transaction import change, is_writing, transaction


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def _values() -> dict[str, int]:
    db.session.remove()
    return {row.key: row.value for row in db.session.execute(select(Counter.key, Counter.value))}


def test_what_a_block_wrote_is_there_for_others_when_it_ends() -> None:
    with transaction() as session:
        session.add(Counter(key="a", value=1))
        assert is_writing()
    assert not is_writing()
    assert _values() == {"a": 1}


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_nothing(failure: type[BaseException]) -> None:
    def fail() -> None:
        with transaction() as session:
            session.add(Counter(key="a", value=1))
            session.flush()
            raise failure

    with pytest.raises(failure):
        fail()
    assert _values() == {}
    with transaction() as session:  # The turn was given back.
        session.add(Counter(key="b", value=2))
    assert _values() == {"b": 2}


def test_a_block_in_a_block_is_refused_and_the_outer_one_rolls_back() -> None:
    def nest() -> None:
        with transaction() as session:
            session.add(Counter(key="a", value=1))
            session.flush()
            with transaction():
                pytest.fail("an inner block was opened")

    with pytest.raises(RuntimeError, match="open already"):
        nest()
    assert not is_writing()
    assert _values() == {}


@pytest.mark.parametrize(
    "statement",
    [
        insert(Counter).values(key="a", value=1),
        update(Counter).values(value=2),
        delete(Counter),
    ],
    ids=["insert", "update", "delete"],
)
def test_a_statement_that_writes_outside_of_a_block_is_refused(statement) -> None:
    with pytest.raises(RuntimeError, match=r"outside of transaction\(\)"):
        db.session.execute(statement)
    assert _values() == {}


def test_a_changed_row_outside_of_a_block_is_refused_when_it_would_be_written() -> None:
    with transaction() as session:
        session.add(Counter(key="a", value=1))
    row = db.session.get(Counter, "a")
    assert row is not None
    row.value = 2
    with pytest.raises(RuntimeError, match=r"outside of transaction\(\)"):
        db.session.flush()
    assert _values() == {"a": 1}


def test_a_new_row_outside_of_a_block_is_refused() -> None:
    db.session.add(Counter(key="a", value=1))
    with pytest.raises(RuntimeError, match=r"outside of transaction\(\)"):
        db.session.flush()
    assert _values() == {}


def test_what_was_read_before_the_block_is_read_again_inside(app: Flask) -> None:
    with transaction() as session:
        session.add(Counter(key="a", value=1))
    row = db.session.get(Counter, "a")
    assert row is not None

    def somebody_else() -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Counter).values(value=7))

    other = threading.Thread(target=somebody_else)
    other.start()
    other.join()
    with transaction():
        assert row.value == 7


def test_a_read_outside_of_a_block_sees_what_others_have_committed_since(app: Flask) -> None:
    with transaction() as session:
        session.add(Counter(key="a", value=1))
    assert db.session.scalar(select(Counter.value)) == 1

    def somebody_else() -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Counter).values(value=7))

    other = threading.Thread(target=somebody_else)
    other.start()
    other.join()
    assert db.session.scalar(select(Counter.value)) == 7


def test_rows_stay_readable_after_the_block_for_the_answer() -> None:
    with transaction() as session:
        row = Counter(key="a", value=1)
        session.add(row)
    assert (row.key, row.value) == ("a", 1)


def test_a_block_reads_what_is_committed_and_nothing_less() -> None:
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
        else:
            assert session.connection().connection.driver_connection.in_transaction


def test_a_change_tells_how_many_rows_it_changed() -> None:
    with transaction() as session:
        session.add_all([Counter(key="a", value=1), Counter(key="b", value=1)])
    with transaction():
        assert change(update(Counter).where(Counter.value == 1).values(value=2)) == 2
        assert change(update(Counter).where(Counter.value == 1).values(value=3)) == 0
        assert change(delete(Counter).where(Counter.key == "a")) == 1
    assert _values() == {"b": 2}


def test_a_change_outside_of_a_block_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"outside of transaction\(\)"):
        change(delete(Counter))
