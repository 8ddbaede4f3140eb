"""Advice before a purchase: the cheapest packs and windows for what somebody needs.

Four days at 20 each, or a carnet of five for 70: the carnet, with one ticket unused. Five days of one week at 10 each,
or the week for 39: the week; but on five Mondays the single days. So a bare count of units never uses a window, and
dated needs may use both.

Equal prices: fewer unused units, then fewer purchases, then more of the offers that come first (packs, then windows).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.combine._checks import whole
from cantinekit.pricing.combine._dated import MAX_STATES, Chain, PurchaseSearch
from cantinekit.pricing.combine._offers import Advice, Pack, Purchase, Scale, Window

MAX_DATES = 400
MAX_UNITS = 10_000

__all__ = ["MAX_DATES", "MAX_STATES", "MAX_UNITS", "advise"]


def advise(
    needs: int | Sequence[tuple[date, int]], packs: Sequence[Pack], windows: Sequence[Window] = (), exact: bool = False
) -> Advice | None:
    """The cheapest purchases for the needs, or ``None`` where the offers cannot serve them.

    A pack has no last day; a limited window lends its units on its days only; on the days of an unlimited window
    nothing else is used. Packs take time in proportion to units times packs (times the logarithm of ``at_most``),
    windows to the states of the search (at most MAX_STATES).

    Args:
        needs: a number of units, or (day, units) pairs; several pairs of one day add up.
        packs: the packs for sale.
        windows: the windows for sale; used only for needs on days.
        exact: whether purchases that leave a unit of a pack or of a limited window unused are refused.

    Raises:
        InputError: more than MAX_UNITS units, MAX_DATES days or MAX_OFFERS offers, two offers of one id, or a search
            that grows beyond MAX_STATES.
    """
    scale = Scale(packs, windows)
    dated = None if isinstance(needs, int) else _by_day(needs)
    found: tuple[int, Chain] | None
    if dated is None:
        needed = whole(needs, "the needed units", 0, MAX_UNITS)
        alone = _pack_weights(packs, scale, needed, exact)[needed]
        found = None if alone is None else (alone - needed * scale.unit, None)
    else:
        needed = whole(sum(dated.values()), "the sum of the needed units", 0, MAX_UNITS)
        best = _pack_weights(packs, scale, needed, exact)
        found = _with_windows(dated, best, scale, [*enumerate(windows, len(packs))], exact)
    if found is None:
        return None
    weight, chain = found
    price, unused, counts = scale.read(weight)
    bought = [Purchase(pack.id, count) for pack, count in zip(packs, counts, strict=False) if count]
    bought += _bought_windows(chain, scale)
    singles = [pack.price for pack in packs if pack.units == 1 and (pack.at_most is None or pack.at_most >= needed)]
    return Advice(tuple(bought), price, unused, min(singles) * needed - price if singles else None)


def _by_day(needs: Sequence[tuple[date, int]]) -> dict[int, int]:
    units: Counter[int] = Counter()
    for day, count in needs:
        if type(day) is not date:
            raise InputError(f"a need is on a date, not on {shown(day)}")
        units[day.toordinal()] += whole(count, f"the units needed on {day}", 1, MAX_UNITS)
    if len(units) > MAX_DATES:
        raise InputError(f"at most {MAX_DATES} days are advised on at once, not {len(units)}")
    return dict(sorted(units.items()))


def _with_windows(
    dated: dict[int, int], packs: list[int | None], scale: Scale, windows: list[tuple[int, Window]], exact: bool
) -> tuple[int, Chain] | None:
    """Packs alone, and then unlimited windows, are quick: their price bounds what comes after."""
    needs = [*dated.items()]
    alone = packs[-1]
    known = None if alone is None else scale.price(alone)
    unlimited = [(number, window) for number, window in windows if window.units is None]
    found = _least(PurchaseSearch(needs, scale, unlimited, packs, exact, known).run(), packs)
    if len(unlimited) < len(windows):
        known = None if found is None else scale.price(found[0])
        found = _least(PurchaseSearch(needs, scale, windows, packs, exact, known).run(), packs)
    return found


def _least(rows: dict[int, tuple[int, Chain]], packs: list[int | None]) -> tuple[int, Chain] | None:
    found: tuple[int, Chain] | None = None
    for left in sorted(rows):
        weight, chain = rows[left]
        packed = packs[left]
        if packed is not None and (found is None or weight + packed < found[0]):
            found = (weight + packed, chain)
    return found


def _pack_weights(packs: Sequence[Pack], scale: Scale, needed: int, exact: bool) -> list[int | None]:
    """For each number of units the least weight of packs that hold it; all their units count as unused here.

    Knapsack; a pack with ``at_most`` enters as bundles of 1, 2, 4, ... of it, which make up every count once.
    """
    best: list[int | None] = [0] + [None] * needed
    for number, pack in enumerate(packs):
        if pack.at_most is None:
            for units in range(1, needed + 1):
                _take(best, best, units, pack.units, scale.weights[number], exact)
            continue
        # More than this many are never needed: each serves a unit, and an exact purchase cannot hold more either.
        rest, bundle = min(pack.at_most, -(-needed // pack.units)), 1
        while rest > 0:
            count = min(bundle, rest)
            before = list(best)
            for units in range(1, needed + 1):
                _take(best, before, units, count * pack.units, count * scale.weights[number], exact)
            rest, bundle = rest - count, bundle * 2
    return best


def _take(best: list[int | None], before: list[int | None], units: int, size: int, weight: int, exact: bool) -> None:
    if size > units and exact:
        return
    rest, held = before[max(units - size, 0)], best[units]
    if rest is not None and (held is None or rest + weight < held):
        best[units] = rest + weight


def _bought_windows(chain: Chain, scale: Scale) -> list[Purchase]:
    counted: Counter[tuple[int, int]] = Counter()
    while chain is not None:
        chain, number, day = chain
        counted[day, number] += 1
    return [
        Purchase(scale.offers[number].id, count, date.fromordinal(day))
        for (day, number), count in sorted(counted.items())
    ]
