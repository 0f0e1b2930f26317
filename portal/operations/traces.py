"""What lies beside a registration and an account and tells of its person: emptied when they are erased.

Rows stay where the chain of events or another row names their number; nothing that was said, typed or shown stays in
them. A test looks through every table for it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select, update

from portal import clock
from portal.extensions import db
from portal.models import (
    Application,
    ChatMessage,
    DataRequest,
    Event,
    EventText,
    Facet,
    Membership,
    Message,
    Recovery,
    RevisionNote,
    StoredFile,
    Submission,
    SupportingDocument,
    Token,
)
from portal.transaction import change


def forget_application(application: Application) -> None:
    """Empty what was sent with it, said about it, and by what it is found; its files become unreadable at once."""
    one = application.id
    change(update(Submission).where(Submission.application_id == one).values(content={}))
    change(update(RevisionNote).where(RevisionNote.application_id == one).values(text=""))
    change(update(ChatMessage).where(ChatMessage.application_id == one).values(text="", once_key=None))
    mine = ChatMessage.application_id == one, ChatMessage.by_officer.is_(False)
    change(update(ChatMessage).where(*mine).values(author_name=""))
    change(delete(Facet).where(Facet.application_id == one))
    change(delete(Token).where(Token.application_id == one))
    change(update(Message).where(Message.application_id == one).values(recipient=None, subject=None, body=None))
    files = select(SupportingDocument.file_id).where(SupportingDocument.application_id == one)
    _forget_files(StoredFile.id.in_(files))
    change(
        update(SupportingDocument)
        .where(SupportingDocument.application_id == one)
        .values(removed_at=clock.now(), note="")
    )
    _forget_texts("application", select(Application.id).where(Application.id == one))
    # What was never sent stands in no list of the officers.
    application.sent_at = application.claimed_by = application.claimed_at = None
    db.session.flush()


def forget_at_agency(account_id: int, agency: str) -> None:
    """Empty what an agency keeps of a person beside the registration: groups, recoveries, what was asked."""
    groups = Membership.account_id == account_id, Membership.agency == agency
    change(update(Membership).where(*groups, Membership.ended_at.is_(None)).values(ended_at=clock.now()))
    change(update(Membership).where(*groups).values(institution="", area="", services=""))
    _forget_texts("membership", select(Membership.id).where(*groups))
    change(
        update(Recovery)
        .where(Recovery.account_id == account_id, Recovery.agency == agency)
        .values(phone=None, email=None, note="")
    )
    asked = DataRequest.account_id == account_id, DataRequest.agency == agency
    change(update(DataRequest).where(*asked).values(text=None, answer=None))


def forget_with_account(account_id: int) -> None:
    """Empty what only the account held: copies of its data, and every file of its own."""
    change(
        update(DataRequest)
        .where(DataRequest.account_id == account_id)
        .values(text=None, answer=None, json_file_id=None, pdf_file_id=None)
    )
    _forget_files(StoredFile.account_id == account_id)


def _forget_files(which: ColumnElement[bool]) -> None:
    """Without its key a file is noise; the clean-up fetches the bytes."""
    change(
        update(StoredFile)
        .where(which)
        .values(erased_at=clock.now(), wrapped_key=b"", thumbnail_key=None, name="")
        .execution_options(synchronize_session=False)
    )


def _forget_texts(subject_type: str, subjects: object) -> None:
    """Reasons and notes of events; their chain holds salted hashes of them only."""
    events = select(Event.id).where(Event.subject_type == subject_type, Event.subject_id.in_(subjects))  # type: ignore[arg-type]
    change(update(EventText).where(EventText.event_id.in_(events)).values(text=None))
