"""For pytest, opt-in: ``pytest_plugins = ["cantinekit.testing.plugin"]`` in a ``conftest.py``.

At the end of a run it says of every class that is proved by a contract how many promises were kept, broken and not
claimed, and why not: a store that understates itself passes with fewer promises, and one who reads "passed" does not
see it. And there are fixtures, each of which imports what it needs when a test asks for it. No distribution of
cantinekit registers this by an entry point; who does not ask for it does not get it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import pytest

if TYPE_CHECKING:
    from cantinekit.backends.notices import RecordingNotifier
    from cantinekit.testing import FakeStage, NotifierStage
    from cantinekit.testing.fakehelloasso import FakeHelloAsso
    from cantinekit.testing.fakestripe import FakeStripe

_PROPERTY = "cantinekit contract"


@attrs.define
class _Count:
    kept: int = 0
    broken: int = 0
    not_claimed: dict[str, int] = attrs.field(factory=lambda: defaultdict(int))


def contract_of(cls: type | None) -> str | None:
    """The name of the contract that a class of tests is proved by, as ``StorageContract``; ``None`` for others."""
    for base in cls.__mro__ if cls else ():
        if base.__module__.startswith("cantinekit.testing.") and base.__name__.endswith("Contract"):
            return base.__name__
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note on each promise which class it is a promise of; the note travels with the report, from a worker too.

    Args:
        items: the tests that pytest collected.
    """
    for item in items:
        cls = getattr(item, "cls", None)
        name = contract_of(cls)
        if name is not None and cls is not None:
            item.user_properties.append((_PROPERTY, f"{cls.__name__} ({name})"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what became of the promises, a line for each class.

    Args:
        terminalreporter: pytest's reporter, whose results are read and to which lines are written.
    """
    counts: dict[str, _Count] = defaultdict(_Count)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            whose = dict(getattr(report, "user_properties", ())).get(_PROPERTY)
            if whose is None:
                continue
            if outcome == "passed":
                counts[whose].kept += 1
            elif outcome == "skipped":
                counts[whose].not_claimed[_reason(report)] += 1
            else:
                counts[whose].broken += 1
    if counts:
        terminalreporter.section("contracts of cantinekit")
        for line in _lines(counts.items()):
            terminalreporter.write_line(line)


def _reason(report: Any) -> str:
    """Why a promise was skipped: the text of the skip, without pytest's word before it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _lines(counts: Iterable[tuple[str, _Count]]) -> Iterable[str]:
    for whose, count in sorted(counts):
        why = "".join(f"; {number}: {reason}" for reason, number in sorted(count.not_claimed.items()))
        not_claimed = sum(count.not_claimed.values())
        yield f"{whose}: {count.kept} kept, {count.broken} broken, {not_claimed} not claimed{why}"


# --- fixtures ---


class CheckNotifier(Protocol):
    """Checks a notifier, and fails the test with the promises that it breaks."""

    def __call__(self, open_stage: Callable[[], NotifierStage], *, only: Iterable[str] | None = None) -> None: ...


@pytest.fixture
def check_notifier() -> CheckNotifier:
    """Check a notifier against ``NotifierContract`` in one test."""
    from cantinekit.testing import run_notifier_contract

    def checked(open_stage: Callable[[], NotifierStage], *, only: Iterable[str] | None = None) -> None:
        broken = [one for one in run_notifier_contract(open_stage, only=only) if not one.ok]
        if broken:
            pytest.fail("\n".join(f"{one.promise}\n    {one.problem}" for one in broken), pytrace=False)

    return checked


@pytest.fixture
def recording_notifier() -> RecordingNotifier:
    """A notifier that keeps what it is given."""
    from cantinekit.backends.notices import RecordingNotifier

    return RecordingNotifier()


@pytest.fixture
def payment_stage() -> FakeStage:
    """A ``fake://`` gateway, with the hand that pays, declines and loses answers."""
    from cantinekit.testing import FakeStage

    return FakeStage()


@pytest.fixture
def fake_stripe() -> Iterator[FakeStripe]:
    """A fake Stripe that runs as long as the test."""
    from cantinekit.testing.fakestripe import FakeStripe

    with FakeStripe() as server:
        yield server


@pytest.fixture
def fake_helloasso() -> Iterator[FakeHelloAsso]:
    """A fake HelloAsso that runs as long as the test."""
    from cantinekit.testing.fakehelloasso import FakeHelloAsso

    with FakeHelloAsso() as server:
        yield server
