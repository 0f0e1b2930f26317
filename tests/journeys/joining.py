"""What a stranger does to become a citizen with an account: register, prove the phone, activate, log in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Application
from portal.operations.captchas import read_sum, solve
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.people import AGENCY, VILLAGE

PASSWORD = "payung merah di teras"
NIK = "9901014508900011"
PHONE = "+6281234567811"
MOTHER = "Siti Maryam"
FORM = {
    "nik": NIK,
    "name": "DEWI LESTARI",
    "kk": "9901010101200017",
    "birth_place": "Pekalongan",
    "born_on": "1990-08-05",
    "mother_name": MOTHER,
    "address-province": "33",
    "address-regency": "33.26",
    "address-district": "33.26.07",
    "address-village": VILLAGE,
    "phone": "0812 3456 7811",
    "email": "dewi@example.com",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "consent": "yes",
}


def sum_answer(client: CheckedClient, form: str) -> str:
    """What a person types below the sum of a form on the page before them."""
    assert client.page is not None
    return solve(read_sum(client.page.form(form).values["captcha_token"]))


def fill(client: CheckedClient, **changes: Any) -> TestResponse:
    """Open the registration form and send it, with the sum solved."""
    client.get(f"/daftar/{AGENCY}")
    given = {**FORM, "captcha_answer": sum_answer(client, "register"), **changes}
    return client.submit(given, form="register")


def prove_phone(client: CheckedClient, number: str = PHONE) -> TestResponse:
    """Type the code that went to the number."""
    code = outbox.code_in(outbox.messages("kode-hp", to=number)[0])
    return client.submit({"code": code}, form=f"/daftar/{AGENCY}/kode")


def register(client: CheckedClient, **changes: Any) -> str:
    """Send a registration and prove its phone; returns its code."""
    fill(client, **changes)
    phone = changes.get("phone", FORM["phone"]).replace(" ", "")
    prove_phone(client, "+62" + phone.removeprefix("0"))
    return newest_registration()


def newest_registration() -> str:
    """The code of the registration that was begun last."""
    db.session.remove()
    found = db.session.scalar(
        select(Application.code).where(Application.kind == "registration").order_by(Application.id.desc()).limit(1)
    )
    assert found is not None
    return found


def log_in(client: CheckedClient, password: str = PASSWORD, nik: str = NIK) -> TestResponse:
    """NIK, Kata Kunci and the sum."""
    client.get(f"/masuk/{AGENCY}")
    answer = sum_answer(client, "login")
    return client.submit({"login_name": nik, "password": password, "captcha_answer": answer}, form="login")


def activate(client: CheckedClient, address: str, mother: str = MOTHER) -> TestResponse:
    """Open the link of a message, answer its question and its sum."""
    client.get(address)
    answer = sum_answer(client, "activation")
    return client.submit({"challenge": mother, "captcha_answer": answer}, form="activation")
