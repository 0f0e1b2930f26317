"""What messages may say: the values they may name, and their rendering."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.engine.declare import Message
from portal.engine.placeholders import fill, names_in

MESSAGE_VALUES: dict[str, str] = {
    "first_name": "first word of the applicant's name",
    "code": "code of the application or registration",
    "link": "address of a page with a button, made from PUBLIC_URL",
    "agency": "short name of the agency",
    "service": "title of the service; a sensitive service gives a neutral word instead",
    "state": "the applicant's label of the state",
    "help": "the agency's call centre as a wa.me address",
    "due": "date and hour until which something must be done",
    "otp": "one-time code",
    "login_name": "name to log in with that an officer made; never beside a password",
    "reason": "what the officer wrote, where an agency sends it by e-mail",
    "device": "which browser it was, such as Chrome, Android",
    "at": "day and hour of what happened",
    "not_mine": "address behind which the new owner of a recycled number stops these messages",
    "group": "label of a group of applicants, with the institution",
    "minutes": "how many minutes the one-time code lives",
}
SENSITIVE = ("service", "state", "agency", "first_name")  # not in messages of sensitive services
WHATSAPP_LIMIT = 1024  # of a template body


@dataclass(frozen=True)
class RenderedMessage:
    """The texts to send; e-mail and inbox share subject and body."""

    whatsapp: str
    subject: str
    email: str


def render(text: str, values: Mapping[str, str]) -> str:
    """One text filled in; raises KeyError for a value that was not given, ValueError for a bad one."""
    unknown = names_in(text) - MESSAGE_VALUES.keys()
    if unknown:
        raise ValueError(f"messages do not know {', '.join(sorted(unknown))}")
    return fill(text, values)


def render_message(message: Message, values: Mapping[str, str]) -> RenderedMessage:
    """All texts of a message; line breaks never enter a subject."""
    return RenderedMessage(
        whatsapp=render(message.whatsapp, values),
        subject=" ".join(render(message.subject, values).split()),
        email=render(message.email, values),
    )


def first_name(name: str) -> str:
    """The first word of a name, which is all that a message may show of it."""
    words = name.split(maxsplit=1)
    return words[0].title() if words else ""
