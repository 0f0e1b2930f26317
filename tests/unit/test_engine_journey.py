"""The way through a service: which steps and questions apply, what is next, what is missing."""

from datetime import date

import pytest

from portal.engine.fields import FieldContext
from portal.engine.journey import Journey, dependents
from tests.unit.engine_examples import TINY_SERVICE, tiny_service

CONTEXT = FieldContext(today=date(2026, 11, 22))
SINGLE = {"isi": {"name": "Budi", "married": "no", "kk": "9901010101200001"}}
MARRIED = {"isi": {"name": "Budi", "married": "yes", "partner": "Sri", "kk": "9901010101200001"}}


def journey(answers=None, documents=(), **words) -> Journey:
    service = words.pop("service", None) or tiny_service()
    return Journey(service, answers or {}, documents, CONTEXT, **words)


def states(found: Journey) -> list[str]:
    return [step.state for step in found.steps]


def targets(found: Journey) -> list[str]:
    return [lack.target for lack in found.missing()]


@pytest.mark.parametrize(
    ("answers", "documents", "expected"),
    [
        ({}, (), ["current", "blocked", "blocked"]),
        ({"isi": {"name": "Budi"}}, (), ["current", "todo", "blocked"]),
        (SINGLE, (), ["done", "current", "blocked"]),
        (SINGLE, ("surat",), ["done", "done", "current"]),
        ({"isi": {"name": "Budi"}}, ("surat",), ["current", "done", "blocked"]),
    ],
)
def test_steps_open_in_order_and_the_review_waits_for_all(answers, documents, expected):
    assert states(journey(answers, documents)) == expected


def test_blocked_step_may_not_be_visited():
    found = journey(SINGLE)
    assert [found.may_visit(key) for key in ("isi", "berkas", "kirim", "lain")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("answers", "documents", "after", "expected"),
    [
        (SINGLE, (), "isi", "berkas"),
        (SINGLE, ("surat",), "isi", "kirim"),
        ({"isi": {"name": "Budi"}}, ("surat",), "berkas", "kirim"),
        (SINGLE, (), "", "berkas"),
        (SINGLE, ("surat",), "kirim", None),
    ],
)
def test_next_step_is_the_first_unfinished_one_behind(answers, documents, after, expected):
    assert journey(answers, documents).next_step(after) == expected


def test_question_appears_only_when_its_condition_holds():
    keys = [question.key for question in journey(SINGLE).visible_fields("isi")]
    assert keys == ["name", "married", "kk"]
    assert "partner" in [question.key for question in journey(MARRIED).visible_fields("isi")]


def test_hidden_answer_opens_no_further_question():
    service = chained_service()
    answers = {"isi": {"a": "no", "b": "yes", "c": "x"}}
    assert journey(answers, service=service).values == {"a": "no"}


def chained_service():
    fields = [
        {"key": "a", "type": "yes_no", "label": "A"},
        {"key": "b", "type": "yes_no", "label": "B", "when": {"a": "yes"}},
        {"key": "c", "type": "text", "label": "C", "when": {"b": "yes"}},
    ]
    steps = [{"form": "isi", "title": "Isi", "fields": fields}, TINY_SERVICE["steps"][2]]
    return tiny_service(steps=steps)


def test_condition_is_judged_by_what_is_being_typed():
    parsed = journey(SINGLE).parse_step("isi", {"name": "Budi", "married": "yes", "kk": "9901010101200001"})
    assert parsed.errors == {"partner": "Isi Pasangan."}
    assert parsed.values["partner"] == ""


def test_answer_of_a_question_that_no_longer_applies_is_dropped():
    posted = {"name": "Budi", "married": "no", "partner": "Sri", "kk": "9901010101200001"}
    parsed = journey(MARRIED).parse_step("isi", posted)
    assert parsed.errors == {}
    assert "partner" not in parsed.values


@pytest.mark.req("SIN-31")
def test_locked_field_takes_the_servers_value_whatever_was_posted():
    found = journey(profile={"kk": "9901010101200001"})
    parsed = found.parse_step("isi", {"name": "Budi", "married": "no", "kk": "9901010101200777"})
    assert parsed.values["kk"] == "9901010101200001"


@pytest.mark.req("SIN-31")
def test_group_mode_leaves_the_field_free():
    found = journey(profile={"kk": "9901010101200001"}, mode="group")
    parsed = found.parse_step("isi", {"name": "Budi", "married": "no", "kk": "9901010101200777"})
    assert parsed.values["kk"] == "9901010101200777"


def test_lock_without_a_profile_value_locks_nothing():
    parsed = journey().parse_step("isi", {"kk": "9901010101200777"})
    assert parsed.values["kk"] == "9901010101200777"


def test_stored_answer_never_beats_the_lock():
    found = journey({"isi": SINGLE["isi"] | {"kk": "9901010101200777"}}, profile={"kk": "9901010101200001"})
    assert found.values["kk"] == "9901010101200001"


def test_wrong_answer_is_kept_beside_its_sentence():
    parsed = journey().parse_step("isi", {"name": "B0di", "married": "no", "kk": "1"})
    assert parsed.values["kk"] == "1"
    assert set(parsed.errors) == {"name", "kk"}


def test_secret_is_returned_apart_from_the_values():
    fields = [
        {"key": "name", "type": "name", "label": "Nama"},
        {"key": "word", "type": "password", "label": "Kata Kunci"},
        {"key": "again", "type": "password", "label": "Ulangi Kata Kunci", "same_as": "word"},
    ]
    service = tiny_service(steps=[{"form": "isi", "title": "Isi", "fields": fields}, TINY_SERVICE["steps"][2]])
    posted = {"name": "Budi", "word": "kuda hujan lampu", "again": "kuda hujan lampa"}
    parsed = journey(service=service).parse_step("isi", posted)
    assert parsed.values == {"name": "Budi"}
    assert "word" in parsed.secrets
    assert set(parsed.errors) == {"again"}
    assert targets(journey({"isi": {"name": "Budi"}}, service=service)) == []
    about_me = journey(service=service).parse_step("isi", posted | {"word": "budi suka kuda"})
    assert "memuat nama" in about_me.errors["word"]


@pytest.mark.req("SIN-56")
@pytest.mark.parametrize(
    ("answers", "documents", "expected"),
    [
        (SINGLE, (), ["surat"]),
        (SINGLE, ("surat",), []),
        (SINGLE, ("sptjm",), []),
        (MARRIED, ("surat",), ["buku"]),
        (MARRIED, ("buku",), ["surat"]),
        (SINGLE, ("surat", "buku"), []),
    ],
)
def test_missing_papers_are_listed_and_one_may_stand_in_for_another(answers, documents, expected):
    found = journey(answers, documents)
    assert targets(found) == expected
    assert found.is_complete is (expected == [])


def test_missing_paper_names_what_may_be_given_instead():
    step, target, sentence = journey(SINGLE).missing()[0]
    assert (step, target, sentence) == (
        "berkas",
        "surat",
        "Unggah Surat, atau SPTJM sebagai gantinya.",
    )


def test_answer_that_the_newest_declaration_refuses_is_missing():
    assert targets(journey({"isi": SINGLE["isi"] | {"kk": "123"}}, ("surat",))) == ["kk"]


def test_default_counts_as_an_answer():
    fields = [
        {
            "key": "paper",
            "type": "choice",
            "label": "Dokumen",
            "default": "auto",
            "options": [{"value": "auto", "label": "Otomatis"}],
        }
    ]
    review = TINY_SERVICE["steps"][2] | {"fields": fields}
    found = journey(SINGLE, ("surat",), service=tiny_service(steps=[*TINY_SERVICE["steps"][:2], review]))
    assert found.is_complete
    assert found.values["paper"] == "auto"


def test_step_without_anything_to_ask_does_not_appear():
    items = [{"key": "buku", "label": "Buku Nikah", "when": {"married": "yes"}}]
    berkas = TINY_SERVICE["steps"][1] | {"items": items}
    service = tiny_service(steps=[TINY_SERVICE["steps"][0], berkas, TINY_SERVICE["steps"][2]])
    assert [step.key for step in journey(SINGLE, service=service).steps] == ["isi", "kirim"]
    assert [step.key for step in journey(MARRIED, service=service).steps] == [
        "isi",
        "berkas",
        "kirim",
    ]


def test_locked_value_is_never_the_applicants_mistake():
    found = journey({"isi": SINGLE["isi"]}, ("surat",), profile={"kk": "old and odd"})
    assert found.is_complete
    assert found.parse_step("isi", {"name": "Budi", "married": "no"}).errors == {}


def test_place_is_looked_up_once_however_often_the_journey_is_asked():
    asked = []
    fields = [{"key": "place", "type": "region", "label": "Wilayah"}]
    steps = [{"form": "isi", "title": "Isi", "fields": fields}, TINY_SERVICE["steps"][2]]
    context = FieldContext(today=CONTEXT.today, region_name=lambda code: asked.append(code) or "x")
    found = Journey(tiny_service(steps=steps), {"isi": {"place": "33.26.07.2008"}}, (), context)
    assert found.is_complete
    assert [step.state for step in found.steps] == ["done", "current"]
    assert asked == ["33.26.07.2008"]


@pytest.mark.parametrize(
    ("keys", "opened"),
    [({"a"}, {"a", "b", "c"}), ({"b"}, {"b", "c"}), ({"c"}, {"c"}), (set(), set())],
)
def test_what_an_answer_opens_may_be_changed_with_it(keys, opened):
    assert dependents(chained_service(), keys) == opened


def test_paper_that_an_answer_asks_for_may_be_given_with_it():
    assert dependents(tiny_service(), {"married"}) == {"married", "partner", "buku"}


def test_paper_that_may_stand_in_may_be_given_with_the_one_it_replaces():
    assert dependents(tiny_service(), {"surat"}) == {"surat", "sptjm"}
