"""Effects of accounts that an officer makes and sends: created once, sent again, blocked and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import Conflict
from portal.extensions import db
from portal.operations.created_accounts import MADE_NAME, send_made_account
from portal.operations.effects.messages import notify
from portal.operations.enrolments import begin_enrolment, block_enrolment, find_enrolment, unblock_enrolment
from portal.operations.login_names import make_name
from portal.queries.answers import answers_of
from portal.queries.facts import has_proven_name

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def create_account(performed: Performed, key: str) -> None:
    """Make the login name and send the link behind which its owner sets a password (KAR-30 to KAR-33).

    An account that can be logged in to here already gets no second name: it is told to use its own.
    """
    application = performed.application
    rules = performed.declared.service.registration
    assert rules is not None
    assert application.account_id is not None
    enrolment = find_enrolment(application) or begin_enrolment(application, performed.declared.service)
    if not has_proven_name(application.account_id, application.agency):
        pattern = rules.login_names.get(_kind(performed))
        if not pattern:
            raise Conflict("Jenis pemohon ini tidak mempunyai pola nama pengguna.")
        name = make_name(application.account_id, application.agency, pattern)
        enrolment.profile = {**enrolment.profile, MADE_NAME: name}
        db.session.flush()
    send_made_account(application, key)


def resend_account(performed: Performed, key: str) -> None:
    """Send name and link again; the earlier link ends (KAR-33)."""
    send_made_account(performed.application, key)


def block(performed: Performed, key: str) -> None:
    """Shut the account for this agency and tell its owner why; what is open ends at once (KAR-37, KAR-40)."""
    block_enrolment(performed.application)
    _tell(performed, key)


def unblock(performed: Performed, key: str) -> None:
    """Open it again, and tell (KAR-38)."""
    unblock_enrolment(performed.application)
    _tell(performed, key)


def _tell(performed: Performed, key: str) -> None:
    if key:
        notify(performed, key)


def _kind(performed: Performed) -> str:
    rules = performed.declared.service.registration
    assert rules is not None
    answers = {k: v for step in answers_of(performed.application.id).values() for k, v in step.items()}
    return answers.get(rules.kind, "")


EFFECTS = {
    "create_account": create_account,
    "resend_account": resend_account,
    "block": block,
    "unblock": unblock,
}
