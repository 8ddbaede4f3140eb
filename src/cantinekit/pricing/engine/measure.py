"""The gather and measure phases: from stays to parts, and from parts to quantities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, format_hours, wall_instant
from cantinekit.clock import Period
from cantinekit.pricing.engine.ask import MINUTE, PIECE, Ask, RefusedItem, incomplete
from cantinekit.pricing.engine.clock import Slice, hours_of, on_day, overlap, unrolled
from cantinekit.pricing.model.conditions import InRange, atoms_of
from cantinekit.pricing.model.measure import Measure
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.sections import Band


@attrs.frozen
class StayGroup:
    """So many stays (``n``) of one size, and what is known of them: band, rank, sessions.

    A size is in minutes, in units of the measure (its smallest, where it has one), or 1 for a piece.
    """

    size: int
    n: int
    ask: Ask
    sessions: tuple[frozenset[str], ...] = ()


@attrs.frozen
class Measured:
    """What is to be covered and priced: groups of stays in one unit; ``scale`` is what a size of 1 is worth.

    ``split``: the groups are parts of the same stays, one or several for each band of time.
    """

    groups: tuple[StayGroup, ...]
    unit: str
    scale: Fraction = Fraction(1)
    split: bool = False
    raw: int = 0
    """What was counted over everything in the scope, before steps, blocks and bounds."""

    @property
    def total(self) -> int:
        return sum(group.size * group.n for group in self.groups)

    @property
    def stays(self) -> int:
        """The number of stays; a stay that is cut at bands is one."""
        if not self.split:
            return sum(group.n for group in self.groups)
        bands: dict[str, int] = {}
        for group in self.groups:
            bands[group.ask.band] = bands.get(group.ask.band, 0) + group.n
        return max(bands.values(), default=0)


# --- parts -----------------------------------------------------------------------------------------------------------


def by_band(product: Product, ask: Ask) -> list[Ask]:
    """The item cut where its bands begin and end; a part for each band, in the order of the bands.

    Bands with hours need the hours of the stay. A night is of the day on which it begins.
    """
    split = product.split
    assert split is not None
    bands = [ask.parts.bands[name] for name in split.bands]
    hours = any(band.clock for band in bands)
    nights = product.measure is not None and product.measure.nights and not hours
    days = _nights(ask) if nights else ask.days
    if not days:
        ask.minutes()
        ask.need_clock()
    elif hours:
        raise incomplete("period")
    feasts = [band for band in bands if band.holiday is not None]
    if feasts:
        ask.need_holidays(over_midnight=any(high <= low for band in feasts for low, high in band.clock))
    found: dict[str, list[Any]] = {name: [] for name in (*split.bands, *filter(None, [split.outside]))}
    for piece in days or [piece for stretch in ask.stretches for piece in _pieces(stretch, split.bands, ask)]:
        name = _band_at(piece, split.bands, ask) or split.outside
        if not name:
            begins = piece.start if isinstance(piece, Period) else piece
            raise RefusedItem("not_at", f"{product.id}: {begins.isoformat()}")
        pieces = found[name]
        if pieces and isinstance(piece, Period) and pieces[-1].end == piece.start:
            pieces[-1] = Period(pieces[-1].start, piece.end)
        else:
            pieces.append(piece)
    parts = [(name, tuple(pieces)) for name, pieces in found.items() if pieces]
    if nights and days:
        return [attrs.evolve(ask, band=name, nights=len(pieces)) for name, pieces in parts]
    if days:
        return [attrs.evolve(ask, band=name, days=pieces) for name, pieces in parts]
    return [attrs.evolve(ask, band=name, stretches=pieces) for name, pieces in parts]


def _nights(ask: Ask) -> tuple[date, ...]:
    """The days on which its nights begin."""
    if ask.days:
        return ask.days[:-1]
    whole = [attrs.evolve(ask, stretches=(stretch,)).slices() for stretch in ask.stretches]
    return tuple(part.day for parts in whole for part in parts[:-1])


def _pieces(stretch: Period, bands: Sequence[str], ask: Ask) -> list[Period]:
    cuts = {stretch.start, stretch.end}
    inner = attrs.evolve(ask, stretches=(stretch,))
    for part in inner.slices():
        minutes = {0, MINUTES_A_DAY}
        for name in bands:
            for low, high in unrolled(ask.parts.bands[name].clock):
                minutes |= {low, high}
        for minute in minutes:
            cut = wall_instant(part.day, minute, ask.zone)
            if stretch.start < cut < stretch.end:
                cuts.add(cut)
    return [Period(start, end) for start, end in pairwise(sorted(cuts))]


def _band_at(piece: Period | date, bands: Sequence[str], ask: Ask) -> str:
    start = attrs.evolve(ask, stretches=(piece,)).slices()[0] if isinstance(piece, Period) else Slice(piece)
    return next((name for name in bands if _in_band(ask.parts.bands[name], start, ask)), "")


def _in_band(band: Band, part: Slice, ask: Ask) -> bool:
    def fits(day: date) -> bool:
        said = [(what, getattr(band, what)) for what in ("weekday", "season", "date", "holiday")]
        return all(on_day(what, value, day, ask.parts.opening) for what, value in said if value not in ((), None))

    minute = part.start or 0
    hours = hours_of(band.clock or [(0, MINUTES_A_DAY)], part.day, fits)
    return any(low <= minute < high for low, high in hours)


def by_rank(product: Product, ask: Ask, before: int, size: int) -> list[tuple[Ask, int]]:
    """The count of an item cut where a condition about the rank changes; each part with its first rank."""
    atoms = [atom for atom in atoms_of(InRange, [rule.when for rule in product.conditional]) if atom.name == "rank"]
    ends = [(bound, plus) for atom in atoms for bound, plus in ((atom.low, 0), (atom.below, 0), (atom.high, 1))]
    bounds = {int(bound) + plus for bound, plus in ends if bound is not None}
    out: list[tuple[Ask, int]] = []
    first, last = before + 1, before + ask.item.count
    while first <= last:
        end = min([last, *(bound - 1 for bound in bounds if bound > first)])
        out.append((attrs.evolve(ask, rank=first, size=size), end - first + 1))
        first = end + 1
    return out


# --- quantities ------------------------------------------------------------------------------------------------------


def measure(product: Product, asks: Sequence[tuple[Ask, int]], earlier: int = 0) -> Measured:
    """What is to be covered and priced: minutes, what the measure counts, or pieces."""
    rule = product.measure
    if rule is None:
        if product.timed and all(ask.timed for ask, _ in asks):
            return _unbounded([StayGroup(ask.minutes() + earlier, n, ask) for ask, n in asks], MINUTE)
        return _unbounded([StayGroup(1, n + earlier, ask) for ask, n in asks], PIECE)
    scale = rule.smallest if rule.fact and rule.smallest else Fraction(1)
    whole = product.split is not None and product.split.round == "whole" and len(asks) > 1
    if whole:
        return _rounded_whole(rule, asks)
    groups, raw = [], earlier
    for ask, n in asks:
        size, sessions = count(rule, ask)
        if rule.same:
            raw += size * n
            size, n = raw, 1
        else:
            size += earlier
        if rule.every and not rule.fact:  # a fact is in blocks already
            size = -(-size // rule.every[0])
        groups.append(StayGroup(bounded(rule, size), n, ask, sessions))
    measured = Measured(tuple(groups), rule.unit, scale)
    return attrs.evolve(measured, raw=raw if rule.same else measured.total)


def _unbounded(groups: Sequence[StayGroup], unit: str) -> Measured:
    """What nothing rounds or bounds."""
    return Measured(tuple(groups), unit, raw=sum(group.size * group.n for group in groups))


def count(rule: Measure, ask: Ask) -> tuple[int, tuple[frozenset[str], ...]]:
    """How much one item is before blocks, steps and bounds, and the sessions that it touches on each day."""
    if rule.fact:
        return _fact(rule, ask), ()
    if ask.nights is not None:
        return ask.nights, ()
    if ask.days:
        return len(ask.days) - bool(rule.nights), ()
    if (rule.days or rule.nights) and not ask.timed:
        raise incomplete(*([] if ask.day else ["day"]), "until")
    minutes = ask.minutes()
    if rule.every or rule.unit == MINUTE:
        return minutes, ()
    ask.need_clock()
    if rule.cut is not None:
        first = {day for day, (start, _) in _timed(ask) if start < rule.cut}
        return len(first) + len({day for day, (_, end) in _timed(ask) if end > rule.cut}), ()
    if rule.sessions:
        touched: dict[date, frozenset[str]] = {}
        for day, here in _timed(ask):
            touched[day] = touched.get(day, frozenset()) | _sessions(rule, day, here)
        return sum(map(len, touched.values())), tuple(touched.values())
    if rule.days:
        return len({part.day for part in ask.slices()}), ()
    if rule.nights:
        return len(ask.slices()) - len(ask.stretches or (None,)), ()
    assert rule.share is not None
    elapsed: dict[date, int] = {}
    for slice in ask.slices():
        elapsed[slice.day] = elapsed.get(slice.day, 0) + slice.elapsed
    return sum(_share(rule.share, day, minutes, ask) for day, minutes in elapsed.items()), ()


def bounded(rule: Measure, size: int) -> int:
    """Rounded up to the step, then at least, then at most."""
    step = rule.step[0] if rule.step else 1
    size = -(-size // step) * step
    size = max(size, rule.minimum[0] if rule.minimum else 0)
    return size if rule.at_most is None else min(size, rule.at_most[0])


def _rounded_whole(rule: Measure, asks: Sequence[tuple[Ask, int]]) -> Measured:
    """The parts with their sum rounded: minutes are added to the part in which the stay ends, or taken from it."""
    sizes = [count(rule, ask)[0] for ask, _ in asks]
    extra = bounded(rule, sum(sizes)) - sum(sizes)
    for place in sorted(range(len(asks)), key=lambda place: asks[place][0].stretches[-1].end, reverse=True):
        before = sizes[place]
        sizes[place] = max(0, before + extra)
        extra += before - sizes[place]
    groups = [StayGroup(size, n, ask) for size, (ask, n) in zip(sizes, asks, strict=True) if size]
    return Measured(tuple(groups), rule.unit)


def _fact(rule: Measure, ask: Ask) -> int:
    value = ask.number(rule.fact) / (rule.smallest or 1)
    if rule.every:
        return int(-(-value // rule.every[0]))
    if value.denominator != 1:
        raise RefusedItem("not_sold", f"{rule.fact}: parts of {rule.smallest or 1} are counted")
    return int(value)


def _timed(ask: Ask) -> list[tuple[date, tuple[int, int]]]:
    """The local days, each with the minutes from which and to which it is used; all of them where nobody knows."""
    return [(part.day, (part.start or 0, MINUTES_A_DAY if part.end is None else part.end)) for part in ask.slices()]


def _sessions(rule: Measure, day: date, here: tuple[int, int]) -> frozenset[str]:
    """The sessions of a day that are touched; time between them is refused, or belongs to a neighbour."""
    touched = {name for name, session in rule.sessions if overlap(here, session)}
    first, last = rule.sessions[0][1][0], rule.sessions[-1][1][1]
    if here[0] < first or here[1] > last:
        raise RefusedItem("not_at", f"{day}, {format_hours((first, last))}")
    for (before, (_, at)), (after, (until, _)) in pairwise(rule.sessions):
        if overlap(here, (at, until)) and not {before, after} <= touched:
            owner = {"previous": before, "next": after}.get(rule.gap)
            if owner is None:
                raise RefusedItem("not_at", f"{day}, {format_hours((at, until))}")
            touched.add(owner)
    return frozenset(touched)


def _share(share: Fraction, day: date, elapsed: int, ask: Ask) -> int:
    opening = ask.parts.opening
    ask.need_holidays()
    minutes = opening.open_minutes(day) if opening else 0
    if not minutes:
        raise RefusedItem("not_at", f"{day}")
    return 1 if elapsed <= share * minutes else 2
