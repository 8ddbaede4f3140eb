"""Adjustments in words: what each does, on what, when, and how several go together."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cantinekit.pricing.format.toml import value as toml
from cantinekit.pricing.listing._conditions import only
from cantinekit.pricing.listing._forms import grid_rows, refusal, table
from cantinekit.pricing.listing._told import Parts, behind, in_brackets, told, word
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.forms import Grid
from cantinekit.pricing.model.rules import Adjust, Group

_ADJUST: Parts = {
    **dict.fromkeys(("id", "same", "when", "once_per")),
    "on": lambda names, say: say("on", names=say.products(names)),
    "rounds": word("rounds"),
    "mode": word("rounding"),
    "pool": lambda name, say: say("pool", name=name),
    "when_covered": word("covered"),
}
_ADDED: Parts = {
    "tax": lambda name, say: say("tax_state", name=say.tax(name)),
    "tags": lambda names, say: say("tags", names=", ".join(names)),
}


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

    Args:
        rule: the adjustment.
        lang: "fr" or "en".
        currency: ISO 4217 code of its amounts.

    Raises:
        InputError: no texts in this language.
    """
    lines = adjust_lines(rule, Say(lang, currency))
    return "; ".join(" ".join(line.split()) for line in lines).removeprefix(f"{rule.id}: ")


def adjust_lines(rule: Adjust, say: Say) -> list[str]:
    """One adjustment: its id, what it does, and when."""
    same = [say.scope(rule.same)] if rule.same else []
    out = []
    for day, value in rule.lists:
        parts = [*_often(rule, value, say), *told(rule, _ADJUST, say), *told(rule.added, _ADDED, say)]
        after = in_brackets(same) + behind(parts) + only(rule.when, say)
        since = f" ({say('list_from', day=say.day(day)) if day else say('list_first')})" if rule.dated else ""
        out.append(f"{rule.id}{say.colon} {_does(rule, value, say)}{since}{after}")
        out += table(grid_rows(value, say), "  ") if isinstance(value, Grid) else []
    return out


def _does(rule: Adjust, value: Any, say: Say) -> str:
    if isinstance(value, Grid):
        return f"{say(rule.kind, value='…' + _each(rule, say))} {say('by', names=say.either(value.by))}"
    if rule.kind == "refuse":
        return refusal(value, say)
    if rule.kind == "form":
        params = say.colon + " " + toml(value.params) if value.params else ""
        return say("form", form=value.rule.name, n=value.rule.version, value=params)
    if rule.kind == "percent":
        return say("percent_more" if value > 0 else "percent", value=say.percent(value))
    if rule.kind == "free":
        return say("free")
    if rule.kind == "add" and isinstance(value, Fraction):
        return say("add_share", value=say.percent(value))
    name = "less" if rule.kind == "add" and value < 0 else rule.kind
    return say(name, value=say.money(abs(value)) + _each(rule, say))


def _often(rule: Adjust, value: Any, say: Say) -> list[str]:
    """How often an amount is due that is added or taken off; a share is one of the whole."""
    if rule.kind != "add" or isinstance(value, Fraction):
        return []
    if rule.added.every is not None:
        return [say("each_begun", size=say.so_much(rule.added.every, rule.once_per))]
    return [say("once_per", name=say.unit(rule.once_per or say.whole))]


def _each(rule: Adjust, say: Say) -> str:
    """What a minimum, a cap or another amount is of; one for a scope is of all of it."""
    if rule.same or rule.kind not in ("at_least", "at_most", "replace"):
        return ""
    if rule.added.every is not None:
        return " " + say("each_begun", size=say.so_much(rule.added.every, rule.once_per))
    return f" {say.per(rule.once_per or say.whole)}"
