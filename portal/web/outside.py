"""Buttons of outside providers on our pages, and the leave for a form to lead to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, current_app

from portal.integrations.oidc import EXTENSION, OutsideProvider
from portal.web.errors import CSP


def find_provider(key: str) -> OutsideProvider | None:
    """A configured provider by the word under which agencies declare it."""
    providers: dict[str, OutsideProvider] = current_app.extensions[EXTENSION]
    return providers.get(key)


def outside_buttons(declared: Iterable[str]) -> list[dict[str, Any]]:
    """Key and label of what an agency declares and this installation has."""
    found = [find_provider(key) for key in declared]
    return [{"key": one.config.key, "label": one.config.label} for one in found if one is not None]


def lead_to_providers(response: Response) -> Response:
    """Browsers hold the answer to a form to `form-action` too: without this, the way to the provider is barred."""
    origins = sorted({one.origin for one in current_app.extensions[EXTENSION].values()})
    policy = CSP.replace("form-action 'self'", " ".join(["form-action 'self'", *origins]))
    response.headers["Content-Security-Policy"] = policy
    return response
