"""What all audiences share on the way in and out: pages or partials, errors, filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register_web(app: Flask) -> None:
    """Give the app its filters, languages, common template names, errors and compression."""
    from portal.web import compression, context, errors, filters, garbage, i18n

    filters.register_filters(app)
    i18n.register_i18n(app)
    context.register_context(app)
    errors.register_errors(app)
    garbage.register_garbage(app)
    compression.register_compression(app)
