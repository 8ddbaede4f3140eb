"""The page about recurrence has all that the package exports, and the limits that the code has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import attrs

from cantinekit.scheduling import recurrence
from cantinekit.scheduling.recurrence import _length, _rule, effort, series

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "recurrence.md").read_text(encoding="utf-8")
CODED = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))


def test_every_name_is_there():
    """Each name that can be imported is on the page, and each field and method of a series and of a change."""
    assert set(recurrence.__all__) <= CODED
    for cls in (recurrence.Series, recurrence.Occurrence, recurrence.Change):
        assert {field.name for field in attrs.fields(cls)} - {"uid"} <= CODED
    public = {name for name, value in vars(recurrence.Series).items() if callable(value) and not name.startswith("_")}
    assert public - {"all_day", "zone"} <= CODED


def test_limits():
    """The limits on the page are those of the code."""
    limits = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", PAGE.partition("## Limits")[2], re.MULTILINE))
    assert limits["text of a rule"] == f"{_rule.MAX_TEXT:,} characters"
    assert limits["COUNT"] == f"{_rule.MAX_COUNT:,}"
    assert limits["INTERVAL"] == f"{_rule.MAX_INTERVAL:,}"
    assert limits["times of a day, of DAILY and longer"] == f"{_rule.MAX_TIMES:,}"
    assert limits["rules of a series"] == str(series.MAX_RULES)
    assert limits["extra dates, exclusions, overrides"] == f"{series.MAX_DATES:,} of each"
    assert limits["occurrences in a window"].startswith(f"`limit`, {series.LIMIT:,} ")
    assert limits["steps of one question that find nothing"].startswith(f"{effort.MAX_STEPS:,}: ")
    assert limits["years"].startswith(f"{series.FIRST_YEAR} to {series.LAST_YEAR} for a start")
    assert limits["length"].startswith(f"{_length.MAX_DAYS:,} days")


def test_importing_is_cheap():
    """Neither the package nor the engine needs dateutil or icalendar, and scheduling does not need the engine."""
    program = (
        "import sys, cantinekit.scheduling as s; assert 'cantinekit.scheduling.recurrence' not in sys.modules; "
        "import cantinekit.scheduling.recurrence; print(*{'dateutil', 'icalendar'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
