"""The phases of an order: its items one after the other, then what concerns all of them, the tax, and what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing.engine._item import Late, refuse, run_item
from cantinekit.pricing.engine._settle import due_later, pay, settle_run
from cantinekit.pricing.engine._work import Run, Work
from cantinekit.pricing.engine.adjust import Adjusting, Meters, one_basis
from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.held import bought, with_before
from cantinekit.pricing.engine.lines import WorkLine, concerned, rounded, total
from cantinekit.pricing.engine.tax import tax_lines, treatment
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.format.toml import quoted
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.rules import Group
from cantinekit.pricing.model.sections import Coupon
from cantinekit.pricing.quote import SEMANTICS, Line, Quote, Refusal, Told
from cantinekit.pricing.tax import TaxDocument, Treatment
from cantinekit.pricing.values import FrozenMap, Item, Order, State

MOST_PASSES = 50
"""So many items of an order are left out one by one, before the rest of them is left out at once."""


def quote(parts: Parts, version: str, order: Order, state: State) -> Quote:
    """Price the items one after the other; each sees what the ones before it have used.

    What is refused only by what comes after the items (the order, the tax) must not have used anything either: then the
    order is priced once more without it, and what the first pass has counted is forgotten.
    """
    late: dict[str, Late] = {}
    while True:
        work = _start(parts, order, state)
        _items(work, late)
        _order_rules(work)
        documents = _tax(work)
        _settle(work)
        _floors(work)
        found = _refused_late(work, len(late) < MOST_PASSES)
        if not found:
            return _answer(work, version, documents, state)
        late |= found


def _refused_late(work: Work, one_by_one: bool) -> dict[str, Late]:
    """The items that are refused by what comes after all items.

    ``one_by_one``: up to the first "from" that may have moved something; those behind it may cost another sum then.
    """
    found: dict[str, Late] = {}
    for run in work.runs:
        if run.moved and run.stopped:
            found[run.ask.id] = run.rule, run.stopped
            product = run.product
            moves = product and (product.cover or product.rank or any(rule.same for rule in product.adjusts))
            if one_by_one and moves and run.stopped.code == "from":
                break
    return found


def _items(work: Work, late: Mapping[str, Late]) -> None:
    """The items one after the other, with the products that they need; of ``late`` ones it is known why they fail."""
    queue, added = list(work.order.named()), set[str]()
    while queue:
        id, item = queue.pop(0)
        run = _run(work, id, item, queue)
        run_item(run, late.get(id))
        work.runs.append(run)
        if not run.refusals:
            work.bought += bought(work.parts, work.order, item, needed=id in added)
        for name, count in dict(run.needed).items():
            added.add(f"{id}+{name}")
            queue.insert(0, (f"{id}+{name}", Item(name, count=count, day=run.ask.day, facts=item.facts)))


def _start(parts: Parts, order: Order, state: State) -> Work:
    earlier = {scope.key: scope for scope in state.earlier}
    work = Work(parts, order, {lot.id: lot for lot in state.lots}, Meters(dict(state.meters)), earlier)
    for id, item, before in with_before(parts, order):
        product = parts.products.get(item.product)
        if product is not None and product.rank is not None:
            ask = Ask.of(id, item, parts, order, before)
            try:
                name = "/".join([product.id, "rank", *ask.scope(product.rank.same)])
            except RefusedItem:
                continue  # the item says what is missing
            work.sizes[name] = work.sizes.get(name, 0) + item.count
    return work


def _run(work: Work, id: str, item: Item, behind: Sequence[tuple[str, Item]]) -> Run:
    ask = Ask.of(id, item, work.parts, work.order, work.bought)
    product = work.parts.products.get(item.product)
    others: list[Item] = []
    if product is not None and product.needs:
        others = [run.ask.item for run in work.runs if not run.refusals] + [other for _, other in behind]
    sold = tuple(one for other in others for one in bought(work.parts, work.order, other, needed=True))
    return Run(work, ask, product, dict(work.lots), work.meters.copy(), dict(work.earlier), sold)


# --- across the items ------------------------------------------------------------------------------------------------


def _order_rules(work: Work) -> None:
    """The rules of the order, then the coupons: the same kinds as of a product, over the lines of all items."""
    if not any(run.lines for run in work.runs):
        return
    asked = work.parts.asked_codes if work.order.codes else frozenset()
    unknown = [code for code in work.order.codes if code not in work.parts.coupons and code not in asked]
    for run in work.runs:
        if unknown and not run.refusals:
            refuse(run, RefusedItem("not_for", f"code {', '.join(unknown)}"))
    try:
        _adjust_all(work, work.parts.order.adjust, "order.adjust")
        _coupons(work)
    except RefusedItem as stop:
        for run in work.runs:
            if not run.refusals:
                run.rule = ("order", "order", "order")
                refuse(run, stop)


def _adjust_all(work: Work, groups: Sequence[Group], path: str) -> None:
    lines = [line for run in work.runs for line in run.lines]
    if not groups or not lines:
        return
    first = next(run for run in work.runs if run.lines)
    places = {rule.id: n for n, rule in enumerate(rule for group in groups for rule in group.rules)}
    before = {run.ask.id: run.amount for run in work.runs}

    def report(rule: Any, status: Any, why: str, values: Any) -> None:
        _take_back(work, adjusting.lines)
        for run in work.runs:
            if run.lines:
                run.rule = ("order", f"{path}[{places[rule.id]}]" if path.endswith("adjust") else path, rule.id)
                run.step(status, why, before[run.ask.id], values)
                before[run.ask.id] = run.amount

    price_date = work.parts.head.price_date or "purchase"
    pieces = {run.ask.id: (run.ask.item.count, run.pieces) for run in work.runs}
    asks = {run.ask.id: run.ask for run in work.runs}
    adjusting = Adjusting(lines, first.ask, "order", price_date, work.meters, report, items=pieces, asks=asks)
    adjusting.run(groups)
    _take_back(work, adjusting.lines)
    for run in work.runs:  # between two rounding points each item was rounded alone, and now all of them together
        if run.lines and run.amount != before[run.ask.id]:
            run.steps[-1] = attrs.evolve(run.steps[-1], after=run.amount)


def _take_back(work: Work, lines: Sequence[WorkLine]) -> None:
    for run in work.runs:
        run.lines = [line for line in lines if line.item == run.ask.id]


def _coupons(work: Work) -> None:
    found = [(code, coupon) for code in work.order.codes if (coupon := work.parts.coupons.get(code)) is not None]
    usable = [coupon for code, coupon in found if _usable(work, code, coupon)]
    together = work.parts.order.coupons
    if len(usable) > 1 and together == "unstated":
        raise RefusedItem("unstated", ", ".join(coupon.rule.id for coupon in usable))
    if len(usable) > 1 and together == "best for customer":
        _adjust_all(work, [Group(tuple(coupon.rule for coupon in usable), together)], "coupon")
        return
    for coupon in usable[:1] if together == "one of" else usable:
        _adjust_all(work, [Group((coupon.rule,))], f"coupon.{quoted(coupon.rule.id)}")


def why_unused(coupon: Coupon, day: date | None, amount: int) -> str:
    """Why a coupon does not count on a day for lines of so much; "" where only its limit can be in the way."""
    if day is not None and ((coupon.start and day < coupon.start) or (coupon.until and day > coupon.until)):
        return "not_in_force"
    if amount < coupon.minimum:
        return "below_minimum"
    if coupon.rule.kind == "add" and coupon.larger == "ignored" and -coupon.rule.lists[0][1] > amount:
        return "larger_than_total"
    return ""


def _usable(work: Work, code: str, coupon: Coupon) -> bool:
    """Whether a coupon counts here; where it does not, every item says why."""
    mine = concerned(coupon.rule.on, [line for run in work.runs for line in run.lines])
    amount = rounded(total(mine), work.parts.head.rounding)
    ask = next(run for run in work.runs if (run.ask.id == mine[0].item if mine else run.lines)).ask
    if coupon.minimum:
        one_basis(code, mine, ask)
    day = ask.bought()
    if day is None and (coupon.start or coupon.until):
        raise RefusedItem("incomplete", "as_of", facets=("as_of",))
    why = why_unused(coupon, day, amount)
    limit = coupon.limit
    if limit is not None and not why:
        key = ask.key("coupon", "order", code, limit.same)
        name = "/".join([code, *ask.scope(limit.same)])
        if work.meters.used(key, name) >= limit.at_most:
            why = "no_more_uses"
        else:
            work.meters.move(key, name, 1)
    values = {"minimum": str(Money(coupon.minimum, work.parts.currency)), "most": limit.at_most if limit else 0}
    for run in work.runs:
        if why and run.lines:
            run.rule = ("order", f"coupon.{quoted(code)}", code)
            run.step("not_applicable", why, values=values)
    return not why


# --- tax and what is due ---------------------------------------------------------------------------------------------


def _treated(work: Work) -> tuple[list[tuple[Run, WorkLine]], list[Treatment], bool]:
    """The lines that are charged, how each is taxed, and whether the tax of one refused its item."""
    lines: list[tuple[Run, WorkLine]] = []
    treatments: list[Treatment] = []
    for run in work.runs:
        for line in run.lines:
            if line.charged:
                try:
                    treatments.append(treatment(run.ask, line.tax))
                except RefusedItem as stop:
                    run.rule = ("tax", f"{run.path}.tax", line.tax)
                    refuse(run, stop)
                    break
                lines.append((run, line))
    lines = [(run, line) for run, line in lines if run.lines]
    return lines, treatments, len(treatments) != len(lines)


def _tax(work: Work) -> tuple[TaxDocument, ...]:
    """Bring the lines to what the customer pays; a line whose tax nobody knows stays as it is printed."""
    refused = True
    while refused:  # who refuses has no line any more; then the others are asked once more
        lines, treatments, refused = _treated(work)
    if not lines:
        return ()
    try:
        taxed = tax_lines([line for _, line in lines], treatments, lines[0][0].ask)
    except RefusedItem as stop:
        for run in work.runs:
            if run.lines:
                run.rule = ("tax", f"{run.path}.tax", "")
                refuse(run, stop)
        return ()
    before: dict[str, Money] = {}
    """What an item came to whose lines are not what the customer pays."""
    for (run, line), net, gross in zip(lines, taxed.nets, taxed.grosses, strict=True):
        line.net, line.gross = net, gross
        if gross is None:
            run.rule = ("tax", f"{run.path}.tax", line.tax)
            if "tax_unknown" not in {stop.code for stop in run.refusals}:
                run.refusals.append(
                    Refusal("tax_unknown", run.name, run.ask.id, low=Money(int(line.exact), work.parts.currency))
                )
        elif gross != line.exact:
            if run.ask.id not in before:
                before[run.ask.id] = run.amount
            line.exact = Fraction(gross)
    for run in work.runs:
        if run.ask.id in before and run.amount != before[run.ask.id]:
            run.rule = ("tax", f"{run.path}.tax", "tax")
            run.step("applied", "taxed", before[run.ask.id])
    return taxed.documents


def _settle(work: Work) -> None:
    """The amounts due and when; where that cannot be said there is no price."""
    for run in work.runs:
        try:
            settle_run(run)
        except RefusedItem as stop:
            refuse(run, stop)


def _floors(work: Work) -> None:
    """A price that is printed as "from" is no price: what it comes to is the least that it can be."""
    for run in work.runs:
        if any(line.floor for line in run.lines) and not run.refusals:
            low, due = run.amount, run.money(run.due)
            first = "rate[0]" if run.product and run.product.rate else "offer[0]"
            run.rule = ("rate", f"{run.path}.{first}", "")
            refuse(run, RefusedItem("from", run.name, low=low, due_now=due if due != low else None))


def _answer(work: Work, version: str, documents: tuple[TaxDocument, ...], state: State) -> Quote:
    parts, money = work.parts, lambda minor: Money(minor, work.parts.currency)
    for run in work.runs:
        run.lines += run.deposits
    lines = tuple(_line(line, parts.currency) for run in work.runs for line in run.lines)
    charged = Money.sum((line.amount for line in lines if line.kind in ("revenue", "penalty")), parts.currency)
    units: dict[str, Fraction] = {}
    for run in work.runs:
        for name, number in run.in_units.items():
            units[name] = units.get(name, Fraction(0)) + number
    due = sum(run.due for run in work.runs)
    vouchers = pay(work, state)
    paid = sum(use.units for use in vouchers)
    later = due_later(work, max(0, paid - due))
    known = any(run.lines for run in work.runs) or not any(run.refusals for run in work.runs)
    unknown = any(document.gross is None for document in documents)
    return Quote(
        total=charged,
        lines=lines,
        uses=(*(use for run in work.runs for use in run.uses), *vouchers),
        meters=tuple(work.meters.moves.items()),
        state=State(
            FrozenMap(work.meters.stand),
            tuple(work.lots[lot.id] for lot in state.lots),
            tuple(work.earlier[key] for key in sorted(work.earlier)),
        ),
        tariff_id=parts.head.id,
        tariff_version=version,
        semantics=SEMANTICS,
        refusals=tuple(stop for run in work.runs for stop in run.refusals),
        reasons=Told(tuple(step for run in work.runs for step in run.steps), documents, later, parts.names),
        gross=None if unknown or not known else charged,
        net=_net(documents, charged, money) if known else None,
        due_now=Money(max(0, due - paid), parts.currency),
        in_units=FrozenMap({name: show_number(number) for name, number in units.items()}),
        grants=tuple(grant for run in work.runs for grant in run.grants),
        pending=tuple((run.ask.id, name) for run in work.runs for name in run.pending),
    )


def _net(documents: Sequence[TaxDocument], charged: Money, money: Any) -> Money | None:
    if not documents:
        return charged if not charged else None
    return None if any(each.net is None for each in documents) else money(sum(each.net or 0 for each in documents))


def _line(line: WorkLine, currency: str) -> Line:
    quantity = line.quantity.numerator if line.quantity.denominator == 1 else show_number(line.quantity)
    price = None if line.unit_price is None else Money(line.unit_price, currency)
    net = None if line.net is None else Money(line.net, currency)
    basis = "excl" if line.basis == "excl" and line.gross is None else "incl"
    return Line(
        line.item, line.product, line.text, quantity, line.unit, price, Money(int(line.exact), currency), line.tax,
        line.kind, line.tags, net, basis,  # type: ignore[arg-type]
    )  # fmt: skip
