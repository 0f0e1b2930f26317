"""News of an application: who is told of what and where, what of it is new, and what reached nobody."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.integrations.delivery import Undeliverable
from portal.jobs import upkeep as upkeep_jobs
from portal.models import Application
from portal.operations.inbox import mark_seen
from portal.operations.outbox import contacts_of, post_message
from portal.queries.messages import count_unseen, list_deliveries, list_inbox, list_unreached
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.backstage import act, messages, officer, send_birth
from tests.client import CheckedClient
from tests.people import AGENCY
from tests.web.conftest import MONDAY


@pytest.mark.req("SIN-82")
def test_every_step_of_an_application_tells_its_applicant_discreetly(siti, whatsapp, email):
    application_id = send_birth(siti.account_id)
    verifier = officer("verifier")
    act(application_id, "take", verifier)
    act(application_id, "refuse", verifier, reason="Nama ibu tidak sesuai dengan KK")
    run_pending_jobs()

    said = [(p.recipient, p.body) for p in whatsapp.parcels]
    assert [recipient for recipient, _ in said] == [_phone(application_id)] * 2
    code = db.session.get(Application, application_id).code
    for _, body in said:
        assert code in body
        assert body.startswith("Halo Siti,")
        assert f"http://localhost/permohonan/{code}" in body
        assert "Nama ibu" not in body
        assert siti.nik not in body
        assert "AMINAH" not in body
    assert len(email.parcels) == 2
    inbox = list_inbox(siti.account_id)
    assert [row.subject for row in inbox] == [
        f"Ada kabar tentang pengajuan {code}",
        f"Pengajuan {code} sudah terkirim",
    ]
    assert count_unseen(siti.account_id) == 2


def test_the_inbox_of_another_person_is_empty(siti, budi):
    send_birth(siti.account_id)
    assert list_inbox(budi.account_id) == []


def test_seeing_the_inbox_marks_what_stood_there_and_nothing_newer(siti):
    send_birth(siti.account_id)
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        send_birth(siti.account_id)
    with transaction():
        assert mark_seen(siti.account_id, until=MONDAY) == 1
        assert mark_seen(siti.account_id, until=MONDAY) == 0
    assert [row.seen_at is None for row in list_inbox(siti.account_id)] == [True, False]


def test_the_account_page_counts_what_is_new_until_it_was_read(citizen: CheckedClient, siti) -> None:
    send_birth(siti.account_id)
    send_birth(siti.account_id)
    citizen.get("/akun")
    assert "2 belum dibaca" in citizen.page.words()
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        send_birth(siti.account_id)
    until = next(e.get("value") for e in citizen.page.elements if e.get("name") == "until")
    citizen.submit(form="/akun/kabar", button=("until", until))
    assert "1 belum dibaca" in citizen.page.words(), "what came since the page was shown stays new"
    until = next(e.get("value") for e in citizen.page.elements if e.get("name") == "until")
    citizen.submit(form="/akun/kabar", button=("until", until))
    assert "belum dibaca" not in citizen.page.words()
    assert not citizen.page.has_form("/akun/kabar")


@pytest.mark.parametrize("until", ["", "kemarin", "2026-11-23T09:00:00"])
def test_a_mangled_time_marks_nothing(citizen: CheckedClient, siti, until: str) -> None:
    send_birth(siti.account_id)
    citizen.get("/akun")
    assert citizen.submit({"until": until}, form="/akun/kabar").status_code == 200
    assert count_unseen(siti.account_id) == 1


def test_reading_ones_news_leaves_another_persons_alone(citizen: CheckedClient, siti, budi) -> None:
    send_birth(siti.account_id)
    send_birth(budi.account_id, baby="9901011708260002")
    citizen.get("/akun")
    until = next(e.get("value") for e in citizen.page.elements if e.get("name") == "until")
    citizen.submit(form="/akun/kabar", button=("until", until))
    assert (count_unseen(siti.account_id), count_unseen(budi.account_id)) == (0, 1)


def test_news_that_whatsapp_refuses_goes_by_email_instead(siti, whatsapp, email):
    application_id = _news_by_whatsapp_alone(siti, whatsapp)
    run_pending_jobs()
    assert [p.recipient for p in email.parcels][-1] == _email(application_id)
    assert list_unreached(application_id) == []


def test_news_that_reached_nobody_is_shown_to_officers(siti, whatsapp, email):
    whatsapp.fail_next(Undeliverable("WhatsApp 400 (131026)"))
    email.fail_next(Undeliverable("SMTP 550"))
    application_id = send_birth(siti.account_id)
    run_pending_jobs()
    unreached = list_unreached(application_id)
    assert {(row.channel, row.problem) for row in unreached} == {
        ("whatsapp", "WhatsApp 400 (131026)"),
        ("email", "SMTP 550"),
    }
    assert {row.state for row in list_deliveries(application_id)} == {"dead"}


def test_a_refused_whatsapp_is_no_worry_when_the_email_arrived(siti, whatsapp):
    whatsapp.fail_next(Undeliverable("WhatsApp 400 (131026)"))
    application_id = send_birth(siti.account_id)
    run_pending_jobs()
    assert list_unreached(application_id) == []
    assert len(messages(channel="email")) == 1


def test_words_are_erased_a_day_after_they_were_sent_and_the_inbox_keeps_its_news(siti, whatsapp):
    send_birth(siti.account_id)
    run_pending_jobs()
    with clock.frozen(MONDAY + timedelta(hours=24)):
        upkeep_jobs.erase_stale()
    assert all(m.body for m in messages())
    with clock.frozen(MONDAY + timedelta(hours=24, seconds=1)):
        upkeep_jobs.erase_stale()
    assert {(m.channel, m.body is None, m.recipient is None) for m in messages()} == {
        ("whatsapp", True, True),
        ("email", True, True),
        ("inbox", False, True),
    }


def _news_by_whatsapp_alone(siti, whatsapp):
    """An application whose e-mail was not known when the news was posted, and whose WhatsApp is refused."""
    application_id = send_birth(siti.account_id)
    run_pending_jobs()
    whatsapp.fail_next(Undeliverable("WhatsApp 400 (131026)"))
    with transaction():
        post_message(
            "ada-kabar",
            agency=AGENCY,
            dedupe="alone",
            application=db.session.get(Application, application_id),
            account_id=siti.account_id,
            to_phone="+6281234500001",
        )
    return application_id


def _contacts(application_id):
    application = db.session.get(Application, application_id)
    return contacts_of(application, None)


def _phone(application_id):
    return _contacts(application_id)[0]


def _email(application_id):
    return _contacts(application_id)[1]
