"""The words of an agency's log-in page: its guide's own where the agency sets them, else the portal's."""

from __future__ import annotations

from dataclasses import dataclass

from portal.queries.registrations import RegistrationForm
from portal.web.i18n import gettext


@dataclass(frozen=True)
class LoginWords:
    """Each may be set in the agency's `settings`, as login_button and so on."""

    password: str
    button: str
    forgotten: str
    no_account: str
    register: str


def login_words(form: RegistrationForm) -> LoginWords:
    """What stands on the page; the password is called as the registration form calls it."""
    asked = next((question for question in form.service.fields if question.type == "password"), None)
    words = {
        "password": asked.label if asked else gettext("Password"),
        "button": "Login",
        "forgotten": gettext("Forgotten password"),
        "no_account": gettext("No account yet?"),
        "register": form.service.title,
    }
    return LoginWords(**{name: form.agency.settings.get(f"login_{name}", usual) for name, usual in words.items()})
