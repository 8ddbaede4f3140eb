"""Notifiers that need no outside service: the terminal, and one that records for tests."""

from __future__ import annotations

from cantinekit.backends.notices._console import ConsoleNotifier, open_console
from cantinekit.backends.notices._recording import RecordingNotifier

__all__ = ["ConsoleNotifier", "RecordingNotifier", "open_console"]
