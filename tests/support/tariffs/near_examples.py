"""Examples that are near those of a list: another count or day, more beside it, called off at another time.

What they expect is what the list answers, so that a house that keeps anything else is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import attrs

from cantinekit.errors import InputError
from cantinekit.living.house import House
from cantinekit.living.lived import LivedExample, live_one
from cantinekit.pricing import Agreement, Cancel, FrozenMap, Move, Quote, State, Tariff
from cantinekit.pricing.model.cancel import AFTER_START
from cantinekit.pricing.model.examples import NO_SHOW, Asked, Example, LaterExample
from cantinekit.pricing.model.expected import UNSTATED, Expected

DELAYS = (0, 1, 2, 3, 5, 8, 12, 20, 30, NO_SHOW, AFTER_START)


def near(tariff: Tariff, random: Random) -> Iterator[Example]:
    """Two examples near each of a list, where it has an answer: one bought otherwise, one that something happens to."""
    examples = [one for one in tariff.examples if one.buy]
    for example in examples:
        plain = attrs.evolve(example, later=LaterExample(), instead_of=())
        changed = _changed(plain, [one.buy for one in examples], random)
        try:
            yield attrs.evolve(changed, expected=_sold(tariff, changed))
        except InputError:  # a question that no list could answer
            continue
        yield from _happened(tariff, plain, random)


def _quote(tariff: Tariff, example: Example) -> Quote:
    order, _ = example.order(tariff.zone)
    return tariff.quote(order, State(lots=example.lots(tariff.zone, tariff.smallest)))


def _changed(example: Example, others: Sequence[tuple[Asked, ...]], random: Random) -> Example:
    how = random.choice(["count", "day", "more", "earlier", "facts", "nothing"])
    buy, other = example.buy, random.choice(others)
    if how == "count":
        buy = tuple(attrs.evolve(one, count=random.choice([1, 2, 3, 5])) for one in buy)
    elif how == "day":
        later = timedelta(days=random.choice([1, 2, 7, 31]))
        buy = tuple(attrs.evolve(one, day=one.day and one.day + later) for one in buy)
    elif how == "more":
        buy = (*buy, *other)
    elif how == "facts":
        facts = other[0].facts
        told = ({**one.facts, **{name: facts[name] for name in one.facts if name in facts}} for one in buy)
        buy = tuple(attrs.evolve(one, facts=FrozenMap(new)) for one, new in zip(buy, told, strict=True))
    setting = example.setting
    if how == "earlier" and buy[0].day is not None:
        setting = attrs.evolve(setting, as_of=buy[0].day - timedelta(days=random.choice([1, 3, 20])))
    return attrs.evolve(example, buy=buy, setting=setting)


def _sold(tariff: Tariff, example: Example) -> Expected:
    price = _quote(tariff, example)
    if price.refusals:
        return Expected(refused=price.refusals[0].code)
    assert price.gross is not None
    smallest = tariff.smallest
    used = sum((use.units * smallest.get(use.account, Fraction(1)) for use in price.uses if not use.money), Fraction(0))
    later: dict[str, int] = {}
    for row in price.due_later:
        day = row.day.isoformat() if row.day else UNSTATED
        later[day] = later.get(day, 0) + row.amount.amount
    taxed = price.net is not None and price.tax is not None
    return Expected(
        gross=price.gross.amount,
        net=price.net.amount if price.net is not None and taxed else None,
        tax=price.tax.amount if price.tax is not None and taxed else None,
        deposit=price.held.amount or None,
        debt=price.debt.amount or None,
        due_now=price.due_now.amount if price.due_now is not None else None,
        due_later=tuple(sorted(later.items())),
        paid=price.paid.amount or None,
        units_used=used or None,
        granted=_granted(tariff, price),
        valid_until=_valid_until(tariff, example),
    )


def _valid_until(tariff: Tariff, example: Example) -> date | None:
    """The last day of what is held, where one thing is bought that lasts as long as the list says."""
    (first, *more) = example.buy
    product = tariff.products[first.product]
    if more or first.day is None or first.until is not None or not product.sells or product.valid is None:
        return None
    return tariff.terms(first.product, first.day, facts=first.facts, count=first.count, holds=example.holds).last_day


def _granted(tariff: Tariff, price: Quote) -> tuple[tuple[str, Fraction | None], ...]:
    sums: dict[str, Fraction | None] = {}
    for grant in price.grants:
        size = tariff.smallest[grant.account] if grant.account in tariff.parts.money_accounts else Fraction(1)
        before = sums.get(grant.account, Fraction(0))
        sums[grant.account] = None if grant.units is None or before is None else before + grant.units * size
    return tuple(sorted(sums.items()))


def _happened(tariff: Tariff, example: Example, random: Random) -> Iterator[Example]:
    """The same called off or moved at another time, where the list says what that comes to."""
    delay, moved = random.choice(DELAYS), random.random() < 0.3
    order, _ = example.order(tariff.zone)
    price = _quote(tariff, example)
    if len(order.items) > 1 or order.items[0].also or price.refusals or example.setting.as_of is not None:
        return
    event: Cancel | Move = Cancel(delay=delay if isinstance(delay, int) else -1)
    if delay == AFTER_START:
        event = Cancel(after_start=True)
    if moved and isinstance(delay, int):
        event = Move(delay=delay)
    change = tariff.change(Agreement.of(order, price), event)
    if any(stop.code in ("unstated", "incomplete") for stop in change.refusals):
        return
    later = LaterExample(moved=delay) if isinstance(event, Move) else LaterExample(cancelled=delay)  # type: ignore[arg-type]
    if not change.ok:
        expected = Expected(refused=change.refusals[0].code)
    else:
        back = None if isinstance(event, Move) else change.refund.amount
        expected = Expected(fee=change.fee.amount, refund=back)
    yield attrs.evolve(example, later=later, expected=expected)


def lived(tariff: Tariff, random: Random) -> Iterator[tuple[Example, LivedExample]]:
    """The examples near those of a list, with what became of each in a house."""
    house = House.build(tariff)
    for example in near(tariff, random):
        yield example, live_one(house, example)
