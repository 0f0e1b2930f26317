"""The citizen's story on a phone of 360 px with JavaScript: steps, drafts, broken lines, news, photos, download."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.birth_certificate import TYPED
from tests.browser.person import DESK, Person
from tests.browser.site import Site, aside
from tests.desk_cases import send_case
from tests.journeys import applying, desk, joining, outbox
from tests.people import AGENCY, PASSWORD

People = Callable[..., Person]


def code_of(one: Person) -> str:
    """The application whose page is on the screen."""
    return one.page.url.split("/permohonan/")[1].split("/")[0]


def begin(one: Person) -> str:
    """Press [Baru] on the home of the agency."""
    one.open(f"/instansi/{AGENCY}")
    one.page.get_by_role("button", name="Baru Akta Kelahiran").click()
    one.page.wait_for_url(re.compile("/langkah/detail"))
    return code_of(one)


def fill(one: Person, answers: dict[str, str]) -> None:
    """Type and tap the answers of a step."""
    for name, value in answers.items():
        box = one.page.locator(f"[name={name}]")
        if box.first.get_attribute("type") == "radio":
            one.page.locator(f"[name={name}][value={value}]").check()
        else:
            box.fill(value)


@pytest.fixture
def who(site: Site) -> str:
    """The name of a citizen without any application."""
    return site.newcomer()


def bring(site: Site, who: str, *, to: str) -> str:
    """An application of somebody, brought by hand into a state: draft, sent or issued; its code."""

    def work() -> str:
        with site.app.app_context():
            if to == "draft":
                citizen = site.client(who)
                code = applying.start(citizen)
                applying.fill_forms(citizen, code)
                return code
            verifier = site.client("verifier")
            code = send_case(site.people[who])
            for action in {"sent": (), "issued": ("take", "approve")}[to]:
                desk.act(verifier, code, action)
            site.do_jobs()
            if to == "issued":
                desk.sign_all(site.client("signer"))
                site.do_jobs()
            return code

    return aside(work)


@pytest.mark.req("SIN-13", "SIN-17")
def test_a_stranger_registers_without_solving_a_sum(person: People, site: Site) -> None:
    one = person()
    page = one.open(f"/daftar/{AGENCY}")
    fill(one, {k: v for k, v in joining.FORM.items() if not k.startswith("address") and k != "consent"})
    page.select_option("[name=address-district]", "33.26.07")
    page.select_option("[name=address-village]", joining.FORM["address-village"])
    page.get_by_role("button", name="Saya tidak bisa menjawab soal hitungan").click()
    expect(page.locator("[name=captcha_answer]")).to_have_count(0)
    expect(page.locator("[name=password]")).to_have_value(joining.PASSWORD)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Daftar", exact=True).click()
    page.wait_for_url(re.compile("/kode$"))
    one.look()
    with site.app.app_context():
        code = outbox.code_in(outbox.messages("kode-hp", to=joining.PHONE)[0])
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Selesaikan").click()
    expect(page.get_by_text("Pendaftaran berhasil").first).to_be_visible()
    one.look()


def test_a_citizen_logs_in_with_the_sum(person: People, site: Site) -> None:
    one = person()
    page = one.open(f"/masuk/{AGENCY}")
    page.locator("[name=login_name]").fill("9901010203850002")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=captcha_answer]").fill("999")
    page.get_by_role("button", name="Login").click()
    expect(page.locator(".summary-errors")).to_be_focused()
    with site.app.app_context():
        answer = joining.solve(joining.read_sum(page.locator("[name=captcha_token]").input_value()))
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=captcha_answer]").fill(answer)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_text("Selamat datang BUDI SANTOSO")).to_be_visible()


def test_a_step_follows_without_a_reload_and_says_where_one_is(person: People, who: str) -> None:
    one = person(who)
    code = begin(one)
    page = one.page
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(page.locator(".summary-errors")).to_be_focused()
    assert page.evaluate("window.isSamePage"), "a refusal is swapped in"
    one.look()
    fill(one, TYPED["detail"])
    page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orang Tua")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.evaluate("window.isSamePage")
    assert page.url.endswith(applying.page(code, "/langkah/orang-tua"))
    page.go_back()
    expect(page.locator("[name=baby_name]")).to_have_value("DEWI ANGGRAINI")


@pytest.mark.req("SIN-50")
def test_a_draft_is_saved_quietly_and_found_on_another_phone(person: People, who: str) -> None:
    one, other = person(who), person(who)
    code = begin(one)
    with one.page.expect_response(lambda r: r.request.method == "POST" and r.status == 204):
        one.page.locator("[name=baby_name]").fill("ANAK YANG DITUNGGU")
    expect(one.page.locator("#live")).to_have_text("Draf tersimpan")
    other.open(applying.page(code, "/langkah/detail"))
    expect(other.page.locator("[name=baby_name]")).to_have_value("ANAK YANG DITUNGGU")
    fill(one, TYPED["detail"])
    one.page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("Orang Tua")


def test_a_broken_line_keeps_what_was_typed(person: People, who: str) -> None:
    one = person(who)
    begin(one)
    fill(one, TYPED["detail"])
    one.context.set_offline(True)
    one.page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(one.page.locator("#live")).to_contain_text("Isian Anda masih ada")
    expect(one.page.locator("[name=baby_name]")).to_have_value("DEWI ANGGRAINI")
    one.context.set_offline(False)
    one.page.get_by_role("button", name="Simpan dan lanjut").last.click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("Orang Tua")
    one.errors.clear()  # The browser and htmx tell the console that the line was gone, which was meant.


def test_a_photo_is_made_smaller_before_it_is_sent(person: People, site: Site, who: str) -> None:
    code = bring(site, who, to="draft")
    one = person(who)
    noise = io.BytesIO()
    Image.effect_noise((3000, 2400), 90).convert("RGB").save(noise, "JPEG", quality=92)
    page = one.open(applying.page(code, "/data-dukung/kartu-keluarga?pilihan=baru"))
    page.set_input_files("[name=file]", {"name": "kk.jpg", "mimeType": "image/jpeg", "buffer": noise.getvalue()})
    button = page.get_by_role("button", name="Simpan", exact=True)
    expect(button).to_be_enabled()
    half = len(noise.getvalue()) // 2
    page.wait_for_function(f"document.querySelector('[name=file]').files[0].size < {half}")
    size = page.evaluate(
        "createImageBitmap(document.querySelector('[name=file]').files[0]).then(p => [p.width, p.height])"
    )
    assert max(size) == 2000
    button.click()
    page.wait_for_url(re.compile("/langkah/data-dukung"))
    expect(page.get_by_text("Sudah ada")).to_be_visible()


@pytest.mark.req("SIN-75")
def test_the_officers_acts_and_words_appear_without_a_reload(person: People, site: Site, who: str) -> None:
    code = bring(site, who, to="sent")
    one = person(who)
    page = one.open(applying.page(code))
    page.evaluate("window.isSamePage = true")
    expect(page.locator("#kemajuan")).to_contain_text("Pengajuan Dikirim")
    officer = person("verifier", DESK)
    officer.open(desk.path(code))
    officer.page.get_by_role("button", name="Periksa", exact=True).click()
    officer.page.wait_for_load_state()
    officer.open(desk.path(code, "/percakapan"))
    officer.page.locator("textarea").fill("Kami periksa hari ini.")
    officer.page.get_by_role("button", name="Kirim").click()
    expect(officer.page.locator(".talk")).to_contain_text("Kami periksa hari ini.")
    page.evaluate("for (const box of document.querySelectorAll('[data-poll]')) htmx.trigger(box, 'poll')")
    expect(page.locator("#kemajuan")).to_contain_text("Diproses")
    expect(page.locator("#pesan")).to_contain_text("Kami periksa hari ini.")
    assert page.evaluate("window.isSamePage")


@pytest.mark.req("SIN-76", "SIN-77")
def test_the_paper_is_downloaded_once(person: People, site: Site, who: str) -> None:
    code = bring(site, who, to="issued")
    one = person(who)
    page = one.open(applying.page(code))
    page.get_by_role("link", name="Buka Dokumen TTE").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Unduh sekarang").click()
    assert download.value.suggested_filename.endswith(".pdf")
    page.reload()
    expect(page.get_by_role("button", name="Unduh sekarang")).to_have_count(0)
    expect(page.get_by_role("link", name="Ambil file")).to_be_visible()
    one.look()
