"""Answers as texts: how what a worked example expects, and what came out, are written to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from cantinekit.money import Money
from cantinekit.pricing.format.kinds import Amount, show_number
from cantinekit.pricing.format.records import keys_of
from cantinekit.pricing.model.expected import NO_LIMIT, Expected
from cantinekit.pricing.quote import Refusal


def wanted_of(expected: Expected) -> dict[str, Any]:
    """The answers that an example names, by their keys in the file."""
    return {
        info.name: getattr(expected, name)
        for name, info, default in keys_of(Expected)
        if getattr(expected, name) != default
    }


def compared(wanted: Mapping[str, Any], found: Mapping[str, str], currency: str) -> tuple[str, str, bool]:
    """What is expected and what was found, each in one line, and whether the two are the same.

    Args:
        wanted: the answers that an example names.
        found: the answers as texts; one that is missing is "nothing".
        currency: the ISO 4217 code of the list.
    """
    expected = {name: show_answer(name, value, currency) for name, value in wanted.items()}
    got = {name: found.get(name, "nothing") for name in wanted}
    return show_line(expected), show_line(got), expected == got


def show_line(values: Mapping[str, str]) -> str:
    """The results as one text; a refusal says its code, whatever was asked for."""
    texts = (
        value
        if value.startswith("refused ") or (name == "refused" and value.startswith("gross "))
        else f"{name} {value}"
        for name, value in values.items()
    )
    return ", ".join(dict.fromkeys(texts))


_MONEY = frozenset(info.name for _, info, _ in keys_of(Expected) if isinstance(info.kind, Amount))


def show_answer(name: str, value: Any, currency: str) -> str:
    """An answer as text.

    Args:
        name: the key of the answer: "gross", "granted".
        value: the value as the example has it; an amount may be ``Money``.
        currency: the ISO 4217 code of the list.
    """
    if name in _MONEY:
        return str(value if isinstance(value, Money) else Money(value, currency))
    if name == "granted":
        return show_granted(value)
    if name == "due_later":
        return show_days({day: Money(minor, currency) for day, minor in value})
    if name == "in_units":
        return show_units(value)
    return str(show_number(value)) if isinstance(value, Fraction) else str(value)


def show_days(amounts: Mapping[str, Money]) -> str:
    """Amounts by the day on which they are due."""
    return ", ".join(f"{day} {amount}" for day, amount in sorted(amounts.items())) or "nothing"


def show_granted(units: Sequence[tuple[str, Fraction | None]]) -> str:
    """Units by account; the number alone where there is no account."""
    texts = [(name, NO_LIMIT if number is None else str(show_number(number))) for name, number in sorted(units)]
    return ", ".join(f"{name} {number}".strip() for name, number in texts) or "nothing"


def show_units(units: Iterable[tuple[str, Fraction]]) -> str:
    """Numbers of units that are not money, by unit."""
    return ", ".join(f"{show_number(Fraction(number))} {unit}" for unit, number in sorted(units))


def codes_of(refusals: Sequence[Refusal]) -> str:
    """The codes of refusals, each once."""
    return ", ".join(dict.fromkeys(stop.code for stop in refusals))


def refusal_answers(refusals: Sequence[Refusal], wanted: Mapping[str, Any]) -> dict[str, str]:
    """Why something is refused: for the wanted reason, if that is among them, with its bounds where they are wanted.

    Args:
        refusals: the refusals; the bounds are those of the first.
        wanted: the answers that the example names, "refused" among them.
    """
    out: dict[str, str] = {}
    for stop in refusals[:1]:
        out["refused"] = wanted["refused"] if wanted["refused"] in codes_of(refusals).split(", ") else stop.code
        for name, amount in (("at_least", stop.low), ("at_most", stop.high), ("due_now", stop.due_now)):
            if name in wanted:
                out[name] = str(amount) if amount is not None else "nothing"
    return out
