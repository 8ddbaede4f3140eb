"""Backend URLs and secrets.

``sqlite:///cantine.db``, ``postgresql://user@host/db``, ``fake://?outcome=declined``: the scheme chooses the backend,
the rest is its own. Secrets are written as references (``env:NAME``, ``file:PATH``) and never shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs

from cantinekit.errors import UrlError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
MASK = "***"


@attrs.frozen(repr=False)
class Secret:
    """A reference to a secret. Its text is read only by ``reveal``; str and repr show the mask."""

    _text: str

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


@attrs.frozen(repr=False)
class BackendUrl:
    """A backend URL, taken apart. Its parts are unquoted; ``str`` masks the password and the values of the options.

    The path is shown, so that an error can say which file or database is meant: no place for a token. Where there are
    several hosts (``h1:5432,h2:5433``) ``host`` has their names with commas, ``port`` is ``None``, and ``hosts`` has
    each with its port.
    """

    scheme: str
    path: str = ""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: Secret | None = None
    options: tuple[tuple[str, str], ...] = ()
    raw: Secret = Secret("")
    hosts: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str) -> BackendUrl:
        """Take a URL apart. Parts may be percent-encoded UTF-8; a ``+`` is a plus everywhere.

        Raises:
            UrlError: it has no scheme or a fragment, its port is no number, an option has no value, or a part holds a
                control character.
        """
        if not isinstance(text, str) or not _clean(text):
            raise UrlError("a backend URL is a text without control characters")
        scheme, separator, rest = text.partition("://")
        if not separator or not _SCHEME.fullmatch(scheme):
            raise UrlError("not a backend URL: it must begin with a scheme in lower case, such as sqlite://")
        if "#" in rest:
            raise UrlError(f"the {scheme}:// URL holds a #; write it as %23")
        try:
            login, place, tail = _taken_apart(rest)
            hosts = tuple(_host(part) for part in place.split(","))
            parts = urlsplit(f"//{login}{tail}")
            path, user, password = (_unquoted(part or "") for part in (parts.path, parts.username, parts.password))
            options = tuple(_option(pair) for pair in parts.query.split("&")) if parts.query else ()
        except ValueError:
            raise UrlError(f"the {scheme}:// URL cannot be read: check its port and its options") from None
        return cls(
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

    def option(self, name: str, default: str | None = None) -> str | None:
        """The value of an option, the last one when it is repeated."""
        return dict(self.options).get(name, default)

    def check_options(self, known: Iterable[str]) -> None:
        """Refuse an option that the backend does not know.

        Raises:
            UrlError: names the unknown option and lists the known ones.
        """
        allowed = sorted(known)
        for name, _ in self.options:
            if name not in allowed:
                listed = ", ".join(allowed) or "none"
                raise UrlError(f"{self.scheme}:// has no option {name!r}; known options: {listed}")

    def __str__(self) -> str:
        login = self.user + (f":{MASK}" if self.password else "")
        hosts = self.hosts or ((self.host, self.port),)
        where = (login + "@" if login else "") + ",".join(_shown(host, port) for host, port in hosts)
        query = "?" + "&".join(f"{name}={MASK}" for name, _ in self.options) if self.options else ""
        return f"{self.scheme}://{where}{self.path}{query}"

    __repr__ = __str__


def _taken_apart(rest: str) -> tuple[str, str, str]:
    """What stands before the hosts (up to the last ``@``), the hosts, and what comes after them."""
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
