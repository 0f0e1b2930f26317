"""One case as an officer reads it: what was sent in each round, its files, and who else it resembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select

from portal.errors import NotFound
from portal.extensions import db
from portal.models import (
    Account,
    Application,
    Facet,
    IssuedDocument,
    StoredFile,
    Submission,
    SupportingDocument,
)
from portal.queries.clashes import NUMBERS
from portal.queries.desk import refuse_beyond_reach
from portal.queries.documents import GIVEN
from portal.queries.officers import own_case
from portal.queries.reach import Duty
from portal.queries.rows import AnyRow

ROUNDS = 10  # of submissions that one page compares
LOOKALIKES = 5


@dataclass(frozen=True)
class Case:
    """An application with what was sent in each round, the newest first, frozen."""

    application: Application
    holder: str
    is_own: bool
    submissions: Sequence[AnyRow]  # round, content, sent_at, due_on


def read_case(code: str, duties: Sequence[Duty], account_id: int) -> Case:
    """One case within reach in one read; NotFound beyond it.

    is_own: the officer's own case or the family's, which `perform` refuses too (`not_own_case`).
    """
    rows = db.session.execute(
        select(
            Application,
            Account.name.label("holder"),
            own_case(account_id).label("is_own"),
            Submission.round,
            Submission.content,
            Submission.sent_at,
            Submission.due_on,
        )
        .outerjoin(Submission, Submission.application_id == Application.id)
        .outerjoin(Account, Account.id == Application.claimed_by)
        .where(Application.code == code)
        .order_by(Submission.round.desc())
        .limit(ROUNDS)
    ).all()
    if not rows:
        raise NotFound("application")
    first = rows[0]
    refuse_beyond_reach(first.Application, duties, account_id)
    sent = [row for row in rows if row.round is not None]
    return Case(first.Application, first.holder or "", bool(first.is_own), sent)


def list_sent_files(application_id: int) -> Sequence[AnyRow]:
    """Every file that was ever added, by its document's code; removed ones too, for older rounds."""
    return db.session.execute(
        select(
            *GIVEN,
            StoredFile.media_type,
            StoredFile.thumbnail_size,
            StoredFile.erased_at,
        )
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(SupportingDocument.application_id == application_id)
        .order_by(SupportingDocument.id)
    ).all()


def list_lookalikes(application: Application) -> Sequence[AnyRow]:
    """Other cases of the agency about the same NIK or other declared numbers, or the same name in the same family.

    Each with what it sent last, so that two registrations can be shown side by side.
    """
    same = []
    if application.subject_digest:
        same.append(Application.subject_digest == application.subject_digest)
    if application.family_digest and application.subject_name:
        same.append(
            and_(
                Application.subject_name == application.subject_name,
                Application.family_digest == application.family_digest,
            )
        )
    if application.kind == "registration":
        same.append(Application.id.in_(_with_the_same_numbers(application.id)))
    if not same:
        return []
    return db.session.execute(
        select(
            Application.code,
            Application.service,
            Application.state,
            Application.subject_name,
            Application.sent_at,
            Application.office,
            Submission.content,
        )
        .outerjoin(
            Submission,
            and_(Submission.application_id == Application.id, Submission.round == Application.round),
        )
        .where(
            or_(*same),
            Application.agency == application.agency,
            Application.kind == application.kind,
            Application.id != application.id,
            Application.sent_at.is_not(None),
        )
        .order_by(Application.sent_at.desc(), Application.id.desc())
        .limit(LOOKALIKES)
    ).all()


def _with_the_same_numbers(application_id: int) -> Select[int]:
    """Ids of registrations with the same keyed mark of the numbers that are declared unique (KAR-47)."""
    mark = select(Facet.value).where(Facet.application_id == application_id, Facet.key == NUMBERS).scalar_subquery()
    return select(Facet.application_id).where(Facet.key == NUMBERS, Facet.value == mark)


def find_sent_file(code: str) -> AnyRow | None:
    """(StoredFile, Application, SupportingDocument) of a document's public code."""
    return db.session.execute(
        select(StoredFile, Application, SupportingDocument.added_round)
        .join(SupportingDocument, SupportingDocument.file_id == StoredFile.id)
        .join(Application, Application.id == SupportingDocument.application_id)
        .where(SupportingDocument.code == code, StoredFile.erased_at.is_(None))
    ).one_or_none()


def get_paper(verification_code: str) -> tuple[IssuedDocument, Application, StoredFile | None]:
    """A paper with its case and its unsigned file; NotFound when there is none of that code."""
    found = db.session.execute(
        select(IssuedDocument, Application, StoredFile)
        .join(Application, Application.id == IssuedDocument.application_id)
        .outerjoin(StoredFile, StoredFile.id == IssuedDocument.unsigned_file_id)
        .where(IssuedDocument.verification_code == verification_code)
    ).one_or_none()
    if found is None:
        raise NotFound("paper")
    return found[0], found[1], found[2]


def list_papers(application_id: int) -> Sequence[IssuedDocument]:
    """The papers of one case, the newest first."""
    return db.session.scalars(
        select(IssuedDocument).where(IssuedDocument.application_id == application_id).order_by(IssuedDocument.id.desc())
    ).all()


def list_papers_to_sign(agencies: Sequence[str], limit: int) -> Sequence[AnyRow]:
    """Papers that were made and wait for a signature, those waiting longest first."""
    return db.session.execute(
        select(
            IssuedDocument.verification_code,
            IssuedDocument.title,
            IssuedDocument.number,
            IssuedDocument.key,
            IssuedDocument.problem,
            IssuedDocument.wanted_at,
            Application.code,
            Application.agency,
            Application.service,
            Application.office,
            Application.state,
            Application.subject_name,
            Application.account_id,
            Application.declaration_id,
        )
        .join(Application, Application.id == IssuedDocument.application_id)
        .where(IssuedDocument.state == "made", Application.agency.in_(agencies))
        .order_by(IssuedDocument.wanted_at, IssuedDocument.id)
        .limit(limit)
    ).all()
