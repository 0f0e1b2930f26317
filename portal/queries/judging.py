"""What answers are judged by: the office's date, the official places, the agency's settings and offices."""

from __future__ import annotations

from portal import clock
from portal.engine.declare import Agency
from portal.engine.fields import FieldContext
from portal.queries.catalogue import catalogue
from portal.queries.regions import known_region_name


def field_context(agency: Agency) -> FieldContext:
    """The context of every answer to this agency, without the answers themselves."""
    return FieldContext(
        today=clock.today(agency.zone),
        region_name=known_region_name,
        settings=agency.settings,
        offices=catalogue().offices.get(agency.code, ()),
    )
