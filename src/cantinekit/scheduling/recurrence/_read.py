"""Reading the text of a rule: strict about meaning, patient with what calendar programs are known to write."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cantinekit.errors import RuleError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.recurrence._rule import (
    FREQS,
    MAX_TEXT,
    PARTS,
    WEEKDAYS,
    ByDay,
    RecurrenceProblem,
    Rule,
    Until,
)

_LINE = re.compile(r"(?:RRULE|EXRULE)(?P<parameters>(?:;[^:]*)?):(?P<value>.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_SPACED = re.compile(r"\s*([;,=])\s*")
_PLAIN = re.compile(r"FREQ=[A-Z]+(?:;[A-Z]+=[A-Z0-9+,-]+)*", re.ASCII)
_SHORT = 300
"""Characters of a text whose rule is kept."""
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", *(name.upper() for name in PARTS)})
_NAME = re.compile(r"X-[A-Z0-9-]+", re.ASCII)


def read_rule(text: str) -> Rule:
    """The rule of a text; see ``Rule.parse``. Rules do not change, so those of short texts are kept at hand."""
    if not isinstance(text, str):
        raise RuleError(f"a rule is a text, not {type(text).__name__}")
    if len(text) > MAX_TEXT:
        raise RuleError(f"the text of a rule has at most {MAX_TEXT} characters, not {len(text)}")
    return _known(text) if len(text) <= _SHORT else _read(text)


def _read(text: str) -> Rule:
    if _PLAIN.fullmatch(text):  # as this library writes it
        return _build(_split(text, []), [])
    notes: list[RecurrenceProblem] = []
    value = text.strip()
    if line := _LINE.fullmatch(value):
        value = line["value"].strip()
        if line["parameters"]:
            notes.append(
                RecurrenceProblem("parameters", "the parameters of the line are not in RFC 5545 and were left out")
            )
    if value.endswith(";"):
        notes.append(RecurrenceProblem("semicolon", "a semicolon at the end is not in RFC 5545"))
        value = value.rstrip(";")
    if (tight := _SPACED.sub(r"\1", value)) != value:
        notes.append(RecurrenceProblem("space", "spaces between the parts are not in RFC 5545"))
        value = tight
    if value != value.upper():
        notes.append(RecurrenceProblem("case", "a rule in lower case is not read by every program"))
        value = value.upper()
    return _build(_split(value, notes), notes)


_known = lru_cache(maxsize=1024)(_read)


def _split(value: str, notes: list[RecurrenceProblem]) -> dict[str, str]:
    """The parts by name."""
    found: dict[str, str] = {}
    for part in value.split(";"):
        name, equals, given = part.partition("=")
        if not equals or not given:
            raise RuleError(f"not a part of a rule: {shown(part)}")
        if name in found:
            raise RuleError(f"{name!s:.20} is said twice")
        found[name] = given
    if _KNOWN.issuperset(found):
        return found
    for name in [name for name in found if _NAME.fullmatch(name)]:
        notes.append(RecurrenceProblem("x-part", f"{found.pop(name)!r:.40}, the value of {name:.40}, was left out"))
    _scale(found, notes)
    if unknown := found.keys() - _KNOWN:
        raise RuleError(f"not in RFC 5545: {', '.join(sorted(unknown))!s:.60}")
    return found


def _scale(found: dict[str, str], notes: list[RecurrenceProblem]) -> None:
    """RFC 7529: only what changes nothing is read."""
    scale, skip = found.pop("RSCALE", None), found.pop("SKIP", None)
    if scale is None and skip is None:
        return
    if scale is None:
        raise RuleError("SKIP without RSCALE is not in RFC 7529")
    if scale != "GREGORIAN" or skip not in (None, "OMIT"):
        said = f"RSCALE={scale}" + (f";SKIP={skip}" if skip else "")
        raise RuleError(
            f"{said!s:.60} (RFC 7529) is not supported, only GREGORIAN with OMIT; for the 31st, or the last day where "
            "there is none, write BYMONTHDAY=28,29,30,31;BYSETPOS=-1"
        )
    notes.append(
        RecurrenceProblem("rscale", "RSCALE=GREGORIAN;SKIP=OMIT says what is true without it, and was left out")
    )


def _build(found: dict[str, str], notes: list[RecurrenceProblem]) -> Rule:
    if found.get("FREQ") not in FREQS:
        raise RuleError(f"FREQ must be one of {', '.join(FREQS)}, not {found.get('FREQ')!r:.40}")
    values: dict[str, Any] = {"freq": found["FREQ"]}
    for name in ("INTERVAL", "COUNT"):
        if name in found:
            values[name.lower()] = _whole(name, found[name])
    if "UNTIL" in found:
        values["until"] = Until.parse(found["UNTIL"])
    if "WKST" in found:
        if found["WKST"] not in WEEKDAYS:
            raise RuleError(f"WKST must be one of {', '.join(WEEKDAYS)}, not {found['WKST']!r:.40}")
        values["wkst"] = WEEKDAYS.index(found["WKST"])
    for name, given in found.items():
        if name.startswith("BY"):
            read = _weekday if name == "BYDAY" else _whole
            values[name.lower()] = [read(name, item) for item in given.split(",")]
    if 60 in values.get("bysecond", ()):  # RFC 5545, 3.3.12: without leap seconds, 60 is 59
        notes.append(RecurrenceProblem("leap-second", "second 60 is read as 59"))
        values["bysecond"] = [min(second, 59) if second == 60 else second for second in values["bysecond"]]
    return Rule(**values, notes=tuple(notes))


def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise RuleError(f"not an integer: {name}={shown(text)}")
    return int(text)


def _weekday(name: str, text: str) -> ByDay:
    found = _WEEKDAY.fullmatch(text)
    if found is None or found[1] in ("0", "00", "+0", "-0", "+00", "-00"):
        raise RuleError(f"not a weekday: {name}={shown(text)}")
    return ByDay(int(found[1] or 0), WEEKDAYS.index(found[2]))
