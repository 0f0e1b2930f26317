"""Visits: the stored sessions of citizens, officers and kiosks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import case, delete, func, select, update

from portal import clock
from portal.extensions import db
from portal.models import StashedForm, Visit
from portal.operations.once import insert_once
from portal.transaction import change

LONGEST = timedelta(hours=12)  # however busy, after this one logs in again
LONGEST_PATH = 200
MOST_STASHES = 20  # of one account: whoever holds a cookie that ran out may add to them
SECRET_INPUTS = ("csrf_token", "password", "captcha", "token", "code", "passphrase")


def digest(sid: str) -> str:
    """The keyed hash under which a visit is stored; the cookie's own value is not kept."""
    found: str = current_app.extensions["vault"].digest("visit", sid)
    return found


def open_visit(
    sid: str,
    *,
    replaces: str,
    audience: str,
    account_id: int,
    agency: str,
    expires_in: timedelta,
    assurance: int = 0,
    device: str = "",
    by_password: bool = True,
) -> None:
    """Store a visit for somebody who just proved who they are.

    assurance: what the proof is worth (engine.assurance); 0 opens no enrolment. device: a label such
    as "Chrome, Android".
    """
    end_visit(replaces)
    now = clock.now()
    db.session.add(
        Visit(
            digest=digest(sid),
            audience=audience,
            account_id=account_id,
            agency=agency,
            assurance=assurance,
            device=device[:80],
            confirmed_at=now if by_password else None,
            data={},
            created_at=now,
            seen_at=now,
            expires_at=now + expires_in,
        )
    )
    db.session.flush()


def keep_visit(sid: str, audience: str, data: dict[str, Any], *, expires_in: timedelta) -> None:
    """Store what the session carries; a guest's visit begins here.

    A visit that ran out is never prolonged: whoever holds the phone by then goes on as a guest.
    """
    now = clock.now()
    alive = update(Visit).where(Visit.digest == digest(sid), Visit.expires_at > now)
    kept = alive.values(data=data, seen_at=now, expires_at=_prolonged(now, expires_in))
    if change(kept) or not data:
        return
    end_visit(sid)
    is_new = insert_once(
        Visit,
        digest=digest(sid),
        audience=audience,
        agency="",
        data=data,
        created_at=now,
        seen_at=now,
        expires_at=now + expires_in,
    )
    if not is_new:
        # A double press: the other request of this guest began the visit.
        change(kept)


def _prolonged(now: datetime, expires_in: timedelta) -> Any:
    """The new end of a visit; no visit outlives `LONGEST`."""
    return case((Visit.created_at > now - LONGEST, now + expires_in), else_=Visit.expires_at)


def touch_visit(visit_id: int, *, expires_in: timedelta) -> None:
    """Note that the visit is alive; no visit outlives `LONGEST`."""
    now = clock.now()
    db.session.execute(
        update(Visit).where(Visit.id == visit_id).values(seen_at=now, expires_at=_prolonged(now, expires_in))
    )


def confirm_visit(visit_id: int) -> None:
    """Note that the person of a visit proved again who they are, just now."""
    change(update(Visit).where(Visit.id == visit_id).values(confirmed_at=clock.now()))


def end_visit(sid: str) -> None:
    """Forget a visit and all that it carried."""
    db.session.execute(delete(Visit).where(Visit.digest == digest(sid)))


def end_visits_of(account_id: int) -> None:
    """End every live session of an account, such as after a block or a new password."""
    db.session.execute(delete(Visit).where(Visit.account_id == account_id))


def visit_code(visit_id: int) -> str:
    """By what an address names a session; its own id and its cookie stay inside."""
    found: str = current_app.extensions["vault"].digest("visit-code", str(visit_id))
    return found[:24]


def end_visits_at(account_id: int, agency: str) -> None:
    """End the live sessions that began by one agency's rule, such as after that agency's block."""
    db.session.execute(delete(Visit).where(Visit.account_id == account_id, Visit.agency == agency))


def end_other_visits(account_id: int, visit_id: int) -> int:
    """End every other session of a citizen; returns how many. The officers' desk has sessions of its own."""
    return change(
        delete(Visit).where(Visit.account_id == account_id, Visit.audience == "citizen", Visit.id != visit_id)
    )


def end_visit_of(account_id: int, visit_id: int) -> bool:
    """End one session of a citizen; False when it is not theirs or has ended."""
    return bool(
        change(delete(Visit).where(Visit.id == visit_id, Visit.account_id == account_id, Visit.audience == "citizen"))
    )


def stash_form(account_id: int, path: str, values: dict[str, str]) -> None:
    """Keep what was typed when the session had ended, without its secrets; no more than a person would leave open."""
    drop_stash(account_id, path)
    count = select(func.count()).select_from(StashedForm).where(StashedForm.account_id == account_id)
    if len(path) > LONGEST_PATH or (db.session.scalar(count) or 0) >= MOST_STASHES:
        return
    kept = {key: value for key, value in values.items() if not any(secret in key for secret in SECRET_INPUTS)}
    db.session.add(StashedForm(account_id=account_id, path=path, values=kept, created_at=clock.now()))


def drop_stash(account_id: int, path: str) -> None:
    """Forget a stash once its values were saved."""
    db.session.execute(delete(StashedForm).where(StashedForm.account_id == account_id, StashedForm.path == path))
