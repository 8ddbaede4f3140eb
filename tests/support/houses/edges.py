"""What the tests of edges share: a price list with caps on stays, a card by script, a store that lets others in.

``capped`` opens a house whose stays are capped; ``neighbour`` another process on the same store, with a clock of its
own; ``accounts`` and ``meters`` show what stands on the ledger and under the caps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import (
    Change,
    ChargeRequest,
    ChargeResult,
    GatewayCapabilities,
    Key,
    Notifier,
    Observation,
    RefundRequest,
    Row,
    Storage,
)
from cantinekit.runtime.engine import Effects
from support.houses.small_house import House, open_house, records
from support.stores.around import Around

CAPPED = """
[tariff]
id = "capped"
name = "Stays under a cap"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
adjust = [{ id = "cap", at_most = 20.00, same = ["person", "day"] }]
[product.cheap-day]
rate = { price = 5.00 }
[product.card]
rate = { price = 12.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
sells = "grant"
grant = { account = "card", units = 3, unit = "entry" }
valid = { lasts = "30 days", first_day = "counts" }
"""


def capped(**options: Any) -> House:
    """A house with a half-day under a cap, a day that costs less than it, and a pass that entries of a carnet buy."""
    house = open_house(**options)
    house.do(c.PublishTariff(CAPPED))
    house.do(
        c.AddProduct(
            name="capped half",
            entity_id="asso",
            pricelist_id="capped",
            tariff_product="half-day",
            sells="visit",
            id="capped-half",
        )
    )
    house.do(
        c.AddProduct(
            name="cheap day",
            entity_id="asso",
            pricelist_id="capped",
            tariff_product="cheap-day",
            sells="visit",
            id="cheap-day",
        )
    )
    house.do(
        c.AddProduct(
            name="card",
            entity_id="asso",
            pricelist_id="capped",
            tariff_product="card",
            sells="pass",
            id="card",
        )
    )
    return house


# --- other processes -------------------------------------------------------------------------------------------------


def neighbour(
    house: House, clock: datetime | ManualClock, *, notify: Sequence[Notifier] | None = None, effects: Effects = "all"
) -> House:
    """Another process on the same store, with the same gateways, and a clock of its own that stands at an instant."""
    clock, mail = ManualClock(clock) if isinstance(clock, datetime) else clock, RecordingNotifier()
    cantine = Cantine(
        house.storage,
        gateways=house.cantine._gateways,
        notifiers=(mail,) if notify is None else notify,
        clock=clock,
        ids=house.cantine._ids,
        effects=effects,
    )
    return attrs.evolve(house, cantine=cantine, clock=clock, mail=mail)


class Killed(BaseException):
    """The process dies here."""


class HouseClock:
    """The clock of a house that is opened later, for its provider and its gateway."""

    house: House

    def now(self) -> datetime:
        return self.house.clock.now()


def die() -> NoReturn:
    raise Killed


class Between(Around):
    """Lets others in: before the next change that ``when`` picks, or right after the next load of a kind, once."""

    def __init__(self, inner: Storage | None = None) -> None:
        super().__init__(inner or MemoryStorage())
        self._before: list[tuple[Callable[[Change], bool], Callable[[], Any]]] = []
        self._after: list[tuple[str, Callable[[], Any]]] = []

    @property
    def _rows(self) -> Mapping[Key, Row]:
        inner: Any = self.inner
        while isinstance(inner, Around):
            inner = inner.inner
        return inner._rows  # type: ignore[no-any-return]

    def before_change(self, do: Callable[[], Any], when: Callable[[Change], bool] = lambda change: True) -> None:
        self._before.append((when, do))

    def after_load(self, kind: str, do: Callable[[], Any]) -> None:
        self._after.append((kind, do))

    @property
    def idle(self) -> bool:
        """Whether all that was to come in between has come."""
        return not self._before and not self._after

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        found = super().load(keys)
        if self._after and any(key.kind == self._after[0][0] for key in keys):
            self._after.pop(0)[1]()
        return found

    def apply(self, change: Change) -> None:
        if self._before and self._before[0][0](change):
            self._before.pop(0)[1]()
        super().apply(change)


# --- money -----------------------------------------------------------------------------------------------------------


class Card:
    """A card gateway whose answers are lists; an exception in them is raised, the last answer repeats."""

    def __init__(
        self,
        *charges: ChargeResult | Exception | str,
        refunds: Sequence[ChargeResult | Exception | str] = ("settled",),
        capabilities: GatewayCapabilities | None = None,
    ) -> None:
        self._charges = list(charges) or ["pending"]
        self._refunds = list(refunds)
        self.capabilities = capabilities or GatewayCapabilities()
        self.known: dict[str, Observation] = {}
        self.asked: list[ChargeRequest | RefundRequest] = []
        self.webhook: tuple[Observation, ...] = ()

    @staticmethod
    def _next(answers: list[Any]) -> ChargeResult:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return ChargeResult(answer, "ref") if isinstance(answer, str) else answer

    def charge(self, request: ChargeRequest) -> ChargeResult:
        self.asked.append(request)
        return self._next(self._charges)

    def refund(self, request: RefundRequest) -> ChargeResult:
        self.asked.append(request)
        return self._next(self._refunds)

    def lookup(self, key: str) -> Observation | None:
        return self.known.get(key)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        return self.webhook


def hook(house: House, key: str, captured: int, amount: int, *, refunded: int = 0, event: str = "") -> tuple[str, ...]:
    """A webhook of the card that says so much was captured of an attempt."""
    seen = Observation(key, "ref", event, "EUR", amount, captured, refunded, house.clock.now())
    house.card.webhook = (seen,)  # type: ignore[method-assign, assignment]
    return house.cantine.receive("card", b"", {})


def gone() -> GatewayError:
    return GatewayError("the gateway does not answer")


def accounts(house: House) -> dict[str, int]:
    """What stands on the accounts of the ledger, in cents; those at zero are left out."""
    sums: dict[str, int] = {}
    for entry in house.all(m.LedgerEntry):
        for line in entry.lines:
            sums[line.account] = sums.get(line.account, 0) + line.amount
    return {name: amount for name, amount in sums.items() if amount}


def meters(house: House) -> list[int]:
    """What stands under the caps, in cents; those at zero are left out."""
    return [one.used for key, one in records(house.storage).items() if key.kind == m.Meter.kind and one.used]


def charge_of(house: House, subject: Any) -> m.Charge:
    """The one charge that was raised for something."""
    (found,) = (charge for charge in house.all(m.Charge) if charge.subject.id == subject.id)
    return found
