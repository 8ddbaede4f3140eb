"""How amounts, days and times are written for a reader, by Babel and by the library. Nothing is computed here."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_time

from cantinekit import Money, Period
from cantinekit.clock import local
from cantinekit.pricing import Quote
from cantinekit.pricing.texts import blocks
from tiers_lieu.words import Lang


def money(amount: Money, lang: str) -> str:
    """An amount: "7,00 €"."""
    return amount.localized(lang)


def day(value: date, lang: str, *, year: bool = True) -> str:
    """A day with its weekday: "mardi 24 novembre 2026"."""
    shape = "EEEE d MMMM"
    if lang == "fr" and value.day == 1:
        shape = "EEEE d'er' MMMM"
    return format_date(value, f"{shape} y" if year else shape, locale=lang)


def clock(moment: datetime, zone: str, lang: str) -> str:
    """The time of day on the wall of a place: "18:00"."""
    return format_time(local(moment, zone), "HH:mm", locale=lang)


def day_of(moment: datetime, zone: str) -> date:
    """The local day of a moment at a place."""
    return local(moment, zone).date()


def when(period: Period, zone: str, lang: str) -> str:
    """A period on the wall of a place, with its day: "mardi 24 novembre, 18:00–20:00"."""
    first, last = day_of(period.start, zone), day_of(period.end, zone)
    starts, ends = clock(period.start, zone, lang), clock(period.end, zone, lang)
    if first == last:
        return f"{day(first, lang, year=False)}, {starts}–{ends}"
    return f"{day(first, lang, year=False)}, {starts} – {day(last, lang, year=False)}, {ends}"


def hours(period: Period, zone: str, lang: str) -> str:
    """The times of a period on one day: "18:00–20:00"."""
    return f"{clock(period.start, zone, lang)}–{clock(period.end, zone, lang)}"


def reasons(quote: Quote, lang: Lang) -> list[str]:
    """Why something costs what it costs, step by step, in the words of the library."""
    return [sentence for block in blocks(quote, lang) for sentence, *_ in block.steps]
