"""UBAH biodata and FOTO: proven facts go back to the officer, the rest changes at once, a picture is drawn anew."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.extensions import db
from portal.models import Enrolment, StoredFile
from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys import joining, outbox
from tests.people import application
from tests.web.registering import newest, officer_does
from tests.web.test_officer_review import act, path


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def code(visitor: CheckedClient, site: Flask) -> str:
    """The registration of somebody who registered, was approved and activated, and is logged in as `visitor`."""
    code = joining.register(visitor)
    officer_does(newest(), "approve")
    joining.activate(visitor, outbox.path_in(outbox.messages("aktivasi")[0]))
    joining.log_in(visitor)
    return code


def change(client: CheckedClient, code: str, **changes: Any) -> Any:
    client.get(f"/akun/pendaftaran/{code}/ubah")
    return client.submit(changes, form="profile")


def profile() -> dict[str, str]:
    db.session.remove()
    return db.session.scalars(select(Enrolment)).one().profile


@pytest.mark.req("PAS-46")
def test_a_proven_fact_waits_for_the_officer_who_sees_old_and_new(
    visitor: CheckedClient, registrar: CheckedClient, code: str
) -> None:
    before = profile()["birth_place"]
    assert change(visitor, code, birth_place="TEGAL").status_code == 422
    page = change(visitor, code, birth_place="TEGAL", consent="yes")
    assert "Petugas memeriksanya dulu" in page.text
    assert application(code).state == "changing"
    assert profile()["birth_place"] == before
    registrar.get(path(code))
    assert registrar.page
    assert "TEGAL" in registrar.page.words()
    assert f"Sebelumnya: {before}" in registrar.page.words()
    act(registrar, code, "accept_change")
    assert application(code).state == "active"
    assert profile()["birth_place"] == "TEGAL"


def test_a_refused_change_leaves_the_proven_data_and_says_why(
    visitor: CheckedClient, registrar: CheckedClient, code: str
) -> None:
    before = profile()
    change(visitor, code, name="NAMA LAIN SEKALI", consent="yes")
    act(registrar, code, "refuse_change", reason="Nama di KK berbeda.")
    assert profile() == before
    page = visitor.get(f"/akun/pendaftaran/{code}")
    assert "Nama di KK berbeda." in page.text
    visitor.get(f"/akun/pendaftaran/{code}/ubah")
    assert visitor.page
    assert visitor.page.form("profile").values["name"] == before["name"]


def test_a_waiting_change_can_be_taken_back(visitor: CheckedClient, code: str) -> None:
    before = profile()
    change(visitor, code, kk="9901010101209999", consent="yes")
    visitor.get(f"/akun/pendaftaran/{code}/ubah")
    visitor.submit(form="/ubah/batal")
    assert application(code).state == "active"
    assert profile() == before


def test_what_has_a_page_of_its_own_cannot_be_changed_here(visitor: CheckedClient, code: str) -> None:
    before = profile()
    change(visitor, code, nik="9901010508900099", phone="081311112222", email="lain@example.com", consent="yes")
    assert profile() == before
    assert application(code).state == "active"


def test_somebody_elses_data_cannot_be_reached(citizen: CheckedClient, code: str) -> None:
    assert citizen.get(f"/akun/pendaftaran/{code}/ubah").status_code == 404


def picture(kind: str = "JPEG", note: bytes = b"") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "teal").save(out, kind)
    out.write(note)
    out.seek(0)
    return out


def send(client: CheckedClient, content: io.BytesIO, name: str = "saya.jpg") -> Any:
    client.get("/akun/foto")
    return client.submit({"photo": (content, name)}, form="/akun/foto")


@pytest.mark.req("PAS-47")
def test_a_photo_is_drawn_anew_and_can_be_removed(citizen: CheckedClient) -> None:
    assert "Foto tersimpan" in send(citizen, picture(note=b"where I live")).text
    answer = citizen.get("/akun/foto/gambar")
    assert answer.mimetype == "image/jpeg"
    assert b"where I live" not in answer.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    citizen.get("/akun/foto")
    citizen.submit(form="/akun/foto/hapus")
    assert citizen.get("/akun/foto/gambar").status_code == 404
    db.session.remove()
    assert all(not row.wrapped_key for row in db.session.scalars(select(StoredFile)))


@pytest.mark.req("PAS-47")
def test_only_pictures_of_a_sensible_size_are_taken(citizen: CheckedClient) -> None:
    assert send(citizen, io.BytesIO(b"%PDF-1.7 not a picture"), "saya.jpg").status_code == 422
    assert send(citizen, io.BytesIO(b"<script>alert(1)</script>"), "saya.png").status_code == 422
    assert send(citizen, io.BytesIO(b"\xff\xd8\xff\xe0" + b"0" * (5 * 1024 * 1024 + 1))).status_code == 422
    assert citizen.get("/akun/foto/gambar").status_code == 404


def test_a_photo_is_its_owners_alone(citizen: CheckedClient, other_citizen: CheckedClient) -> None:
    send(citizen, picture())
    assert other_citizen.get("/akun/foto/gambar").status_code == 404


def test_the_input_offers_camera_and_gallery(citizen: CheckedClient) -> None:
    page = citizen.get("/akun/foto")
    assert 'type="file"' in page.text
    assert "selfie" in page.text
    # Without `capture` a phone offers both its camera and its gallery.
    assert "capture=" not in page.text
