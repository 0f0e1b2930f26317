"""The page that shows the five registrations side by side says what is declared."""

from tests.registrations_page import PAGE, page_with, table
from tests.unit.engine_examples import shipped_catalogue

CATALOGUE = shipped_catalogue()


def test_table_of_registrations_is_what_the_agencies_declare():
    text = PAGE.read_text(encoding="utf-8")
    assert page_with(text, table(CATALOGUE)) == text, "python -m tests.registrations_page writes it again"


def test_table_has_a_column_for_each_agency():
    heading = table(CATALOGUE).splitlines()[0]
    assert [cell.strip() for cell in heading.strip("|").split("|")][1:] == sorted(CATALOGUE.agencies)
    assert len(CATALOGUE.agencies) == 5
