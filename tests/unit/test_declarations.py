"""What the shipped agencies declare, held against the guides."""

import pytest

from portal.engine.messages import MESSAGE_VALUES, render_message
from tests.unit.engine_examples import shipped_catalogue

CATALOGUE = shipped_catalogue()
AKTA = CATALOGUE.service("dukcapil", "akta-kelahiran")
REGISTRATION = CATALOGUE.registration("dukcapil")
TTE = CATALOGUE.workflow("dukcapil", "terbit-tte")
VALUES = {name: f"<{name}>" for name in MESSAGE_VALUES}
LEADS_NOWHERE = ("data-dihapus",)  # nothing is left to be looked at
MESSAGES = [
    pytest.param(message, id=f"{agency}-{key}")
    for agency, messages in CATALOGUE.messages.items()
    for key, message in messages.items()
]


def test_registration_asks_what_the_guide_shows():
    labels = [field.label for field in REGISTRATION.fields]
    assert [label for label in labels if label not in ("Wilayah", "Berapa hasil perhitungan ini?")] == [
        "NIK",
        "Nama Lengkap",
        "Nomor KK",
        "Tempat Lahir",
        "Tanggal Lahir",
        "Nama Ibu Kandung",
        "Nomor HP (WhatsApp)",
        "Email",
        "Kata Kunci",
        "Ulangi Kata Kunci",
    ]
    assert {field.type for field in REGISTRATION.fields} >= {"region", "captcha", "password"}
    assert all(field.required for field in REGISTRATION.fields)
    assert REGISTRATION.field("born_on").help == "DD-MM-YYYY"


def test_registration_is_verified_by_an_officer_and_activated_with_the_mothers_name():
    declared = REGISTRATION.registration
    assert (declared.proof, declared.challenge, declared.login) == (
        "officer-then-activation",
        "mother_name",
        "nik",
    )
    assert declared.fixed_on_retry == ("nik",)


def test_birth_certificate_asks_first_what_the_guide_shows():
    labels = [field.label for field in AKTA.step("detail").fields]
    assert labels[:5] == ["NIK Bayi/Anak", "Nama Bayi/Anak", "Nomor KK", "Nomor HP", "Email"]
    assert "Detail Pemohonan" in labels
    assert not AKTA.field("baby_nik").required


@pytest.mark.req("SIN-31")
def test_own_data_are_locked_in_personal_mode():
    locked = {field.key: field.locked for field in AKTA.fields if field.locked}
    assert locked == {
        "kk": {"personal": "kk"},
        "phone": {"personal": "phone"},
        "email": {"personal": "email"},
        "address": {"personal": "region"},
    }


@pytest.mark.req("SIN-55")
def test_birth_certificate_requires_the_papers_of_the_guide():
    flags = {document.label: document.required for document in AKTA.documents if not document.proves_consent}
    assert flags == {
        "Kartu Keluarga": True,
        "KTP Elektronik": False,
        "Surat Keterangan Kelahiran": True,
        "Buku Nikah/Kutipan Akta Perkawinan": True,
        "SPTJM Kebenaran Data Kelahiran": False,
        "SPTJM Kebenaran sebagai Pasangan Suami Istri": False,
        "Formulir": True,
    }
    assert AKTA.step("data-dukung").types == ("jpg", "jpeg", "png", "jfif")


@pytest.mark.req("SIN-66")
def test_kind_of_paper_is_automatic_unless_chosen():
    paper = AKTA.step("kirim").fields[0]
    assert (paper.label, paper.default, paper.options[0].label) == (
        "Pilihan Dokumen Jadi",
        "auto",
        "Otomatis",
    )


@pytest.mark.req("SIN-88")
@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("draft", "Draft"),
        ("sent", "Pengajuan Dikirim"),
        ("checking", "Diproses"),
        ("revision", "Perlu Perbaikan"),
        ("signing", "Menunggu Tanda Tangan"),
        ("issued", "Sudah Terbit TTE"),
        ("lapsed", "Kedaluwarsa"),
        ("refused", "Ditolak"),
        ("withdrawn", "Ditarik"),
    ],
)
def test_status_reads_as_the_citizen_knows_it(key, label):
    assert TTE.states[key].citizen == label


@pytest.mark.req("SIN-88")
def test_transitions_are_these_and_no_others():
    moves = {(state, key, action.by, action.to) for key, action in TTE.actions.items() for state in action.from_}
    assert moves == {
        ("draft", "send", "applicant", "sent"),
        ("revision", "send", "applicant", "sent"),
        ("sent", "withdraw", "applicant", "withdrawn"),
        ("checking", "withdraw", "applicant", "withdrawn"),
        ("revision", "withdraw", "applicant", "withdrawn"),
        ("sent", "take", "verifier", "checking"),
        ("checking", "put_back", "verifier", "sent"),
        ("checking", "reassign", "supervisor", "sent"),
        ("checking", "hand_back", "system", "sent"),
        ("checking", "approve", "verifier", "signing"),
        ("checking", "return", "verifier", "revision"),
        ("checking", "refuse", "verifier", "refused"),
        ("revision", "close", "system", "withdrawn"),
        ("refused", "resubmit", "applicant", "draft"),
        ("withdrawn", "resubmit", "applicant", "draft"),
        ("refused", "object", "applicant", "objection"),
        ("objection", "uphold", "supervisor", "refused"),
        ("objection", "grant", "supervisor", "sent"),
        ("signing", "sign", "signer", "issued"),
        ("signing", "recheck", "verifier", "checking"),
        ("signing", "send_back", "signer", "sent"),
        ("issued", "expire", "system", "lapsed"),
        ("issued", "reopen", "verifier", "issued"),
        ("lapsed", "reopen", "verifier", "issued"),
        ("issued", "report", "applicant", "reported"),
        ("reported", "keep", "signer", "issued"),
        ("issued", "replace", "signer", "sent"),
        ("lapsed", "replace", "signer", "sent"),
        ("reported", "replace", "signer", "sent"),
        ("issued", "revoke", "signer", "revoked"),
        ("lapsed", "revoke", "signer", "revoked"),
        ("reported", "revoke", "signer", "revoked"),
    }


def test_document_is_downloaded_once_within_a_week():
    delivery = AKTA.output("akta").delivery
    assert (delivery.downloads, delivery.for_.days) == (1, 7)


@pytest.mark.parametrize("message", MESSAGES)
def test_message_is_short_filled_and_leads_somewhere(message):
    texts = render_message(message, VALUES)
    assert "{" not in texts.whatsapp + texts.subject + texts.email
    assert len(message.whatsapp) <= 200
    assert message.key in LEADS_NOWHERE or any(n in message.whatsapp for n in ("{link}", "{help}", "{otp}"))


@pytest.mark.parametrize("message", MESSAGES)
def test_message_tells_no_reason_and_no_number_of_a_person(message):
    words = f"{message.whatsapp} {message.subject} {message.email}".casefold()
    assert not any(secret in words for secret in ("nik", "karena data", "nama ibu", "nomor kk"))
