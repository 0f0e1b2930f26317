"""The page of what the tests prove is what the tests of this run say."""

from __future__ import annotations

import pytest

from tests.requirements_report import REPORT, is_whole, report


def test_the_page_of_requirements_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if not is_whole(request.session):
        pytest.skip("only a part of the tests was collected")
    assert REPORT.read_text(encoding="utf-8") == report(request.session.items), "run: make requirements"


class _Marked:
    """A test as far as the page asks."""

    def __init__(self, name: str, *requirements: str) -> None:
        self.name, self.originalname = f"{name}[sqlite]", name
        self.path = REPORT.parent.parent / "tests" / "web" / "test_x.py"
        self.requirements = requirements

    def iter_markers(self, _name: str) -> list[pytest.Mark]:
        return [pytest.mark.req(*self.requirements).mark] if self.requirements else []


def test_requirements_go_by_number_and_a_test_stands_once() -> None:
    items = [
        _Marked("test_it_works", "SIN-10", "SIN-9"),
        _Marked("test_it_works", "SIN-10"),
        _Marked("test_unmarked"),
        _Marked("test_another", "SIN-10"),
    ]
    rows = report(items).splitlines()[-2:]
    assert rows == [
        "| SIN-9 | `tests/web/test_x.py`: it works |",
        "| SIN-10 | `tests/web/test_x.py`: another<br>`tests/web/test_x.py`: it works |",
    ]
