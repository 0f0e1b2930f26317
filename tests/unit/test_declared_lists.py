"""What `portal check` refuses in the lists and boxes that an agency declares, and which offices a duty covers."""

from __future__ import annotations

from typing import Any

import pytest

from portal import AGENCIES
from portal.engine.declare import Agency, CaseList, Dashboard
from portal.engine.list_checks import check_lists
from portal.engine.load import load_catalogue
from portal.queries.reach import offices_above, offices_covered

CATALOGUE = load_catalogue(AGENCIES)
KARANTINA = CATALOGUE.agency("karantina")


def findings(agency: Agency) -> list[str]:
    code = agency.code
    found = check_lists(agency, CATALOGUE.services[code], CATALOGUE.workflows[code])
    return [f"{place}: {message}" for place, message in found]


def with_list(**changes: Any) -> Agency:
    one = KARANTINA.lists["pengajuan"].model_dump(by_alias=True) | changes
    return KARANTINA.model_copy(update={"lists": {"pengajuan": CaseList.model_validate(one)}, "dashboard": None})


def test_what_the_agencies_declare_is_right() -> None:
    assert [line for code in CATALOGUE.agencies for line in findings(CATALOGUE.agency(code))] == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"service": "lain"}, "there is no service lain"),
        ({"roles": "satpam"}, "there is no role satpam"),
        ({"states": "gone"}, "there is no state gone"),
        ({"states": "draft"}, "applicant's own desk"),
        ({"also": "sent"}, "a state stands twice"),
        ({"filters": "kind"}, "kind is not a choice that is kept as a facet"),
        ({"acts": "unblock"}, "not an action with a button from a state of this list"),
        ({"acts": "send"}, "not an action with a button from a state of this list"),
        ({"columns": [{"label": "X", "answers": "nothing"}]}, "there is no field nothing"),
        ({"columns": [{"label": "X", "answers": "name", "level": "province"}]}, "name is not a region"),
        ({"columns": [{"label": "X"}]}, "stand exactly in a column of answers"),
        ({"columns": [{"label": "X", "shows": "state", "words": {"gone": "Ya"}}]}, "there is no state gone"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(changes: dict[str, Any], wrong: str) -> None:
    told = findings(with_list(**changes))
    assert any(wrong in line and line.startswith("lists.pengajuan") for line in told), told


@pytest.mark.parametrize(
    ("boxes", "wrong"),
    [
        ([{"label": "A", "states": "sent"}, {"label": "B", "states": ["sent", "refused"]}], "counted in another box"),
        ([{"label": "A", "states": "sent", "list": "lain"}], "there is no list lain"),
        ([{"label": "A", "states": "sent", "list": "terdaftar"}], "does not show all"),
        ([{"label": "A", "states": ["approved", "registered"], "list": "terdaftar"}], "cannot show exactly"),
    ],
)
def test_a_wrong_box_is_refused(boxes: list[dict[str, Any]], wrong: str) -> None:
    board = Dashboard.model_validate({"service": "pendaftaran", "boxes": boxes})
    told = findings(KARANTINA.model_copy(update={"dashboard": board}))
    assert any(wrong in line for line in told), told


@pytest.mark.req("KAR-50")
@pytest.mark.parametrize(
    ("agency", "office", "covered"),
    [
        ("karantina", "3304", {"3304"}),
        ("karantina", "3300", {"3300", "3302", "3303", "3304"}),
        ("karantina", "1001", {"1001"}),
        ("karantina", "1000", set()),
        ("karantina", "", set()),
        ("kesehatan", "01", {"01", "01-01", "01-02", "01-03", "01-04", "01-05"}),
        ("kesehatan", "01-01", {"01-01"}),
        ("nowhere", "1", {"1"}),
    ],
)
def test_a_duty_covers_the_offices_below_and_at_the_head_office_all(
    agency: str, office: str, covered: set[str]
) -> None:
    assert offices_covered(CATALOGUE, agency, [office]) == covered
    for below in covered:
        assert office in offices_above(CATALOGUE, agency, below)
