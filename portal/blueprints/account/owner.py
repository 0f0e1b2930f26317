"""Before a contact changes: the log-in opens all that hangs on it, and its owner typed the password lately."""

from __future__ import annotations

from flask import Response, request

from portal.auth import viewer
from portal.auth.confirmation import confirmed_recently
from portal.blueprints.account.own import own_id
from portal.blueprints.account.place import place_of_request
from portal.operations.credentials import check_password
from portal.operations.logins import is_at_home
from portal.operations.throttle import Wait, allow, note_failure, note_success
from portal.operations.visits import confirm_visit
from portal.queries.catalogue import get_agency
from portal.transaction import transaction
from portal.web.fragments import answer
from portal.web.i18n import gettext

PASSWORD = "password"  # noqa: S105 - the name of an input
LONGEST = 200


def refuse_weaker() -> Response | None:
    """A page with the way in, where another agency proved this person better than the log-in does.

    Contacts serve every enrolment: whoever changes them could set the password of the stronger one anew.
    """
    closed = [{"code": code, "name": get_agency(code).name} for code in viewer().closed]
    return answer("account/contact_closed.html", status=403, closed=closed) if closed else None


def asks_password() -> bool:
    """Whether the password was typed too long ago: a phone that lies open answers its own old contact too."""
    return not confirmed_recently()


def check_owner() -> tuple[dict[str, str], Wait | None]:
    """(mistakes by input, how long to wait) of the password in this form; both empty when it need not be typed."""
    if not asks_password():
        return {}, None
    typed = request.form.get(PASSWORD, "")[:LONGEST]
    if not typed:
        return {PASSWORD: gettext("Type your password: somebody else may hold this phone by now.")}, None
    place = place_of_request()
    device = place.device if is_at_home(own_id(), place) else ""
    tries = (f"contact:{own_id()}", device, place.network)
    if wait := allow(*tries, known=True):
        return {}, wait
    if check_password([own_id()], typed) is None:
        note_failure(*tries, known=True)
        return {PASSWORD: gettext("This is not the password that you use now.")}, None
    note_success(*tries, known=True)
    visit_id = viewer().visit_id
    assert visit_id is not None
    with transaction():
        confirm_visit(visit_id)
    return {}, None
