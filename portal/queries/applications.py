"""Reads of one of a citizen's own applications: what every page about it needs, its drafts and notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, select

from portal import clock
from portal.engine.journey import Journey
from portal.errors import NotFound
from portal.extensions import db
from portal.models import (
    Answers,
    Application,
    Declaration,
    Enrolment,
    Membership,
    Representation,
    RevisionNote,
    StashedForm,
    SupportingDocument,
)
from portal.queries.catalogue import Declared, declared_for
from portal.queries.journeys import outsider_judge_of
from portal.queries.judging import field_context
from portal.queries.representations import OWN_NAME, STANDING, Standing, is_subject_outsider, read_standing

STASH_LIFETIME = timedelta(hours=24)  # as in queries.accounts.find_stash


@dataclass(frozen=True)
class OwnApplication:
    """One application of the person who asks, with what every page about it needs."""

    application: Application
    declared: Declared
    profile: dict[str, str]
    newest_declaration_id: int | None
    stash: dict[str, str] | None = None  # typed at this address when a session had ended
    kk_digest: str | None = None  # of the applicant's own family
    is_outsider: bool = False  # the stored subject is known to be of another family
    standing: Standing = OWN_NAME

    @property
    def state(self) -> Any:
        return self.declared.workflow.states[self.application.state]

    @property
    def is_editable(self) -> bool:
        return bool(self.state.edit != "none")

    @property
    def is_outdated(self) -> bool:
        """A draft that was never sent and pins an older version of its service."""
        return (
            self.application.round == 0
            and self.newest_declaration_id is not None
            and self.newest_declaration_id != self.declared.declaration_id
        )


def get_own_application(code: str, account_id: int | None, path: str = "") -> OwnApplication:
    """The application under its code if it is this account's, else NotFound.

    path: where the person is, to bring back what was typed there before the session ended.
    """
    row = db.session.execute(
        select(
            Application,
            Enrolment.profile,
            Declaration.id,
            StashedForm.values.label("stash"),
            Enrolment.kk_digest,
            is_subject_outsider().label("is_outsider"),
            *STANDING,
        )
        .outerjoin(
            Enrolment,
            and_(
                Enrolment.account_id == Application.account_id,
                Enrolment.agency == Application.agency,
            ),
        )
        .outerjoin(
            Declaration,
            and_(
                Declaration.agency == Application.agency,
                Declaration.service == Application.service,
                Declaration.is_current,
            ),
        )
        .outerjoin(
            StashedForm,
            and_(
                StashedForm.account_id == Application.account_id,
                StashedForm.path == path,
                StashedForm.created_at > clock.now() - STASH_LIFETIME,
            ),
        )
        .outerjoin(Representation, Representation.application_id == Application.id)
        .outerjoin(Membership, Membership.id == Representation.membership_id)
        .where(
            Application.code == code,
            Application.account_id == account_id,
            Application.kind == "service",
            Application.erased_at.is_(None),
        )
        .limit(1)
    ).first()
    if row is None or account_id is None:
        raise NotFound("application")
    return OwnApplication(
        row[0],
        declared_for(row[0]),
        dict(row[1] or {}),
        row[2],
        row[3],
        row[4],
        bool(row[5]),
        read_standing(row[0], row),
    )


@dataclass(frozen=True)
class Given:
    """What a draft holds so far: its journey, and the version of each saved step."""

    journey: Journey
    versions: Mapping[str, int] = field(default_factory=dict)


def given_of(own: OwnApplication, documents: Collection[str] | None = None) -> Given:
    """The journey of an application, with the versions its forms must carry.

    documents: the keys of what was given, where the caller has read the documents anyway.
    """
    application, declared = own.application, own.declared
    rows = db.session.execute(
        select(Answers.step, Answers.version, Answers.values.label("given")).where(
            Answers.application_id == application.id, Answers.row == ""
        )
    ).all()
    if documents is None:
        documents = _document_keys(application.id)
    # What is stored was judged with the application itself, so that only a newly typed NIK is asked about.
    known = {application.subject_digest: own.is_outsider} if application.subject_digest else {}
    journey = Journey(
        service=declared.service,
        answers={row.step: dict(row.given) for row in rows},
        documents=frozenset(documents),
        context=field_context(declared.agency),
        mode=application.mode,
        profile=own.profile,
        is_outsider=outsider_judge_of(application, own.kk_digest, known),
        area=own.standing.area,
    )
    return Given(journey, {row.step: row.version for row in rows})


def _document_keys(application_id: int) -> Sequence[str]:
    return db.session.scalars(
        select(SupportingDocument.key).where(
            SupportingDocument.application_id == application_id,
            SupportingDocument.removed_at.is_(None),
        )
    ).all()


def list_flagged(application: Application) -> frozenset[str]:
    """The targets of the notes of this round, as `engine.workflow.may_change` reads them."""
    targets = db.session.scalars(
        select(RevisionNote.target).where(
            RevisionNote.application_id == application.id,
            RevisionNote.round == application.round,
            RevisionNote.returned_at.is_not(None),
        )
    )
    return frozenset("" if target == "all" else target for target in targets)


def list_returned_notes(application: Application) -> Sequence[RevisionNote]:
    """The notes that came back with this round, in the order in which they were written."""
    return db.session.scalars(
        select(RevisionNote)
        .where(
            RevisionNote.application_id == application.id,
            RevisionNote.round == application.round,
            RevisionNote.returned_at.is_not(None),
        )
        .order_by(RevisionNote.id)
    ).all()


def list_open_drafts(account_id: int, agency: str, service: str) -> Sequence[Any]:
    """Never-sent drafts of one service, newest first; `saved` tells whether anything was typed.

    membership: code of the one in whose name it was begun, None in the own name.
    """
    saved = select(Answers.id).where(Answers.application_id == Application.id).exists()
    return db.session.execute(
        select(Application.code, saved.label("saved"), Membership.code.label("membership"))
        .outerjoin(Representation, Representation.application_id == Application.id)
        .outerjoin(Membership, Membership.id == Representation.membership_id)
        .where(
            Application.account_id == account_id,
            Application.agency == agency,
            Application.service == service,
            Application.round == 0,
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
    ).all()
