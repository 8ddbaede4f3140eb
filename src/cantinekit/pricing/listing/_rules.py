"""The rules of a product in words: how it is counted and covered, what it gives and needs, what changes its price."""

from __future__ import annotations

from collections.abc import Iterator

from cantinekit.calendar import CUT_GRACE, format_clock, format_hours
from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.listing._adjust import group_lines
from cantinekit.pricing.listing._conditions import only
from cantinekit.pricing.listing._forms import refused
from cantinekit.pricing.listing._later import later_lines
from cantinekit.pricing.listing._told import Parts, behind, flag, in_brackets, told, word
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.measure import Measure
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import Choose, Deposit, DownPayment, ProductGrant, ProductNeed, Split, Stop
from cantinekit.pricing.model.rules import Cover, Limit
from cantinekit.pricing.model.stay import Stay
from cantinekit.pricing.terms import Length

_PRODUCT: Parts = {
    **dict.fromkeys(("name", "optional", "price_date", "prices", "tax", "kind", "sells")),  # beside the name
    **dict.fromkeys(("rate", "offer", "choose")),  # the prices
    **dict.fromkeys(("grant", "needs", "eligible", "merge", "split", "rank", "measure", "cover", "beyond", "adjust")),
    **dict.fromkeys(("deposit", "down_payment")),
    **dict.fromkeys(("valid", "term", "prorate", "cancel", "end_early", "pause", "overrun", "move", "afterwards")),
    "tags": lambda names, say: say("tags", names=", ".join(names)),
    "asks": lambda names, say: say("asks", names=", ".join(names)),
    "opening": word("opening"),
    "stay": lambda stay, say: _stay(stay, say),
}
_NEED: Parts = {
    **dict.fromkeys(("product", "one_of", "when")),
    "add": flag("need_added"),
    "per": lambda name, say: say("one_for", unit=say.unit(name)),
}
_STOP: Parts = dict.fromkeys(("id", "when", "refuse", "why"))
_SPLIT: Parts = {
    **dict.fromkeys(("bands", "outside")),
    "round": word("split"),
}
_COVER: Parts = {
    **dict.fromkeys(("id", "unit", "by", "takes", "when", "free", "same")),
    "smallest": lambda number, say: say("smallest", n=say.number(number)),
    "partial": lambda part, say: say("partial" if part else "whole_only"),
    "limit": lambda limit, say: _limit(limit, say),
    "order": word("order"),
    "bought_later": flag("bought_later"),
}
_GRANT: Parts = {
    **dict.fromkeys(("unit", "units", "value", "when")),
    "each": lambda name, say: say("each", unit=say.unit(name)),
    "renews": lambda period, say: say("renews", period=say.unit(period)),
    "rollover": flag("rollover"),
    "account": lambda name, say: say("into", name=say.product(name)),
}
_CHOOSE: Parts = {
    "take": None,
    "compare": word("compare"),
    "tie": word("tie"),
    "same": lambda names, say: say("chosen_for", scope=say.scope(names)),
}
_DEPOSIT: Parts = {
    **dict.fromkeys(("id", "price", "percent", "per", "once_per", "when")),
    "due": lambda length, say: _before("due", length, say),
}
_DOWN_PAYMENT: Parts = {
    **dict.fromkeys(("price", "percent", "once_per", "when")),
    "on": lambda names, say: say("on", names=say.products(names)),
    "from": lambda low, say: say("down_from", low=say.money(low)),
    "rest": lambda length, say: _before("rest", length, say),
    **dict.fromkeys(("parts", "every")),
}
_LIMIT: Parts = dict.fromkeys(("at_most", "same"))


def rule_lines(product: Product, say: Say) -> Iterator[str]:
    """What belongs to a product beside its prices, a line each."""
    yield from told(product, _PRODUCT, say)
    yield from (_need(need, say) for need in product.needs)
    yield from (_stop(stop, say) for stop in product.eligible)
    if product.merge:
        yield say("merge", gap=say.minutes(show_span(product.merge.gap)), scope=say.scope(product.merge.same))
    if product.split:
        yield _split(product.split, say)
    if product.rank:
        yield say("ranked", scope=say.scope(product.rank.same))
    if product.measure:
        yield _measure(product.measure, say)
    yield from (_cover(cover, say) for cover in product.cover)
    if product.beyond:
        text = say(f"beyond {product.beyond.how}", name=say.product(product.beyond.product))
        yield text[:1].upper() + text[1:]
    for group in product.adjust:
        yield from group_lines(group, say)
    yield from (_grant(grant, say) for grant in product.grant)
    yield from (_deposit(deposit, say) for deposit in product.deposit)
    yield from (_down_payment(down, say) for down in product.down_payment)
    yield from later_lines(product, say)


def choose_line(choose: Choose, say: Say) -> str:
    """How offers compete."""
    return say(f"choose {choose.take}") + behind(told(choose, _CHOOSE, say))


def _before(word: str, length: Length | str, say: Say) -> str:
    """So long before the first day, or on it."""
    return say(f"{word}_before", length=say.length(length)) if isinstance(length, Length) else say(f"{word}_on_day")


def _stay(stay: Stay, say: Say) -> str:
    """How long a visit lasts that is paid when it begins."""
    length = say.minutes(show_span(stay.minutes)) if stay.word == "length" else ""
    return say(f"stay {stay.word}", length=length, time=format_clock(stay.minutes), grace=str(CUT_GRACE))


def _need(need: ProductNeed, say: Say) -> str:
    return (
        say("needs", name=say.either(map(say.product, need.names)))
        + in_brackets(told(need, _NEED, say))
        + only(need.when, say)
    )


def _stop(stop: Stop, say: Say) -> str:
    text = f"{say('refused')} ({stop.id}){say.colon} {refused(stop.refuse, stop.why, say)}"
    return text + behind(told(stop, _STOP, say)) + only(stop.when, say)


def _split(split: Split, say: Say) -> str:
    rest = say("outside", name=split.outside) if split.outside else say("no_outside")
    return say("split", names=", ".join(split.bands)) + behind([rest, *told(split, _SPLIT, say)])


def _measure(measure: Measure, say: Say) -> str:
    unit = measure.unit
    parts: Parts = {
        "unit": None,
        "every": lambda size, say: say("every", n=say.span(size)),
        "cut": lambda minute, say: say("cut", time=format_clock(minute)),
        "sessions": lambda found, say: ", ".join(f"{name} {format_hours(stretch)}" for name, stretch in found),
        "gap": word("gap"),
        "days": flag("by_days"),
        "nights": flag("by_nights"),
        "share": lambda share, say: say("share_of_opening", share=say.number(share)),
        "fact": lambda name, say: say("by_fact", fact=name),
        "smallest": lambda number, say: say("smallest", n=say.number(number)),
        "step": lambda size, say: say("step", n=say.span(size, unit)),
        "minimum": lambda size, say: say("at_least", value=say.span(size, unit)),
        "at_most": lambda size, say: say("at_most", value=say.span(size, unit)),
        "same": lambda names, say: say("counted_for", scope=say.scope(names)),
    }
    more = told(measure, parts, say)
    return say("measured", unit=say.units(unit)) + (f"{say.colon} {', '.join(more)}" if more else "")


def _cover(cover: Cover, say: Say) -> str:
    parts = told(cover, _COVER, say)
    if cover.free < 0:
        text = say("cover_all", unit=say.unit(cover.unit))
    elif cover.free:
        text = say("cover_free", units=say.many(cover.free, cover.unit), scope=say.scope(cover.same))
    else:
        units = say.many(cover.stated, "unit")
        text = say("cover", name=say.product(cover.account), units=units, per=say.per(cover.unit))
    named = f"{cover.id}{say.colon} " if cover.id else ""
    return named + text + behind(parts) + only(cover.when, say)


def _limit(limit: Limit, say: Say) -> str:
    text = say("at_most", value=say.many(limit.at_most, "unit"))
    return f"{text} {say.scope(limit.same)}{behind(told(limit, _LIMIT, say))}"


def _grant(grant: ProductGrant, say: Say) -> str:
    more = behind(told(grant, _GRANT, say)) + only(grant.when, say)
    if grant.value is not None:
        unit = "" if grant.unit == say.currency else f" ({say.unit(grant.unit)})"
        return say("gives", units=say.money(grant.value) + unit) + more
    if grant.units is None:
        return say("gives_no_limit", unit=say.units(grant.unit)) + more
    return say("gives", units=say.many(grant.units, grant.unit)) + more


def _deposit(deposit: Deposit, say: Say) -> str:
    value = say.share_or_due(deposit.percent, deposit.price, deposit.per or deposit.once_per)
    value += f", {say.per(deposit.once_per or say.whole)}" if deposit.per else ""
    return say("deposit", name=deposit.id, value=value) + behind(told(deposit, _DEPOSIT, say)) + only(deposit.when, say)


def _down_payment(down: DownPayment, say: Say) -> str:
    if down.every is not None:
        text = say("due_in_parts", count=str(down.parts), length=say.length(down.every))
    else:
        text = say("down_payment", value=say.share_or_due(down.percent, down.price, down.once_per))
    return text + behind(told(down, _DOWN_PAYMENT, say)) + only(down.when, say)
