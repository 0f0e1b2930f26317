"""Drafts: nothing that was typed is lost, whatever goes wrong (issue 2, point 3)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.models import Application, Declaration, Visit
from portal.operations.declarations import _make_current
from portal.queries.answers import answers_of
from portal.transaction import transaction
from tests.birth_certificate import TYPED
from tests.client import CheckedClient
from tests.people import AGENCY, SERVICE, application, log_in_citizen
from tests.web.applying import begin, fill, return_with_notes, sent_application
from tests.web.conftest import MONDAY, Citizen

HTMX = {"HX-Request": "true"}


def test_wrong_values_are_shown_again_and_kept_as_a_draft(citizen: CheckedClient) -> None:
    code = begin(citizen)
    answer = fill(citizen, code, "detail", baby_nik="123", born_at="2027-01-01T00:00")
    assert answer.status_code == 422
    assert 'value="123"' in answer.text
    assert "DEWI ANGGRAINI" in answer.text
    again = citizen.get(f"/permohonan/{code}/langkah/detail")
    assert 'value="123"' in again.text
    assert "DEWI ANGGRAINI" in again.text


def test_a_refusal_names_each_wrong_field_and_links_to_it(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail", baby_name="", birth_order="99")
    assert "#f-baby_name" in citizen.page.links()
    assert "#f-birth_order" in citizen.page.links()


def test_the_quiet_save_answers_small_and_tells_the_new_version(citizen: CheckedClient) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    form = citizen.page.form("isian")
    data = {**form.values, "baby_name": "DE", "_save": "draft"}
    first = citizen.post(form.action, data=data, headers=HTMX)
    assert (first.status_code, first.data, first.headers["X-Version"]) == (204, b"", "1")
    second = citizen.post(form.action, data={**data, "version": "1", "baby_name": "DEWI"}, headers=HTMX)
    assert second.headers["X-Version"] == "2"
    assert "DEWI" in citizen.get(f"/permohonan/{code}/langkah/detail").text


def test_saving_a_draft_without_a_script_leads_to_the_application(citizen: CheckedClient) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    answer = citizen.submit({"baby_name": "DEWI"}, form="isian", button=("_save", "draft"))
    assert "Draf tersimpan" in answer.text
    assert "DEWI" in answer.text


def test_two_devices_are_shown_both_values_and_the_person_chooses(citizen: CheckedClient, siti: Citizen, site) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    other = log_in_citizen(site.test_client(), siti.account_id)
    other.get(f"/permohonan/{code}/langkah/detail")
    fill(citizen, code, "detail", baby_name="DEWI DARI HP LAIN")
    stale = other.submit({"baby_name": "DEWI DARI SINI"}, form="isian", follow=False)
    assert stale.status_code == 409
    assert "DEWI DARI HP LAIN" in stale.text
    assert "DEWI DARI SINI" in stale.text
    chosen = other.submit(form="isian", follow=False)
    assert chosen.status_code == 303
    assert answers_of(application(code).id)["detail"]["baby_name"] == "DEWI DARI SINI"


def test_a_draft_saved_too_late_shows_both_values_and_stays_a_draft(
    citizen: CheckedClient, siti: Citizen, site
) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    other = log_in_citizen(site.test_client(), siti.account_id)
    other.get(f"/permohonan/{code}/langkah/detail")
    other.submit({"baby_name": "DARI HP LAIN"}, form="isian", button=("_save", "draft"))
    stale = citizen.submit({"baby_name": "DARI SINI"}, form="isian", button=("_save", "draft"), follow=False)
    assert stale.status_code == 409
    assert "DARI HP LAIN" in citizen.page.words()
    assert "DARI SINI" in citizen.page.words()
    assert answers_of(application(code).id)["detail"]["baby_name"] == "DARI HP LAIN"
    chosen = citizen.submit(form="isian")
    assert "Draf tersimpan" in chosen.text
    assert answers_of(application(code).id)["detail"]["baby_name"] == "DARI SINI"


def test_a_quiet_save_that_comes_too_late_changes_nothing(citizen: CheckedClient, siti: Citizen, site) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    form = citizen.page.form("isian")
    other = log_in_citizen(site.test_client(), siti.account_id)
    other.get(f"/permohonan/{code}/langkah/detail")
    other.submit({"baby_name": "DARI HP LAIN"}, form="isian", button=("_save", "draft"))
    data = {**form.values, "baby_name": "DARI SINI", "_save": "draft"}
    assert citizen.post(form.action, data=data, headers=HTMX).status_code == 409
    assert answers_of(application(code).id)["detail"]["baby_name"] == "DARI HP LAIN"


def test_saving_the_same_values_twice_is_no_conflict(citizen: CheckedClient) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    form = citizen.page.form("isian")
    data = {**form.values, **TYPED["detail"]}
    assert citizen.post(form.action, data=data).status_code == 303
    assert citizen.post(form.action, data=data).status_code == 303


def test_what_was_typed_when_the_session_ended_comes_back_after_logging_in(
    citizen: CheckedClient, siti: Citizen, site
) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    with transaction():
        db.session.execute(update(Visit).values(expires_at=MONDAY - timedelta(minutes=1)))
    answer = citizen.submit({"baby_name": "JANGAN HILANG"}, form="isian", follow=False)
    assert "/masuk" in answer.headers["Location"]
    assert answers_of(application(code).id) == {}, "it is shown again, never replayed"
    back = log_in_citizen(site.test_client(), siti.account_id)
    page = back.get(f"/permohonan/{code}/langkah/detail")
    assert "JANGAN HILANG" in page.text
    assert "sebelum sesi berakhir" in page.text
    back.submit({}, form="isian", follow=False)
    assert "sebelum sesi berakhir" not in back.get(f"/permohonan/{code}/langkah/detail").text


def test_the_stash_is_only_for_its_account_and_for_a_day(citizen: CheckedClient, siti: Citizen, site) -> None:
    code = begin(citizen)
    citizen.get(f"/permohonan/{code}/langkah/detail")
    with transaction():
        db.session.execute(update(Visit).values(expires_at=MONDAY - timedelta(minutes=1)))
    citizen.submit({"baby_name": "JANGAN HILANG"}, form="isian", follow=False)
    with clock.frozen(MONDAY + timedelta(hours=25)):
        late = log_in_citizen(site.test_client(), siti.account_id)
        assert "JANGAN HILANG" not in late.get(f"/permohonan/{code}/langkah/detail").text


def test_a_question_that_depends_on_an_answer_goes_and_comes(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    answer = fill(citizen, code, "orang-tua", has_father="no", father_nik="", father_name="")
    assert answer.status_code == 303
    assert "NIK Ayah" not in citizen.get(f"/permohonan/{code}/langkah/orang-tua").text


def test_an_odd_answer_is_asked_about_once_and_then_taken(citizen: CheckedClient) -> None:
    code = begin(citizen)
    odd = fill(citizen, code, "detail", baby_nik="9901010101900009")
    assert odd.status_code == 200
    assert "Periksa lagi" in odd.text
    assert citizen.submit(form="isian", follow=False).status_code == 303


def _newer_form(add: str, remove: str) -> None:
    """Store a newer version of the service, with one question more and one less."""
    row = db.session.scalar(select(Declaration).where(Declaration.service == SERVICE, Declaration.is_current))
    assert row is not None
    body = json.loads(row.body)
    fields = body["service"]["steps"][0]["fields"]
    fields[:] = [f for f in fields if f["label"] != remove]
    fields.append({"key": "twin", "type": "text", "label": add, "required": "no"})
    with transaction():
        _make_current(AGENCY, SERVICE, json.dumps(body), "f" * 64)


def test_a_draft_of_an_older_form_is_resumed_on_the_newest_with_a_notice(
    citizen: CheckedClient,
) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    before = application(code).declaration_id
    _newer_form("Kembar", "Berat Bayi")
    assert citizen.get(f"/permohonan/{code}/langkah/orang-tua").status_code == 303
    detail = citizen.get(f"/permohonan/{code}")
    assert "Baru: Kembar" in detail.text
    assert "Tidak ditanyakan lagi: Berat Bayi" in detail.text
    assert application(code).declaration_id == before, "looking changes nothing"
    citizen.submit(form="/lanjutkan")
    assert application(code).declaration_id != before
    page = citizen.get(f"/permohonan/{code}/langkah/detail")
    assert "Kembar" in page.text
    assert "DEWI ANGGRAINI" in page.text


def test_a_sent_application_finishes_on_its_own_form(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    _newer_form("Kembar", "Berat Bayi")
    assert "Kembar" not in citizen.get(f"/permohonan/{code}").text


def test_in_a_revision_only_what_was_noted_changes_and_the_change_answers_the_note(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    return_with_notes(code, ("field:mother_name", "Nama ibu belum sesuai dengan KK."))
    page = citizen.get(f"/permohonan/{code}")
    assert "Nama ibu belum sesuai dengan KK." in page.text
    assert f"/permohonan/{code}/langkah/orang-tua" in page.text
    answer = fill(citizen, code, "orang-tua", mother_name="SITI AMINAH BINTI ALI", father_name="X")
    assert answer.status_code == 303
    stored = answers_of(application(code).id)["orang-tua"]
    assert stored["mother_name"] == "SITI AMINAH BINTI ALI"
    assert stored["father_name"] == "BUDI SANTOSO"
    assert "Sudah dijawab" in citizen.get(f"/permohonan/{code}").text


def test_a_note_can_be_answered_with_an_explanation(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    return_with_notes(code, ("field:mother_name", "Nama ibu belum sesuai dengan KK."))
    citizen.get(f"/permohonan/{code}/catatan/1")
    empty = citizen.submit({"text": " "}, form="/catatan/1", follow=False)
    assert empty.status_code == 422
    page = citizen.submit({"text": "Sudah sesuai dengan KK yang baru."}, form="/catatan/1")
    assert "Sudah dijawab" in page.text
    assert "Sudah sesuai dengan KK yang baru." in page.text


@pytest.mark.req("SIN-70")
def test_an_old_page_cannot_save_into_what_was_sent(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get("/permohonan")
    token = citizen.page.form("keluar").values["csrf_token"]
    answer = citizen.post(
        f"/permohonan/{code}/langkah/detail",
        data={**TYPED["detail"], "csrf_token": token, "version": "1", "baby_name": "LAIN"},
    )
    assert answer.status_code == 409
    found = db.session.scalar(select(Application).where(Application.code == code))
    assert found is not None
    assert answers_of(found.id)["detail"]["baby_name"] == "DEWI ANGGRAINI"


def test_a_place_that_is_free_is_chosen_level_by_level_without_javascript(citizen: CheckedClient) -> None:
    code = begin(citizen)
    with transaction():
        # In this mode nothing is locked to the account's own data (guide, table 2).
        db.session.execute(update(Application).where(Application.code == code).values(mode="group"))
    address, step = f"/permohonan/{code}/langkah/detail", "/langkah/detail"
    citizen.get(address)
    chosen: dict[str, str] = {"baby_name": "DEWI"}
    for level, region in (("province", "33"), ("regency", "33.26"), ("district", "33.26.07")):
        chosen[f"address-{level}"] = region
        answer = citizen.submit(chosen, form=step, button=("_refresh", "address"))
        assert answer.status_code == 200
        assert citizen.page is not None
        assert citizen.page.form(step).values["baby_name"] == "DEWI"
    assert "address-village" in citizen.page.form(step).names
    citizen.submit({**chosen, "address-village": "33.26.07.2008"}, form=step, button=("_save", "draft"))
    db.session.remove()
    assert answers_of(application(code).id)["detail"]["address"] == "33.26.07.2008"
