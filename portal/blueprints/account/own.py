"""The account of who is logged in, and in the words of which agency it is told of changes."""

from __future__ import annotations

from portal.auth import viewer
from portal.errors import NotFound
from portal.queries.account_registrations import list_agencies_of


def own_id() -> int:
    """The account behind a request, which `@requires("citizen")` has proven."""
    account_id = viewer().account_id
    assert account_id is not None
    return account_id


def agency_of_words() -> str:
    """The agency by whose rule one logged in, else any that the account registered with."""
    who = viewer()
    if who.agency:
        return who.agency
    agencies = list_agencies_of(own_id())
    if not agencies:
        raise NotFound("registration")
    return agencies[0]
