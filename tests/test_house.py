"""The rules of the house, made executable: what grep can hold, no review has to."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from portal import AGENCIES
from portal.engine.load import load_catalogue
from portal.extensions import Base, db
from portal.jobs import JOBS, PERIODIC
from portal.queue import JobName
from tests.access import ACCESS, READS_THAT_ARE_LOGGED

ROOT = Path(__file__).parent.parent
PORTAL = ROOT / "portal"
SOURCES = sorted(PORTAL.rglob("*.py"))
LINES_TO_SPLIT = 350  # Think at 300; here the house insists.


def test_access_table_equals_the_url_map(demo_app: Flask) -> None:
    rules = {
        rule.endpoint: getattr(demo_app.view_functions[rule.endpoint], "access_rule", "no rule")
        for rule in demo_app.url_map.iter_rules()
    }
    assert rules == ACCESS


def test_officer_endpoints_and_only_they_lie_under_petugas(demo_app: Flask) -> None:
    for rule in demo_app.url_map.iter_rules():
        access = ACCESS[rule.endpoint]
        if access == "officer":
            assert rule.rule.startswith("/petugas"), rule
        if access == "citizen":
            assert not rule.rule.startswith("/petugas"), rule


def test_a_get_opens_no_transaction_unless_it_logs_a_reading(demo_app: Flask) -> None:
    writing = set()
    for rule in demo_app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            continue
        view = inspect.unwrap(demo_app.view_functions[rule.endpoint])
        if "transaction()" in inspect.getsource(view):
            writing.add(rule.endpoint)
    assert writing <= READS_THAT_ARE_LOGGED


def test_every_job_resolves_to_a_function() -> None:
    assert set(JOBS) == set(JobName)
    for name in JOBS:
        module, function = JOBS[name].split(":")
        assert callable(getattr(import_module(module), function)), name
    assert {name for name, _ in PERIODIC} <= set(JobName)


def test_only_the_transaction_commits() -> None:
    assert _files_with(r"\.commit\(\)") <= {PORTAL / "transaction.py"}


def test_only_the_clock_knows_now() -> None:
    assert _files_with(r"datetime\.(now|utcnow)\(|date\.today\(|time\.time\(\)") <= {PORTAL / "clock.py"}


def test_only_the_settings_read_the_environment() -> None:
    allowed = {PORTAL / "config.py"}
    found = {path for path in _files_with(r"os\.environ|os\.getenv|getenv\(") if path not in allowed}
    assert {path for path in found if "runtime" not in path.parts} == set()


def test_no_agency_and_no_service_is_named_in_python_or_templates() -> None:
    catalogue = load_catalogue(AGENCIES)
    codes = set(catalogue.agencies)
    names = set()
    for agency in catalogue.agencies.values():
        names |= {agency.application_name}
    for services in catalogue.services.values():
        codes |= {code for code, service in services.items() if service.kind == "service"}
    words = re.compile(r"\b(" + "|".join(sorted(map(re.escape, codes | names))) + r")\b")
    kept = [*SOURCES, *(PORTAL / "templates").rglob("*.html")]
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in kept
        if "agencies" not in path.parts
        and path.parent.name != "documents"
        and path.name not in {"demo.py", "refusals.py"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line) and not line.lstrip().startswith(("#", '"""'))
    }
    assert found == set()


def test_blueprints_touch_no_models_and_no_session() -> None:
    found = {
        path
        for path in (PORTAL / "blueprints").rglob("*.py")
        if re.search(r"portal\.models|portal\.extensions import .*\bdb\b|sqlalchemy", path.read_text())
    }
    assert found == set()


def test_the_engine_is_pure() -> None:
    banned = {"flask", "sqlalchemy", "rq", "redis"}
    for path in (PORTAL / "engine").rglob("*.py"):
        assert not banned & set(_imports(path)), path


def test_no_template_carries_style_or_script_inside() -> None:
    for path in (PORTAL / "templates").rglob("*.html"):
        if "documents" in path.parts:
            continue  # Papers are printed, not served.
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", text), path


def test_posting_forms_carry_a_token() -> None:
    for path in (PORTAL / "templates").rglob("*.html"):
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL):
            assert "csrf_token" in form, path


def test_nothing_names_a_registry_or_keeps_an_address_of_one() -> None:
    words = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|--index-url|--find-links", re.IGNORECASE)
    for name in ("requirements", "package-lock.json", "package.json", "pyproject.toml", "Makefile"):
        path = ROOT / name
        files = path.rglob("*") if path.is_dir() else [path]
        for file in files:
            assert not words.search(file.read_text(encoding="utf-8")), file


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_lives_in_it_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "a module docstring is missing"
    if "migrations" not in path.parts:
        assert len(text.splitlines()) <= LINES_TO_SPLIT


def test_there_is_one_migration_head_and_no_drift(app: Flask) -> None:
    heads = ScriptDirectory(str(PORTAL / "migrations")).get_heads()
    assert len(heads) == 1
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def _files_with(pattern: str) -> set[Path]:
    words = re.compile(pattern)
    return {path for path in SOURCES if words.search(_code(path))}


def _code(path: Path) -> str:
    return "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
