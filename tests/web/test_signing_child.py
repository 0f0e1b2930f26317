"""The child that signs may die at any moment: the paper is then unsigned, says so, and is asked for again."""

import logging

import pytest

from portal.cage import Cage
from portal.jobs.papers import make_document
from portal.operations import signature
from portal.operations.signing import sign_documents
from tests.backstage import PASSPHRASE, approve, give_certificate, paper, send_birth, state_of


@pytest.fixture
def signer_id(site):
    site.extensions["signer"].client().failures.clear()
    return give_certificate()


@pytest.fixture
def two_made(siti, signer_id):
    """Two papers that wait for their signature."""
    made = []
    for _ in range(2):
        document = approve(send_birth(siti.account_id))
        make_document(document.id)
        made.append(paper(document.application_id))
    return made


@pytest.fixture
def children(monkeypatch):
    """Every child that was started, in order."""
    started, start = [], Cage._start

    def noting(self):
        started.append(start(self))
        return started[-1]

    monkeypatch.setattr(Cage, "_start", noting)
    return started


@pytest.fixture
def killed_at(monkeypatch, children):
    """`killed_at("certify", 2)`: the child is killed when it is asked this the second time."""
    ask, plan, asked = Cage.ask, [], []

    def asking(self, words, *parts):
        asked.append(words["ask"])
        if children and (words["ask"], asked.count(words["ask"])) in plan:
            children[-1].kill()
        return ask(self, words, *parts)

    monkeypatch.setattr(Cage, "ask", asking)
    return lambda *when: plan.append(when)


def test_a_batch_is_signed_by_one_child(two_made, signer_id, children):
    results = sign_documents([each.verification_code for each in two_made], signer_id, PASSPHRASE)
    assert [result.ok for result in results] == [True, True]
    assert len(children) == 1
    assert children[0].poll() is not None


def test_a_wrong_passphrase_starts_none(two_made, signer_id, children):
    results = sign_documents([each.verification_code for each in two_made], signer_id, "salah")
    assert [result.problem for result in results] == [signature.WORDS["passphrase"]] * 2
    assert children == []


@pytest.mark.parametrize("question", ["certify", "is_whole"])
def test_a_child_killed_in_the_middle_of_a_batch_leaves_one_unknown_that_is_signed_when_asked_again(
    two_made, signer_id, children, killed_at, question
):
    first, second = two_made
    killed_at(question, 2)
    results = sign_documents([first.verification_code, second.verification_code], signer_id, PASSPHRASE)
    assert [result.problem for result in results] == ["", signature.UNKNOWN]
    left = paper(second.application_id)
    assert (left.state, left.signing_token, left.problem) == ("made", None, signature.UNKNOWN)
    assert (state_of(first.application_id), state_of(second.application_id)) == ("issued", "signing")

    (again,) = sign_documents([second.verification_code], signer_id, PASSPHRASE)
    assert again.ok
    assert state_of(second.application_id) == "issued"


def test_the_rest_of_a_batch_goes_on_in_another_child(two_made, signer_id, children, killed_at):
    killed_at("is_whole", 1)
    results = sign_documents([each.verification_code for each in two_made], signer_id, PASSPHRASE)
    assert [result.problem for result in results] == [signature.UNKNOWN, ""]
    assert len(children) == 2


def test_the_passphrase_is_logged_nowhere_when_the_child_dies(two_made, signer_id, killed_at, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    killed_at("is_whole", 1)
    killed_at("certify", 2)
    sign_documents([each.verification_code for each in two_made], signer_id, PASSPHRASE)
    said = caplog.text + "".join(capfd.readouterr())
    assert "paper_signature_unreadable" in said
    assert PASSPHRASE not in said
