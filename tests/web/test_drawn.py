"""What is drawn once and filled often: escaped, in each language, and nobody's."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from markupsafe import Markup

from portal.extensions import db
from portal.operations import visits
from portal.queries import accounts
from portal.queries.reading import read_rows
from portal.transaction import transaction
from portal.web.patterns import SEAM, fill, hole, pattern
from tests.client import CheckedClient
from tests.desk_cases import send_case

LIST = "/petugas/permohonan"
EVIL = "<b>\"'&%s%%{{ 1 }}</b>"
SAFE = "&lt;b&gt;&#34;&#39;&amp;%s%%{{ 1 }}&lt;/b&gt;"
HOLES = ("href", "code", "name", "sent", "due", "holder")


def row(**fixed: object) -> str:
    return pattern(
        "officer/_row.html", HOLES, **{"service": None, "tone": "good", "label": "x", "is_late": False, **fixed}
    )


def test_every_word_that_is_filled_in_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        html = fill([row()], [(EVIL,) * len(HOLES)])
    assert html.count(SAFE) == len(HOLES)
    assert "<b>" not in html


def test_a_word_with_the_seam_in_it_does_not_move_its_neighbours(app: Flask) -> None:
    words = [("a", "b", f"x{SEAM}<y", "d", "e", "f"), ("g", "h", "i", "j", "k", "l")]
    with app.test_request_context("/"):
        html = fill([row(), row()], words)
    assert "&lt;y</td><td>d</td>" in html
    assert 'href="g">h</a></td><td>i</td>' in html


def test_what_is_fixed_is_escaped_by_the_template(app: Flask) -> None:
    with app.test_request_context("/"):
        assert SAFE.replace("%", "%%") in row(label=EVIL)


def test_holes_have_to_stand_in_their_order(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="in this order"):
        pattern("officer/_row.html", HOLES[::-1], service=None, tone="good", label="x", is_late=False)


def test_nothing_filled_is_an_empty_piece() -> None:
    assert fill([], []) == Markup()
    assert hole("q") == f"{SEAM}q{SEAM}"


def test_templates_that_are_drawn_once_ask_for_nobody(app: Flask) -> None:
    shared = re.compile(r"\b(viewer|session|request|g|current_user|csrf_token|get_flashed_messages|site|nav|path\.)\b")
    for name in ("officer/_row.html", "officer/_tabs.html", "officer/_filters.html"):
        assert app.jinja_env.loader is not None
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]
        assert not shared.search(re.sub(r"\{#.*?#\}", "", source)), name


def test_officers_with_the_same_duties_share_a_face_but_not_a_name_or_a_search(officer, siti) -> None:
    one, other = officer("verifier"), officer("second-verifier")
    code = send_case(siti.account_id)
    first, second = one.get(f"{LIST}?q=%3Ci%3Edewi&dari=2026-11-23").text, other.get(LIST).text
    assert "Vera" in first
    assert 'value="&lt;i&gt;dewi"' in first
    assert "Vera" not in second
    assert "dewi" not in second
    assert "Vino" in second
    assert code in second
    tokens = [re.findall(r'csrf_token" value="([^"]+)"', text)[0] for text in (first, second)]
    assert tokens[0] != tokens[1]


def test_a_page_speaks_the_language_of_each_request(verifier: CheckedClient) -> None:
    assert "Menunggu saya" in verifier.get(LIST).text
    english = verifier.get(f"{LIST}?bahasa=en").text
    assert "Waiting for me" in english
    assert "Menunggu saya" not in english
    assert "Menunggu saya" in verifier.get(f"{LIST}?bahasa=id").text


def test_rows_are_read_as_the_session_reads_them(verifier, siti) -> None:
    send_case(siti.account_id)
    cookie = verifier.get_cookie("petugas").value
    values = {"digest": visits.digest(cookie), "audience": "officer"}
    beside = read_rows(accounts.FIND_VISIT, values)
    assert [tuple(one) for one in beside] == [tuple(one) for one in db.session.execute(accounts.FIND_VISIT, values)]
    assert beside[0].seen_at.tzinfo is not None
    with transaction():
        assert [tuple(one) for one in read_rows(accounts.FIND_VISIT, values)] == [tuple(one) for one in beside]
