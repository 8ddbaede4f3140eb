"""What a type checker sees of the public names: checked by mypy, never run.

Each ``type: ignore`` is a mistake that has to be found: mypy complains about one that ignores nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import assert_type

import cantinekit
from cantinekit import Cantine, ManualClock, Money, Outcome, Period, Registry, SystemClock, WallTime, hookimpl
from cantinekit.backends.notices import ConsoleNotifier, RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.clock import Clock
from cantinekit.errors import BackendError, ConflictError, GatewayError, PriceChangedError
from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, StorageBackend
from cantinekit.plugins.ports import (
    Change,
    ChargeRequest,
    ChargeResult,
    GatewayCapabilities,
    Guard,
    JournalEntry,
    Key,
    Message,
    Notifier,
    Observation,
    Page,
    PaymentGateway,
    RefundRequest,
    Row,
    Storage,
    StorageCapabilities,
)
from cantinekit.records import Booking
from cantinekit.urls import BackendUrl, Secret

NOW = datetime(2026, 11, 24, tzinfo=UTC)

# --- the lazy names have their types ---

assert_type(cantinekit.__version__, str)
assert_type(Money(700, "EUR") + Money(1, "EUR"), Money)
assert_type(Money(700, "EUR").allocate([1, 2]), list[Money])
assert_type(Money(700, "EUR").times(Fraction(1, 3), "half_up"), Money)
assert_type(Period(NOW, NOW + timedelta(hours=1)).length, timedelta)
assert_type(WallTime(date(2026, 11, 24), time(9), "Europe/Paris").instant, datetime)
cantinekit.Canteen  # type: ignore[attr-defined]  # noqa: B018

# --- money mixes with nothing ---

Money(7.0, "EUR")  # type: ignore[arg-type]
Money(700, "EUR") + 5  # type: ignore[operator]
Money(700, "EUR") * 1.5  # type: ignore[operator]
Money(700, "EUR").times(0.2, "half_up")  # type: ignore[arg-type]
Money(700, "EUR").times(Fraction(1, 5), "nearest")  # type: ignore[arg-type]
Money(700, "EUR").amount = 5  # type: ignore[misc]

# --- clocks ---

clock: Clock = SystemClock()
clock = ManualClock(NOW)
Period(start=NOW, end="later")  # type: ignore[arg-type]


# --- an outside store, gateway and notifier fit the ports without inheriting anything ---


class MyStorage:
    capabilities = StorageCapabilities(durable=False)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [None for _ in keys]

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        return Page(())

    def apply(self, change: Change) -> None: ...

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> list[JournalEntry]:
        return []

    def close(self) -> None: ...


class MyGateway:
    @property
    def capabilities(self) -> GatewayCapabilities:
        return GatewayCapabilities()

    def charge(self, request: ChargeRequest) -> ChargeResult:
        return ChargeResult("settled", reference=request.key)

    def refund(self, request: RefundRequest) -> ChargeResult:
        return ChargeResult("lost")  # type: ignore[arg-type]

    def lookup(self, key: str) -> Observation | None:
        return None

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Observation]:
        return []


class MyNotifier:
    def send(self, message: Message) -> None:
        assert_type(message.to, str)


class NoNotifier:
    def send(self, message: str) -> None: ...


storage: Storage = MyStorage()
gateway: PaymentGateway = MyGateway()
notifier: Notifier = MyNotifier()
storage = MyNotifier()  # type: ignore[assignment]
gateway = MyStorage()  # type: ignore[assignment]
notifier = NoNotifier()  # type: ignore[assignment]
gateway = ManualGateway()
gateway = FakeGateway(["declined", "settled"])
notifier = ConsoleNotifier()
notifier = RecordingNotifier(["outage", "ok"])
FakeGateway(["refusal"])  # type: ignore[list-item]
RecordingNotifier(["late"])  # type: ignore[list-item]

Change(rows=(Row("visit", "v", 1, "{}"),), guards=(Guard(Key("place", "p"), 3),))
Change(guards=(Key("place", "p"),))  # type: ignore[arg-type]
Row("visit", "v", "1", "{}")  # type: ignore[arg-type]

# --- plug-ins ---


def open_mine(url: BackendUrl) -> MyStorage:
    assert_type(url.password, Secret | None)
    assert_type(url.option("size", "10"), str | None)
    return MyStorage()


StorageBackend("mine", open=open_mine)
PaymentBackend("mine", open=open_mine)  # type: ignore[arg-type]
NotificationBackend("mine", open=lambda url: MyNotifier(), summary="mine")


@hookimpl
def cantinekit_storage_backends() -> Iterable[StorageBackend]:
    return [StorageBackend("mine", open=open_mine)]


assert_type(cantinekit_storage_backends(), Iterable[StorageBackend])

registry = Registry.load(plugins=[MyStorage()], allow=["one"], strict=True)
assert_type(registry, Registry)
assert_type(registry.storage("memory://"), Storage)
assert_type(registry.gateway("manual://"), PaymentGateway)
assert_type(registry.notifier("console://"), Notifier)
assert_type([row.scheme for row in registry.backends], list[str])
assert_type([failure.error for failure in registry.failures], list[str])
registry.storage(b"memory://")  # type: ignore[arg-type]
registry.failures = ()  # type: ignore[misc]

# --- the shell ---

cantine = Cantine.open("memory://", payments={"desk": "manual://", "card": gateway}, notify=["console://", notifier])
assert_type(cantine, Cantine)
Cantine.open(MyStorage(), payments="manual://")
Cantine.open("memory://", notify=[MyGateway()])  # type: ignore[list-item]


def answered(outcome: Outcome[Booking]) -> None:
    assert_type(outcome.value, Booking)
    assert_type(outcome.replayed, bool)
    assert_type(outcome.events, tuple[JournalEntry, ...])


# --- errors carry typed data ---


def refused(error: ConflictError, changed: PriceChangedError, failed: BackendError) -> None:
    assert_type(error.clashes, tuple[Period, ...])
    assert_type(changed.new, Money)
    assert_type(failed.retryable, bool)


GatewayError("no answer", retryable="yes")  # type: ignore[arg-type]
