"""Laws of mails: whatever a message holds, it is refused, or is one mail to one person with the headers that belong."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.policy import SMTPUTF8

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from cantinekit.backends.notices import Sender
from cantinekit.backends.notices._checks import mail_address
from cantinekit.backends.notices._mail import Mail, compose
from cantinekit.errors import InputError, NotifierError
from cantinekit.plugins.ports import Message

NOW = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
SENDER = Sender("bonjour@cantine.example.org", "La Cantine")
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
    *("Content-Language", "Content-Type", "Content-Transfer-Encoding"),
}
PIECES = st.sampled_from(
    [
        "\r\n",
        "\n",
        "\r",
        "Bcc: eve@example.org",
        ":",
        ",",
        "<",
        ">",
        '"',
        "@",
        "=?utf-8?q?x?=",
        " ",
        "é",
        "\0",
        "\u2028",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)
ADDRESSES = (
    HOSTILE | st.just("zoe@example.org") | HOSTILE.map("zoe@example.org{}".format) | HOSTILE.map("{}@x.org".format)
)


LETTERS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)
PLAIN = st.lists(PIECES.filter(str.isprintable) | LETTERS, max_size=8).map("".join)
GOOD = st.sampled_from(["zoe@example.org", "zoé@exämple.org", "x+y'z@a-b.example"])


@example("k", "=?utf-8?q?x?=@x.org", "s", "t", "fr")
@example("k", "a.=?utf-8?b?eA==?=@x.org", "s", "t", "fr")
@given(
    key=HOSTILE,
    to=st.one_of(GOOD, GOOD, ADDRESSES),
    subject=st.one_of(PLAIN, PLAIN, HOSTILE),
    text=HOSTILE,
    lang=st.one_of(st.just("fr"), st.just("en-GB"), st.just("fr"), HOSTILE),
)
def test_nothing_is_smuggled_into_a_mail(key, to, subject, text, lang):
    """A message is refused for good, or is one mail: these headers, one recipient, this subject, this text."""
    mail, error = made(Message(key, to, subject, text, lang))
    if error is not None:
        event("refused")
        assert not error.retryable
        return
    event("composed")
    read = email.message_from_string(mail.content.decode(), policy=SMTPUTF8)
    assert sorted(read.keys()) == sorted(HEADERS)
    assert read.defects == []
    (address,) = read["To"].addresses
    assert address.addr_spec == mail.to == mail_address(to)
    assert str(read["Subject"]) == subject
    assert not read.is_multipart()
    assert lines(read.get_content()) == lines(text)


@pytest.mark.parametrize("word", ["=?utf-8?q?x?=", "=?utf-8?b?eA==?=", "z.=?utf-8?q?zo=C3=A9?=", "=?x?="])
def test_an_encoded_word_is_no_address(word):
    """In a header it would become another address: it is refused, for the recipient and for the sender."""
    mail, error = made(Message("k", f"{word}@x.org", "s", "t", "fr"))
    assert (mail, error is not None and error.retryable) == (None, False)
    with pytest.raises(InputError):
        Sender(f"{word}@x.org")
    for near in ("=?x", "x?=", "x=?y", "?=x=?"):
        assert mail_address(f"{near}@x.org") == f"{near}@x.org"


def lines(text: str) -> list[str]:
    """The lines of a text, whatever ends them; an end of the last line does not count."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def made(message: Message) -> tuple[Mail | None, NotifierError | None]:
    try:
        return compose(message, SENDER, NOW), None
    except NotifierError as error:
        return None, error


@given(st.one_of(GOOD, ADDRESSES))
def test_an_address_is_one_address(text):
    """What is taken as an address has one @, no blank and no mark of a list, and stays what it is."""
    try:
        address = mail_address(text)
    except InputError:
        event("refused")
        return
    event("taken")
    assert address.count("@") == 1
    assert not set(address) & set(' \r\n\t,;:<>()[]"\\\0')
    assert mail_address(address) == address
