"""One page of the desk's list: ordered index scans as one statement, which is built once for each shape of question.

Building such a statement takes longer than running it, so its values are bound later; it reads tables, not entities.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal, literal_column, select, tuple_, union_all

from portal.models import Account, Application, Facet, Representation
from portal.queries.reading import read_rows
from portal.queries.rows import AnyRow, AnySelect

CASE, HOLDER, FACET = Application.__table__.c, Account.__table__.c, Facet.__table__.c
BEHALF = Representation.__table__.c
SHOWN = ("id", "code", "agency", "service", "state", "subject_name", "round", "claimed_by", "sent_at", "due_on")


class Scan(NamedTuple):
    """What one index scan reads; no offices means all of the agency's."""

    agency: str
    services: Sequence[str]
    offices: frozenset[str]
    state: str


class Shape(NamedTuple):
    """What decides the text of the statement; everything else is a value in it."""

    sizes: tuple[tuple[int, int], ...]  # of each scan: how many services, how many offices
    narrowed_by: tuple[str, ...]  # keys of NARROWINGS, or "facet:" and a declared facet
    descending: bool
    limit: int
    by: str = "sent_at"  # column of the order, before the id


def like_pattern(text: str, *, anywhere: bool) -> str:
    """The pattern that finds a text as it stands, its own wildcards escaped by a slash."""
    escaped = re.sub(r"([/%_])", r"/\1", text)
    return f"%{escaped}%" if anywhere else f"{escaped}%"


NARROWINGS: dict[str, ColumnElement[bool]] = {
    "mine": CASE.claimed_by == bindparam("account"),
    "free": CASE.claimed_by.is_(None),
    "since": CASE.sent_at >= bindparam("since", type_=CASE.sent_at.type),
    "until": CASE.sent_at < bindparam("until", type_=CASE.sent_at.type),
    "digest": CASE.subject_digest == bindparam("digest"),
    "code": CASE.code.like(bindparam("code"), escape="/"),
    "name": func.lower(CASE.subject_name).like(bindparam("name"), escape="/"),
    # Said in words, not as a value: only so does a database see that its index of registrations fits.
    "registration": CASE.kind == literal_column("'registration'"),
}
FACET_NAME = "facet:"
WITHOUT_VALUE = ("free", "registration")


def read_page(
    scans: Sequence[Scan],
    narrowed_by: Mapping[str, Any],
    edge: tuple[datetime, str] | None,
    *,
    descending: bool,
    limit: int,
    by: str = "sent_at",
) -> Sequence[AnyRow]:
    """Up to `limit` rows of all scans together, in order, with the name of who holds each.

    narrowed_by: key of NARROWINGS -> its value ("mine": the account, "free": anything), or "facet:" and
    a declared facet -> its value. by: sent_at or subject_name.
    edge: (sent at, code) of the row behind which the page begins, in the direction of reading.
    """
    names = (*sorted(narrowed_by), "edge") if edge else tuple(sorted(narrowed_by))
    sizes = tuple((len(scan.services), len(scan.offices)) for scan in scans)
    shape = Shape(sizes, names, descending, limit, by)
    values = {_bound_name(key): value for key, value in narrowed_by.items() if key not in WITHOUT_VALUE}
    if edge:
        values |= {"edge_at": edge[0], "edge_code": edge[1]}
    for number, scan in enumerate(scans):
        values |= {f"agency_{number}": scan.agency, f"state_{number}": scan.state}
        values |= {f"service_{number}_{place}": service for place, service in enumerate(scan.services)}
        values |= {f"office_{number}_{place}": office for place, office in enumerate(sorted(scan.offices))}
    return read_rows(_statement(shape), values)


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> AnySelect:
    branches = [_branch(number, shape) for number in range(len(shape.sizes))]
    # SQLite wants the limit of a branch inside a subquery.
    rows = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
    return (
        select(rows, HOLDER.name.label("holder"), BEHALF.disputed_at)
        .select_from(
            rows.outerjoin(Account.__table__, HOLDER.id == rows.c.claimed_by).outerjoin(
                Representation.__table__,
                and_(BEHALF.application_id == rows.c.id, BEHALF.disputed_at.is_not(None), BEHALF.cleared_at.is_(None)),
            )
        )
        .order_by(*_order(rows.c[shape.by], rows.c.id, shape))
        .limit(shape.limit)
    )


def _branch(number: int, shape: Shape) -> AnySelect:
    services, offices = shape.sizes[number]
    found: AnySelect = select(*(CASE[name] for name in SHOWN)).where(
        CASE.agency == bindparam(f"agency_{number}"),
        CASE.state == bindparam(f"state_{number}"),
        CASE.service.in_([bindparam(f"service_{number}_{place}") for place in range(services)]),
        CASE.sent_at.is_not(None),
        *(_narrowing(name) for name in shape.narrowed_by if name != "edge"),
    )
    if offices:
        found = found.where(CASE.office.in_([bindparam(f"office_{number}_{place}") for place in range(offices)]))
    if "edge" in shape.narrowed_by:
        place, edge = tuple_(CASE[shape.by], CASE.id), _edge(shape)
        found = found.where(place < edge if shape.descending else place > edge)
    return found.order_by(*_order(CASE[shape.by], CASE.id, shape)).limit(shape.limit)


def _edge(shape: Shape) -> ColumnElement[Any]:
    """Where the page that was left ended; an address holds a moment and a code, never a name."""
    edge = Application.__table__.alias("edge").c
    row, first = select(edge.id).where(edge.code == bindparam("edge_code")).scalar_subquery(), CASE[shape.by]
    if shape.by == "sent_at":
        return tuple_(bindparam("edge_at", type_=first.type), row)
    return tuple_(select(edge[shape.by]).where(edge.code == bindparam("edge_code")).scalar_subquery(), row)


def _narrowing(name: str) -> ColumnElement[bool]:
    if not name.startswith(FACET_NAME):
        return NARROWINGS[name]
    key = literal(name.removeprefix(FACET_NAME))
    return exists().where(
        FACET.application_id == CASE.id, FACET.key == key, FACET.value == bindparam(_bound_name(name))
    )


def _bound_name(name: str) -> str:
    """The name of a narrowing's value in the statement."""
    return "account" if name == "mine" else name.replace(":", "_").replace("-", "_")


def _order(first: ColumnElement[Any], id: ColumnElement[Any], shape: Shape) -> list[ColumnElement[Any]]:
    return [first.desc(), id.desc()] if shape.descending else [first, id]
