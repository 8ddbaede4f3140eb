"""Backend URLs and secrets.

``sqlite:///cantine.db``, ``postgresql://user@host/db``, ``fake://?outcome=declined``: the scheme chooses the backend,
the rest is its own. Secrets are written as references (``env:NAME``, ``file:PATH``) and never shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import attrs

from cantinekit.errors import UrlError
from cantinekit.errors.shown import MAX_SHOWN, cut, shown

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
MASK = "***"


class Secret:
    """A reference to a secret, which nobody sees who does not ask for it: its text is read only by ``reveal``.

    ``str`` and ``repr`` show the mask, and so do a traceback with its local values and ``attrs.asdict`` of what holds
    it. It cannot be pickled: what is pickled is written to disks and sent to other processes. Send the URL's text, or
    a reference such as ``env:NAME``, and make the secret there.

    Args:
        text: ``env:NAME``, ``file:PATH``, or the secret itself.
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """The secret itself: ``env:NAME`` from the environment, ``file:PATH`` from a file, anything else as written.

        Raises:
            UrlError: the variable is not set, the file cannot be read, or what they hold is empty; the message names
                the reference only.
        """
        kind, _, rest = self._text.partition(":")
        if kind == "env":
            value, source = os.environ.get(rest), f"the environment variable {rest}"
            if value is None:
                raise UrlError(f"{source} is not set")
        elif kind == "file":
            source = f"the secret file {rest}"
            try:
                value = Path(rest).read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                raise UrlError(f"{source} cannot be read") from None
        else:
            return self._text
        if not value:
            raise UrlError(f"{source} is empty")
        return value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a secret does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a secret does not change")

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled; send the reference to it (env:NAME, file:PATH) and make it anew")


_NO_TEXT = Secret("")


def _hidden(options: Iterable[tuple[str, str | Secret]]) -> tuple[tuple[str, Secret], ...]:
    return tuple((name, value if isinstance(value, Secret) else Secret(value)) for name, value in options)


@attrs.frozen(repr=False)
class BackendUrl:
    """A backend URL, taken apart into unquoted parts.

    ``str``, ``attrs.asdict`` and the local values of a traceback mask the password and the values of the options, and a
    URL cannot be pickled: any option may be a secret, and only the backend knows which one is.

    Attributes:
        scheme: the name in lower case by which the backend is found, such as "sqlite".
        path: what follows the host, with its first slash. It is shown in errors: no place for a token.
        host: the host; where there are several, all with commas.
        port: the port of a single host; ``None`` if it is not given, or with several hosts.
        user: the login name, or empty.
        password: the password or a reference to it, ``None`` if there is none.
        options: the (name, value) pairs after the question mark, in order; values are kept as secrets.
        raw: the whole text as it was given.
        hosts: each host with its port (``None``: not given).
    """

    scheme: str
    path: str = ""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: Secret | None = None
    _options: tuple[tuple[str, Secret], ...] = attrs.field(default=(), converter=_hidden)
    raw: Secret = _NO_TEXT
    hosts: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str) -> BackendUrl:
        """Take a URL apart. Parts may be percent-encoded UTF-8; a ``+`` is a plus everywhere.

        Args:
            text: the URL.

        Raises:
            UrlError: it has no scheme or a fragment, its port is no number, an option has no value, or a part holds a
                control character.
        """
        found = _parsed(text)
        del text  # the frame of what is raised here would show it
        if isinstance(found, str):
            raise UrlError(found)
        return found

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """Names and values, in their order."""
        return tuple((name, value._text) for name, value in self._options)

    def option(self, name: str, default: str | None = None) -> str | None:
        """The value of an option, in the clear; the last one if it is repeated.

        Args:
            name: the name of the option.
            default: the value if it is not given.
        """
        return dict(self.options).get(name, default)

    def secrets(self, name: str) -> tuple[Secret, ...]:
        """The values of an option that is a secret and may be repeated, in their order; each may be a reference.

        Args:
            name: the name of the option.
        """
        return tuple(value for known, value in self._options if known == name)

    def check_options(self, known: Iterable[str]) -> None:
        """Refuse an option that the backend does not know.

        Args:
            known: the names of the options that the backend has.

        Raises:
            UrlError: names the unknown option and lists the known ones.
        """
        allowed = sorted(known)
        for name, _ in self._options:
            if name not in allowed:
                listed = ", ".join(allowed) or "none"
                raise UrlError(f"{cut(self.scheme, MAX_SHOWN)}:// has no option {shown(name)}; known options: {listed}")

    def __str__(self) -> str:
        login = self.user + (f":{MASK}" if self.password else "")
        hosts = self.hosts or ((self.host, self.port),)
        where = (login + "@" if login else "") + ",".join(_shown(host, port) for host, port in hosts)
        query = "?" + "&".join(f"{name}={MASK}" for name, _ in self._options) if self._options else ""
        return f"{self.scheme}://{where}{self.path}{query}"

    __repr__ = __str__


def _parsed(text: object) -> BackendUrl | str:
    """What a text says, or why it cannot be read. It raises nothing: a frame would show the secrets of the text."""
    if not isinstance(text, str) or not _clean(text):
        return "a backend URL is a text without control characters"
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return "not a backend URL: it must begin with a scheme in lower case, such as sqlite://"
    shown_scheme = cut(scheme, MAX_SHOWN)
    if "#" in rest:
        return f"the {shown_scheme}:// URL holds a #; write it as %23"
    try:
        login, place, tail = _taken_apart(rest)
        hosts = tuple(_host(part) for part in place.split(","))
        parts = urlsplit(f"//{login}{tail}")
        path, user, password = (_unquoted(part or "") for part in (parts.path, parts.username, parts.password))
        options = tuple(_option(pair) for pair in parts.query.split("&")) if parts.query else ()
    except ValueError:
        return f"the {shown_scheme}:// URL cannot be read: check its port and its options"
    return BackendUrl(
        scheme=scheme,
        path=path,
        host=",".join(host for host, _ in hosts),
        port=hosts[0][1] if len(hosts) == 1 else None,
        user=user,
        password=Secret(password) if parts.password is not None else None,
        options=options,
        raw=Secret(text),
        hosts=hosts,
    )


def _taken_apart(rest: str) -> tuple[str, str, str]:
    """The part before the hosts (up to the last ``@``), the hosts, and the rest."""
    end = next((at for at, c in enumerate(rest) if c in "/?"), len(rest))
    login, at, place = rest[:end].rpartition("@")
    return login + at, place, rest[end:]


def _host(text: str) -> tuple[str, int | None]:
    """One host and its port. Raises ``ValueError`` for a port that is no number."""
    parts = urlsplit("//" + text)
    return _unquoted(parts.hostname or ""), parts.port


def _shown(host: str, port: int | None) -> str:
    return (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")


def _clean(text: str) -> bool:
    return not any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in text)


def _unquoted(text: str) -> str:
    """The text without percent-encoding. Raises ``ValueError`` for what is no UTF-8 and for control characters."""
    plain = unquote(text, errors="strict")
    if not _clean(plain):
        raise ValueError
    return plain


def _option(pair: str) -> tuple[str, str]:
    name, separator, value = pair.partition("=")
    if not separator or not name:
        raise ValueError
    return _unquoted(name), _unquoted(value)
