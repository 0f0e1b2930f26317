"""Logging in by name and password: who may try, whose password it is, and what the visit is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, update

from portal import clock
from portal.engine.assurance import assurance_of
from portal.engine.declare import FieldDeclaration, State
from portal.models import KnownPlace
from portal.operations.credentials import CANDIDATES, check_password
from portal.operations.login_names import MADE_KIND, login_digest
from portal.operations.once import insert_once
from portal.operations.throttle import FREE_TRIES, Wait, allow, note_failure, note_success, take_back
from portal.queries.accounts import list_enrolments
from portal.queries.logins import (
    get_password_assurance,
    has_known_device,
    list_known_places,
    list_login_candidates,
)
from portal.queries.registrations import (
    RegistrationForm,
    find_latest_registration,
    find_reason,
    get_registration_form,
)
from portal.transaction import change

FORGET_PLACE_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class Place:
    """From where somebody tries. device: a random id, "" on a first visit. network: an address, or its /64."""

    device: str
    network: str


@dataclass(frozen=True)
class Tried:
    """How a try ended: whose password it was, or how long to wait before the next; neither when it was wrong."""

    account_id: int | None = None
    wait: Wait | None = None


@dataclass(frozen=True)
class Standing:
    """Whether a proven person may log in with an agency; `state` and `reason` say why not."""

    may_enter: bool
    state: State | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Group:
    """Accounts that share one allowance, and what the throttle counts their tries by."""

    accounts: tuple[int, ...]
    identifier: str
    device: str
    network: str
    known: bool

    @property
    def place(self) -> tuple[str, str, str]:
        return self.identifier, self.device, self.network


def login_question(form: RegistrationForm) -> FieldDeclaration:
    """What is asked for beside the password: the declared answer, or the name that the agency made."""
    asked = form.service.field(form.rules.login)
    return asked or FieldDeclaration(key=MADE_KIND, type=MADE_KIND, label="Username")


def try_password(
    agency: str, question: FieldDeclaration, typed: str, password: str, place: Place, *, free: int = FREE_TRIES
) -> Tried:
    """Judge one try of a login name and a password; limits come before the hash.

    A device or network where an account is at home has an allowance for that account alone, so what
    strangers try elsewhere never keeps its owner out; strangers share one allowance for each name.
    """
    candidates = list_login_candidates(agency, question.type, login_digest(question, typed), CANDIDATES)
    name = login_digest(question, f"{agency}|{typed}")
    groups, waits = [], []
    for group in _groups(candidates, name, place):
        wait = allow(*group.place, known=group.known, free=free, everywhere=not group.known)
        if wait is None:
            groups.append(group)
        else:
            waits.append(wait)
    if not groups:
        return Tried(wait=min(waits, key=lambda wait: wait.seconds))
    account_id = check_password([one for group in groups for one in group.accounts], password)
    for group in groups:
        if account_id is None:
            note_failure(*group.place, known=group.known, everywhere=not group.known)
        elif account_id in group.accounts:
            note_success(*group.place, known=group.known, everywhere=not group.known)
        else:
            take_back(*group.place, known=group.known, everywhere=not group.known)
    return Tried(account_id)


def _groups(candidates: Sequence[int], name: str, place: Place) -> list[_Group]:
    """Those who are at home here each alone, then everybody else together; nobody at all is everybody else."""
    marks = {_mark(account_id, kind, place): (account_id, kind) for account_id in candidates for kind in _kinds(place)}
    met = {(row.account_id, row.kind) for row in list_known_places(list(marks)) if row.digest in marks}
    groups = []
    for account_id in candidates:
        device = place.device if (account_id, "device") in met else ""
        if device or (account_id, "network") in met:
            groups.append(_Group((account_id,), f"account:{account_id}", device, place.network, known=True))
    home = {one for group in groups for one in group.accounts}
    strange = tuple(account_id for account_id in candidates if account_id not in home)
    if strange or not groups:
        groups.append(_Group(strange, name, place.device, place.network, known=False))
    return groups


def standing_at(account_id: int, agency: str) -> Standing:
    """Whether the account may log in with the agency: enrolled, or before that where the agency lets it."""
    states = {row.state for row in list_enrolments(account_id) if row.agency == agency}
    if "active" in states:
        return Standing(may_enter=True)
    own = find_latest_registration(account_id, agency)
    if own is None:
        return Standing(may_enter=False)
    may_enter = own.rules.early_login and "blocked" not in states
    return Standing(may_enter, own.state, find_reason(own.application))


def worth_of(account_id: int, agency: str) -> int:
    """What a log-in by an agency's rule with the account's password is worth: the weaker of the two."""
    rules = get_registration_form(agency).rules
    return min(assurance_of(rules.proof), get_password_assurance(account_id))


def is_at_home(account_id: int, place: Place) -> bool:
    """Whether the account has logged in on this device before."""
    digest = _mark(account_id, "device", place)
    return bool(place.device) and bool(list_known_places([digest]))


def remember_place(account_id: int, place: Place) -> bool:
    """Note that the account is at home here; True when it has been elsewhere before, but never on this device."""
    was_somewhere = has_known_device(account_id)
    now = clock.now()
    is_new_device = False
    for kind in _kinds(place):
        digest = _mark(account_id, kind, place)
        if not change(update(KnownPlace).where(KnownPlace.digest == digest).values(seen_at=now)):
            is_new = insert_once(KnownPlace, account_id=account_id, kind=kind, digest=digest, seen_at=now)
            is_new_device = is_new_device or (is_new and kind == "device")
    change(delete(KnownPlace).where(KnownPlace.account_id == account_id, KnownPlace.seen_at < now - FORGET_PLACE_AFTER))
    return is_new_device and was_somewhere


def forget_places(account_id: int) -> None:
    """Nobody is at home any more: every device is new again."""
    change(delete(KnownPlace).where(KnownPlace.account_id == account_id))


def _kinds(place: Place) -> list[str]:
    return [kind for kind in ("device", "network") if getattr(place, kind)]


def _mark(account_id: int, kind: str, place: Place) -> str:
    """A keyed hash: the table tells nobody's address."""
    text = f"{account_id}|{kind}|{getattr(place, kind)}"
    return str(current_app.extensions["vault"].digest("known-place", text))
