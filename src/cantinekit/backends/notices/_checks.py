"""What every notifier that reaches outside checks before it sends, and options that their URLs share.

No error here holds an address, a subject or a text: they are of people, and errors are logged.
"""

from __future__ import annotations

import hashlib
import math
import re
import ssl

from cantinekit.errors import InputError, NotifierError, UrlError
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl, Secret

MAX_TEXT_BYTES = 1_000_000
"""The longest text of a message, in bytes of UTF-8."""

MAX_SUBJECT = 1_000
"""The longest subject, in characters."""

MAX_ADDRESS = 320
"""The longest e-mail address, in characters: 64, the @, and 255."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_ENCODED = re.compile(r"=\?.*\?=")
_DEVIATING = re.compile("[\u00df\u03c2\u200c\u200d]")
TIMEOUT, DEADLINE = 20.0, 60.0
"""How many seconds a step, and all of it, may take where nothing else is said."""

LONGEST = 100.0
"""The most seconds: below the lease of a task (two minutes), so that nobody takes over what is still being sent."""

_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_SURROGATES = re.compile("[\\ud800-\\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def wire_key(key: str) -> str:
    """The key as headers can carry it: itself where it is short and plain, else its SHA-256. The same for the same."""
    if _KEY.fullmatch(key):
        return key
    return "k" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def mail_address(text: str) -> str:
    """One e-mail address, its domain in the form of DNS (RFC 5321, section 4.1.2; RFC 6531; RFC 5890).

    The part before the ``@`` is a dot-atom and may hold letters of any script. Quoted forms, comments, address
    literals and lists of addresses are refused, and domains with a letter that the two versions of IDNA map to
    different domains; and what looks like an encoded word before the ``@`` (RFC 2047, section 5: none stands in an
    address), since programs that write or read mails would take it for another address.

    Raises:
        InputError: it is none; the error does not repeat it.
    """
    local, at, domain = text.rpartition("@")
    problem = InputError("not an e-mail address")
    if (
        len(text) > MAX_ADDRESS
        or not at
        or not _LOCAL.fullmatch(local)
        or not local.isprintable()
        or _ENCODED.search(local)
        or _DEVIATING.search(domain)
    ):
        raise problem
    try:
        name = domain.encode("idna").decode("ascii").lower()
        short = len(local.encode("utf-8")) <= 64 and len(name) <= 253
    except UnicodeError:
        raise problem from None
    if not short or not _DOMAIN.fullmatch(name):
        raise problem
    return f"{local}@{name}"


def check_message(message: Message) -> None:
    """Refuse a message whose subject, language, text or HTML no protocol should carry.

    Raises:
        NotifierError: not retryable; a control character in the subject, a lone surrogate, or too long.
    """
    for text, what in ((message.subject, "subject"), (message.text, "text"), (message.html, "HTML")):
        if not writable(text):
            raise _refused(f"its {what} holds a lone surrogate")
        if len(text.encode("utf-8")) > MAX_TEXT_BYTES:
            raise _refused(f"its {what} is longer than {MAX_TEXT_BYTES} bytes")
    if len(message.subject) > MAX_SUBJECT:
        raise _refused(f"its subject is longer than {MAX_SUBJECT} characters")
    if not one_line(message.subject):
        raise _refused("its subject holds a control character")
    if "\0" in message.text + message.html:
        raise _refused("its text holds a NUL character")
    if not _LANG.fullmatch(message.lang):
        raise _refused("its language is no tag such as fr or en-GB")


def one_line(text: str) -> bool:
    """Whether a text can stand in a header: no control character, and nothing that ends a line."""
    return not _CONTROLS.search(text)


def writable(*texts: str) -> bool:
    """Whether the texts have a form in UTF-8."""
    return not any(_SURROGATES.search(text) for text in texts)


def _refused(why: str) -> NotifierError:
    return NotifierError(f"the message cannot be sent: {why}", retryable=False)


def one_host(url: BackendUrl) -> str:
    """The host of a URL that needs exactly one.

    Raises:
        UrlError: none, or several.
    """
    if not url.host or len(url.hosts) > 1:
        raise UrlError(f"{url.scheme}:// needs one host, for example {url.scheme}://mail.example.org")
    return url.host


def seconds(url: BackendUrl, name: str, default: float) -> float:
    """An option that is a number of seconds, more than 0 and at most ``LONGEST``.

    Raises:
        UrlError: another value.
    """
    text = url.option(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= LONGEST:
        raise UrlError(f"{name} of {url.scheme}:// is a number of seconds, above 0 and at most {LONGEST:g}")
    return value


def yes(url: BackendUrl, name: str, default: str) -> bool:
    """An option that is ``yes`` or ``no``.

    Raises:
        UrlError: another value.
    """
    value = url.option(name, default)
    if value not in ("yes", "no"):
        raise UrlError(f"{name} of {url.scheme}:// is yes or no")
    return value == "yes"


def certificates(url: BackendUrl) -> ssl.SSLContext:
    """What certificates are accepted: those of the option ``cafile``, or of the system.

    Raises:
        UrlError: the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=url.option("cafile"))
    except (OSError, ValueError):
        raise UrlError(f"cafile of {url.scheme}:// cannot be read as certificates") from None


def revealed(secret: Secret) -> str:
    """A secret, when it is needed.

    Raises:
        NotifierError: retryable; the environment variable or the file is not there any more.
    """
    try:
        return secret.reveal()
    except UrlError as error:
        problem = NotifierError(f"a secret cannot be read: {error}")
    raise problem
