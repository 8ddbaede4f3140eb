"""What the hand-written stores of bookings have in common: the house, the price of a request, and what they refuse.

A booking stores these facts: the booking and its claim on the room, the price with what it was made from, the charge,
the payment at the desk, two ledger entries of two lines each, a message that waits to be sent, the idempotency key with
its answer, and a journal row with the records that it is about. A seat at a session stores the same with a registration
in place of the booking, and one seat less. ``few`` leaves out price, charge and payment.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

PLACE, ENTITY, ACCOUNT, ZONE = "paris", "asso", "desk", "Europe/Paris"
OPENS, CLOSES = time(9), time(18)
ROOM_CENTS, SEAT_CENTS = 1500, 1000
"""For a started hour of a room, and for a seat."""
HOLD = timedelta(minutes=15)


class TakenError(Exception):
    """Somebody has the room, or the seats are gone."""


class OtherRequestError(Exception):
    """The idempotency key was used for another request."""


class Prices(NamedTuple):
    """What a request needs to know: the place with its hours, the accounts of its operator, the price in force."""

    place_id: str
    entity_id: str
    zone: str
    opens: time
    closes: time
    accounts: list[str]
    cents: int
    version: str


class Answer(NamedTuple):
    """What a request came to, and whether it was answered before."""

    id: str
    replayed: bool = False


class Sold(NamedTuple):
    """The rows of one sale, each in the order of its table's columns."""

    sale: tuple[Any, ...]
    charge: tuple[Any, ...]
    attempt: tuple[Any, ...]
    entries: tuple[tuple[Any, ...], ...]
    lines: tuple[tuple[Any, ...], ...]
    message: tuple[Any, ...]
    subjects: tuple[tuple[str, str], ...]


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def fingerprint(*content: object) -> str:
    """A hash of what is asked, to tell a repeat from another request with the same key."""
    return sha256(json.dumps(content, default=str).encode()).hexdigest()


def check_hours(known: Prices, start: datetime, end: datetime) -> None:
    zone = ZoneInfo(known.zone)
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    if start >= end or begins.date() != ends.date() or begins.time() < known.opens or ends.time() > known.closes:
        raise ValueError("outside the opening hours")


def price_of_room(known: Prices, start: datetime, end: datetime) -> int:
    return -((start - end) // timedelta(hours=1)) * known.cents


def sell(
    known: Prices, kind: str, id: str, product: str, item: dict[str, str], person: str, cents: int, now: datetime
) -> Sold:
    """What a sale that is paid at the desk stores beside the booking."""
    if ACCOUNT not in known.accounts:
        raise ValueError("the operator may not take money through this account")
    sale, charge, attempt = new_id("sal"), new_id("chg"), new_id("pay")
    raised, taken = new_id("led"), new_id("led")
    line = json.dumps([{"product": product, "text": product, "quantity": 1, "amount": cents}])
    return Sold(
        (sale, kind, id, known.place_id, known.version, now, json.dumps([item]), cents, "EUR", person),
        (charge, known.entity_id, known.place_id, kind, id, cents, "EUR", line, now, known.version, cents, 0, cents,
         "settled", person),
        (attempt, charge, known.entity_id, ACCOUNT, cents, "EUR", now, "settled", cents),
        (
            (raised, known.entity_id, known.place_id, now, "raised", "charge", charge, "EUR"),
            (taken, known.entity_id, known.place_id, now, "taken", "attempt", attempt, "EUR"),
        ),
        (
            (raised, "receivable", cents),
            (raised, f"revenue/{product}", -cents),
            (taken, f"account/{ACCOUNT}", cents),
            (taken, "receivable", -cents),
        ),
        (new_id("tsk"), "message", kind, id, f"{kind} confirmed", person, now),
        ((kind, id), ("sale", sale), ("charge", charge), ("attempt", attempt), ("ledger", raised), ("ledger", taken)),
    )  # fmt: skip


def journal_body(request: dict[str, str], sold: Sold) -> str:
    """All that happened, as one fact: enough to make the rows again."""
    return json.dumps({**request, "sale": sold.sale, "charge": sold.charge, "attempt": sold.attempt,
                       "entries": sold.entries, "lines": sold.lines}, default=str)  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)
