"""Somebody at an unlocked desk: what an open session of an officer does not give away."""

from __future__ import annotations

from collections.abc import Callable

from portal.operations import throttle
from tests.client import CheckedClient
from tests.people import application
from tests.web import test_signing_desk
from tests.web.test_signing_desk import DESK, PASSPHRASE, paper_of

approve = test_signing_desk.approve
certified = test_signing_desk.certified


def test_a_passphrase_is_not_guessed_at_an_unlocked_desk(
    signer: CheckedClient, approve: Callable[[str], str], certified: None
) -> None:
    throttle.forget_memory()
    paper = paper_of(approve("DEWI")).verification_code
    answers = []
    for guess in range(6):
        signer.get(DESK)
        sent = {"paper": paper, "passphrase": f"tebakan {guess}"}
        answers.append(signer.submit(sent, form="tanda-tangan", follow=False).status_code)
    assert answers == [303, 303, 303, 429, 429, 429]
    signer.get(DESK)
    signer.submit({"paper": paper, "passphrase": PASSPHRASE}, form="tanda-tangan")
    assert "Tunggu" in signer.page.words()
    throttle.forget_memory()


def test_signing_well_gives_the_tries_back(
    signer: CheckedClient, approve: Callable[[str], str], certified: None
) -> None:
    throttle.forget_memory()
    for name in ("DEWI", "RATIH", "SARI"):
        code = approve(name)
        for passphrase in ("salah", "salah lagi", PASSPHRASE):
            signer.get(DESK)
            sent = {"paper": paper_of(code).verification_code, "passphrase": passphrase}
            signer.submit(sent, form="tanda-tangan")
        assert application(code).state == "issued"
