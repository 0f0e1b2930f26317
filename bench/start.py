"""How soon the web process answers, what it holds in memory also after a signature, and which imports take longest."""

import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from portal.config import ROOT
from portal.jobs.papers import make_document
from portal.transaction import transaction
from tests.backstage import PASSPHRASE, approve, give_certificate, send_birth
from tests.client import CheckedClient
from tests.people import enrol_citizen, log_in_officer
from tests.server import Server, environment_of, running_server, worker_megabytes
from tests.signing_visit import sign_all, with_signing_service
from tests.temporary import temporary_portal

MEMORY, READY = (110, 80), (2.0, 1.0)  # must and aim: MB of the web process, seconds
STARTS, REQUESTS, SHOWN = 3, 200, 15
PATHS = ("/", "/instansi/dukcapil", "/layanan/dukcapil/akta-kelahiran", "/masuk/dukcapil", "/daftar/dukcapil")
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)")


def main() -> None:
    with temporary_portal() as app:
        with transaction():
            citizen = enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")
        give_certificate()
        app.test_client_class = CheckedClient
        cookie = log_in_officer(app.test_client(), "signer").get_cookie("petugas")
        assert cookie is not None
        ready, fresh, used, signed = [], [], [], []
        with with_signing_service(app.extensions["config"]) as config:
            for _ in range(STARTS):
                make_document(approve(send_birth(citizen)).id)
                with running_server(config) as server:
                    ready.append(server.ready_after)
                    fresh.append(worker_megabytes(server))
                    _ask(server)
                    used.append(worker_megabytes(server))
                    sign_all(server, cookie.value, PASSPHRASE)
                    signed.append(worker_megabytes(server))
        print(f"median of {STARTS} starts, one web process with four threads, SQLite")
        _report("ready, seconds", statistics.median(ready), READY)
        _report("resident when ready, MB", statistics.median(fresh), MEMORY)
        _report(f"resident after {REQUESTS} requests, MB", statistics.median(used), MEMORY)
        _report("resident after a signature too, MB", statistics.median(signed), MEMORY)
        _print_imports(environment_of(config))


def _ask(server: Server) -> None:
    connection = server.connect()
    for number in range(REQUESTS):
        connection.request("GET", PATHS[number % len(PATHS)], headers={"Accept-Encoding": "br"})
        connection.getresponse().read()
    connection.close()


def _report(name: str, value: float, budget: tuple[float, float]) -> None:
    must, aim = budget
    verdict = "reaches the aim" if value <= aim else "reaches the must" if value <= must else "TOO MUCH"
    print(f"{name:36} {value:8.2f}   must {must:g}, aim {aim:g}: {verdict}")


def _print_imports(environment: dict[str, str]) -> None:
    """What takes longest to import, by the outermost package: time of its own and of all below it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    own: dict[str, int] = {}
    for line in done.stderr.splitlines():
        if found := LINE.match(line):
            package = ".".join(found[4].split(".")[:1])
            own[package] = own.get(package, 0) + int(found[1])
    total = sum(own.values())
    print(f"\nimports: {total / 1e6:.2f} s; the longest, in milliseconds of their own modules")
    for package, time in sorted(own.items(), key=lambda pair: -pair[1])[:SHOWN]:
        print(f"  {package:28} {time / 1000:7.0f}")


if __name__ == "__main__":
    main()
