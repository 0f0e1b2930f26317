"""Reads of somebody's own data, and of what was asked about it; officers only where they protect data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, tuple_

from portal.errors import NotFound
from portal.extensions import db
from portal.models import (
    Account,
    Application,
    Breach,
    ChatMessage,
    ConsentRecord,
    DataRequest,
    Enrolment,
    Event,
    Message,
    Reading,
    StoredFile,
    SupportingDocument,
    Visit,
)
from portal.queries.catalogue import catalogue
from portal.queries.reach import Duty

PAGE = 50
SHOWN = 20  # requests that a person sees of their own
MOST = 2000  # rows of one kind in a copy


def protected(duties: Iterable[Duty]) -> list[str]:
    """The agencies whose personal data an officer answers for, as the agency's roles declare it.

    Requests and breaches are of the whole agency: a duty at one office reaches none of them.
    """
    found = []
    for duty in duties:
        agency = catalogue().agencies.get(duty.agency)
        role = agency.roles.get(duty.role) if agency else None
        is_whole = agency is not None and duty.office in ("", agency.head_office)
        if role is not None and role.protects and is_whole and duty.agency not in found:
            found.append(duty.agency)
    return found


def get_person(account_id: int) -> Account:
    """The account itself."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


def list_enrolments(account_id: int, agencies: Collection[str]) -> Sequence[Enrolment]:
    """With their profile, by agency."""
    return db.session.scalars(
        select(Enrolment)
        .where(Enrolment.account_id == account_id, Enrolment.agency.in_(sorted(agencies)))
        .order_by(Enrolment.agency, Enrolment.id)
    ).all()


def list_all_applications(account_id: int, agencies: Collection[str]) -> Sequence[Application]:
    """Every application and registration that was not erased, newest first."""
    return db.session.scalars(
        select(Application)
        .where(
            Application.account_id == account_id,
            Application.agency.in_(sorted(agencies)),
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
        .limit(MOST)
    ).all()


def count_held(account_id: int, agencies: Collection[str]) -> Any:
    """How much these agencies hold, in one read: applications, consents, messages, readings."""
    own = (Application.account_id == account_id, Application.agency.in_(sorted(agencies)))
    counts = {
        "applications": select(func.count()).select_from(Application).where(*own, Application.erased_at.is_(None)),
        "consents": select(func.count())
        .select_from(ConsentRecord)
        .outerjoin(Application, Application.id == ConsentRecord.application_id)
        .where(
            (ConsentRecord.account_id == account_id) | (Application.account_id == account_id),
            ConsentRecord.agency.in_(sorted(agencies)),
        ),
        "messages": select(func.count())
        .select_from(Message)
        .where(Message.account_id == account_id, Message.agency.in_(sorted(agencies)), Message.body.is_not(None)),
        "readings": select(func.count())
        .select_from(Reading)
        .join(Application, Application.id == Reading.application_id)
        .where(*own, Reading.account_id != account_id),
    }
    return db.session.execute(select(*(count.scalar_subquery().label(name) for name, count in counts.items()))).one()


def list_consents(account_id: int, agencies: Collection[str]) -> Sequence[ConsentRecord]:
    """What was agreed to, newest first; also of applications, which name no account of their own."""
    return db.session.scalars(
        select(ConsentRecord)
        .outerjoin(Application, Application.id == ConsentRecord.application_id)
        .where(
            (ConsentRecord.account_id == account_id) | (Application.account_id == account_id),
            ConsentRecord.agency.in_(sorted(agencies)),
        )
        .order_by(ConsentRecord.id.desc())
        .limit(MOST)
    ).all()


def list_sent(account_id: int, agencies: Collection[str]) -> Sequence[Any]:
    """Messages to the person whose text is still kept, newest first."""
    return db.session.execute(
        select(Message.created_at, Message.channel, Message.subject, Message.body, Message.agency, Message.template)
        .where(Message.account_id == account_id, Message.agency.in_(sorted(agencies)), Message.body.is_not(None))
        .order_by(Message.id.desc())
        .limit(MOST)
    ).all()


def list_readings(account_id: int, agencies: Collection[str]) -> Sequence[Any]:
    """Which office looked at what of the person, newest first; who it was is the agency's to say."""
    return db.session.execute(
        select(Reading.at, Reading.what, Application.agency, Application.code)
        .join(Application, Application.id == Reading.application_id)
        .where(
            Application.account_id == account_id,
            Application.agency.in_(sorted(agencies)),
            Reading.account_id != account_id,
        )
        .order_by(Reading.id.desc())
        .limit(MOST)
    ).all()


def list_devices(account_id: int) -> Sequence[Any]:
    """Where the person is logged in as a citizen."""
    return db.session.execute(
        select(Visit.device, Visit.created_at)
        .where(Visit.account_id == account_id, Visit.audience == "citizen")
        .order_by(Visit.id.desc())
        .limit(MOST)
    ).all()


def list_files(application_id: int) -> Sequence[Any]:
    """Supporting documents of an application: key, note, name."""
    return db.session.execute(
        select(SupportingDocument.key, SupportingDocument.note, StoredFile.name)
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(SupportingDocument.application_id == application_id, SupportingDocument.removed_at.is_(None))
        .order_by(SupportingDocument.id)
    ).all()


def list_changes(application_id: int) -> Sequence[Any]:
    """Each change of state: at, to_state."""
    return db.session.execute(
        select(Event.at, Event.to_state)
        .where(Event.subject_type == "application", Event.subject_id == application_id, Event.to_state != "")
        .order_by(Event.seq)
    ).all()


def list_said(application_id: int) -> Sequence[Any]:
    """The conversation: at, text."""
    return db.session.execute(
        select(ChatMessage.written_at.label("at"), ChatMessage.text)
        .where(ChatMessage.application_id == application_id)
        .order_by(ChatMessage.id)
        .limit(MOST)
    ).all()


def has_open_request(account_id: int, agency: str, kind: str) -> bool:
    """Whether the same is asked already and not answered."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    DataRequest.account_id == account_id,
                    DataRequest.agency == agency,
                    DataRequest.kind == kind,
                    DataRequest.state == "open",
                )
            )
        )
    )


def list_own_requests(account_id: int, closed: Collection[str] = ()) -> Sequence[DataRequest]:
    """What the person asked, newest first; nothing about agencies that this log-in does not open."""
    rows = db.session.scalars(
        select(DataRequest).where(DataRequest.account_id == account_id).order_by(DataRequest.id.desc()).limit(SHOWN)
    ).all()
    return [row for row in rows if _is_open(row, closed)]


def _is_open(request: DataRequest, closed: Collection[str]) -> bool:
    """A copy names the agencies whose data it holds in its text; every other request is to one agency."""
    about = (request.text or "").split() if request.kind == "copy" else [request.agency]
    return not set(about) & set(closed)


def find_copy_file(code: str, account_id: int, kind: str, closed: Collection[str] = ()) -> StoredFile:
    """A file of the person's own copy, json or pdf, while it lives; NotFound after.

    closed: agencies that this log-in does not open; a copy with their data was made by a stronger one.
    """
    request = db.session.scalar(
        select(DataRequest).where(DataRequest.code == code, DataRequest.account_id == account_id)
    )
    if request is not None and not _is_open(request, closed):
        raise NotFound("copy")
    file_id = {"json": request.json_file_id, "pdf": request.pdf_file_id}.get(kind) if request else None
    file = db.session.get(StoredFile, file_id) if file_id else None
    if file is None or file.erased_at is not None:
        raise NotFound("copy")
    return file


def list_requests(
    agencies: Collection[str], *, is_open: bool, edge: tuple[datetime, str] | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """Requests of agencies, the most urgent first (answered ones: by their clock too); edge: (due_at, code)."""
    wanted = [DataRequest.agency.in_(sorted(agencies)), (DataRequest.state == "open") == is_open]
    if edge is not None:
        wanted.append(tuple_(DataRequest.due_at, DataRequest.code) > tuple_(*edge))
    return db.session.execute(
        select(
            DataRequest.code,
            DataRequest.agency,
            DataRequest.kind,
            DataRequest.state,
            DataRequest.asked_at,
            DataRequest.due_at,
            DataRequest.answered_at,
            Account.name,
        )
        .join(Account, Account.id == DataRequest.account_id)
        .where(*wanted)
        .order_by(DataRequest.due_at, DataRequest.code)
        .limit(limit)
    ).all()


def get_request(code: str, agencies: Collection[str]) -> DataRequest:
    """One request to the officer's agencies, else NotFound."""
    request: DataRequest | None = db.session.scalar(
        select(DataRequest).where(DataRequest.code == code, DataRequest.agency.in_(sorted(agencies)))
    )
    if request is None:
        raise NotFound("request")
    return request


def list_breaches(agencies: Collection[str]) -> Sequence[Breach]:
    """The register of agencies, newest first."""
    return db.session.scalars(
        select(Breach)
        .where(Breach.agency.in_(sorted(agencies)))
        .order_by(Breach.found_at.desc(), Breach.id.desc())
        .limit(PAGE)
    ).all()


def get_breach(code: str, agencies: Collection[str]) -> Breach:
    """One breach of the officer's agencies, else NotFound."""
    breach: Breach | None = db.session.scalar(
        select(Breach).where(Breach.code == code, Breach.agency.in_(sorted(agencies)))
    )
    if breach is None:
        raise NotFound("breach")
    return breach


def get_told_breach(code: str) -> Breach:
    """A breach of which the people were told, for everybody; NotFound before."""
    breach: Breach | None = db.session.scalar(
        select(Breach).where(Breach.code == code, Breach.people_told_at.is_not(None))
    )
    if breach is None:
        raise NotFound("breach")
    return breach


def count_enrolled(agency: str) -> int:
    """How many people are enrolled with an agency, for whom a breach may matter."""
    return int(db.session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.agency == agency)) or 0)


def list_enrolled_after(agency: str, last: int, limit: int) -> Sequence[Any]:
    """Accounts enrolled with an agency by id, page by page: id, name, phone, phone_proven_at, email."""
    return db.session.execute(
        select(Account.id, Account.name, Account.phone, Account.phone_proven_at, Account.email)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .where(Enrolment.agency == agency, Account.id > last)
        .distinct()
        .order_by(Account.id)
        .limit(limit)
    ).all()
