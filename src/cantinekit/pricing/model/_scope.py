"""Scopes: over what something is counted, such as a person and a day."""

from __future__ import annotations

import attrs

from cantinekit.pricing.format.kinds import Texts
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.model._known import check_known
from cantinekit.pricing.model.conditions import Words

PERIODS = ("day", "week", "month", "year")


@attrs.frozen
class Same(Texts):
    """The kind of a scope, ``["person", "day"]``, in one order: persons or declared facts, and at most one period."""

    def read(self, table: TariffTable, key: str) -> tuple[str, ...] | None:
        names = table.texts(key)
        words: Words = table.notes.words
        known = ("person", *PERIODS, *words.facts, *words.derived)
        check_known(table, names, known, key, "{} is neither 'person', a period nor a fact")
        if len([name for name in names if name in PERIODS]) > 1:
            table.problem("a scope has one period", key)
        if not [name for name in names if name not in PERIODS]:
            table.problem("a scope names 'person' or a fact beside its period: whose is it?", key)
        order = {"person": 0} | dict.fromkeys(PERIODS, 2)
        return tuple(sorted(names, key=lambda name: (order.get(name, 1), name))) or None
