"""The tariff that every peer prices, the rows that are priced, and the quote that each of them returns.

What the tariff says, in this order; amounts are integer cents, tax included:

1. price: the newest list whose first day is not after the day of use, by product, room class and category.
2. carnet: on the rooms named there, a unit of a product needs so many entries; what is left of them is taken first
   and the rest of the units is paid in proportion.
3. modifiers: the first that matches (the weekend comes before the evening), then the step of the size of the group.
   Price, uncovered units and both factors are one product, rounded once, half up.
4. cap: what a member pays for one room on one day is at most the price of the product named there on that day, which
   the modifiers marked ``caps`` scale; rounded once, half up.
5. code: one, within its days (first included, last excluded); rounded once, half up.
6. tax: the total holds 20 % of tax; net = total x 100 / 120, rounded once, half up, and the tax is the difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from attrs import frozen

PRODUCTS = ("hour", "half", "day")
ROOMS = ("S", "M", "L", "XL")
CATEGORIES = ("visitor", "member", "student", "resident")

# For each product the rooms S, M, L, XL; for each room visitor, member, student, resident.
WINTER = {
    "hour": ((650, 520, 395, 325), (995, 795, 595, 495), (1490, 1190, 895, 745), (2475, 1985, 1485, 1235)),
    "half": ((1905, 1525, 1145, 950), (2995, 2395, 1795, 1495), (4450, 3565, 2670, 2225), (7450, 5965, 4475, 3725)),
    "day": ((3050, 2445, 1825, 1525), (4790, 3835, 2875, 2395), (7125, 5700, 4275, 3565), (11900, 9525, 7145, 5955)),
}
AUTUMN = {
    "hour": ((675, 545, 405, 335), (1035, 825, 620, 515), (1545, 1235, 925, 775), (2575, 2065, 1545, 1285)),
    "half": ((1985, 1585, 1190, 995), (3115, 2495, 1865, 1555), (4625, 3705, 2775, 2315), (7750, 6205, 4655, 3875)),
    "day": ((3175, 2545, 1905, 1585), (4980, 3985, 2990, 2495), (7415, 5930, 4445, 3705), (12375, 9905, 7430, 6195)),
}
TARIFF: dict[str, Any] = {
    "lists": ({"from": date(2025, 1, 1), "prices": WINTER}, {"from": date(2025, 9, 1), "prices": AUTUMN}),
    "carnet": {"rooms": ("S",), "entries": {"half": 1, "day": 2}, "sizes": (10, 50)},
    "modifiers": (
        {"id": "weekend", "weekdays": (5, 6), "percent": 25, "caps": True},
        {"id": "evening", "from_minute": 18 * 60, "percent": -20, "caps": False},
    ),
    "groups": ({"from": 1, "percent": 0}, {"from": 5, "percent": -5}, {"from": 10, "percent": -10}),
    "cap": {"product": "day"},
    "codes": (
        {"id": "BIENVENUE10", "from": date(2025, 1, 1), "until": date(2025, 7, 1), "percent": -10},
        {"id": "RENTREE15", "from": date(2025, 9, 1), "until": date(2025, 10, 1), "percent": -15},
    ),
    "tax_percent": 20,
}
FIRST_DAY = date(2025, 1, 1).toordinal()
DAYS = 365

Figures = tuple[int, int, int, int, int, int]
"""Base amount, amount after the cap, total, net, tax (cents), and entries taken."""


@frozen
class Usage:
    """One row: ``day`` is a proleptic ordinal (``date.toordinal``), ``minute`` counts from midnight of that local day.

    ``product``, ``room`` and ``category`` index the tuples above; ``code`` is 0 for none, else 1 + its index.
    """

    member: int
    day: int
    minute: int
    product: int
    room: int
    category: int
    quantity: int
    persons: int
    code: int


@frozen
class PeerQuote:
    """What every full variant returns.

    ``lines`` are (id, cents) and add up to ``total``: the product, then the cap and the code where they change the
    amount. ``uses`` are (name, entries), empty when none is taken. ``state`` is what the next quote needs: entries
    left, and cents paid before codes by this member on this day for this room.
    """

    lines: tuple[tuple[str, int], ...]
    total: int
    net: int
    vat: int
    uses: tuple[tuple[str, int], ...]
    state: tuple[int, int]


@frozen
class Call:
    """A usage with the state that it meets."""

    usage: Usage
    left: int
    spent: int

    @property
    def ints(self) -> tuple[int, ...]:
        """The arguments of a bare kernel."""
        u = self.usage
        return (
            u.day,
            u.minute,
            u.product,
            u.room,
            u.category,
            u.quantity,
            u.persons,
            u.code,
            self.left,
            self.spent,
        )


@frozen
class Variant:
    """One way of one peer: ``run(*arguments(call))`` is what is timed, ``read`` makes its result comparable.

    ``read`` gives Figures or a PeerQuote. With ``batch``, ``run`` takes a list of what ``arguments`` gives and
    returns a list. ``published`` is what an earlier measurement on 2 cores found, microseconds and ratio to its own
    bare integer kernel, or "".
    """

    name: str
    arguments: Callable[[Call], tuple[Any, ...]]
    run: Callable[..., Any]
    read: Callable[[Any], Figures | PeerQuote]
    published: tuple[str, str] = ("", "")
    batch: bool = False


def bare(call: Call) -> tuple[Any, ...]:
    """The arguments of a kernel: ints only."""
    return call.ints


def full(call: Call) -> tuple[Any, ...]:
    """The arguments of a full variant."""
    return call.usage, call.left, call.spent


def same(result: Any) -> Any:
    """For a result that is comparable as it is."""
    return result


def peer_quote(usage: Usage, left: int, spent: int, figures: Figures) -> PeerQuote:
    """The quote of a peer whose arithmetic gives figures."""
    base, due, total, net, vat, used = figures
    lines = [(PRODUCTS[usage.product], base)]
    if due != base:
        lines.append(("cap", due - base))
    if total != due:
        lines.append((TARIFF["codes"][usage.code - 1]["id"], total - due))
    uses = (("carnet", used),) if used else ()
    return PeerQuote(tuple(lines), total, net, vat, uses, (left - used, spent + due))


def usages(count: int, seed: int = 1) -> Iterator[Usage]:
    """Rows in the order of their visits, about 1.9 for each visit of a member; the same seed gives the same rows."""
    rng = random.Random(seed)
    members = max(1, count // 100)
    categories = [rng.choices(range(4), (20, 50, 15, 15))[0] for _ in range(members)]
    made = 0
    while made < count:
        member = rng.randrange(members)
        day = FIRST_DAY + rng.randrange(DAYS)
        room = rng.choices(range(4), (55, 25, 15, 5))[0]
        code = rng.choices((0, 1, 2), (80, 10, 10))[0]
        persons = rng.choices((1, 2, 3, 4, 5, 7, 9, 10, 14), (50, 14, 8, 8, 6, 4, 3, 4, 3))[0]
        for _ in range(min(rng.choices((1, 2, 3, 4), (45, 30, 15, 10))[0], count - made)):
            product = rng.choices(range(3), (55, 30, 15))[0]
            quantity = rng.choices((1, 2, 3, 4, 6), (40, 30, 15, 10, 5))[0] if product == 0 else 1
            if product == 1 and rng.random() < 0.1:
                quantity = 2
            minute = 30 * rng.randrange(16, 43)
            yield Usage(member, day, minute, product, room, categories[member], quantity, persons, code)
            made += 1


def carnets(members: Iterable[int], seed: int = 1) -> dict[int, int]:
    """The entries that each member starts with: none, or a carnet of a size of the tariff."""
    rng = random.Random(seed)
    return {member: rng.choice((0, *TARIFF["carnet"]["sizes"])) for member in sorted(set(members))}


def fold(rows: Iterable[Usage], quote: Callable[[Usage, int, int], PeerQuote]) -> tuple[list[Call], list[PeerQuote]]:
    """Price the rows one after the other, each with the state that those before it left behind."""
    rows = list(rows)
    left = carnets(usage.member for usage in rows)
    spent: dict[tuple[int, int, int], int] = {}
    calls, quotes = [], []
    for usage in rows:
        key = usage.member, usage.day, usage.room
        call = Call(usage, left[usage.member], spent.get(key, 0))
        answer = quote(usage, call.left, call.spent)
        left[usage.member], spent[key] = answer.state
        calls.append(call)
        quotes.append(answer)
    return calls, quotes


def disagreements(calls: Iterable[Call], quotes: Iterable[PeerQuote], variant: Variant) -> list[tuple[Call, Any, Any]]:
    """The calls for which the variant does not give what ``quotes`` say, with what is wanted and what it gave."""
    calls = list(calls)
    arguments = [variant.arguments(call) for call in calls]
    results = variant.run(arguments) if variant.batch else [variant.run(*given) for given in arguments]
    wrong = []
    for call, quote, result in zip(calls, quotes, results, strict=True):
        answer: Any = variant.read(result)
        wanted = quote if isinstance(answer, PeerQuote) else figures_of(call, quote)
        if answer != wanted:
            wrong.append((call, wanted, answer))
    return wrong


def figures_of(call: Call, quote: PeerQuote) -> Figures:
    """The figures behind a quote."""
    due = quote.state[1] - call.spent
    return quote.lines[0][1], due, quote.total, quote.net, quote.vat, call.left - quote.state[0]
