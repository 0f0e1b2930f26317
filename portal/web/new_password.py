"""The two boxes of a new password, judged by the rule of the house wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.engine.declare import Service
from portal.engine.fields.password import password_problem
from portal.web.i18n import gettext

PASSWORD, AGAIN = "password", "password_again"
TELLING = frozenset({"nik", "kk", "name", "phone", "email", "username"})  # types of answers that are about the person


def read_new_password(raw: Mapping[str, str], personal: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """(password, mistakes by input): the rule of guide B-2-b, and the same typed twice.

    personal: what the password may not contain; leave it out for somebody who has not proven who they are.
    """
    password = raw.get(PASSWORD, "")
    errors = {}
    if problem := password_problem(password, personal):
        errors[PASSWORD] = problem
    elif raw.get(AGAIN, "") != password:
        errors[AGAIN] = gettext("The two passwords are not the same. Type both again.")
    return password, errors


def telling_answers(service: Service, answers: Mapping[str, str]) -> list[str]:
    """The answers that a guesser would try first."""
    return [answers[q.key] for q in service.fields if q.type in TELLING and answers.get(q.key)]
