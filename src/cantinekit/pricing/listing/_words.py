"""How a price list writes amounts, days, lengths and names in a language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from cantinekit.calendar import format_clock
from cantinekit.common.times import short_day
from cantinekit.common.typography import NO_BREAK, check_lang, money, number
from cantinekit.pricing.format.kinds import show_number, show_percent, show_span
from cantinekit.pricing.format.prices import show_price
from cantinekit.pricing.listing._plurals import plural, singular
from cantinekit.pricing.listing._texts import ENGLISH, FRENCH
from cantinekit.pricing.model.added import Every
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN, Unit
from cantinekit.pricing.refusals import REASONS
from cantinekit.pricing.terms import WEEKDAYS, Delay, Length, Workdays
from cantinekit.pricing.values import FrozenMap

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

Words = Mapping[str, str]

_WORDS: Mapping[str, Words] = {
    lang: {**words, **{f"refuse {code}": text for code, text in REASONS[lang].items()}}
    for lang, words in (("en", ENGLISH), ("fr", FRENCH))
}


@attrs.frozen
class Named:
    """The names that a tariff gives: products by id, units, calendars."""

    products: Mapping[str, str] = FrozenMap()
    units: Mapping[str, Unit] = FrozenMap()
    calendars: Mapping[str, Workdays] = FrozenMap()

    @classmethod
    def of(cls, tariff: Tariff) -> Named:
        """Where two products have one name, the id stands behind it."""
        texts = [product.name for product in tariff.products.values()]
        names = {
            id: product.name if texts.count(product.name) == 1 else f"{product.name} [{id}]"
            for id, product in tariff.products.items()
        }
        return cls(FrozenMap(names), tariff.parts.units, tariff.parts.calendars)


@attrs.define
class Say:
    """The words of one language, with the ways to write amounts, days and lengths in it."""

    lang: str
    currency: str
    named: Named = attrs.field(factory=Named)
    ranked: tuple[str, ...] = ()
    """The scope in which the product at hand counts its items."""
    whole: str = "booking"
    """What an amount is due once for, where its rule says nothing: an item, or the order."""
    words: Words = attrs.field(init=False)
    colon: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        check_lang(self.lang)
        self.words = _WORDS[self.lang]
        self.colon = self.words["colon"]

    def __call__(self, word: str, **values: object) -> str:
        """A sentence of the price list."""
        return self.words[word].format(colon=self.colon, **values)

    # --- names -------------------------------------------------------------------------------------------------------

    def unit(self, word: str) -> str:
        """A unit or a scope, one of it; what a tariff has named itself is left as it is, or has the name it gives."""
        given = self.named.units.get(word)
        if given is not None and given.name:
            return given.name
        if word[:1].isdigit():
            return self.words.get(f"unit {word}", self.minutes(word))
        return self.words.get(f"unit {word}") or singular(word, self.lang)

    def units(self, word: str) -> str:
        """Several of a unit."""
        given = self.named.units.get(word)
        return given.plural if given is not None and given.plural else plural(self.unit(word), self.lang)

    def many(self, n: Fraction | int, unit: str) -> str:
        """So many of a unit: "3 business days", "3 × 30min". A French plural begins at 2."""
        if unit[:1].isdigit() and f"unit {unit}" not in self.words and unit not in self.named.units:
            return f"{self.number(n)} × {self.minutes(unit)}"
        several = n != 1 if self.lang == "en" else n >= 2
        return f"{self.number(n)} {self.units(unit) if several else self.unit(unit)}"

    def per(self, unit: str) -> str:
        return self("per", unit=self.unit(unit))

    def so_much(self, every: Every, fact: str) -> str:
        """A quantity of a fact, or an amount: "100 kwh", "10.00 EUR (offered)"."""
        return f"{self.money(every.n)} ({fact})" if every.money else self.many(every.n, fact)

    def product(self, name: str) -> str:
        """A product by its name; an account that is called as one, too."""
        return self.named.products.get(name, name)

    def products(self, names: Iterable[str]) -> str:
        return ", ".join(self.product(name) for name in names)

    def scope(self, names: Iterable[str]) -> str:
        """Over what something is counted: "for each person and month"."""
        return self("scope", names=self.both(self("scope_part", name=self.unit(name)) for name in names))

    def tax(self, name: str) -> str:
        """A tax class: by its name, unless it is one of those that every tariff has."""
        return self.words[name] if name in (UNKNOWN, NOT_SUBJECT) else name

    # --- lengths and days --------------------------------------------------------------------------------------------

    def length(self, length: Length) -> str:
        """A length of the calendar: "3 months"."""
        return self.many(length.n, length.unit)

    def minutes(self, text: str) -> str:
        """A length of time as the file spells it: "1h30"; a French reader sees "1 h 30"."""
        if self.lang == "en":
            return text
        hours, h, rest = text.rpartition("h")
        minutes = rest.removesuffix("min")
        if not h:
            return f"{minutes}{NO_BREAK}min"
        return f"{hours}{NO_BREAK}h" + (f"{NO_BREAK}{minutes}" if minutes else "")

    def span(self, size: tuple[int, bool], unit: str = "") -> str:
        """A length of time, or a number of units."""
        if size[1]:
            return self.minutes(show_span(size[0]))
        return self.many(size[0], unit) if unit else self.number(size[0])

    def delay(self, *delays: Delay) -> str:
        """How delays are counted, in brackets, of two each behind its unit; "" where the unit says all."""
        units = [f"{self.units(delay.unit)}{self.colon} " if len(delays) > 1 else "" for delay in delays]
        texts = [unit + text for unit, delay in zip(units, delays, strict=True) if (text := self._counted(delay))]
        return f" ({self('semicolon').join(texts)})" if texts else ""

    def _counted(self, delay: Delay) -> str:
        parts = [self.workdays(delay.workdays)] if delay.workdays else []
        parts += [self(f"notice {delay.notice_day}")] if delay.notice_day else []
        parts += [self("day_ends", time=format_clock(delay.day_ends))] if delay.day_ends is not None else []
        return ", ".join(parts)

    def workdays(self, days: Workdays) -> str:
        """Business days: the calendar that they are of, or which they are."""
        found = [name for name, known in self.named.calendars.items() if known == days]
        if found or days.name:
            return self("workdays", name=found[0] if found else days.name)
        return self("workdays", name=self.week(days))

    def week(self, days: Workdays) -> str:
        """Which days are business days."""
        text = self.weekdays(WEEKDAYS[day] for day in days.weekdays)
        if not days.holidays:
            return text
        return f"{text} {self('without', days=', '.join(self.day(day) for day in days.holidays))}"

    def day(self, day: date) -> str:
        return short_day(day, self.lang)

    def month_day(self, day: tuple[int, int]) -> str:
        return f"{day[1]:02}/{day[0]:02}" if self.lang == "fr" else f"{day[0]:02}-{day[1]:02}"

    def weekdays(self, days: Iterable[str]) -> str:
        """Days of the week; three and more in a row as a stretch."""
        places = sorted(WEEKDAYS.index(day) for day in days)
        runs: list[list[int]] = []
        for place in places:
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        out: list[str] = []
        for run in runs:
            names = [self(WEEKDAYS[place]) for place in run]
            out += [f"{names[0]} {self('to')} {names[-1]}"] if len(run) > 2 else names
        return ", ".join(out)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def money(self, minor: int | Fraction) -> str:
        return money(show_price(minor, self.currency), self.lang)

    def percent(self, rate: Fraction) -> str:
        return number(show_percent(rate), self.lang)

    def due(self, minor: int | Fraction, once_per: str = "") -> str:
        """An amount, and how often it is due: "25.00 EUR per piece"; once for the whole where nothing is said."""
        return f"{self.money(minor)} {self.per(once_per or self.whole)}" if minor else self.money(minor)

    def share_or_due(self, percent: Fraction | None, price: int | None, once_per: str) -> str:
        """What is a share of a price or an amount."""
        return self.percent(percent) if percent is not None else self.due(price or 0, once_per)

    def number(self, value: Fraction | int) -> str:
        return number(show_number(Fraction(value)), self.lang)

    def either(self, names: Iterable[str]) -> str:
        return f" {self('or')} ".join(names)

    def both(self, names: Iterable[str]) -> str:
        return f" {self('and')} ".join(names)
