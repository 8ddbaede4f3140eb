"""Tax classes: what tax a price bears, by the day from which a rate or a mention holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeVar

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

Kind = Literal["standard", "exempt", "not subject", "outside scope", "reverse", "unknown"]

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "standard": ("S", "Z"),
    "exempt": ("E",),
    "not subject": ("E",),
    "outside scope": ("O",),
    "reverse": ("AE", "K", "G"),
    "unknown": ("",),
}
"""The codes (EN 16931 BT-118, UNTDID 5305) that go with a kind; the first is taken where none is named."""

NO_MENTION = ("S", "Z", "")
"""Categories without a reason (BR-S-10, BR-Z-10); all others need one (BR-E-10, BR-AE-10, BR-O-10, BR-IC-10...)."""


class TaxError(InputError):
    """Tax data that cannot be. ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


_V = TypeVar("_V")


@attrs.frozen
class Mention:
    """What a document must say instead of a tax.

    Attributes:
        since: the first day on which the text is right; ``None``: always before.
        text: the sentence.
        code: VATEX code (BT-121); empty: none.
        source: where the text comes from, such as the article of a law.
    """

    since: date | None
    text: str
    code: str = ""
    source: str = ""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise TaxError(["a mention has a text"])


@attrs.frozen
class Treatment:
    """A tax class on one day.

    Attributes:
        kind: the kind of the class.
        category: VAT category code of EN 16931.
        rate: what is due: a fraction for "standard", 0 for "exempt" and "reverse", ``None`` where there is no rate
            ("not subject", "outside scope") or nobody said it ("unknown").
        mention: what a document must say; ``None``: nothing.
        contained: for "reverse" only: the rate inside published inclusive prices, which the customer owes without it.

    Raises:
        TaxError: kind, category and rate do not go together.
    """

    kind: Kind
    category: str
    rate: Fraction | None
    mention: Mention | None = None
    contained: Fraction | None = None

    def __attrs_post_init__(self) -> None:
        found = _category(self.kind, self.category)
        for name, rate in (("rate", self.rate), ("contained", self.contained)):
            if rate is not None:
                found += _rate(name, rate)
        if not found:
            if self.kind == "standard":
                if self.rate is None or (self.category == "S") != (self.rate > 0):
                    found.append("category S has a rate above 0 (BR-S-05), category Z the rate 0 (BR-Z-05)")
                if self.mention is not None:
                    found.append(_no_mention(self.category))
            elif (self.rate is None) == (self.kind in ("exempt", "reverse")) or self.rate:
                found.append(f"{self.kind}: the rate is {'0' if self.kind in ('exempt', 'reverse') else 'None'}")
            if self.contained is not None and self.kind != "reverse":
                found.append("only reverse charge takes a contained rate out of a price")
        if found:
            raise TaxError(found)

    @property
    def taxed(self) -> bool:
        """Whether there is a group for it in the tax part of a document."""
        return self.kind in ("standard", "exempt", "reverse")


@attrs.frozen(cache_hash=True)
class TaxClass:
    """A class of tax by the day from which a rate or a mention holds.

    On a day before the first rate the class is "unknown"; a "standard" class at 0 % is category Z on that day. A small
    business without VAT (French *franchise en base*) is "not subject" with category E and its mention, never category O
    (BR-O-02 forbids the seller's VAT number there).

    Attributes:
        id: the name of the class in the tariff.
        kind: "standard", "exempt", "not subject", "outside scope", "reverse" or "unknown".
        rates: (first day, rate) pairs, rising; ``None`` for "always before". For "standard" the rates due, for
            "reverse" the rates inside inclusive prices (none: inclusive prices cannot be quoted), nothing for other
            kinds.
        category: VAT category code of EN 16931 (BT-118); left out: it follows from the kind.
        mentions: what a document must say, by the first day on which it is right.

    Raises:
        TaxError: everything that is wrong with it.
    """

    id: str
    kind: Kind
    rates: tuple[tuple[date | None, Fraction], ...] = ()
    category: str = attrs.field(
        default=attrs.Factory(lambda self: CATEGORIES.get(self.kind, ("",))[0], takes_self=True)
    )
    mentions: tuple[Mention, ...] = ()

    def __attrs_post_init__(self) -> None:
        found = [] if isinstance(self.id, str) and self.id.strip() else ["a tax class has an id"]
        found += _category(self.kind, self.category)
        for _, rate in self.rates:
            found += _rate("rate", rate)
        found += _rising("rates", [day for day, _ in self.rates])
        found += _rising("mentions", [mention.since for mention in self.mentions])
        if self.kind == "standard" and not self.rates:
            found.append("a standard class needs rates")
        if self.rates and self.kind not in ("standard", "reverse"):
            found.append(f"a class that is {self.kind} has no rates")
        if self.category == "Z" and any(rate for _, rate in self.rates):
            found.append("category Z has the rate 0 only (BR-Z-05)")
        if self.category in ("S", "Z") and self.mentions:
            found.append(_no_mention(self.category))
        if self.category not in NO_MENTION and not self.mentions:
            found.append(_needs_mention(self.kind, self.category))
        if found:
            raise TaxError([f"{self.id}: {text}" if self.id else text for text in found])

    def rate_on(self, day: date) -> Fraction | None:
        """The rate that is due on a day: see ``Treatment.rate``; ``None`` also before the first rate.

        Args:
            day: the local day.
        """
        listed = _last(self.rates, _a_day(day))
        if self.kind == "standard":
            return listed
        return Fraction(0) if self.kind in ("exempt", "reverse") else None

    def mention_on(self, day: date) -> Mention | None:
        """The mention of a day; ``None`` before the first one.

        Args:
            day: the local day.
        """
        return _last([(mention.since, mention) for mention in self.mentions], _a_day(day))

    def on(self, day: date) -> Treatment:
        """The treatment of the class on a day.

        Args:
            day: the local day.
        """
        return _on(self, day)


def _last(dated: Iterable[tuple[date | None, _V]], day: date) -> _V | None:
    """What holds on a day: the last that has begun; ``None`` before the first one."""
    holding = [value for since, value in dated if since is None or since <= day]
    return holding[-1] if holding else None


@lru_cache(maxsize=1024)
def _on(tax_class: TaxClass, day: date) -> Treatment:
    """The treatment of a class on a day. All lines of an order ask for the same few."""
    rate, mention = tax_class.rate_on(day), tax_class.mention_on(day)
    if tax_class.kind == "standard":
        if rate is None:
            return Treatment("unknown", "", None)
        return Treatment("standard", "S" if rate else "Z", rate)
    contained = _last(tax_class.rates, day) if tax_class.kind == "reverse" else None
    return Treatment(tax_class.kind, tax_class.category, rate, mention, contained)


def _a_day(day: date) -> date:
    if isinstance(day, datetime) or not isinstance(day, date):
        raise InputError(f"a day is a date, not {type(day).__name__}")
    return day


def _category(kind: str, category: str) -> list[str]:
    if kind not in CATEGORIES:
        return [f"the kind is one of {', '.join(CATEGORIES)}, not {shown(kind)}"]
    if category not in CATEGORIES[kind]:
        hint = "; category O is for what lies outside the scope of the tax" if category == "O" else ""
        return [f"{kind} has the category {' or '.join(CATEGORIES[kind]) or 'none'}, not {shown(category)}{hint}"]
    return []


def _rate(name: str, rate: object) -> list[str]:
    if not isinstance(rate, Fraction):
        return [f"a {name} is a Fraction, not {type(rate).__name__}"]
    return [] if 0 <= rate <= 1 else [f"a {name} lies between 0 and 100 %, not {rate * 100} %"]


def _no_mention(category: str) -> str:
    return (
        "a class whose tax is charged has no mention: a mention says why there is no tax, and belongs to a class that "
        f"is exempt, not subject, outside scope or reverse (EN 16931, BR-{category}-10)"
    )


def _needs_mention(kind: str, category: str) -> str:
    rule = f"EN 16931, BR-{'IC' if category == 'K' else category}-10"
    said = "the words on the bill that say why there is no tax"
    return f'a class that is {kind} needs a mention, {said}: write mention = "..." ({rule})'


def _rising(name: str, days: Sequence[date | None]) -> list[str]:
    bounds = [date.min if day is None else day for day in days]
    if any(isinstance(day, datetime) or not isinstance(day, date) for day in bounds):
        return [f"{name} hold from a date"]
    if any(later <= earlier for earlier, later in pairwise(bounds)):
        return [f"the days from which {name} hold must rise"]
    return []
