"""One item through the phases that concern it alone: eligible, gather, measure, cover, rate, adjust."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.calendar import merged
from cantinekit.pricing.engine._eligible import check_eligible
from cantinekit.pricing.engine._offers import choose
from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.engine.adjust import Adjusting
from cantinekit.pricing.engine.ask import Ask, RefusedItem, incomplete
from cantinekit.pricing.engine.cover import Covered, cover_free, cover_with, parts_for, still_covered, together
from cantinekit.pricing.engine.grants import give
from cantinekit.pricing.engine.lines import WorkLine, line_of, plain, rounded, settle
from cantinekit.pricing.engine.measure import Measured, by_band, by_rank, measure
from cantinekit.pricing.engine.rate import Flats, Rated, rate_lines
from cantinekit.pricing.model.conditions import Holds, atoms_of
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import SCOPED
from cantinekit.pricing.model.rules import Cover, Per, Rate
from cantinekit.pricing.quote import Phase, Refusal
from cantinekit.pricing.terms import period, prorate
from cantinekit.pricing.values import Earlier

_LIMITED = "limited"
"""Why a cover does not cover more: a number that the list says, and not what is held."""
Late = tuple[tuple[Phase, str, str], RefusedItem | None]
"""The rule, and why an item has no price, where that is known only after all items."""


def run_item(run: Run, late: Late | None = None) -> None:
    """Price one item; a refusal leaves no lines and moves nothing."""
    name = run.name
    run.rule = ("eligible", run.path, name)
    try:
        if run.product is None:
            raise RefusedItem("unpublished", name)
        _phases(run, run.product)
    except RefusedItem as stop:
        refuse(run, stop)
    else:
        if late is None:
            run.commit()
    run.close()
    if late is not None and late[1] is not None and not run.refusals:
        run.rule = late[0]
        refuse(run, late[1])


def refuse(run: Run, stop: RefusedItem) -> None:
    """The item has no price: its lines go, the reason stays."""
    run.refusals.append(Refusal(stop.code, stop.what, run.ask.id, **stop.more))
    run.stopped = stop
    before = run.amount
    run.lines, run.uses, run.grants, run.in_units, run.needed = [], [], [], {}, []
    run.step("refused", stop.code, before, {"what": stop.what, "reason": stop.more.get("why", "")} | stop.values)


def _phases(run: Run, product: Product) -> None:
    check_eligible(run, product)
    scoped, before = _earlier(run, product)
    parts = _gathered(run, product, before)
    measured = _measured(run, product, parts, scoped, before)
    measured, covered = _cover(run, product, measured, before)
    left = _left(product, parts, measured, run.ask.item.count)
    run.pieces = left[0] if product.split else sum(left)
    _rate(run, product, measured, parts)
    if scoped is not None:
        _difference(run, before, measured.raw, covered, scoped)
    _prorate(run, product)
    _adjust(run, product, parts, left)
    give(run, product)


def _left(product: Product, parts: Sequence[tuple[Ask, int]], measured: Measured, count: int) -> list[int]:
    """How many pieces of each part nothing covers; what is priced as a whole over a scope is what is asked for."""
    if product.scope:
        return [count] * (len(parts) if product.split else 1)
    if product.split:
        return [measured.stays] * len(parts)
    return [sum(group.n for group in measured.groups if group.ask is part) for part, _ in parts]


# --- gather ----------------------------------------------------------------------------------------------------------


def _earlier(run: Run, product: Product) -> tuple[str | None, Earlier]:
    """The scope that is priced as a whole, and what was charged in it before."""
    same = product.scope
    if not same:
        return None, Earlier("")
    key = run.ask.key("stay", product.id, "scope", same)
    name = key or "/".join([product.id, *run.ask.scope(same)])
    return name, run.earlier.get(name, Earlier(name))


def _gathered(run: Run, product: Product, before: Earlier) -> list[tuple[Ask, int]]:
    """The stays that are counted, or the parts of one, with how many there are of each."""
    ask = run.ask
    if product.merge is not None:
        run.at("merge")
        if ask.item.count != 1:
            raise RefusedItem("unstated", f"{product.id}: several stays at one time")
        ask.minutes()
        ask.need_clock()
        stays = merged((*before.stretches, *ask.stretches), timedelta(minutes=product.merge.gap))
        run.step("applied", "merged", values={"stays": len(stays), "before": len(before.stretches)})
        return [(attrs.evolve(ask, stretches=(stay,)), 1) for stay in stays]
    whole = product.choose is not None and product.choose.same and product.measure is None and product.timed
    if whole and ask.item.count != 1 and ask.timed:
        run.at("choose.same")
        raise RefusedItem("unstated", f"{product.id}: several stays at one time")
    if product.split is not None:
        run.at("split")
        parts = by_band(product, ask)
        run.step("applied", "split", values={"parts": len(parts), "bands": ", ".join(part.band for part in parts)})
        return [(part, ask.item.count) for part in parts]
    if product.rank is not None:
        key = ask.key("rank", product.id, "rank", product.rank.same)
        name = "/".join([product.id, "rank", *ask.scope(product.rank.same)])
        counted = run.meters.used(key, name)
        size = max(run.work.sizes.get(name, 0), counted + ask.item.count)
        run.meters.move(key, name, ask.item.count)
        return by_rank(product, ask, counted, size)
    return [(ask, ask.item.count)]


def _measured(
    run: Run, product: Product, parts: Sequence[tuple[Ask, int]], scoped: str | None, before: Earlier
) -> Measured:
    run.at("measure" if product.measure else ("rate[0]" if product.rate else "offer[0]"))
    adds = before.quantity if scoped is not None and product.merge is None else 0
    measured = measure(product, parts, adds)
    if product.split is not None:
        measured = attrs.evolve(measured, split=True)
    if product.measure:
        sizes = measured.groups
        n = sum(g.n for g in sizes) if product.rank else sizes[0].n if sizes else 0
        size = sizes[0].size if sizes and product.rank else sum(g.size for g in sizes)
        values = {"quantity": plain(size * measured.scale), "unit": measured.unit, "count": n}
        run.step("applied", "measured", values=values)
    return measured


# --- cover -----------------------------------------------------------------------------------------------------------


def _cover_with(run: Run, product: Product, cover: Cover, mine: Measured, again: int) -> Covered:
    """What one cover takes of what it may cover; its lots and its meter have moved."""
    ask = run.ask
    same = cover.same or (cover.limit.same if cover.limit else ())
    key = ask.key("free" if cover.free else "limit", product.id, cover.label, same) if same else None
    name = "/".join([product.id, cover.label, *ask.scope(same)])
    used = run.meters.used(key, name) if same else 0
    if cover.free:
        done = cover_free(cover, mine, None if cover.free < 0 else max(0, cover.free - used), again)
    else:
        limit = max(0, cover.limit.at_most - used) if cover.limit else None
        done = cover_with(cover, mine, run.lots, ask, limit, run.work.begins, again)
    for use in done.uses:
        lot = run.lots[use.lot]
        run.lots[use.lot] = attrs.evolve(lot, left=lot.left - use.units)
    run.uses += done.uses
    if same:
        run.meters.move(key, name, done.taken)
    return done


def _cover(run: Run, product: Product, measured: Measured, before: Earlier) -> tuple[Measured, dict[str, int]]:
    """What nothing covers, and the units that the covers have taken in the scope of the item, by their labels."""
    ask = run.ask
    holding: list[tuple[Cover, str]] = []
    covered = dict(before.covered)
    rest = dict(before.covered)
    for number, cover in enumerate(product.cover):
        run.at(f"cover[{number}]")
        mine, others = parts_for(cover, measured, ask)
        again = rest.pop(cover.label, 0)
        if mine is None:
            if again:
                measured = still_covered(cover, measured, again)
            run.step("not_applicable", "condition")
            continue
        done = _cover_with(run, product, cover, mine, again)
        covered[cover.label] = covered.get(cover.label, 0) + done.taken
        measured = together(done.rest, others, measured)
        limited = cover.free > 0 or done.why in ("limited", "partly_limited")
        holding.append((cover, _LIMITED if limited else _why_not(run, cover)))
        run.step("applied" if done.taken else "not_applicable", done.why, values=done.values)
    if product.beyond:
        run.at("beyond")
        measured = _beyond(run, product, measured, holding)
    return measured, {label: units for label, units in covered.items() if units}


def _why_not(run: Run, cover: Cover) -> str:
    """The code of why an account does not cover more."""
    until = None if cover.bought_later else run.ask.item.sold
    seen = [lot for lot in run.work.lots.values() if lot.account == cover.account and lot.left]
    seen = [lot for lot in seen if until is None or lot.bought <= until]
    over = [lot for lot in seen if lot.expires and run.ask.moment and lot.expires <= run.ask.moment]
    return "missing" if not seen else "expired" if len(over) == len(seen) else "limit_reached"


def _beyond(run: Run, product: Product, measured: Measured, covers: Sequence[tuple[Cover, str]]) -> Measured:
    """What happens to the rest; ``covers`` are those whose condition holds, with why they do not cover more."""
    beyond = product.beyond
    assert beyond is not None
    if not measured.groups:
        run.step("not_applicable", "all_covered")
    elif beyond.how == "rate":
        run.step("applied", "rest_at_rate")
    elif beyond.how == "count only":
        mine = {lot.account for lot in run.lots.values()} & {cover.account for cover, _ in covers}
        if not mine and not any(cover.free for cover, _ in covers):
            run.step("not_applicable", "rest_at_rate")
            return measured
        run.step("applied", "count_only", values={"rest": measured.total})
        return attrs.evolve(measured, groups=())
    elif beyond.how == "debt":
        run.lines += _debt(run, product, measured, run.work.parts.products[beyond.product])
        owed = sum(rounded(line.exact, "half_up") for line in run.lines if line.kind == "debt")
        run.step("applied", "owed", values={"debt": str(run.money(owed))})
        return attrs.evolve(measured, groups=())
    else:
        raise _uncovered(product, run.ask.held, covers)
    return measured


def _uncovered(product: Product, held: Collection[str], covers: Sequence[tuple[Cover, str]]) -> RefusedItem:
    """Why an uncovered item is not sold: units that are held but too few are named before units that are not held."""
    if not covers:
        asked = [holds for cover in product.cover for holds in atoms_of(Holds, cover.when) if not holds.lacks]
        names = dict.fromkeys(name for holds in asked for name in holds.names if name not in held)
        return RefusedItem("missing", ", ".join(names) or product.id)
    limited = next((cover for cover, why in covers if why == _LIMITED), None)
    if limited is not None:
        at_most, same = limited.free, limited.same
        if limited.allowed is not None:
            at_most, same = limited.allowed.at_most, limited.allowed.same
        return RefusedItem("limit_reached", limited.label, limit=at_most, unit=limited.unit, same=same)
    code = next(code for code in ("limit_reached", "expired", "missing") if code in {why for _, why in covers})
    return RefusedItem(code, ", ".join(cover.label for cover, _ in covers))


def _debt(run: Run, product: Product, measured: Measured, at: Product) -> list[WorkLine]:
    """What is missing, at the price of another product on the day of use."""
    like = attrs.evolve(at, measure=product.measure, price_date=product.price_date or at.price_date)
    rate = _pick(like.rates, run.ask)
    if rate is None:
        raise RefusedItem("unpublished", at.id)
    unit = Per(measured.unit) if product.measure else rate.per
    return rate_lines(attrs.evolve(rate, per=unit, kind="debt"), like, measured, run.ask).lines


# --- rate ------------------------------------------------------------------------------------------------------------


def _pick(rates: Sequence[Rate], ask: Ask) -> Rate | None:
    return next((rate for rate in rates if ask.holds(rate.when)), None)


def _choose(run: Run, product: Product, pieces: Sequence[Measured], parts: Sequence[tuple[Ask, int]]) -> None:
    """The offers compete for each piece."""
    for piece in pieces:
        ask = piece.groups[0].ask if product.rank and piece.groups else run.ask
        first = len(run.lines)
        choose(run, product, piece, ask)
        _mark(run.lines[first:], ask, parts)


def _rate(run: Run, product: Product, measured: Measured, parts: Sequence[tuple[Ask, int]]) -> None:
    pieces = [measured]
    if product.rank is not None or (product.split is not None and product.rate):
        pieces = [attrs.evolve(measured, groups=(group,)) for group in measured.groups]
    if product.offer:
        _choose(run, product, pieces or [measured], parts)
        return
    taken, flats = False, Flats()
    for number, rate in enumerate(product.rate):
        run.at(f"rate[{number}]")
        if not measured.groups:
            run.step("not_applicable", "all_covered")
        elif taken:
            run.step("not_applicable", "earlier_rule")
        else:
            mine = [piece for piece in pieces if _of_stay(run, piece).holds(rate.when)]
            if not mine:
                run.step("not_applicable", "condition")
                continue
            pieces = [piece for piece in pieces if piece not in mine]
            taken, before = not pieces, run.amount
            values: dict[str, Any] = {}
            for piece in mine:
                first = len(run.lines)
                rated = rate_lines(rate, product, piece, _of_stay(run, piece), flats.due(rate, piece))
                add(run, rated)
                _mark(run.lines[first:], piece.groups[0].ask, parts)
                values = rated.values
            if len(mine) > 1:
                values = values | {"amount": str(run.amount - before)}
            run.step("applied", "priced", before, values)
    if measured.groups and not taken:
        raise RefusedItem("unpublished", product.id)


def _of_stay(run: Run, piece: Measured) -> Ask:
    """Who asks for a price: of a stay that is cut the whole stay, with the band of the part alone."""
    part = piece.groups[0].ask
    return attrs.evolve(run.ask, band=part.band) if piece.split else part


def _mark(lines: Sequence[WorkLine], ask: Ask, parts: Sequence[tuple[Ask, int]]) -> None:
    """Say of which part of the item the lines are."""
    for line in lines if len(parts) > 1 else ():
        line.part = next((place for place, (part, _) in enumerate(parts) if part is ask), 0)


def add(run: Run, rated: Rated) -> None:
    """Take the lines of a rate over."""
    run.lines += rated.lines
    run.pending += tuple(name for name in rated.pending if name not in run.pending)
    for unit, number in rated.in_units.items():
        run.in_units[unit] = run.in_units.get(unit, Fraction(0)) + number


def _difference(run: Run, before: Earlier, quantity: int, covered: Mapping[str, int], key: str) -> None:
    """The price of the whole, less what was charged before, a tax class at a time.

    Raises:
        RefusedItem: "unstated", where the whole costs less than before.
    """
    lines, whole = list(run.lines), run.amount
    settle(lines, run.work.parts.head.rounding)
    charged: dict[str, int] = {}
    for line in lines:
        charged[line.tax] = charged.get(line.tax, 0) + int(line.exact)
    if sum(charged.values()) < sum(amount for _, amount in before.charged):
        # another rate was picked: what was charged, capped or discounted, cannot be told from here
        raise RefusedItem("unstated", f"{run.name}: the whole costs less than what was charged before")
    for name, amount in before.charged:
        mine = [line for line in lines if line.tax == name]
        if mine:
            mine[0].exact -= amount
        elif amount:
            product = run.product
            assert product is not None
            run.lines.append(line_of(run.ask.id, product, -amount, tax=name, tags=product.tags))
    stretches = (*before.stretches, *run.ask.stretches)
    amounts, units = tuple(sorted(charged.items())), tuple(sorted(covered.items()))
    run.earlier[key] = Earlier(key, tuple(sorted(stretches)), quantity, amounts, units)
    assert run.product is not None
    scope = next(name for name in SCOPED if getattr(getattr(run.product, name), "same", ()))
    run.at(f"{scope}.same")
    paid = run.money(sum(amount for _, amount in before.charged))
    run.step(
        "applied" if paid else "not_applicable", "charged_before" if paid else "condition", whole, {"paid": str(paid)}
    )


def _prorate(run: Run, product: Product) -> None:
    ask = run.ask
    if product.prorate is not None:
        run.at("prorate")
    until = ask.item.until or _implied_end(run, product)
    if until is None or ask.days:
        if product.prorate is not None:
            run.step("not_applicable", "condition")
        return
    if product.prorate is None or product.valid is None:
        raise RefusedItem("unstated", f"{product.id}: what a part of a period costs")
    start = ask.need_day()
    begins, ends = period(product.valid, start)
    rule: Any = product.prorate.rule
    share = prorate(begins, ends, start, until, rule=rule, of=product.prorate.of)  # type: ignore[arg-type]
    whole = run.amount
    for line in run.lines:
        line.exact *= share
    settle(run.lines, run.work.parts.head.rounding)
    run.step("applied", "prorated", whole, {"share": str(share)})


def _implied_end(run: Run, product: Product) -> date | None:
    """The end of a calendar month that has begun: what is sold lasts until then, and is a part of it.

    Raises:
        RefusedItem: "incomplete", where the last day is not counted, so that it has to be said which one it is.
    """
    if product.prorate is None or product.valid is None or product.valid.month is None:
        return None
    start = run.ask.need_day()
    begins, ends = period(product.valid, start)
    if start == begins:
        return None
    if product.prorate.rule != "both ends":
        raise incomplete("until")
    return ends


# --- adjust ----------------------------------------------------------------------------------------------------------


def _adjust(run: Run, product: Product, parts: Sequence[tuple[Ask, int]], left: Sequence[int]) -> None:
    if not product.adjust and (product.rank is None or len(parts) == 1):  # the rounding point at the end alone
        settle([line for line in run.lines if line.charged], run.work.parts.head.rounding)
        return
    places = {rule.id: number for number, rule in enumerate(product.adjusts)}
    before = run.amount

    def report(rule: Any, status: Any, why: str, values: Any) -> None:
        nonlocal before
        run.lines = work.lines
        at(rule)
        run.step(status, why, before, values)
        before = run.amount

    def at(rule: Any) -> None:
        run.at(f"adjust[{places[rule.id]}]")

    ask = parts[0][0] if len(parts) == 1 else run.ask
    mine: Sequence[tuple[Ask, int]] = parts if product.rank else ()
    if product.split and product.rate:
        mine = [(attrs.evolve(run.ask, band=part.band), count) for part, count in parts]
    empty = line_of(run.ask.id, product, 0, kind=product.kind, tags=product.tags, beside=True)
    work = Adjusting(
        list(run.lines), ask, product.id, product.price_date, run.meters, report, at, mine,
        product.split is not None, empty, left if len(left) == max(1, len(mine)) else (),
    )  # fmt: skip
    work.run(product.adjust)
    run.lines = work.lines
