"""E-mail: an SMTP server, and a mailbox of its own for demo and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from portal.integrations.delivery import LocalTwin, NoChannel, Parcel, TryLater, Undeliverable

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

TIMEOUT = 10  # seconds for each step of the talk


class SmtpEmail:
    """Plain-text mails over one connection a batch.

    url: `smtp://user:password@host:587?from=loket@example.go.id` (STARTTLS when the server offers it, refused
    without it once a password is to be sent), or `smtps://...` for TLS from the start.
    """

    def __init__(self, url: str, public_url: str) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._is_tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._domain = urlsplit(public_url).hostname or "localhost"
        self._sender = options.get("from", [f"loket@{self._domain}"])[0]
        self._line: smtplib.SMTP | None = None

    def send(self, parcel: Parcel) -> str:
        """See Channel.send; the message id is made from the parcel's id, so a repetition shows."""
        import smtplib

        try:
            line = self._connected()
            line.send_message(self._letter(parcel), to_addrs=[parcel.recipient])
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            if all(code >= 500 for code in codes):
                raise Undeliverable(f"SMTP {codes[0]}") from None
            raise TryLater(f"SMTP {codes[0]}") from None
        except smtplib.SMTPServerDisconnected:
            self.close()
            raise TryLater("SMTP disconnected") from None
        except smtplib.SMTPResponseException as answer:
            self.close()
            # A permanent answer to the whole talk (login, sender) is our mistake, not the recipient's.
            raise TryLater(f"SMTP {answer.smtp_code}", is_channel_down=True) from None
        except (smtplib.SMTPException, OSError) as failure:
            self.close()
            raise TryLater(type(failure).__name__, is_channel_down=True) from None
        return f"<{parcel.id}@{self._domain}>"

    def close(self) -> None:
        """See Channel.close."""
        import smtplib

        line, self._line = self._line, None
        if line is not None:
            try:
                line.quit()
            except (smtplib.SMTPException, OSError):
                line.close()

    def _connected(self) -> smtplib.SMTP:
        import smtplib
        import ssl

        if self._line is not None:
            return self._line
        context = ssl.create_default_context()
        line: smtplib.SMTP
        if self._is_tls:
            line = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        else:
            line = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
            line.ehlo()
            if line.has_extn("starttls"):
                line.starttls(context=context)
                line.ehlo()
            elif self._user:
                line.close()
                raise smtplib.SMTPNotSupportedError("A password is sent over TLS only.")
        if self._user:
            line.login(self._user, self._password)
        self._line = line
        return line

    def _letter(self, parcel: Parcel) -> EmailMessage:
        from email.message import EmailMessage
        from email.utils import format_datetime

        from portal import clock

        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = parcel.recipient
        letter["Subject"] = parcel.subject
        letter["Date"] = format_datetime(clock.now())
        letter["Message-ID"] = f"<{parcel.id}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(parcel.body)
        return letter


class Mailbox(LocalTwin):
    """The twin: every mail arrives."""

    def __init__(self) -> None:
        super().__init__("mail")


class NoEmail(NoChannel):
    """No mail server was given."""

    name = "email"
