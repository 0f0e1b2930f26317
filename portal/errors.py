"""What the engine, operations and queries raise; each has its HTTP status."""

from collections.abc import Mapping


class Refusal(Exception):
    """Something asked for that is not done; the message is a sentence for the person who asked."""

    status = 400

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """It does not exist, or the asker may not know that it does."""

    status = 404


class NotAllowed(Refusal):
    """The asker's role may never do this here."""

    status = 403


class Conflict(Refusal):
    """Somebody else was first: the thing moved on since it was read."""

    status = 409


class Invalid(Refusal):
    """What was typed cannot be taken; `errors` maps field key to sentence.

    The key "" carries what belongs to no single field.
    """

    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
