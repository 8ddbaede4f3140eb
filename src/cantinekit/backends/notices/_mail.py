"""A message as a mail: built with ``email.message.EmailMessage`` alone, so that no header is put together by hand."""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import attrs

from cantinekit.backends.notices._checks import check_message, mail_address, one_line, wire_key, writable
from cantinekit.errors import InputError, NotifierError
from cantinekit.plugins.ports import Message

_POLICY = SMTP.clone(cte_type="7bit")
"""Lines of 7 bits, which every server takes."""


def _maybe_address(text: str) -> str:
    return mail_address(text) if text else ""


@attrs.frozen
class Sender:
    """The sender of mails.

    Attributes:
        address: the e-mail address in From.
        name: the name that is shown with it, on one line; empty for none.
        reply_to: the address that answers go to; empty for ``address``.
        html: whether a mail has the HTML of the message beside its text.

    Raises:
        InputError: an address that is none, or a name with a control character.
    """

    address: str = attrs.field(converter=mail_address)
    name: str = ""
    reply_to: str = attrs.field(default="", converter=_maybe_address)
    html: bool = True

    def __attrs_post_init__(self) -> None:
        if not one_line(self.name) or not writable(self.name):
            raise InputError("the name of a sender holds a control character or a lone surrogate")

    @property
    def domain(self) -> str:
        """What stands behind the ``@``."""
        return self.address.rpartition("@")[2]


@attrs.frozen
class Mail:
    """A mail as it is sent. ``utf8``: an address in it needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    to: str
    content: bytes = attrs.field(repr=False)
    utf8: bool


def compose(message: Message, sender: Sender, now: datetime) -> Mail:
    """The mail, all headers in it; the Message-ID is the same for the same key and sender (RFC 5322, section 3.6.4).

    With an invitation the text has the calendar object beside it as an alternative (RFC 6047, section 2.4), and the
    same as an attached file for programs that look there. Of a course the other meetings are attached files too.

    Raises:
        NotifierError: not retryable; the address is none, or the message cannot be written as a mail.
    """
    check_message(message)
    try:
        to = mail_address(message.to)
    except InputError:
        problem = "the address of the recipient is not an e-mail address"
    else:
        try:
            utf8 = not (to + sender.address + sender.reply_to).isascii()
            return Mail(sender.address, to, _composed(message, to, sender, now, utf8).as_bytes(), utf8)
        except (ValueError, MessageError):
            problem = "the message cannot be written as a mail"
    raise NotifierError(problem, retryable=False)


def _composed(message: Message, to: str, sender: Sender, now: datetime, utf8: bool) -> EmailMessage:
    mail = EmailMessage(_POLICY.clone(utf8=utf8))
    mail["From"] = _shown(sender.address, sender.name)
    mail["To"] = _shown(to)
    if sender.reply_to:
        mail["Reply-To"] = _shown(sender.reply_to)
    _put_subject(mail, message.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{wire_key(message.key)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html and sender.html:
        mail.add_alternative(message.html, subtype="html")
    invitation = message.invitation
    if invitation is not None:
        method = {"method": invitation.method}
        text = invitation.calendar.decode("utf-8")
        mail.add_alternative(text, subtype="calendar", params=method, cte="base64")
        for number, one in enumerate((invitation, *message.more_invitations), 1):
            name = "invite.ics" if number == 1 else f"invite-{number}.ics"
            method = {"method": one.method}
            mail.add_attachment(one.calendar, maintype="application", subtype="ics", params=method, filename=name)
    mail["Content-Language"] = message.lang
    return mail


def _put_subject(mail: EmailMessage, subject: str) -> None:
    """The subject, encoded in one piece (RFC 2047) unless it is short and plain.

    ``EmailMessage`` by itself reads an encoded word where the subject only looks like one, and loses blanks between
    the words of a long one. What is stored is ASCII without a line end but those of folding.
    """
    if subject.isascii() and len(subject) <= 60 and "=?" not in subject and subject == subject.strip():
        mail["Subject"] = subject
    else:
        mail.set_raw("Subject", Header(subject, "utf-8", header_name="Subject", maxlinelen=76).encode())


def _shown(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)
