"""Registrations at the quarantine agency in a state, and its officers, for tests of the officers' side."""

from __future__ import annotations

import io
import secrets
from datetime import date, timedelta
from functools import cache
from itertools import count

from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.documents.uploads import AcceptedUpload, inspect_upload
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, LoginName, Token, YearCount
from portal.operations import counts
from portal.operations.files import keep_file, store_blobs
from portal.operations.officers import create_officer
from portal.operations.perform import Payload, perform
from portal.operations.registrations import CONSENT_KEY, Filled, begin_registration, send_registration
from portal.operations.supporting_documents import Sheet, attach_document
from portal.queries.catalogue import declared_for
from portal.queries.facts import RESUME
from portal.queries.registrations import get_registration_form
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.fixtures_files import paper
from tests.people import PASSWORD, log_in_officer_account

AGENCY = "karantina"
HEAD, JATENG, TEGAL, JATIM = "1000", "3300", "3304", "3500"
NUMBERS = count()  # so that no two companies share one
PAPERS = {"perorangan": ("dok-ktp",), "induk": ("dok-ktp", "dok-npwp"), "cabang": ("dok-ktp", "dok-npwp", "dok-nitku")}


def officer_of(
    site: Flask, role: str, office: str = "", agency: str = AGENCY, *, second: bool = False
) -> CheckedClient:
    """The browser of an officer with that one duty; the same officer when asked again. second: another one."""
    username = f"{agency}.{role}.{office or 'semua'}{'.dua' if second else ''}"
    digest = site.extensions["vault"].digest("username", username)
    account_id = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
    if account_id is None:
        with transaction():
            account_id = create_officer(username.title(), username, PASSWORD, [(agency, office, role)])
    return log_in_officer_account(site.test_client(), account_id)


def apply_for(
    office: str = JATENG,
    name: str = "PT Maju",
    *,
    kind: str = "induk",
    email: str = "",
    importing: str = "",
    with_papers: bool = False,
) -> str:
    """A registration that was sent to an office; returns its code. importing: its Status Import, "" for none."""
    form = get_registration_form(AGENCY)
    consent = form.agency.consents["pendaftaran"].version
    email = email or f"{secrets.token_hex(4)}@example.com"
    steps = _answers(office, name, kind, email, importing)
    kept = [store_blobs(_upload()) for _ in PAPERS[kind]] if with_papers else []
    with transaction():
        application = begin_registration(form, Filled({**steps, "kirim": {CONSENT_KEY: consent}}, "", consent))
        _prove_mailbox(application, email)
        for n, key in enumerate(PAPERS[kind]):
            _give(application, key, kept[n] if kept else None)
        send_registration(application)
        assert application.state == "sent", application.state
        return application.code


def _answers(office: str, name: str, kind: str, email: str, importing: str) -> dict[str, dict[str, str]]:
    who = (
        {"identity": "ktp", "nik": "9901014508900021"}
        if kind == "perorangan"
        else {"npwp": f"0123456782{next(NUMBERS) % 1000:03d}000"}
    )
    if kind == "cabang":
        who["nitku"] = "000001"
    business = {"activities": "import" if importing else "export", "frequency": "12", "commodities": "ikan"}
    if kind != "perorangan":
        business["company_type"] = "ppjk"
    return {
        "pra-pendaftaran": {"kind": kind, "name": name, "email": email},
        "pemohon": {"upt": office, **who, "phone": "+622112345678", "fax": "+622187654321"},
        "alamat": {"country": "Indonesia", "region": "33.26", "street": "Jalan Kapal 3"},
        "penandatangan": {"signer_name": "BUDI SANTOSO", "signer_position": "Direktur"},
        "kontak-person": {"contact_name": "SITI AMINAH", "contact_phone": "+6281234567821"},
        "kegiatan": {
            **business,
            **({"import_status": importing} if importing else {}),
            "facilities": "Gudang dingin di Tegal",
        },
    }


def _prove_mailbox(application: Application, email: str) -> None:
    now = clock.now()
    token = Token(kind=RESUME, digest=secrets.token_hex(32), application_id=application.id)
    token.value, token.used_at, token.created_at = email, now, now
    token.expires_at = now + timedelta(days=1)
    db.session.add(token)
    db.session.flush()


@cache
def _upload() -> AcceptedUpload:
    return inspect_upload(io.BytesIO(paper()), "dokumen.pdf", allowed=("pdf",), max_bytes=2_000_000)


def _give(application: Application, key: str, blobs: object | None) -> None:
    """A paper; without its content where no test opens it."""
    from tests.cases import give_document

    if blobs is None:
        give_document(application, "dokumen", key)
        return
    file = keep_file(blobs, account_id=application.account_id)
    declared = declared_for(application)
    attach_document(application, declared, file, Sheet(date(2026, 1, 5), 1), step="dokumen", key=key)


def act(code: str, *actions: str, reason: str = "Dokumen palsu semua.") -> None:
    """Acts of officers with every role, through the one door."""
    for action in actions:
        db.session.remove()
        officer = db.session.scalar(select(Account.id).where(Account.name == "Vera Verifikator"))
        with transaction():
            application = db.session.scalars(select(Application).where(Application.code == code)).one()
            actor = Actor("officer", officer, frozenset({"verifier", "central"}))
            perform(application, action, actor, Payload(seen=application.version, reason=reason))


def move_below(code: str, office: str) -> None:
    """Put a registration into an office that no form offers, its counters too."""
    with transaction():
        application = db.session.scalars(select(Application).where(Application.code == code)).one()
        counts.leave(application)
        for row in db.session.scalars(select(YearCount).where(YearCount.office == application.office)):
            row.total -= 1
            db.session.add(
                YearCount(agency=AGENCY, service=row.service, year=row.year, office=office, state=row.state, total=1)
            )
        application.office = office
        db.session.flush()
        counts.enter(application)


def state_of(code: str) -> str:
    """The state of a registration, freshly read."""
    db.session.remove()
    return db.session.scalars(select(Application.state).where(Application.code == code)).one()
