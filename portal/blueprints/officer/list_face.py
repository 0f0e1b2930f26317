"""What a list of cases looks like before anybody's case stands in it: its choices, its tabs, its kinds of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from portal import clock
from portal.auth.viewer import DutyView
from portal.blueprints.officer.desk import case_path
from portal.blueprints.officer.list_filters import NEWEST, OLDEST
from portal.queries.catalogue import catalogue
from portal.queries.desk import EVERY, WAITING, Filters
from portal.queries.reach import Reach, reach_of
from portal.queries.rows import AnyRow
from portal.web.filters import dues, number, short_moments
from portal.web.i18n import gettext
from portal.web.patterns import fill, hole, pattern
from portal.web.remembered import remembered

Choices = tuple[tuple[str, str], ...]  # (value, label)


class RowKind(NamedTuple):
    """What rows of one service and state have in common; tone "" for a state that is declared no more."""

    service: str
    tone: str
    label: str
    is_running: bool


@dataclass(frozen=True)
class ListFace:
    """What the declarations say about a list of some duties.

    kinds: (agency, service, state) -> what such rows share. tabs: (state, label) of what is counted.
    """

    reach: Sequence[Reach]
    zone: str
    kinds: Mapping[tuple[str, str, str], RowKind]
    tabs: Choices
    agencies: Choices
    services: Choices
    states: Choices


@remembered
def face_of(duties: tuple[DutyView, ...], kind: str) -> ListFace:
    """The list of one kind of case for these duties, of which there is one at least."""
    reach = reach_of(duties, catalogue(), (kind,))
    agencies = {one.agency: catalogue().agency(one.agency).short_name for one in reach}
    states = {key: one.workflow.states[key] for one in reach for key in one.states()}
    waiting, every = (WAITING, gettext("Waiting for me")), (EVERY, gettext("All"))
    return ListFace(
        reach=reach,
        zone=catalogue().agency(duties[0].agency).zone,
        kinds={
            (one.agency, one.service.code, key): RowKind(
                one.service.title, state.tone, state.staff, state.clock == "running"
            )
            for one in reach
            for key, state in one.workflow.states.items()
        },
        tabs=(waiting, *((key, state.staff) for key, state in states.items() if state.waits), every),
        agencies=tuple(sorted(agencies.items(), key=lambda pair: pair[1])),
        services=tuple(
            sorted({one.service.code: one.service.title for one in reach}.items(), key=lambda pair: pair[1])
        ),
        states=(waiting, every, *((key, state.staff) for key, state in states.items())),
    )


def draw_filters(face: ListFace, path: str, filters: Filters, kept: Mapping[str, str]) -> Markup:
    """The form of the filters, with what was typed."""
    drawn = pattern(
        "officer/_filters.html",
        ("q", "since", "until"),
        path=path,
        agencies=face.agencies,
        services=face.services,
        states=face.states,
        agency=filters.agency,
        service=filters.service,
        state=_chosen(kept, "status", [key for key, _ in face.states]),
        held=filters.held,
        order=_chosen(kept, "urut", (OLDEST, NEWEST)),
        is_open=any(name in kept for name in ("pegang", "dari", "sampai", "urut")),
    )
    return fill((drawn,), [(kept.get("q", ""), kept.get("dari", ""), kept.get("sampai", ""))])


def _chosen(kept: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """What was chosen; what is no choice chooses nothing, and is not kept with the form."""
    value = kept.get(name, "")
    return value if value in choices else ""


def draw_tabs(face: ListFace, path: str, filters: Filters, counts: Mapping[str, int]) -> Markup:
    """What waits for me, each state in which somebody is waited for, and everything, with their counts."""
    narrowed = [
        f"{name}={value}" for name, value in (("instansi", filters.agency), ("layanan", filters.service)) if value
    ]
    tabs, figures = [], []
    for key, label in face.tabs:
        values = narrowed if key == WAITING else [*narrowed, f"status={key}"]
        address = f"{path}?{'&'.join(values)}" if values else path
        tabs.append((label, address, filters.state == key, hole(key)))
        figures.append(number(counts.get(key, 0)))
    drawn = pattern("officer/_tabs.html", [key for key, _ in face.tabs], tabs=tuple(tabs))
    return fill((drawn,), [tuple(figures)])


def draw_rows(face: ListFace, rows: Sequence[AnyRow]) -> Markup:
    """Rows of `list_cases` as rows of the table. This is the tight loop of the desk: words in, one piece of HTML out."""
    sent, today = short_moments(face.zone), clock.today(face.zone)
    due, drawn = dues(today), dict[tuple[str, str, str, bool, bool], str]()
    patterns, words = [], []
    for _, code, agency, service, state, name, _, _, sent_at, due_on, holder, disputed_at in rows:
        kind = face.kinds.get((agency, service, state))
        last = due_on if kind is not None and kind.is_running else None
        key = agency, service, state, last is not None and last < today, disputed_at is not None
        if key not in drawn:
            drawn[key] = _row_pattern(face, key[:3], is_late=key[3], is_disputed=key[4])
        patterns.append(drawn[key])
        words.append((case_path(code), code, name or "–", sent(sent_at), due(last) if last else "", holder or ""))
    return fill(patterns, words)


def _row_pattern(face: ListFace, key: tuple[str, str, str], *, is_late: bool, is_disputed: bool) -> str:
    kind = face.kinds.get(key, RowKind(key[1], tone="", label=".".join(key), is_running=False))
    shown: dict[str, Any] = kind._asdict() | {"service": kind.service if len(face.services) > 1 else None}
    holes = ("href", "code", "name", "sent", "due", "holder")
    return pattern("officer/_row.html", holes, is_late=is_late, is_disputed=is_disputed, **shown)
