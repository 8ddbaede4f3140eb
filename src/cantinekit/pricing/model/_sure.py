"""What has to be proved of a product before it may be loaded: no scoped amount falls, and no key is without effect."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cantinekit.pricing.combine import PriceStep, table
from cantinekit.pricing.format.read import TariffTable, listed, span
from cantinekit.pricing.model._known import check_absent
from cantinekit.pricing.model.conditions import When, asked_names
from cantinekit.pricing.model.forms import Form, Sets, Steps, Tiers, Upto
from cantinekit.pricing.model.measure import Measure
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Rate

_SMALLEST = "whole units or their smallest parts? it does not go with 'smallest'"


def check_product(product: Product, at: TariffTable) -> None:
    """Note what would make a later visit cheaper than nothing, and keys that would change nothing."""
    _idle(product, at)
    if product.split is not None:
        _cut(product, at)
    if not product.scope:
        return
    for rate, row in zip(product.rates, at.tables("rate" if product.rate else "offer"), strict=False):
        for _, form in rate.lists:
            fall = falls(form)
            if fall:
                row.problem(
                    f"the price falls from {fall[0]} to {fall[1]}, but it is counted over several visits: "
                    "a longer day must not cost less than a shorter one"
                )


def _idle_measure(measure: Measure, at: TariffTable) -> None:
    for name, needed in (("gap", "sessions"), ("smallest", "fact")):
        if name in at and not getattr(measure, needed):
            more = "; a cover by a length of time has its own" if name == "smallest" else ""
            at.problem(f"{name!r} goes with {needed!r}{more}", name)
    check_absent(at, ("step", "minimum", "at_most") if measure.smallest else (), _SMALLEST)


def _idle(product: Product, at: TariffTable) -> None:
    """Note keys that could never matter: nothing in a file is ignored."""
    if product.measure is not None and "measure" in at:
        _idle_measure(product.measure, at.table("measure"))
    for cover, row in zip(product.cover, at.tables("cover"), strict=False):
        if cover.part(product.measure) != 1 and cover.free > 0 and not cover.smallest:
            row.problem(_SMALLEST, "free")
        account_only = ("limit", "order", "smallest") if cover.free else ()
        check_absent(row, account_only, "{} is for an account, not for an allowance")
    rounds = product.measure and (product.measure.step or product.measure.minimum or product.measure.at_most)
    if product.split is not None and product.split.round == "whole" and not rounds:
        said = "nothing is rounded: it goes with a measure that has 'step', 'minimum' or 'at_most'"
        at.table("split").problem(said, "round")
    if not product.cover and any(rule.when_covered for rule in product.adjusts):
        at.problem("'when_covered' is for a product with 'cover': here nothing covers it", "adjust")
    if product.move is not None and product.move.at_least and product.move.delay is None:
        at.table("move").problem("'from' needs 'delay': in which unit?", "from")
    if product.prorate is not None and product.valid is None:
        at.problem("a part of a period needs the period: 'valid'", "prorate")
    _misplaced(product, at)


def _misplaced(product: Product, at: TariffTable) -> None:
    """Note conditions about what is not known, or is not there, where they stand."""
    early = _whens(product.cover, product.eligible, product.needs)
    whens = early + _whens(product.rates)
    late = _whens(product.deposit, product.grant, product.term, product.down_payment)
    late += [when for rule in product.cancel for when in (rule.when, rule.free)]
    if {"rank", "size"} & asked_names(early + late):
        at.problem(
            "'rank' and 'size' are those of each piece: only 'rate', 'offer' and 'adjust' can ask for them. Where the "
            "fourth is not sold write a rate: { when = { rank = { from = 4 } }, refuse = 'not_sold', why = '...' }"
        )
    if "amount" in asked_names(whens + late):
        at.problem("'amount' is what the lines come to: only adjustments can ask for it")
    if product.split is None and (
        any("band" in rate.by for rate in product.rates) or "band" in asked_names(whens + _whens(product.adjusts))
    ):
        at.problem("'band' is for parts of a stay: split = { bands = [...] } is needed")


def _whens(*rules: Iterable[Any]) -> list[When]:
    """The conditions of some rules."""
    return [rule.when for some in rules for rule in some]


def _cut(product: Product, at: TariffTable) -> None:
    """Note what a stay that is cut at bands leaves open: whether it is of the whole stay or of each part."""
    split, measure = product.split, product.measure
    assert split is not None
    where = at.table("split")
    if product.rank is not None:
        at.problem("'split' and 'rank' do not go together: a part of a stay has no rank of its own", "rank")
    if measure is not None and measure.fact:
        at.table("measure").problem("a number that the question gives cannot be cut at bands of time", "fact")
    started = any(_started(rate) for rate in product.rates)
    found = [name for name in ("step", "minimum", "at_most", "every") if measure is not None and getattr(measure, name)]
    found += ["started"] if started else []
    if found and "round" not in where:
        minutes = (
            " and needs measure = { unit = 'minute', step = ... } instead" if {"every", "started"} & set(found) else ""
        )
        where.problem(
            f"{listed(found)}: of the whole stay, or of each part of it? round = 'each part' counts every part by "
            "itself; round = 'whole' counts the stay, what is added goes to the part in which it ends" + minutes,
            "round",
        )
    elif split.round == "whole" and measure is not None and measure.unit != "minute":
        where.problem(
            f"{measure.unit!r} cannot be divided among the parts: say 'each part', or measure minutes", "round"
        )
    elif split.round == "whole" and started:
        where.problem(
            "'started' rounds each part; for the whole stay write measure = { unit = 'minute', step }", "round"
        )
    for name in ("rate", "offer"):
        for rate, row in zip(getattr(product, name), at.tables(name), strict=False):
            if rate.per is not None and rate.per.first is not None:
                row.problem("'first' and 'split' do not go together: of which part is it the first?", "first")
    if len({rate.flat for rate in product.rate if rate.flat is not None}) > 1:
        at.problem("'flat' is due once for a stay that is cut at bands: it must be one amount in all rates", "rate")
    whole = _whens(product.eligible, product.needs, product.offer)
    if "band" in asked_names(whole) or any("band" in rate.by for rate in product.offer):
        said = "only 'cover', 'rate' and 'adjust' can ask for it, they come after the cut"
        at.problem(f"'band' is for the parts of a stay: {said}")


def _started(rate: Rate) -> bool:
    """Whether a begun length of time counts in full."""
    rows = [row for _, form in rate.lists if isinstance(form, Upto) for row in form.rows]
    return bool(rate.per and rate.per.started and rate.per.minutes) or any(row.started for row in rows)


def falls(form: Form) -> tuple[str, str] | None:
    """Two quantities of which the larger costs less; ``None`` if there are none."""
    if isinstance(form, Upto):
        return _falling_rows(form)
    if isinstance(form, Steps):
        return _falling_steps(form)
    if isinstance(form, Tiers) and form.mode == "volume":
        rows = [(row.upto, row.price) for row in form.rows]
        for (bound, price), (_, after) in pairwise(rows):
            if bound is not None and price is not None and after is not None and after * (bound + 1) < price * bound:
                return str(bound), str(bound + 1)
    if isinstance(form, Sets):
        priced = {frozenset(name[-1].split("+")): (name[:-1], minor) for name, minor in form.cells.items()}
        for small, (head, minor) in priced.items():
            for large, (other, less) in priced.items():
                if head == other and small < large and less < minor:
                    return "+".join(sorted(small)), "+".join(sorted(large))
    return None


def _falling_rows(form: Upto) -> tuple[str, str] | None:
    before: int | Fraction = 0
    before_bound = 0
    for row in form.rows:
        if row.price is None:
            continue
        length = span(row.per) if row.per else None
        first, last = (1 if not before else before_bound + 1), row.upto[0] if row.upto else None
        low = at_end = row.price
        if length and row.started:
            low, at_end = row.price * -(-first // length), row.price * -(-(last or length) // length)
        elif length:
            low, at_end = row.price * first // length, -(-row.price * (last or length) // length)
        if low < before:
            return str(before_bound), str(first)
        before, before_bound = max(before, at_end), last or first
    return None


def _falling_steps(form: Steps) -> tuple[str, str] | None:
    if form.combination in ("cheapest", "smallest_that_fits"):
        prices = [row.price or 0 for row in form.rows]
        rising = form.combination == "cheapest" or all(a <= b for a, b in pairwise(prices))
        if rising:
            return None
    steps = [PriceStep(row.size[0], row.price or 0) for row in form.rows]
    most = min(max(step.size for step in steps) * 4, 20_000)
    known = [(n, price) for n, price in enumerate(table(steps, form.combination, most)) if price is not None]  # type: ignore[arg-type]
    return next(((str(a), str(b)) for (a, before), (b, after) in pairwise(known) if after < before), None)
