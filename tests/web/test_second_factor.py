"""The second factor: codes once, recovery codes once, and a half-open visit that reaches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from portal import clock
from portal.operations import throttle
from portal.operations.second_factor import check_code
from portal.transaction import transaction
from tests.access import ACCESS
from tests.client import CheckedClient
from tests.people import PASSWORD
from tests.web.conftest import MONDAY
from tests.web.officers import (
    account_of,
    acts_of,
    app_code,
    client_of,
    officer_row,
    type_password,
    with_factor,
)


@pytest.fixture(autouse=True)
def _no_tries_of_other_tests(site: Flask) -> None:
    throttle.forget_memory()


@pytest.fixture
def demanded(site: Flask) -> Iterator[Flask]:
    """The site as it runs for real: every officer needs a second factor."""
    config = site.extensions["config"]
    site.extensions["config"] = replace(config, officer_second_factor=True)
    yield site
    site.extensions["config"] = config


def test_the_code_comes_behind_the_password_and_opens_the_page_that_was_wanted(visitor: CheckedClient) -> None:
    with_factor("vera")
    visitor.follow(visitor.get("/petugas/permohonan"))
    response = visitor.submit({"username": "vera", "password": PASSWORD}, form="login")
    assert response.request.path == "/petugas/masuk/kode"
    response = visitor.submit({"code": app_code()}, form="code", follow=False)
    assert response.headers["Location"] == "/petugas/permohonan"
    assert visitor.get("/petugas/permohonan").status_code == 200


def test_a_half_open_visit_reaches_no_officer_endpoint(site: Flask, visitor: CheckedClient) -> None:
    with_factor("vera")
    type_password(visitor, "vera")
    visitor.get("/petugas/masuk/kode")
    token = visitor.page.form("code").values["csrf_token"]
    tried = 0
    for rule in site.url_map.iter_rules():
        if ACCESS[rule.endpoint] != "officer":
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", path))
        for method in sorted({"GET", "POST"} & rule.methods):
            response = visitor.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert response.status_code == 303, path
            assert response.headers["Location"].startswith("/petugas/masuk?"), path
            tried += 1
    assert tried > 40


def test_a_code_opens_once_even_within_its_half_minute(site: Flask, visitor: CheckedClient) -> None:
    with_factor("vera")
    type_password(visitor, "vera")
    visitor.get("/petugas/masuk/kode")
    visitor.submit({"code": app_code()}, form="code")
    thief = site.test_client()
    type_password(thief, "vera")
    thief.get("/petugas/masuk/kode")
    assert thief.submit({"code": app_code()}, form="code").status_code == 422
    assert thief.get("/petugas/").status_code == 303


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(site: Flask, steps: int, is_right: bool) -> None:
    with_factor("vera")
    with transaction():
        assert check_code(account_of("vera"), app_code(steps=steps)) is is_right


def test_an_older_code_is_refused_after_a_newer_one(site: Flask) -> None:
    with_factor("vera")
    with transaction():
        assert check_code(account_of("vera"), app_code(steps=1))
    with transaction():
        assert not check_code(account_of("vera"), app_code())


def test_a_recovery_code_opens_once_and_is_recorded(site: Flask, visitor: CheckedClient) -> None:
    codes = with_factor("vera")
    assert len(codes) == len(set(codes)) == 10
    type_password(visitor, "vera")
    visitor.get("/petugas/masuk/kode")
    response = visitor.submit({"code": codes[0].lower().replace("-", " ")}, form="code")
    assert "Sisa 9" in response.text
    assert "use_recovery_code" in acts_of("officer")
    other = site.test_client()
    type_password(other, "vera")
    other.get("/petugas/masuk/kode")
    assert other.submit({"code": codes[0]}, form="code").status_code == 422


def test_a_code_of_somebody_else_opens_nothing(site: Flask) -> None:
    codes = with_factor("vera")
    with transaction():
        assert not check_code(account_of("vino"), codes[0])
        assert not check_code(account_of("vino"), app_code())


def test_guesses_wait_and_end_the_half_open_visit(visitor: CheckedClient) -> None:
    with_factor("vera")
    type_password(visitor, "vera")
    at = MONDAY
    answers = []
    for _ in range(6):
        at += timedelta(seconds=61)
        with clock.frozen(at):
            visitor.get("/petugas/masuk/kode")
            if not visitor.page.has_form("code"):
                break
            answers.append(visitor.submit({"code": "ABCD-EFGH-JKLM"}, form="code", follow=False).status_code)
    assert answers == [422, 422, 422, 422, 303]
    assert visitor.get("/petugas/masuk/kode").headers["Location"] == "/petugas/masuk"


def test_a_half_open_visit_ends_after_ten_minutes(visitor: CheckedClient) -> None:
    with_factor("vera")
    type_password(visitor, "vera")
    with clock.frozen(MONDAY + timedelta(minutes=11)):
        assert visitor.get("/petugas/masuk/kode").headers["Location"] == "/petugas/masuk"


def test_each_step_of_logging_in_has_an_id_of_its_own(visitor: CheckedClient) -> None:
    with_factor("vera")
    visitor.get("/petugas/masuk")
    seen = [visitor.get_cookie("petugas").value]
    type_password(visitor, "vera")
    seen.append(visitor.get_cookie("petugas").value)
    visitor.get("/petugas/masuk/kode")
    visitor.submit({"code": app_code()}, form="code")
    seen.append(visitor.get_cookie("petugas").value)
    assert len(set(seen)) == 3


def test_where_it_is_demanded_it_is_set_up_before_any_other_page(demanded: Flask, visitor: CheckedClient) -> None:
    response = type_password(visitor, "vera")
    assert response.headers["Location"] == "/petugas/masuk/pasang"
    assert visitor.get("/petugas/").status_code == 303
    page = visitor.get("/petugas/masuk/pasang")
    assert "<svg" in page.text
    secret = secret_on(page.text)
    fields = {"code": app_code(secret), "nik": "9901010203850009", "kk": "9901010202150009"}
    response = visitor.submit(fields, form="setup")
    assert response.status_code == 200
    codes = re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", response.text)
    assert len(codes) == 10
    assert visitor.get("/petugas/").status_code == 200
    assert officer_row("vera").nik_digest is not None
    # The code that proved the app is used up too.
    with transaction():
        assert not check_code(account_of("vera"), app_code(secret))
    with transaction():
        assert check_code(account_of("vera"), codes[3])


def test_a_wrong_code_sets_nothing_up_and_keeps_what_was_typed(demanded: Flask, visitor: CheckedClient) -> None:
    type_password(visitor, "vera")
    before = secret_on(visitor.get("/petugas/masuk/pasang").text)
    fields = {"code": "000000", "nik": "9901010203850009", "kk": "9901010202150009"}
    response = visitor.submit(fields, form="setup")
    assert response.status_code == 422
    assert secret_on(response.text) == before
    assert "9901010203850009" in response.text
    assert visitor.get("/petugas/").status_code == 303


def test_who_has_a_factor_cannot_set_up_another_half_open(demanded: Flask, visitor: CheckedClient) -> None:
    with_factor("vera")
    type_password(visitor, "vera")
    assert visitor.get("/petugas/masuk/pasang").status_code == 303
    visitor.get("/petugas/masuk/kode")
    token = visitor.page.form("code").values["csrf_token"]
    response = visitor.post("/petugas/masuk/pasang", data={"csrf_token": token, "code": "123456"})
    assert response.status_code in (303, 422, 409)
    with transaction():
        assert check_code(account_of("vera"), app_code())


def test_a_sensitive_page_asks_for_the_password_and_the_code_again(site: Flask) -> None:
    with_factor("vera")
    client = client_of(site, "vera")
    later = MONDAY + timedelta(minutes=11)
    with clock.frozen(later):
        response = client.get("/petugas/akun/kode-pemulihan")
        assert response.headers["Location"] == "/petugas/konfirmasi?lanjut=%2Fpetugas%2Fakun%2Fkode-pemulihan"
        client.follow(response)
        assert client.submit({"password": PASSWORD, "code": "000000"}, form="confirm").status_code == 422
        assert client.submit({"password": "salah", "code": app_code()}, form="confirm").status_code == 422
        response = client.submit({"password": PASSWORD, "code": app_code()}, form="confirm")
        assert response.status_code == 200, client.page.words()
        assert response.request.path == "/petugas/akun/kode-pemulihan"
        assert client.submit(form="kode-pemulihan").text.count("<li>") >= 10
    with clock.frozen(later + timedelta(minutes=11)):
        assert client.get("/petugas/akun/kode-pemulihan").status_code == 303


def test_new_recovery_codes_end_the_old_ones(site: Flask) -> None:
    codes = with_factor("vera")
    client = client_of(site, "vera")
    client.get("/petugas/akun/kode-pemulihan")
    client.submit(form="kode-pemulihan")
    with transaction():
        assert not check_code(account_of("vera"), codes[0])


def secret_on(text: str) -> str:
    """The secret that the set-up page shows to be typed."""
    found = re.search(r'<p class="code-text">([A-Z2-7 ]+)</p>', text)
    assert found is not None
    return found[1].replace(" ", "")
