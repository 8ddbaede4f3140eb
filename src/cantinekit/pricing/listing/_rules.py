"""The rules of a product in words: how it is counted and covered, what changes its price, what happens later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from cantinekit.pricing.format._kinds import show_span
from cantinekit.pricing.format._kinds_time import show_clock
from cantinekit.pricing.format._toml import value as toml
from cantinekit.pricing.listing._conditions import condition
from cantinekit.pricing.listing._conditions import hours as hours_text
from cantinekit.pricing.listing._forms import grid_rows, refusal, refused, table
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model._cancel import Keep
from cantinekit.pricing.model._conditions import When
from cantinekit.pricing.model._forms import Grid
from cantinekit.pricing.model._later import Move
from cantinekit.pricing.model._measure import Measure
from cantinekit.pricing.model._product import Product
from cantinekit.pricing.model._product_parts import Grant
from cantinekit.pricing.model._rules import Adjust, Cover, Group
from cantinekit.pricing.terms import MonthDay, Term, Validity


def only(when: When, say: Say) -> str:
    """The condition behind a rule."""
    return f" [{condition(when, say)}]" if when else ""


def rule_lines(product: Product, say: Say) -> Iterator[str]:
    """What belongs to a product beside its prices, a line each."""
    if product.asks:
        yield say("asks", names=", ".join(product.asks))
    for need in product.needs:
        yield say("needs_add" if need.add else "needs", name=say.either(need.names)) + only(need.when, say)
    for stop in product.eligible:
        yield f"{say('refused')} ({stop.id}){say.colon} {refused(stop.refuse, stop.why, say)}{only(stop.when, say)}"
    if product.merge:
        yield say("merge", gap=show_span(product.merge.gap)) + same(product.merge.same, say)
    if product.split:
        names = ", ".join(filter(None, (*product.split.bands, product.split.outside)))
        yield say("split", names=names) + (f", {say('whole')}" if product.split.round == "whole" else "")
    if product.measure:
        yield _measure(product.measure, say)
    for cover in product.cover:
        yield _cover(cover, say)
    if product.beyond:
        text = say(f"beyond {product.beyond.how}", name=product.beyond.product)
        yield text[:1].upper() + text[1:]
    for group in product.adjust:
        yield from group_lines(group, say)
    for grant in product.grant:
        yield _grant(grant, say)
    yield from _money_lines(product, say)
    yield from _later(product, say)


def same(names: Iterable[str], say: Say) -> str:
    """A scope in brackets, behind a rule."""
    text = ", ".join(say.unit(name) for name in names)
    return f" ({say('same', names=text)})" if text else ""


def _measure(measure: Measure, say: Say) -> str:
    more = [say("every", n=say.span(measure.every))] if measure.every else []
    more += [show_clock(measure.cut)] if measure.cut is not None else []
    more += [f"{name} {hours_text(stretch)}" for name, stretch in measure.sessions]
    more += [say(f"gap {measure.gap}")] if measure.sessions else []
    more += [say("days_touched")] if measure.days else []
    more += [say("nights")] if measure.nights else []
    more += [say("share_of_hours", n=say.number(measure.share))] if measure.share is not None else []
    more += [measure.fact] if measure.fact else []
    more += [say("smallest", n=say.number(measure.smallest))] if measure.smallest else []
    for name, word in (("step", "step"), ("minimum", "minimum"), ("at_most", "at_most_units")):
        size = getattr(measure, name)
        more += [say(word, n=say.span(size))] if size else []
    text = say("measured", unit=say.unit(measure.unit), more="")
    return text + (f"{say.colon} {', '.join(more)}" if more else "") + same(measure.same, say)


def _cover(cover: Cover, say: Say) -> str:
    unit = say.unit(cover.unit)
    if cover.free < 0:
        text = say("cover_all", unit=unit)
    elif cover.free:
        text = say("cover_free", n=cover.free, unit=unit, names=", ".join(say.unit(name) for name in cover.same))
    else:
        text = say("cover", name=cover.account, unit=unit if cover.stated == 1 else f"{cover.stated} {unit}")
        text += f", {say('smallest', n=say.number(cover.smallest))}" if cover.smallest else ""
        text += f", {say('partial')}" if cover.partial else ""
        text += f", {say('oldest')}" if cover.order == "oldest first" else ""
        if cover.allowed:
            text += f", {say('at_most_units', n=cover.allowed.at_most)}{same(cover.allowed.same, say)}"
    return text + only(cover.when, say)


def group_lines(group: Group, say: Say) -> Iterator[str]:
    """Adjustments; those that do not simply follow one another under a line that says how they go together."""
    mark = ""
    if group.together != "all in order":
        yield say(f"together {group.together}")
        mark = "- "
    for rule in group.rules:
        first, *more = adjust_lines(rule, say)
        yield mark + first
        yield from (f"  {line}" for line in more)


def adjust_text(rule: Adjust, lang: str, currency: str) -> str:
    """What an adjustment does, and when, on one line and without its id.

    Raises:
        InputError: no texts in this language.
    """
    lines = adjust_lines(rule, Say(lang, currency))
    return "; ".join(" ".join(line.split()) for line in lines).removeprefix(f"{rule.id}: ")


def adjust_lines(rule: Adjust, say: Say) -> list[str]:
    """One adjustment: its id, what it does, and when."""
    more = [say("on", names=", ".join(rule.on))] if rule.on else []
    every = rule.added.every
    size = None if every is None else say.money(every.n) if every.money else say.number(every.n)
    more += [say("every", n=f"{size} ({rule.once_per})")] if size else []
    more += [say("once_per", name=say.unit(rule.once_per))] if rule.once_per and not size else []
    more += [say("tax_of", name=say.tax(rule.added.tax))] if rule.added.tax else []
    more += [say(f"rounds {rule.rounds}")] if rule.rounds else []
    more += [say("pool", name=rule.pool)] if rule.pool else []
    behind = "".join(f", {part}" for part in more) + same(rule.same, say) + only(rule.when, say)
    out = []
    for day, value in rule.lists:
        since = f" ({say('list_from', day=say.day(day))})" if day else ""
        if isinstance(value, Grid):
            out.append(f"{rule.id}{say.colon} {say(rule.kind, value='…')}{since}{behind}")
            out += table(grid_rows(value, say), "  ")
        else:
            out.append(f"{rule.id}{say.colon} {_does(rule, value, say)}{since}{behind}")
    return out


def _does(rule: Adjust, value: Any, say: Say) -> str:
    if rule.kind == "refuse":
        return refusal(value, say)
    if rule.kind == "form":
        params = say.colon + " " + toml(value.params) if value.params else ""
        return say("form", form=value.rule.name, n=value.rule.version, value=params)
    if rule.kind == "percent":
        return say("percent", value=say.percent(value))
    if rule.kind == "free":
        return say("free")
    if rule.kind == "add" and isinstance(value, Fraction):
        return say("add_share", value=say.percent(value))
    if rule.kind == "add" and value < 0:
        return say("less", value=say.money(-value))
    return say(rule.kind, value=say.money(value))


def _grant(grant: Grant, say: Say) -> str:
    more = f" ({say('each', period=say.unit(grant.renews))})" if grant.renews else ""
    more += f", {say('into', name=grant.account)}"
    more += f", {say('rollover')}" if grant.rollover else ""
    unit = say.unit(grant.unit)
    unit += f" × {grant.each}" if grant.each else ""
    if grant.value is not None:
        text = say("gives_value", value=say.money(grant.value), more=more)
    elif grant.units is None:
        text = say("gives_no_limit", unit=unit, more=more)
    else:
        text = say("gives", n=grant.units, unit=unit, more=more)
    return text + only(grant.when, say)


def _money_lines(product: Product, say: Say) -> Iterator[str]:
    for deposit in product.deposit:
        value = say.percent(deposit.percent) if deposit.percent is not None else say.money(deposit.price or 0)
        value += f" {say('per', unit=say.unit(deposit.per))}" if deposit.per else ""
        value += f", {say('due_before', length=say.length(deposit.due))}" if deposit.due else ""
        yield say("deposit", name=deposit.id, value=value) + only(deposit.when, say)
    for down in product.down_payment:
        value = say.money(down.price) if down.price is not None else say.percent(down.percent or Fraction(0))
        value += f" {say('on', names=', '.join(down.on))}" if down.on else ""
        value += f", {say('down_from', low=say.money(down.at_least))}" if down.at_least else ""
        value += f"; {say('rest_before', length=say.length(down.rest))}" if down.rest else ""
        yield say("down_payment", value=value) + only(down.when, say)


def _later(product: Product, say: Say) -> Iterator[str]:
    if product.valid:
        yield f"{say('valid')}{say.colon} {_valid(product.valid, say)}"
    if product.term:
        yield f"{say('term')}{say.colon} {_term(product.term, say)}"
    if product.prorate:
        yield f"{say('prorate')}{say.colon} {say(product.prorate.rule)}, {say(product.prorate.of)}"
    for cancel in product.cancel:
        rows = [
            say("keep", n=row.delay.n, unit=say.unit(cancel.unit_of(row)), value=_kept(row, say)) for row in cancel.keep
        ]
        rows += [say("no_show", value=_kept(cancel.no_show, say))] if cancel.no_show else []
        rows += [say("cancel_fee", value=say.money(cancel.fee))] if cancel.fee else []
        rows += [say("cancel_free", when=condition(cancel.free, say))] if cancel.free else []
        counted = "".join(map(say.delay, cancel.delay))
        yield f"{say('cancel')}{say.colon} {'; '.join(rows)}{counted}{only(cancel.when, say)}"
    if product.end_early:
        parts = [
            say.percent(fee.share) if fee.share is not None else say("some_periods", n=fee.periods)
            for fee in product.end_early.smaller_of
        ]
        yield f"{say('end_early')}{say.colon} {say.either(parts)}"
    if product.overrun:
        price = product.overrun.product
        if product.overrun.price is not None:
            price = f"{say.money(product.overrun.price)} {say('per', unit=product.overrun.per)}"
        yield f"{say('overrun')}{say.colon} {price}"
    if product.move:
        yield f"{say('move')}{say.colon} {_move(product.move, say) if product.move.allowed else say('no')}"


def _move(move: Move, say: Say) -> str:
    if move.delay is None:
        return say.money(move.fee)
    before = say("before", length=say.many(move.at_least, move.delay.unit))
    return f"{say.money(move.fee)}, {before}{say.delay(move.delay)}"


def _kept(row: Keep, say: Say) -> str:
    text = say.percent(row.percent) if row.percent is not None else say.money(row.price or 0)
    return text if row.fee is None else f"{text} + {say.money(row.fee)}"


def _valid(valid: Validity, say: Say) -> str:
    parts = [say("lasts", length=say.length(valid.lasts))] if valid.lasts else []
    parts += [say(f"ends {valid.ends}")] if valid.ends else []
    parts += [say(valid.first_day)] if valid.first_day else []
    parts += [say(f"year {valid.year}", day=_day(valid.begins, say))] if valid.year else []
    parts += [say("bought_from", day=_day(valid.bought_from, say))] if valid.bought_from else []
    parts += [say("month calendar")] if valid.month else []
    return ", ".join(parts)


def _term(term: Term, say: Say) -> str:
    minimum = say("to_month_end") if isinstance(term.minimum, str) else say("periods", n=term.minimum)
    parts = [say("period", length=say.length(term.period)), minimum, say(f"renewal {term.renewal}")]
    parts += [say("notice", length=say.length(term.notice))] if term.notice else []
    return ", ".join(parts)


def _day(day: MonthDay | None, say: Say) -> str:
    return say.month_day((day.month, day.day)) if day else ""
