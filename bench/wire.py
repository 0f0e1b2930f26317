"""What each citizen page costs on the wire: bytes and requests of a first visit, and bytes of what htmx asks for."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from portal.transaction import transaction
from tests.citizen_pages import STRANGERS, make_cases, pages_of, partials_of
from tests.client import CheckedClient
from tests.people import enrol_citizen, log_in_citizen
from tests.server import Server, running_server
from tests.temporary import temporary_portal

# (must, aim) of docs/performance.md; a kilobyte is 1,000 bytes.
FIRST_PAINT, COLD, REQUESTS, WARM = (14_200, 10_000), (30_000, 25_000), (4, 3), (4_000, 2_000)
TAGS = re.compile(r'<(?:link rel="(?:stylesheet|icon)" href|script src|img[^>]* src)="([^"]+)"')
STYLES = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
# Where codes and keys are random, a table shows what they are.
CODE, PAPER = re.compile(r"AKL\d+"), re.compile(r"(verifikasi|dokumen)/[\w-]{20,}")


class Wire:
    """One browser's way to the server; heads of answers are counted too."""

    def __init__(self, server: Server, cookie: str) -> None:
        self._connection = server.connect()
        self._headers = {"Accept-Encoding": "br", "Cookie": f"loket={cookie}"}
        self._files: dict[str, int] = {}

    def size(self, path: str, **headers: str) -> int:
        """Bytes of an answer, its head included."""
        return self._fetch(path, self._headers | headers)[0]

    def page(self, path: str) -> tuple[int, int, int]:
        """(bytes until the first paint, bytes of a cold visit, requests) of a page."""
        size, _ = self._fetch(path, self._headers)
        plain = {"Cookie": self._headers["Cookie"]}
        html = self._fetch(path, plain)[1].decode()
        files = [name for name in TAGS.findall(html) if 'loading="lazy"' not in name]
        styles = sum(map(self._file, STYLES.findall(html)))
        return size + styles, size + sum(map(self._file, files)), 1 + len(files)

    def _file(self, path: str) -> int:
        if path not in self._files:
            self._files[path] = self._fetch(path, self._headers)[0]
        return self._files[path]

    def _fetch(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status in (200, 404), f"{path}: {answer.status}"
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        return len(body) + head + len("HTTP/1.1 200 OK\r\n\r\n"), body


def main() -> None:
    with temporary_portal() as app:
        app.test_client_class = CheckedClient
        with transaction():
            account = enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")
        cookie = log_in_citizen(app.test_client(), account).get_cookie("loket")
        assert cookie is not None
        cases = make_cases(account)
        with running_server(app.extensions["config"]) as server:
            _print_pages(Wire(server, ""), STRANGERS)
            known = Wire(server, cookie.value)
            _print_pages(known, pages_of(cases))
            _print_partials(known, partials_of(cases))


def _print_pages(wire: Wire, paths: list[str] | tuple[str, ...]) -> None:
    print(f"{'page':62} {'first paint':>12} {'cold visit':>12} {'requests':>10}")
    for path in paths:
        paint, cold, requests = wire.page(path)
        print(
            f"{_shown(path):62} {paint:8,} {_mark(paint, FIRST_PAINT)} {cold:8,} {_mark(cold, COLD)}"
            f" {requests:6} {_mark(requests, REQUESTS)}"
        )
    print(f"{'must / aim':62} {_pair(FIRST_PAINT)} {_pair(COLD)} {_pair(REQUESTS)}\n")


def _print_partials(wire: Wire, paths: list[str]) -> None:
    print(f"{'part, as htmx gets it':62} {'warm':>12}")
    for path in paths:
        size = wire.size(path, **{"HX-Request": "true"})
        print(f"{_shown(path):62} {size:8,} {_mark(size, WARM)}")
    print(f"{'must / aim':62} {_pair(WARM)}")


def _shown(path: str) -> str:
    return PAPER.sub(r"\1/(code)", CODE.sub("(code)", path))


def _mark(value: int, budget: tuple[int, int]) -> str:
    must, aim = budget
    return "aim " if value <= aim else "must" if value <= must else "OVER"


def _pair(budget: tuple[int, int]) -> str:
    return f"{budget[0]:,}/{budget[1]:,}".rjust(13)


if __name__ == "__main__":
    main()
