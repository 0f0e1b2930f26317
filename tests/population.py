"""Many applications at once, as rows only, for lists that must not feel their number."""

from __future__ import annotations

import random
import secrets
from collections import Counter as Tally
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from portal import clock
from portal.extensions import db
from portal.models import Application, StateCount
from portal.queries.catalogue import catalogue, current_declaration_id
from portal.transaction import transaction

CHUNK = 2000
FIRST = [
    "ADI",
    "BUDI",
    "CITRA",
    "DEWI",
    "EKA",
    "FAJAR",
    "GITA",
    "HADI",
    "INDAH",
    "JOKO",
    "KARTIKA",
    "LESTARI",
    "MAYA",
    "NUR",
    "PUTRI",
    "RATNA",
    "SITI",
    "TRI",
    "WAHYU",
]
LAST = [
    "ANGGRAINI",
    "HIDAYAT",
    "KUSUMA",
    "LESTARI",
    "MAULANA",
    "NUGROHO",
    "PRATAMA",
    "RAHAYU",
    "SANTOSO",
    "SETIAWAN",
    "UTAMI",
    "WIBOWO",
]


def populate(agency: str, service: str, count: int, holder: int, seed: int = 1) -> None:
    """So many sent applications in every state that an officer sees, over the last 300 days."""
    dice, tally = random.Random(seed), Tally[str]()
    declared = catalogue().service(agency, service)
    assert declared is not None
    states = [
        state for state in catalogue().workflow(agency, declared.workflow).states if state not in ("draft", "revision")
    ]
    pinned = current_declaration_id(agency, service)
    for first in range(0, count, CHUNK):
        rows = [
            _row(dice, agency, service, pinned, dice.choice(states), holder) for _ in range(min(CHUNK, count - first))
        ]
        tally.update(row["state"] for row in rows)
        with transaction() as session:
            session.execute(insert(Application), rows)
    with transaction() as session:
        for state, total in tally.items():
            session.add(StateCount(agency=agency, service=service, state=state, total=total))
        session.flush()
    db.session.remove()


def _row(dice: random.Random, agency: str, service: str, pinned: int, state: str, holder: int) -> dict[str, Any]:
    sent_at = clock.now() - timedelta(seconds=dice.randrange(300 * 24 * 3600))
    return {
        "code": f"AKL3326{secrets.randbelow(10**12):012}",
        "kind": "service",
        "agency": agency,
        "service": service,
        "declaration_id": pinned,
        "account_id": None,
        "mode": "personal",
        "office": "",
        "state": state,
        "version": 1,
        "seq": 0,
        "head": "",
        "round": 1,
        "subject_name": f"{dice.choice(FIRST)} {dice.choice(LAST)}",
        "claimed_by": holder if state == "checking" else None,
        "claimed_at": sent_at if state == "checking" else None,
        "created_at": sent_at,
        "entered_at": sent_at,
        "sent_at": sent_at,
        "due_on": (sent_at + timedelta(days=1)).date(),
    }
