"""Codes, numbers and messages: words in braces, filled strictly and once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.engine.codes import format_code, unguessable
from portal.engine.declare import Message
from portal.engine.messages import MESSAGE_VALUES, first_name, render, render_message


def test_code_carries_prefix_region_and_digits():
    assert format_code("AKL{region}{seq:08}", region="33.26", seq=42) == "AKL332600000042"


def test_number_of_a_document_carries_the_date():
    number = format_code("{region}-LU-{ddmmyyyy}-{seq:04}", region="33.26", seq=7, on=date(2026, 11, 2))
    assert number == "3326-LU-02112026-0007"


def test_date_that_nobody_gave_is_refused():
    with pytest.raises(KeyError):
        format_code("{yyyy}{seq}", region="", seq=1)


def test_no_two_sequence_numbers_share_a_code():
    assert sorted(unguessable(n, b"key", digits=4) for n in range(10_000)) == list(range(10_000))


@given(st.integers(0, 10**8 - 2))
def test_neighbours_do_not_tell_each_other(seq):
    here, there = unguessable(seq, b"key"), unguessable(seq + 1, b"key")
    assert 0 <= here < 10**8
    assert here != there
    assert unguessable(seq, b"key") == here


def test_another_key_makes_another_order():
    first, second = ([unguessable(n, key) for n in range(50)] for key in (b"a", b"b"))
    assert first != second
    assert sorted(first) != first


@pytest.mark.parametrize(("seq", "digits"), [(-1, 8), (10**8, 8), (1, 7)])
def test_number_that_does_not_fit_is_refused(seq, digits):
    with pytest.raises(ValueError, match="even number of digits"):
        unguessable(seq, b"key", digits=digits)


def test_message_is_filled_from_its_values():
    assert render("Halo {first_name}: {code}", {"first_name": "Siti", "code": "A1"}) == "Halo Siti: A1"


def test_value_with_braces_stays_what_it_is():
    assert render("{first_name} {code}", {"first_name": "{code}", "code": "A1"}) == "{code} A1"


def test_message_without_one_of_its_values_is_not_sent():
    with pytest.raises(KeyError):
        render("{code} {link}", {"code": "A1"})


@pytest.mark.parametrize("text", ["{nik}", "{kk}", "{code", "{Code}", "{code!r}", "{code.x}"])
def test_text_that_names_what_messages_do_not_know_is_refused(text):
    with pytest.raises(ValueError, match=r"messages do not know|a placeholder is written"):
        render(text, dict.fromkeys(MESSAGE_VALUES, "x") | {"nik": "1", "kk": "2"})


def test_subject_is_one_line_whatever_its_values_hold():
    message = Message(key="x", whatsapp="a", subject="Kode {code}", email="b")
    assert render_message(message, {"code": "A\r\nBcc: x"}).subject == "Kode A Bcc: x"


@pytest.mark.parametrize(("name", "first"), [("SITI AMINAH", "Siti"), ("budi", "Budi"), (" ", "")])
def test_message_shows_the_first_name_only(name, first):
    assert first_name(name) == first
