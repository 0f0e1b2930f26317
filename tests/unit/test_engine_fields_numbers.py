"""Field types of registrations: tax numbers, passports, user names, offices, several choices, none at all."""

from datetime import date

import pytest

from portal.engine.declare import FieldDeclaration, Office, Option
from portal.engine.fields import FieldContext, field_type
from portal.engine.journey import Journey
from tests.unit.engine_examples import TINY_SERVICE, tiny_service

OFFICES = tuple(
    Office(code=code, name=name, zone="Asia/Jakarta", parent=parent)
    for code, name, parent in (
        ("06", "KKP Semarang", ""),
        ("06-1", "Tegal", "06"),
        ("06-2", "Pekalongan", "06"),
        ("07", "KKP Batam", ""),
        ("07-1", "Sekupang", "07"),
    )
)


def question(kind: str, **words) -> FieldDeclaration:
    return FieldDeclaration(key="a", type=kind, label="Isian", **words)


def context(settings: dict[str, str] | None = None, **answers: str) -> FieldContext:
    return FieldContext(today=date(2026, 11, 22), answers=answers, settings=settings or {}, offices=OFFICES)


def problem(kind: str, typed: str, about: FieldContext | None = None, **words) -> str | None:
    field = question(kind, **words)
    return field_type(kind).problem(field, field_type(kind).parse(field, {"a": typed}), about or context())


def parsed(kind: str, typed: str, **words) -> str:
    return field_type(kind).parse(question(kind, **words), {"a": typed})


@pytest.mark.parametrize(
    "typed",
    [
        "12.345.678.2-901.000",  # the three worked numbers of the sources: 12345678 -> 2
        "65.389.112.7-001.000",
        "021832415001000",
        "0123456782901000",  # the same as 16 digits
        "9901014508900001",  # a NIK is the NPWP of a person since 2024
    ],
)
def test_npwp_of_15_or_16_digits_with_fitting_check_digit_is_taken(typed):
    assert problem("npwp", typed) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("12.345.678.3-901.000", "tidak cocok"),
        ("0123456783901000", "tidak cocok"),
        ("9901014513900001", "tidak cocok"),
        ("1234567829010", "15 atau 16 angka, Anda mengetik 13"),
        ("12345678290100O", "hanya berisi angka"),
    ],
)
def test_npwp_that_cannot_be_is_refused_with_what_to_do(typed, says):
    assert says in problem("npwp", typed)


def test_both_spellings_of_an_npwp_are_kept_as_the_same_16_digits():
    assert parsed("npwp", "12.345.678.2-901.000") == parsed("npwp", "0123456782901000") == "0123456782901000"


def test_npwp_that_is_wrong_is_shown_again_as_it_was_typed():
    assert parsed("npwp", "12.345.678.3-901.000") == "123456783901000"


@pytest.mark.req("KAR-46")
@pytest.mark.parametrize("typed", ["12.345.678.2-901.000", "123456782901000", "012345678290100A"])
def test_where_16_digits_are_asked_fifteen_and_letters_are_refused(typed):
    assert problem("npwp", typed, digits="16")
    assert problem("npwp", "0123456782901000", digits="16") is None


@pytest.mark.req("KAR-46")
def test_nitku_is_six_digits():
    assert problem("nitku", "000123") is None
    assert all(problem("nitku", typed) for typed in ("00012", "0001234", "00012A"))


def test_passport_number_fits_the_pattern_that_the_agency_sets():
    assert problem("passport_number", "a 1234567") is None
    assert problem("passport_number", "AB123456") is None
    assert problem("passport_number", "A123456")
    own = context({"shape": r"[A-Z]{3}\d{3}"})
    assert problem("passport_number", "ABC123", own, setting="shape") is None
    assert problem("passport_number", "A1234567", own, setting="shape")


@pytest.mark.parametrize("typed", ["siti", "Siti.Aminah", "siti_90", " siti.aminah "])
def test_username_is_taken_and_folded(typed):
    assert problem("username", typed) is None
    assert parsed("username", typed) == typed.strip().lower()


@pytest.mark.parametrize(
    "typed", ["abc", "9siti", "siti aminah", "siti@contoh.id", "s" * 31, "9901014508900001", "sití"]
)
def test_username_that_could_be_mistaken_is_refused(typed):
    assert problem("username", typed)


@pytest.mark.req("PAS-04")
def test_email_of_a_domain_outside_the_agencys_list_is_refused_and_the_list_is_told():
    public = context({"public_mail": "gmail.com yahoo.com"})
    assert problem("email", "siti@GMAIL.com", public, setting="public_mail") is None
    assert "gmail.com, yahoo.com" in problem("email", "siti@kantor.go.id", public, setting="public_mail")
    assert problem("email", "siti@gmail.com.evil.id", public, setting="public_mail")
    assert problem("email", "siti@kantor.go.id", public) is None


def test_office_at_the_top_is_chosen_where_nothing_stands_above():
    assert problem("office", "06") is None
    assert problem("office", "06-1")
    assert problem("office", "99")


@pytest.mark.req("SKK-06")
def test_branch_of_another_office_is_refused():
    below = context(kkp="06")
    assert problem("office", "06-1", below, under="kkp") is None
    assert problem("office", "06", below, under="kkp") is None, "the seat itself"
    assert problem("office", "07-1", below, under="kkp")
    assert problem("office", "07", below, under="kkp")
    assert problem("office", "06-1", context(), under="kkp"), "nothing above was chosen"


def test_several_choices_are_kept_in_declared_order_and_shown_by_label():
    field = question("choices", options=[Option(value="in", label="Masuk"), Option(value="out", label="Keluar")])
    kind = field_type("choices")
    value = kind.parse(field, {"a-out": "yes", "a-in": "yes", "a-other": "yes"})
    assert (value, kind.display(field, value)) == ("in,out", "Masuk, Keluar")
    assert kind.problem(field, value, context()) is None
    assert kind.problem(field, "in,other", context())
    assert kind.parse(field, {"a": "out"}) == "out", "a stored answer is judged again"


def test_region_may_be_asked_down_to_the_regency_only():
    names = {"33": "Jawa Tengah", "33.26": "Pekalongan", "33.26.07": "Karanganyar"}
    field = question("region", down_to="regency")
    kind = field_type("region")
    about = FieldContext(today=date(2026, 11, 22), region_name=names.get)
    assert kind.input_names(field) == ["a-province", "a-regency"]
    assert kind.problem(field, "33.26", about) is None
    assert kind.problem(field, "33", about) == "Pilih Kabupaten/Kota."
    assert kind.parse(field, {"a": "33.26.07.2008"}) == "33.26", "nothing more exact is kept than was asked"


EMAIL = {"key": "email", "type": "email", "label": "Email", "none": "Tidak punya"}


def journey(stored: dict[str, str] | None = None) -> Journey:
    form = {"form": "isi", "title": "Isi", "fields": [{"key": "name", "type": "name", "label": "Nama"}, EMAIL]}
    service = tiny_service(steps=[form, TINY_SERVICE["steps"][-1]])
    return Journey(service, {"isi": stored} if stored else {}, (), FieldContext(today=date(2026, 11, 22)))


def test_who_has_no_email_ticks_so_and_nothing_is_missing():
    read = journey().parse_step("isi", {"name": "Siti", "email": "", "email-none": "yes"})
    assert (read.errors, read.values) == ({}, {"name": "Siti", "email": "", "email-none": "yes"})
    assert journey(read.values).is_complete


def test_who_neither_types_nor_ticks_is_told_of_both_ways():
    read = journey().parse_step("isi", {"name": "Siti", "email": ""})
    assert read.errors == {"email": "Isi Email, atau centang Tidak punya."}
    assert not journey(read.values).is_complete


def test_a_tick_is_dropped_when_an_address_is_typed_or_the_tick_taken_away():
    stored = {"name": "Siti", "email": "", "email-none": "yes"}
    typed = journey(stored).parse_step("isi", {"name": "Siti", "email": "siti@contoh.id", "email-none": "yes"})
    assert typed.values == {"name": "Siti", "email": "siti@contoh.id"}
    assert "email" in journey(stored).parse_step("isi", {"name": "Siti", "email": ""}).errors
