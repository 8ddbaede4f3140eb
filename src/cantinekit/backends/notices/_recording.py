"""A notifier for tests: it keeps what it was given, and fails by script."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal

from cantinekit.errors import NotifierError
from cantinekit.plugins.ports import Message

Step = Literal["ok", "outage", "lost", "refused"]


class RecordingNotifier:
    """Keeps messages in memory.

    Args:
        script: one step for each call, after the last of them ``ok``. ``outage`` raises and keeps nothing, ``lost``
            keeps the message and then raises, both retryable; ``refused`` raises and is not retryable.
    """

    def __init__(self, script: Sequence[Step] = ()) -> None:
        self._script = list(script)
        self._received: list[Message] = []
        self._calls = 0
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Keep it, or fail as the script says (``NotifierError``)."""
        with self._lock:
            step = self._script[self._calls] if self._calls < len(self._script) else "ok"
            self._calls += 1
            if step in ("ok", "lost"):
                self._received.append(message)
        if step == "refused":
            raise NotifierError("the address was refused", retryable=False)
        if step != "ok":
            raise NotifierError("the notifier does not answer" if step == "outage" else "the answer was lost")

    @property
    def calls(self) -> int:
        """How often ``send`` was called, failures included."""
        return self._calls

    @property
    def received(self) -> tuple[Message, ...]:
        """All that arrived, repeats included."""
        with self._lock:
            return tuple(self._received)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What a person has seen: of each key the first."""
        seen: dict[str, Message] = {}
        for message in self.received:
            seen.setdefault(message.key, message)
        return tuple(seen.values())
