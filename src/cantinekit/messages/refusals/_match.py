"""Finds the sentence that a message was made from, and writes it again in a language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache

import attrs

from cantinekit.clock import Period
from cantinekit.common import times
from cantinekit.common.typography import french, money
from cantinekit.messages.refusals._words import KINDS, PHRASES, SUBJECTS

_HOLE = re.compile(r"\{(\d)\}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:\d\d|Z)")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_AMOUNT = re.compile(r"-?\b\d+(?:\.\d+)? [A-Z]{3}\b")
_QUOTED = re.compile(r"'([^']+)'")
_FIELD = re.compile(r"[a-z]+(?:_[a-z]+)+")
"""A field of a command."""
_MOST = 50
"""How many values of a list are looked up, each by itself."""


@lru_cache(maxsize=1024)
def _parts(sentence: str) -> tuple[str, ...]:
    """What a sentence is made of: its letters, then the number of a hole, then letters, and so on to its last ones."""
    return tuple(_HOLE.split(sentence))


def _holes(message: str, sentence: str) -> dict[str, str] | None:
    """What stands in the holes of a sentence, each as short as can be; ``None``: the message is not made from it.

    It looks for the letters one after the other, and never goes back: what somebody wrote into a message could make a
    regular expression try for minutes.
    """
    first, *others = _parts(sentence)
    last = others[-1] if others else ""
    at, end = len(first), len(message) - len(last)
    if not message.startswith(first) or not message.endswith(last) or end < at:
        return None
    found: dict[str, str] = {}
    for hole, letters in zip(others[:-2:2], others[1:-2:2], strict=True):
        there = message.find(letters, at, end)
        if there < 0:
            return None
        found[hole], at = message[at:there], there + len(letters)
    if others:
        found[others[-2]] = message[at:end]
        return found
    return found if at == end else None


@lru_cache(maxsize=64)
def _longest_first(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences, those with the most letters of their own first: they are the most likely ones."""
    return tuple(sorted(sentences, key=lambda one: -len(_HOLE.sub("", one))))


def find(message: str, sentences: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """The sentence that a message was made from, with what stands in its holes by their numbers; ``None``: none."""
    for sentence in _longest_first(tuple(sentences)):
        found = _holes(message, sentence)
        if found is not None:
            return sentence, found
    return None


def upper_first(text: str) -> str:
    """A sentence with a capital at its beginning."""
    return text[:1].upper() + text[1:]


@attrs.frozen
class Reader:
    """Who reads a text: the language, the names by id, and the zone of the place."""

    lang: str
    names: Mapping[str, str]
    zone: str | None

    def fill(self, sentence: str, values: Mapping[str, str]) -> str:
        """A sentence with values in its holes, written for the reader. What stands in a hole is never a template."""
        said = french(sentence) if self.lang == "fr" else sentence
        if not said.startswith("{"):
            return _HOLE.sub(lambda hole: self.value(values[hole[1]]), upper_first(said))
        first = values[said[1]]
        whole = _HOLE.sub(lambda hole: self.value(values[hole[1]]), said)
        named = first in self.names or (whole.startswith(first) and first not in KINDS["en"])
        return whole if named else upper_first(whole)

    def value(self, text: str) -> str:
        """What stands in a hole: a name in place of an id, an amount, a moment or a day as the language writes it."""
        if text in self.names:
            return self.names[text]
        if self.lang == "fr" and (text in PHRASES or text in KINDS["fr"]):
            return french(PHRASES.get(text) or KINDS["fr"][text])
        if _FIELD.fullmatch(text):
            return text.removesuffix("_id").replace("_", " ")
        parts = text.split(", ", _MOST)
        if len(parts) > 1:
            return ", ".join(map(self.value, parts))
        return self._about(text) or self._written(text)

    def _about(self, text: str) -> str:
        """A record by its kind and its name, where that is what the text says."""
        found = find(text, SUBJECTS)
        if found is None:
            return ""
        sentence, values = found
        if self.lang != "fr" and all(value not in self.names for value in values.values()):
            return ""
        said = french(SUBJECTS[sentence]) if self.lang == "fr" else sentence
        return _HOLE.sub(lambda hole: self.value(values[hole[1]]), said)

    def _written(self, text: str) -> str:
        amounts = _AMOUNT.sub(lambda found: money(found[0], self.lang), text)
        moments = _MOMENT.sub(lambda found: self._moment(found[0]), amounts)
        days = _DAY.sub(lambda found: self.day(found[0]), moments) if self.lang == "fr" else moments
        return _QUOTED.sub(self._quoted, days)

    def _quoted(self, found: re.Match[str]) -> str:
        said = self.names.get(found[1], found[1])
        return french(f"« {said} »") if self.lang == "fr" else f"“{said}”"

    def day(self, text: str) -> str:
        """A local day; what only looks like one stays as it is."""
        try:
            return self.of_day(date.fromisoformat(text))
        except ValueError:
            return text

    def of_day(self, day: date) -> str:
        """A day as the language writes it."""
        return times.short_day(day, self.lang)

    def _moment(self, text: str) -> str:
        """A moment; what only looks like one, or is on no wall clock, stays as it is."""
        try:
            return self.moment(datetime.fromisoformat(text))
        except ValueError:
            return text

    def moment(self, moment: datetime) -> str:
        """A moment as the wall clock of the place shows it."""
        told = times.short_moment(moment, self.zone or "UTC", self.lang)
        return told if self.zone else f"{told} UTC"

    def periods(self, periods: Iterable[Period]) -> str:
        """Periods on the wall clock of the place, in the order of time, each day once."""
        told = times.periods(periods, self.zone or "UTC", self.lang)
        return told if self.zone or not told else f"{told} UTC"

    def kind(self, kind: str) -> str:
        """What a kind of record is called; of several kinds, all of them."""
        said = (KINDS[self.lang].get(one, one) for one in kind.split(" or "))
        return french(" ou ".join(said)) if self.lang == "fr" else " or ".join(said)

    def join(self, parts: Iterable[str]) -> str:
        """Clauses in one sentence."""
        return (french(" ; ") if self.lang == "fr" else "; ").join(parts)

    def pair(self, before: str, after: str) -> str:
        """What is spoken of, and what is said of it."""
        return f"{before}{french(' : ') if self.lang == 'fr' else ': '}{after}"
