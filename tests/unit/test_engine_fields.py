"""Field types: what each accepts, refuses with a sentence, warns about and shows."""

from datetime import date

import pytest

from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FIELD_TYPES, FieldContext, field_type, nik_birth_date, same_name

TODAY = date(2026, 11, 22)
PLACES = {
    "33": "Jawa Tengah",
    "33.26": "Kabupaten Pekalongan",
    "33.26.07": "Karanganyar",
    "33.26.07.2008": "Karangsari",
}


def question(kind: str, **words) -> FieldDeclaration:
    return FieldDeclaration(key="a", type=kind, label="Isian", **words)


def context(**answers: str) -> FieldContext:
    return FieldContext(today=TODAY, answers=answers, region_name=PLACES.get)


def problem(kind: str, typed: str, **words) -> str | None:
    """The sentence for one typed value, by way of parse, as a form does it."""
    field = question(kind, **words)
    return field_type(kind).problem(field, field_type(kind).parse(field, {"a": typed}), context())


def parsed(kind: str, **raw: str) -> str:
    return field_type(kind).parse(question(kind), raw)


@pytest.mark.parametrize(
    "typed",
    [
        "9901014508900001",  # a woman: 05-08-1990
        "9901010508900001",
        "99.0101.050890.0001",
        "9901 0129 0200 0001",  # 29-02-2000 exists, 29-02-1900 does not
        "9901017112990001",
    ],
)
def test_nik_of_sixteen_digits_with_a_birth_date_is_taken(typed):
    assert problem("nik", typed) is None


@pytest.mark.req("SIN-14")
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("990101450890000", "harus 16 angka, Anda mengetik 15"),
        ("99010145089000011", "harus 16 angka, Anda mengetik 17"),
        ("99010145089000O1", "hanya berisi angka"),
        ("9901014508900000", "tidak mungkin 0000"),
        ("9901013202900001", "tanggal lahir"),
        ("9901017202900001", "tanggal lahir"),
        ("9901010013900001", "tanggal lahir"),
        ("9901013002900001", "tanggal lahir"),
        ("9901012902010001", "tanggal lahir"),
        ("3326123456789012", "tanggal lahir"),  # the guide's own picture fails the date rule
        ("٩٩٠١٠١٤٥٠٨٩٠٠٠٠١", "hanya berisi angka"),
    ],
)
def test_impossible_nik_is_refused_with_a_sentence(typed, says):
    assert says in (problem("nik", typed) or "")


@pytest.mark.parametrize(
    ("nik", "born"),
    [
        ("9901014508900001", date(1990, 8, 5)),
        ("9901012211260001", date(2026, 11, 22)),  # born today
        ("9901012311260001", date(1926, 11, 23)),  # tomorrow is a hundred years ago
        ("9901010000000001", None),
    ],
)
def test_birth_date_of_a_nik_falls_into_the_latest_century_already_lived(nik, born):
    assert nik_birth_date(nik, TODAY) == born


@pytest.mark.req("SIN-14")
@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"born": "1990-08-05", "place": "99.01.01.2001"}, None),
        ({"born": "1990-08-05T07:30"}, None),
        ({"born": "1990-08-06"}, "Tanggal lahir di NIK berbeda"),
        ({"place": "33.26.07.2008"}, "Kode wilayah NIK berbeda"),
        ({"born": "besok"}, None),  # the birth date's own problem is enough
        ({}, None),
    ],
)
def test_nik_that_does_not_fit_other_answers_is_only_warned_about(answers, says):
    field = question("nik", agrees_with={"born_on": "born", "region": "place"})
    warning = field_type("nik").warning(field, "9901014508900001", context(**answers))
    assert (says is None and warning is None) or says in warning
    assert field_type("nik").problem(field, "9901014508900001", context(**answers)) is None


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("9901010101200001", True),
        ("9901019901200001", True),  # the date inside is known from practice only
        ("9901010101200000", False),
        ("990101010120001", False),
    ],
)
def test_kk_needs_sixteen_digits_and_a_serial(typed, good):
    assert (problem("kk", typed) is None) is good


def test_odd_date_in_a_kk_is_warned_about():
    assert field_type("kk").warning(question("kk"), "9901019901200001", context())
    assert field_type("kk").warning(question("kk"), "9901010101200001", context()) is None


@pytest.mark.parametrize("typed", ["081234567890", "6281234567890", "+62 812-3456-7890", "(0812) 3456.7890"])
def test_phone_is_stored_as_e164_however_it_was_typed(typed):
    assert parsed("phone", a=typed) == "+6281234567890"
    assert problem("phone", typed) is None


@pytest.mark.parametrize("typed", ["0285123456", "0812", "08123456789012345", "abc", "+12025550123"])
def test_phone_that_whatsapp_cannot_reach_is_refused(typed):
    assert "misalnya 081234567890" in problem("phone", typed)


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("nama@contoh.id", True),
        ("Nama.Lain+1@CONTOH.co.id", True),
        ("nama@contoh", False),
        ("nama contoh@x.id", False),
        ("a..b@contoh.id", False),
        ("nama@-contoh.id", False),
    ],
)
def test_email_address_is_judged_by_its_shape(typed, good):
    assert (problem("email", typed) is None) is good


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("17-08-1990", "1990-08-17"),
        ("7/8/1990", "1990-08-07"),
        ("1990-08-17", "1990-08-17"),
        ("31-02-1990", "31-02-1990"),  # kept as typed, beside its problem
        ("kemarin", "kemarin"),
    ],
)
def test_date_is_read_the_indonesian_way_or_as_iso(typed, stored):
    assert parsed("date", a=typed) == stored
    assert (problem("date", typed) is None) is (stored[4:5] == "-")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("22-11-2026", None),
        ("23-11-2026", "tidak boleh setelah hari ini"),
        ("31-12-1899", "tidak boleh sebelum 01-01-1900"),
    ],
)
def test_date_keeps_to_its_limits(typed, says):
    found = problem("date", typed, max="today")
    assert found is says or says in found


@pytest.mark.parametrize(
    "raw",
    [
        {"a": "2026-11-20T07:30"},
        {"a": "20-11-2026 7.30"},
        {"a-date": "20-11-2026", "a-time": "07:30"},
        {"a-date": "2026-11-20", "a-time": "7.30"},
    ],
)
def test_moment_is_read_from_one_input_or_from_two(raw):
    assert parsed("datetime", **raw) == "2026-11-20T07:30"


@pytest.mark.parametrize("raw", [{"a-date": "20-11-2026"}, {"a": "20-11-2026 25.00"}])
def test_moment_without_a_good_time_is_refused(raw):
    field = question("datetime")
    assert field_type("datetime").problem(field, parsed("datetime", **raw), context())


@pytest.mark.parametrize(
    ("typed", "good"),
    [("3200", True), ("0300", True), ("299", False), ("3.200", False), ("x", False)],
)
def test_number_is_whole_and_within_its_limits(typed, good):
    assert (problem("number", typed, min="300", max="8000", unit="gram") is None) is good


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("Siti Nur'aini", True),
        ("M. Yusuf, S.Pd", True),
        ("José", True),
        ("B0di", False),
        ("<b>", False),
    ],
)
def test_name_holds_letters(typed, good):
    assert (problem("name", typed) is None) is good


@pytest.mark.parametrize(
    ("chosen", "value"),
    [
        (("33", "33.26", "33.26.07", "33.26.07.2008"), "33.26.07.2008"),
        (("33", "33.26", "33.26.07", "32.01.01.2001"), "33.26.07"),  # left from another district
        (("33", "32.01", "33.26.07", ""), "33"),
        (("33", "", "33.26.07", ""), "33"),
        (("", "", "", ""), ""),
    ],
)
def test_region_drops_a_child_that_is_not_under_its_parent(chosen, value):
    names = field_type("region").input_names(question("region"))
    raw = dict(zip(names, chosen, strict=True))
    assert names == ["a-province", "a-regency", "a-district", "a-village"]
    assert parsed("region", **raw) == value


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("33.26.07.2008", None),
        ("33.26.07", "Pilih Desa/Kelurahan."),
        ("33", "Pilih Kabupaten/Kota."),
        ("98.01.01.2001", "tidak dikenal"),
    ],
)
def test_region_is_complete_at_its_village_and_must_exist(code, says):
    found = problem("region", code)
    assert found is says or says in found


def test_region_reads_from_village_to_province():
    shown = field_type("region").display(question("region"), "33.26.07.2008", context=context())
    assert shown == "Karangsari, Karanganyar, Kabupaten Pekalongan, Jawa Tengah"


CHOICE = question("choice", options=[{"value": "m", "label": "Laki-laki"}])


def test_choice_takes_declared_values_only_and_shows_the_label():
    assert field_type("choice").problem(CHOICE, "x", context())
    assert field_type("choice").problem(CHOICE, "m", context()) is None
    assert field_type("choice").display(CHOICE, "m") == "Laki-laki"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("date", "1990-08-17", "17-08-1990"),
        ("datetime", "2026-11-20T07:30", "20-11-2026 07.30"),
        ("phone", "+6281234567890", "081234567890"),
        ("yes_no", "yes", "Ya"),
        ("password", "rahasia sekali", ""),
        ("text", "", ""),
    ],
)
def test_answer_reads_as_a_person_writes_it(kind, value, shown):
    assert field_type(kind).display(question(kind), value) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("nik", "9901014508900001", "************0001"),
        ("kk", "9901010101200001", "************0001"),
        ("phone", "+6281234567890", "+628*******890"),
        ("email", "nama@contoh.id", "n***@contoh.id"),
        ("name", "Siti Aminah", "S*** A***"),
        ("date", "1990-08-17", "**-**-1990"),
    ],
)
def test_masked_answer_gives_nothing_away_at_a_glance(kind, value, shown):
    assert field_type(kind).display(question(kind), value, masked=True) == shown


def test_only_secrets_are_transient():
    assert {name for name, kind in FIELD_TYPES.items() if kind.transient} == {"password", "captcha"}


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
@pytest.mark.parametrize("typed", ["", "x", "9" * 400, "<script>", "٣", "\x00", "-", "T", "@", "\n\n"])
def test_whatever_is_typed_gets_an_answer_and_no_crash(kind, typed):
    field = question(kind)
    for names in (["a"], field_type(kind).input_names(field)):
        value = field_type(kind).parse(field, dict.fromkeys(names, typed))
        sentence = field_type(kind).problem(field, value, context()) if value else None
        field_type(kind).warning(field, value, context()) if value and not sentence else None
        field_type(kind).display(field, value, masked=True, context=context())
        assert sentence is None or sentence.count(". ") <= 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SITI AMINAH", "Siti  Aminah", True),
        ("Hj. Siti Aminah, S.Pd", "siti aminah", True),
        ("Nur'Aini", "NUR AINI", True),
        ("Siti Aminah", "Siti Aminah Putri", False),
        ("Siti", "Aminah", False),
        ("", "", False),
        ("Ibu", "Ibu", True),  # a title that is the whole name is a name
    ],
)
def test_same_name_looks_past_spelling_but_not_past_the_person(one, other, same):
    assert same_name(one, other) is same


@pytest.mark.parametrize(
    ("kind", "value", "stated"),
    [
        ("date", "2026-11-10", "10 November 2026"),
        ("datetime", "2026-08-05T04:30", "5 Agustus 2026 pukul 04.30"),
        ("date", "kemarin", "kemarin"),
        ("text", "Pekalongan", "Pekalongan"),
        ("date", "", ""),
    ],
)
def test_a_paper_states_days_in_words(kind, value, stated):
    assert field_type(kind).formal(question(kind), value) == stated
