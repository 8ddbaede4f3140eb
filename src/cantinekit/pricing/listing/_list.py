"""The whole price list: the head, every product with its prices and rules, the taxes, codes and rules of the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from cantinekit.pricing.listing._conditions import condition
from cantinekit.pricing.listing._conditions import hours as hours_text
from cantinekit.pricing.listing._forms import Rows, amount, form_rows, table
from cantinekit.pricing.listing._rules import adjust_lines, group_lines, only, rule_lines, same
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model._conditions import SetOf
from cantinekit.pricing.model._forms import Form, Offered, Price, Refuse, Share
from cantinekit.pricing.model._product import Product
from cantinekit.pricing.model._rules import Rate
from cantinekit.pricing.model._sections import Offer, Unit
from cantinekit.pricing.terms import parse_length

if TYPE_CHECKING:
    from cantinekit.pricing._tariff import Tariff


def price_list(tariff: Tariff, lang: str = "en") -> str:
    """Everything that a tariff says about prices, as plain text in "fr" or "en"; tables are in columns.

    Raises:
        InputError: no texts in this language.
    """
    say = Say(lang, tariff.currency)
    out = list(_head(tariff, say))
    for _, product in tariff.parts.in_order("product", tariff.products):
        out += ["", *_product(product, tariff, say)]
    for title, lines in _sections(tariff, say):
        out += ["", title, *(f"  {line}" for line in lines)] if lines else []
    return "\n".join(out)


def _head(tariff: Tariff, say: Say) -> Iterator[str]:
    head = tariff.parts.head
    name = head.name or head.id
    yield name
    yield "=" * len(name)
    facts = [say("head", id=head.id, currency=head.currency, zone=head.zone)]
    facts += [say(head.prices)] if head.prices else []
    yield ", ".join([*facts, say("tax_state", name=say.tax(head.tax))])
    if head.price_date:
        yield say(f"price_date {head.price_date}")
    usual = {"rounding": "half_up", "seconds": "up", "unreachable": "residual"}
    yield from (say(f"{name} {how}") for name, plain in usual.items() if (how := getattr(head, name)) != plain)
    if head.due:
        yield say("due", length=say.length(parse_length(head.due)))


def _product(product: Product, tariff: Tariff, say: Say) -> Iterator[str]:
    head = tariff.parts.head
    name = product.name if product.name == product.id else f"{product.name} [{product.id}]"
    own = [say("optional")] if product.optional else []
    own += [say(f"sells {product.sells}")] if product.sells else []
    own += [say(f"kind {product.kind}")] if product.kind != "revenue" else []
    own += [say("tags", names=", ".join(product.tags))] if product.tags else []
    own += [say(product.prices)] if product.prices != head.prices and product.prices else []
    own += [say("tax_state", name=say.tax(product.tax))] if product.tax != head.tax else []
    if product.price_date and product.price_date != head.price_date:
        own.append(say(f"price_date {product.price_date}"))
    title = name + (f" ({', '.join(own)})" if own else "")
    yield title
    yield "-" * len(title)
    yield from (f"  {line}" for line in _prices(product, say))
    yield from (f"  {line}" for line in rule_lines(product, say))


# --- prices ----------------------------------------------------------------------------------------------------------


def _prices(product: Product, say: Say) -> Iterator[str]:
    """The prices of a product; those that are one amount each stand in one table."""
    if product.choose:
        how = f"{say(f'choose {product.choose.take}')}{say.colon} {say(f'compare {product.choose.compare}')}"
        yield f"{how}, {say(f'tie {product.choose.tie}')}{same(product.choose.same, say)}"
    plain: list[Rate] = []
    for rate in product.rates:
        if _is_plain(rate):
            plain.append(rate)
            continue
        yield from _plain_table(plain, say)
        plain = []
        yield from _rate(rate, say)
    yield from _plain_table(plain, say)


def _is_plain(rate: Rate) -> bool:
    return all(isinstance(form, (Price, Refuse, Offered, Share)) for _, form in rate.lists)


def _plain_table(rates: list[Rate], say: Say) -> list[str]:
    """One row a rate, one column a list."""
    if not rates:
        return []
    days = sorted({day for rate in rates for day, _ in rate.lists if day})
    plain = any(not rate.dated for rate in rates)
    columns: list[date | None] = [*([None] if plain else []), *days]
    rows: Rows = []
    if days:
        rows.append(["", *(say("list_from", day=say.day(day)) if day else "" for day in columns)])
    for rate in rates:
        found: dict[date | None, Form] = dict(rate.lists)
        rows.append([_label(rate, say) or say("price"), *(_cell(found.get(day), rate, say) for day in columns)])
    return table(rows, "")


def _cell(form: Form | None, rate: Rate, say: Say) -> str:
    if form is None:
        return ""
    return f"{amount(form, say)}{_unit(rate, say)}" if isinstance(form, Price) else form_rows(form, None, say)[0][1]


def _unit(rate: Rate, say: Say) -> str:
    per = rate.per
    text = f" {say('per', unit=say.per(per))}" if per else ""
    more = [say("started")] if per and per.started else []
    more += [f"× {rate.each}"] if rate.each else []
    if per and per.first is not None:
        size = say.span((per.first, bool(per.minutes)))
        unit = "" if per.minutes else say.unit(per.unit)
        price = "" if per.first_price is None else say.money(per.first_price)
        more.append(say("first_price" if price else "first", n=f"{size} {unit}".rstrip(), price=price))
    more += [say("flat", price=say.money(rate.flat))] if rate.flat is not None else []
    more += [say("floor")] if rate.floor else []
    return text + (f" ({', '.join(more)})" if more else "")


def _label(rate: Rate, say: Say) -> str:
    name = rate.name or rate.id
    own = [say("tax_of", name=say.tax(rate.tax))] if rate.tax else []
    own += [say(rate.prices)] if rate.prices else []
    own += [say(f"kind {rate.kind}")] if rate.kind else []
    own += [say("tags", names=", ".join(rate.tags))] if rate.tags else []
    return ", ".join([*filter(None, [name, condition(rate.when, say)]), *own])


def _rate(rate: Rate, say: Say) -> Iterator[str]:
    unit = _unit(rate, say).strip()
    yield ", ".join(filter(None, [_label(rate, say), unit])) or say("price")
    for day, form in rate.lists:
        if day:
            yield f"  {say('list_from', day=say.day(day))}"
        yield from table(form_rows(form, None, say), "    " if day else "  ")


# --- beside the products ---------------------------------------------------------------------------------------------


def _sections(tariff: Tariff, say: Say) -> Iterator[tuple[str, list[str]]]:
    parts = tariff.parts
    vouchers = [say("vouchers", names=say.either(parts.order.vouchers))] if parts.order.vouchers else []
    yield say("order"), [*(line for group in parts.order.adjust for line in group_lines(group, say)), *vouchers]
    yield say("coupons"), list(_coupons(tariff, say))
    yield say("taxes"), list(_taxes(tariff, say))
    yield say("questions"), list(_questions(tariff, say))
    bands = []
    for name, band in parts.in_order("bands", parts.bands):
        when = [say.weekdays(band.weekday)] if band.weekday else []
        when += [say.either(hours_text(stretch) for stretch in band.clock)] if band.clock else []
        when += [say("holiday" if band.holiday else "no_holiday")] if band.holiday is not None else []
        bands.append(f"{name}{say.colon} {', '.join(when)}")
    yield say("bands"), bands
    yield say("units"), [_unit_of(name, unit, say) for name, unit in parts.in_order("units", parts.units)]
    yield say("opening"), list(_opening(tariff, say))
    yield say("advice"), list(_advice(tariff, say))
    yield say("uncertain"), [f"- {line}" for line in parts.head.uncertain]
    yield say("source"), [f"- {line}" for line in parts.head.source]


def _unit_of(name: str, unit: Unit, say: Say) -> str:
    text = f"{name}{say.colon} {unit.name}" if unit.name else name
    return f"{text} ({say('decimals', n=unit.decimals)})" if unit.decimals else text


def _advice(tariff: Tariff, say: Say) -> Iterator[str]:
    for name, advice in tariff.parts.in_order("advice", tariff.parts.advice):
        offers = [_offer(each, say) for each in advice.offers]
        yield f"{name} ({say.unit(advice.unit)}){say.colon} {', '.join(offers)}"


def _offer(offer: Offer, say: Say) -> str:
    many = f"{offer.count} x {offer.product}" if offer.count > 1 else offer.product
    most = "" if offer.at_most is None else f", {say('at_most_units', n=offer.at_most)}"
    return f"{many} ({offer.units or say('days', n=offer.days)}{most})"


def _coupons(tariff: Tariff, say: Say) -> Iterator[str]:
    for _, coupon in tariff.parts.in_order("coupon", tariff.parts.coupons):
        first, *more = adjust_lines(coupon.rule, say)
        extra = [say("list_from", day=say.day(coupon.start))] if coupon.start else []
        extra += [say("until", day=say.day(coupon.until))] if coupon.until else []
        extra += [say("minimum_order", value=say.money(coupon.minimum))] if coupon.minimum else []
        extra += [say("too large")] if coupon.larger == "ignored" else []
        if coupon.limit:
            extra.append(say("at_most_units", n=coupon.limit.at_most) + same(coupon.limit.same, say))
        yield ", ".join([first, *extra])
        yield from more
    if tariff.parts.coupons:
        yield say(f"codes {tariff.parts.order.coupons}")


def _taxes(tariff: Tariff, say: Say) -> Iterator[str]:
    for _, tax in tariff.parts.in_order("tax", tariff.taxes):
        cls = tax.tax_class
        rates = [
            say.percent(rate) + (f" ({say('list_from', day=say.day(day))})" if day else "") for day, rate in cls.rates
        ]
        said = [f"“{mention.text}”" for mention in cls.mentions]
        reverse = [f"{say('reverse')}{only(tax.reverse, say)}"] if tax.reverse else []
        yield f"{tax.id}{say.colon} {', '.join([*(rates or [say(cls.kind)]), *said, *reverse])}"


def _questions(tariff: Tariff, say: Say) -> Iterator[str]:
    for name, declared in tariff.parts.in_order("facts", tariff.facts):
        if isinstance(declared, SetOf):
            text = say("set_of", names=", ".join(declared))
        else:
            text = say(declared) if isinstance(declared, str) else say.either(declared)
        yield f"{name}{say.colon} {text}"
    for name, rows in tariff.parts.in_order("derive", tariff.parts.derived):
        yield f"{name}{say.colon} " + "; ".join(f"{row.value}{only(row.when, say)}" for row in rows)


def _opening(tariff: Tariff, say: Say) -> Iterator[str]:
    opening = tariff.parts.opening
    if opening is None:
        return
    yield from _week(opening.hours.data(), say)
    if opening.holidays:
        open_on = say.either(opening.data().get("on_holidays", ())) or say("closed")
        yield f"{say('holidays', days=', '.join(map(say.day, opening.holidays)))}{say.colon} {open_on}"
    for season in opening.seasons:
        yield say("season", first=say.month_day((season.first.month, season.first.day)),
                  last=say.month_day((season.last.month, season.last.day)))  # fmt: skip
        yield from (f"  {line}" for line in _week(season.hours.data(), say))


def _week(rows: Iterable[dict[str, list[str]]], say: Say) -> Iterator[str]:
    for row in rows:
        yield f"{say.weekdays(row['days'])}{say.colon} {', '.join(row['open'])}"
