"""Nothing personal in logs, in lists or in plain columns (XCT-09)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.integrations.delivery import LocalTwin, TryLater, Undeliverable
from portal.models import Account, Message
from portal.operations import throttle
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.journeys import joining, outbox
from tests.people import AGENCY
from tests.web.conftest import MONDAY
from tests.web.registering import officer_does, register

PERSONAL = (
    joining.NIK,
    joining.FORM["kk"],
    "81234567811",
    "8123-4567-811",
    "dewi@example.com",
    "dewi",
    "lestari",
    "maryam",
    joining.PASSWORD,
    "salah sekali ini",
    "perahu kertas di sungai",
)


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def walk(visitor: CheckedClient) -> list[str]:
    """Register, be approved, activate, log in badly and well, forget and reset the password; returns the secrets."""
    application = register(visitor)
    code = outbox.code_in(outbox.messages("kode-hp", to=joining.PHONE)[0])
    officer_does(application, "approve")
    activation = outbox.path_in(outbox.messages("aktivasi", to=joining.PHONE)[0])
    joining.activate(visitor, activation, mother="Bukan Ibu Saya")
    joining.activate(visitor, activation)
    joining.log_in(visitor, "salah sekali ini")
    joining.log_in(visitor)
    run_pending_jobs()
    visitor.get("/akun/nomor-hp")
    visitor.submit({"phone": "081399900012"}, form="/akun/nomor-hp")
    run_pending_jobs()
    visitor.get(f"/masuk/{AGENCY}/lupa")
    fields = {"nik": joining.NIK, "name": "DEWI LESTARI", "phone": "081234567811"}
    visitor.submit(fields | {"captcha_answer": joining.sum_answer(visitor, "forgotten")}, form="forgotten")
    run_pending_jobs()
    reset = outbox.path_in(outbox.messages("reset-kata-kunci")[0])
    visitor.get(reset)
    new = {"kk": joining.FORM["kk"], "password": "perahu kertas di sungai", "password_again": "perahu kertas di sungai"}
    visitor.submit(new, form="reset")
    return [code, activation.rpartition("/")[2], reset.rpartition("/")[2]]


@pytest.mark.req("XCT-09")
def test_registering_logging_in_and_resetting_leave_nothing_personal_in_any_log(
    visitor: CheckedClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as structured:
        secrets = walk(visitor)
    out, err = capfd.readouterr()
    # The driver's own debugging, which nothing switches on, is no log of ours.
    records = [f"{r.name} {r.getMessage()}" for r in caplog.records if not r.name.startswith(("sqlalchemy", "asyncio"))]
    said = "\n".join([*(str(entry) for entry in structured), *records, out, err]).casefold()
    assert [word for word in (*PERSONAL, *secrets) if word.casefold() in said] == []


@pytest.mark.req("XCT-09")
def test_a_delivery_that_fails_logs_no_address_and_no_text(
    visitor: CheckedClient, whatsapp: LocalTwin, email: LocalTwin, capfd: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as structured:
        register(visitor)
        for twin in (whatsapp, email):
            twin.fail_next(TryLater("WhatsApp 500 (1)"), Undeliverable("SMTP 550"))
        for day in range(3):
            with clock.frozen(MONDAY + timedelta(days=day)):
                run_pending_jobs()
    said = "\n".join([*(str(entry) for entry in structured), *capfd.readouterr()]).casefold()
    assert [word for word in PERSONAL if word.casefold() in said] == []
    problems = {one.problem for one in db.session.scalars(select(Message))}
    assert problems & {"WhatsApp 500 (1)", "SMTP 550"}, "it did fail"


@pytest.mark.req("XCT-09")
def test_a_crash_while_registering_logs_no_answer(
    site: Flask, visitor: CheckedClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from portal.operations import registrations

    def crash(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(registrations, "claim_name", crash)
    monkeypatch.setitem(site.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(site, "testing", False)
    with structlog.testing.capture_logs() as structured:
        answer = joining.fill(visitor)
    assert answer.status_code == 500
    said = "\n".join([*(str(entry) for entry in structured), caplog.text]).casefold()
    assert "the disk is full" in said
    assert [word for word in PERSONAL if word.casefold() in said] == []


@pytest.mark.req("XCT-09")
def test_numbers_and_names_lie_sealed_or_hashed_in_every_table(visitor: CheckedClient) -> None:
    walk(visitor)
    account = db.session.scalars(select(Account).where(Account.name == "DEWI LESTARI")).one()
    assert account.phone == joining.PHONE, "the vault opens it"
    db.session.remove()
    plain = set()
    with db.engine.connect() as raw:
        for table in db.metadata.sorted_tables:
            for row in raw.exec_driver_sql(f'SELECT * FROM "{table.name}"').mappings():
                for column, value in row.items():
                    text = (
                        bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                    ).casefold()
                    if any(word.casefold() in text for word in PERSONAL):
                        plain.add(f"{table.name}.{column}")
    # Names alone are plain, by decision, so that officers can search for them (design §4).
    assert plain <= {"account.name", "application.subject_name"}, plain


@pytest.mark.req("XCT-09")
def test_officers_lists_and_the_persons_own_pages_mask_the_numbers(
    visitor: CheckedClient, registrar: CheckedClient
) -> None:
    application = register(visitor)
    pages = [registrar.get(path).text for path in ("/petugas/", "/petugas/pendaftaran?status=semua")]
    joining.log_in(visitor)
    pages += [visitor.get(path).text for path in ("/akun", f"/akun/pendaftaran/{application.code}", "/akun/data-saya")]
    for page in pages:
        for number in (joining.NIK, joining.FORM["kk"], "81234567811", "dewi@example.com", "Siti Maryam"):
            assert number not in page
