"""What each agency's registration asks, held against its guide: an empty form is refused field by field."""

from datetime import date

import pytest

from portal.engine.fields import FieldContext
from portal.engine.journey import Journey
from tests.unit.engine_examples import shipped_catalogue

CATALOGUE = shipped_catalogue()


def registration(agency: str):
    service = CATALOGUE.registration(agency)
    assert service is not None
    return service


def journey(agency: str, **answers: str) -> Journey:
    """Somebody at the beginning, with these answers to the steps that ask them."""
    service = registration(agency)
    stored = {
        step.key: {field.key: answers[field.key] for field in step.fields if field.key in answers}
        for step in service.steps
        if step.kind == "form"
    }
    context = FieldContext(
        today=date(2026, 11, 22),
        settings=CATALOGUE.agency(agency).settings,
        offices=CATALOGUE.offices[agency],
    )
    return Journey(service, {key: given for key, given in stored.items() if given}, (), context)


def refused(agency: str, **answers: str) -> dict[str, str]:
    """Label -> sentence of all that an otherwise empty form is refused for."""
    service, way = registration(agency), journey(agency, **answers)
    errors = {}
    for step in service.steps:
        if step.kind == "form":
            errors |= way.parse_step(step.key, answers).errors
    return {service.field(key).label: words for key, words in errors.items()}


@pytest.mark.req("SKK-03", "SKK-04", "SKK-05", "SKK-07")
def test_health_asks_a_company_for_what_its_form_stars():
    assert set(refused("kesehatan")) == {
        "No. Izin Perusahaan",
        "Nama Perusahaan",
        "Provinsi dan Kabupaten/Kota",
        "Alamat",
        "No. Telepon",
        "KKP",
        "Induk/Wilker",
        "Email",
        "Password",
        "Konfirmasi Password",
    }
    assert registration("kesehatan").field("npwp").label == "NPWP"
    assert len(set(refused("kesehatan").values())) == len(refused("kesehatan")), "each its own message"


@pytest.mark.req("SKK-07")
def test_repeated_password_must_be_the_same():
    errors = refused("kesehatan", password="tiga kucing di pasar", password_again="dua kucing di pasar")
    assert "tidak sama" in errors["Konfirmasi Password"]
    assert "Password" not in errors


@pytest.mark.req("SKK-06")
def test_wilker_of_another_kkp_is_refused():
    assert "Induk/Wilker" not in refused("kesehatan", kkp="08", branch="08-04")
    assert "Induk/Wilker" in refused("kesehatan", kkp="08", branch="07-01")


@pytest.mark.req("PAS-05", "PAS-06")
def test_immigration_asks_for_all_its_fields_and_the_email_besides():
    assert list(refused("imigrasi")) == [
        "Nomor Induk Kependudukan",
        "Nama Lengkap",
        "E-mail",
        "Username",
        "Password",
        "Konfirmasi Password",
        "Tanggal Lahir",
        "Nomor Handphone",
        "Jenis Kelamin",
        "Provinsi, Kabupaten/Kota dan Kecamatan",
        "Alamat Sesuai KTP",
    ]


@pytest.mark.req("PAS-07")
@pytest.mark.parametrize("typed", ["990101450890000", "9901013202900001", "99010145089000O1"])
def test_number_on_the_identity_card_must_be_well_formed(typed):
    assert "NIK" in refused("imigrasi", nik=typed)["Nomor Induk Kependudukan"]


@pytest.mark.req("PAS-04")
def test_only_public_email_is_taken_and_the_notice_says_so():
    notice = registration("imigrasi").steps[0].intro
    assert "E-MAIL UMUM (GOOGLE & YAHOO)" in notice
    assert "CEK KOTAK MASUK ATAU SPAM" in notice
    assert "E-mail" in refused("imigrasi", email="siti@kantor.go.id")
    for domain in ("gmail.com", "yahoo.com", "yahoo.co.id", "ymail.com", "rocketmail.com", "googlemail.com"):
        assert "E-mail" not in refused("imigrasi", email=f"siti@{domain}")


@pytest.mark.req("PAS-08")
def test_one_account_a_device_is_a_setting_and_off():
    assert CATALOGUE.agency("imigrasi").settings["one_account_per_device"] == "no"


PERSON = {"No KTP", "Pekerjaan", "Nama Lengkap", "Alamat", "No Hp/Telepon", "Provinsi dan Kabupaten/Kota"}
ACCOUNT = {"Email", "Username", "Password", "Ulangi Password", "Kode keamanan"}
COMPANY = {
    "Nama Perusahaan",
    "Alamat Perusahaan",
    "Provinsi dan Kabupaten/Kota Perusahaan",
    "Email Perusahaan",
    "Nomor Telepon Perusahaan",
}


@pytest.mark.req("PTS-03", "PTS-04", "PTS-05")
def test_weather_asks_a_person_for_themselves_their_address_and_their_account():
    assert set(refused("bmkg", kind="perorangan")) == PERSON | ACCOUNT
    shown = {f.label for f in journey("bmkg", kind="perorangan").visible_fields("data-diri")}
    assert "NPWP" in shown


@pytest.mark.req("PTS-06", "PTS-07")
def test_weather_asks_a_company_for_its_own_data_besides():
    assert set(refused("bmkg", kind="perusahaan")) == PERSON | ACCOUNT | COMPANY
    shown = {f.label for f in journey("bmkg", kind="perusahaan").visible_fields("perusahaan")}
    assert shown == COMPANY | {"NPWP Perusahaan"}


@pytest.mark.req("PTS-02")
def test_weather_asks_first_for_the_kind_of_account():
    first = registration("bmkg").steps[0].fields
    assert [option.label for option in first[0].options] == ["Perorangan", "Perusahaan"]
    assert len(first) == 1


@pytest.mark.req("PTS-09")
def test_terms_speak_of_the_company_too():
    assert "perusahaan" in CATALOGUE.agency("bmkg").consents["pendaftaran"].text


COMMON = {
    "Nama",
    "Email",
    "UPT",
    "Telepon",
    "Provinsi dan Kabupaten/Kota",
    "Alamat",
    "Nama Penandatangan",
    "Jabatan Penandatangan",
    "Nama Kontak Person",
    "Telepon Kontak Person",
    "Lingkup Aktivitas",
    "Frekuensi per tahun",
    "Komoditas",
}


@pytest.mark.req("KAR-43", "KAR-45")
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("perorangan", {"Jenis Identitas"}),
        ("induk", {"NPWP Perusahaan", "Jenis Perusahaan"}),
        ("cabang", {"NPWP Perusahaan", "NITKU", "Jenis Perusahaan"}),
    ],
)
def test_quarantine_asks_each_kind_for_what_is_mandatory(kind, more):
    assert set(refused("karantina", kind=kind)) == COMMON | more | {"Negara"}


@pytest.mark.req("KAR-46")
@pytest.mark.parametrize(
    ("identity", "key", "good", "wrong"),
    [
        ("ktp", "nik", "9901014508900001", "990101450890000"),
        ("npwp", "own_npwp", "0123456782901000", "123456782901000"),
        ("passport", "passport", "A1234567", "1234567"),
    ],
)
def test_a_person_is_known_by_one_of_three_numbers(identity, key, good, wrong):
    label = registration("karantina").field(key).label
    person = {"kind": "perorangan", "identity": identity}
    assert label in refused("karantina", **person)
    assert label not in refused("karantina", **person, **{key: good})
    assert label in refused("karantina", **person, **{key: wrong})


@pytest.mark.req("KAR-13")
def test_import_status_has_the_eight_values_and_is_asked_of_importers():
    field = registration("karantina").field("import_status")
    assert [option.label for option in field.options] == [
        "Importir Umum",
        "Importir Produsen",
        "Importir Terdaftar",
        "Agen Tunggal",
        "BULOG",
        "PERTAMINA",
        "DAHANA",
        "IPTN",
    ]
    assert field.facet
    assert "Status Import" in refused("karantina", kind="induk", activities="import,export")
    assert "Status Import" not in refused("karantina", kind="induk", activities="export")


def test_quarantine_documents_are_pdf_of_2000_kb_with_number_and_date():
    step = registration("karantina").step("dokumen")
    assert (step.types, step.max_bytes) == (("pdf",), 2_000_000)
    assert all(item.asks == ("number", "issued_on") for item in step.items)
    single = [item.label for item in step.items if item.most == 1]
    assert single == ["KTP", "PASSPORT", "NPWP", "NITKU", "SIUP", "Surat Keterangan Domisili", "NIB"]
    assert [item.label for item in step.items][7:] == ["TDP", "Angka Pengenal Importir"]


def test_quarantine_has_its_41_offices_and_branches_below_them():
    offices = CATALOGUE.offices["karantina"]
    assert sum(not office.parent for office in offices) == 41
    assert {office.code: office.parent for office in offices}["3304"] == "3300"


def test_health_has_20_offices_under_both_names():
    seats = [office.name for office in CATALOGUE.offices["kesehatan"] if not office.parent]
    assert len(seats) == 20
    assert all("BKK" in name and "KKP" in name for name in seats)


@pytest.mark.parametrize("agency", sorted(CATALOGUE.agencies))
def test_password_rule_is_shown_where_the_password_is_asked(agency):
    service = registration(agency)
    for step in service.steps:
        for field in getattr(step, "fields", ()):
            if field.type == "password" and not field.same_as:
                assert "aling sedikit 10" in step.intro + field.help


@pytest.mark.req("SIN-13")
def test_who_has_no_email_may_say_so_at_the_civil_registry():
    assert "atau centang Tidak punya" in refused("dukcapil")["Email"]
    assert "Email" not in refused("dukcapil", **{"email-none": "yes"})


@pytest.mark.parametrize(
    ("action", "label", "yes", "no"),
    [
        ("approve", "DISETUJUI", "Ya, Terima", "Batal"),
        ("refuse", "Tolak", "Submit", "Close"),
        ("create", "Create & Send Account", "Ya, Buat", "Tidak"),
        ("block", "Block User", "BLOKIR", "BATAL"),
        ("unblock", "Aktifkan User", "BUKA", "BATAL"),
    ],
)
def test_quarantine_buttons_read_as_in_the_guide(action, label, yes, no):
    declared = CATALOGUE.workflow("karantina", "pendaftaran").actions[action]
    assert (declared.label, declared.confirm.yes, declared.confirm.no) == (label, yes, no)


@pytest.mark.req("KAR-34")
def test_creating_accounts_is_a_central_right_and_approving_an_offices():
    roles = CATALOGUE.agency("karantina").roles
    actions = CATALOGUE.workflow("karantina", "pendaftaran").actions
    assert (actions["create"].by, roles["central"].level) == ("central", "agency")
    assert (actions["approve"].by, roles["verifier"].level) == ("verifier", "office")
    assert {key for key, action in actions.items() if action.by == "central"} == {"create", "resend"}
