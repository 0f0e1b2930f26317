"""The outbox: messages are rows first, then leased, sent and recorded (XCT-01)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, or_, select, update

from portal import clock
from portal.engine.messages import first_name, render_message
from portal.extensions import db
from portal.integrations.delivery import Parcel
from portal.models import Account, Application, Message
from portal.operations.once import insert_once
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared, catalogue, declared_for
from portal.queue import JobName, enqueue_after_commit

BATCH = 200
LEASE = timedelta(minutes=10)  # longer than a job may run
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60, 180))
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
WAITING = ("queued", "failed")
EXTERNAL = ("whatsapp", "email")
# What a message of a sensitive service says in the place of what it may not say.
NEUTRAL = {
    "first_name": "Bapak/Ibu",
    "agency": "Loket",
    "service": "layanan",
    "state": "ada kabar",
}


@dataclass(frozen=True)
class Leased:
    """A message that this process alone may send until its lease ends."""

    id: int
    channel: str
    parcel: Parcel


@dataclass(frozen=True)
class Outcome:
    """How sending one message ended; exactly one of sent, to be tried again, or given up."""

    message_id: int
    provider_id: str | None = None
    problem: str = ""
    is_final: bool = False


def post_message(
    key: str,
    *,
    agency: str,
    values: Mapping[str, str] | None = None,
    dedupe: str,
    account_id: int | None = None,
    application: Application | None = None,
    to_phone: str | None = None,
    to_email: str | None = None,
) -> int:
    """Put a declared message into the outbox, once for each channel that it names and has an address.

    key: of a message of the agency. values: what the texts name beyond the usual ones (agency, help,
    and of an application first_name, code, service, state, link); a `link` that begins with / is
    made whole with PUBLIC_URL. dedupe: at most 150 characters; the same again adds nothing.
    Returns how many rows were new. Raises KeyError when a text names a value that nobody gave.
    """
    message = catalogue().messages[agency][key]
    texts = render_message(message, _values(agency, application, values or {}))
    addresses = {"whatsapp": to_phone, "email": to_email, "inbox": str(account_id or "")}
    now, added = clock.now(), 0
    for channel in message.channels:
        if not addresses[channel] or (channel == "inbox" and account_id is None):
            continue
        is_inbox = channel == "inbox"
        added += insert_once(
            Message,
            public_id=secrets.token_urlsafe(16),
            dedupe_key=f"{dedupe}:{channel}",
            channel=channel,
            agency=agency,
            template=key,
            recipient=None if is_inbox else addresses[channel],
            subject=texts.subject,
            body=texts.whatsapp if channel == "whatsapp" else texts.email,
            account_id=account_id,
            application_id=application.id if application is not None else None,
            state="sent" if is_inbox else "queued",
            attempts=0,
            problem="",
            next_at=now,
            created_at=now,
            sent_at=now if is_inbox else None,
        )
    if added:
        enqueue_after_commit(JobName.DELIVER_OUTBOX)
    return added


def notify_applicant(
    application: Application, key: str, *, dedupe: str, values: Mapping[str, str] | None = None
) -> int:
    """Send news of an application to its applicant: the contacts in the answers, else those of the account."""
    account = db.session.get(Account, application.account_id) if application.account_id else None
    phone, email = contacts_of(application, account)
    return post_message(
        key,
        agency=application.agency,
        values=values,
        dedupe=dedupe,
        account_id=application.account_id,
        application=application,
        to_phone=phone,
        to_email=email,
    )


def contacts_of(application: Application, account: Account | None) -> tuple[str | None, str | None]:
    """(telephone, e-mail) for news of an application; None where nothing is known."""
    service = declared_for(application).service
    keys = dict(service.contacts)
    if service.registration is not None:
        keys.setdefault("phone", service.registration.phone)
        keys.setdefault("email", service.registration.email)
    given = {k: v for step in answers_of(application.id).values() for k, v in step.items()}
    phone = given.get(keys.get("phone", ""), "") or (account.phone if account else None)
    email = given.get(keys.get("email", ""), "") or (account.email if account else None)
    return phone or None, email or None


def due_words(at: datetime, zone: str) -> str:
    """`29 November 2026 pukul 14.05 WIB`: the day and hour until which something is to be done."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1]} {local:%Y} pukul {local:%H.%M} {local.tzname()}"


def address(path: str) -> str:
    """A path of the portal as a link that can be sent, never built from what a request says of itself."""
    base: str = current_app.extensions["config"].public_url
    return f"{base}{path}"


def _values(agency_code: str, application: Application | None, given: Mapping[str, str]) -> dict[str, str]:
    agency = catalogue().agency(agency_code)
    values = {"agency": agency.short_name, "help": _help(agency.call_centre)}
    if application is not None:
        values |= _application_values(application, declared_for(application))
    values |= given
    if values.get("link", "").startswith("/"):
        values["link"] = address(values["link"])
    if application is not None and declared_for(application).service.sensitive:
        values |= {key: words for key, words in NEUTRAL.items() if key in values}
    return values


def _application_values(application: Application, declared: Declared) -> dict[str, str]:
    account = db.session.get(Account, application.account_id) if application.account_id else None
    state = declared.workflow.states[application.state]
    values = {
        # Capitals shout, and nobody writes a first name so to a person.
        "first_name": first_name((account.name if account else "") or application.subject_name)
        or NEUTRAL["first_name"],
        "code": application.code,
        "service": declared.service.title,
        "state": state.citizen,
        "link": _link(application),
    }
    if (due := _due(application, declared)) is not None:
        values["due"] = due
    return values


def _link(application: Application) -> str:
    if application.kind == "registration":
        return f"/masuk/{application.agency}"
    return f"/permohonan/{application.code}"


def _due(application: Application, declared: Declared) -> str | None:
    """Until when the present state may last: the first clock that runs in it, else the promised day."""
    ends = [
        application.entered_at + action.timer.after
        for action in declared.workflow.actions.values()
        if action.timer is not None and application.state in action.from_
    ]
    if ends:
        return due_words(min(ends), declared.agency.zone)
    if application.due_on is not None:
        day = application.due_on
        return f"{day.day} {MONTHS[day.month - 1]} {day:%Y}"
    return None


def _help(call_centre: str) -> str:
    return f"https://wa.me/{call_centre.lstrip('+')}"


def lease_batch() -> tuple[str, Sequence[Leased]]:
    """Take up to BATCH waiting messages for this process alone; (lease, messages).

    One conditional UPDATE: two workers never hold the same message, and one that dies is
    found by `take_back_leases` when its lease ends.
    """
    now, lease = clock.now(), secrets.token_urlsafe(16)
    waiting = (
        select(Message.id)
        .where(Message.state.in_(WAITING), Message.next_at <= now)
        .order_by(Message.next_at, Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(Message)
        .where(Message.id.in_(waiting), Message.state.in_(WAITING))
        .values(
            state="sending",
            lease=lease,
            leased_until=now + LEASE,
            attempts=Message.attempts + 1,
        )
        .returning(
            Message.id,
            Message.public_id,
            Message.channel,
            Message.recipient,
            Message.subject,
            Message.body,
        )
        .execution_options(synchronize_session=False)
    ).all()
    return lease, [
        Leased(
            row.id,
            row.channel,
            Parcel(row.public_id, row.recipient or "", row.subject or "", row.body or ""),
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


def record_outcomes(lease: str, outcomes: Sequence[Outcome]) -> None:
    """Write down how sending ended, as far as the lease still holds.

    What the provider reported in the meantime (delivered, read) is not overwritten.
    """
    for outcome in outcomes:
        if outcome.provider_id is not None:
            _record_sent(lease, outcome)
        else:
            _record_failure(lease, outcome)


def release_rest(lease: str) -> None:
    """Give back what a batch had no time for; these tries do not count."""
    released = db.session.execute(
        update(Message)
        .where(Message.lease == lease, Message.state == "sending")
        .values(state="queued", lease=None, leased_until=None, attempts=Message.attempts - 1)
        .execution_options(synchronize_session=False)
    )
    if released.rowcount:  # type: ignore[attr-defined]
        enqueue_after_commit(JobName.DELIVER_OUTBOX)


def take_back_leases() -> int:
    """Queue again what a dead worker was sending; it may arrive twice, under the same id."""
    taken = db.session.execute(
        update(Message)
        .where(Message.state == "sending", Message.leased_until < clock.now())
        .values(state="queued", lease=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(taken.rowcount)  # type: ignore[attr-defined]


def sweep_outbox() -> bool:
    """Find what waits: lost jobs, ended leases, tries whose time has come; True when there is some."""
    take_back_leases()
    waits = db.session.scalar(
        select(Message.id).where(Message.state.in_(WAITING), Message.next_at <= clock.now()).limit(1)
    )
    if waits is not None:
        enqueue_after_commit(JobName.DELIVER_OUTBOX)
    return waits is not None


def _record_sent(lease: str, outcome: Outcome) -> None:
    now = clock.now()
    changed = db.session.execute(
        update(Message)
        .where(Message.id == outcome.message_id, Message.lease == lease, Message.state == "sending")
        .values(state="sent", provider_id=outcome.provider_id, sent_at=now, lease=None, problem="")
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        db.session.execute(
            update(Message)
            .where(Message.id == outcome.message_id, Message.provider_id.is_(None))
            .values(provider_id=outcome.provider_id, sent_at=func.coalesce(Message.sent_at, now))
            .execution_options(synchronize_session=False)
        )


def _record_failure(lease: str, outcome: Outcome) -> None:
    message = db.session.scalar(
        select(Message).where(Message.id == outcome.message_id, Message.lease == lease, Message.state == "sending")
    )
    if message is None:
        return
    message.problem = outcome.problem[:200]
    message.lease = message.leased_until = None
    if outcome.is_final or message.attempts > len(RETRY_AFTER):
        give_up(message)
    else:
        message.state = "failed"
        message.next_at = clock.now() + RETRY_AFTER[message.attempts - 1]
    db.session.flush()


def give_up(message: Message) -> None:
    """Stop trying; news that WhatsApp did not bring goes by e-mail, if it may and has an address."""
    message.state = "dead"
    db.session.flush()
    if message.channel != "whatsapp":
        return
    declared = catalogue().messages.get(message.agency, {}).get(message.template)
    # What is declared for WhatsApp alone stays there: a code proves the telephone, not the mailbox.
    if declared is None or declared.channels == ("whatsapp",):
        return
    email = _email_for(message) if message.body else None
    if email:
        insert_once(
            Message,
            public_id=secrets.token_urlsafe(16),
            dedupe_key=f"{message.dedupe_key.rpartition(':')[0]}:email",
            channel="email",
            agency=message.agency,
            template=message.template,
            recipient=email,
            subject=message.subject,
            body=message.body,
            account_id=message.account_id,
            application_id=message.application_id,
            state="queued",
            attempts=0,
            problem="",
            next_at=clock.now(),
            created_at=clock.now(),
        )
        enqueue_after_commit(JobName.DELIVER_OUTBOX)


def _email_for(message: Message) -> str | None:
    account = db.session.get(Account, message.account_id) if message.account_id else None
    if message.application_id is not None:
        application = db.session.get(Application, message.application_id)
        if application is not None:
            return contacts_of(application, account)[1]
    return account.email if account else None


# A later state never goes back to an earlier one, in whatever order the reports come.
EARLIER = {
    "sent": ("queued", "sending", "failed"),
    "delivered": ("queued", "sending", "failed", "sent"),
    "read": ("queued", "sending", "failed", "sent", "delivered"),
    "failed": ("sending", "sent"),
}


def record_report(status: str, *, provider_id: str, public_id: str, problem: str = "") -> bool:
    """Take over what the provider reports of one message; the same report again changes nothing.

    status: sent, delivered, read or failed. Returns whether anything changed.
    """
    earlier = EARLIER.get(status)
    if earlier is None:
        return False
    message = db.session.scalar(
        select(Message).where(
            or_(Message.provider_id == provider_id, Message.public_id == public_id),
            Message.channel == "whatsapp",
            Message.state.in_(earlier),
        )
    )
    if message is None:
        return False
    message.provider_id = message.provider_id or provider_id
    if status == "failed":
        message.problem = problem[:200]
        give_up(message)
    else:
        message.state, message.lease = status, None
        message.sent_at = message.sent_at or clock.now()
    db.session.flush()
    return True


def erase_bodies(older_than: timedelta = timedelta(days=1)) -> int:
    """Empty what was said and to whom a day after it was sent or given up; the inbox keeps its news."""
    erased = db.session.execute(
        update(Message)
        .where(
            Message.channel.in_(EXTERNAL),
            Message.state.in_(("sent", "delivered", "read", "dead", "muted")),
            Message.body.is_not(None),
            func.coalesce(Message.sent_at, Message.next_at) < clock.now() - older_than,
        )
        .values(recipient=None, subject=None, body=None)
        .execution_options(synchronize_session=False)
    )
    return int(erased.rowcount)  # type: ignore[attr-defined]
