"""What lies on the disk is for the owner of the process alone, whatever the machine allows by default."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main


@pytest.fixture
def _careless_machine() -> Iterator[None]:
    """As most machines are: others may read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_careless_machine")
def test_nobody_else_on_the_machine_may_read_the_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "instance"
    monkeypatch.setenv("LOKET_DEMO", "1")
    monkeypatch.setenv("INSTANCE_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    result = CliRunner().invoke(main, ["migrate"])
    assert result.exit_code == 0, result.output
    made = [folder, *folder.rglob("*")]
    assert (folder / "loket.db") in made
    open_to_others = [path.name for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []
