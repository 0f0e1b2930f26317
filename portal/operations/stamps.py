"""The stamp of a database: a demo's is never opened by production, nor a real one by the demo."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Stamp

KIND = "kind"


class WrongDatabase(Exception):
    """This database belongs to the other kind of installation; the text says what to do."""


def check_stamp(*, is_demo: bool) -> None:
    """Refuse a database whose stamp names the other kind; an unstamped one passes."""
    stamp = db.session.scalar(select(Stamp.value).where(Stamp.key == KIND))
    if stamp not in (None, _kind(is_demo=is_demo)):
        raise WrongDatabase(
            f"This database is stamped {stamp!r}, and this process is {_kind(is_demo=is_demo)!r}."
            " Set DATABASE_URL to a database of its own, or LOKET_DEMO to fit."
        )


def stamp_database(*, is_demo: bool) -> None:
    """Stamp a new database; the demo refuses one that has people in it and no stamp."""
    check_stamp(is_demo=is_demo)
    if db.session.get(Stamp, KIND) is not None:
        return
    if is_demo and db.session.scalar(select(Account.id).limit(1)) is not None:
        raise WrongDatabase("This database holds people and is no demo's. Set DATABASE_URL to another one.")
    db.session.add(Stamp(key=KIND, value=_kind(is_demo=is_demo)))
    db.session.flush()


def _kind(*, is_demo: bool) -> str:
    return "demo" if is_demo else "production"
