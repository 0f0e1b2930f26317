"""What the pages of groups share: where this admin fills groups, what was typed, and rows as finished words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import request

from portal import clock
from portal.auth import viewer
from portal.blueprints.officer.duty_forms import read_day
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import field_type
from portal.errors import NotFound
from portal.operations.groups import Rise, tidy_name
from portal.queries.catalogue import catalogue
from portal.queries.groups import ZONE, group_label, is_current, raising, special_services
from portal.queries.regions import known_region_name
from portal.web.filters import short_day
from portal.web.i18n import gettext
from portal.web.places import levels_of

PATH = "/petugas/grup"
AREA = FieldDeclaration(
    key="area",
    type="region",
    label="Wilayah kerja",
    required=False,
    help="Pilih sampai tingkat yang dilayani. Semua di bawahnya termasuk.",
)
USUAL = timedelta(days=365)


def agencies_at_hand() -> Sequence[str]:
    """Agencies whose groups this officer fills; NotFound for who fills none: the pages do not exist for them."""
    agencies = raising(viewer().duties)
    if not agencies:
        raise NotFound("groups")
    return agencies


def agency_at_hand(agencies: Sequence[str]) -> str:
    """The agency that the address or form names, the first when it names none; NotFound beyond reach."""
    wanted = request.values.get("instansi", "")
    if wanted and wanted not in agencies:
        raise NotFound("agency")
    return wanted or agencies[0]


def read_rise(agency: str) -> Rise:
    """What was typed; what is wrong with it the operation says."""
    return Rise(
        agency=agency,
        group=request.form.get("group", "")[:40],
        institution=tidy_name(request.form.get("institution", "")),
        area=field_type("region").parse(AREA, request.form)[:20],
        services=tuple(dict.fromkeys(request.form.getlist("services"))),
        starts_on=read_day("starts_on") or clock.today(ZONE),
        ends_on=read_day("ends_on"),
    )


def raise_context(
    agency: str, typed: Mapping[str, str], chosen: Sequence[str], errors: Mapping[str, str]
) -> dict[str, Any]:
    """Choices and typed values of the form that raises somebody."""
    declared, today = catalogue().agency(agency), clock.today(ZONE)
    area = field_type("region").parse(AREA, typed) or declared.region
    services = [
        (one.code, f"{one.title} ({', '.join(group_label(agency, key) for key in one.audience)})")
        for one in special_services(declared)
    ]
    return {
        "groups": [(key, one.label) for key, one in declared.groups.items()],
        "services": services,
        "chosen": chosen,
        "area": AREA,
        "levels": levels_of(area),
        "typed": typed,
        "today": today,
        "year": today + USUAL,
        "errors": errors,
        "back": f"{PATH}?instansi={agency}",
    }


def member_words(row: Any) -> dict[str, Any]:
    """One membership with its member, ready to be shown."""
    services = catalogue().services[row.agency]
    return {
        "code": row.code,
        "name": row.name,
        "group": group_label(row.agency, row.group_key),
        "institution": row.institution,
        "area": known_region_name(row.area) or row.area,
        "services": [services[code].title if code in services else code for code in row.services.split()],
        "from": short_day(row.starts_on),
        "until": short_day(row.ends_on),
        "is_open": row.ended_at is None,
        "is_current": is_current(row.starts_on, row.ends_on, row.ended_at, clock.today(ZONE)),
    }


def told_words(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """What happened to a membership, ready for the timeline."""
    titles = {
        "raise": gettext("Raised into the group"),
        "lower": gettext("Membership ended"),
        "expire": gettext("The last day has passed"),
    }
    return [
        {
            "title": titles.get(row.action, row.action),
            "at": row.at,
            "actor": row.actor_name or gettext("The system"),
            "body": row.said,
            "tone": None,
        }
        for row in rows
    ]
