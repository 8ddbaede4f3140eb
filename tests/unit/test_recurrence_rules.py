"""Rules and lengths: what is read, what is refused, and how they are written."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time

import pytest

from cantinekit.errors import InputError, NaiveDatetimeError, RuleError
from cantinekit.scheduling.recurrence import ByDay, Length, Rule, Until

CANONICAL = {
    "freq=weekly;byday=we,mo": "FREQ=WEEKLY;BYDAY=MO,WE",
    "RRULE:FREQ=DAILY;INTERVAL=1": "FREQ=DAILY",
    "RRULE;X-A=1:COUNT=3;FREQ=DAILY": "FREQ=DAILY;COUNT=3",
    "EXRULE:FREQ=DAILY;COUNT=3": "FREQ=DAILY;COUNT=3",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=MO",
    "FREQ=WEEKLY;WKST=SU": "FREQ=WEEKLY;WKST=SU",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO": "FREQ=YEARLY;BYDAY=MO;BYWEEKNO=20;WKST=MO",
    "FREQ=MONTHLY;BYDAY=-1FR,+2TU,MO": "FREQ=MONTHLY;BYDAY=-1FR,MO,2TU",
    "FREQ=WEEKLY;COUNT=2;BYDAY=MO;": "FREQ=WEEKLY;COUNT=2;BYDAY=MO",
    "FREQ=DAILY;UNTIL=20271231": "FREQ=DAILY;UNTIL=20271231",
    "FREQ=DAILY;UNTIL=20271231T180000": "FREQ=DAILY;UNTIL=20271231T180000",
    "FREQ=DAILY;UNTIL=20271231T180060Z": "FREQ=DAILY;UNTIL=20271231T180059Z",
    "FREQ = DAILY;BYDAY=MO, TU ;COUNT=3": "FREQ=DAILY;COUNT=3;BYDAY=MO,TU",
    "FREQ=DAILY;BYHOUR=9,9,8": "FREQ=DAILY;BYHOUR=8,9",
    "FREQ=MINUTELY;BYSECOND=60,0": "FREQ=MINUTELY;BYSECOND=0,59",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT": "FREQ=MONTHLY",
    "FREQ=DAILY;X-THING=1": "FREQ=DAILY",
}


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical(text):
    """A rule has one text, whatever it was read from."""
    assert str(Rule.parse(text)) == CANONICAL[text]
    assert Rule.parse(CANONICAL[text]) == Rule.parse(text)


REFUSED = {
    "": "not a part of a rule",
    "FREQ": "not a part of a rule",
    "FREQ=": "not a part of a rule",
    "COUNT=3": "FREQ must be one of",
    "FREQ=FORTNIGHTLY": "FREQ must be one of",
    "FREQ=DAILY;FREQ=DAILY": "FREQ is said twice",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL must be an integer from 1",
    "FREQ=DAILY;INTERVAL=-1": "INTERVAL must be an integer from 1",
    "FREQ=DAI LY": "FREQ must be one of",
    "FREQ=DAILY;INTERVAL=1.5": "not an integer: INTERVAL",
    "FREQ=DAILY;INTERVAL=99999999999": "not an integer: INTERVAL",
    "FREQ=DAILY;INTERVAL=٣": "not an integer: INTERVAL",
    "FREQ=DAILY;COUNT=0": "COUNT must be an integer from 1",
    "FREQ=DAILY;COUNT=1000000000": "COUNT must be an integer from 1 to 10000",
    "FREQ=DAILY;COUNT=3;UNTIL=20270101": "COUNT and UNTIL exclude each other",
    "FREQ=DAILY;UNTIL=tomorrow": "not a date or a time",
    "FREQ=DAILY;UNTIL=20270230": "no such date or time",
    "FREQ=DAILY;UNTIL=20270101T250000Z": "no such date or time",
    "FREQ=DAILY;UNTIL=20270101T10Z": "not a date or a time",
    "FREQ=DAILY;BYDAY=0MO": "not a weekday",
    "FREQ=MONTHLY;BYDAY=54MO": "BYDAY has weekdays",
    "FREQ=DAILY;BYDAY=LUN": "not a weekday",
    "FREQ=DAILY;BYDAY=MO,": "not a weekday",
    "FREQ=DAILY;BYMONTH=0": "BYMONTH has numbers from 1 to 12",
    "FREQ=DAILY;BYMONTH=13": "BYMONTH has numbers from 1 to 12",
    "FREQ=DAILY;BYMONTH=5L": "not an integer: BYMONTH",
    "FREQ=MONTHLY;BYMONTHDAY=0": "BYMONTHDAY has numbers from ±1 to 31",
    "FREQ=MONTHLY;BYMONTHDAY=-32": "BYMONTHDAY has numbers from ±1 to 31",
    "FREQ=YEARLY;BYYEARDAY=367": "BYYEARDAY has numbers from ±1 to 366",
    "FREQ=YEARLY;BYWEEKNO=54": "BYWEEKNO has numbers from ±1 to 53",
    "FREQ=DAILY;BYHOUR=24": "BYHOUR has numbers from 0 to 23",
    "FREQ=DAILY;BYSECOND=61": "BYSECOND has numbers from 0 to 59",
    "FREQ=DAILY;BYSETPOS=0": "BYSETPOS has numbers from ±1 to 366",
    "FREQ=DAILY;WKST=XX": "WKST must be one of",
    "FREQ=YEARLY;BYEASTER=0": "not in RFC 5545: BYEASTER",
    "RSCALE=CHINESE;FREQ=YEARLY": "RFC 7529",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD": "RFC 7529",
    "FREQ=MONTHLY;SKIP=OMIT": "SKIP without RSCALE",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    """What is no rule, or one that nobody could keep, is a typed error that names the part."""
    with pytest.raises(RuleError, match=REFUSED[text]):
        Rule.parse(text)


def test_errors_quote_little():
    """The message of an error does not carry a whole hostile text along."""
    for text in (
        "X" * 9_000,
        "FREQ=DAILY;" + "A" * 5_000 + "=1",
        "FREQ=" + "D" * 5_000,
        "FREQ=DAILY;BYDAY=" + "Z" * 5_000,
    ):
        with pytest.raises(RuleError) as caught:
            Rule.parse(text)
        assert len(str(caught.value)) < 400
    with pytest.raises(RuleError, match="at most 10000 characters"):
        Rule.parse("FREQ=DAILY;BYHOUR=" + "1," * 10_000)
    with pytest.raises(RuleError, match="a rule is a text"):
        Rule.parse(None)


def test_built_rules_are_checked_like_read_ones():
    """A rule that is built from values is held to the same bounds."""
    assert Rule("WEEKLY", byday=[ByDay(0, 1), ByDay(0, 1)]) == Rule.parse("FREQ=WEEKLY;BYDAY=TU")
    assert Rule("DAILY", until=date(2027, 1, 1)).until == Until(date(2027, 1, 1))
    assert str(Rule("DAILY", until=datetime(2027, 1, 1, 8, tzinfo=UTC))) == "FREQ=DAILY;UNTIL=20270101T080000Z"
    for values in ({"interval": True}, {"count": 2.0}, {"wkst": 7}, {"byday": ["MO"]}, {"byhour": [None]}):
        with pytest.raises((RuleError, TypeError)):
            Rule("DAILY", **values)
    with pytest.raises(NaiveDatetimeError):
        Rule("DAILY", until=datetime(2027, 1, 1))
    for day, at, utc in ((datetime(2027, 1, 1), None, False), (date(2027, 1, 1), time(1, tzinfo=UTC), False)):
        with pytest.raises(RuleError):
            Until(day, at, utc)
    with pytest.raises(RuleError, match="time of day"):
        Until(date(2027, 1, 1), None, True)


LINTED = {
    "FREQ=WEEKLY;BYDAY=2TU": "numbered-weekday",
    "FREQ=YEARLY;BYWEEKNO=3;BYDAY=2TU": "numbered-weekday",
    "FREQ=WEEKLY;BYMONTHDAY=3": "monthday-weekly",
    "FREQ=MONTHLY;BYYEARDAY=3": "yearday",
    "FREQ=MONTHLY;BYWEEKNO=3": "weekno",
    "FREQ=DAILY;BYSETPOS=1": "setpos-alone",
    "FREQ=YEARLY;BYMONTHDAY=3": "yearly-monthday",
    "FREQ=YEARLY;BYWEEKNO=3": "weekno-days",
    "FREQ=MONTHLY;BYDAY=MO,2TU": "mixed-weekdays",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1": "weekly-setpos",
    "FREQ=HOURLY;BYMINUTE=30": "sub-daily",
    "FREQ=DAILY;UNTIL=20270101T080000": "until-local",
    "FREQ=WEEKLY;": "semicolon",
    "FREQ=WEEKLY; BYDAY=MO, TU": "space",
    "RRULE;X-A=1:FREQ=WEEKLY": "parameters",
    "freq=weekly": "case",
    "FREQ=WEEKLY;X-A=1": "x-part",
    "FREQ=MINUTELY;BYSECOND=60": "leap-second",
    "RSCALE=GREGORIAN;FREQ=WEEKLY": "rscale",
}


@pytest.mark.parametrize("text", LINTED)
def test_lint(text):
    """What others read differently, or RFC 5545 forbids, is named."""
    problems = Rule.parse(text).lint()
    assert LINTED[text] in {problem.code for problem in problems}
    assert all(problem.message for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=10",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1",
        "FREQ=DAILY;UNTIL=20270101T080000Z",
    ],
)
def test_lint_of_what_is_safe(text):
    """A rule that all programs read alike has no problems."""
    assert Rule.parse(text).lint() == ()


def test_a_rule_is_a_value():
    """Equal rules are equal, can be kept in a set, and cross to another process."""
    rule = Rule.parse("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270101T080000Z;")
    assert {rule, Rule.parse(str(rule))} == {rule}
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert Rule.parse("FREQ=WEEKLY") != Rule.parse("FREQ=WEEKLY;BYDAY=MO")


# --- lengths -------------------------------------------------------------------------------------------------------

LENGTHS = {
    "P1D": Length(1),
    "P2W": Length(14),
    "PT1H30M": Length(0, 5400),
    "P1DT2H3M4S": Length(1, 7384),
    "+PT15M": Length(0, 900),
    "PT24H": Length(0, 86_400),
    "PT0S": Length(),
    "P0D": Length(),
}


@pytest.mark.parametrize("text", LENGTHS)
def test_length_texts(text):
    """A duration keeps days and hours apart, and is read as it is written."""
    assert Length.parse(text) == LENGTHS[text]
    assert Length.parse(str(LENGTHS[text])) == LENGTHS[text]


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "-PT1H", "1H", "P1H", "PT1D", "P1W2D", "P99999W", "PT1.5H", None, "P1D "]
)
def test_no_lengths(text):
    """What is no duration, a negative one, or one of centuries is refused."""
    with pytest.raises(InputError):
        Length.parse(text)


def test_length_between():
    """From dates come days, from instants exact seconds."""
    assert Length.between(date(2026, 3, 28), date(2026, 3, 30)) == Length(2)
    assert Length.between(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)) == Length(0, 90_000)
    for start, end in (
        (date(2026, 3, 28), date(2026, 3, 27)),
        (date(2026, 3, 28), datetime(2026, 3, 29, tzinfo=UTC)),
        (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC)),
        (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 28, 0, 0, 0, 1, tzinfo=UTC)),
        ("a", "b"),
    ):
        with pytest.raises(InputError):
            Length.between(start, end)
    for days, seconds in ((-1, 0), (0, -1), (1.0, 0), (10_000, 0), (True, 0)):
        with pytest.raises(InputError):
            Length(days, seconds)
    assert not Length()
    assert Length(0, 1)
