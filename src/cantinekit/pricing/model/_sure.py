"""What has to be proved of a product before it may be loaded: no scoped amount falls, and no key is without effect."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from cantinekit.pricing.combine import Step, table
from cantinekit.pricing.format._read import Table, span
from cantinekit.pricing.model._conditions import When
from cantinekit.pricing.model._forms import Form, Sets, Steps, Tiers, Upto
from cantinekit.pricing.model._product import Product


def check_product(product: Product, at: Table) -> None:
    """Note what would make a later visit cheaper than nothing, and keys that would change nothing."""
    _idle(product, at)
    scoped = product.merge or (product.measure and product.measure.same) or (product.choose and product.choose.same)
    if not scoped:
        return
    for number, rate in enumerate(product.rates):
        for _, form in rate.lists:
            fall = falls(form)
            if fall:
                name = "rate" if product.rate else "offer"
                row = at.tables(name)[number] if number < len(at.tables(name)) else at
                row.problem(
                    f"the price falls from {fall[0]} to {fall[1]}, but it is counted over several visits: "
                    "a longer day must not cost less than a shorter one"
                )


def _idle(product: Product, at: Table) -> None:
    """Note keys that could never matter: nothing in a file is ignored."""
    measure = at.table("measure") if "measure" in at else None
    if product.measure is not None and measure is not None:
        for name, needed in (("gap", "sessions"), ("smallest", "fact")):
            if name in measure and not getattr(product.measure, needed):
                measure.problem(f"{name!r} goes with {needed!r}", name)
        for name in ("step", "minimum", "at_most") if product.measure.smallest else ():
            if name in measure:
                measure.problem("whole units or their smallest parts? it does not go with 'smallest'", name)
    for cover, row in zip(product.cover, at.tables("cover") if "cover" in at else (), strict=False):
        if product.measure is not None and product.measure.smallest and (cover.limit or cover.free > 0):
            name = "limit" if cover.limit else "free"
            row.problem("whole units or their smallest parts? it does not go with 'smallest'", name)
        for name in ("limit", "order"):
            if name in row and cover.free:
                row.problem(f"{name!r} is for an account, not for an allowance", name)
    if product.move is not None and product.move.at_least and product.move.delay is None:
        at.table("move").problem("'from' needs 'delay': in which unit?", "from")
    if product.prorate is not None and product.valid is None:
        at.problem("a part of a period needs the period: 'valid'", "prorate")
    whens = [rule.when for rule in product.rates] + [rule.when for rule in product.cover]
    whens += [rule.when for rule in product.eligible] + [rule.when for rule in product.needs]
    if _asks(whens, "amount"):
        at.problem("'amount' is what the lines come to: only adjustments can ask for it")
    if product.split is None and (
        any("band" in rate.by for rate in product.rates)
        or _asks([*whens, *(rule.when for rule in product.adjusts)], "band")
    ):
        at.problem("'band' is for parts of a stay: split = { bands = [...] } is needed")


def _asks(whens: Iterable[When], name: str) -> bool:
    return any(getattr(atom, "name", "") == name for when in whens for clause in when for atom in clause.atoms)


def falls(form: Form) -> tuple[str, str] | None:
    """Two quantities of which the larger costs less; ``None`` where there are none."""
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
        low: int | Fraction = row.price * (-(-first // length) if row.started else 0) if length else row.price
        if length and not row.started:
            low = row.price * first // length
        if low < before:
            return str(before_bound), str(first)
        at_end: int | Fraction = row.price
        if length and last:
            at_end = row.price * -(-last // length) if row.started else -(-row.price * last // length)
        before, before_bound = max(before, at_end), last or first
    return None


def _falling_steps(form: Steps) -> tuple[str, str] | None:
    if form.combination in ("cheapest", "smallest_that_fits"):
        prices = [row.price or 0 for row in form.rows]
        rising = form.combination == "cheapest" or all(a <= b for a, b in pairwise(prices))
        if rising:
            return None
    steps = [Step(row.size[0], row.price or 0) for row in form.rows]
    most = min(max(step.size for step in steps) * 4, 20_000)
    known = [(n, price) for n, price in enumerate(table(steps, form.combination, most)) if price is not None]  # type: ignore[arg-type]
    return next(((str(a), str(b)) for (a, before), (b, after) in pairwise(known) if after < before), None)
