"""What a paper says: the declared lines of an output, filled in with the answers it certifies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.documents.contexts import CertificateContext, Letterhead, ProofContext, Row, Section
from portal.engine.calendars import long_day
from portal.engine.declare import Agency, FieldDeclaration, Output
from portal.engine.fields import field_type
from portal.engine.journey import Journey
from portal.engine.placeholders import fill, names_in
from portal.extensions import db
from portal.models import Account, Application, Duty, IssuedDocument, Submission
from portal.operations.outbox import address, due_words
from portal.queries.catalogue import Declared, declared_for
from portal.queries.journeys import journey_of

if TYPE_CHECKING:
    from collections.abc import Mapping

BSRE = (
    "Dokumen ini ditandatangani secara elektronik dengan sertifikat elektronik yang diterbitkan"
    " Balai Sertifikasi Elektronik (BSrE)."
)


def certificate_words(document: IssuedDocument, application: Application, *, signer_name: str) -> CertificateContext:
    """The words of an issued document: only what the paper certifies, nothing else of the requester."""
    declared = declared_for(application)
    output = declared.service.output(document.key)
    assert output is not None, f"portal check proves that {document.key} is declared"
    config = current_app.extensions["config"]
    agency = declared.agency
    role = agency.roles[output.signer].label if output.signer else agency.short_name
    return CertificateContext(
        letterhead=letterhead(agency),
        title=document.title,
        number=document.number,
        sections=(Section(_lines(output, journey_of(application, declared))),),
        issued_at=agency.address.split(",")[0] or agency.short_name,
        issued_on=long_day(document.wanted_at.astimezone(ZoneInfo(agency.zone)).date()),
        signatory_role=role,
        signatory_name=signer_name,
        is_signed=output.signed,
        signature_statement=BSRE if output.signed and config.esign_url else "",
        verification_url=address(f"/verifikasi/{document.verification_code}"),
        short_code=document.verification_code,
        is_demo=config.demo,
    )


def proof_words(application: Application, submission: Submission) -> ProofContext:
    """The words of the proof that a submission was received; personal numbers are masked."""
    declared = declared_for(application)
    service, agency = declared.service, declared.agency
    sent_state = next((s for s in declared.workflow.states.values() if s.clock == "running"), None)
    waits = sent_state.waits if sent_state else ""
    return ProofContext(
        letterhead=letterhead(agency),
        service=service.title,
        code=application.code,
        sent_at=due_words(submission.sent_at, agency.zone),
        sections=_sent_sections(declared, application, submission.content),
        documents=_sent_documents(declared, submission.content),
        handled_by=agency.roles[waits].label if waits in agency.roles else agency.short_name,
        due_on=long_day(submission.due_on) if submission.due_on else "",
        next_steps=service.process[2:] or service.process or ("Tunggu kabar lewat WhatsApp atau email.",),
        help_number=_help(agency),
        follow_url=address(f"/permohonan/{application.code}"),
        is_demo=current_app.extensions["config"].demo,
    )


def letterhead(agency: Agency) -> Letterhead:
    """The head of every paper of an agency."""
    return Letterhead(
        government=agency.settings.get("government", ""),
        agency=agency.name,
        address=agency.address,
        contact=_help(agency),
    )


def find_signer_name(agency: str, role: str, *, office: str = "") -> str | None:
    """The officer whose name a paper bears before anybody signed: the longest-serving one in that role."""
    today = clock.today("Asia/Jakarta")
    return db.session.scalar(
        select(Account.name)
        .join(Duty, Duty.account_id == Account.id)
        .where(
            Duty.agency == agency,
            Duty.role == role,
            Duty.office.in_(("", office)),
            Duty.starts_on <= today,
            (Duty.ends_on.is_(None)) | (Duty.ends_on >= today),
            Account.blocked_at.is_(None),
        )
        .order_by(Duty.id)
        .limit(1)
    )


def _help(agency: Agency) -> str:
    digits = "0" + agency.call_centre.removeprefix("+62")
    return f"WA {digits[:4]}-{digits[4:8]}-{digits[8:]}"


def _lines(output: Output, journey: Journey) -> tuple[Row, ...]:
    """A line whose answers were not asked or not given is left out."""
    shown = {
        field.key: field_type(field.type).formal(field, journey.values[field.key], journey.context)
        for field in journey.service.fields
        if field.key in journey.values
    }
    rows = []
    for line in output.lines:
        names = names_in(line.value)
        if names and not any(shown.get(name) for name in names):
            continue
        values = {name: shown.get(name, "") for name in names}
        rows.append(Row(line.label, fill(line.value, values), line.english))
    return tuple(rows)


def _shown(
    fields: tuple[FieldDeclaration, ...],
    values: Mapping[str, str],
    journey: Journey,
    *,
    masked: bool,
) -> dict[str, str]:
    return {
        field.key: field_type(field.type).display(field, values[field.key], masked and field.personal, journey.context)
        for field in fields
        if values.get(field.key)
    }


def _sent_sections(
    declared: Declared, application: Application, content: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> tuple[Section, ...]:
    journey = journey_of(application, declared)
    sections = []
    for step in declared.service.steps:
        fields: tuple[FieldDeclaration, ...] = getattr(step, "fields", ())
        given = content["answers"].get(step.key, {})
        shown = _shown(fields, given, journey, masked=True)
        rows = tuple(Row(f.label, shown[f.key]) for f in fields if shown.get(f.key))
        if rows:
            sections.append(Section(rows, heading=step.title))
    return tuple(sections)


def _sent_documents(declared: Declared, content: Mapping[str, object]) -> tuple[str, ...]:
    labels = {item.key: item.label for item in declared.service.documents}
    documents: list[Mapping[str, str]] = content["documents"]  # type: ignore[assignment]
    return tuple(dict.fromkeys(labels.get(d["key"], d["key"]) for d in documents))
