"""Words for dates, money, sizes and numbers, and the catalogues they come from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from flask import Flask

from portal.web import filters, i18n
from portal.web.catalogues import (
    BrokenCatalogueError,
    list_conflicts,
    read_entries,
    read_language,
)
from portal.web.translation_check import list_untranslated

AT = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)


@pytest.fixture
def app() -> Flask:
    made = Flask("words")
    i18n.register_i18n(made)
    filters.register_filters(made)

    @made.get("/")
    def show_day() -> str:
        return filters.day(date(2026, 8, 17)) + " " + i18n.gettext("Back")

    return made


@pytest.mark.req("XCT-11")
@pytest.mark.parametrize(
    "value",
    [date(2026, 11, 2), datetime(2026, 11, 2, 23, 59, tzinfo=UTC), "2026-11-02", "02-11-2026"],
)
def test_a_day_is_written_in_words_however_it_is_held(value: object) -> None:
    assert filters.day(value) == "2 November 2026"  # type: ignore[arg-type]
    assert filters.short_day(value) == "2 Nov 2026"  # type: ignore[arg-type]
    assert filters.dashed_day(value) == "02-11-2026"  # type: ignore[arg-type]
    assert filters.iso_date(value) == "2026-11-02"  # type: ignore[arg-type]


@pytest.mark.parametrize(("month", "name"), [(5, "Mei"), (8, "Agu"), (10, "Okt"), (12, "Des")])
def test_short_months_are_indonesian(month: int, name: str) -> None:
    assert filters.short_day(date(2026, month, 1)) == f"1 {name} 2026"


@pytest.mark.req("XCT-11")
@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Jakarta", "22 Nov 2026 pukul 14.05 WIB"),
        ("Asia/Makassar", "22 Nov 2026 pukul 15.05 WITA"),
        ("WIT", "22 Nov 2026 pukul 16.05 WIT"),
    ],
)
def test_a_moment_is_told_in_the_zone_of_the_office(zone: str, words: str) -> None:
    assert filters.moment(AT, zone) == words


def test_a_moment_near_midnight_belongs_to_the_local_day() -> None:
    assert filters.moment(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)) == "1 Jan 2027 pukul 00.30 WIB"


def test_what_was_typed_wrongly_comes_back_as_it_was_typed() -> None:
    for function in (
        filters.day,
        filters.iso_date,
        filters.iso_minute,
        filters.iso_time,
        filters.minute,
    ):
        assert function("kemarin") == "kemarin"


def test_empty_boxes_stay_empty() -> None:
    assert [filters.iso_date(None), filters.iso_minute(""), filters.iso_time(None)] == [
        "",
        "",
        "",
    ]


def test_local_times_are_written_with_a_point() -> None:
    assert filters.minute("2026-11-20T04:30") == "20 November 2026 pukul 04.30"
    assert filters.clock_time(time(14, 5)) == "14.05"
    assert filters.iso_time("14.05") == "14:05"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "hari ini"),
        (1, "besok"),
        (2, "2 hari lagi"),
        (30, "30 hari lagi"),
        (-1, "lewat 1 hari"),
    ],
)
def test_a_last_day_is_told_by_its_distance(days: int, words: str) -> None:
    assert filters.due(date.fromordinal(date(2026, 11, 22).toordinal() + days), date(2026, 11, 22)) == words


@pytest.mark.req("XCT-11")
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "Rp 0"),
        (999, "Rp 999"),
        (100_000, "Rp 100.000"),
        (1_234_567_890, "Rp 1.234.567.890"),
        (-500, "-Rp 500"),
    ],
)
def test_money_has_points_between_thousands(value: int, words: str) -> None:
    assert filters.rupiah(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "1 KB"),
        (348_160, "340 KB"),
        (1024 * 1024, "1 MB"),
        (1_887_437, "1,8 MB"),
        (10 * 1024 * 1024, "10 MB"),
    ],
)
def test_file_sizes_are_short(value: int, words: str) -> None:
    assert filters.file_size(value) == words


def test_a_masked_number_tells_its_end_and_nothing_else() -> None:
    assert filters.masked("3326160101200007") == "••••0007"
    assert filters.masked("123") == "•••"
    assert filters.masked(None) == ""


def test_a_capped_count_says_that_it_is_capped() -> None:
    assert [filters.capped(37), filters.capped(1000), filters.capped(1001)] == [
        "37",
        "1.000",
        "1.000+",
    ]


@pytest.mark.parametrize("value", ["0812-3456-7890", "+6281234567890", "62 812 3456 7890"])
def test_a_number_for_whatsapp_begins_with_the_country(value: str) -> None:
    assert filters.wa_number(value) == "6281234567890"


def test_a_stored_number_reads_as_people_write_it() -> None:
    assert filters.phone_words("+6281234567890") == "0812-3456-7890"
    assert filters.phone_words("+31612345678") == "+31612345678"


def test_a_choice_is_shown_by_its_label() -> None:
    options = [("L", "Laki-laki"), ("P", "Perempuan")]
    assert filters.choice_label("P", options) == "Perempuan"
    assert filters.choice_label("X", options) == "X"


def test_pages_are_indonesian_until_english_is_asked_for_and_then_stay_so(
    app: Flask,
) -> None:
    client = app.test_client()
    assert client.get("/").text == "17 Agustus 2026 Kembali"
    assert client.get("/?bahasa=en").text == "17 August 2026 Back"
    assert client.get("/").text == "17 August 2026 Back"
    assert client.get("/?bahasa=id").text == "17 Agustus 2026 Kembali"


def test_an_unknown_language_is_not_remembered(app: Flask) -> None:
    response = app.test_client().get("/?bahasa=xx")
    assert response.text.endswith("Kembali")
    assert "Set-Cookie" not in response.headers


def test_a_missing_translation_stays_english() -> None:
    assert i18n.gettext("Nobody has translated %(what)s", what="100%") == "Nobody has translated 100%"
    assert i18n.ngettext("%(num)s nobody", "%(num)s nobodies", 2) == "2 nobodies"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_catalogue_may_break_lines_escape_quotes_and_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.po",
        '# comment\nmsgid ""\nmsgstr "Language: id\\n"\n\nmsgid "Say \\"yes\\""\nmsgstr ""\n"Katakan "\n"\\"ya\\"\\n"\n'
        'msgid "%(num)s file"\nmsgid_plural "%(num)s files"\nmsgstr[0] "%(num)s berkas"\n\nmsgid "Later"\nmsgstr ""\n',
    )
    words = read_language(tmp_path)
    assert words == {
        'Say "yes"': ('Katakan "ya"\n',),
        "%(num)s file": ("%(num)s berkas",),
        "%(num)s files": ("%(num)s berkas",),
    }


def test_a_broken_line_is_named_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "a.po", 'msgid "One"\nmsgstr "Satu\n')
    with pytest.raises(BrokenCatalogueError, match=r"a\.po:2"):
        list(read_entries(path))


def test_two_files_that_disagree_are_reported_and_the_first_wins(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.po", 'msgid "Send"\nmsgstr "Kirim"\n')
    write(tmp_path, "b.po", 'msgid "Send"\nmsgstr "Kirimkan"\n')
    assert read_language(tmp_path)["Send"] == ("Kirim",)
    assert len(list_conflicts(tmp_path)) == 1


def test_untranslated_words_of_templates_and_modules_are_found(tmp_path: Path) -> None:
    (tmp_path / "translations" / "id").mkdir(parents=True)
    write(tmp_path / "translations" / "id", "a.po", 'msgid "Known"\nmsgstr "Dikenal"\n')
    write(
        tmp_path,
        "page.html",
        '{{ _("Known") }}\n{{ _("New") }}{{ ngettext("One", "Many", 2) }}',
    )
    write(tmp_path, "code.py", 'gettext("In code")\n')
    assert list_untranslated(tmp_path) == [
        ("code.py:1", "In code"),
        ("page.html:2", "New"),
        ("page.html:2", "One"),
    ]
