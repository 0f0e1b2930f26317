"""The signer's desk: papers are looked at, chosen, and signed with one passphrase."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from portal.extensions import db
from portal.models import IssuedDocument, LoginName, Reading
from portal.operations.signing import issue_demo_signer
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.desk_cases import change, send_case
from tests.people import application
from tests.web.test_officer_list import counted_queries
from tests.web.test_officer_review import act, path

DESK = "/petugas/tanda-tangan"
PASSPHRASE = "rahasia penanda tangan"


@pytest.fixture
def approve(verifier: CheckedClient, siti) -> Callable[[str], str]:  # type: ignore[no-untyped-def]
    """`approve("NAME")`: the code of an application whose paper was made and waits."""

    def approved(name: str) -> str:
        code = send_case(siti.account_id, baby_name=name)
        act(verifier, code, "take")
        act(verifier, code, "approve")
        run_pending_jobs()
        return code

    return approved


@pytest.fixture
def certified(site) -> None:  # type: ignore[no-untyped-def]
    """The signer has a certificate of the demo's authority."""
    vault = site.extensions["vault"]
    digest = vault.digest("username", "sapto")
    account_id = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
    issue_demo_signer(account_id, PASSPHRASE, organisation="Disdukcapil")


def paper_of(code: str) -> IssuedDocument:
    found = application(code)
    paper = db.session.scalar(
        select(IssuedDocument).where(IssuedDocument.application_id == found.id).order_by(IssuedDocument.id.desc())
    )
    assert paper is not None
    return paper


@pytest.mark.req("SIN-85")
def test_an_approved_paper_waits_for_the_signer_and_can_be_looked_at(signer, approve) -> None:
    code = approve("DEWI")
    signer.get(DESK)
    assert "DEWI" in signer.page.words()
    look = signer.page.link("/petugas/dokumen/")
    pdf = signer.get(look)
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    kept = db.session.scalars(select(Reading.what).order_by(Reading.id.desc())).first()
    assert kept == "paper"
    signer.get(path(code))


@pytest.mark.req("SIN-85")
def test_many_papers_are_signed_with_one_passphrase_and_published(signer, approve, certified) -> None:
    codes = [approve("DEWI"), approve("RATIH")]
    chosen = [paper_of(code).verification_code for code in codes]
    signer.get(DESK)
    response = signer.submit({"paper": chosen, "passphrase": PASSPHRASE}, form="tanda-tangan")
    assert response.request.path == f"{DESK}/hasil"
    assert "2 dokumen ditandatangani" in signer.page.words()
    assert PASSPHRASE not in response.text
    for code in codes:
        assert application(code).state == "issued"
        assert paper_of(code).state == "signed"
    signer.get(DESK)
    assert "Tidak ada dokumen yang menunggu Anda" in signer.page.words()


def test_pressing_sign_twice_signs_once(signer, approve, certified) -> None:
    code = approve("DEWI")
    signer.get(DESK)
    form = signer.page.form("tanda-tangan")
    data = form.values | {"paper": paper_of(code).verification_code, "passphrase": PASSPHRASE}
    for _ in range(2):
        assert signer.post(DESK, data=data).status_code == 303
    assert application(code).state == "issued"
    assert db.session.query(IssuedDocument).count() == 1


def test_a_wrong_passphrase_signs_nothing_and_says_so(signer, approve, certified) -> None:
    code = approve("DEWI")
    signer.get(DESK)
    chosen = paper_of(code).verification_code
    signer.submit({"paper": chosen, "passphrase": "bukan ini"}, form="tanda-tangan")
    assert "Passphrase salah" in signer.page.words()
    assert application(code).state == "signing"
    assert paper_of(code).state == "made"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"passphrase": "x"}, "Pilih paling sedikit satu dokumen."),
        ({"paper": "first"}, "Ketik passphrase Anda."),
    ],
)
def test_what_is_missing_is_said(signer, approve, fields: dict[str, str], told: str) -> None:
    approve("DEWI")
    signer.get(DESK)
    response = signer.submit(fields, form="tanda-tangan")
    assert response.status_code == 422
    assert told in response.text


@pytest.mark.parametrize("role", ["verifier", "registrar", "supervisor", "admin"])
def test_the_desk_does_not_exist_for_who_does_not_sign(
    officer: Callable[[str], CheckedClient], approve, role: str
) -> None:
    code = approve("DEWI")
    client = officer(role)
    assert client.get(DESK).status_code == 404
    client.get("/petugas/")
    token = client.page.form("keluar").values["csrf_token"]
    data = {"csrf_token": token, "paper": paper_of(code).verification_code, "passphrase": PASSPHRASE}
    assert client.post(DESK, data=data).status_code == 404
    assert paper_of(code).state == "made"


def test_a_paper_of_another_office_is_not_shown(signer, approve) -> None:
    code = approve("DEWI")
    change(code, agency="kesehatan")
    signer.get(DESK)
    assert "DEWI" not in signer.page.words()
    assert signer.get(f"/petugas/dokumen/{paper_of(code).verification_code}").status_code == 404


def test_the_list_to_sign_costs_at_most_four_queries(signer, approve) -> None:
    approve("DEWI")
    signer.get(DESK)
    with counted_queries() as queries:
        signer.get(DESK)
    assert len(queries) <= 4


@pytest.mark.req("SIN-79")
def test_the_verifier_opens_a_download_again(verifier, signer, approve, certified) -> None:
    code = approve("DEWI")
    signer.get(DESK)
    chosen = paper_of(code).verification_code
    signer.submit({"paper": chosen, "passphrase": PASSPHRASE}, form="tanda-tangan")
    with transaction() as session:
        # The one download was taken, as if the file was then lost.
        session.execute(update(IssuedDocument).values(grants_taken=IssuedDocument.grants_allowed))
    before = paper_of(code).grants_allowed
    response = act(verifier, code, "reopen", reason="Unduhan terputus di tengah jalan.")
    assert response.status_code == 200
    assert paper_of(code).grants_allowed == before + 1
    assert application(code).state == "issued"


def test_a_signer_sends_a_paper_back_and_the_verifier_takes_one_back(verifier, signer, approve) -> None:
    first, second = approve("DEWI"), approve("RATIH")
    act(signer, first, "send_back", reason="Nama belum benar.")
    assert application(first).state == "sent"
    assert paper_of(first).state == "dropped"
    act(verifier, second, "recheck", reason="Perlu dilihat lagi.")
    assert application(second).state == "checking"
    assert paper_of(second).state == "dropped"
    assert application(second).claimed_by is not None


@pytest.mark.parametrize(
    ("action", "state", "paper"), [("revoke", "revoked", "revoked"), ("replace", "sent", "replaced")]
)
def test_a_signed_paper_is_revoked_or_replaced(signer, approve, certified, action: str, state: str, paper: str) -> None:
    code = approve("DEWI")
    chosen = paper_of(code).verification_code
    signer.get(DESK)
    signer.submit({"paper": chosen, "passphrase": PASSPHRASE}, form="tanda-tangan")
    act(signer, code, action, reason="Nama ibu salah ketik.")
    assert application(code).state == state
    assert paper_of(code).state == paper
