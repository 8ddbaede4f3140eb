"""What stands beside the products: the order, codes, taxes, facts, units, hours, business days, advice, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from cantinekit.calendar import format_hours
from cantinekit.pricing.listing._adjust import adjust_lines, group_lines
from cantinekit.pricing.listing._conditions import moment, only
from cantinekit.pricing.listing._told import Parts, behind, in_brackets, told, word
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.conditions import SetOf
from cantinekit.pricing.model.sections import REVERSE, Offer, Tax

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

_ORDER: Parts = {
    "adjust": None,
    "coupons": word("coupons"),
    "vouchers": lambda names, say: say("vouchers", names=say.products(names)),
}
_COUPON: Parts = {
    "from": lambda day, say: say("list_from", day=say.day(day)),
    "until": lambda day, say: say("until", day=say.day(day)),
    "minimum": lambda value, say: say("minimum_order", value=say.money(value)),
    "larger": word("larger"),
    "limit": lambda limit, say: say("uses", n=say.number(limit.at_most), scope=say.scope(limit.same)),
}
_UNIT: Parts = {
    "name": lambda name, say: name,
    "plural": lambda name, say: say("plural", name=name),
    "decimals": lambda n, say: say.many(n, "decimal"),
}
_BAND: Parts = {
    "weekday": lambda days, say: say.weekdays(days),
    "season": lambda value, say: moment("season", value, say),
    "date": lambda value, say: moment("date", value, say),
    "clock": lambda found, say: say.either(format_hours(stretch) for stretch in found),
    "holiday": lambda value, say: moment("holiday", value, say),
}
_OFFER: Parts = {
    **dict.fromkeys(("product", "count", "units", "days")),
    "at_most": lambda n, say: say("at_most_times", n=say.number(n)),
}
_MENTION: Parts = {
    "text": None,
    "since": lambda day, say: say("list_from", day=say.day(day)) if day else "",
    "code": lambda text, say: text,
    "source": lambda text, say: text,
}


def sections(tariff: Tariff, say: Say) -> Iterator[tuple[str, list[str]]]:
    """Each section with its lines; those without lines are not printed."""
    parts = tariff.parts
    whole = attrs.evolve(say, whole="order")
    order = [line for group in parts.order.adjust for line in group_lines(group, whole)]
    yield say("order"), [*order, *told(parts.order, _ORDER, say)]
    yield say("coupons"), list(_coupons(tariff, say))
    yield say("taxes"), [_tax(tax, say) for _, tax in parts.in_order("tax", tariff.taxes)]
    yield say("questions"), list(_questions(tariff, say))
    units = parts.in_order("units", parts.units)
    yield say("units"), [f"{name}{say.colon} {', '.join(told(unit, _UNIT, say)) or '-'}" for name, unit in units]
    bands = parts.in_order("bands", parts.bands)
    yield say("bands"), [f"{name}{say.colon} {', '.join(told(band, _BAND, say))}" for name, band in bands]
    yield say("opening"), list(_opening(tariff, say))
    yield say("calendars"), list(_calendars(tariff, say))
    yield say("advice"), list(_advice(tariff, say))
    yield say("uncertain"), [f"- {line}" for line in parts.head.uncertain]
    yield say("source"), [f"- {line}" for line in parts.head.source]


def _coupons(tariff: Tariff, say: Say) -> Iterator[str]:
    for _, coupon in tariff.parts.in_order("coupon", tariff.parts.coupons):
        first, *more = adjust_lines(coupon.rule, attrs.evolve(say, whole="order"))
        yield first + behind(told(coupon, _COUPON, say))
        yield from more


def _tax(tax: Tax, say: Say) -> str:
    cls = tax.tax_class
    rates = [say.percent(rate) + (f" ({say('list_from', day=say.day(day))})" if day else "") for day, rate in cls.rates]
    kind = [] if rates and cls.kind == "standard" else [say(cls.kind)]
    mentions = [say("quoted", text=each.text) + in_brackets(told(each, _MENTION, say)) for each in cls.mentions]
    reverse = [f"{say('reverse')}{only(tax.reverse, say)}"] if tax.reverse else []
    reverse += [say("quoted", text=tax.reverse_mention)] if tax.reverse_mention != REVERSE else []
    said = [*kind, *rates, *mentions, *reverse]
    return f"{tax.id}{say.colon} {', '.join(said)}"


def _questions(tariff: Tariff, say: Say) -> Iterator[str]:
    for name, declared in tariff.parts.in_order("facts", tariff.facts):
        if isinstance(declared, SetOf):
            text = say("set_of", names=", ".join(declared))
        else:
            text = say(declared) if isinstance(declared, str) else say.either(declared)
        yield f"{name}{say.colon} {text}"
    for name, rows in tariff.parts.in_order("derive", tariff.parts.derived):
        yield f"{name}{say.colon} " + say("semicolon").join(f"{row.value}{only(row.when, say)}" for row in rows)


def _opening(tariff: Tariff, say: Say) -> Iterator[str]:
    opening = tariff.parts.opening
    if opening is None:
        return
    yield from _week(opening.hours.data(), say)
    for season in opening.seasons:
        text = say("season", first=say.month_day((season.first.month, season.first.day)),
                   last=say.month_day((season.last.month, season.last.day)))  # fmt: skip
        yield f"{text}{say.colon} {say('semicolon').join(_week(season.hours.data(), say)) or say('closed')}"
    if opening.holidays:
        yield say("holidays", days=", ".join(say.day(day) for day in opening.holidays))
        yield say("on_holidays", hours=", ".join(map(format_hours, opening.on_holidays)) or say("closed"))


def _week(rows: Iterable[dict[str, list[str]]], say: Say) -> Iterator[str]:
    for row in rows:
        yield f"{say.weekdays(row['days'])}{say.colon} {', '.join(row['open'])}"


def _calendars(tariff: Tariff, say: Say) -> Iterator[str]:
    for name, days in tariff.parts.in_order("calendar", tariff.parts.calendars):
        named = f" ({days.name})" if days.name != name else ""
        yield f"{name}{named}{say.colon} {say.week(days)}"


def _advice(tariff: Tariff, say: Say) -> Iterator[str]:
    for name, advice in tariff.parts.in_order("advice", tariff.parts.advice):
        offers = [_offer(offer, advice.unit, say) for offer in advice.offers]
        yield f"{name} ({say.unit(advice.unit)}){say.colon} {', '.join(offers)}"


def _offer(offer: Offer, unit: str, say: Say) -> str:
    many = f"{say.number(offer.count)} × " if offer.count > 1 else ""
    time = say("within", length=say.many(offer.days, "day")) if offer.days else say.many(offer.units, unit)
    return f"{many}{say.product(offer.product)} ({', '.join([time, *told(offer, _OFFER, say)])})"
