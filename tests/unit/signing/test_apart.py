"""The child that signs: asked through pipes alone, one for a batch, and no answer is taken for granted."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from portal import cage
from portal.integrations.demo_signer import DemoSigner
from portal.integrations.signer import OutcomeUnknown, Secret, SignerRefused, SignerUnavailable
from portal.pades import apart
from tests.signatures import NIK, NOW, PASSPHRASE, WORDS, status_of


@pytest.fixture
def twin(authority):
    """The twin as the portal makes it: with its child."""
    return DemoSigner(authority, now=lambda: NOW)


@pytest.fixture
def children(monkeypatch):
    """Every child that was started, in order."""
    started, start = [], cage.Cage._start

    def noting(self):
        child = start(self)
        started.append(child)
        return child

    monkeypatch.setattr(cage.Cage, "_start", noting)
    return started


def sign(twin, paper, passphrase=PASSPHRASE):
    return twin.sign(paper, NIK, Secret(passphrase), **WORDS)


def test_a_batch_is_signed_and_looked_at_by_one_child_that_ends_with_it(twin, authority, paper, children):
    with apart.one_child():
        papers = [sign(twin, paper) for _ in range(3)]
        assert [apart.is_whole(each) for each in papers] == [True] * 3
        assert children[0].poll() is None
    assert len(children) == 1
    assert children[0].poll() is not None
    assert all(status_of(each, authority).bottom_line for each in papers)


def test_a_wrong_passphrase_and_a_block_without_papers_start_no_child(twin, paper, children):
    with apart.one_child(), pytest.raises(SignerRefused, match="passphrase"):
        sign(twin, paper, "salah")
    assert children == []


def test_what_is_no_pdf_is_refused_and_the_child_goes_on(twin, paper, children):
    with apart.one_child():
        with pytest.raises(SignerRefused, match="not_pdf"):
            sign(twin, b"rusak")
        assert apart.is_whole(sign(twin, paper))
    assert len(children) == 1


def test_what_was_changed_is_not_whole_and_what_is_no_pdf_neither(signed):
    with apart.one_child():
        found = [apart.is_whole(pdf) for pdf in (signed, signed + b"x", signed[:-9], b"", b"%PDF-1.7")]
    assert found == [True, False, False, False, False]


def test_a_child_that_is_killed_leaves_the_outcome_unknown_and_the_next_paper_goes_through(twin, paper, children):
    with apart.one_child():
        sign(twin, paper)
        children[0].kill()
        with pytest.raises(OutcomeUnknown):
            sign(twin, paper)
        assert apart.is_whole(sign(twin, paper))
    assert len(children) == 2


def test_a_child_that_says_nothing_is_ended_when_patience_is_over(twin, paper, children, monkeypatch):
    with apart.one_child():
        sign(twin, paper)
        apart._shared.get()._patience = 0.2
        os.kill(children[0].pid, signal.SIGSTOP)
        with pytest.raises(OutcomeUnknown):
            sign(twin, paper)
    assert children[0].returncode == -signal.SIGKILL


def test_a_child_that_dies_again_and_again_is_asked_no_more(twin, paper, children, monkeypatch):
    monkeypatch.setattr(apart, "CHILD", "portal.no_such_program")
    with apart.one_child():
        for failure in (OutcomeUnknown, OutcomeUnknown, SignerUnavailable, SignerUnavailable):
            with pytest.raises(failure):
                sign(twin, paper)
    assert len(children) == cage.MOST_BREAKS


def test_neither_the_secret_nor_the_keys_of_the_house_are_seen_in_the_child(twin, paper, children, monkeypatch):
    monkeypatch.setenv("DATA_KEYS", "the-key-of-the-house")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:word@host/name")
    with apart.one_child():
        sign(twin, paper)
        place = Path(f"/proc/{children[0].pid}")
        seen = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        files = [str(each.readlink()) for each in (place / "fd").iterdir()]
    for private in (PASSPHRASE, "the-key-of-the-house", "user:word", NIK):
        assert private.encode() not in seen
    # Pipes to us, /dev/null, and no file in which something could be left.
    assert all(name.startswith(("pipe:", "/dev/null")) for name in files)


def test_what_is_asked_is_written_to_no_file_and_no_argument(twin, paper, monkeypatch):
    commands, popen = [], subprocess.Popen

    def noting(command, **options):
        commands.append((command, options))
        return popen(command, **options)

    monkeypatch.setattr(cage.subprocess, "Popen", noting)
    sign(twin, paper)
    ((command, options),) = commands
    assert command[1:] == ("-m", "portal.pades")
    assert options["stdin"] == subprocess.PIPE
    assert PASSPHRASE not in repr(options["env"])
