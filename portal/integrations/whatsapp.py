"""WhatsApp: the Cloud API over HTTPS, and a local twin for demo and tests."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from portal.integrations.delivery import LocalTwin, NoChannel, Parcel, TryLater, Undeliverable

TIMEOUT = 10
MOST_ANSWER = 64 * 1024
# Answers that say "slower" or "something of yours is wrong", although their status is 400.
LATER_CODES = frozenset({4, 80007, 130429, 131016, 131048, 131056, 131057, 133004})
PASSING_STATUS = frozenset({401, 403, 404, 408, 425, 429})


class CloudWhatsApp:
    """WhatsApp Business Cloud API (POST <url>/messages).

    url: `https://graph.facebook.com/v23.0/<phone number id>`; with `?template=<name>` each text goes as the only
    parameter of that approved template (`&language=id`), which WhatsApp asks of whoever writes first.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        self._address = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/messages", "", ""))
        self._template = options.get("template", [""])[0]
        self._language = options.get("language", ["id"])[0]
        self._token = token

    def send(self, parcel: Parcel) -> str:
        """See Channel.send; returns the message's wamid."""
        status, answer = self._post(self._body(parcel))
        if status == 200:
            try:
                return str(answer["messages"][0]["id"])
            except (KeyError, IndexError, TypeError):
                raise TryLater("WhatsApp answered without an id") from None
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        code = error.get("code") if isinstance(error, dict) else None
        words = f"WhatsApp {status} ({code})"
        if status >= 500 or status in PASSING_STATUS or code in LATER_CODES:
            raise TryLater(words, is_channel_down=status in (401, 403, 404, 429))
        raise Undeliverable(words)

    def close(self) -> None:
        """See Channel.close."""

    def _body(self, parcel: Parcel) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": re.sub(r"\D", "", parcel.recipient),
            # Comes back with every status, even before we could store the provider's own id.
            "biz_opaque_callback_data": parcel.id,
        }
        if not self._template:
            return body | {"type": "text", "text": {"preview_url": False, "body": parcel.body}}
        # Parameters of a template may hold no line breaks and no rows of spaces.
        words = " ".join(parcel.body.split())
        return body | {
            "type": "template",
            "template": {
                "name": self._template,
                "language": {"code": self._language},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": words}]}],
            },
        }

    def _post(self, body: dict[str, Any]) -> tuple[int, Any]:
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        request = Request(  # noqa: S310 - the address is the operator's own setting
            self._address,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return answer.status, _json(answer.read(MOST_ANSWER))
        except HTTPError as error:
            with error:
                return error.code, _json(error.read(MOST_ANSWER))
        except OSError as failure:
            raise TryLater(type(failure).__name__, is_channel_down=True) from None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return {}


class LocalWhatsApp(LocalTwin):
    """The twin: every text arrives."""

    def __init__(self) -> None:
        super().__init__("wamid")


class NoWhatsApp(NoChannel):
    """No WhatsApp account was given."""

    name = "whatsapp"
