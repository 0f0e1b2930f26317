"""Effects of registrations: a name is proven, a link is sent, an enrolment begins or is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.engine.declare import Registration
from portal.operations.clashing import check_numbers_free, mailbox_owner, tell_owner
from portal.operations.enrolments import begin_enrolment, end_enrolment
from portal.operations.login_names import prove_names, taken, unprove_names
from portal.operations.outbox import due_words, notify_applicant
from portal.operations.tokens import ACTIVATION, end_tokens, issue_activation

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def enrol(performed: Performed, _argument: str) -> None:
    """It is proven that the names and numbers are this person's; from now on they are theirs alone.

    The enrolment begins at once, unless its owner has still to answer behind the activation link.

    Raises Conflict when another account holds one: two people with one number are for an officer.
    """
    if _rules(performed).proof == "email" and mailbox_owner(performed.application, performed.declared):
        raise taken()
    check_numbers_free(performed.application, performed.declared)
    prove_names(performed.application)
    if _rules(performed).proof != "officer-then-activation":
        begin_enrolment(performed.application, performed.declared.service)


def send_activation(performed: Performed, key: str) -> None:
    """Send a fresh link to every contact of the applicant; earlier links end (SIN-19, SIN-22).

    Where the link is the only proof and the mailbox belongs to an account already, its owner is told
    of that account instead; the screen is the same (design §4).
    """
    application = performed.application
    rules = _rules(performed)
    assert application.account_id is not None
    if rules.proof == "email" and (owner := mailbox_owner(application, performed.declared)):
        tell_owner(owner, application)
        return
    issued = issue_activation(application.id, application.account_id, rules.activation_for)
    notify_applicant(
        application,
        key,
        dedupe=f"activation:{issued.id}",
        values={
            "link": f"/aktivasi/{issued.secret}",
            "due": due_words(issued.expires_at, performed.declared.agency.zone),
        },
    )


def activate(performed: Performed, _argument: str) -> None:
    """The enrolment begins, with what the agency keeps of the answers, sealed."""
    begin_enrolment(performed.application, performed.declared.service)


def unenrol(performed: Performed, _argument: str) -> None:
    """An approval is taken back: the link ends and the name is a claim again."""
    application = performed.application
    end_tokens(application.id, ACTIVATION)
    end_enrolment(application)
    unprove_names(application.account_id, application.agency)


def _rules(performed: Performed) -> Registration:
    rules = performed.declared.service.registration
    assert rules is not None, "portal check allows these effects in registrations only"
    return rules


EFFECTS = {
    "enrol": enrol,
    "send_activation": send_activation,
    "send_confirmation": send_activation,
    "activate": activate,
    "unenrol": unenrol,
}
