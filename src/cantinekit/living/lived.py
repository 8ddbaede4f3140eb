"""Living the worked examples of a price list: each in a house of its own, compared with what the list expects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from cantinekit.errors import CantineError, InputError, RefusedError, TooLateError
from cantinekit.living.asking import NoSale, Plan, plan
from cantinekit.living.comparing import Kept, compare, refused
from cantinekit.living.happening import happen
from cantinekit.living.house import House
from cantinekit.living.lasting import terms
from cantinekit.living.selling import NotCarriedError, sell
from cantinekit.money import Money
from cantinekit.pricing import Tariff
from cantinekit.pricing.answers import show_answer, show_line, wanted_of
from cantinekit.pricing.format import toml
from cantinekit.pricing.model.examples import Example

_FAULTS = (CantineError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a house with a fault may raise. It is what is looked for, and must not end the other examples."""
Kind = Literal["lived", "differs", "no sale", "not carried out"]
"""What became of an example: it was lived as expected, or differs; it asks for no sale, or for what no command does."""


@attrs.frozen
class LivedExample:
    """What became of a worked example in a house.

    Attributes:
        id: id of the example.
        line: the line of the list on which it stands; ``None``: not known.
        expected: the answers that the list states, such as "gross 7.00 EUR".
        got: the answers of the house; why there is none, where it was not lived.
        kind: what became of it.
        why: what the house said where it differs, else empty.
    """

    id: str
    line: int | None
    expected: str
    got: str
    kind: Kind
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to look at: it was lived, or asks for no sale."""
        return self.kind in ("lived", "no sale")


def live(tariff: Tariff) -> Iterator[LivedExample]:
    """Live each worked example of a price list in a house in memory.

    Args:
        tariff: the price list, loaded from its text.

    Raises:
        CantineError: the house does not take the list.
    """
    lines = toml.Lines(tariff.source)
    house = House.build(tariff)
    for number, example in enumerate(tariff.examples):
        yield live_one(house, example, toml.line_of(lines, ("examples", "list", number)))


def live_one(house: House, example: Example, line: int | None = None) -> LivedExample:
    """Live one example in a copy of a house.

    Args:
        house: the house of its list, in which nobody has lived.
        example: the example.
        line: the line on which it stands; ``None``: not known.
    """
    wanted = wanted_of(example.expected)
    currency = house.tariff.currency
    expected = show_line({name: show_answer(name, value, currency) for name, value in wanted.items()})
    try:
        meant = plan(example, house.tariff)
    except InputError as error:
        return LivedExample(example.id, line, expected, str(error), "not carried out")
    if isinstance(meant, NoSale):
        return LivedExample(example.id, line, expected, meant.why, "no sale")
    try:
        found, why = _answers(house, meant)
    except _OverError as error:
        return LivedExample(example.id, line, expected, str(error), "no sale")
    except NotCarriedError as error:
        return LivedExample(example.id, line, expected, str(error), "not carried out")
    except _FAULTS as error:
        return LivedExample(example.id, line, expected, "an error", "differs", f"{type(error).__name__}: {error}")
    compared = compare(meant.wanted, found, currency)
    kind: Kind = "lived" if compared.same else "differs"
    return LivedExample(example.id, line, compared.expected, compared.got, kind, "" if compared.same else why)


def _answers(base: House, meant: Plan) -> tuple[dict[str, str], str]:
    """The answers of a house in which a plan is carried out, and what it said where it refused."""
    house = base.copy(meant.at)
    try:
        _sell(house, meant)
        units = [unit for unit, _ in meant.units_due]
        out = Kept.of(house, meant.items[0].product, units).answers(meant.wanted)
        if meant.lasts is not None:
            out |= terms(house, meant.lasts, meant.wanted)
        if meant.later is not None:
            out |= happen(house, meant.later)
    except RefusedError as error:
        return refused(error, meant.wanted), f"{type(error).__name__}: {error}"
    if meant.instead is not None:
        out["saving"] = str(_gross(base, meant.instead) - _gross(base, meant))
    return out, ""


class _OverError(InputError):
    """What an example asks for would be over before it is bought."""


def _sell(house: House, meant: Plan) -> None:
    """Sell what a plan buys.

    Raises:
        _OverError: a house does not sell it any more.
    """
    try:
        sell(house, meant)
    except TooLateError as error:
        if meant.way in ("pass", "sale"):
            raise _OverError("a house does not sell what is over") from error
        raise


def _gross(base: House, meant: Plan) -> Money:
    found, why = _answers(base, attrs.evolve(meant, instead=None, wanted={"gross": 0}))
    try:
        return Money.parse(found["gross"])
    except InputError:
        raise NotCarriedError(f"what it is compared with is not sold: {why}") from None
