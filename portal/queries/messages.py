"""Reads of messages by whom they concern: the person's inbox, and how news of an application went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Application, Message

PAGE = 20


def list_inbox(account_id: int, closed: Collection[str] = ()) -> Sequence[Any]:
    """The latest news of an account, newest first: subject, body, created_at, seen_at, agency, code (or none).

    closed: agencies that this log-in does not open; what they write stays behind a stronger one.
    """
    return db.session.execute(
        select(
            Message.subject,
            Message.body,
            Message.created_at,
            Message.seen_at,
            Message.agency,
            Application.code,
        )
        .outerjoin(Application, Application.id == Message.application_id)
        .where(Message.account_id == account_id, Message.channel == "inbox", Message.agency.not_in(sorted(closed)))
        .order_by(Message.id.desc())
        .limit(PAGE)
    ).all()


def count_unseen(account_id: int, most: int = 99, closed: Collection[str] = ()) -> int:
    """How many news the person did not see yet, counted no further than `most`."""
    unseen = (
        select(Message.id)
        .where(
            Message.account_id == account_id,
            Message.channel == "inbox",
            Message.agency.not_in(sorted(closed)),
            Message.seen_at.is_(None),
        )
        .limit(most)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(unseen)) or 0


def list_deliveries(application_id: int) -> Sequence[Any]:
    """How each message about an application went, newest first, without its words and its address."""
    return db.session.execute(
        select(
            Message.template,
            Message.channel,
            Message.state,
            Message.problem,
            Message.created_at,
            Message.sent_at,
        )
        .where(Message.application_id == application_id, Message.channel != "inbox")
        .order_by(Message.id.desc())
    ).all()


def list_unreached(application_id: int) -> Sequence[Any]:
    """News that reached nobody: given up on WhatsApp, with no e-mail that arrived or is on its way."""
    other = aliased(Message)
    news = func.substr(Message.dedupe_key, 1, func.length(Message.dedupe_key) - func.length(Message.channel))
    answered = (
        select(other.id)
        .where(
            other.application_id == Message.application_id,
            other.channel.in_(("whatsapp", "email")),
            other.id != Message.id,
            other.state != "dead",
            other.dedupe_key.in_((news + "whatsapp", news + "email")),
        )
        .exists()
    )
    return db.session.execute(
        select(Message.template, Message.channel, Message.problem, Message.created_at)
        .where(
            Message.application_id == application_id,
            Message.channel.in_(("whatsapp", "email")),
            Message.state == "dead",
            ~answered,
        )
        .order_by(Message.id.desc())
    ).all()
