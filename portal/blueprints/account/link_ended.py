"""The end of every link from a message: one page for all that went wrong, because it may tell nothing."""

from __future__ import annotations

from flask import Response

from portal.web.context import show_agency
from portal.web.fragments import answer
from portal.web.quiet import quiet


def link_ended(agency: str = "") -> Response:
    """Used, expired, wrong or tried too often."""
    show_agency(agency or None)
    return quiet(answer("account/recovery_link_ended.html", status=410, agency=agency))
