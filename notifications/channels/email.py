"""E-mail through the county's SMTP server: the words as text, the frozen payload as an attachment.

The Message-ID comes from the delivery's key, so that a repetition can be told from a second letter. The server's last
word after the data is the receipt; without it nobody knows.
"""

import json
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import ClassVar
from urllib.parse import urlsplit

from notifications.addresses import AgencyChannel, Gateway
from notifications.channels import AmbiguousOutcome, Channel, PermanentRefusal, Repeat, Sent, TemporaryFailure, To
from notifications.channels.drop import drop
from notifications.notice import Notice, canonical, sha256

SECONDS = 10.0
_DOMAIN = "casedesk.invalid"


class Email(Channel):
    """One letter to the address in the agency's row."""

    name: ClassVar[str] = "email"
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def render(self, notice: Notice) -> str:
        """Subject and text, and the whole content with its hash."""
        content = notice.content() | {"content_sha256": notice.content_sha256}
        return canonical({"subject": notice.title, "text": notice.text, "content": content})

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        row = AgencyChannel.objects.filter(agency=to.agency, channel=self.name, active=True).first()
        gateway = Gateway.objects.filter(kind=self.name, active=True).first()
        if row is None or gateway is None:
            raise PermanentRefusal("the agency has no such channel any more")
        letter = compose(payload, key, to=row.address, gateway=gateway, at=at)
        if gateway.drops:
            return drop(self.name, key, letter.as_bytes())
        return _hand_over(letter, gateway, row.address)


def compose(payload: str, key: str, *, to: str, gateway: Gateway, at: datetime) -> EmailMessage:
    """The letter. A line break in a subject or address becomes a blank: it opens no second header."""
    said = json.loads(payload)
    sender = _line(str(gateway.options.get("from", ""))) or f"casedesk@{_DOMAIN}"
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = _line(to)
    letter["Subject"] = _line(said["subject"])
    letter["Date"] = at
    letter["Message-ID"] = f"<{sha256(key)}@{sender.rpartition('@')[2].strip('>') or _DOMAIN}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(said["text"])
    letter.add_attachment(
        canonical(said["content"]).encode(), maintype="application", subtype="json", filename="notice.json"
    )
    return letter


def _line(text: str) -> str:
    return " ".join(text.split())


def _hand_over(letter: EmailMessage, gateway: Gateway, to: str) -> Sent:
    where = urlsplit(gateway.url)
    host, sender = where.hostname or "", letter["From"].addresses[0].addr_spec
    try:
        if where.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, where.port or 465, timeout=SECONDS, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, where.port or 25, timeout=SECONDS)
    except (OSError, smtplib.SMTPException) as trouble:
        raise TemporaryFailure(f"no connection to the mail server ({type(trouble).__name__})") from None
    try:
        try:
            if where.scheme == "smtp" and gateway.options.get("starttls", True):
                server.starttls(context=ssl.create_default_context())
            if gateway.options.get("user"):
                server.login(str(gateway.options["user"]), gateway.secret)
            _accepted(*server.mail(sender))
            _accepted(*server.rcpt(to))
        except (OSError, smtplib.SMTPException) as trouble:
            raise TemporaryFailure(f"the mail server did not take the envelope ({type(trouble).__name__})") from None
        try:
            code, said = server.data(letter.as_bytes())
        except smtplib.SMTPDataError as refused:
            code, said = refused.smtp_code, b""
        except (OSError, smtplib.SMTPException) as trouble:
            raise AmbiguousOutcome(f"no word after the letter ({type(trouble).__name__})") from None
        _accepted(code, said)
        return Sent(receipt=b"%d %s" % (code, said), peer_status=str(code))
    finally:
        with suppress(OSError, smtplib.SMTPException):  # the letter's fate is known; a rude goodbye changes nothing
            server.quit()
        server.close()


def _accepted(code: int, said: bytes) -> None:
    """250 and 251 are a yes; 4xx may become one, 5xx will not."""
    if code in (250, 251):
        return
    failure = PermanentRefusal if 500 <= code < 600 else TemporaryFailure
    raise failure("the mail server said no", peer_status=str(code), response=said)
