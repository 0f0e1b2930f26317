"""The demo shows what it would send, and lets one be anybody by one tap; nothing of it exists elsewhere."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from portal import create_app
from portal.config import Config
from portal.extensions import db
from portal.jobs.outbox import deliver_outbox
from portal.jobs.upkeep import erase_stale
from portal.models import Application, Enrolment, Event, Message, Token
from portal.operations.captchas import read_sum, solve
from portal.operations.demo import demo_logins, seed_demo
from portal.operations.outbox import post_message
from portal.queries import catalogue as catalogue_queries
from portal.queries.catalogue import catalogue as demo_catalogue
from portal.transaction import transaction
from tests.backstage import act, messages, officer
from tests.client import CheckedClient
from tests.desk_cases import register
from tests.people import AGENCY, prepare

NEWS = {
    "agency": AGENCY,
    "values": {"first_name": "<b>Siti</b>", "code": "AKL1", "link": "/permohonan/AKL1"},
    "to_phone": "+6281234500001",
    "to_email": "siti@example.com",
}


@pytest.fixture
def demo(database_url, tmp_path):
    """A demo on the test database, with officers."""
    app = create_app(Config.for_tests(database_url, tmp_path, demo=True))
    app.test_client_class = CheckedClient
    catalogue_queries.forget_pinned()
    with app.app_context():
        with transaction():
            prepare()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(demo):
    return demo.test_client()


@pytest.fixture
def activation_sent(demo):
    """A registration that was approved; the links went out."""
    code = register("9901014508900009", "RINI ASTUTI")
    application_id = db.session.scalar(select(Application.id).where(Application.code == code))
    act(application_id, "approve", officer("registrar"))
    deliver_outbox()
    return application_id


def test_sent_messages_stand_there_with_links_that_can_be_followed(client):
    with transaction():
        post_message("terkirim", dedupe="one", **NEWS)
    deliver_outbox()

    page = client.get("/demo/pesan")
    assert page.status_code == 200
    assert client.page.links().count("http://localhost/permohonan/AKL1") == 2
    assert "+6281234500001" in page.text
    assert "&lt;b&gt;Siti" in page.text
    assert "<b>Siti" not in page.text


def test_the_list_looks_again_by_itself_as_a_partial(client):
    with transaction():
        post_message("terkirim", dedupe="one", **NEWS)
    partial = client.get("/demo/pesan", headers={"HX-Request": "true"})
    assert "<html" not in partial.text
    assert 'id="messages"' in partial.text


def test_without_messages_the_page_says_so(client):
    assert "Belum ada pesan" in client.get("/demo/pesan").text


@pytest.mark.req("SIN-19")
def test_the_activation_link_goes_to_the_saved_number_and_mailbox(activation_sent):
    sent = messages(template="aktivasi")
    assert {m.channel: m.recipient for m in sent} == {
        "whatsapp": "+6281234900009",
        "email": "0009@example.com",
    }
    links = {re.search(r"http://localhost(/\S+)", m.body)[1] for m in sent}
    assert len(links) == 1


def test_a_refused_registration_is_told_without_its_reason(demo):
    code = register("9901014508900010", "RANI ASTUTI")
    application_id = db.session.scalar(select(Application.id).where(Application.code == code))
    act(application_id, "refuse", officer("registrar"), reason="Nama ibu belum sesuai")
    (said,) = messages(template="pendaftaran-ditolak", channel="whatsapp")
    assert "belum disetujui" in said.body
    assert "Nama ibu" not in said.body


def test_every_link_of_the_outbox_may_be_fetched_three_times_by_previewers(client, demo, activation_sent):
    client.get("/demo/pesan")
    ours = [link for link in client.page.links() if link.startswith("http://localhost/")]
    assert any("aktivasi" in link for link in ours)
    before = _burnable()
    for link in ours:
        for _ in range(3):
            answer = demo.test_client().get(urlsplit(link).path, follow_redirects=True)
            assert answer.status_code == 200
            demo.test_client().head(urlsplit(link).path)
    assert _burnable() == before


def test_the_demo_keeps_the_words_of_its_messages(demo):
    with transaction():
        post_message("terkirim", dedupe="one", **NEWS)
    deliver_outbox()
    with transaction():
        for message in messages():
            message.sent_at = message.sent_at.replace(year=2020)
    erase_stale()
    assert all(m.body for m in messages())


def test_one_tap_makes_one_each_of_them_and_leads_to_where_they_begin(demo):
    seed_demo()
    logins = demo_logins()
    assert {login.audience for login in logins} == {"citizen", "officer"}
    for login in logins:
        client = demo.test_client()
        client.get("/")
        action = next(f for f in _bar(client.page) if login.key in f)
        arrived = client.post(action)
        assert arrived.status_code == 303
        page = client.follow(arrived)
        assert page.status_code == 200, (login.label, arrived.headers["Location"])
        path = page.request.path
        assert "masuk" not in path, (login.label, path)


def test_each_agency_has_registrations_that_wait_and_some_that_are_enrolled(demo):
    seed_demo()
    found = {
        agency: db.session.execute(
            select(Application.state, Enrolment.id)
            .outerjoin(Enrolment, Enrolment.application_id == Application.id)
            .where(Application.agency == agency, Application.kind == "registration")
        ).all()
        for agency in demo_catalogue().agencies
    }
    for agency, rows in found.items():
        final = {state for state, s in registration_workflow(agency).states.items() if s.final}
        assert sum(state not in final for state, _ in rows) >= 3, agency
        assert sum(enrolment is not None for _, enrolment in rows) >= 2, agency
    before = db.session.scalar(select(func.count()).select_from(Application))
    seed_demo()
    assert db.session.scalar(select(func.count()).select_from(Application)) == before


def test_a_demo_applicant_may_type_name_and_password_too(demo):
    seed_demo()
    for login in (x for x in demo_logins() if x.audience == "citizen" and x.agency != AGENCY):
        client = demo.test_client()
        client.get(f"/masuk/{login.agency}")
        answer = solve(read_sum(client.page.form("login").values["captcha_token"]))
        typed = {"login_name": login.name, "password": login.password, "captcha_answer": answer}
        assert client.submit(typed, form="login").request.path == f"/instansi/{login.agency}", login.label


def test_the_demo_signer_has_a_certificate(demo):
    from portal.models import Account
    from portal.operations.signing import signer_reference

    seed_demo()
    login = next(x for x in demo_logins() if x.name == "signer.dukcapil")
    account = db.session.get(Account, login.account_id)
    assert demo.extensions["signer"].status(signer_reference(account)) == "ISSUE"


def test_a_login_cannot_be_used_on_the_other_side(demo):
    seed_demo()
    login = next(x for x in demo_logins() if x.audience == "officer")
    assert demo.test_client().post(f"/demo/masuk/{login.key}").status_code == 404
    assert demo.test_client().post("/demo/masuk/nobody").status_code == 404


def test_outside_the_demo_none_of_it_exists(site):
    rules = [rule.rule for rule in site.url_map.iter_rules()]
    assert not [rule for rule in rules if "demo" in rule]
    assert site.test_client().get("/demo/pesan").status_code == 404


def registration_workflow(agency):
    service = demo_catalogue().registration(agency)
    return demo_catalogue().workflow(agency, service.workflow)


def _bar(page):
    return [e.get("action") for e in page.elements if e.get("action") and "masuk/" in e.get("action")]


def _burnable():
    """What a careless GET could have changed."""
    return (
        db.session.scalars(select(Token.used_at).order_by(Token.id)).all(),
        db.session.scalars(select(Token.tries).order_by(Token.id)).all(),
        db.session.scalar(select(func.count()).select_from(Event)),
        db.session.scalars(select(Message.state).order_by(Message.id)).all(),
    )
