"""Problems of a rule or a series, and what other programs read in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cantinekit.scheduling.recurrence._rule import RecurrenceProblem, Rule

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence.series import Series


def lint_rule(rule: Rule) -> tuple[RecurrenceProblem, ...]:
    """The problems of a rule, those of its text first."""
    return (*rule.notes, *_forbidden(rule), *_contested(rule))


def _forbidden(rule: Rule) -> list[RecurrenceProblem]:
    """What RFC 5545, section 3.3.10, rules out with MUST NOT."""
    found = []
    if any(day.nth for day in rule.byday):
        if rule.freq not in ("MONTHLY", "YEARLY"):
            found.append(
                RecurrenceProblem(
                    "numbered-weekday", f"a numbered weekday has no meaning with {rule.freq}: 2TU is read as TU"
                )
            )
        elif rule.freq == "YEARLY" and rule.byweekno:
            found.append(RecurrenceProblem("numbered-weekday", "a numbered weekday has no meaning beside BYWEEKNO"))
    if rule.bymonthday and rule.freq == "WEEKLY":
        found.append(RecurrenceProblem("monthday-weekly", "BYMONTHDAY is forbidden with WEEKLY; it is read as a limit"))
    if rule.byyearday and rule.freq in ("DAILY", "WEEKLY", "MONTHLY"):
        found.append(RecurrenceProblem("yearday", f"BYYEARDAY is forbidden with {rule.freq}; it is read as a limit"))
    if rule.byweekno and rule.freq != "YEARLY":
        found.append(RecurrenceProblem("weekno", f"BYWEEKNO is forbidden with {rule.freq}; it is read as a limit"))
    parts = (rule.bysecond, rule.byminute, rule.byhour, rule.byday, rule.bymonthday, rule.byyearday, rule.byweekno)
    if rule.bysetpos and not any((*parts, rule.bymonth)):
        found.append(RecurrenceProblem("setpos-alone", "BYSETPOS is forbidden without another BY part"))
    return found


def _contested(rule: Rule) -> list[RecurrenceProblem]:
    """What programs are known to disagree about."""
    found = []
    if (
        rule.freq == "YEARLY"
        and rule.bymonthday
        and not (rule.bymonth or rule.byday or rule.byyearday or rule.byweekno)
    ):
        found.append(RecurrenceProblem("yearly-monthday", "without BYMONTH some read every month; write BYMONTH"))
    if rule.freq == "YEARLY" and rule.byweekno and not (rule.byday or rule.bymonthday or rule.byyearday):
        found.append(RecurrenceProblem("weekno-days", "without BYDAY some read all seven days; write BYDAY"))
    if {bool(day.nth) for day in rule.byday} == {True, False} and rule.freq in ("MONTHLY", "YEARLY"):
        found.append(
            RecurrenceProblem("mixed-weekdays", "plain and numbered weekdays together: some programs find nothing")
        )
    if rule.freq == "WEEKLY" and rule.bysetpos:
        found.append(RecurrenceProblem("weekly-setpos", "some count positions of the first week from the start on"))
    if rule.is_sub_daily:
        found.append(RecurrenceProblem("sub-daily", f"{rule.freq} is refused by many calendar programs"))
    if rule.until is not None and rule.until.at is not None and not rule.until.utc:
        found.append(
            RecurrenceProblem("until-local", "UNTIL as a wall time is read in the zone of the series; write it in UTC")
        )
    return found


def lint_series(series: Series) -> tuple[RecurrenceProblem, ...]:
    """The problems of a series: those of its rules, and of how they go with its start."""
    found = [problem for rule in (*series.rules, *series.exrules) for problem in rule.lint()]
    for rule in series.rules:
        if rule.until is not None and series.all_day != (rule.until.at is None):
            found.append(
                RecurrenceProblem("until-type", "UNTIL must be a date where the start is one, else an instant in UTC")
            )
    if series.exrules:
        found.append(RecurrenceProblem("exrule", "EXRULE is obsolete since RFC 5545; write EXDATE"))
    if len(series.rules) > 1:
        found.append(
            RecurrenceProblem("several-rules", "several rules: RFC 5545 advises against, and some read only the first")
        )
    if series.has_empty_rule:
        found.append(RecurrenceProblem("empty", "a rule has no date from the start on"))
    elif series.rules and series.occurrence(series.start, zone=None if series.zone else "UTC") is None:
        found.append(RecurrenceProblem("start", "the start is no occurrence; some programs show it all the same"))
    return tuple(found)
