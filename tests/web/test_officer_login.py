"""Officers come through a door of their own, and see what their duties reach."""

from __future__ import annotations

import pytest

from tests.client import CheckedClient
from tests.journeys.joining import log_in
from tests.people import PASSWORD
from tests.web.conftest import Citizen


@pytest.mark.req("KAR-03")
def test_an_officer_logs_in_and_lands_on_the_work(visitor: CheckedClient) -> None:
    visitor.get("/petugas/masuk")
    response = visitor.submit({"username": "vera", "password": PASSWORD}, form="login")
    assert response.status_code == 200
    assert response.request.path == "/petugas/"
    assert "Vera Verifikator" in response.text


@pytest.mark.req("KAR-02")
def test_the_form_has_the_words_of_the_guide(visitor: CheckedClient) -> None:
    text = visitor.get("/petugas/masuk").text
    assert visitor.page is not None
    assert {"username", "password"} <= visitor.page.form("login").names
    for words in ("Username", "Password", "Log in"):
        assert words in text


@pytest.mark.req("KAR-01")
def test_each_side_has_an_address_and_takes_only_its_own(visitor: CheckedClient, siti: Citizen) -> None:
    visitor.get("/petugas/masuk")
    response = visitor.submit({"username": siti.nik, "password": PASSWORD}, form="login")
    assert response.status_code == 422
    response = log_in(visitor, PASSWORD, "vera")
    assert response.status_code == 422
    assert visitor.get("/akun").status_code == 303


@pytest.mark.req("KAR-04")
@pytest.mark.parametrize(("username", "password"), [("vera", "salah sekali"), ("nobody", PASSWORD)])
def test_a_wrong_try_is_refused_without_telling_what_was_wrong(
    visitor: CheckedClient, username: str, password: str
) -> None:
    visitor.get("/petugas/masuk")
    response = visitor.submit({"username": username, "password": password}, form="login")
    assert response.status_code == 422
    assert "Username atau password salah." in response.text
    assert password not in response.text


@pytest.mark.req("KAR-04")
def test_many_wrong_tries_have_to_wait(visitor: CheckedClient) -> None:
    answers = []
    for _ in range(6):
        visitor.get("/petugas/masuk")
        answers.append(visitor.submit({"username": "vino", "password": "x"}, form="login").status_code)
    assert answers[:3] == [422, 422, 422]
    assert answers[-1] == 429


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


@pytest.mark.req("KAR-41")
def test_leaving_asks_first_and_then_every_page_leads_to_the_log_in(verifier: CheckedClient) -> None:
    verifier.get("/petugas/")
    asked = verifier.submit(form="keluar")
    assert "Apa kamu yakin ? Anda tidak akan bisa akses halaman ini lagi!" in asked.text
    assert "KELUAR" in asked.text
    assert "CANCEL" in asked.text
    assert verifier.get("/petugas/").status_code == 200
    verifier.get("/petugas/keluar")
    verifier.submit(form="leave")
    for path in ("/petugas/", "/petugas/permohonan", "/petugas/pendaftaran", "/petugas/akun"):
        response = verifier.get(path)
        assert response.status_code == 303
        assert "/petugas/masuk" in response.headers["Location"]


@pytest.mark.req("KAR-42")
def test_the_browser_keeps_no_page_of_the_desk(verifier: CheckedClient) -> None:
    for path in ("/petugas/", "/petugas/permohonan", "/petugas/akun"):
        assert "no-store" in verifier.get(path).headers["Cache-Control"]
    verifier.get("/petugas/keluar")
    left = verifier.submit(form="leave", follow=False)
    assert left.headers["Clear-Site-Data"] == '"cache"'
    # Going back asks the server again, which knows nobody any more.
    assert verifier.get("/petugas/").status_code == 303


def test_a_citizen_is_no_officer(citizen: CheckedClient) -> None:
    assert citizen.get("/petugas/permohonan").status_code == 303
