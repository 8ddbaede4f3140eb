"""A plug-in of pytest for who tests a notifier: ``pytest_plugins = ["cantinekit.testing.notifier_plugin"]``.

It is loaded by that line alone: the distribution has no entry point for pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import pytest

from cantinekit.backends.notices import RecordingNotifier
from cantinekit.testing._notifier_contract import run_notifier_contract
from cantinekit.testing._notifier_stage import NotifierStage


class CheckNotifier(Protocol):
    """Checks a notifier, and fails the test with the promises that it breaks."""

    def __call__(self, open_stage: Callable[[], NotifierStage], *, only: Iterable[str] | None = None) -> None: ...


@pytest.fixture
def check_notifier() -> CheckNotifier:
    """Check a notifier against ``NotifierContract`` in one test."""

    def checked(open_stage: Callable[[], NotifierStage], *, only: Iterable[str] | None = None) -> None:
        broken = [one for one in run_notifier_contract(open_stage, only=only) if not one.ok]
        if broken:
            pytest.fail("\n".join(f"{one.promise}\n    {one.problem}" for one in broken), pytrace=False)

    return checked


@pytest.fixture
def recording_notifier() -> RecordingNotifier:
    """A notifier that keeps what it is given."""
    return RecordingNotifier()
