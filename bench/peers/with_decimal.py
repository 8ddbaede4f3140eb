"""The tariff written by hand with ``decimal.Decimal`` in euros, in the default context."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from . import hand_int
from .workload import TARIFF, Call, Figures, PeerQuote, Usage, Variant, bare, full, peer_quote, same

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
ONE = Decimal(1)
PRICES = [Decimal(cents) / 100 for cents in hand_int.PRICES]
ENTRIES = hand_int.ENTRIES
SWITCH, DAY, SATURDAY, EVENING = hand_int.SWITCH, hand_int.DAY, hand_int.SATURDAY, hand_int.EVENING
FEW, MANY = hand_int.FEW, hand_int.MANY
WEEKEND, LATE = (1 + Decimal(modifier["percent"]) / 100 for modifier in TARIFF["modifiers"])
ALONE, SOME, CROWD = (1 + Decimal(step["percent"]) / 100 for step in TARIFF["groups"])
CODES = [(first, last, Decimal(share) / 100) for first, last, share in hand_int.CODES]
GROSS = 1 + Decimal(TARIFF["tax_percent"]) / 100

Amounts = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, int]


def kernel(
    day: int,
    minute: int,
    product: int,
    room: int,
    category: int,
    quantity: int,
    persons: int,
    code: int,
    left: int,
    spent: Decimal,
) -> Amounts:
    """Base amount, amount after the cap, total, net and tax in euros, and entries taken."""
    cell = (48 if day >= SWITCH else 0) + room * 4 + category
    base = PRICES[cell + product * 16]
    entries = ENTRIES[room * 3 + product]
    used = 0
    if entries:
        needed = quantity * entries
        used = needed if needed < left else left
        base = base * (needed - used) / entries
    else:
        base *= quantity
    cap = PRICES[cell + DAY * 16]
    if (day + 6) % 7 >= SATURDAY:
        base *= WEEKEND
        cap = (cap * WEEKEND).quantize(CENT, ROUND_HALF_UP)
    elif minute >= EVENING:
        base *= LATE
    if persons >= MANY:
        base *= CROWD
    elif persons >= FEW:
        base *= SOME
    base = base.quantize(CENT, ROUND_HALF_UP)
    cap -= spent
    due = base if base < cap else cap if cap > 0 else ZERO
    total = due
    if code:
        first, last, share = CODES[code]
        if first <= day < last:
            total = (due * share).quantize(CENT, ROUND_HALF_UP)
    net = (total / GROSS).quantize(CENT, ROUND_HALF_UP)
    return base, due, total, net, total - net, used


def arguments(call: Call) -> tuple[object, ...]:
    """The ints of a kernel, but what was spent in euros."""
    *ints, spent = bare(call)
    return (*ints, Decimal(spent) / 100)


def cents(amounts: Amounts) -> Figures:
    base, due, total, net, vat, used = amounts
    return int(base * 100), int(due * 100), int(total * 100), int(net * 100), int(vat * 100), used


def quote(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The full variant."""
    amounts = kernel(
        usage.day,
        usage.minute,
        usage.product,
        usage.room,
        usage.category,
        usage.quantity,
        usage.persons,
        usage.code,
        left,
        Decimal(spent) / 100,
    )
    return peer_quote(usage, left, spent, cents(amounts))


def variants() -> list[Variant]:
    return [
        Variant("hand Decimal, kernel", arguments, kernel, cents, ("1.6-1.9", "1.45-1.68")),
        Variant("hand Decimal, quote", full, quote, same),
    ]
