"""A year of an invented cantine: 20,000 visitors, and what they were charged by its price list.

Nothing of it happened. The dice are seeded, so that it is the same year each time; what is charged is what the engine
says. Half of the visitors come once; few come every week, and these buy carnets and become members.
"""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import attrs

from cantinekit.clock import WallTime
from cantinekit.common.typography import money, number
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import Tariff, replay
from cantinekit.whatif import Visits, save_visits, table_of

YEAR = 2025
SEED = 2025
VISITORS = 20_000
ZONE = "Europe/Paris"
TODAY, PROPOSED, VISITS = "today.toml", "proposed.toml", "visits.parquet"
"""The names of the files."""
FOLDER = "cantine-year"
MOST = 200_000
"""The most visitors."""
_MONTHS = (9, 10, 11, 10, 9, 9, 6, 2, 11, 12, 11, 7)
"""How many come in each month, to one another: nearly nobody in August, fewer in the holidays."""
_DAYS = (8, 11, 10, 11, 8, 1, 0)
"""How many come on each day of the week, to one another: closed on Sundays."""
_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
_ENTRIES = 10
"""The entries of a carnet."""


@attrs.define
class Visitor:
    """Somebody who comes.

    Attributes:
        id: the id.
        category: the category that the price list asks for.
        visits: how often the visitor comes in the year.
        habit: how likely each product is, to one another.
        carnets: whether the visitor buys carnets.
        joins: from which visit on the visitor is a member; -1: never.
        entries: the entries that are left.
    """

    id: str
    category: str
    visits: int
    habit: tuple[int, int, int, int]
    carnets: bool
    joins: int
    entries: int = 0


Row = dict[str, Any]
PRODUCTS = ("half-day", "day", "evening", "meeting-room")
_HOURS = {"half-day": ((9, 0), (13, 30)), "day": ((9, 0),), "evening": ((18, 30),), "meeting-room": ((10, 0), (14, 0))}
_MINUTES = {
    "half-day": (210, 240, 240),
    "day": (480, 510, 540),
    "evening": (120, 150, 180),
    "meeting-room": (60, 90, 120),
}


def main(args: Namespace) -> int:
    """Write the year, the list of today and the one that is proposed, and print the command that replays it.

    Args:
        args: the arguments as the command line has read them: ``to``, ``lang``, ``visitors``.

    Raises:
        InputError: the files cannot be written, there are no visitors, or a package is missing.
    """
    folder = Path(FOLDER if args.to is None else args.to)
    visitors = VISITORS if args.visitors is None else args.visitors
    _check(visitors)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (TODAY, PROPOSED):
            (folder / name).write_text(text_of(name), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from error
    visits = year(visitors)
    save_visits(visits, folder / VISITS)
    words, charged = _WORDS[args.lang], Money(sum(visits.column("charged") or ()), "EUR")
    rows = number(visits.table.num_rows, args.lang)
    print(words["told"].format(rows=rows, year=YEAR, charged=money(charged, args.lang)))
    new, file, old, report = (shlex.quote(str(folder / name)) for name in (PROPOSED, VISITS, TODAY, "report"))
    print(f"{words['next']}\n\n    cantinekit replay {new} {file} --against {old} --to {report} --lang {args.lang}")
    return 0


_WORDS = {
    "en": {
        "told": "An invented year, {year}: {rows} visits and purchases, charged {charged} by the list of today.",
        "next": "What if the half-day became 8 EUR, and the day were capped? Ask:",
    },
    "fr": {
        "told": "Une année inventée, {year} : {rows} visites et achats, facturés {charged} selon la grille actuelle.",
        "next": "Et si la demi-journée passait à 8 EUR, et la journée était plafonnée ? Demandez :",
    },
}


def text_of(name: str) -> str:
    """The text of one of the two price lists.

    Args:
        name: the name of its file.
    """
    return files("cantinekit.demo").joinpath("data", f"year-{name}").read_text(encoding="utf-8")


def year(visitors: int = VISITORS) -> Visits:
    """The year, with what was charged.

    Args:
        visitors: how many visitors there are, 1 to 200,000.

    Raises:
        InputError: there are fewer or more, or a package is missing.
    """
    _check(visitors)
    rows = sorted(_rows(Random(SEED), visitors), key=lambda row: (row["bought"], row["id"]))
    table = table_of(rows)
    tariff = Tariff.load(text_of(TODAY))
    answers = replay(tariff, table).rows
    table = table.append_column("charged", answers.column("gross")).append_column("version", answers.column("version"))
    return Visits(table)


def _check(visitors: int) -> None:
    if not 1 <= visitors <= MOST:
        raise InputError(f"the visitors of a year are 1 to {MOST}")


def _rows(dice: Random, visitors: int) -> Iterator[Row]:
    days = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(365)]
    weights = [
        0 if (day.month, day.day) in _HOLIDAYS else _MONTHS[day.month - 1] * _DAYS[day.weekday()] for day in days
    ]
    number = 0
    for count in range(1, visitors + 1):
        visitor = _visitor(dice, count)
        came = sorted(set(dice.choices(days, weights, k=visitor.visits)))
        for nth, day in enumerate(came):
            for row in _visit(dice, visitor, nth, day):
                number += 1
                yield row | {"id": f"u{number:07}"}


def _visitor(dice: Random, count: int) -> Visitor:
    category = dice.choices(("regular", "student", "jobseeker"), (70, 22, 8))[0]
    visits = dice.choices((1, 2, dice.randint(3, 8), dice.randint(9, 30), dice.randint(31, 120)), (50, 20, 20, 8, 2))[0]
    habit = dice.choices(((80, 10, 8, 2), (30, 60, 5, 5), (45, 5, 50, 0)), (55, 30, 15))[0]
    often = visits >= 9
    return Visitor(
        f"m{count:05}",
        category,
        visits,
        habit,
        carnets=often and habit[0] > 40 and dice.random() < 0.6,
        joins=dice.randint(0, 4) if visits >= 5 and dice.random() < 0.4 else -1,
    )


def _visit(dice: Random, visitor: Visitor, nth: int, day: date) -> Iterator[Row]:
    """What a visitor buys on a day: a purchase first, where there is one, then one visit or several."""
    product = dice.choices(PRODUCTS, visitor.habit)[0]
    hour, minute = dice.choice(_HOURS[product])
    came = WallTime(day, time(hour, minute), ZONE).instant + timedelta(minutes=5 * dice.randint(-3, 6))
    member = 0 <= visitor.joins <= nth

    def row(what: str, at: datetime, **more: Any) -> Row:
        who = {"customer": visitor.id, "category": visitor.category, "holds": ["membership"] if member else []}
        return {"product": what, "bought": at, "count": 1, "currency": "EUR", **who, **more}

    if nth == visitor.joins:
        yield row("membership", came - timedelta(minutes=2), day=day)
    if product == "half-day" and visitor.carnets and not visitor.entries:
        visitor.entries = _ENTRIES
        yield row("carnet", came - timedelta(minutes=1), day=day)
    visitor.entries -= product == "half-day" and visitor.entries > 0
    stays = [(product, came)]
    if product == "half-day" and hour == 9 and dice.random() < 0.25:  # and back after lunch
        stays.append(("half-day", came + timedelta(hours=4, minutes=30)))
        visitor.entries -= visitor.entries > 0
    if product in ("half-day", "day") and dice.random() < 0.08:  # and on into the evening
        stays.append(("evening", came + timedelta(hours=9, minutes=30)))
    for what, start in stays:
        yield row(what, start, start=start, end=start + timedelta(minutes=dice.choice(_MINUTES[what])))
