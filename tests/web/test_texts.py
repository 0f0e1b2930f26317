"""An admin changes the texts of messages without an operator; what is wrong with them is said at once (XCT-01)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Kept, Message
from portal.operations.outbox import post_message
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY
from tests.web.conftest import Citizen

LIST = "/petugas/teks"
TEXT = f"{LIST}/{AGENCY}/terkirim"


@pytest.fixture
def admin(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """The browser of the agency's admin."""
    return officer("admin")


def change(admin: CheckedClient, **fields: str) -> int:
    admin.get(TEXT)
    return admin.submit(fields, form=TEXT, follow=False).status_code


def sent(siti: Citizen, dedupe: str) -> str:
    values = dict.fromkeys(("first_name", "code", "service", "state", "due"), "x") | {"link": "/permohonan"}
    with transaction():
        post_message("terkirim", agency=AGENCY, values=values, dedupe=dedupe, to_phone="+6281234500001")
    key = f"{dedupe}:whatsapp"
    return db.session.scalars(select(Message.body).where(Message.dedupe_key == key)).one() or ""


@pytest.mark.req("XCT-01")
def test_what_an_admin_wrote_is_what_people_get_until_it_is_put_back(admin: CheckedClient, siti: Citizen) -> None:
    shipped = sent(siti, "before")
    assert change(admin, whatsapp="Kabar baik dari kantor kami. Lihat: {link}") == 303
    assert sent(siti, "after").startswith("Kabar baik dari kantor kami. Lihat: http")
    assert "diubah" in admin.get(LIST).text
    admin.get(TEXT)
    admin.submit(form=TEXT, button=("_do", "reset"))
    assert sent(siti, "again") == shipped


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"whatsapp": ""}, "Isi teksnya"),
        ({"whatsapp": "Lihat {linkk}"}, "{linkk} tidak dikenal"),
        ({"whatsapp": "Ada kabar."}, "{link} harus ada"),
        ({"whatsapp": "Lihat {link"}, "Kurung kurawal"),
        ({"whatsapp": "NIK Anda salah. {link}"}, "Jangan menyebut NIK"),
        ({"subject": "x" * 121}, "Paling panjang 120"),
    ],
)
def test_a_text_that_would_fail_or_tell_too_much_is_refused_and_kept_in_the_form(
    admin: CheckedClient, fields: dict[str, str], words: str
) -> None:
    admin.get(TEXT)
    page = admin.submit(fields, form=TEXT)
    assert page.status_code == 422
    assert admin.page is not None
    assert words in admin.page.words()
    assert next(iter(fields.values())) in admin.page.form(TEXT).values.values()
    assert db.session.scalar(select(Kept).where(Kept.key == "message:terkirim")) is None


def test_two_admins_do_not_overwrite_each_other(admin: CheckedClient, officer: Callable[[str], CheckedClient]) -> None:
    other = officer("admin")
    other.get(TEXT)
    assert change(admin, whatsapp="Yang pertama: {link}") == 303
    late = other.submit({"whatsapp": "Yang kedua: {link}"}, form=TEXT)
    assert late.status_code == 409
    assert "Yang kedua" in late.text


@pytest.mark.parametrize("path", [LIST, TEXT])
def test_only_admins_of_the_agency_find_the_texts(verifier: CheckedClient, admin: CheckedClient, path: str) -> None:
    assert verifier.get(path).status_code == 404
    assert admin.get(f"{LIST}/bmkg/kode-hp").status_code == 404
    assert admin.get(f"{LIST}/{AGENCY}/tidak-ada").status_code == 404
