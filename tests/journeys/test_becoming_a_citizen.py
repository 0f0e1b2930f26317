"""From a stranger's first visit to a logged-in citizen, without JavaScript: guide A and B."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal import clock
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.journeys import desk, joining, outbox
from tests.people import AGENCY, SERVICE
from tests.web.conftest import MONDAY

REASON = "Nama Ibu belum sesuai dengan yang tercatat di KK."


def decide(registrar: CheckedClient, code: str, action: str, **fields: str) -> None:
    """The registrar finds a registration in the list, opens it and decides."""
    registrar.get("/petugas/pendaftaran")
    assert registrar.page is not None
    registrar.get(registrar.page.link(code))
    assert desk.act(registrar, code, action, **fields).status_code == 200
    run_pending_jobs()


@pytest.fixture
def activation(registered: str, registrar: CheckedClient) -> str:
    """The path of the activation link that an approved stranger was sent."""
    decide(registrar, registered, "approve")
    return outbox.path_in(outbox.messages("aktivasi", to=joining.PHONE)[0])


@pytest.mark.req("SIN-02", "SIN-05", "SIN-08", "SIN-28")
def test_a_stranger_finds_services_hours_and_requirements(visitor: CheckedClient) -> None:
    home = visitor.get("/")
    assert "Akta Kelahiran" in home.text
    visitor.get(visitor.page.link(f"/instansi/{AGENCY}"))
    words = visitor.page.words()
    assert "hari dan jam kerja" in words.lower()
    assert "07.30" in words
    assert "Daftar / Login Pemohon" in words
    login = visitor.page.link(f"/masuk/{AGENCY}")
    visitor.get(visitor.page.link("/informasi"))
    assert "Kamis" in visitor.page.words()
    visitor.get(login)
    assert visitor.page.has_form("login")
    visitor.get(f"/persyaratan/{AGENCY}")
    visitor.get(visitor.page.link(f"/layanan/{AGENCY}/{SERVICE}"))
    words = visitor.page.words()
    assert "Surat Keterangan Kelahiran" in words
    assert "tekan Kirim Pengajuan" in words


@pytest.mark.req("SIN-13", "SIN-14", "SIN-18")
def test_a_stranger_mends_the_form_proves_the_phone_and_is_registered(visitor: CheckedClient) -> None:
    refused = joining.fill(visitor, nik="123", email="bukan")
    assert refused.status_code == 422
    kept = visitor.page.form("register").values
    for name in ("name", "kk", "mother_name", "address-village"):
        assert kept[name] == joining.FORM[name], name
    assert kept["phone"] == "0812-3456-7811"
    assert joining.PASSWORD not in refused.text
    answer = joining.sum_answer(visitor, "register")
    visitor.submit({**joining.FORM, "captcha_answer": answer}, form="register")
    assert visitor.submit({"code": "000000"}, form="/kode").status_code in (200, 422)
    proof = joining.prove_phone(visitor)
    assert "Pendaftaran berhasil" in proof.text
    assert joining.newest_registration() in proof.text


def test_a_second_registration_of_the_same_number_is_answered_as_always(
    visitor: CheckedClient, registered: str
) -> None:
    other = visitor.application.test_client()
    joining.fill(other, phone="081234567822", email="lain@example.com")
    again = joining.prove_phone(other, "+6281234567822")
    assert again.status_code == 200
    assert "Pendaftaran berhasil" in again.text
    assert joining.newest_registration() != registered


def test_before_approval_a_person_sees_the_state_only_and_corrects_the_phone(
    visitor: CheckedClient, registered: str
) -> None:
    page = joining.log_in(visitor)
    assert page.request.path == f"/akun/pendaftaran/{registered}"
    assert "Menunggu Verifikasi" in page.text
    for closed in (f"/layanan/{AGENCY}/{SERVICE}/baru",):
        token = visitor.page.form("/keluar").values["csrf_token"]
        answer = visitor.post(closed, data={"csrf_token": token})
        assert answer.headers["Location"] == f"/daftar/{AGENCY}"
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        visitor.get(f"/akun/pendaftaran/{registered}")
        visitor.get(visitor.page.link("nomor-hp"))
        visitor.submit({"phone": "081234567899"}, form="/nomor-hp")
        saved = joining.prove_phone(visitor, "+6281234567899")
    assert saved.request.path == f"/akun/pendaftaran/{registered}"
    assert "899" in saved.text


@pytest.mark.req("SIN-41", "SIN-42", "SIN-43", "SIN-86")
def test_who_is_refused_sees_why_registers_again_and_is_approved(
    visitor: CheckedClient, registered: str, registrar: CheckedClient
) -> None:
    decide(registrar, registered, "refuse", reason=REASON)
    told = outbox.messages("pendaftaran-ditolak", to=joining.PHONE)[0]
    assert REASON not in told, "a reason is read behind the login only"
    page = joining.log_in(visitor)
    for words in ("NIK", "DEWI LESTARI", "Tidak Disetujui", REASON):
        assert words in page.text
    assert "/permohonan" not in visitor.page.links()
    visitor.get(visitor.page.link("perbaiki"))
    assert visitor.page.form("register").values["nik"] == joining.NIK
    changes = {"mother_name": "Siti Mariam", "captcha_answer": joining.sum_answer(visitor, "register")}
    secrets = {"password": joining.PASSWORD, "password_again": joining.PASSWORD, "consent": "yes"}
    again = visitor.submit({**changes, **secrets}, form="register")
    assert "Menunggu Verifikasi" in again.text
    decide(registrar, registered, "approve")
    link = outbox.path_in(outbox.messages("aktivasi", to=joining.PHONE)[0])
    other = visitor.application.test_client()
    assert "Login" in joining.activate(other, link, "Siti Mariam").text


@pytest.mark.req("SIN-19", "SIN-21", "SIN-22", "SIN-23")
def test_previewers_burn_nothing_a_wrong_mother_is_refused_and_the_link_works_once(
    visitor: CheckedClient, activation: str
) -> None:
    previewer = visitor.application.test_client()
    for agent in ("WhatsApp/2.24", "TelegramBot", "Mozilla (scanner)"):
        assert previewer.get(activation, headers={"User-Agent": agent}).status_code == 200
    assert previewer.head(activation).status_code == 200
    person = visitor.application.test_client()
    assert "simpan dulu nomor" in person.get(activation).text
    wrong = joining.activate(person, activation, "Bukan Ibunya")
    assert wrong.status_code == 422
    assert "tidak sesuai" in wrong.text
    done = joining.activate(person, activation)
    assert done.request.path == f"/masuk/{AGENCY}"
    assert "aktif" in done.text
    assert person.get(activation).status_code == 410
    assert outbox.messages("aktivasi", channel="email"), "the link goes by e-mail as well"


@pytest.mark.req("SIN-16", "SIN-24", "SIN-25")
def test_an_activated_person_logs_in_with_number_password_and_sum(visitor: CheckedClient, activation: str) -> None:
    person = visitor.application.test_client()
    joining.activate(person, activation)
    person.get(f"/masuk/{AGENCY}")
    given = {"login_name": joining.NIK, "password": joining.PASSWORD, "captcha_answer": "999"}
    assert person.submit(given, form="login").status_code == 422
    assert joining.log_in(person, password="salah sekali").status_code == 422
    home = joining.log_in(person)
    assert home.request.path == f"/instansi/{AGENCY}"
    assert "Selamat datang DEWI LESTARI" in home.text
    assert "Pengajuan" in home.text


def test_every_message_of_a_registration_is_delivered(activation: str) -> None:
    assert outbox.states() == {"sent"}
