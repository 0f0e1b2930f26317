"""Links that were sent: each opens its own page once, is nothing anywhere else, and is not burnt by a look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Application, EmailChange, Enrolment, Token
from portal.operations import throttle
from portal.operations.account_changes import note_change
from portal.operations.contact_changes import ask_email
from portal.operations.new_devices import tell_of_new_device
from portal.operations.officers import Newcomer, invite_officer
from portal.operations.passwords import post_reset_link
from portal.operations.recovery import Seen, confirm_recovery, record_recovery
from portal.operations.tokens import Holder, issue_link
from portal.queries.recoveries import Person
from portal.queries.registrations import get_registration_form
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import joining, outbox
from tests.people import AGENCY
from tests.web.conftest import MONDAY, Citizen
from tests.web.officers import account_of
from tests.web.registering import officer_does, register

PATHS = {
    "activation": "/aktivasi/",
    "reset": "/kata-kunci/",
    "email-new": "/email-baru/",
    "email-old": "/email-baru/",
    "not-me": "/bukan-saya/",
    "not-mine": "/bukan-nomor-saya/",
    "stop-recovery": "/pemulihan/",
    "not-my-login": "/masuk/bukan-saya/",
    "account": "/akun-baru/",
    "resume": f"/daftar/{AGENCY}/lanjut/",
    "officer-password": "/petugas/kata-sandi/",
}
NEW = "perahu kertas di sungai"
ANSWERS = {
    "/kata-kunci/": {"kk": "9901010101200007", "password": NEW, "password_again": NEW},
    "/email-baru/": {"answer": "yes"},
    "/petugas/kata-sandi/": {"password": NEW, "password_again": NEW},
}


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def links(site: Flask, siti: Citizen, visitor: CheckedClient) -> dict[str, str]:
    """A link of every kind that the portal sends, as it stands in the message: kind -> path."""
    officer_does(register(visitor), "approve")
    found = {"activation": outbox.path_in(outbox.messages("aktivasi", to=joining.PHONE)[0])}
    account = db.session.get_one(Account, siti.account_id)
    enrolment = db.session.scalars(select(Enrolment).where(Enrolment.account_id == siti.account_id)).one()
    registration = db.session.get_one(Application, enrolment.application_id)
    form = get_registration_form(AGENCY)
    with transaction():
        post_reset_link(
            form,
            account,
            "reset-kata-kunci",
            lives=timedelta(hours=1),
            to_phone=account.phone,
            to_email=None,
        )
        ask_email(account.id, "baru@example.com", agency=AGENCY)
        note_change(account, "password", agency=AGENCY, to_phone=account.phone, to_email=None)
        tell_of_new_device(account.id, AGENCY, "Chrome")
        person = Person(account, registration, enrolment)
        seen = Seen("ktp-el", "Wajah cocok.", "+6281399900012", "")
        recovery = record_recovery(person, seen, account_of("rina"))
        confirm_recovery(recovery, person, account_of("roni"))
        invite_officer(Newcomer("Baru", "baru.sekali", "baru@kantor.example"), AGENCY, by=account_of("adi"))
        for kind in ("account", "resume"):
            made = issue_link(kind, Holder(account.id, registration.id), lives=timedelta(hours=1))
            found[kind] = f"{PATHS[kind]}{made.secret}"
    templates = {
        "reset": "reset-kata-kunci",
        "not-me": "kata-kunci-diganti",
        "stop-recovery": "pemulihan-diminta",
        "not-my-login": "masuk-perangkat-baru",
    }
    found |= {kind: outbox.path_in(outbox.messages(key)[0]) for kind, key in templates.items()}
    mailed = {"email-new": "email-baru", "email-old": "email-lama", "officer-password": "petugas-kata-sandi"}
    found |= {kind: outbox.path_in(outbox.messages(key, channel="email")[0]) for kind, key in mailed.items()}
    text = outbox.messages("reset-kata-kunci")[0]
    found["not-mine"] = "/bukan-nomor-saya/" + text.split("/bukan-nomor-saya/")[1][:32]
    assert found.keys() == PATHS.keys()
    return found


def secret_of(path: str) -> str:
    return path.rpartition("/")[2]


def used() -> int:
    db.session.remove()
    return db.session.scalar(select(func.count()).select_from(Token).where(Token.used_at.is_not(None))) or 0


def press(client: CheckedClient, path: str) -> Any:
    """Press the button behind a link, as the page shows it."""
    client.get(path)
    answers = next((fields for start, fields in ANSWERS.items() if path.startswith(start)), {})
    button = ("answer", "yes") if "answer" in answers else None
    fields = {key: value for key, value in answers.items() if key != "answer"}
    return client.submit(fields, form=path, button=button, follow=False)


def test_every_kind_of_link_stands_in_this_list(links: dict[str, str]) -> None:
    codes = {"phone", "device", "not-mine"}
    assert set(db.session.scalars(select(Token.kind).distinct())) - codes <= PATHS.keys()


def test_a_link_of_one_kind_opens_no_page_of_another(site: Flask, links: dict[str, str]) -> None:
    before, opened = used(), []
    for kind, path in links.items():
        for other in {start for start in PATHS.values() if start != PATHS[kind]}:
            client = site.test_client()
            answer = client.get(f"{other}{secret_of(path)}")
            if answer.status_code not in (404, 410):
                opened.append((kind, other, answer.status_code))
    assert opened == []
    assert used() == before


# The made account and the resumed form need a registration in another state: their own tests walk them.
SHOWN = [kind for kind in PATHS if kind not in ("account", "resume")]


@pytest.mark.parametrize("kind", SHOWN)
def test_a_look_burns_nothing_and_tells_no_other_site(site: Flask, links: dict[str, str], kind: str) -> None:
    before = used()
    for _ in range(3):
        client = site.test_client()
        answer = client.get(links[kind])
        assert answer.status_code == 200, kind
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]
        client.head(links[kind])
    assert used() == before


@pytest.mark.parametrize("kind", [kind for kind in SHOWN if kind != "activation"])
def test_a_link_works_once(site: Flask, links: dict[str, str], kind: str) -> None:
    assert press(site.test_client(), links[kind]).status_code in (200, 303)
    again = site.test_client()
    assert again.get(links[kind]).status_code == 410
    again.get(f"/masuk/{AGENCY}")
    assert again.page is not None
    token = again.page.form("login").values["csrf_token"]
    path_token = token
    if kind == "officer-password":
        again.get("/petugas/masuk")
        path_token = again.page.form("login").values["csrf_token"]
    answers = next((fields for start, fields in ANSWERS.items() if links[kind].startswith(start)), {})
    assert again.post(links[kind], data={"csrf_token": path_token} | answers).status_code == 410


@pytest.mark.parametrize("kind", [kind for kind in SHOWN if kind != "not-mine"])
def test_a_link_ends(site: Flask, links: dict[str, str], kind: str) -> None:
    with clock.frozen(MONDAY + timedelta(days=30)):
        assert site.test_client().get(links[kind]).status_code == 410


@pytest.mark.parametrize("change", [lambda s: s[::-1], lambda s: s[:-1], lambda s: s + "0", lambda s: "0" * len(s)])
def test_a_link_that_was_touched_opens_nothing(
    site: Flask, links: dict[str, str], change: Callable[[str], str]
) -> None:
    for kind, path in links.items():
        secret = secret_of(path)
        if change(secret) != secret:
            answer = site.test_client().get(f"{PATHS[kind]}{change(secret)}")
            assert answer.status_code in (404, 410), kind


def test_no_secret_of_a_link_stands_in_the_database(site: Flask, links: dict[str, str]) -> None:
    """The digest is kept; the message that carries it is sealed."""
    with db.engine.connect() as raw:
        for table in db.metadata.sorted_tables:
            for row in raw.exec_driver_sql(f'SELECT * FROM "{table.name}"'):
                texts = [str(bytes(one)) if isinstance(one, bytes | memoryview) else str(one) for one in row]
                for kind, path in links.items():
                    assert not any(secret_of(path) in text for text in texts), (table.name, kind)


def test_the_code_of_a_registration_is_no_code_of_an_account(site: Flask, siti: Citizen) -> None:
    from portal.operations.contact_changes import save_phone
    from portal.operations.tokens import issue_phone_code

    registration = db.session.scalars(select(Application.id).where(Application.account_id == siti.account_id)).one()
    with transaction():
        issued = issue_phone_code(registration, siti.account_id, "+6281399900077")
    with transaction():
        assert save_phone(siti.account_id, issued.secret, agency=AGENCY).outcome == "dead"


def test_two_wishes_for_an_e_mail_leave_one_that_can_be_agreed_to(site: Flask, siti: Citizen) -> None:
    """The yes of the old mailbox to one address is no yes to another."""
    with transaction():
        ask_email(siti.account_id, "satu@example.com", agency=AGENCY)
    first = [outbox.path_in(outbox.messages(key, channel="email")[0]) for key in ("email-baru", "email-lama")]
    press(site.test_client(), first[1])
    with transaction():
        ask_email(siti.account_id, "dua@example.com", agency=AGENCY)
    second = outbox.path_in(outbox.messages("email-baru", channel="email", to="dua@example.com")[0])
    press(site.test_client(), second)
    db.session.remove()
    assert db.session.get_one(Account, siti.account_id).email == "0001@example.com"
    assert site.test_client().get(first[0]).status_code == 410
    assert db.session.scalars(select(EmailChange.done_at)).all() == [None, None]
