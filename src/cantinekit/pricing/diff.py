"""What differs between two tariffs: prices with what they were before, rules, taxes, terms, and answers to examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import attrs

from cantinekit.money import Money
from cantinekit.pricing._answers import run
from cantinekit.pricing._diff_cells import cells_on
from cantinekit.pricing.format.records import keys_of
from cantinekit.pricing.format.toml import quoted
from cantinekit.pricing.format.toml import value as toml
from cantinekit.pricing.listing import adjust_text, when_text
from cantinekit.pricing.model.examples import Example
from cantinekit.pricing.model.forms import AmountShare, Offered, Refuse
from cantinekit.pricing.model.later import Later
from cantinekit.pricing.model.product import Product, product_path
from cantinekit.pricing.model.rules import Adjust, Rate
from cantinekit.pricing.tariff import Tariff

Area = Literal["tariff", "product", "price", "rule", "terms", "tax", "order", "example"]
AREAS: tuple[Area, ...] = ("tariff", "product", "price", "rule", "terms", "tax", "order", "example")
What = Literal["added", "removed", "changed"]


@attrs.frozen
class Difference:
    """One thing that is not the same in two tariffs.

    ``path`` is where it stands ("product.desk.rate"), ``whom`` for whom or for what ("category: student", a cell of a
    grid), ``since`` the day from which the list with it holds. ``before`` and ``after`` are texts, ``None`` where
    there is nothing; ``percent`` is the relative change of an amount.
    """

    area: Area
    what: What
    path: str
    whom: str = ""
    since: date | None = None
    before: str | None = None
    after: str | None = None
    percent: Fraction | None = None


def difference(old: Tariff, new: Tariff) -> tuple[Difference, ...]:
    """Everything that differs in content, in the order of ``AREAS``. None where the two tariffs are equal.

    Every worked example of either file is asked on both; one whose answers differ is a difference of the area
    "example".
    """
    found = [*_sections(old, new), *_products(old, new), *_examples(old, new)]
    return tuple(sorted(found, key=lambda each: AREAS.index(each.area)))


def _pair(area: Area, path: str, before: str | None, after: str | None, **more: Any) -> Iterator[Difference]:
    """A difference, unless there is none."""
    if before != after:
        what: What = "added" if before is None else "removed" if after is None else "changed"
        yield Difference(area, what, path, before=before, after=after, **more)


def _tables(area: Area, path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """The keys of two tables, each with its value in the spelling of the file."""
    for key in dict.fromkeys([*old, *new]):
        texts = [toml(data[key]) if key in data else None for data in (old, new)]
        yield from _pair(area, f"{path}.{quoted(key)}", *texts)


def _sections(old: Tariff, new: Tariff) -> Iterator[Difference]:
    before, after = old.parts.data(), new.parts.data()
    for section in dict.fromkeys([*before, *after]):
        if section in ("product", "examples"):
            continue
        area: Area = "tax" if section == "tax" else "order" if section in ("order", "coupon") else "tariff"
        yield from _tables(area, section, before.get(section, {}), after.get(section, {}))


# --- products --------------------------------------------------------------------------------------------------------

_OTHER = ("name", "optional", "price_date", "prices", "tax", "kind", "tags", "sells", "asks", "stay")
_TERMS = tuple(name for name, _, _ in keys_of(Later))


def _products(old: Tariff, new: Tariff) -> Iterator[Difference]:
    for id in dict.fromkeys([*old.products, *new.products]):
        before, after, path = old.products.get(id), new.products.get(id), product_path(id)
        if before is None or after is None:
            yield from _pair("product", path, before.name if before else None, after.name if after else None)
        elif before != after or old.currency != new.currency:
            yield from _prices(path, before, after, old, new)
            yield from _rules(path, before, after, old, new)


def _rules(path: str, before: Product, after: Product, old: Tariff, new: Tariff) -> Iterator[Difference]:
    """Everything of a product that is no price: rules by their names, the other keys as they are."""
    texts = before.data(old.currency), after.data(new.currency)
    for key in dict.fromkeys([*texts[0], *texts[1]]):
        if key in ("rate", "offer"):
            continue
        if key == "adjust":
            yield from _adjusts(path, before, after, old, new)
            continue
        area: Area = "product" if key in _OTHER else "terms" if key in _TERMS else "rule"
        named = [_named(data.get(key)) for data in texts]
        if named[0] is not None and named[1] is not None:
            yield from _tables(area, f"{path}.{key}", named[0], named[1])
        else:
            yield from _tables(area, path, *({key: data[key]} if key in data else {} for data in texts))


def _named(rows: Any) -> dict[str, Any] | None:
    """The rows of a list by their names; ``None`` where they have none, or where one name is there twice."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    names = [row.get("id") or row.get("by") or row.get("product") or row.get("account") for row in rows]
    return dict(zip(names, rows, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _adjusts(path: str, before: Product, after: Product, old: Tariff, new: Tariff) -> Iterator[Difference]:
    rules = [{rule.id: rule for rule in product.adjusts} for product in (before, after)]
    for id in dict.fromkeys([*rules[0], *rules[1]]):
        first, second = rules[0].get(id), rules[1].get(id)
        texts = _adjust_texts(first, second, old, new)
        when = (second or first).when  # type: ignore[union-attr]
        whom = when_text(when, "en", (new if second else old).currency)
        percent = _adjust_percent(first, second) if old.currency == new.currency else None
        yield from _pair("rule", f"{path}.adjust.{quoted(id)}", texts[0], texts[1], whom=whom, percent=percent)
    kept = rules[0].keys() & rules[1].keys()
    orders = [[id for id in found if id in kept] for found in rules]
    groups = [[group.together for group in product.adjust] for product in (before, after)]
    yield from _pair("rule", f"{path}.adjust", toml(orders[0]), toml(orders[1]), whom="order of the rules")
    if orders[0] == orders[1] and rules[0].keys() == rules[1].keys():
        yield from _pair("rule", f"{path}.adjust", toml(groups[0]), toml(groups[1]), whom="how rules go together")


def _adjust_texts(first: Adjust | None, second: Adjust | None, old: Tariff, new: Tariff) -> list[str | None]:
    """Both rules in words: with their conditions where those differ, as the file has them where no words differ."""
    both = [(first, old.currency), (second, new.currency)]
    exact = [toml(rule.data(currency)) if rule else None for rule, currency in both]
    if not (first and second) or first.when == second.when:
        both = [(rule and attrs.evolve(rule, when=()), currency) for rule, currency in both]
    words = [adjust_text(rule, "en", currency) if rule else None for rule, currency in both]
    return exact if words[0] == words[1] else words


def _adjust_percent(first: Adjust | None, second: Adjust | None) -> Fraction | None:
    if first is None or second is None or first.kind != second.kind or first.dated or second.dated:
        return None
    values = first.lists[0][1], second.lists[0][1]
    return _percent(*values) if all(type(value) is int for value in values) else None


def _percent(before: int, after: int) -> Fraction | None:
    return Fraction(after - before, abs(before)) if before else None


# --- prices ----------------------------------------------------------------------------------------------------------


def _prices(path: str, before: Product, after: Product, old: Tariff, new: Tariff) -> Iterator[Difference]:
    """The rates of a product, matched by id or by condition; a price at each day on which one of them begins."""
    name = "rate" if after.rate else "offer"
    rates = [_by_label(before, old), _by_label(after, new)]
    for label in dict.fromkeys([*rates[0], *rates[1]]):
        first, second = (found.get(label) for found in rates)
        place = f"{path}.{name}"
        days = {day or date.min for rate in (first, second) if rate for day, _ in rate.lists}
        told: dict[str, tuple[Any, Any]] = {}
        found: list[Difference] = []
        for day in sorted(days):
            cells = [cells_on(rate, day, each.currency) for rate, each in ((first, old), (second, new))]
            for cell in dict.fromkeys([*cells[0], *cells[1]]):
                pair = cells[0].get(cell), cells[1].get(cell)
                if told.get(cell, (None, None)) != pair:
                    told[cell] = pair
                    whom = ", ".join(filter(None, [label, cell]))
                    found += _amounts(place, pair, whom, None if day == date.min else day)
        if first and second:
            found += _pair("rule", place, _rest(first, old), _rest(second, new), whom=label)
            exact = [toml(rate.data(each.currency)) for rate, each in ((first, old), (second, new))]
            found += [] if found else _pair("rule", place, exact[0], exact[1], whom=label)
        yield from found


def _amounts(place: str, pair: tuple[Any, Any], whom: str, since: date | None) -> Iterator[Difference]:
    before, after = pair
    percent = None
    if isinstance(before, Money) and isinstance(after, Money) and before.currency == after.currency:
        percent = _percent(before.amount, after.amount)
    texts = [None if value is None else str(value) for value in pair]
    yield from _pair("price", place, texts[0], texts[1], whom=whom, since=since, percent=percent)


def _by_label(product: Product, tariff: Tariff) -> dict[str, Rate]:
    """The rates by what tells them apart: their id, else their condition, else their place."""
    out: dict[str, Rate] = {}
    for rate in product.rates:
        label = rate.id or when_text(rate.when, "en", tariff.currency)
        number = 2
        while label in out:
            label, number = f"{label.removesuffix(f' ({number - 1})')} ({number})", number + 1
        out[label] = rate
    return out


_AMOUNTS = ("price", "in_units", "columns", "rows", "upto", "steps", "tiers", "flat", "first_price", "lists", "id")


def _rest(rate: Rate, tariff: Tariff) -> str:
    """What a rate says beside its prices."""
    data = rate.data(tariff.currency)
    return toml({key: part for key, part in data.items() if key not in (*_AMOUNTS, *_of_form(rate))})


def _of_form(rate: Rate) -> Iterable[str]:
    """Keys whose values are told as prices already."""
    forms = [form for _, form in rate.lists]
    if any(isinstance(form, (Offered, Refuse)) for form in forms):
        yield from ("at_least", "suggestion", "refuse", "amount", "low", "high")
    if any(isinstance(form, AmountShare) for form in forms):
        yield from ("share", "of")


# --- examples --------------------------------------------------------------------------------------------------------


def _examples(old: Tariff, new: Tariff) -> Iterator[Difference]:
    """The worked examples of both files, asked on both tariffs."""
    asked: dict[str, Example] = {example.id: example for example in new.examples}
    for example in old.examples:
        if asked.setdefault(example.id, example) != example and _question(asked[example.id]) != _question(example):
            asked[f"{example.id} (before)"] = example
    for id, example in asked.items():
        answers = [run(example, tariff) for tariff in (old, new)]
        texts = [answer.got if answer.got != "an error" else f"an error: {answer.why}" for answer in answers]
        yield from _pair("example", f"examples.{quoted(id)}", texts[0], texts[1])


def _question(example: Example) -> tuple[Any, ...]:
    return example.buy, example.setting, example.later, example.instead_of
