"""Logging in by Google and Facebook, against a provider that is spoken to over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select, update

from portal import clock
from portal.config import twin_providers
from portal.extensions import db
from portal.integrations.oidc import EXTENSION, OutsideProvider
from portal.integrations.outside_twin import PEOPLE, Twin
from portal.models import Account, Enrolment, Message, OutsideIdentity, Visit
from portal.operations import throttle
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.outside_server import outside_server
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import MONDAY, Citizen

SECRET = "rahasia penyedia yang cukup panjang"
SITI, BUDI, RATNA = (person.subject for person in PEOPLE)
BOTH = ("google", "facebook")
LOGIN = f"/masuk/{AGENCY}"


@pytest.fixture
def twin(site: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    """A provider of both kinds, which the agency declares."""
    throttle.forget_memory()
    redirects = tuple(f"http://localhost/masuk/luar/{key}" for key in BOTH)
    with outside_server(redirects, SECRET) as twin:
        providers = {one.key: OutsideProvider(one) for one in twin_providers(twin.base, SECRET)}
        monkeypatch.setitem(site.extensions, EXTENSION, providers)
        _declare(site, monkeypatch)
        yield twin


@pytest.fixture
def by_email(siti: Citizen) -> Citizen:
    """Siti, whose agency knows her by her e-mail alone."""
    _grade(siti, 1)
    return siti


def _declare(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = site.extensions["catalogue"]
    service = catalogue.registration(AGENCY)
    rules = service.registration.model_copy(update={"outside": BOTH})
    changed = service.model_copy(update={"registration": rules})
    services = catalogue.services | {AGENCY: catalogue.services[AGENCY] | {service.code: changed}}
    monkeypatch.setitem(site.extensions, "catalogue", catalogue.model_copy(update={"services": services}))


def _grade(who: Citizen, assurance: int) -> None:
    with transaction():
        db.session.execute(update(Enrolment).where(Enrolment.account_id == who.account_id).values(assurance=assurance))


def press(client: CheckedClient, provider: str = "google") -> str:
    """Press the provider's button on the log-in page; the address of the provider."""
    client.get(LOGIN)
    answer = client.submit({"provider": provider}, form=f"{LOGIN}/luar", follow=False)
    assert answer.status_code == 303
    return answer.headers["Location"]


def choose(address: str, person: str = SITI) -> str:
    """Be somebody at the provider, over HTTP; where it sends the browser, as a path of the portal."""
    answer = requests.get(f"{address}&orang={person}", allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert (parts.scheme, parts.netloc) == ("http", "localhost")
    return f"{parts.path}?{parts.query}"


def come_in(client: CheckedClient, provider: str = "google", person: str = SITI) -> Any:
    """The whole way: button, provider, back."""
    return client.follow(client.get(choose(press(client, provider), person)))


def attach(client: CheckedClient, provider: str = "google", person: str = SITI, password: str = PASSWORD) -> Any:
    """Attach an identity on the account page, with the password typed again."""
    client.get("/akun/masuk-luar")
    answer = client.submit({f"password-{provider}": password}, form=f"masuk-luar/{provider}", follow=False)
    if answer.status_code != 303:
        return answer
    return client.follow(client.get(choose(answer.headers["Location"], person)))


@pytest.mark.req("PAS-02")
@pytest.mark.parametrize("provider", BOTH)
def test_an_attached_identity_opens_what_an_e_mail_is_enough_for(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen, provider: str
) -> None:
    page = visitor.get(LOGIN)
    for words in ("Atau Login / Daftar Dengan", "Google", "Facebook"):
        assert words in page.text
    assert "Sekarang Anda juga dapat masuk" in attach(citizen, provider).text
    page = come_in(visitor, provider)
    assert page.request.path == f"/instansi/{AGENCY}"
    assert "Selamat datang SITI AMINAH" in page.text
    visit = db.session.scalar(select(Visit).order_by(Visit.id.desc()).limit(1))
    assert visit is not None
    assert (visit.assurance, visit.confirmed_at) == (1, None)


def test_it_opens_no_enrolment_that_was_proven_better(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin
) -> None:
    attach(citizen)
    page = come_in(visitor)
    assert page.request.path == "/akun"
    assert "Belum terbuka dengan cara masuk ini" in page.text
    assert "untuk membuka" in page.text
    assert visitor.post(f"/layanan/{AGENCY}/akta-kelahiran/mulai").status_code != 303


def test_nobody_is_matched_by_an_e_mail_address(visitor: CheckedClient, twin: Twin, by_email: Citizen) -> None:
    with transaction():
        account = db.session.get(Account, by_email.account_id)
        assert account is not None
        account.email = PEOPLE[0].email
    page = come_in(visitor)
    assert page.request.path == f"{LOGIN}/luar/baru"
    assert "belum terhubung" in page.text
    assert visitor.get("/akun").status_code == 303


def test_the_unknown_are_led_to_a_form_that_begins_with_what_the_provider_told(
    visitor: CheckedClient, twin: Twin
) -> None:
    come_in(visitor, person=RATNA)
    assert visitor.page is not None
    visitor.get(visitor.page.link("/daftar/"))
    values = visitor.page.form("register").values
    assert values["name"].upper() == "RATNA BARU"
    assert values["email"] == "ratna.baru@example.com"
    assert db.session.scalar(select(func.count()).select_from(OutsideIdentity)) == 0


def test_the_same_subject_of_another_issuer_is_somebody_else(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen
) -> None:
    attach(citizen, "google")
    assert come_in(visitor, "facebook").request.path == f"{LOGIN}/luar/baru"


def test_attaching_asks_for_the_password_again(citizen: CheckedClient, twin: Twin) -> None:
    answer = attach(citizen, password="bukan kata kuncinya")
    assert answer.status_code == 422
    assert "Kata kunci belum benar" in answer.text
    assert db.session.scalar(select(func.count()).select_from(OutsideIdentity)) == 0


def test_attaching_is_told_to_the_known_contact(citizen: CheckedClient, twin: Twin) -> None:
    attach(citizen)
    told = db.session.scalars(select(Message.template)).all()
    assert "masuk-luar-dihubungkan" in told


def test_one_identity_opens_one_account(citizen: CheckedClient, other_citizen: CheckedClient, twin: Twin) -> None:
    attach(citizen)
    assert "sudah terhubung" in attach(other_citizen).text
    assert db.session.scalars(select(OutsideIdentity.account_id)).all() != []
    assert db.session.scalar(select(func.count()).select_from(OutsideIdentity)) == 1


def test_a_detached_identity_opens_nothing(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen
) -> None:
    attach(citizen)
    citizen.get("/akun/masuk-luar")
    assert "Sudah dilepaskan" in citizen.submit(form="/lepas").text
    assert come_in(visitor).request.path == f"{LOGIN}/luar/baru"


def test_an_answer_is_good_once(visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen) -> None:
    attach(citizen)
    back = choose(press(visitor))
    visitor.get(back)
    visitor.get("/akun")
    visitor.submit(form="/keluar")
    again = visitor.follow(visitor.get(back))
    assert "sudah berakhir" in again.text


def test_an_answer_works_in_no_other_browser(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen, site: Flask
) -> None:
    """A link to a finished log-in, sent to a victim, logs nobody in (log-in CSRF)."""
    attach(citizen)
    back = choose(press(visitor))
    victim = site.test_client()
    assert isinstance(victim, CheckedClient)
    assert "sudah berakhir" in victim.follow(victim.get(back)).text
    assert victim.get("/akun").status_code == 303


def test_an_answer_that_comes_too_late_counts_for_nothing(visitor: CheckedClient, twin: Twin) -> None:
    back = choose(press(visitor))
    with clock.frozen(MONDAY + timedelta(minutes=11)):
        assert "sudah berakhir" in visitor.follow(visitor.get(back)).text


def test_the_id_of_the_visit_changes(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen
) -> None:
    attach(citizen)
    back = choose(press(visitor))
    before = visitor.get_cookie("loket")
    visitor.get(back)
    after = visitor.get_cookie("loket")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_who_says_no_at_the_provider_is_told_that_nothing_happened(visitor: CheckedClient, twin: Twin) -> None:
    answer = requests.get(f"{press(visitor)}&batal=1", allow_redirects=False, timeout=5)
    parts = urlsplit(answer.headers["Location"])
    page = visitor.follow(visitor.get(f"{parts.path}?{parts.query}"))
    assert "Anda membatalkan masuk dengan Google" in page.text


FORGED = (
    ("google", "wrong-state"),
    ("google", "expired"),
    ("google", "forged"),
    ("google", "weak"),
    ("google", "unsigned"),
    ("google", "wrong-issuer"),
    ("google", "wrong-audience"),
    ("google", "wrong-nonce"),
    ("google", "wrong-at-hash"),
    ("google", "no-id-token"),
    ("facebook", "wrong-state"),
    ("facebook", "no-id"),
)


@pytest.mark.parametrize(("provider", "mishap"), FORGED)
def test_an_answer_that_cannot_be_trusted_logs_nobody_in(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen, provider: str, mishap: str
) -> None:
    attach(citizen, provider)
    twin.mishaps.append(mishap)
    page = come_in(visitor, provider)
    assert twin.mishaps == []
    assert "tidak dapat dipercaya" in page.text
    assert visitor.get("/akun").status_code == 303


DOWN = (("google", "token-down"), ("google", "token-not-json"), ("facebook", "me-down"), ("facebook", "token-down"))


@pytest.mark.parametrize(("provider", "mishap"), DOWN)
def test_a_provider_that_stumbles_is_told_with_the_way_that_is_left(
    visitor: CheckedClient, twin: Twin, provider: str, mishap: str
) -> None:
    twin.mishaps.append(mishap)
    page = come_in(visitor, provider)
    assert "sedang tidak menjawab. Masuk dengan kata kunci" in page.text


def test_a_provider_that_is_down_is_told_before_anybody_is_sent_there(visitor: CheckedClient, twin: Twin) -> None:
    twin.mishaps.append("down")
    visitor.get(LOGIN)
    page = visitor.submit({"provider": "google"}, form=f"{LOGIN}/luar")
    assert "sedang tidak menjawab" in page.text


def test_nobody_answers_at_all(visitor: CheckedClient, twin: Twin, site: Flask) -> None:
    provider = site.extensions[EXTENSION]["google"]
    site.extensions[EXTENSION]["google"] = OutsideProvider(replace(provider.config, issuer="http://127.0.0.1:9/google"))
    visitor.get(LOGIN)
    assert "sedang tidak menjawab" in visitor.submit({"provider": "google"}, form=f"{LOGIN}/luar").text


def test_a_discovery_document_of_somebody_else_is_not_believed(visitor: CheckedClient, twin: Twin) -> None:
    twin.mishaps.append("other-discovery")
    visitor.get(LOGIN)
    assert "tidak dapat dipercaya" in visitor.submit({"provider": "google"}, form=f"{LOGIN}/luar").text


def test_the_request_carries_state_nonce_and_a_challenge_and_no_secret(visitor: CheckedClient, twin: Twin) -> None:
    address = press(visitor)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    assert asked["redirect_uri"] == "http://localhost/masuk/luar/google"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid profile email"
    assert all(len(asked[key]) >= 43 for key in ("state", "nonce", "code_challenge"))
    assert SECRET not in address


def test_a_code_without_its_verifier_buys_nothing(visitor: CheckedClient, twin: Twin) -> None:
    """Whoever reads the address that the browser is sent to cannot use the code in it, even with the secret."""
    code = parse_qs(urlsplit(choose(press(visitor))).query)["code"][0]
    stolen = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "loket",
        "client_secret": SECRET,
        "redirect_uri": "http://localhost/masuk/luar/google",
        "code_verifier": "tebakan",
    }
    answer = requests.post(f"{twin.base}/google/token", data=stolen, timeout=5)
    assert answer.json() == {"error": "invalid_grant"}


def test_the_browser_may_follow_our_form_to_the_provider(visitor: CheckedClient, twin: Twin) -> None:
    policy = visitor.get(LOGIN).headers["Content-Security-Policy"]
    assert f"form-action 'self' {twin.base};" in policy
    assert "unsafe" not in policy


def test_a_provider_that_the_agency_does_not_declare_is_not_there(citizen: CheckedClient, site: Flask) -> None:
    visitor = site.test_client()
    assert isinstance(visitor, CheckedClient)
    assert "Google" not in visitor.get(LOGIN).text
    assert visitor.page is not None
    token = visitor.page.form("login").values["csrf_token"]
    answer = visitor.post(f"{LOGIN}/luar", data={"csrf_token": token, "provider": "google"})
    assert answer.status_code == 404


def test_an_answer_for_attaching_is_worth_nothing_to_somebody_else(
    citizen: CheckedClient, budi: Citizen, twin: Twin
) -> None:
    """The phone changes hands between leaving for the provider and coming back."""
    citizen.get("/akun/masuk-luar")
    answer = citizen.submit({"password-google": PASSWORD}, form="masuk-luar/google", follow=False)
    back = choose(answer.headers["Location"])
    citizen.get("/akun")
    citizen.submit(form="/keluar")
    assert "sudah berakhir" in citizen.follow(citizen.get(back)).text
    assert db.session.scalar(select(func.count()).select_from(OutsideIdentity)) == 0


def test_who_may_not_log_in_yet_does_not_do_so_from_outside(
    visitor: CheckedClient, citizen: CheckedClient, twin: Twin, by_email: Citizen
) -> None:
    attach(citizen)
    with transaction():
        db.session.execute(update(Enrolment).values(state="blocked"))
    page = come_in(visitor)
    assert "Anda belum dapat masuk di sini" in page.text
    assert visitor.get("/akun").status_code == 303
