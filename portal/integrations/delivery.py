"""What every way of sending shares: the parcel, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class TryLater(Exception):
    """Not sent now, perhaps later; the text names no person.

    `is_channel_down` says that the next message over the same channel would fail too.
    """

    def __init__(self, reason: str, *, is_channel_down: bool = False) -> None:
        super().__init__(reason)
        self.is_channel_down = is_channel_down


class Undeliverable(Exception):
    """This recipient will never be reached this way; the text names no person."""


@dataclass(frozen=True)
class Parcel:
    """One message as a channel takes it.

    id: stable over all tries, so that a provider or a person can tell a repetition.
    recipient: an e-mail address, or a telephone number as E.164.
    """

    id: str
    recipient: str
    subject: str
    body: str


class Channel(Protocol):
    """A way to reach people."""

    def send(self, parcel: Parcel) -> str:
        """Send; returns the provider's id ("" when it has none); raises TryLater, Undeliverable."""

    def close(self) -> None:
        """Let go of what was kept open between two parcels of one batch."""


class LocalTwin:
    """Takes every parcel and keeps it in `parcels`; can be told how the next ones end.

    The demo's page of sent messages reads the outbox itself, so nothing else is needed here.
    """

    def __init__(self, prefix: str) -> None:
        self.parcels: list[Parcel] = []
        self.outcomes: list[Exception] = []
        self._prefix = prefix

    def fail_next(self, *outcomes: Exception) -> None:
        """Raise these, one for each of the next parcels."""
        self.outcomes.extend(outcomes)

    def send(self, parcel: Parcel) -> str:
        """See Channel.send."""
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.parcels.append(parcel)
        return f"{self._prefix}-{parcel.id}"

    def close(self) -> None:
        """See Channel.close."""


class NoChannel:
    """Stands where nothing was configured: reaches nobody, and says so."""

    name = "channel"

    def send(self, parcel: Parcel) -> str:
        """See Channel.send."""
        raise Undeliverable(f"{self.name} is not configured")

    def close(self) -> None:
        """See Channel.close."""
