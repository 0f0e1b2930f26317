"""Whether what this process needs is there."""

from __future__ import annotations

import socket
from urllib.parse import SplitResult, urlsplit

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.config import Config
from portal.extensions import db
from portal.queue import queue_errors, redis_connection

PATIENCE = 1.0  # seconds
REDIS_PORT = 6379
ALIVE = (b"+PONG", b"-NOAUTH")


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
    config = current_app.extensions["config"]
    place = urlsplit(config.redis_url)
    is_there = _client_answers(config) if place.scheme == "rediss" else _answers(place)
    return "ok" if is_there else "down"


def _client_answers(config: Config) -> bool:
    try:
        redis_connection(config).ping()
    except queue_errors():
        return False
    return True


def _answers(place: SplitResult) -> bool:
    """Ask one PING by hand: the client would cost a web process ten megabytes before its first visitor."""
    try:
        with _door(place) as door:
            door.sendall(b"PING\r\n")
            return door.recv(16).startswith(ALIVE)
    except OSError:
        return False


def _door(place: SplitResult) -> socket.socket:
    if place.scheme != "unix":
        return socket.create_connection((place.hostname or "localhost", place.port or REDIS_PORT), PATIENCE)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.settimeout(PATIENCE)
    try:
        door.connect(place.path)
    except OSError:
        door.close()
        raise
    return door
