"""How days, times and periods are written in French and English, on the wall of a place. No system locale is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from cantinekit.clock import Period, local
from cantinekit.common.typography import MONTHS, NO_BREAK, WEEKDAYS, check_lang

_TWICE = {"fr": ("1re fois", "2e fois"), "en": ("1st time", "2nd time")}
_TO = {"fr": "{} au {}", "en": "{} to {}"}
_NEXT = {"fr": f"{NO_BREAK}; ", "en": "; "}
"""What stands between two days."""


def dated(day: date, lang: str, *, year: bool = True) -> str:
    """A day without its weekday: "1er mai 2027", "1 May 2027".

    Args:
        day: the day.
        lang: "fr" or "en".
        year: whether its year is written.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    number = "1er" if lang == "fr" and day.day == 1 else str(day.day)
    return f"{number} {MONTHS[lang][day.month - 1]}" + (f" {day.year}" if year else "")


def day(day: date, lang: str, *, year: bool = True) -> str:
    """A day with its weekday: "mardi 1er décembre 2026", "Tuesday 1 December 2026".

    Args:
        day: the day.
        lang: "fr" or "en".
        year: whether its year is written.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return f"{WEEKDAYS[lang][day.weekday()]} {dated(day, lang, year=year)}"


def days(first: date, last: date, lang: str) -> str:
    """From a day to another, without saying a month or a year twice: "9 au 15 novembre 2026", "9 to 15 November 2026".

    Args:
        first: the first day.
        last: the last day.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    if first == last:
        return dated(first, lang)
    begin = dated(first, lang, year=first.year != last.year)
    if (first.year, first.month) == (last.year, last.month):
        begin = begin.removesuffix(f" {MONTHS[lang][first.month - 1]}")
    return _TO[lang].format(begin, dated(last, lang))


def month(day: date, lang: str) -> str:
    """The month of a day: "décembre 2026", "December 2026".

    Args:
        day: a day of the month.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return f"{MONTHS[lang][day.month - 1]} {day.year}"


def short_day(day: date, lang: str) -> str:
    """A day in digits: "01/12/2026", in English "2026-12-01".

    Args:
        day: the day.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return day.strftime("%d/%m/%Y") if lang == "fr" else day.isoformat()


def short_moment(moment: datetime, zone: str, lang: str) -> str:
    """A day and a time in digits: "01/12/2026 09:00", in English "2026-12-01 09:00".

    Args:
        moment: an aware datetime.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
    """
    wall = local(moment, zone)
    return f"{short_day(wall.date(), lang)} {wall:%H:%M}"


def clock(moment: datetime, zone: str, lang: str) -> str:
    """What the wall clock shows, in digits: "09:30". Of a time that comes twice it says which of the two is meant.

    Args:
        moment: an aware datetime.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    wall = local(moment, zone)
    return _which(f"{wall:%H:%M}", wall, lang)


def clock_end(period: Period, zone: str, lang: str) -> str:
    """When a period ends, in digits; at midnight that is 24:00 of the day before.

    Args:
        period: the period.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
    """
    return "24:00" if _to_midnight(period, zone) else clock(period.end, zone, lang)


def time(moment: datetime, zone: str, lang: str) -> str:
    """A time of day as a sentence has it: "9 h", "9 h 30", with spaces that do not break; in English "09:30". Of a time
    that comes twice it says which of the two is meant.

    Args:
        moment: an aware datetime.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    if lang != "fr":
        return clock(moment, zone, lang)
    wall = local(moment, zone)
    return _which(_hours(wall.hour, wall.minute), wall, lang)


def times(period: Period, zone: str, lang: str) -> str:
    """From when to when, without the days: "9 h – 12 h", "09:00 – 12:00"; to midnight that is "24 h".

    Args:
        period: the period.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
    """
    return f"{time(period.start, zone, lang)} – {_end(period, zone, lang)}"


def moment(moment: datetime, zone: str, lang: str, *, year: bool = True) -> str:
    """A day and a time: "mardi 1er décembre 2026, 9 h", "Tuesday 1 December 2026, 09:00".

    Args:
        moment: an aware datetime.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
        year: whether the year is written.
    """
    return f"{day(local(moment, zone).date(), lang, year=year)}, {time(moment, zone, lang)}"


def period(period: Period, zone: str, lang: str, *, year: bool = True) -> str:
    """A period with its day: "mardi 1er décembre 2026, 9 h – 12 h"; with both days where it ends on another one.

    Args:
        period: the period.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
        year: whether years are written.
    """
    first, last = _days_of(period, zone)
    since = moment(period.start, zone, lang, year=year)
    until = _end(period, zone, lang)
    return f"{since} – {until}" if first == last else f"{since} – {day(last, lang, year=year)}, {until}"


def periods(several: Iterable[Period], zone: str, lang: str, *, year: bool = True) -> str:
    """Several periods in the order of time, each day written once: "mardi 1er décembre 2026, 9 h – 10 h, 13 h – 14 h".

    What ends on another day stands by itself, behind the others of the day on which it starts.

    Args:
        several: the periods, in any order.
        zone: the IANA name of the zone of the place.
        lang: "fr" or "en".
        year: whether years are written.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    found = [(*_days_of(one, zone), one) for one in several]
    found.sort(key=lambda one: (one[0], one[0] != one[1], one[2].start, one[2].end))
    said = []
    for (first, last), group in groupby(found, lambda one: one[:2]):
        some = [one for _, _, one in group]
        if first == last:
            said.append(", ".join([day(first, lang, year=year), *(times(one, zone, lang) for one in some)]))
        else:
            said += [period(one, zone, lang, year=year) for one in some]
    return _NEXT[lang].join(said)


def _end(period: Period, zone: str, lang: str) -> str:
    """When a period ends, as a sentence has it."""
    if _to_midnight(period, zone):
        return _hours(24, 0) if lang == "fr" else "24:00"
    return time(period.end, zone, lang)


def _days_of(period: Period, zone: str) -> tuple[date, date]:
    """The first and the last day that a period is on."""
    last = period.end - timedelta.resolution if _to_midnight(period, zone) else period.end
    return local(period.start, zone).date(), local(last, zone).date()


def _to_midnight(period: Period, zone: str) -> bool:
    wall = local(period.end, zone)
    return bool(period.length) and (wall.hour, wall.minute, wall.second, wall.microsecond) == (0, 0, 0, 0)


def _hours(hour: int, minute: int) -> str:
    return f"{hour}{NO_BREAK}h" + (f"{NO_BREAK}{minute:02d}" if minute else "")


def _which(shown: str, wall: datetime, lang: str) -> str:
    """A time, with which of the two it is where the wall clock shows it twice; not where it is skipped."""
    first, second = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    if first is None or second is None or first - second <= timedelta():
        return shown
    return f"{shown} ({_TWICE[lang][wall.fold]})"
