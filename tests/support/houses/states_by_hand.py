"""States made by hand, for tests of single decisions: no store, no engine, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.draft import Draft
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.state import State
from cantinekit.money import Money
from cantinekit.plugins.ports import GatewayCapabilities, Key
from support.houses.small_house import START, CountingIds

ENTITY = m.LegalEntity("asso", "Asso", ("desk", "card"))
PLACE = m.Place("paris", "Paris", "asso", "Europe/Paris", "EUR")
ROOM = m.Space("b", "paris", "asso", "Salle B", "room", leaves=("b",))
DESKS = m.Space("open", "paris", "asso", "Open space", "desks", leaves=("open",))
WHOLE_ROOM = m.Space("a", "paris", "asso", "Grande salle", "room", parts=("a1", "a2"), leaves=("a1", "a2"))
BOUGHT = m.Subject("booking", "bkg")
ACCOUNTS = {"desk": GatewayCapabilities(immediate=True), "card": GatewayCapabilities()}
"""A till, where money is in hand at once, and a card, where it comes later."""


def key(record: m.Record) -> Key:
    """The key of a record."""
    return Key(record.kind, record.id)


def state(*records: m.Record, absent: Iterable[tuple[type[Any], str]] = (), complete: bool = False) -> State:
    """A state of these records; ``absent`` were looked for and are not there."""
    found: dict[Key, m.Record | None] = {Key(cls.kind, id): None for cls, id in absent}
    found.update((key(record), record) for record in records)
    return State(found, "desk:ana", ACCOUNTS, complete=complete)


def draft(at: State, now: datetime = START) -> Draft:
    """A decision in the making, with ids that count up."""
    return Draft(at, now, CountingIds())


def eur(amount: int) -> Money:
    """Cents."""
    return Money(amount, "EUR")


def priced(*lines: tuple[str, int], due: int | None = None, moves: tuple[m.MeterMove, ...] = ()) -> Priced:
    """A price of these lines (product, cents)."""
    total = sum(amount for _, amount in lines)
    sale = m.Sale("sal", BOUGHT, "paris", "v1", 1, START, (m.SaleItem("room"),), eur(total))
    quote = PriceQuote(None, None)  # type: ignore[arg-type]
    charged = tuple(m.ChargeLine(product, product, 1, eur(amount)) for product, amount in lines)
    owed = eur(max(0, total)) if due is None else eur(due)
    return Priced(sale, quote, charged, (), moves, owed, owed)


def events(made: Draft, cls: type[ev.Event] | None = None) -> list[Any]:
    """The events of a draft, or those of one class."""
    every = made.decision(BOUGHT).events
    return [event for event in every if cls is None or isinstance(event, cls)]


def ledger(made: Draft) -> list[tuple[str, dict[str, int]]]:
    """What each ledger entry says: its word, and its amounts by account."""
    posted = [event.entry for event in events(made, ev.LedgerPosted)]
    return [(entry.what, {line.account: line.amount for line in entry.lines}) for entry in posted]


def balances(made: Draft) -> dict[str, int]:
    """What every ledger account comes to; accounts at zero are left out."""
    sums: dict[str, int] = {}
    for _, lines in ledger(made):
        for account, amount in lines.items():
            sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def work(made: Draft) -> list[tuple[str, str]]:
    """What is to be carried out later: the kind of work, and the kind of record."""
    return [(effect.work, effect.subject.kind) for effect in made.decision(BOUGHT).effects]
