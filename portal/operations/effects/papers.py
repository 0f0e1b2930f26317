"""Effects that make, hand out, take back and replace the papers of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.operations import papers

if TYPE_CHECKING:
    from portal.engine.declare import Output
    from portal.operations.perform import Performed


def issue(performed: Performed, key: str) -> None:
    """Want a paper: its number is taken now, a job makes it."""
    papers.want_paper(performed.application, performed.declared, key, at=performed.at)


def deliver(performed: Performed, key: str) -> None:
    """Hand the paper out: so many downloads, for so long (SIN-77, SIN-78)."""
    papers.hand_out(performed.application.id, _output(performed, key), at=performed.at)


def discard(performed: Performed, key: str) -> None:
    """Drop what was made and never handed out."""
    papers.drop_unsigned(performed.application.id, key)


def close_download(performed: Performed, key: str) -> None:
    """Nothing can be downloaded any longer (SIN-78)."""
    papers.close_downloads(performed.application.id, key, at=performed.at)


def reopen_download(performed: Performed, key: str) -> None:
    """One more download for the declared time (SIN-79)."""
    papers.allow_one_more(performed.application.id, _output(performed, key), at=performed.at)


def replace(performed: Performed, key: str) -> None:
    """The paper no longer counts, because a new one is to be made."""
    papers.end_validity(performed.application.id, key, "replaced", at=performed.at)


def revoke(performed: Performed, key: str) -> None:
    """The paper no longer counts."""
    papers.end_validity(performed.application.id, key, "revoked", at=performed.at)


def _output(performed: Performed, key: str) -> Output:
    found = performed.declared.service.output(key)
    assert found is not None, f"portal check proves that {key} is declared"
    return found


EFFECTS = {
    effect.__name__: effect for effect in (issue, deliver, discard, close_download, reopen_download, replace, revoke)
}
