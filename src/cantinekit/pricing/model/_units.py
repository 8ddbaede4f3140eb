"""The units of a price: a length of time, a measure, a fact that is a number, or a word for one piece."""

from __future__ import annotations

from cantinekit.pricing.format.read import TariffTable, meant_time, span
from cantinekit.pricing.model.conditions import Words

PEOPLE = ("person", "persons", "piece")
PERIODS = ("day", "half-day", "night", "week", "month", "year", "session")
_LENGTH = """a length of time such as '1h', '30min' or '1h30', or the name of a unit, is needed; a price for so many \
of a fact is written per = "kwh", every = 100"""


def read_unit(table: TariffTable, unit: str, key: str) -> int | None:
    """The minutes of a unit that is a length of time. Notes a word that is probably a misspelling of one that counts.

    Any other word is one for a piece.
    """
    minutes = span(unit)
    if minutes is not None or not unit:
        return minutes
    words: Words = table.notes.words
    known = (*PEOPLE, *PERIODS, *words.numbers(), *words.counted, str(table.path[1]))
    if unit[:1].isdigit() and unit not in known:
        table.problem(_LENGTH, key)
    elif unit in words.facts and unit not in known:
        table.problem(f"{unit!r} is a fact, but no number: what would be counted?", key)
    elif unit not in known and (meant := meant_time(unit)):
        table.problem(f"{unit!r} is no unit here, and no length of time", key, meant)
    else:
        table.like(unit, known, key, "another word for a piece has to be less like it")
    return None
