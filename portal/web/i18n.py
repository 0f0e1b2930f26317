"""Which language a screen speaks, and its words: English msgids, Indonesian by default."""

from __future__ import annotations

import sys
from functools import cache

from flask import Flask, Response, g, has_request_context, request

from portal.web.catalogues import Catalogue, read_all

DEFAULT = "id"
LANGUAGES = ("id", "en")
COOKIE = "bahasa"


@cache
def _catalogues() -> dict[str, Catalogue]:
    return read_all()


def current_language() -> str:
    """Return "id" or "en": what ?bahasa= asks for, else the cookie, else Indonesian.

    Outside a request (a job, a command) it is Indonesian.
    """
    if not has_request_context():
        return DEFAULT
    # A page asks a hundred times, so the first answer is kept with one look.
    kept: str | None = g.get("language")
    if kept is None:
        wanted = request.args.get(COOKIE) or request.cookies.get(COOKIE)
        kept = g.language = wanted if wanted in LANGUAGES else DEFAULT
    return kept


def _forms(msgid: str) -> tuple[str, ...]:
    return _catalogues().get(current_language(), {}).get(msgid, ())


def gettext(msgid: str, **values: object) -> str:
    """Return the words for msgid; values fill %(name)s. What is missing stays English."""
    forms = _forms(msgid)
    words = forms[0] if forms else msgid
    return words % values if values else words


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the words for a number of things; %(num)s is the number itself."""
    forms = _forms(singular) or (singular, plural)
    # Indonesian has one form for every number, English has two.
    words = forms[0] if num == 1 or len(forms) == 1 else forms[1]
    return words % {"num": num, **values}


def _keep_choice(response: Response) -> Response:
    """Remember a language that was asked for; the cookie says nothing about the person."""
    wanted = request.args.get(COOKIE)
    if wanted in LANGUAGES:
        response.set_cookie(
            COOKIE,
            wanted,
            max_age=365 * 86400,
            samesite="Lax",
            secure=request.is_secure,
            httponly=True,
        )
    return response


def register_i18n(app: Flask) -> None:
    """Read the catalogues now, so that a broken one is refused at start, and give templates _()."""
    _catalogues()
    app.after_request(_keep_choice)
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)


if __name__ == "__main__":
    from portal.web.translation_check import main

    sys.exit(main(sys.argv[1:]))
