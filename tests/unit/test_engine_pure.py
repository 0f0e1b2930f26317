"""The engine stays pure: declarations and today go in, decisions come out."""

import ast
import sys
from pathlib import Path

import pytest

import portal.engine

FOLDER = Path(portal.engine.__file__).parent
MAY_IMPORT = {"portal.engine", "portal.errors", "portal.types", "pydantic", "yaml", "lokal"}
CLOCKS = {"now", "utcnow", "today", "time_ns", "monotonic"}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_engine_imports_no_framework_and_asks_no_clock(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            root = name.split(".")[0]
            assert root in sys.stdlib_module_names or any(name.startswith(allowed) for allowed in MAY_IMPORT), name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCKS
