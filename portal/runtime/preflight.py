"""What is checked before anything starts; each failure says what to do."""

import platform
import socket
import sys

from portal.config import Config

OLDEST_PYTHON = (3, 11)


class NotReady(Exception):
    """This machine cannot run Loket yet; the text says what to do."""


def check_machine(config: Config) -> None:
    """Raise NotReady for the first thing that is in the way."""
    if sys.version_info < OLDEST_PYTHON:
        raise NotReady(f"Loket needs Python 3.11 or newer; this is {platform.python_version()}.")
    if sys.prefix == sys.base_prefix:
        raise NotReady("Start Loket from its virtual environment: `make run`, or .venv/bin/portal up.")
    if config.redis_is_embedded and platform.system() not in {"Linux", "Darwin"}:
        raise NotReady(
            "The embedded queue server runs on Linux and macOS only. Set REDIS_URL to a Redis or Valkey server."
        )
    check_port(config.bind, config.port)


def check_port(address: str, port: int) -> None:
    """Raise NotReady when nobody can listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise NotReady(
                f"Port {port} on {address} cannot be used ({error.strerror}). "
                f"Stop the program that uses it, or choose another port: PORT={port + 1} make run"
            ) from None
