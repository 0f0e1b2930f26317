"""The five ways to register, each walked to its first log in on a phone of 360 px with JavaScript, every page judged."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import DESK, Person
from tests.browser.site import Site
from tests.fixtures_files import paper
from tests.journeys import desk, joining, outbox
from tests.journeys.five_forms import COMPANY, DOCUMENTS, PASSWORD, PERSON, PORT_USER, TRADER, TRAVELLER, TWICE
from tests.people import VILLAGE

People = Callable[..., Person]


def type_in(page: Page, values: dict[str, str]) -> None:
    """Fill in a form as a person does: choices that depend on others come by themselves."""
    for name, value in values.items():
        box = page.locator(f"[name={name}]")
        kind = box.first.evaluate("box => box.type")
        if kind == "radio":
            page.locator(f"[name={name}][value={value}]").check()
        elif kind == "checkbox":
            box.check()
        elif kind == "select-one":
            page.locator(f"[name={name}]:has(option[value='{value}'])").select_option(value)
        else:
            box.fill(value)


def solve_sum(page: Page, site: Site) -> None:
    with site.app.app_context():
        answer = joining.solve(joining.read_sum(page.locator("[name=captcha_token]").input_value()))
    page.locator("[name=captcha_answer]").fill(answer)


def send(one: Person, name: str = "Daftar") -> None:
    """Press the form's own button; what is refused stays within the page."""
    one.page.locator("#register").get_by_role("button", name=name, exact=True).click()


def mailed(site: Site, template: str, to: str) -> str:
    """The newest mail of a template to somebody."""
    site.do_jobs()
    with site.app.app_context():
        return outbox.messages(template, channel="email", to=to)[0]


def open_mail(one: Person, site: Site, template: str, to: str) -> Page:
    """Tap the link of a mail, and look at where it leads."""
    page = one.open(outbox.path_in(mailed(site, template, to)))
    one.look()
    return page


def first_log_in(one: Person, site: Site, agency: str, name: str, password: str = PASSWORD) -> None:
    """From the log-in page to the home of the agency, greeted by name."""
    page = one.open(f"/masuk/{agency}")
    one.look()
    page.locator("[name=login_name]").fill(name)
    page.locator("[name=password]").fill(password)
    solve_sum(page, site)
    page.locator("#login button.primary").click()
    page.wait_for_url(re.compile(f"/instansi/{agency}$"))
    expect(page.get_by_text("Selamat datang")).to_be_visible()
    one.look()


def decide(person: People, site: Site, code: str, action: str, **duty: str) -> None:
    """An officer at a desk opens the case and presses the button of an act, and of the page behind it."""
    officer = person(site.appoint(**duty), DESK)
    page = officer.open(desk.path(code))
    officer.look()
    form = page.locator(f"form[action$='/tindakan/{action}']")
    if not form.count():
        page.locator(f"a[href$='/tindakan/{action}']").first.click()
        page.wait_for_url(re.compile(f"/tindakan/{action}"))
        officer.look()
    form.locator("button.b").first.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_be_visible()


def newest(site: Site) -> str:
    with site.app.app_context():
        return joining.newest_registration()


@pytest.mark.req("SIN-13", "SIN-17", "SIN-19", "SIN-21", "SIN-24")
def test_a_citizen_is_approved_and_answers_the_question_of_the_link(person: People, site: Site) -> None:
    one, form = (
        person(),
        joining.FORM | {"nik": "9901014508900051", "phone": "081234567851", "email": "eka@example.com"},
    )
    place = {"address-district": "33.26.07", "address-village": VILLAGE}
    page = one.open("/daftar/dukcapil")
    one.look()
    type_in(page, {key: value for key, value in form.items() if key not in place} | place)
    solve_sum(page, site)
    send(one)
    page.wait_for_url(re.compile("/kode$"))
    with site.app.app_context():
        code = outbox.code_in(outbox.messages("kode-hp", to="+6281234567851")[0])
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Selesaikan").click()
    expect(page.get_by_text("Pendaftaran berhasil").first).to_be_visible()
    decide(person, site, newest(site), "approve", agency="dukcapil", office="", role="registrar")
    page = open_mail(one, site, "aktivasi", "eka@example.com")
    page.locator("[name=challenge]").fill(joining.MOTHER.lower())
    solve_sum(page, site)
    page.locator("#activation button.primary").click()
    page.wait_for_url(re.compile("/masuk/dukcapil"))
    first_log_in(one, site, "dukcapil", form["nik"])


@pytest.mark.req("PAS-05", "PAS-06", "PAS-09", "PAS-10")
def test_a_traveller_confirms_the_mail_and_logs_in(person: People, site: Site) -> None:
    one = person()
    page = one.open("/daftar/imigrasi")
    one.look()
    type_in(page, TRAVELLER | {"email": "rani@kantor.go.id"})
    send(one)
    expect(page.locator(".summary-errors")).to_be_focused()
    one.look()
    type_in(page, {"email": TRAVELLER["email"], **TWICE})
    send(one)
    expect(page.get_by_text("1 langkah lagi")).to_be_visible()
    one.look()
    open_mail(one, site, "konfirmasi-akun", TRAVELLER["email"]).locator("main button.primary").click()
    page.wait_for_url(re.compile("/masuk/imigrasi"))
    first_log_in(one, site, "imigrasi", TRAVELLER["username"])


@pytest.mark.req("PTS-02", "PTS-03", "PTS-08", "PTS-09", "PTS-10")
@pytest.mark.parametrize(
    ("kind", "form"),
    [("Perorangan", PERSON | {"consent": "yes"}), ("Perusahaan", COMPANY | {"email": "awan@example.com"})],
)
def test_the_weather_agency_asks_a_person_and_a_company_what_it_needs(
    person: People, site: Site, kind: str, form: dict[str, str]
) -> None:
    one = person()
    page = one.open("/daftar/bmkg")
    one.look()
    page.get_by_role("link", name=kind, exact=True).click()
    one.look()
    type_in(page, form)
    solve_sum(page, site)
    send(one)
    page.wait_for_url(re.compile("/berhasil"))
    one.look()
    open_mail(one, site, "verifikasi-email", form["email"]).get_by_role("button", name="Verify").click()
    page.wait_for_url(re.compile("/masuk/bmkg"))
    first_log_in(one, site, "bmkg", form["username"])


@pytest.mark.req("SKK-03", "SKK-04", "SKK-05", "SKK-09", "SKK-10", "SKK-12", "SKK-13")
def test_the_port_chosen_offers_its_own_areas_and_activates_the_company(person: People, site: Site) -> None:
    one, to = person(), PORT_USER["email"]
    page = one.open("/daftar/kesehatan")
    one.look()
    expect(page.locator("[name=branch] option[value='01-01']")).to_have_count(0)
    type_in(page, PORT_USER)
    send(one)
    page.wait_for_url(re.compile("/berhasil"))
    one.look()
    decide(person, site, newest(site), "approve", agency="kesehatan", office="01-01", role="verifier")
    assert mailed(site, "akun-diaktivasi", to)
    first_log_in(one, site, "kesehatan", to)


@pytest.mark.req("KAR-43", "KAR-44", "KAR-45", "KAR-48", "KAR-23", "KAR-31", "KAR-32")
def test_a_trader_proves_the_mailbox_gives_papers_and_is_sent_an_account(person: People, site: Site) -> None:
    one, to = person(), "maju@example.com"
    page = one.open("/daftar/karantina")
    one.look()
    page.get_by_role("link", name="Perusahaan induk").click()
    one.look()
    type_in(page, {"name": "PT Maju", "email": to})
    send(one, "Lanjut")
    page.wait_for_url(re.compile("/daftar/karantina/email"))
    one.look()
    open_mail(one, site, "lanjutkan-pendaftaran", to).locator("main button.primary").click()
    page.wait_for_url(re.compile("/perbaiki"))
    one.look()
    type_in(page, TRADER)
    send(one)
    page.wait_for_url(re.compile("/dokumen$"))
    for key in DOCUMENTS:
        one.open(f"/daftar/karantina/dokumen/{key}")
        page.set_input_files("[name=file]", {"name": f"{key}.pdf", "mimeType": "application/pdf", "buffer": paper()})
        type_in(page, {"number": f"NO-{key}", "dated_on": "2026-01-05"})
        if key == DOCUMENTS[0]:
            one.look()
        page.get_by_role("button", name="Simpan", exact=True).click()
        page.wait_for_url(re.compile("/dokumen(#.*)?$"))
    one.look()
    page.locator("form[action$='/dokumen/kirim'] button").click()
    expect(page.get_by_text("MENUNGGU").first).to_be_visible()
    one.look()
    code = newest(site)
    decide(person, site, code, "approve", agency="karantina", office="3300", role="verifier")
    decide(person, site, code, "create", agency="karantina", office="", role="central")
    name = re.findall(r"\bC[A-Z]{5}\b", mailed(site, "akun-dibuat", to))[0]
    page = open_mail(one, site, "akun-dibuat", to)
    type_in(page, TWICE)
    page.locator("main form button.primary").click()
    page.wait_for_url(re.compile("/masuk/karantina"))
    first_log_in(one, site, "karantina", name)
