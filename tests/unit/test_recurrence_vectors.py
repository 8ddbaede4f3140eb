"""Recurrence rules with the occurrences that other projects expect of them, which nobody here wrote."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence import Rule, Series

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FILLED = (
    "RFC 5545, 3.3.10: 'Information, not contained in the rule, necessary to determine the various recurrence instance "
    "start times and dates are derived from DTSTART'; "
)
EXCEPTIONS = {
    "testYearlyByMonthDay": FILLED
    + "libical's 'yearly, by Feb 29th day of month' in the same file takes the month from DTSTART",
    "testYearlyBySetPos": FILLED + "BYMONTHDAY without BYMONTH: the month is taken from DTSTART, as libical does",
    "testYearlyByWeekNo": FILLED
    + "libical's 'Specific in first 2 weeks of year' in the same file takes the weekday from DTSTART",
    "30.12 in WEEK 1 with expansion on BYMONTH, BYMONTHDAY, BYWEEKNO": "expects that libical has not implemented it",
    "github issue1223": "libical is of two minds: 'The first date belongs to 2009, so after 6 years it will be 2015' "
    "counts years of weeks from the one that DTSTART is in; here the same library counts from the next",
    "testStrKeywords": "BYWEEKDAY is dateutil's own word; the ABNF of RFC 5545, 3.3.10, has only BYDAY",
}


def start_of(vector: dict[str, Any]) -> datetime | date:
    text = vector["dtstart"].rstrip("Z")
    if "T" not in text:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(vector["tz"] or "UTC"))


def excluded(vector: dict[str, Any]) -> list[datetime]:
    """The EXDATE lines that come with some vectors."""
    zone = ZoneInfo(vector["tz"] or "UTC")
    return [
        datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=zone)
        for line in vector.get("extra") or ()
        for text in line.partition(":")[2].split(",")
    ]


def found(vector: dict[str, Any]) -> list[str]:
    """The occurrences as the file writes them; more than expected where there are more and the list is complete."""
    try:
        series = Series("v", start_of(vector), rules=[vector["rrule"]], exdates=excluded(vector))
    except RuleError as error:
        return [f"RuleError: {error}"]
    wanted = len(vector["expected"] or ()) + (1 if vector["complete"] else 0)
    texts = []
    for one in islice(series.after(LONG_AGO, zone="UTC"), wanted):
        shown = one.start.astimezone(ZoneInfo(vector["tz"])) if vector["tz"] else one.recurrence_id
        texts.append((shown if vector["tz"] or series.all_day else shown.replace(tzinfo=None)).isoformat())
    return texts


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[dict[str, Any]]:
    return json.loads((shared / "scheduling" / "rrule_vectors.json").read_text(encoding="utf-8"))


def wrong(vectors: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The names of the vectors that come out differently, with what came out."""
    return {
        vector["name"]: found(vector)
        for vector in vectors
        if vector["expected"] is None or found(vector) != [text.rstrip("Z") for text in vector["expected"]]
    }


def test_vectors(vectors):
    """Every vector comes out as expected, but those that contradict RFC 5545 or each other, which are listed."""
    assert wrong(vectors).keys() == EXCEPTIONS.keys()
    exceptions = sum(vector["name"] in EXCEPTIONS for vector in vectors)
    assert len(vectors) > 400
    assert exceptions / len(vectors) <= 0.05


def test_vectors_are_really_compared(vectors):
    """One expected occurrence too many, too few or elsewhere is noticed, in each vector that is complete."""
    complete = [v for v in vectors if v["complete"] and v["name"] not in EXCEPTIONS and len(v["expected"]) > 1]
    for vector in complete[:: max(1, len(complete) // 40)]:
        texts = vector["expected"]
        for other in (texts[:-1], [*texts, texts[-1]], [*texts[:-1], texts[0]]):
            assert wrong([{**vector, "expected": other}])


def test_the_texts_survive(vectors):
    """Each rule of the vectors is written so that it is read as the same rule."""
    for vector in vectors:
        if vector["name"] != "testStrKeywords":
            rule = Rule.parse(vector["rrule"])
            assert Rule.parse(str(rule)) == rule


def test_rules_of_real_files(shared):
    """Rules in calendar files of other projects are read, all but nonsense and RFC 7529: those are a typed error."""
    read, refused = 0, []
    for file in (shared / "scheduling" / "ics").rglob("*.ics"):
        text = re.sub(r"\r?\n[ \t]", "", file.read_bytes().decode("utf-8", "replace"))
        for line in re.findall(r"^(?:RRULE|EXRULE)[;:].*$", text, re.MULTILINE):
            try:
                rule = Rule.parse(line)
            except RuleError as error:
                refused.append(str(error))
            else:
                read += 1
                assert Rule.parse(str(rule)) == rule
    assert read > 1_300
    assert len(refused) < 10
