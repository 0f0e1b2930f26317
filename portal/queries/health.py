"""Whether what this process needs is there."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from portal.queue import queue_errors, redis_connection


def check_health() -> dict[str, str]:
    """`ok` or `down`, for the database and the queue."""
    return {"database": _database(), "queue": _queue()}


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "down"
    return "ok"


def _queue() -> str:
    try:
        redis_connection(current_app.extensions["config"]).ping()
    except queue_errors():
        return "down"
    return "ok"
