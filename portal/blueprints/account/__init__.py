"""Accounts of citizens: registration, activation, log in and out, and what an account holds."""

from flask import Blueprint

bp = Blueprint("account", __name__)

from portal.blueprints.account import (  # noqa: E402 - the routes need bp.
    activation,
    home,
    login,
    my_data,
    phone,
    registration,
    status,
)

__all__ = ["activation", "bp", "home", "login", "my_data", "phone", "registration", "status"]
