"""``console://``: messages are printed."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

from cantinekit.errors import NotifierError, UrlError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl

_BLANKS = "\u00a0\u202f"
"""Blanks of French texts that move no cursor."""


class ConsoleNotifier:
    """Prints messages to a stream; without one, to what ``sys.stdout`` is at that moment.

    Control characters are shown as escapes, so that a name cannot move the cursor and a subject cannot fake a message.

    Args:
        stream: where messages are printed; ``None``: what ``sys.stdout`` is at the moment of printing.
        stderr: whether ``sys.stderr`` is used instead, where there is no ``stream``.
    """

    def __init__(self, stream: TextIO | None = None, *, stderr: bool = False) -> None:
        self._stream = stream
        self._stderr = stderr
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Print it whole. Raises ``NotifierError`` when the stream is closed or broken."""
        head = f"To: {_shown(message.to)}\nSubject: {_shown(message.subject)}\n\n"
        body = "".join(f"  {_shown(line)}\n" for line in message.text.splitlines())
        stream = self._stream or (sys.stderr if self._stderr else sys.stdout)
        with self._lock:
            try:
                stream.write(_printable(f"{head}{body}\n", stream))
                stream.flush()
            except (OSError, ValueError) as error:
                raise NotifierError(f"the terminal cannot be written to: {error}") from error


def open_console(url: BackendUrl) -> ConsoleNotifier:
    """Open ``console://`` or ``console://?stream=stderr``.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option or stream, or a host or a path.
    """
    url.check_options(["stream"])
    if url.host or url.path or url.user:
        raise UrlError("console:// takes options only, for example console://?stream=stderr")
    stream = url.option("stream", "stdout")
    if stream not in ("stdout", "stderr"):
        raise UrlError(f"stream of console:// is stdout or stderr, not {shown(stream)}")
    return ConsoleNotifier(stderr=stream == "stderr")


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() or c in _BLANKS else c.encode("unicode_escape").decode() for c in text)


def _printable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
