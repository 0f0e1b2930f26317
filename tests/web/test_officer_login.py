"""Officers come through a door of their own, and see what their duties reach."""

from __future__ import annotations

import pytest

from tests.client import CheckedClient
from tests.people import PASSWORD


def test_an_officer_logs_in_and_lands_on_the_work(visitor: CheckedClient) -> None:
    visitor.get("/petugas/masuk")
    response = visitor.submit({"username": "vera", "password": PASSWORD}, form="login")
    assert response.status_code == 200
    assert response.request.path == "/petugas/"
    assert "Vera Verifikator" in response.text


@pytest.mark.parametrize(("username", "password"), [("vera", "salah sekali"), ("nobody", PASSWORD)])
def test_a_wrong_try_is_refused_without_telling_what_was_wrong(
    visitor: CheckedClient, username: str, password: str
) -> None:
    visitor.get("/petugas/masuk")
    response = visitor.submit({"username": username, "password": password}, form="login")
    assert response.status_code == 422
    assert "Nama pengguna atau kata kunci salah." in response.text
    assert password not in response.text


def test_many_wrong_tries_have_to_wait(visitor: CheckedClient) -> None:
    answers = []
    for _ in range(4):
        visitor.get("/petugas/masuk")
        answers.append(visitor.submit({"username": "vino", "password": "x"}, form="login").status_code)
    assert answers == [422, 422, 422, 429]


def test_login_leads_to_the_page_that_was_wanted(visitor: CheckedClient) -> None:
    response = visitor.get("/petugas/permohonan?q=DEWI")
    visitor.follow(response)
    response = visitor.submit({"username": "vera", "password": PASSWORD}, form="login", follow=False)
    assert response.headers["Location"] == "/petugas/permohonan?q=DEWI"


@pytest.mark.parametrize("wanted", ["https://jahat.example/", "//jahat.example", "/petugas//jahat.example"])
def test_login_never_leads_to_another_site(visitor: CheckedClient, wanted: str) -> None:
    visitor.get("/petugas/masuk", query_string={"lanjut": wanted})
    response = visitor.submit({"username": "vera", "password": PASSWORD}, form="login", follow=False)
    assert response.headers["Location"] == "/petugas/"


def test_logging_out_ends_the_visit(verifier: CheckedClient) -> None:
    verifier.get("/petugas/")
    verifier.submit(form="keluar")
    response = verifier.get("/petugas/")
    assert response.status_code == 303
    assert "/petugas/masuk" in response.headers["Location"]


def test_a_citizen_is_no_officer(citizen: CheckedClient) -> None:
    assert citizen.get("/petugas/permohonan").status_code == 303
