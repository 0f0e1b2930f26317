"""Which test proves which requirement, as a table: `make requirements` writes it, a test holds it up to date."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "docs" / "requirements.md"
HEAD = """\
# What the tests prove

Each row of the requirements beside the tests that prove it. `make requirements` writes this page from the marks
`@pytest.mark.req(...)`; nobody edits it by hand. A row that stands nowhere here is not proven yet.

| requirement | proven by |
|---|---|
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--requirements=docs/requirements.md`, best with `--collect-only`, which runs nothing."""
    parser.addoption("--requirements", metavar="FILE", help="write which test proves which requirement")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the page where it was asked for; a process of xdist leaves it to the others."""
    wanted = session.config.getoption("--requirements")
    if wanted and not hasattr(session.config, "workerinput"):
        page = Path(wanted)
        page.parent.mkdir(exist_ok=True)
        page.write_text(report(session.items), encoding="utf-8")


def report(items: Iterable[pytest.Item]) -> str:
    """The page: a line a requirement, in the order of their numbers."""
    proofs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for item in items:
        for mark in item.iter_markers("req"):
            for requirement in mark.args:
                proofs[requirement].add((file_of(item), sentence_of(item)))
    return HEAD + "".join(_line(key, proofs[key]) for key in sorted(proofs, key=_place))


def is_whole(session: pytest.Session) -> bool:
    """Whether every test of every file was collected, so that the page can be compared."""
    option = session.config.option
    is_narrowed = option.keyword or option.markexpr or option.lf or option.deselect
    names_one = any("::" in str(argument) for argument in session.config.args)
    every = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    return not is_narrowed and not names_one and every == {file_of(item) for item in session.items}


def file_of(item: pytest.Item) -> str:
    return str(item.path.relative_to(ROOT))


def sentence_of(item: pytest.Item) -> str:
    """The name of a test as the sentence that it is; one for all its parameters and databases."""
    name = getattr(item, "originalname", None) or item.name.partition("[")[0]
    return name.removeprefix("test_").replace("_", " ")


def _line(requirement: str, proofs: set[tuple[str, str]]) -> str:
    told = "<br>".join(f"`{file}`: {sentence}" for file, sentence in sorted(proofs))
    return f"| {requirement} | {told} |\n"


def _place(requirement: str) -> tuple[str, int, str]:
    """SIN-9 before SIN-10, whatever stands around the number."""
    found = re.match(r"([A-Za-z]+)-?(\d+)", requirement)
    return (found[1], int(found[2]), requirement) if found else (requirement, 0, requirement)
