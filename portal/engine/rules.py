"""Whether a new application may be started now, and if not, why and when (SIN-45..47)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from portal.engine.calendars import Hours, is_open, next_opening, spoken_moment
from portal.engine.declare import Service

NOT_AVAILABLE = "Pengajuan {title} belum tersedia."


@dataclass(frozen=True)
class Availability:
    """`reason` is a sentence for the citizen, "" when open; `opens_at` is local to the office."""

    open: bool
    reason: str = ""
    opens_at: datetime | None = None


def may_start(
    service: Service,
    hours: Hours,
    closures: Collection[date],
    started_today: int,
    at: datetime,
    *,
    zone: str = "Asia/Jakarta",
    paused: bool = False,
    lifted: bool = False,
    per_day: int | None = None,
) -> Availability:
    """`at` is local; `hours`, `per_day`, `paused` and `lifted` are the admin's, declared ones only seed them.

    lifted: hours and cap limit nobody for now, such as in a demo that is shown on a Sunday.
    """
    cap = service.availability.per_day if per_day is None else per_day
    follows_hours = service.availability.hours == "agency"
    if paused:
        return Availability(open=False, reason="Layanan ini sedang dihentikan sementara.")
    if lifted:
        return Availability(open=True)
    if follows_hours and not is_open(hours, closures, at):
        return _opens(next_opening(hours, closures, at), zone, "Sekarang di luar jam kerja.")
    if cap and started_today >= cap:
        tomorrow = at.replace(hour=23, minute=59, second=59, microsecond=999999)
        opens_at = next_opening(hours, closures, tomorrow) if follows_hours else None
        return _opens(opens_at, zone, "Antrian pengajuan hari ini sudah penuh.")
    return Availability(open=True)


def _opens(opens_at: datetime | None, zone: str, reason: str) -> Availability:
    again = f" Buka lagi {spoken_moment(opens_at, zone)}." if opens_at else ""
    return Availability(open=False, reason=reason + again, opens_at=opens_at)
