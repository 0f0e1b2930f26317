"""Everything the portal holds of one person, in plain words: for the page, the JSON copy and the PDF copy (XCT-07)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal import clock
from portal.documents.contexts import Row, Section
from portal.engine.declare import FieldDeclaration, Service
from portal.engine.fields import FieldContext, field_type
from portal.engine.placeholders import names_in
from portal.models import Application
from portal.queries import privacy
from portal.queries.answers import answers_of
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.judging import field_context

ZONE = "Asia/Jakarta"
LONGEST = 400  # characters of one value in the PDF; the JSON holds all of it
MOST_LINES = 40  # of one section in the PDF
SECRET_PART = re.compile(r"(?<=/)[0-9A-Za-z_-]{20,}")  # of a link that was sent
CODE = re.compile(r"\b\d{6}\b")
CHANNELS = {"whatsapp": "WhatsApp", "email": "Email", "inbox": "Kabar di portal"}
Copy = Mapping[str, Any]


def gather_copy(account_id: int, agencies: Collection[str]) -> dict[str, Any]:
    """What these agencies hold, keyed in Indonesian as its owner reads it; moments in ISO 8601 with their zone."""
    account = privacy.get_person(account_id)
    return {
        "dibuat": _moment(clock.now()),
        "akun": {
            "nama": account.name,
            "nomor_hp": account.phone or "",
            "email": account.email or "",
            "dibuat": _moment(account.created_at),
        },
        "pendaftaran": [_enrolment(row) for row in privacy.list_enrolments(account_id, agencies)],
        "permohonan": [_application(one) for one in privacy.list_all_applications(account_id, agencies)],
        "persetujuan": [
            {
                "instansi": _agency(row.agency),
                "pernyataan": row.key,
                "versi": row.version,
                "waktu": _moment(row.given_at),
            }
            for row in privacy.list_consents(account_id, agencies)
        ],
        "pesan": [
            {
                "waktu": _moment(row.created_at),
                "lewat": CHANNELS[row.channel],
                "perihal": row.subject or "",
                "isi": _without_secrets(row),
            }
            for row in privacy.list_sent(account_id, agencies)
        ],
        "dibaca_oleh_petugas": [
            {"waktu": _moment(row.at), "instansi": _agency(row.agency), "kode": row.code, "yang_dibaca": row.what}
            for row in privacy.list_readings(account_id, agencies)
        ],
        "perangkat": [
            {"perangkat": row.device or "Tidak dikenal", "masuk": _moment(row.created_at)}
            for row in privacy.list_devices(account_id)
        ],
    }


def paper_of_copy(copy: Copy) -> bytes:
    """The PDF of a copy; what is too long for a paper is cut with a word about it, and stands whole in the JSON."""
    from portal.documents.pdf import render_document, render_pdf

    words = {"made_at": copy["dibuat"], "name": copy["akun"]["nama"], "sections": _sections(copy)}
    return render_pdf(render_document("data-saya.html", words))


def _without_secrets(row: Any) -> str:
    """A message without its codes and the secret part of its links.

    They prove who reads a mailbox or a telephone; whoever knows the password alone must not find them here.
    """
    message = catalogue().messages.get(row.agency, {}).get(row.template)
    body = SECRET_PART.sub("…", row.body or "")
    has_code = message is None or "otp" in names_in(message.whatsapp + message.email)
    return CODE.sub("…", body) if has_code else body


def _enrolment(row: Any) -> dict[str, Any]:
    service = catalogue().registration(row.agency)
    labels = {}
    if service and service.registration:
        fields = {name: service.field(key) for name, key in service.registration.profile.items()}
        labels = {name: question.label for name, question in fields.items() if question}
    return {
        "instansi": _agency(row.agency),
        "status": "Aktif" if row.state == "active" else "Diblokir",
        "sejak": _moment(row.enrolled_at),
        "data": {labels.get(name, name): value for name, value in row.profile.items()},
    }


def _application(application: Application) -> dict[str, Any]:
    declared = declared_for(application)
    values = {key: value for step in answers_of(application.id).values() for key, value in step.items()}
    return {
        "kode": application.code,
        "instansi": declared.agency.name,
        "layanan": declared.service.title,
        "status": declared.workflow.states[application.state].citizen,
        "dibuat": _moment(application.created_at),
        "jawaban": _answers(declared.service, values, field_context(declared.agency)),
        "dokumen": [
            {"dokumen": _document(declared.service, row.key), "catatan": row.note or "", "berkas": row.name}
            for row in privacy.list_files(application.id)
        ],
        "riwayat": [
            {"waktu": _moment(row.at), "status": _state(declared.workflow.states, row.to_state)}
            for row in privacy.list_changes(application.id)
        ],
        "percakapan": [{"waktu": _moment(row.at), "isi": row.text or ""} for row in privacy.list_said(application.id)],
    }


def _answers(service: Service, values: Mapping[str, str], context: FieldContext) -> dict[str, str]:
    return {
        question.label: _shown(question, values[question.key], context)
        for question in service.fields
        if values.get(question.key)
    }


def _shown(question: FieldDeclaration, value: str, context: FieldContext) -> str:
    return field_type(question.type).display(question, value, masked=False, context=context)


def _document(service: Service, key: str) -> str:
    return next((item.label for item in service.documents if item.key == key), key)


def _state(states: Mapping[str, Any], key: str) -> str:
    return states[key].citizen if key in states else key


def _agency(code: str) -> str:
    agency = catalogue().agencies.get(code)
    return agency.short_name if agency else "Loket"


def _moment(at: datetime) -> str:
    return at.astimezone(ZoneInfo(ZONE)).isoformat(timespec="seconds")


def _sections(copy: Copy) -> tuple[Section, ...]:
    found = [Section(_rows(copy["akun"]), "Akun")]
    found += [
        Section(_rows(one["data"] | {"Status": one["status"]}), f"Pendaftaran di {one['instansi']}")
        for one in copy["pendaftaran"]
    ]
    for one in copy["permohonan"]:
        facts = {"Layanan": one["layanan"], "Status": one["status"], **one["jawaban"]}
        found.append(Section(_rows(facts), f"{one['instansi']}: {one['kode']}"))
    for title, key in (("Persetujuan", "persetujuan"), ("Dibaca petugas", "dibaca_oleh_petugas")):
        lines = _lines(copy[key])
        if lines:
            found.append(Section(lines, title))
    return tuple(found)


def _rows(values: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(Row(label.replace("_", " ").capitalize(), value[:LONGEST]) for label, value in values.items() if value)


def _lines(rows: Sequence[Mapping[str, str]]) -> tuple[Row, ...]:
    shown = tuple(Row(row["waktu"], " · ".join(v for k, v in row.items() if k != "waktu")) for row in rows[:MOST_LINES])
    rest = len(rows) - len(shown)
    return (*shown, Row("", f"dan {rest} lagi, semuanya ada di salinan JSON")) if rest > 0 else shown
