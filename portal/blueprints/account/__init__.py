"""Accounts of citizens: registration, activation, log in and out, and what an account holds."""

from flask import Blueprint

bp = Blueprint("account", __name__)

from portal.blueprints.account import (  # noqa: E402 - the routes need bp.
    activation,
    contact,
    devices,
    documents,
    forgotten,
    home,
    login,
    made_account,
    mailbox,
    mode,
    my_data,
    outside,
    password,
    phone,
    profile,
    recovery,
    registration,
    status,
)

__all__ = [
    "activation",
    "bp",
    "contact",
    "devices",
    "documents",
    "forgotten",
    "home",
    "login",
    "made_account",
    "mailbox",
    "mode",
    "my_data",
    "outside",
    "password",
    "phone",
    "profile",
    "recovery",
    "registration",
    "status",
]
