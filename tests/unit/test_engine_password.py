"""The password rule: long, not common, not about the person (SIN-15)."""

import pytest

from portal.engine.fields import password_problem

PERSON = ["9901014508900001", "Siti Aminah", "+6281234567890", "sitia@contoh.id"]


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("pendek123", "terlalu pendek"),
        ("x" * 129, "terlalu panjang"),
        ("aaaaaaaaaaaa", "mudah ditebak"),
        ("1234567890", "mudah ditebak"),
        ("9876543210", "mudah ditebak"),
        ("abcdefghij", "mudah ditebak"),
        ("Indonesia123", "mudah ditebak"),
        ("!!bismillah", "mudah ditebak"),
        ("sayangsayang", "mudah ditebak"),
        ("akucintakamu", "mudah ditebak"),
        ("cintaindonesia", "mudah ditebak"),
        ("pekalongan2026", "mudah ditebak"),
        ("qwertyuiop", "mudah ditebak"),
        ("aminah laut biru", "memuat nama"),
        ("x81234567890x", "memuat nama"),
        ("pakai9901014508900001", "memuat nama"),
        ("sitia dan ombak", "memuat nama"),
    ],
)
def test_weak_password_is_refused_with_the_reason(password, says):
    assert says in (password_problem(password, PERSON) or "")


@pytest.mark.parametrize(
    "password",
    [
        "kuda hujan lampu",
        "payung-merah-tujuh",
        "tanpa angka juga boleh",
        "indonesia punya 17.508 pulau",
    ],
)
def test_long_and_unrelated_words_are_enough(password):
    assert password_problem(password, PERSON) is None
