"""The tariff on the package ``prices``: amounts are its Money and TaxedMoney from the price list to the net amount.

``percentage_discount`` rounds the discount, the tariff rounds what is left: half down for the one is half up for the
other. Its default, ROUND_DOWN, makes some quotes a cent dearer.
"""

from __future__ import annotations

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from prices import Money, TaxedMoney, flat_tax, percentage_discount

from . import hand_int
from .workload import TARIFF, Call, Figures, PeerQuote, Usage, Variant, bare, full, peer_quote, same

EUR = "EUR"
CENT = Decimal("0.01")
ZERO = Money(0, EUR)
DISCOUNT_ROUNDING = ROUND_HALF_DOWN
PRICES = [Money(Decimal(cents) / 100, EUR) for cents in hand_int.PRICES]
ENTRIES = hand_int.ENTRIES
SWITCH, DAY, SATURDAY, EVENING = hand_int.SWITCH, hand_int.DAY, hand_int.SATURDAY, hand_int.EVENING
FEW, MANY = hand_int.FEW, hand_int.MANY
WEEKEND, LATE = (1 + Decimal(modifier["percent"]) / 100 for modifier in TARIFF["modifiers"])
ALONE, SOME, CROWD = (1 + Decimal(step["percent"]) / 100 for step in TARIFF["groups"])
CODES = [(first, last, 100 - share) for first, last, share in hand_int.CODES]
TAX = Decimal(TARIFF["tax_percent"]) / 100

Amounts = tuple[Money, Money, TaxedMoney, int]


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
    spent: Money,
) -> Amounts:
    """Base amount, amount after the cap, total with its net, and entries taken."""
    cell = (48 if day >= SWITCH else 0) + room * 4 + category
    base = PRICES[cell + product * 16]
    entries = ENTRIES[room * 3 + product]
    used = 0
    if entries:
        needed = quantity * entries
        used = needed if needed < left else left
        base = base * (needed - used) / entries
    else:
        base = base * quantity
    cap = PRICES[cell + DAY * 16]
    if (day + 6) % 7 >= SATURDAY:
        base = base * WEEKEND
        cap = (cap * WEEKEND).quantize(CENT, ROUND_HALF_UP)
    elif minute >= EVENING:
        base = base * LATE
    if persons >= MANY:
        base = base * CROWD
    elif persons >= FEW:
        base = base * SOME
    base = base.quantize(CENT, ROUND_HALF_UP)
    due = min(base, max(cap - spent, ZERO))
    total = due
    if code:
        first, last, percent = CODES[code]
        if first <= day < last:
            total = percentage_discount(due, percent, rounding=DISCOUNT_ROUNDING)
    return base, due, flat_tax(total, TAX, keep_gross=True), used


def arguments(call: Call) -> tuple[object, ...]:
    """The ints of a kernel, but what was spent as Money."""
    *ints, spent = bare(call)
    return (*ints, Money(Decimal(spent) / 100, EUR))


def cents(amounts: Amounts) -> Figures:
    base, due, total, used = amounts
    return (
        int(base.amount * 100),
        int(due.amount * 100),
        int(total.gross.amount * 100),
        int(total.net.amount * 100),
        int(total.tax.amount * 100),
        used,
    )


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
        Money(Decimal(spent) / 100, EUR),
    )
    return peer_quote(usage, left, spent, cents(amounts))


def variants() -> list[Variant]:
    return [
        Variant("prices, kernel", arguments, kernel, cents, ("7.3-8.4", "7.0-7.4")),
        Variant("prices, quote", full, quote, same),
    ]
