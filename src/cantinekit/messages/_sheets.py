"""An attendance sheet as text (Markdown), in French or English, with a column to sign in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cantinekit.common.times import short_day
from cantinekit.common.typography import french_words
from cantinekit.messages._documents import print_table
from cantinekit.pricing.markdown import escape

WORDS: dict[str, dict[str, str]] = {
    "fr": french_words(
        {
            "sheet": "Feuille d’émargement",
            "place": "Lieu : {0}",
            "when": "Le {0}, de {1} à {2}",
            "columns": "Nom|Places|Présents|Arrivée|Signature",
            "walk-ins": "Sans inscription : {0}",
            "closed": "Feuille close le {0} à {1}",
            "totals": "Inscrits : {0} ; présents : {1} ; absents : {2}",
        }
    ),
    "en": {
        "sheet": "Attendance sheet",
        "place": "Place: {0}",
        "when": "{0}, from {1} to {2}",
        "columns": "Name|Seats|Present|Arrived|Signature",
        "walk-ins": "Without registration: {0}",
        "closed": "Closed on {0} at {1}",
        "totals": "Registered: {0}; present: {1}; absent: {2}",
    },
}


def print_sheet(
    heading: tuple[str, str],
    times: tuple[datetime, datetime],
    rows: Iterable[tuple[str, int, int | None, datetime | None]],
    closed: tuple[datetime, int, tuple[int, int, int]] | None,
    lang: str,
) -> str:
    """An attendance sheet as Markdown (CommonMark with tables); its texts are escaped. All times are local.

    Args:
        heading: the title and the place.
        times: when it begins and ends.
        rows: for each person the name, the seats, how many are present and since when, both ``None`` where it is not
            known.
        closed: when the sheet was closed, how many walk-ins, and how many seats are confirmed, present and absent;
            ``None`` while it is open.
        lang: "fr" or "en".

    Raises:
        LookupError: no such language.
    """
    words, (title, place), (starts, ends) = WORDS[lang], heading, times
    day = short_day(starts.date(), lang)
    out = [f"# {words['sheet']}", "", f"**{escape(title)}**", "", f"- {escape(words['place'].format(place))}"]
    out += [f"- {escape(words['when'].format(day, _time(starts), _time(ends)))}", ""]
    cells = ([name, str(seats), _number(present), _time(arrived), ""] for name, seats, present, arrived in rows)
    out += print_table(words["columns"], 1, cells)
    if closed is not None:
        since, walk_ins, totals = closed
        out += [f"- {words['totals'].format(*totals)}", f"- {words['walk-ins'].format(walk_ins)}"]
        out += [f"- {words['closed'].format(short_day(since.date(), lang), _time(since))}"]
    return "\n".join(out).rstrip("\n") + "\n"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%H:%M")


def _number(count: int | None) -> str:
    return "" if count is None else str(count)
