"""The whole price list: the head, every product with its prices and rules, then what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import attrs

from cantinekit.pricing.listing._conditions import condition
from cantinekit.pricing.listing._forms import Rows, beside, form_rows, one_price, table
from cantinekit.pricing.listing._rules import choose_line, rule_lines
from cantinekit.pricing.listing._sections import sections
from cantinekit.pricing.listing._told import Parts, told, word
from cantinekit.pricing.listing._words import Named, Say
from cantinekit.pricing.model.forms import AmountShare, Form, Offered, Price, Refuse
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Rate
from cantinekit.pricing.terms import parse_length

if TYPE_CHECKING:
    from cantinekit.common.typography import Lang
    from cantinekit.pricing.tariff import Tariff

_ONE_PRICE = (Price, Refuse, Offered, AmountShare)
_HEAD: Parts = {
    **dict.fromkeys(("id", "currency", "timezone", "name", "prices", "tax", "price_date", "source", "uncertain")),
    "rounding": word("rounding"),
    "seconds": word("seconds"),
    "unreachable": word("unreachable"),
    "due": lambda length, say: say("due", length=say.length(parse_length(length))),
}


def price_list(tariff: Tariff, lang: Lang = "en") -> str:
    """Everything that a tariff says about prices, as plain text; tables are in columns.

    Args:
        tariff: the tariff.
        lang: "fr" or "en".

    Raises:
        InputError: no texts in this language.
    """
    say = Say(lang, tariff.currency, Named.of(tariff))
    out = list(_head(tariff, say))
    for _, product in tariff.parts.in_order("product", tariff.products):
        ranked = product.rank.same if product.rank else ()
        out += ["", *_product(product, tariff, attrs.evolve(say, ranked=ranked))]
    for title, lines in sections(tariff, say):
        out += ["", title, *(f"  {line}" for line in lines)] if lines else []
    return "\n".join(out)


def _head(tariff: Tariff, say: Say) -> Iterator[str]:
    head = tariff.parts.head
    name = head.name or head.id
    yield name
    yield "=" * len(name)
    facts = [head.id, head.currency, head.zone]
    facts += [say(head.prices)] if head.prices else []
    yield ", ".join([*facts, say("tax_state", name=say.tax(head.tax))])
    yield say("for_a_piece")
    if head.price_date:
        yield say(f"price_date {head.price_date}")
    yield from told(head, _HEAD, say)


def _product(product: Product, tariff: Tariff, say: Say) -> Iterator[str]:
    head = tariff.parts.head
    name = product.name if product.name == product.id else f"{product.name} [{product.id}]"
    own = [say("optional")] if product.optional else []
    own += [say(f"sells {product.sells}")] if product.sells else []
    own += [say(f"kind {product.kind}")] if product.kind != "revenue" else []
    own += [say(product.prices)] if product.prices != head.prices and product.prices else []
    own += [say("tax_state", name=say.tax(product.tax))] if product.tax != head.tax else []
    if product.price_date and product.price_date != head.price_date:
        own.append(say(f"price_date {product.price_date}"))
    title = name + (f" ({', '.join(own)})" if own else "")
    yield title
    yield "-" * len(title)
    yield from (f"  {line}" for line in _prices(product, say))
    yield from (f"  {line}" for line in rule_lines(product, say))


def _prices(product: Product, say: Say) -> Iterator[str]:
    """The prices of a product; those that are one amount each stand in one table."""
    if product.choose:
        yield choose_line(product.choose, say)
    plain: list[Rate] = []
    for rate in product.rates:
        if all(isinstance(form, _ONE_PRICE) for _, form in rate.lists):
            plain.append(rate)
            continue
        yield from _plain_table(plain, say)
        plain = []
        yield from _rate(rate, say)
    yield from _plain_table(plain, say)


def _plain_table(rates: list[Rate], say: Say) -> list[str]:
    """One row a rate, one column a list."""
    if not rates:
        return []
    days = sorted({day for rate in rates for day, _ in rate.lists if day})
    always = [rate for rate in rates if any(day is None for day, _ in rate.lists)]
    columns: list[date | None] = [*([None] if always else []), *days]
    rows: Rows = []
    if days:
        first = say("list_first") if any(rate.dated for rate in always) else ""
        rows.append(["", *(say("list_from", day=say.day(day)) if day else first for day in columns)])
    for rate in rates:
        found: dict[date | None, Form] = dict(rate.lists)
        rows.append([_label(rate, say) or say("price"), *(_cell(found.get(day), rate, say) for day in columns)])
    return table(rows, "")


def _cell(form: Form | None, rate: Rate, say: Say) -> str:
    assert form is None or isinstance(form, _ONE_PRICE)
    if form is None:
        return ""
    only_said = isinstance(form, Refuse) and not all(isinstance(other, Refuse) for _, other in rate.lists)
    return one_price(form, say) + ("" if only_said else beside(rate, say))


def _label(rate: Rate, say: Say) -> str:
    name = f"{rate.name} [{rate.id}]" if rate.name and rate.id not in ("", rate.name) else rate.name or rate.id
    own = [say("tax_of", name=say.tax(rate.tax))] if rate.tax else []
    own += [say(rate.prices)] if rate.prices else []
    own += [say(f"kind {rate.kind}")] if rate.kind else []
    own += [say("tags", names=", ".join(rate.tags))] if rate.tags else []
    own += [say("by", names=say.both(rate.by))] if rate.by else []
    return ", ".join([*filter(None, [name, condition(rate.when, say)]), *own])


def _rate(rate: Rate, say: Say) -> Iterator[str]:
    yield f"{_label(rate, say) or say('price')}{beside(rate, say)}"
    for day, form in rate.lists:
        if rate.dated:
            yield f"  {say('list_from', day=say.day(day)) if day else say('list_first')}"
        yield from table(form_rows(form, say), "    " if rate.dated else "  ")
