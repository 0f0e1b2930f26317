"""Where a registration goes on: to its mailbox, to its telephone, to its documents, or to be sent."""

from __future__ import annotations

from flask import Response, flash, url_for

from portal.errors import Invalid
from portal.operations.contacts import send_phone_code, wait_for_code
from portal.operations.mailboxes import send_resume_link, wait_for_mail
from portal.operations.registrations import send_registration
from portal.queries.facts import is_mailbox_proven, is_phone_proven
from portal.queries.registration_documents import has_documents
from portal.queries.registrations import OwnRegistration
from portal.transaction import transaction
from portal.web.fragments import see_other


def go_on(own: OwnRegistration) -> Response:
    """The next thing that is asked of this registration; what was proven before is not asked again."""
    agency = own.application.agency
    if own.rules.email_first and not is_mailbox_proven(own.application, own.declared):
        if wait_for_mail(own.application, own.answers.get(own.rules.email, "")) is None:
            with transaction():
                send_resume_link(own)
        return see_other(url_for("account.show_mail_sent", agency=agency))
    if own.rules.phone and not is_phone_proven(own.application, own.declared):
        if wait_for_code(own.application, own.phone) is None:
            with transaction():
                send_phone_code(own.application, own.phone)
        return see_other(url_for("account.show_phone_code", agency=agency))
    return after_phone(own)


def after_phone(own: OwnRegistration) -> Response:
    """To the documents where some are asked for, else it is sent at once."""
    if own.can("send") and has_documents(own):
        return see_other(url_for("account.show_documents", agency=own.application.agency))
    return send(own)


def send(own: OwnRegistration) -> Response:
    """Hand it over and show the receipt; what still lacks is said where it can be mended."""
    agency = own.application.agency
    try:
        with transaction():
            send_registration(own.application)
    except Invalid as refusal:
        for sentence in refusal.errors.values():
            flash(sentence, "action")
        return see_other(url_for("account.show_correction", agency=agency))
    return see_other(url_for("account.show_receipt", agency=agency))
