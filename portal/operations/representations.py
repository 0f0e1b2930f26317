"""Applying for somebody else: begun under a membership, agreed to by that person, told to them, disputed, cleared."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from portal import clock
from portal.engine.declare import Agency, Service
from portal.engine.journey import PERSONAL
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Account, Application, ConsentRecord, Membership, Representation
from portal.operations.applications import start_application
from portal.operations.events import record_event
from portal.operations.outbox import due_words, notify_applicant, post_message
from portal.operations.tokens import Holder, end_links, find_open_link, issue_link, use_up
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared, declared_for
from portal.queries.groups import ZONE, MembershipView, in_force, is_open_to
from portal.queries.officers import is_own_case
from portal.queries.representations import consent_for_other, phone_of_person, standing_of, supervising
from portal.transaction import change

GROUP = "group"
NOT_ASKED = "not-asked"  # a link behind which a person says "I did not ask for this"
LINK_LIVES = timedelta(days=14)
PATH = "/bukan-permintaan-saya/"
TOLD, LOOKED_AT = "grup-diajukan-untuk-anda", "grup-diperiksa-lagi"


def start_in_mode(agency: Agency, service: Service, account_id: int, membership: MembershipView | None) -> Application:
    """A new draft in the mode of the person, which it keeps; NotFound where the mode does not open the service.

    The membership is read again: it may have ended since the page was shown, and then NotAllowed is raised.
    """
    if not is_open_to(service, membership):
        raise NotFound("service")
    if membership is None:
        return start_application(agency, service, account_id=account_id)
    found = db.session.scalar(
        select(Membership.id).where(
            Membership.code == membership.code,
            Membership.account_id == account_id,
            Membership.agency == agency.code,
            in_force(clock.today(ZONE)),
        )
    )
    if found is None:
        raise NotAllowed("Keanggotaan grup Anda sudah berakhir. Pindah ke mode Pemohon Pribadi.")
    application = start_application(agency, service, account_id=account_id, mode=GROUP)
    db.session.add(Representation(application_id=application.id, membership_id=found))
    db.session.flush()
    return application


def keep_agreement(application: Application, declared: Declared, declared_version: str) -> None:
    """After a sending for somebody else: keep how that person agreed, and tell them where a number is known."""
    if application.mode == PERSONAL:
        return
    standing, now = standing_of(application), clock.now()
    asked = consent_for_other(application, standing)
    how = "own" if asked is None else "letter"
    if asked is not None and declared_version == asked[1].version:
        how = "declared"
        db.session.add(
            ConsentRecord(
                account_id=application.account_id,
                application_id=application.id,
                agency=application.agency,
                key=asked[0],
                version=declared_version,
                given_at=now,
            )
        )
    row = db.session.get_one(Representation, application.id)
    row.consent = how
    db.session.flush()
    if asked is not None:
        _tell_person(application, declared, row)


def dispute(secret: str) -> bool:
    """The person says that they did not ask for it; False when the link was used or has ended.

    Marks the application for its officers; the applicant hears only that it takes longer.
    """
    token = find_open_link(NOT_ASKED, secret)
    if token is None or token.application_id is None or not use_up(token):
        return False
    application = db.session.get_one(Application, token.application_id)
    db.session.execute(
        update(Representation)
        .where(Representation.application_id == application.id)
        .values(disputed_at=clock.now(), cleared_at=None, cleared_by=None)
        .execution_options(synchronize_session=False)
    )
    event = record_event(application.id, "dispute", Actor("system"))
    if application.sent_at is not None and not declared_for(application).workflow.states[application.state].final:
        notify_applicant(application, LOOKED_AT, dedupe=f"event:{event.id}:{LOOKED_AT}")
    return True


def find_disputable(secret: str) -> Application | None:
    """The application behind a link that may still be used; a read, for previews burn nothing."""
    token = find_open_link(NOT_ASKED, secret)
    return db.session.get(Application, token.application_id) if token and token.application_id else None


def clear_dispute(application: Application, actor: Actor, reason: str) -> None:
    """A supervisor looked into it: decisions are open again. Raises NotAllowed, Invalid without a reason, Conflict."""
    if actor.kind != "officer" or not supervising(actor.roles, application.agency):
        raise NotAllowed("Hanya supervisor yang dapat melanjutkan pengajuan ini.")
    if is_own_case(application.id, actor.account_id):
        raise NotAllowed("Ini pengajuan Anda atau keluarga Anda. Mintalah petugas lain.")
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Tulis alasannya dengan kata-kata yang mudah dipahami."})
    cleared = change(
        update(Representation)
        .where(
            Representation.application_id == application.id,
            Representation.disputed_at.is_not(None),
            Representation.cleared_at.is_(None),
        )
        .values(cleared_at=clock.now(), cleared_by=actor.account_id)
    )
    if cleared != 1:
        raise Conflict("Pernyataan ini sudah diperiksa supervisor lain.")
    record_event(application.id, "clear_dispute", actor, text=reason.strip()[:2000])


def _tell_person(application: Application, declared: Declared, row: Representation) -> None:
    """Once for each number: neither who applied nor for what stands in the message."""
    phone = phone_of_person(declared.service, answers_of(application.id))
    member = db.session.get_one(Account, application.account_id)
    digest = current_app.extensions["vault"].digest("phone", phone) if phone else None
    if digest is None or phone == member.phone or digest == row.told_digest:
        return
    holder = Holder(application_id=application.id)
    end_links(NOT_ASKED, holder)
    issued = issue_link(NOT_ASKED, holder, lives=LINK_LIVES)
    post_message(
        TOLD,
        agency=application.agency,
        values={"link": f"{PATH}{issued.secret}", "due": due_words(issued.expires_at, declared.agency.zone)},
        dedupe=f"not-asked:{issued.id}",
        to_phone=phone,
    )
    row.told_digest, row.told_at = digest, clock.now()
    db.session.flush()
