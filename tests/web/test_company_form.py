"""Registrasi Perusahaan of the health quarantine: reached by its link, with each mandatory question marked."""

from __future__ import annotations

import pytest

from portal.queries.catalogue import catalogue
from tests.client import CheckedClient

AGENCY = "kesehatan"


@pytest.mark.req("SKK-02")
def test_daftar_on_the_log_in_page_opens_registrasi_perusahaan(visitor: CheckedClient) -> None:
    visitor.get(f"/masuk/{AGENCY}")
    assert visitor.page is not None
    page = visitor.follow(visitor.get(visitor.page.link(f"/daftar/{AGENCY}")))
    assert page.status_code == 200
    assert "Registrasi Perusahaan" in visitor.page.words()


@pytest.mark.req("SKK-08")
def test_each_mandatory_question_has_a_star_and_is_required_and_no_other(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    assert visitor.page is not None
    service = catalogue().registration(AGENCY)
    assert service is not None
    controls = {element.get("name"): element for element in visitor.page.elements if element.get("name")}
    frames = {element.get("id"): element for element in visitor.page.elements if element.get("id")}
    asked = [field for field in service.fields if field.key in controls and field.type not in ("captcha", "consent")]
    assert len(asked) > 8
    for field in asked:
        stars = [e for e in frames[f"w-{field.key}"].iter() if "star" in (e.get("class") or "").split()]
        assert bool(stars) == field.required, field.key
        assert (controls[field.key].get("required") is not None) == field.required, field.key
