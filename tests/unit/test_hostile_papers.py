"""Files that are made to explode when somebody verifies them: judged in a cage, told as not intact."""

from __future__ import annotations

import resource
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509

from portal import cage
from portal.documents import caged
from portal.documents.caged import CageBusy, judge_in_cage
from portal.documents.verification import examine
from portal.integrations.authority import DemoAuthority, ensure_demo_authority
from portal.integrations.signer import Secret
from portal.pades.judge import judge_signature
from tests import fixtures_files as files
from tests.signatures import twin_of

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
PASSPHRASE = "Rahasia-Penandatangan-77"


@pytest.fixture
def authority(tmp_path: Path) -> DemoAuthority:
    """The demo's authority with one signer."""
    found = ensure_demo_authority(tmp_path / "keys", NOW)
    found.issue_signer("3326010101700001", name="Agus Contoh", passphrase=PASSPHRASE, now=NOW)
    return found


def bomb(authority: DemoAuthority, megabytes: int) -> bytes:
    """A small file that names our authority, and whose table of contents unfolds into so many megabytes."""
    root = asn1_x509.Certificate.load(pem.unarmor(authority.root_pem)[2])
    packer = zlib.compressobj(9)
    table = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(megabytes)) + packer.flush()
    head = b"%PDF-1.7\n%" + root.subject.dump().hex().encode() + b"\n"
    words = b"<</Type/XRef/W[1 4 2]/Size 100000000/Root 2 0 R/Length %d/Filter/FlateDecode>>" % len(table)
    stream = b"1 0 obj\n" + words + b"stream\n" + table + b"\nendstream\nendobj\n"
    return head + stream + b"startxref\n%d\n%%%%EOF" % len(head)


def test_a_file_that_explodes_in_the_parser_costs_seconds_and_no_memory_of_ours(authority: DemoAuthority) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    verdict = examine(bomb(authority, 300), set(), our_certificates=[authority.root_pem], judge=judge_in_cage)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert verdict.state == "tampered"
    assert after.ru_utime - before.ru_utime < 2
    assert time.monotonic() - began < cage.PATIENCE + 5
    assert (after.ru_maxrss - before.ru_maxrss) < 50 * 1024


def test_an_honest_paper_is_judged_in_the_cage_as_outside_of_it(authority: DemoAuthority) -> None:
    signed = twin_of(authority).sign(
        files.paper(1), "3326010101700001", Secret(PASSPHRASE), reason="Penerbitan dokumen", location="Kajen"
    )
    for pdf in (signed, signed + b"\nx"):
        outside = examine(pdf, set(), our_certificates=[authority.root_pem], judge=judge_signature)
        assert examine(pdf, set(), our_certificates=[authority.root_pem], judge=judge_in_cage) == outside
    assert examine(signed, set(), our_certificates=[authority.root_pem], judge=judge_in_cage).reason == "unregistered"


def test_one_strangers_file_at_a_time(authority: DemoAuthority) -> None:
    with caged._one_at_a_time, pytest.raises(CageBusy):
        judge_in_cage(b"%PDF-", [])


def test_what_does_not_bear_our_name_is_not_parsed_at_all() -> None:
    def never(*_: object) -> None:
        raise AssertionError

    assert examine(b"%PDF-1.7 junk", set(), judge=never).reason == "foreign"  # type: ignore[arg-type]
