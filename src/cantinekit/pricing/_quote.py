"""What a tariff answers: a quote of lines, uses, moves of meters, typed refusals, and the trace that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cantinekit.money import Money
from cantinekit.pricing import _texts
from cantinekit.pricing._values import FrozenMap, State

SEMANTICS = 1
"""The number of this engine's meaning: the same tariff, question, state and number give the same quote for ever."""

REFUSAL_CODES = (
    "on_quote",
    "from",
    "about",
    "between",
    "unpublished",
    "not_for",
    "not_at",
    "missing",
    "not_sold",
    "over_capacity",
    "limit_reached",
    "expired",
    "unstated",
    "tax_unknown",
    "incomplete",
)
"""The closed list of reasons why there is no price."""

Kind = Literal["revenue", "held", "penalty", "debt"]
Phase = Literal["eligible", "measure", "cover", "rate", "adjust"]
Status = Literal["applied", "refused", "not_applicable"]


@attrs.frozen
class Line:
    """One line of the bill.

    ``unit_price`` is the printed price of one unit, ``None`` where there is none; ``amount`` may be less than
    ``quantity`` times it, because a cap bears on it (the trace says which).
    """

    item: str
    product: str
    text: str
    quantity: int
    unit: str
    unit_price: Money | None
    amount: Money
    tax_class: str
    kind: Kind = "revenue"
    tags: tuple[str, ...] = ()


@attrs.frozen
class Use:
    """``units`` of a lot that cover an item. ``why`` is the code of why this lot came first (see the trace)."""

    lot: str
    account: str
    units: int
    item: str
    why: str


@attrs.frozen
class Refusal:
    """Why there is no price for an item: a code of ``REFUSAL_CODES``, and what it is about.

    ``low`` and ``high`` are the amounts that the tariff itself prints ("from", "about", "between"); they are never a
    price. ``facets`` are what has to be asked for ("incomplete").
    """

    code: str
    what: str
    item: str = ""
    why: str = ""
    facets: tuple[str, ...] = ()
    low: Money | None = None
    high: Money | None = None

    def text(self, lang: str = "en") -> str:
        """The refusal as a sentence, in "fr" or "en"."""
        return _texts.refusal(self, lang)


@attrs.frozen
class Step:
    """What became of one declared rule, for one item. ``after - before`` is what it changed in the item's lines."""

    item: str
    product: str
    phase: Phase
    rule: str
    id: str
    status: Status
    why: str
    before: Money
    after: Money
    values: Mapping[str, Any] = attrs.field(factory=FrozenMap, converter=FrozenMap)

    @property
    def amount(self) -> Money:
        return self.after - self.before


@attrs.frozen
class Quote:
    """The answer: a price in lines, or refusals.

    ``meters`` are the moves, one a key, never negative; a key with a move of 0 was read and decided something.
    ``state`` is the state afterwards. The lines, uses and moves of a refused item are left out, so that ``total`` is
    the known part.
    """

    total: Money
    lines: tuple[Line, ...]
    uses: tuple[Use, ...]
    meters: tuple[tuple[str, int], ...]
    state: State
    tariff_id: str
    tariff_version: str
    semantics: int
    refusals: tuple[Refusal, ...]
    trace: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether everything has a price."""
        return not self.refusals

    def explain(self, lang: str = "en") -> str:
        """The quote with its reasons, as text in "fr" or "en"."""
        return _texts.quote(self, lang)

    def explanation(self) -> list[dict[str, Any]]:
        """The steps as plain data for JSON. Amounts are texts that ``Money.parse`` reads."""
        return [
            {
                "item": step.item,
                "product": step.product,
                "phase": step.phase,
                "rule": step.rule,
                "id": step.id,
                "status": step.status,
                "why": step.why,
                "before": str(step.before),
                "after": str(step.after),
                "amount": str(step.amount),
                "values": _plain(step.values),
            }
            for step in self.trace
        ]


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
