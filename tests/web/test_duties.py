"""Duties: given by an admin, never to oneself; an admin duty by two; ended at once with sessions and work."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.errors import Conflict, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Account, Application, Duty, LoginName, Message, Officer, StateCount
from portal.operations.audit import verify_all
from portal.operations.duties import Wish, end_duty
from portal.operations.officers import keep_numbers
from portal.operations.second_admin import decide_request, give_duty
from portal.queries.logins import list_password_hashes
from portal.queue import JobName
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.desk_cases import send_case
from tests.people import AGENCY, PASSWORD, application
from tests.web.conftest import MONDAY, Citizen
from tests.web.officers import (
    LAST,
    account_of,
    acts_of,
    client_of,
    duty_of,
    new_officer,
    request_for,
    type_password,
    with_factor,
)

FORM = {"office": "", "starts_on": "2026-11-23", "ends_on": str(LAST)}


@pytest.fixture
def admin(officer) -> CheckedClient:
    """The browser of an agency's admin."""
    return officer("admin")


@pytest.fixture
def sent_case(siti: Citizen) -> str:
    """The code of an application that waits to be taken."""
    return send_case(siti.account_id)


@pytest.fixture
def second_admin(site: Flask) -> CheckedClient:
    """The browser of another admin of the agency."""
    new_officer("ana", "admin")
    return client_of(site, "ana")


def give(client: CheckedClient, **fields: str):
    client.get("/petugas/tugas/beri")
    return client.submit({**FORM, **fields}, form="duty")


def test_an_admin_gives_a_duty_that_opens_the_desk_at_once(site: Flask, admin: CheckedClient) -> None:
    signer = client_of(site, "rina")
    assert signer.get("/petugas/catatan").status_code == 404
    response = give(admin, username="rina", role="supervisor")
    assert "Tugas sudah berlaku." in response.text
    assert duty_of("rina", "supervisor").ends_on == LAST
    assert signer.get("/petugas/catatan").status_code == 200
    assert "Beri tugas" in signer.get("/petugas/catatan").text


def test_nobody_gives_a_duty_to_oneself(admin: CheckedClient) -> None:
    response = give(admin, username="adi", role="verifier")
    assert response.status_code == 403
    assert "admin lain" in response.text
    assert duty_of("adi", "verifier") is None


@pytest.mark.parametrize("role", ["verifier", "registrar", "signer", "supervisor", "dpo"])
def test_the_pages_of_duties_exist_for_admins_only(site: Flask, role: str) -> None:
    new_officer("oka", role)
    client = client_of(site, "oka")
    duty = duty_of("vera", "verifier").code
    token = csrf_of(client)
    for path in ("", "/beri", "/undang", f"/{duty}/ubah", f"/{duty}/akhiri"):
        assert client.get(f"/petugas/tugas{path}").status_code == 404, path
        if path:
            data = {**FORM, "username": "vino", "role": "verifier", "csrf_token": token}
            assert client.post(f"/petugas/tugas{path}", data=data).status_code == 404, path


def test_an_admin_of_elsewhere_does_not_even_see_it(site: Flask) -> None:
    agency = next(code for code in site.extensions["catalogue"].agencies if code != AGENCY)
    role = admin_role(site, agency)
    new_officer("eka", role, agency=agency)
    foreign = client_of(site, "eka")
    duty = duty_of("vera", "verifier")
    assert "Vera" not in foreign.get("/petugas/tugas").text
    assert foreign.get(f"/petugas/tugas?instansi={AGENCY}").status_code == 404
    assert foreign.get(f"/petugas/tugas/{duty.code}/akhiri").status_code == 404
    token = csrf_of(foreign)
    assert foreign.post(f"/petugas/tugas/{duty.code}/akhiri", data={"csrf_token": token}).status_code == 404
    data = {**FORM, "username": "vera", "role": "verifier", "instansi": AGENCY, "csrf_token": token}
    assert foreign.post("/petugas/tugas/beri", data=data).status_code == 404
    with pytest.raises(NotFound), transaction():
        give_duty(account_of("vera"), wish("supervisor"), by=account_of("eka"))


def test_an_admin_of_one_office_gives_no_duty_for_the_whole_agency(site: Flask) -> None:
    new_officer("omi", "admin", office="DINAS")
    with pytest.raises(NotFound), transaction():
        give_duty(account_of("vera"), wish("supervisor"), by=account_of("omi"))
    with transaction():
        assert give_duty(account_of("vera"), wish("supervisor", "DINAS"), by=account_of("omi"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"ends_on": ""}, "Isi tanggal terakhir tugas."),
        ({"ends_on": "2026-11-22"}, "sudah lewat"),
        ({"ends_on": "2028-11-23"}, "Paling lama satu tahun"),
        ({"role": "raja"}, "tidak punya peran"),
        ({"office": "MARS"}, "Pilih kantor"),
        ({"username": "siapa"}, "Tidak ada petugas"),
        ({"username": "vera", "role": "verifier"}, "sudah memegang"),
    ],
)
def test_a_wrong_duty_is_refused_and_keeps_what_was_typed(admin: CheckedClient, fields: dict, told: str) -> None:
    response = give(admin, **{"username": "vino", "role": "supervisor", **fields})
    assert response.status_code in (409, 422)
    assert told in response.text
    assert fields.get("username", "vino") in response.text


def test_an_admin_duty_waits_for_another_admin(admin: CheckedClient, second_admin: CheckedClient) -> None:
    response = give(admin, username="vera", role="admin")
    assert "Admin lain harus menyetujui" in response.text
    assert duty_of("vera", "admin") is None
    path = f"/petugas/tugas/permintaan/{request_for('vera').code}"
    admin.get(path)
    assert not admin.page.has_form("verdict")
    data = {"csrf_token": csrf_of(admin), "verdict": "confirmed"}
    assert admin.post(path, data=data).status_code == 403
    second_admin.get(path)
    second_admin.submit(form="verdict", button=("verdict", "confirmed"))
    assert duty_of("vera", "admin").ends_on == LAST
    assert acts_of("officer_request") == ["ask", "confirmed"]
    assert verify_all() == []


def test_who_is_concerned_confirms_nothing_either(site: Flask, admin: CheckedClient) -> None:
    new_officer("ana", "admin", office="DINAS")
    give(admin, username="ana", role="admin")
    code = request_for("ana").code
    with pytest.raises((NotAllowed, NotFound)), transaction():
        decide_request(code, "confirmed", by=account_of("ana"))


def test_two_admins_at_once_decide_once(site: Flask, admin: CheckedClient) -> None:
    for name in ("ana", "ani"):
        new_officer(name, "admin")
    give(admin, username="vera", role="admin")
    code, outcomes, barrier = request_for("vera").code, [], threading.Barrier(2)
    verdicts = {account_of("ana"): "confirmed", account_of("ani"): "refused"}
    db.session.remove()

    def decide(by: int, verdict: str) -> None:
        with site.app_context():
            barrier.wait()
            try:
                with transaction():
                    decide_request(code, verdict, by=by)
                outcomes.append(verdict)
            except Conflict:
                outcomes.append("too late")
            db.session.remove()

    racers = [threading.Thread(target=decide, args=pair) for pair in verdicts.items()]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert outcomes.count("too late") == 1
    assert len(outcomes) == 2
    assert (duty_of("vera", "admin") is not None) == ("confirmed" in outcomes)


def test_the_wish_of_an_admin_who_is_none_any_more_is_worth_nothing(site: Flask, admin: CheckedClient) -> None:
    new_officer("ana", "admin")
    give(admin, username="vera", role="admin")
    duty = duty_of("adi", "admin")
    with transaction():
        end_duty(duty, account_of("ana"))
    code = request_for("vera").code
    with pytest.raises(Conflict), transaction():
        decide_request(code, "confirmed", by=account_of("ana"))
    assert duty_of("vera", "admin") is None


def test_more_of_an_admin_duty_needs_a_second_admin_and_less_does_not(
    admin: CheckedClient, second_admin: CheckedClient
) -> None:
    lasts_until(duty_of("ana", "admin"), LAST)
    path = f"/petugas/tugas/{duty_of('ana', 'admin').code}/ubah"
    admin.get(path)
    admin.submit({"ends_on": "2027-07-01"}, form="duty")
    assert duty_of("ana", "admin").ends_on == LAST
    admin.get(path)
    admin.submit({"ends_on": "2027-06-01"}, form="duty")
    assert str(duty_of("ana", "admin").ends_on) == "2027-06-01"


def test_an_ended_duty_closes_the_session_and_returns_the_work(
    site: Flask, admin: CheckedClient, verifier: CheckedClient, sent_case: str
) -> None:
    take(verifier, sent_case)
    assert application(sent_case).state == "checking"
    admin.get(f"/petugas/tugas/{duty_of('vera', 'verifier').code}/akhiri")
    admin.submit(form="akhiri")
    response = verifier.get(f"/petugas/permohonan/{sent_case}")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/petugas/masuk")
    back = application(sent_case)
    assert (back.state, back.claimed_by) == ("sent", None)
    # The name and password are right, but open nothing, and nobody is told why.
    assert type_password(site.test_client(), "vera").status_code == 422
    assert verify_all() == []


def test_a_post_in_the_middle_of_a_session_does_nothing_after_the_end(
    admin: CheckedClient, verifier: CheckedClient, sent_case: str
) -> None:
    verifier.get(f"/petugas/permohonan/{sent_case}")
    form = verifier.page.form("/tindakan/take")
    admin.get(f"/petugas/tugas/{duty_of('vera', 'verifier').code}/akhiri")
    admin.submit(form="akhiri")
    verifier.post(form.action, data=form.values)
    assert application(sent_case).state == "sent"


def test_work_stays_with_an_officer_whom_another_duty_covers(
    admin: CheckedClient, verifier: CheckedClient, sent_case: str
) -> None:
    with transaction():
        give_duty(account_of("vera"), wish("verifier", "DINAS"), by=account_of("adi"))
        found = db.session.scalars(select(Application).where(Application.code == sent_case)).one()
        found.office = "DINAS"
        for count in db.session.scalars(select(StateCount).where(StateCount.service == found.service)):
            count.office = "DINAS"
    take(verifier, sent_case)
    with transaction():
        whole = db.session.scalars(
            select(Duty).where(Duty.account_id == account_of("vera"), Duty.role == "verifier", Duty.office == "")
        ).one()
        end_duty(whole, account_of("adi"))
    assert application(sent_case).claimed_by == account_of("vera")


def test_a_duty_ends_by_itself_after_its_last_day(site: Flask, verifier: CheckedClient, sent_case: str) -> None:
    from portal.jobs import run_job

    take(verifier, sent_case)
    lasts_until(duty_of("vera", "verifier"), MONDAY.date())
    run_job(JobName.END_DUTIES)
    assert duty_of("vera", "verifier").ended_at is None
    with clock.frozen(MONDAY + timedelta(days=1)):
        # Even before the job has come, the day itself has ended the rights.
        assert verifier.get(f"/petugas/permohonan/{sent_case}").status_code in (303, 404)
        run_job(JobName.END_DUTIES)
        run_job(JobName.END_DUTIES)
    assert duty_of("vera", "verifier").ended_at is not None
    assert application(sent_case).claimed_by is None
    assert acts_of("duty").count("expire") == 1


def test_an_invitation_sets_a_password_once(site: Flask, admin: CheckedClient, visitor: CheckedClient) -> None:
    admin.get("/petugas/tugas/undang")
    fields = {"name": "Nia Baru", "username": "nia.baru", "email": "nia@example.go.id", "role": "verifier"}
    response = admin.submit({**FORM, **fields}, form="duty")
    assert "nia@example.go.id" in response.text
    assert list_password_hashes([account_of("nia.baru")]) == {}
    path = link_for("nia@example.go.id")
    assert visitor.get(path).headers["Referrer-Policy"] == "no-referrer"
    typed = {"password": "kapal merah tua", "password_again": "kapal merah tua"}
    assert visitor.submit({**typed, "password_again": "lain"}, form="first").status_code == 422
    assert visitor.submit({"password": "pendek", "password_again": "pendek"}, form="first").status_code == 422
    visitor.get(path)
    visitor.submit(typed, form="first")
    visitor.submit({"username": "nia.baru", "password": "kapal merah tua"}, form="login")
    assert visitor.get("/petugas/permohonan").status_code == 200
    assert site.test_client().get(path).status_code == 410


def test_an_invitation_ends_after_three_days_and_by_a_newer_one(site: Flask, admin: CheckedClient) -> None:
    admin.get("/petugas/tugas/undang")
    fields = {"name": "Nia Baru", "username": "nia.baru", "email": "nia@example.go.id", "role": "verifier"}
    admin.submit({**FORM, **fields}, form="duty")
    first = link_for("nia@example.go.id")
    with clock.frozen(MONDAY + timedelta(hours=73)):
        assert site.test_client().get(first).status_code == 410
    officer = db.session.scalars(select(Officer.code).where(Officer.id == account_of("nia.baru"))).one()
    admin.get(f"/petugas/tugas/petugas/{officer}")
    admin.submit(form="link")
    assert site.test_client().get(first).status_code == 410
    assert site.test_client().get(link_for("nia@example.go.id")).status_code == 200


def test_a_taken_username_leaves_nothing_behind(admin: CheckedClient) -> None:
    admin.get("/petugas/tugas/undang")
    fields = {"name": "Nia Baru", "username": "vera", "email": "nia@example.go.id", "role": "verifier"}
    response = admin.submit({**FORM, **fields}, form="duty")
    assert response.status_code == 409
    assert "Nia Baru" in response.text
    assert db.session.scalar(select(Account.id).where(Account.name == "Nia Baru")) is None
    assert db.session.scalar(select(Message.id)) is None


def test_a_reset_of_the_second_factor_takes_two_admins_and_ends_the_sessions(
    site: Flask, admin: CheckedClient, second_admin: CheckedClient, verifier: CheckedClient
) -> None:
    with_factor("vera")
    officer = db.session.scalars(select(Officer.code).where(Officer.id == account_of("vera"))).one()
    admin.get(f"/petugas/tugas/petugas/{officer}")
    admin.submit(form="reset")
    assert verifier.get("/petugas/").status_code == 200
    path = f"/petugas/tugas/permintaan/{request_for('vera').code}"
    assert admin.post(path, data={"csrf_token": csrf_of(admin), "verdict": "confirmed"}).status_code == 403
    second_admin.get(path)
    second_admin.submit(form="verdict", button=("verdict", "confirmed"))
    assert verifier.get("/petugas/").status_code == 303
    assert "reset_factor" in acts_of("officer")
    # Deciding again is too late, and changes nothing.
    assert second_admin.post(path, data={"csrf_token": csrf_of(second_admin), "verdict": "refused"}).status_code == 409


def test_what_was_typed_survives_the_question_for_the_password(site: Flask, admin: CheckedClient) -> None:
    admin.get("/petugas/tugas/beri")
    with clock.frozen(MONDAY + timedelta(minutes=11)):
        response = admin.submit({**FORM, "username": "vino", "role": "supervisor"}, form="duty")
        assert response.request.path == "/petugas/konfirmasi"
        assert duty_of("vino", "supervisor") is None
        response = admin.submit({"password": PASSWORD}, form="confirm")
        assert response.request.path == "/petugas/tugas/beri"
        assert duty_of("vino", "supervisor") is None
        form = admin.page.form("duty").values
        assert (form["username"], form["role"], form["ends_on"]) == ("vino", "supervisor", str(LAST))
        admin.submit(form="duty")
    assert duty_of("vino", "supervisor") is not None


def test_a_case_of_the_officers_own_number_or_family_is_refused(
    verifier: CheckedClient, siti: Citizen, sent_case: str
) -> None:
    with transaction():
        keep_numbers(account_of("vera"), "9901010203850077", "9901010101200007")
    assert application(sent_case).account_id != account_of("vera")
    page = verifier.get(f"/petugas/permohonan/{sent_case}")
    assert not verifier.page.has_form("take")
    token = csrf_of(verifier)
    data = {"csrf_token": token, "version": str(application(sent_case).version)}
    response = verifier.post(f"/petugas/permohonan/{sent_case}/tindakan/take", data=data)
    assert response.status_code == 403
    assert page.status_code == 200


def test_what_is_not_known_makes_no_case_ones_own(site: Flask, verifier: CheckedClient, sent_case: str) -> None:
    with transaction():
        found = db.session.scalars(select(Application).where(Application.code == sent_case)).one()
        found.subject_digest = found.family_digest = None
    take(verifier, sent_case)
    assert application(sent_case).state == "checking"


def test_own_numbers_are_typed_once(verifier: CheckedClient) -> None:
    verifier.get("/petugas/akun")
    assert verifier.submit({"nik": "123", "kk": ""}, form="own-numbers").status_code == 422
    verifier.submit({"nik": "9901010203850009", "kk": "9901010202150009"}, form="own-numbers")
    verifier.get("/petugas/akun")
    assert not verifier.page.has_form("own-numbers")


def test_user_names_of_officers_are_never_citizens(site: Flask) -> None:
    names = db.session.scalars(select(LoginName).where(LoginName.agency == "")).all()
    assert names
    assert {name.kind for name in names} == {"username"}


def lasts_until(duty: Duty, day: date) -> None:
    with transaction():
        db.session.get(Duty, duty.id).ends_on = day


def wish(role: str, office: str = "") -> Wish:
    return Wish(AGENCY, office, role, MONDAY.date(), LAST)


def admin_role(site: Flask, agency: str) -> str:
    roles = site.extensions["catalogue"].agency(agency).roles
    return next(key for key, role in roles.items() if role.administers)


def csrf_of(client: CheckedClient) -> str:
    client.get("/petugas/")
    return client.page.form("keluar").values["csrf_token"]


def take(client: CheckedClient, code: str) -> None:
    client.get(f"/petugas/permohonan/{code}")
    client.submit(form="/tindakan/take")


def link_for(email: str) -> str:
    db.session.remove()
    body = (
        db.session.scalars(select(Message).where(Message.channel == "email").order_by(Message.id.desc())).first().body
    )
    return "/petugas/kata-sandi/" + body.split("/petugas/kata-sandi/")[1].split()[0]
