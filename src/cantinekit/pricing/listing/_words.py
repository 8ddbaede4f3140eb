"""How a price list writes amounts, days, lengths and names in a language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from cantinekit.errors import InputError
from cantinekit.pricing import _texts
from cantinekit.pricing.format._kinds import show_number, show_percent, show_span
from cantinekit.pricing.format._kinds_time import WEEKDAYS
from cantinekit.pricing.format._prices import show_price
from cantinekit.pricing.listing._english import ENGLISH
from cantinekit.pricing.listing._french import FRENCH
from cantinekit.pricing.model._rules import Per
from cantinekit.pricing.model._sections import NOT_SUBJECT, UNKNOWN
from cantinekit.pricing.terms import Delay, Length, format_clock

Words = Mapping[str, str]

_WORDS: Mapping[str, Words] = {"en": ENGLISH, "fr": FRENCH}


class Say:
    """The words of one language, with the ways to write amounts, days and lengths in it."""

    def __init__(self, lang: str, currency: str) -> None:
        if lang not in _WORDS:
            raise InputError(f"no texts in {lang!r}; there are {', '.join(_texts.LANGUAGES)}")
        self.lang = lang
        self.currency = currency
        self.words = _WORDS[lang]
        self.colon = self.words["colon"]

    def __call__(self, word: str, **values: object) -> str:
        """A sentence of the price list."""
        return self.words[word].format(colon=self.colon, **values)

    def unit(self, word: str) -> str:
        """A unit, a scope, a number; what a tariff has named itself is left as it is."""
        return self.words.get(f"unit {word}", word)

    def per(self, per: Per) -> str:
        """What a price is for: "hour", "100 kwh", "10.00 EUR (offered)"."""
        every, unit = per.every, self.unit(per.unit)
        if every is None:
            return unit
        return f"{self.money(every.n)} ({unit})" if every.money else f"{self.number(every.n)} {unit}"

    def tax(self, name: str) -> str:
        """A tax class: by its name, unless it is one of those that every tariff has."""
        return self.words[name] if name in (UNKNOWN, NOT_SUBJECT) else name

    def length(self, length: Length) -> str:
        """A length of the calendar: "3 months"."""
        return str(length) if self.lang == "en" else self.many(length.n, length.unit)

    def many(self, n: int, unit: str) -> str:
        """So many of a unit: "3 business days"."""
        unit = self.unit(unit)
        if n > 1 or (n == 0 and self.lang == "en"):
            words = unit.split() if self.lang == "fr" else [unit]
            unit = " ".join(word if word.endswith("s") else f"{word}s" for word in words)
        return f"{n} {unit}"

    def delay(self, delay: Delay) -> str:
        """How a delay is counted, in brackets; "" where its unit says all."""
        parts = [self("workdays", name=delay.workdays.name)] if delay.workdays and delay.workdays.name else []
        parts += [self(f"notice {delay.notice_day}")] if delay.notice_day else []
        parts += [self("day_ends", time=format_clock(delay.day_ends))] if delay.day_ends is not None else []
        return f" ({', '.join(parts)})" if parts else ""

    def money(self, minor: int | Fraction) -> str:
        return _texts.money(show_price(minor, self.currency), self.lang)

    def day(self, day: date) -> str:
        return day.strftime("%d/%m/%Y") if self.lang == "fr" else day.isoformat()

    def month_day(self, day: tuple[int, int]) -> str:
        return f"{day[1]:02}/{day[0]:02}" if self.lang == "fr" else f"{day[0]:02}-{day[1]:02}"

    def percent(self, rate: Fraction) -> str:
        text = show_percent(rate)
        return text.replace(".", ",").replace("%", "\u00a0%") if self.lang == "fr" else text

    def number(self, value: Fraction | int) -> str:
        text = str(show_number(Fraction(value)))
        return text.replace(".", ",") if self.lang == "fr" else text

    def span(self, size: tuple[int, bool]) -> str:
        """A length of time, or a number of units."""
        return show_span(size[0]) if size[1] else str(size[0])

    def either(self, names: Iterable[str]) -> str:
        return f" {self('or')} ".join(names)

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
