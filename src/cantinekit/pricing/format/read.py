"""Reading one table of a tariff: nothing is ignored, and every problem is noted with its path, not only the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import cut
from cantinekit.money import exponent
from cantinekit.pricing.format.toml import NotPlain, Path, line_of, quoted
from cantinekit.pricing.values import MAX_TEXT

T = TypeVar("T")
MAX_PRICE = 10**12
"""The largest printed price, in minor units."""

MAX_FINE = 4
"""So many decimals more than its currency has a price for a unit may have."""

MAX_ENTRIES = 1_000
"""The most entries of one list."""

_MAX_SUGGESTIONS = 50
_MAX_COMPARED = 50_000
_LIKE = 0.8

MAX_MINUTES = 366 * 24 * 60

SYNONYMS = {
    **dict.fromkeys(("price", "amount", "prices", "cost"), "rate"),
    **dict.fromkeys(("total", "ttc", "pays"), "gross"),
    **dict.fromkeys(("cap", "max", "maximum", "most"), "at_most"),
    **dict.fromkeys(("min", "minimum", "least"), "at_least"),
    **dict.fromkeys(("discount", "reduction"), "percent"),
    **dict.fromkeys(("vat", "tva"), "tax"),
    **dict.fromkeys(("hours", "duration", "length"), "minutes"),
    **dict.fromkeys(("unit", "each"), "per"),
    **dict.fromkeys(("label", "title"), "name"),
    **dict.fromkeys(("if", "condition"), "when"),
    **dict.fromkeys(("reason", "because"), "why"),
    **dict.fromkeys(("since", "start", "date"), "from"),
    **dict.fromkeys(("to", "until", "up_to"), "upto"),
    **dict.fromkeys(("day", "days"), "weekday"),
    **dict.fromkeys(("category", "for"), "when"),
}
"""Words of price lists that a writer tries first, and the key that is probably meant where it may stand."""

MINUTES = {"minute": 1, "hour": 60}
_SPAN = re.compile(r"(?:([0-9]{1,5})h)?(?:([0-9]{1,6})(?:min)?)?")


@attrs.frozen
class Problem:
    """One thing that is wrong with a tariff.

    Attributes:
        path: the key, from the top of the file.
        line: the line of the file, from 1; ``None``: not known.
        message: what is wrong.
        suggestion: what was probably meant; ``None``: nothing is near.
    """

    path: str = attrs.field(converter=cut)
    line: int | None
    message: str = attrs.field(converter=cut)
    suggestion: str | None = None

    @property
    def text(self) -> str:
        """Everything but the line."""
        path = f"{self.path}: " if self.path else ""
        return path + self.message + (f"; did you mean {self.suggestion!r}?" if self.suggestion else "")

    def __str__(self) -> str:
        return (f"line {self.line}: " if self.line else "") + self.text


def show(path: Path) -> str:
    """A path as text: ``product.room.rate[0].price``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else ("." if text else "") + quoted(part)
    return text


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one."""
    return next(iter(difflib.get_close_matches(word, sorted(known), 1)), None) if len(word) <= MAX_TEXT else None


def like(word: str, known: Iterable[str]) -> str | None:
    """The known word of which this one, a text, is probably a misspelling: a letter or two apart, or another case."""
    plain = {other.casefold(): other for other in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.casefold(), plain, 1, _LIKE)
    return plain[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Some words for a message; not all of a long list."""
    some = list(words)
    return ", ".join(map(repr, some[:12])) + (", ..." if len(some) > 12 else "")


@attrs.define
class Notes:
    """The problems found so far, and the lines of the paths."""

    lines: Mapping[Path, int]
    currency: str = "EUR"
    problems: dict[Problem, None] = attrs.field(factory=dict)
    """In the order in which they were found, each once."""
    suggestions: int = 0
    alike: dict[tuple[str, tuple[str, ...]], str | None] = attrs.field(factory=dict)
    compared: int = 0
    words: Any = None
    """What rules may refer to: facts, products, tax classes."""
    calendars: Any = None
    """Business days by name."""
    asked: set[str] = attrs.field(factory=set)
    """What conditions ask whether it is held."""
    rules: Any = attrs.field(factory=dict)
    """Pricing rules of plug-ins by name and version."""

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that is most like this one; for a file of nonsense it stops looking after a while."""
        self.suggestions += 1
        return near(word, known) if self.suggestions <= _MAX_SUGGESTIONS else None

    def like(self, word: str, known: tuple[str, ...]) -> str | None:
        """As the function of this name; for a file of nonsense it stops looking after a while."""
        if (word, known) not in self.alike:
            self.compared += len(known)
            self.alike[word, known] = like(word, known) if self.compared <= _MAX_COMPARED else None
        return self.alike[word, known]

    def add(self, path: Path, message: str, suggestion: str | None = None) -> None:
        """Note a problem; a table that is read twice does not complain twice."""
        self.problems[Problem(show(path), line_of(self.lines, path), message, suggestion)] = None


def meant_time(word: str) -> str | None:
    """The unit of time that a word such as "hours" or "houer" was probably meant to be."""
    short = dict.fromkeys(("h", "hr", "hrs", "heure", "heures"), "hour") | {"min": "minute", "mins": "minute"}
    close = difflib.get_close_matches(word[:MAX_TEXT], MINUTES, 1, 0.85)
    return None if word in MINUTES else short.get(word) or next(iter(close), None)


def span(text: object) -> int | None:
    """Minutes of "1h", "30min", "1h30", "minute" or "hour"; ``None`` for anything else."""
    if not isinstance(text, str):
        return None
    if text in MINUTES:
        return MINUTES[text]
    match = _SPAN.fullmatch(text)
    if not match or not text or (match[1] is None and not text.endswith("min")):
        return None
    minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    return minutes if 0 < minutes <= MAX_MINUTES else None


@attrs.define
class TariffTable:
    """A table of the file, with its path. The getters note a problem and give ``None`` when a value is wrong."""

    data: dict[str, Any]
    path: Path
    notes: Notes
    odd: bool = False
    """Whether a key was not known; then a complaint that something is missing would only repeat it."""
    bad: set[str] = attrs.field(factory=set)
    """The keys whose values were wrong; what follows from them is not repeated."""
    fine: bool = False
    """Whether its prices are for a unit, so that they may be below the smallest unit of the currency."""

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def problem(self, message: str, key: str | None = None, suggestion: str | None = None) -> None:
        self.notes.add((*self.path, key) if key is not None else self.path, message, suggestion)

    def known(self, keys: Iterable[str], message: str = "unknown key") -> None:
        """Note every key that is not one of these."""
        allowed = set(keys)
        for key in self.data:
            if key in allowed:
                continue
            self.odd = True
            meant = SYNONYMS.get(key)
            self.problem(message, key, meant if meant in allowed else self.notes.near(key, allowed))

    def like(self, word: str, known: Iterable[str], key: str, more: str = "") -> None:
        """Report a probable misspelling of a known word."""
        known = tuple(known)
        meant = None if word in known else self.notes.like(word, known)
        if meant is not None:
            self.problem(f"{word!r} is not known here" + (f"; {more}" if more else ""), key, meant)

    def text(self, key: str, default: str = "", *, one_of: Sequence[str] = (), required: bool = False) -> str:
        if key not in self.data:
            if required:
                self.problem(f"{key!r} is needed" + (f": one of {listed(one_of)}" if one_of else ""))
            return default
        value = self.data[key]
        if not isinstance(value, str):
            self.problem(f"a text is needed, not {kind(value)}", key)
            return default
        if not good_text(value):
            self.problem(f"a text of 1 to {MAX_TEXT} characters without control characters is needed", key)
            return default
        if one_of and value not in one_of:
            self.problem(f"{value!r} is not one of {listed(one_of)}", key, self.notes.near(value, one_of))
            return default
        return value

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.problem(f"true or false is needed, not {kind(value)}", key)
            return False
        return value

    def count(self, key: str, low: int = 1, high: int = 10**6) -> int | None:
        if key not in self.data:
            return None
        value = self.data[key]
        if type(value) is not int or not low <= value <= high:
            self.problem(f"a whole number from {low} to {high} is needed", key)
            return None
        return value

    def span(self, key: str) -> int | None:
        if key not in self.data:
            return None
        minutes = span(self.data[key])
        if minutes is None:
            self.problem("a length of time such as '1h', '30min' or '1h30' is needed", key)
        return minutes

    def day(self, key: str) -> date | None:
        value = self.data.get(key)
        if isinstance(value, datetime) or not isinstance(value, date):
            self.problem(f"{key!r} is a date such as 2026-01-01", key if key in self.data else None)
        elif not 1970 <= value.year < 9997:
            self.problem("the day is out of range (1970 to 9997)", key)
        else:
            return value
        return None

    def parsed(self, parse: Callable[[Any], T], data: Any, key: str | None = None) -> T | None:
        """What a function makes of a part of the table; what it says is wrong with it is noted, each by itself."""
        try:
            return parse(data)
        except InputError as error:
            for problem in getattr(error, "problems", (error,)):
                self.problem(str(problem), key)
            return None

    def money(self, key: str) -> int | None:
        return amount(self.data[key], (*self.path, key), self.notes) if key in self.data else None

    def table(self, key: str) -> TariffTable:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.problem(f"a table is needed, not {kind(value)}", key)
            return TariffTable({}, (*self.path, key), self.notes, odd=True)
        return TariffTable(value, (*self.path, key), self.notes)

    def tables(self, key: str) -> list[TariffTable]:
        """A list of tables; one alone may be written as a table."""
        value = self.data.get(key, [])
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            self.problem(f"a table or a list of tables is needed, not {kind(value)}", key)
            return []
        if len(value) > MAX_ENTRIES:
            self.problem(f"more than {MAX_ENTRIES} entries", key)
            return []
        out = []
        for number, entry in enumerate(value):
            path = (*self.path, key, number)
            if isinstance(entry, dict):
                out.append(TariffTable(entry, path, self.notes))
            else:
                self.notes.add(path, f"a table is needed, not {kind(entry)}")
        return out

    def names(self) -> Iterator[str]:
        """The keys that can be names."""
        for name in self.data:
            if good_text(name):
                yield name
            else:
                self.problem(f"a name has 1 to {MAX_TEXT} characters and no control characters", name)

    def named(self, key: str) -> Iterator[tuple[str, TariffTable]]:
        """The tables by name in a section."""
        section = self.table(key)
        return ((name, section.table(name)) for name in section.names())

    def texts(self, key: str, longest: int = MAX_TEXT) -> tuple[str, ...]:
        """A list of texts, none twice; one alone may be written without the brackets."""
        value = self.data.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.problem("a text or a list of texts is needed", key)
            return ()
        for number, part in enumerate(value):
            if not good_text(part, longest):
                path = (*self.path, key, number) if isinstance(self.data[key], list) else (*self.path, key)
                self.notes.add(path, f"a text of 1 to {longest} characters without control characters is needed")
                return ()
        if len(value) > MAX_ENTRIES:
            self.problem(f"more than {MAX_ENTRIES} entries", key)
            return ()
        if len(set(value)) != len(value):
            self.problem("a value is there twice", key)
        return tuple(dict.fromkeys(value))


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal or a page obeys instead of showing it: control characters, line breaks, turns of the direction."""


def good_text(value: str, longest: int = MAX_TEXT) -> bool:
    """Whether it can be a name: neither empty nor long, no control character, no lone surrogate."""
    return 0 < len(value) <= longest and not _CONTROL.search(value)


def kind(value: object) -> str:
    """What a value is, in the words of TOML."""
    names = {bool: "true or false", int: "a number", Decimal: "a number", str: "a text", dict: "a table"}
    names |= {list: "a list", NotPlain: "a number", date: "a date", datetime: "a date with a time"}
    return names.get(type(value), "that")


_ORDINARY = 10**6
"""Below it an amount with all of its decimals is read by its digits."""


def ordinary(value: object, digits: int) -> int | None:
    """An amount with all of its decimals and of no great size in minor units; ``None`` for any other value."""
    if type(value) is Decimal and value.as_tuple().exponent == -digits and 0 <= value < _ORDINARY:
        return int(str(value).replace(".", ""))
    return None


def amount(value: object, path: Path, notes: Notes, *, signed: bool = False) -> int | None:
    """An amount as the list prints it, in minor units: ``7``, ``7.0`` and ``7.00`` are seven euros."""
    digits = exponent(notes.currency)
    if (minor := ordinary(value, digits)) is not None:
        return minor
    if isinstance(value, NotPlain):
        notes.add(path, f"{value.text} is no amount; write it out, such as 7.00")
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        notes.add(path, f"an amount such as 7.00 is needed, without quotes, not {kind(value)}")
        return None
    exact = Fraction(value) * 10**digits
    places = -int(value.as_tuple().exponent) if isinstance(value, Decimal) else 0
    if places > max(digits, 0) and exact.denominator == 1 and places == 3:
        meant = f"{value:f}".replace(".", "")
        more = f"{value} has more decimals than {notes.currency} has ({digits})"
        notes.add(path, f"{more}; thousands stand without a mark, such as {meant}")
        return None
    if exact.denominator != 1:
        notes.add(path, f"{value} has more decimals than {notes.currency} has ({digits})")
        return None
    if exact < 0 and not signed:
        notes.add(path, f"{value} is negative")
        return None
    if abs(exact) > MAX_PRICE:
        notes.add(path, "this amount is absurdly large")
        return None
    return int(exact)
