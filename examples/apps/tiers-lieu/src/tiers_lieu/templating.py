"""The environment of the templates: every value is escaped, and a name that is missing is an error."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from tiers_lieu import shown
from tiers_lieu.words import WORDS, say


def _lang(context: Context) -> Any:
    return context["lang"]


@pass_context
def _say(context: Context, name: str, /, **facts: object) -> str:
    return say(_lang(context), name, **facts)


@pass_context
def _state(context: Context, name: str) -> str:
    """A state as the library names it, in words of the reader."""
    return say(_lang(context), f"state {name}") if f"state {name}" in WORDS else name


@pass_context
def _money(context: Context, amount: Any) -> str:
    return shown.money(amount, _lang(context))


@pass_context
def _day(context: Context, value: Any, *, year: bool = True) -> str:
    return shown.day(value, _lang(context), year=year)


@pass_context
def _clock(context: Context, moment: Any, zone: str) -> str:
    return shown.clock(moment, zone, _lang(context))


@pass_context
def _when(context: Context, period: Any, zone: str) -> str:
    return shown.when(period, zone, _lang(context))


@pass_context
def _hours(context: Context, period: Any, zone: str) -> str:
    return shown.hours(period, zone, _lang(context))


def new_key() -> str:
    """What makes a form one request, however often it is sent."""
    return secrets.token_urlsafe(18)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment, made once for each process."""
    made = Environment(
        loader=PackageLoader("tiers_lieu", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(say=_say, key=new_key)
    made.filters.update(money=_money, day=_day, clock=_clock, when=_when, hours=_hours, state=_state)
    return made
