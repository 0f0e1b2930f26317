"""Every page that a citizen can meet, with a case in each state behind it: for budgets and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from portal import clock
from portal.engine.workflow import Actor
from portal.models import Account, RevisionNote
from portal.operations.chat import write_message
from portal.operations.perform import Payload, perform
from portal.queries.catalogue import catalogue
from portal.transaction import transaction
from tests.cases import fill, paper_to_download, put_into, send, start
from tests.people import AGENCY, SERVICE

TALK = "Mohon diperiksa lagi, foto Kartu Keluarga sudah saya ganti dengan yang lebih jelas."
STRANGERS = (
    "/",
    f"/instansi/{AGENCY}",
    f"/persyaratan/{AGENCY}",
    f"/layanan/{AGENCY}/{SERVICE}",
    f"/informasi?instansi={AGENCY}",
    f"/panduan?instansi={AGENCY}",
    "/panduan/unggah",
    "/verifikasi",
    f"/daftar/{AGENCY}",
    f"/daftar/{AGENCY}/status",
    f"/masuk/{AGENCY}",
    f"/masuk/{AGENCY}/lupa",
    f"/masuk/{AGENCY}/lupa/terkirim",
    "/tidak-ada",
)


@dataclass(frozen=True)
class Cases:
    """Codes of one person's applications by the state that they are in, and a paper's verification code."""

    draft: str
    checking: str
    revision: str
    issued: str
    refused: str
    paper: str


def make_cases(account_id: int) -> Cases:
    """One application in each state that looks different to its applicant."""
    with transaction() as session:
        officer = Account(name="Vera Verifikator", created_at=clock.now())
        session.add(officer)
        session.flush()
        draft = fill(start(AGENCY, SERVICE, account_id))
        checking, revision, issued, refused = (send(fill(start(AGENCY, SERVICE, account_id))) for _ in range(4))
        actor = Actor("officer", officer.id, frozenset({"verifier"}))
        for application in (checking, revision, refused):
            perform(application, "take", actor)
        for line in range(8):
            who = actor if line % 2 else Actor("applicant", account_id)
            write_message(checking, who, name="Vera Verifikator", text=TALK, once_key=f"{line}")
        for target in ("field:baby_name", "document:kartu-keluarga"):
            session.add(
                RevisionNote(
                    application_id=revision.id,
                    round=revision.round,
                    target=target,
                    text="Foto dokumen kurang jelas. Foto lagi di tempat terang.",
                    author_id=officer.id,
                    written_at=clock.now(),
                )
            )
        session.flush()
        perform(revision, "return", actor)
        perform(refused, "refuse", actor, Payload(reason="Data tidak sesuai dengan dokumen."))
        put_into(issued, "issued")
        paper = paper_to_download(issued)
    return Cases(
        draft.code,
        checking.code,
        revision.code,
        issued.code,
        refused.code,
        paper.verification_code,
    )


def pages_of(cases: Cases) -> list[str]:
    """The addresses that only the person of the cases may open, every step included."""
    every = (cases.draft, cases.checking, cases.revision, cases.issued, cases.refused)
    service = catalogue().service(AGENCY, SERVICE)
    assert service is not None
    return [
        "/permohonan",
        "/akun",
        "/akun/perangkat",
        "/akun/masuk-luar",
        "/akun/kata-kunci",
        "/akun/nomor-hp",
        "/akun/email",
        "/akun/foto",
        "/akun/mode",
        *(f"/permohonan/{code}" for code in every),
        *(f"/permohonan/{cases.draft}/langkah/{step.key}" for step in service.steps),
        *(f"/permohonan/{cases.draft}/data-dukung/{item.key}" for item in service.documents),
        f"/permohonan/{cases.draft}/data-dukung/kartu-keluarga?pilihan=baru",
        f"/permohonan/{cases.draft}/data-dukung/kartu-keluarga?pilihan=lama",
        f"/permohonan/{cases.draft}/hapus",
        f"/permohonan/{cases.checking}/bukti",
        f"/permohonan/{cases.checking}/tindakan/withdraw",
        f"/permohonan/{cases.revision}/catatan/1",
        f"/permohonan/{cases.revision}/catatan/2",
        f"/permohonan/{cases.refused}/tindakan/object",
        f"/permohonan/{cases.issued}/dokumen/{cases.paper}",
        f"/verifikasi/{cases.paper}",
    ]


def partials_of(cases: Cases) -> list[str]:
    """What htmx asks for again and again: the steps, the talk and the progress."""
    service = catalogue().service(AGENCY, SERVICE)
    assert service is not None
    return [
        *(f"/permohonan/{cases.draft}/langkah/{step.key}" for step in service.steps),
        f"/permohonan/{cases.checking}/obrolan",
        f"/permohonan/{cases.checking}/kemajuan",
        f"/permohonan/{cases.issued}/kemajuan",
    ]
