"""Backend URLs and secrets.

``sqlite:///cantine.db``, ``postgresql://user@host/db``, ``fake://?outcome=declined``: the scheme chooses the backend, the
rest is its own. Secrets are written as references (``env:NAME``, ``file:PATH``) and never shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

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
            UrlError: the variable is not set or the file cannot be read; the message names the reference only.
        """
        kind, _, rest = self._text.partition(":")
        if kind == "env":
            value = os.environ.get(rest)
            if value is None:
                raise UrlError(f"the environment variable {rest} is not set")
            return value
        if kind == "file":
            try:
                return Path(rest).read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                raise UrlError(f"the secret file {rest} cannot be read") from None
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__


@attrs.frozen(repr=False)
class BackendUrl:
    """A backend URL, taken apart. ``path`` and the options are unquoted; ``str`` masks what may be secret."""

    scheme: str
    path: str = ""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: Secret | None = None
    options: tuple[tuple[str, str], ...] = ()
    raw: Secret = Secret("")

    @classmethod
    def parse(cls, text: str) -> BackendUrl:
        """Take a URL apart.

        Raises:
            UrlError: it has no scheme, its port is no number, or it holds a control character.
        """
        if not isinstance(text, str) or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in text):
            raise UrlError("a backend URL is a text without control characters")
        scheme, separator, rest = text.partition("://")
        if not separator or not _SCHEME.fullmatch(scheme):
            raise UrlError(f"not a backend URL: it must begin with a scheme such as sqlite:// (got {scheme[:20]!r})")
        try:
            parts = urlsplit("//" + rest)
            port = parts.port
            options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise UrlError(f"the {scheme}:// URL cannot be read: check its port and its options") from None
        return cls(
            scheme=scheme,
            path=unquote(parts.path),
            host=parts.hostname or "",
            port=port,
            user=unquote(parts.username or ""),
            password=Secret(unquote(parts.password)) if parts.password is not None else None,
            options=tuple(options),
            raw=Secret(text),
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
        where = (login + "@" if login else "") + self.host + (f":{self.port}" if self.port else "")
        query = "?" + "&".join(f"{name}={MASK}" for name, _ in self.options) if self.options else ""
        return f"{self.scheme}://{where}{self.path}{query}"

    __repr__ = __str__
