"""The environment of the templates: every value is escaped, and a name that is missing is an error."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from cantinekit.clock import local
from cantinekit.messages import words
from tiers_lieu.words import say

FILTERS: dict[str, Callable[..., str]] = {
    "account": words.account,
    "clock": words.clock,
    "day": words.day,
    "hours": words.times,
    "kind": words.kind,
    "line": words.line_text,
    "money": words.money,
    "month": words.month,
    "plain": words.number,
    "state": words.state,
    "time": words.time,
    "typeset": words.typeset,
    "when": partial(words.period, year=False),
}
"""What the templates write in the words of the library, in the language of the reader."""


def _for_reader(write: Callable[..., str]) -> Callable[..., str]:
    """A function of the library as a filter, which takes the language from the page."""

    @pass_context
    def written(context: Context, *given: object, **named: object) -> str:
        return write(*given, lang=context["lang"], **named)

    return written


@pass_context
def _say(context: Context, name: str, /, **facts: object) -> str:
    return say(context["lang"], name, **facts)


def typed(moment: datetime, zone: str) -> str:
    """A time as a field of a form has it, whatever the language: "09:30"."""
    return f"{local(moment, zone):%H:%M}"


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
    made.filters.update({name: _for_reader(write) for name, write in FILTERS.items()}, typed=typed)
    return made
