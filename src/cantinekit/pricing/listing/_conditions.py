"""A condition in words."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cantinekit.calendar import format_hours
from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.conditions import Atom, Clause, CodeCondition, Holds, InRange, IsOneOf, When


def when_text(when: When, lang: str, currency: str) -> str:
    """The condition as a part of a sentence; "" where it always holds.

    Args:
        when: the condition.
        lang: "fr" or "en".
        currency: ISO 4217 code of its amounts.

    Raises:
        InputError: no texts in this language.
    """
    return condition(when, Say(lang, currency))


def condition(when: When, say: Say) -> str:
    return f" {say('or')} ".join(_clause(clause, say) for clause in when)


def only(when: When, say: Say) -> str:
    """The condition behind a rule."""
    return f" [{condition(when, say)}]" if when else ""


def _clause(clause: Clause, say: Say) -> str:
    text = ", ".join(_atom(atom, say) for atom in clause.atoms)
    if clause.excluded is None:
        return text
    return f"{text} {say('but_not')} ({_clause(clause.excluded, say)})".strip()


def _atom(atom: Atom, say: Say) -> str:
    if isinstance(atom, IsOneOf):
        values = [say("yes" if value else "no") if isinstance(value, bool) else value for value in atom.values]
        return f"{atom.name}{say.colon} {say.either(values)}"
    if isinstance(atom, InRange):
        counted = say.delay(atom.delay) if atom.delay else ""
        return f"{_number(atom.name, say)}{say.colon} {_range(atom, say)}{counted}"
    if isinstance(atom, Holds):
        return say(atom.name, names=say.either(say.product(name) for name in atom.names))
    if isinstance(atom, CodeCondition):
        return say("code", names=say.either(atom.codes))
    return f"{say(atom.quantifier)} {moment(atom.what, atom.value, say)}"


def _number(name: str, say: Say) -> str:
    """What a range is of; a place in an order has its scope."""
    if name in ("rank", "size") and say.ranked:
        return say(f"scoped {name}", scope=say.scope(say.ranked))
    return say.words.get(f"number {name}", name)


def _range(atom: InRange, say: Say) -> str:
    def show(value: Fraction) -> str:
        if atom.domain == "money":
            return say.money(int(value))
        if atom.domain == "minutes":
            return say.minutes(show_span(int(value)))
        unit = atom.delay.unit if atom.delay else {"days": "day", "months": "month"}.get(atom.domain)
        return say.many(int(value), unit) if unit else say.number(value)

    low = None if atom.low is None else show(atom.low)
    high = atom.below if atom.below is not None else atom.high
    if low is not None and atom.low == atom.high:
        return low
    end = "" if high is None else "below" if atom.below is not None else "upto"
    name = "_".join(part for part in ("from" if low is not None else "", end) if part)
    return say(name, low=low, high="" if high is None else show(high))


def moment(what: str, value: Any, say: Say) -> str:
    """What is said of a moment, of its day or of its hour."""
    if what == "weekday":
        return say("weekday", days=say.weekdays(value))
    if what == "clock":
        return say("clock", hours=say.either(map(format_hours, value)))
    if what == "season":
        return say("season", first=say.month_day(value[0]), last=say.month_day(value[1]))
    if what == "holiday":
        return say("holiday" if value else "no_holiday")
    first, last = (None if day is None else say.day(day) for day in (value.first, value.last))
    if first and last:
        return say("one_date", first=first) if first == last else say("date", first=first, last=last)
    return say("list_from", day=first) if first else say("date_upto", last=last) if last else say("always")
