"""The tariff as a programmer would write it by hand for speed: integers only, tables instead of tests."""

from __future__ import annotations

from .workload import CATEGORIES, PRODUCTS, ROOMS, TARIFF, Figures, PeerQuote, Usage, Variant, bare, full, same

SWITCH = TARIFF["lists"][1]["from"].toordinal()
# Indexed by ((list * 3 + product) * 4 + room) * 4 + category.
PRICES = [
    row[category]
    for dated in TARIFF["lists"]
    for product in PRODUCTS
    for row in dated["prices"][product]
    for category in range(len(CATEGORIES))
]
DAY = PRODUCTS.index(TARIFF["cap"]["product"])
# Indexed by room * 3 + product; 0: no carnet.
ENTRIES = [
    TARIFF["carnet"]["entries"].get(product, 0) if room in TARIFF["carnet"]["rooms"] else 0
    for room in ROOMS
    for product in PRODUCTS
]
SATURDAY = min(TARIFF["modifiers"][0]["weekdays"])
WEEKEND = 100 + TARIFF["modifiers"][0]["percent"]
EVENING = TARIFF["modifiers"][1]["from_minute"]
LATE = 100 + TARIFF["modifiers"][1]["percent"]
FEW, MANY = (step["from"] for step in TARIFF["groups"][1:])
ALONE, SOME, CROWD = (100 + step["percent"] for step in TARIFF["groups"])
NO_CODE = (0, 0, 100)
CODES = (
    NO_CODE,
    *((code["from"].toordinal(), code["until"].toordinal(), 100 + code["percent"]) for code in TARIFF["codes"]),
)
CODE_IDS = ("", *(code["id"] for code in TARIFF["codes"]))
GROSS = 100 + TARIFF["tax_percent"]


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
    spent: int,
) -> Figures:
    cell = (48 if day >= SWITCH else 0) + room * 4 + category
    base = PRICES[cell + product * 16]
    entries = ENTRIES[room * 3 + product]
    used = 0
    scale = 10_000
    if entries:
        needed = quantity * entries
        used = needed if needed < left else left
        base *= needed - used
        scale *= entries
    else:
        base *= quantity
    cap = PRICES[cell + DAY * 16]
    if (day + 6) % 7 >= SATURDAY:
        base *= WEEKEND
        cap = (cap * WEEKEND + 50) // 100
    elif minute >= EVENING:
        base *= LATE
    else:
        base *= 100
    base *= CROWD if persons >= MANY else SOME if persons >= FEW else ALONE
    base = (2 * base + scale) // (2 * scale)
    cap -= spent
    due = base if base < cap else cap if cap > 0 else 0
    total = due
    if code:
        first, last, share = CODES[code]
        if first <= day < last:
            total = (due * share + 50) // 100
    net = (200 * total + GROSS) // (2 * GROSS)
    return base, due, total, net, total - net, used


def traced(
    day: int,
    minute: int,
    product: int,
    room: int,
    category: int,
    quantity: int,
    persons: int,
    code: int,
    left: int,
    spent: int,
) -> tuple[Figures, list[tuple[str, int]]]:
    """The kernel with a list of the rules that acted, each with the integer that it brought."""
    cell = (48 if day >= SWITCH else 0) + room * 4 + category
    base = PRICES[cell + product * 16]
    trace = [("price", base)]
    entries = ENTRIES[room * 3 + product]
    used = 0
    scale = 10_000
    if entries:
        needed = quantity * entries
        used = needed if needed < left else left
        base *= needed - used
        scale *= entries
        if used:
            trace.append(("carnet", used))
    else:
        base *= quantity
    cap = PRICES[cell + DAY * 16]
    if (day + 6) % 7 >= SATURDAY:
        base *= WEEKEND
        cap = (cap * WEEKEND + 50) // 100
        trace.append(("weekend", WEEKEND))
    elif minute >= EVENING:
        base *= LATE
        trace.append(("evening", LATE))
    else:
        base *= 100
    if persons >= MANY:
        base *= CROWD
        trace.append(("group", CROWD))
    elif persons >= FEW:
        base *= SOME
        trace.append(("group", SOME))
    else:
        base *= ALONE
    base = (2 * base + scale) // (2 * scale)
    trace.append(("base", base))
    cap -= spent
    due = base if base < cap else cap if cap > 0 else 0
    if due != base:
        trace.append(("cap", due))
    total = due
    if code:
        first, last, share = CODES[code]
        if first <= day < last:
            total = (due * share + 50) // 100
            trace.append(("code", total))
    net = (200 * total + GROSS) // (2 * GROSS)
    trace.append(("net", net))
    return (base, due, total, net, total - net, used), trace


def quote(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The full variant."""
    base, due, total, net, vat, used = kernel(
        usage.day,
        usage.minute,
        usage.product,
        usage.room,
        usage.category,
        usage.quantity,
        usage.persons,
        usage.code,
        left,
        spent,
    )
    lines: tuple[tuple[str, int], ...] = ((PRODUCTS[usage.product], base),)
    if due != base:
        lines += (("cap", due - base),)
    if total != due:
        lines += ((CODE_IDS[usage.code], total - due),)
    return PeerQuote(lines, total, net, vat, (("carnet", used),) if used else (), (left - used, spent + due))


def variants() -> list[Variant]:
    return [
        Variant("hand int, kernel", bare, kernel, same, ("1.04-1.12", "1.00")),
        Variant("hand int, kernel + trace", bare, traced, lambda result: result[0], ("1.34-1.42", "1.24-1.29")),
        Variant("hand int, quote", full, quote, same),
    ]
