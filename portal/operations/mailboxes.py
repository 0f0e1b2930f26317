"""Mailboxes that are proven before a form goes on: the link, and the button behind it (KAR-44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import update

from portal import clock
from portal.extensions import db
from portal.models import Application, Token
from portal.operations.outbox import due_words, post_message
from portal.operations.throttle import Wait, take
from portal.operations.tokens import Holder, find_link, issue_link
from portal.queries.facts import RESUME
from portal.queries.registrations import OwnRegistration, find_registration

RESUME_MESSAGE = "lanjutkan-pendaftaran"
PAUSE = timedelta(seconds=60)  # between two mails of one registration
MAILS_PER_ADDRESS = 5  # an hour: nobody's mailbox is flooded from here
MAILS_PER_REGISTRATION = 8  # a day


@dataclass(frozen=True)
class Resumed:
    """The draft that an open link leads to."""

    own: OwnRegistration
    token: Token


def wait_for_mail(application: Application, address: str) -> Wait | None:
    """Take one turn of sending a link; a Wait when it would be too many. Outside the transaction."""
    digest = current_app.extensions["vault"].digest("email", address.casefold())
    return (
        take(f"mail:{application.id}", 1, PAUSE)
        or take(f"mails:{application.id}", MAILS_PER_REGISTRATION, timedelta(days=1))
        or take(f"mailbox:{digest}", MAILS_PER_ADDRESS, timedelta(hours=1))
    )


def send_resume_link(own: OwnRegistration) -> None:
    """Mail the link that opens the rest of the form; links that were sent before end here."""
    application = own.application
    address = own.answers[own.rules.email]
    holder = Holder(application.account_id, application.id)
    issued = issue_link(RESUME, holder, lives=own.rules.activation_for, value=address)
    post_message(
        RESUME_MESSAGE,
        agency=application.agency,
        application=application,
        to_email=address,
        values={
            "link": f"/daftar/{application.agency}/lanjut/{issued.secret}",
            "due": due_words(issued.expires_at, own.declared.agency.zone),
        },
        dedupe=f"resume:{issued.id}",
    )


def find_resumed(secret: str) -> Resumed | None:
    """The draft behind a link: until it is sent the same link opens it again, in any browser; a read."""
    token = find_link(RESUME, secret)
    if token is None or token.expires_at <= clock.now():
        return None
    application = db.session.get(Application, token.application_id)
    own = find_registration(application.code) if application else None
    if own is None or not own.can("send") or own.answers.get(own.rules.email) != token.value:
        return None
    return Resumed(own, token)


def prove_mailbox(secret: str) -> OwnRegistration | None:
    """The button behind the link was pressed: the mailbox is proven. None when the link has ended."""
    found = find_resumed(secret)
    if found is None:
        return None
    db.session.execute(
        update(Token).where(Token.id == found.token.id, Token.used_at.is_(None)).values(used_at=clock.now())
    )
    return found.own
