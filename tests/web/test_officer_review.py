"""One case at the desk: read, taken, noted, returned, decided once, and never by the wrong person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Enrolment, Event, EventText, Reading, RevisionNote, SupportingDocument
from portal.operations.answers import save_answers
from portal.operations.notes_answering import answer_notes_about
from portal.operations.perform import Payload, perform
from portal.queries.answers import answer_versions
from portal.queries.catalogue import declared_for
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.desk_cases import ANSWERS, send, send_case
from tests.people import application
from tests.web.test_officer_list import counted_queries


def path(code: str, rest: str = "") -> str:
    return f"/petugas/permohonan/{code}{rest}"


def act(client: CheckedClient, code: str, action: str, **fields: str):  # type: ignore[no-untyped-def]
    """Do an action as a browser does: from the case's page, over the question's page if there is one."""
    client.get(path(code))
    assert client.page is not None
    if not client.page.has_form(f"/tindakan/{action}"):
        client.get(path(code, f"/tindakan/{action}"))
    return client.submit(fields, form=f"/tindakan/{action}")


@pytest.fixture
def sent(siti) -> str:  # type: ignore[no-untyped-def]
    """The code of an application that waits to be taken."""
    return send_case(siti.account_id)


@pytest.fixture
def taken(verifier: CheckedClient, sent: str) -> str:
    """The code of an application that the verifier holds."""
    act(verifier, sent, "take")
    return sent


def test_a_case_shows_data_and_documents_side_by_side(verifier, sent: str) -> None:
    verifier.get(path(sent))
    words = verifier.page.words()
    for word in ("DEWI LESTARI", "Perempuan", "Kartu Keluarga", "AGUS SALIM", "01-11-2026"):
        assert word in words, word
    assert "9901014508900001" in words  # The verifier has to compare it with the documents.


def test_a_case_costs_at_most_six_queries(verifier, taken: str) -> None:
    verifier.get(path(taken))
    with counted_queries() as queries:
        verifier.get(path(taken))
    assert len(queries) <= 6, queries


def test_numbers_are_masked_until_asked_for_by_who_only_looks(
    officer: Callable[[str], CheckedClient], sent: str
) -> None:
    signer = officer("signer")
    assert "9901014508900001" not in signer.get(path(sent)).text
    assert "9901014508900001" in signer.get(path(sent, "?nomor=tampil")).text
    assert [row.what for row in db.session.query(Reading).order_by(Reading.id)] == ["detail", "number"]


@pytest.mark.req("XCT-15")
def test_opening_a_case_and_a_document_is_logged_and_shown_to_supervisors(
    verifier, officer: Callable[[str], CheckedClient], sent: str
) -> None:
    verifier.get(path(sent))
    file = next(h for h in verifier.page.links() if h.startswith("/petugas/berkas/"))
    picture = verifier.get(file)
    assert picture.mimetype == "image/jpeg"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert verifier.get(f"{file}/kecil").mimetype == "image/jpeg"
    rows = db.session.query(Reading).order_by(Reading.id).all()
    assert [row.what for row in rows] == ["detail", "document"]
    verifier.get(path(sent, "/riwayat"))
    assert "Siapa yang membaca" not in verifier.page.words()
    supervisor = officer("supervisor")
    supervisor.get(path(sent, "/riwayat"))
    assert "Siapa yang membaca" in supervisor.page.words()
    assert "Vera Verifikator" in supervisor.page.words()


def test_a_file_of_a_case_out_of_reach_does_not_exist(officer: Callable[[str], CheckedClient], sent: str) -> None:
    code = db.session.scalar(select(SupportingDocument.code))
    for role in ("registrar", "admin"):
        assert officer(role).get(f"/petugas/berkas/{code}").status_code == 404
        assert officer(role).get(f"/petugas/berkas/{code}/kecil").status_code == 404


@pytest.mark.req("SIN-84")
def test_a_case_is_taken_returned_with_notes_and_approved_after_mending(
    verifier, officer: Callable[[str], CheckedClient], sent: str
) -> None:
    act(verifier, sent, "take")
    assert application(sent).state == "checking"
    verifier.get(path(sent, "?catat=document:kartu-keluarga"))
    note = {"text": "Halaman dua belum ada.", "ready": "foto-buram"}
    verifier.submit(note, form="/catatan")
    verifier.get(path(sent))
    assert "Halaman dua belum ada." in verifier.page.words()
    act(verifier, sent, "return")
    assert application(sent).state == "revision"
    kept = db.session.query(RevisionNote).one()
    assert (kept.target, kept.round) == ("document:kartu-keluarga", 1)
    assert kept.returned_at is not None
    assert kept.answered_at is None
    _mend(sent, baby_name="DEWI LESTARI PUTRI")
    act(verifier, sent, "take")
    verifier.get(path(sent))
    assert "Sebelumnya: DEWI LESTARI" in verifier.page.words()
    act(verifier, sent, "approve")
    assert application(sent).state == "signing"
    assert application(sent).claimed_by is None


def _mend(code: str, **changes: str) -> None:
    found = application(code)
    with transaction():
        declared, seen = declared_for(found), answer_versions(found.id)["detail"]
        save_answers(found, declared, "detail", ANSWERS["detail"] | changes, seen=seen)
        answer_notes_about(found, ["document:kartu-keluarga"])
        send(found)


def test_a_case_without_a_note_is_not_returned(verifier, taken: str) -> None:
    response = act(verifier, taken, "return")
    assert response.status_code == 422
    assert "Tulis paling sedikit satu catatan" in response.text
    assert application(taken).state == "checking"


def test_a_drafted_note_can_be_removed_and_removing_twice_harms_nothing(verifier, taken: str) -> None:
    verifier.get(path(taken, "?catat=field:baby_name"))
    verifier.submit({"text": "Nama belum sama."}, form="/catatan")
    verifier.get(path(taken))
    remove = next(f for f in (verifier.page.form("/hapus"),))
    verifier.submit(form="/hapus")
    assert db.session.query(RevisionNote).count() == 0
    again = verifier.post(remove.action, data={"csrf_token": remove.values["csrf_token"]})
    assert again.status_code == 303


def test_an_empty_note_is_refused_with_a_sentence(verifier, taken: str) -> None:
    verifier.get(path(taken))
    response = verifier.submit({"text": " "}, form="/catatan")
    assert response.status_code == 422
    assert "Tulis apa yang harus diperbaiki." in response.text


def test_the_server_demands_a_reason(verifier, taken: str) -> None:
    response = act(verifier, taken, "refuse", reason="  ")
    assert response.status_code == 422
    assert "Tulis alasannya" in response.text
    assert application(taken).state == "checking"


@pytest.mark.req("SIN-84")
def test_a_refusal_joins_ready_made_and_own_words(verifier, taken: str) -> None:
    act(verifier, taken, "refuse", ready="nama-ibu", reason="Cek halaman dua.")
    assert application(taken).state == "refused"
    text = db.session.scalar(select(EventText.text).order_by(EventText.event_id.desc()))
    assert text.startswith("Nama Ibu belum sesuai")
    assert text.endswith("Cek halaman dua.")


def test_who_does_not_hold_a_case_cannot_decide_it(officer: Callable[[str], CheckedClient], taken: str) -> None:
    other = officer("second-verifier")
    other.get(path(taken))
    assert "Vera Verifikator memegang" in other.page.words()
    assert not other.page.has_form("/tindakan/")
    version = str(application(taken).version)
    response = _post(other, taken, "approve", version)
    assert response.status_code == 409
    assert application(taken).state == "checking"


def _post(client: CheckedClient, code: str, action: str, version: str, **fields: str):  # type: ignore[no-untyped-def]
    """Post without the page's form, as a stale tab or a curious person would."""
    client.get(path(code))
    token = client.page.form("keluar").values["csrf_token"]
    data = {"csrf_token": token, "version": version, **fields}
    return client.post(path(code, f"/tindakan/{action}"), data=data)


@pytest.mark.req("XCT-05")
def test_the_second_taker_is_told_who_was_faster(verifier, officer: Callable[[str], CheckedClient], sent: str) -> None:
    slow = officer("second-verifier")
    slow.get(path(sent))
    act(verifier, sent, "take")
    response = slow.submit(form="/tindakan/take")
    assert response.status_code == 409
    assert "Vera Verifikator" in response.text
    assert "23-11-2026" in response.text
    assert db.session.query(Event).filter_by(action="take").count() == 1


@pytest.mark.req("XCT-05")
def test_a_note_that_was_typed_too_late_is_shown_again(verifier, taken: str) -> None:
    verifier.get(path(taken, "/tindakan/refuse"))
    found = application(taken)
    with transaction():
        perform(found, "withdraw", Actor("applicant", found.account_id), Payload(seen=found.version))
    response = verifier.submit({"reason": "Sudah panjang saya tulis."}, form="/tindakan/refuse")
    assert response.status_code == 409
    assert "Sudah panjang saya tulis." in response.text
    assert "Ditarik" in response.text


@pytest.mark.req("XCT-04")
def test_an_officer_cannot_decide_a_withdrawn_application(verifier, taken: str) -> None:
    found = application(taken)
    with transaction():
        perform(found, "withdraw", Actor("applicant", found.account_id), Payload(seen=found.version))
    for action in ("approve", "refuse", "return", "take"):
        version = str(application(taken).version)
        response = _post(verifier, taken, action, version, reason="Karena sudah ditarik")
        assert response.status_code == 409, action
    assert application(taken).state == "withdrawn"


def test_pressing_twice_is_pressing_once(verifier, sent: str) -> None:
    verifier.get(path(sent))
    form = verifier.page.form("/tindakan/take")
    answers = [verifier.post(form.action, data=form.values).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert db.session.query(Event).filter_by(action="take").count() == 1


@pytest.mark.parametrize("action", ["withdraw", "send", "close", "expire", "sign", "nothing", "reopen"])
def test_acts_of_others_do_not_exist_at_the_desk(
    officer: Callable[[str], CheckedClient], sent: str, action: str
) -> None:
    client = officer("supervisor")
    assert client.get(path(sent, f"/tindakan/{action}")).status_code == 404
    assert _post(client, sent, action, str(application(sent).version)).status_code == 404


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("verifier", {"put_back", "approve", "return", "refuse"}),
        ("signer", set()),
        ("supervisor", {"reassign"}),
    ],
)
def test_each_role_sees_only_its_own_buttons(
    officer: Callable[[str], CheckedClient], verifier, taken: str, role: str, expected: set[str]
) -> None:
    client = verifier if role == "verifier" else officer(role)
    client.get(path(taken))
    links = client.page.links()
    shown = {
        action
        for action in declared_for(application(taken)).workflow.actions
        if client.page.has_form(f"/tindakan/{action}") or any(link.endswith(f"/tindakan/{action}") for link in links)
    }
    assert shown == expected


def test_an_officer_may_not_touch_the_familys_case(verifier, siti, sent: str) -> None:
    with transaction():
        # Vera is enrolled as a citizen of the same family card.
        vera_id = db.session.scalar(select(Account.id).where(Account.name == "Vera Verifikator"))
        vera = db.session.query(Enrolment).filter_by(account_id=siti.account_id).one()
        db.session.add(
            Enrolment(
                account_id=vera_id,
                agency=vera.agency,
                application_id=vera.application_id,
                nik_digest="other",
                kk_digest=vera.kk_digest,
                profile={},
                enrolled_at=vera.enrolled_at,
            )
        )
    verifier.get(path(sent))
    assert "keluarga" in verifier.page.words()
    assert not verifier.page.has_form("/tindakan/")
    response = _post(verifier, sent, "take", str(application(sent).version))
    assert response.status_code == 403
    assert "Mintalah petugas lain" in response.text
    assert application(sent).state == "sent"


@pytest.mark.req("SIN-75")
def test_a_message_is_said_once_with_name_and_time(verifier, sent: str) -> None:
    verifier.get(path(sent, "/percakapan"))
    form = verifier.page.form("/percakapan")
    data = form.values | {"text": "Tolong foto ulang KK."}
    assert [verifier.post(form.action, data=data).status_code for _ in range(2)] == [303, 303]
    verifier.get(path(sent, "/percakapan"))
    words = verifier.page.words()
    assert words.count("Tolong foto ulang KK.") == 1
    assert "Vera Verifikator" in words
    assert "23 Nov 2026" in words
    poll = verifier.get(path(sent, "/percakapan"), headers={"HX-Request": "true", "HX-Target": "talk"})
    assert poll.text.lstrip().startswith('<ol class="talk" id="talk"')


def test_an_empty_message_is_refused(verifier, sent: str) -> None:
    verifier.get(path(sent, "/percakapan"))
    assert verifier.submit({"text": "  "}, form="/percakapan").status_code == 422


def test_a_chat_message_is_no_conflict_for_a_decision(verifier, taken: str) -> None:
    verifier.get(path(taken, "/tindakan/approve"))
    form = verifier.page.form("/tindakan/approve")
    verifier.get(path(taken, "/percakapan"))
    verifier.submit({"text": "Sebentar."}, form="/percakapan")
    assert verifier.post(form.action, data=form.values).status_code == 303
    assert application(taken).state == "signing"


def test_the_history_names_acts_actors_and_messages(verifier, taken: str) -> None:
    verifier.get(path(taken, "/riwayat"))
    words = verifier.page.words()
    for word in ("Periksa", "Vera Verifikator", "Kirim Pengajuan", "whatsapp"):
        assert word in words, word


def test_another_case_of_the_same_child_is_pointed_at(verifier, siti, sent: str) -> None:
    second = send_case(siti.account_id)
    verifier.get(path(second))
    assert sent in verifier.page.words()
