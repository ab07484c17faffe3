"""E-mail, through whatever EMAIL_URL names."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import ChannelName
from accounts.notifications.port import Channel, Lost, Message, Refused, Unavailable

TIMEOUT_SECONDS = 10
# RFC 5321: no mailbox of that name, mailbox moved, name not allowed. Other refusals are of a message, not of a person.
DEAD_CODES = frozenset({550, 551, 553})


class Mail(Channel):
    """Plain text to the person's address."""

    name = ChannelName.EMAIL

    def is_ready(self) -> bool:
        """Always: without a mail server Django writes to the terminal."""
        return True

    def send(self, message: Message) -> None:
        """Hand one mail to the server."""
        mail = EmailMessage(
            subject=f"{settings.SITE_NAME}: {message.title}",
            body=text_of(message),
            to=[message.address],
            headers={"Auto-Submitted": "auto-generated", "X-Entity-Ref-ID": message.notification_id},
        )
        line = get_connection(timeout=TIMEOUT_SECONDS)
        _open(line)
        try:
            mail.connection = line
            mail.send()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _fault(error) from None
        finally:
            _close(line)


def text_of(message: Message) -> str:
    """The words of the mail: what happened, when, and where to look."""
    at = f"{message.at:%Y-%m-%d %H:%M:%S} UTC"
    parts = [message.title, message.body, at, message.link]
    return "\n\n".join(part for part in parts if part) + "\n"


def _open(line: BaseEmailBackend) -> None:
    try:
        line.open()
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"the mail server cannot be reached ({type(error).__name__})") from None


def _close(line: BaseEmailBackend) -> None:
    try:
        line.close()
    except (smtplib.SMTPException, OSError):
        return  # the mail was taken or refused before this


def _fault(error: Exception) -> Exception:
    """What the server's refusal means; without a word from it, the mail may be on its way."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {int(code) for code, _ in error.recipients.values()}
        if codes and min(codes) >= 500:
            return Refused("the address is refused", is_dead=bool(codes & DEAD_CODES))
        return Unavailable("the address is not taken right now")
    if isinstance(error, smtplib.SMTPResponseException):
        code = int(error.smtp_code)
        # -1 is the library's own code for an answer that it could not read.
        if 400 <= code < 500:
            return Unavailable(f"the mail server answers {code}")
        return Refused(f"the mail server answers {code}") if code >= 500 else Lost("the mail server's answer was lost")
    if isinstance(error, ValueError):
        return Refused("the mail cannot be written")
    return Lost(f"the mail server's answer was lost ({type(error).__name__})")
