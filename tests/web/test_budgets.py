"""What a page may weigh and ask of the database (docs/performance.md), over the pages that a citizen can meet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.extensions import db
from portal.operations import throttle
from portal.web import assets
from tests.birth_certificate import TYPED
from tests.citizen_pages import STRANGERS, Cases, make_cases, pages_of, partials_of
from tests.client import CheckedClient
from tests.people import application
from tests.web.linked_pages import WALKS, linked_pages, own_pages

FIRST_PAINT = 14_200  # bytes on the wire: the page and the style sheets that it names
COLD_VISIT = 30_000  # bytes, with script and icon
COLD_REQUESTS = 4
WARM_PARTIAL = 4_000
PAGE_QUERIES = 6
LIST_QUERIES = 4
BROWSER = {"Accept-Encoding": "br"}
HTMX = {"HX-Request": "true"}

# Addresses that answer no page of a citizen.
NO_PAGES = {
    "public.asset": "a file, named by its content",
    "public.health": "for machines",
    "applicant.show_sample": "a picture that is loaded when it is looked at",
    "applicant.send_file": "a file of one's own",
    "applicant.send_small_picture": "a picture of one's own",
    "applicant.show_file": "a page around a picture",
    "applicant.send_proof": "a PDF",
    "applicant.send_paper": "a PDF",
    "account.send_photo": "a picture of one's own",
    "account.send_copy": "a file of one's own data",
    "static": "not used",
    "account.finish_outside": "leads on",
    # With one agency there is nothing to choose.
    "account.choose_agency": "leads on",
    "account.log_in_page": "leads on",
    "applicant.return_to_service": "leads on",
}
# Leads on unless a provider has just told of somebody unknown; nothing here proves what it weighs.
NOT_WEIGHED = ("/masuk/dukcapil/luar/baru",)


@dataclass(frozen=True)
class Answer:
    """One answer as it travels, and what it asked of the database."""

    path: str
    html: str
    size: int
    queries: list[str]


@pytest.fixture(autouse=True)
def _assets(site: Flask) -> None:
    """The style sheets and the script must have been built; make test does so before the tests."""
    folder = Path(site.config.get("ASSETS_FOLDER", assets.DIST))
    if not (folder / assets.MANIFEST).exists():
        pytest.fail("The assets are not built: run make assets (make test does).")


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Every statement that was sent meanwhile, that of the session included."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _read(client: CheckedClient, path: str, **headers: str) -> Answer:
    """The answer as a browser gets it, once the process is warm."""
    html = client.get(path, headers=headers).text
    with _counted() as queries:
        response = _as_it_travels(client, path, headers)
    assert response.status_code in (200, 404 if path == STRANGERS[-1] else 200), f"{path}: {response.status_code}"
    return Answer(path, html, len(response.data), list(queries))


def _as_it_travels(client: CheckedClient, path: str, headers: dict[str, str], **words: Any) -> Any:
    """The compressed answer, which the checking client cannot read."""
    response = FlaskClient.open(client, path, headers=headers | BROWSER, **words)
    db.session.remove()
    return response


@pytest.fixture
def cases(site: Flask, siti: Any) -> Cases:
    """Siti's applications, one in each state."""
    return make_cases(siti.account_id)


@pytest.fixture
def answers(site: Flask, visitor: CheckedClient, citizen: CheckedClient, cases: Cases, budi: Any) -> list[Answer]:
    """Every citizen page, of a stranger, of Siti, behind links, and of somebody in the middle of registering."""
    throttle.forget_memory()
    read = [_read(visitor, path) for path in STRANGERS]
    targets, links = linked_pages(_owner(cases), budi.account_id, cases.checking)
    read += [_read(visitor, path) for path in links]
    read += [_read(citizen, path) for path in (*pages_of(cases), *own_pages(targets))]
    for walk in WALKS:
        client = site.test_client()
        assert isinstance(client, CheckedClient)
        read += [_read(client, path) for path in walk(client)]
    return read


def _owner(cases: Cases) -> int:
    owner = application(cases.draft).account_id
    assert owner is not None
    return owner


def _wire_size(address: str) -> int:
    """Bytes of a built asset as a browser with brotli gets it."""
    return (assets.DIST / (address.removeprefix("/aset/") + ".br")).stat().st_size


def _style_sheets(html: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)


def _loaded_at_once(html: str) -> list[str]:
    """What a browser fetches for a page without being asked: styles, scripts, icon, pictures in view."""
    icons = re.findall(r'<link rel="icon" href="([^"]+)"', html)
    scripts = re.findall(r'<script src="([^"]+)"', html)
    pictures = [tag for tag in re.findall(r"<img[^>]+>", html) if 'loading="lazy"' not in tag]
    return [*_style_sheets(html), *icons, *scripts, *pictures]


def _over(found: dict[str, int], most: int) -> dict[str, int]:
    return {path: value for path, value in found.items() if value > most}


def test_first_paint_fits_into_the_first_flight_of_packets(answers: list[Answer]) -> None:
    sizes = {one.path: one.size + sum(map(_wire_size, _style_sheets(one.html))) for one in answers}
    assert min(sizes.values()) > 1000
    assert _over(sizes, FIRST_PAINT) == {}


def test_a_cold_visit_is_light_and_asks_for_four_files(answers: list[Answer]) -> None:
    files = {one.path: _loaded_at_once(one.html) for one in answers}
    assert _over({path: 1 + len(names) for path, names in files.items()}, COLD_REQUESTS) == {}
    sizes = {
        one.path: one.size + sum(map(_wire_size, files[one.path]))
        for one in answers
        if all(name.startswith("/aset/") for name in files[one.path])
    }
    assert len(sizes) == len(answers)
    assert _over(sizes, COLD_VISIT) == {}


def test_nothing_is_fetched_from_elsewhere(answers: list[Answer]) -> None:
    for one in answers:
        assert all(name.startswith("/") for name in _loaded_at_once(one.html)), one.path
        assert "@import" not in one.html


def test_no_style_sheet_asks_for_a_font_or_a_picture() -> None:
    manifest = json.loads((assets.DIST / assets.MANIFEST).read_text())
    for name in ("citizen.css", "officer.css"):
        sheet = (assets.DIST / manifest[name]).read_text()
        assert "@font-face" not in sheet
        assert re.findall(r"url\((?!['\"]?data:)", sheet) == []


def test_a_page_asks_the_database_at_most_six_times(answers: list[Answer]) -> None:
    asked = {one.path: len(one.queries) for one in answers}
    assert _over(asked, PAGE_QUERIES) == {}, _statements(answers, PAGE_QUERIES)


def _statements(answers: list[Answer], most: int) -> str:
    return "\n\n".join(
        "\n".join([one.path, *(sql.replace("\n", " ")[:160] for sql in one.queries)])
        for one in answers
        if len(one.queries) > most
    )


def test_what_htmx_asks_for_is_small(citizen: CheckedClient, cases: Cases) -> None:
    sizes = {path: _read(citizen, path, **HTMX).size for path in partials_of(cases)}
    assert _over(sizes, WARM_PARTIAL) == {}


def test_the_answer_to_a_step_is_the_next_step_and_small(citizen: CheckedClient, cases: Cases) -> None:
    sizes = {}
    for step, typed in TYPED.items():
        path = f"/permohonan/{cases.draft}/langkah/{step}"
        citizen.get(path)
        assert citizen.page is not None
        fields = citizen.page.form("isian").values | typed | {"baby_nik": ""}
        page = _as_it_travels(citizen, path, HTMX, method="POST", data=fields)
        assert page.status_code == 200
        assert page.headers.get("HX-Push-Url", path) != path
        sizes[step] = len(page.data)
    assert _over(sizes, WARM_PARTIAL) == {}


def test_officers_lists_ask_the_database_at_most_four_times(
    officer: Callable[[str], CheckedClient], cases: Cases
) -> None:
    asked = []
    for role, path in [
        ("verifier", "/petugas/permohonan"),
        ("verifier", "/petugas/permohonan?status=semua&q=siti&urut=baru"),
        ("supervisor", "/petugas/permohonan?status=semua"),
        ("registrar", "/petugas/pendaftaran"),
        ("signer", "/petugas/tanda-tangan"),
    ]:
        asked.append(_read(officer(role), path))
    assert _over({one.path: len(one.queries) for one in asked}, LIST_QUERIES) == {}, _statements(asked, LIST_QUERIES)


def test_officers_pages_ask_the_database_at_most_six_times(verifier: CheckedClient, cases: Cases) -> None:
    asked = [
        _read(verifier, path)
        for path in (
            "/petugas/",
            f"/petugas/permohonan/{cases.checking}",
            f"/petugas/permohonan/{cases.checking}/riwayat",
            f"/petugas/permohonan/{cases.checking}/percakapan",
        )
    ]
    # That an officer read somebody's data is written down besides.
    reads = {one.path: sum(sql.startswith("SELECT") for sql in one.queries) for one in asked}
    assert _over(reads, PAGE_QUERIES) == {}, _statements(asked, PAGE_QUERIES)


def test_no_page_of_a_citizen_is_forgotten_here(site: Flask, cases: Cases, answers: list[Answer]) -> None:
    """A new address is weighed, or stands among those that answer no page or are not weighed yet."""
    adapter = site.url_map.bind("localhost")
    weighed = [*(one.path for one in answers if one.path != STRANGERS[-1]), *partials_of(cases)]
    paths = [path.partition("?")[0] for path in (*weighed, *NOT_WEIGHED)]
    known = {adapter.match(path, method="GET")[0] for path in paths}
    theirs = {
        rule.endpoint
        for rule in site.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.split(".")[0] not in ("officer", "hooks", "demo")
    }
    assert theirs - known - NO_PAGES.keys() == set()
