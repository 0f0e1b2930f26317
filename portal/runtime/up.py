"""`portal up`: everything that Loket needs on one machine, from one terminal."""

import http.client
import sys
from collections.abc import Callable

from portal.config import Config
from portal.runtime.ownership import AlreadyOwned, Ownership
from portal.runtime.preflight import NotReady, check_machine
from portal.runtime.supervisor import NeverReady, Program, Supervisor
from portal.runtime.valkey import UnsafeFolder, queue_server

HEALTH = "/sehat"
# One heap for two threads at most, else each thread keeps what it once needed: 1 MB less under load.
WEB_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "PYTHONNODEBUGRANGES": "1"}


def up(config: Config, on_ready: Callable[[], None]) -> int:
    """Run until told to stop; returns the exit code. What went wrong is printed with what to do."""
    try:
        check_machine(config)
        owner = Ownership(config.instance_dir)
        try:
            Supervisor(programs(config, owner.fileno()), on_ready).run()
        finally:
            owner.release()
    except (NotReady, AlreadyOwned, UnsafeFolder, NeverReady) as error:
        print(f"Loket does not run: {error}", file=sys.stderr)
        return 1
    return 0


def programs(config: Config, lock: int) -> list[Program]:
    """What runs, in the order of starting. The worker comes last: the first page should not wait for it."""
    queue = [queue_server(config, lock)] if config.redis_is_embedded else []
    return [*queue, web_server(config, lock), worker()]


def web_server(config: Config, lock: int) -> Program:
    """granian, because phones on slow lines cannot block it; its threads wait for the database, not for the line."""
    options = {
        "interface": "wsgi",
        "host": config.bind,
        "port": str(config.port),
        "workers": str(config.web_processes),
        "blocking-threads": "4",
        "log-level": "warning",
    }
    flags = (part for name, value in options.items() for part in (f"--{name}", value))
    return Program(
        name="web server",
        command=(sys.executable, "-m", "granian", *flags, "--no-ws", "wsgi:app"),
        is_ready=lambda: _answers(config),
        inherited=(lock,),
        environment=WEB_ENVIRONMENT,
    )


def worker() -> Program:
    """One worker; more are started by hand where there is much to do."""
    return Program(name="worker", command=(sys.executable, "worker.py"))


def _answers(config: Config) -> bool:
    """True when the web server answers at all: what it answers is for the health page's readers."""
    # Who listens everywhere is asked here.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.bind, config.bind)  # noqa: S104
    client = http.client.HTTPConnection(host, config.port, timeout=2)
    try:
        client.request("GET", HEALTH)
        return client.getresponse().status < 600
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
