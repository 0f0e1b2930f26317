"""The applicant's way in Chromium with JavaScript switched off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.birth_certificate import PAPERS, TYPED
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_walk_in_chromium import begin, fill
from tests.fixtures_files import photo
from tests.journeys import applying


@pytest.mark.req("SIN-44", "SIN-68")
def test_an_application_is_filled_in_and_sent_without_javascript(person: Callable[..., Person], site: Site) -> None:
    one = person(site.newcomer(), java_script_enabled=False)
    code, page = begin(one), one.page
    page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(page.locator(".summary-errors")).to_be_visible()
    for step, answers in TYPED.items():
        assert page.url.endswith(f"/langkah/{step}")
        fill(one, answers)
        page.locator("#isian button.primary").click()
    for key in PAPERS:
        one.open(applying.page(code, f"/data-dukung/{key}?pilihan=baru"))
        page.set_input_files("[name=file]", {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        page.get_by_role("button", name="Simpan", exact=True).click()
        page.wait_for_url(re.compile("/langkah/data-dukung"))
    page.get_by_role("button", name="Lanjut").click()
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Kirim Pengajuan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bukti Pengiriman")
    expect(page.get_by_text(code).first).to_be_visible()
