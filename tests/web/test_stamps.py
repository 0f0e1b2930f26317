"""Demo and production never open each other's database."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.operations.stamps import WrongDatabase, check_stamp, stamp_database
from portal.transaction import transaction
from tests.people import enrol_citizen


def stamp(*, is_demo: bool) -> None:
    with transaction():
        stamp_database(is_demo=is_demo)


def test_production_refuses_a_demos_database(app: Flask) -> None:
    with app.app_context():
        stamp(is_demo=True)
        stamp(is_demo=True)
        with pytest.raises(WrongDatabase, match="stamped 'demo'"):
            check_stamp(is_demo=False)
        with pytest.raises(WrongDatabase):
            stamp(is_demo=False)


def test_the_demo_refuses_productions_database(app: Flask) -> None:
    with app.app_context():
        stamp(is_demo=False)
        with pytest.raises(WrongDatabase, match="stamped 'production'"):
            check_stamp(is_demo=True)


def test_the_demo_refuses_an_unstamped_database_with_people_in_it(site: Flask) -> None:
    with transaction():
        enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")
    with pytest.raises(WrongDatabase, match="holds people"):
        stamp(is_demo=True)
