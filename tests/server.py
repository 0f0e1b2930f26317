"""The portal behind its real web server, in processes of its own, on the database and files of a test or benchmark."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.config import ROOT, Config
from portal.runtime.up import WEB_ENVIRONMENT

PATIENCE = 20.0  # seconds until a server that does not answer counts as dead
STOPPING = 60.0  # seconds until one that was told to end counts as stuck
TICK = 0.02


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, its process, and how long it took to answer (seconds)."""

    host: str
    port: int
    pid: int
    ready_after: float

    def connect(self) -> http.client.HTTPConnection:
        """A connection of its own, as one browser holds it."""
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)


COMMANDS = {
    "granian": lambda port, processes, threads: [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
        *("--workers", str(processes), "--blocking-threads", str(threads)),
    ],
    "gunicorn": lambda port, processes, threads: [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--log-level", "warning"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--threads", str(threads)),
    ],
}


@contextmanager
def running_server(
    config: Config, *, processes: int = 1, threads: int = 4, target: str = "wsgi:app", kind: str = "granian"
) -> Iterator[Server]:
    """Start granian as `portal up` does; it ends with the block. What it says goes to a file beside the data.

    target: "module:app"; another one than the portal's has to answer /sehat too. kind: "granian", or "gunicorn"
    with its gthread workers, behind which the budgets were set.
    """
    port = _free_port()
    command = [*COMMANDS[kind](port, processes, threads), target]
    config.instance_dir.mkdir(parents=True, exist_ok=True)
    log = config.instance_dir / "server.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment_of(config), stdout=output, stderr=output)
        try:
            _await(process, port, log)
            yield Server("127.0.0.1", port, process.pid, time.monotonic() - began)
        finally:
            process.terminate()
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def environment_of(config: Config) -> dict[str, str]:
    """The environment from which another process reads the same settings, without the demo."""
    signing = {"ESIGN_URL": config.esign_url, "ESIGN_USER": config.esign_user, "ESIGN_PASSWORD": config.esign_password}
    return {
        **WEB_ENVIRONMENT,
        **{key: value for key, value in os.environ.items() if not key.startswith("LOKET_")},
        "PUBLIC_URL": config.public_url,
        "INSTANCE_DIR": str(config.instance_dir),
        "DATABASE_URL": config.database_url,
        "STORAGE_URL": config.storage_url,
        "SECRET_KEY": config.secret_key,
        "DATA_KEYS": ",".join(f"{name}:{_written(key)}" for name, key in config.data_keys.items()),
        "INDEX_KEY": _written(config.index_key),
        "AUDIT_KEY": _written(config.audit_key),
        **{name: value for name, value in signing.items() if value},
    }


def _written(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            client.request("GET", "/sehat")
            client.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(TICK)
        finally:
            client.close()
    raise RuntimeError(f"The server never answered: {log.read_text(errors='replace')[-2000:]}")


def processes_of(server: Server) -> list[int]:
    """The ids of the server's process and of its workers. Linux only, like all that reads /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything, so what counts begins behind it.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It ended while we looked.
    return [server.pid, *(pid for pid, parent in parents.items() if parent == server.pid)]


def cpu_seconds(server: Server) -> float:
    """Processor time that the server and its workers have used so far; other programs do not count."""
    ticks = 0
    for pid in processes_of(server):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def worker_megabytes(server: Server) -> float:
    """Resident size of the worker in MB of a million bytes; it is larger than the process that only watches it."""
    return max(map(resident_bytes, processes_of(server))) / 1e6


def resident_bytes(pid: int) -> int:
    """Memory of a process that lies in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
