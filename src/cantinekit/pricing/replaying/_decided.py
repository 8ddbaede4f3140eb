"""What columns cannot say of a row, decided before them: once for all rows that agree in what it depends on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cantinekit.common.extras import np
from cantinekit.errors import InputError
from cantinekit.pricing.engine.ask import RefusedItem
from cantinekit.pricing.kernel import group
from cantinekit.pricing.model.conditions import InRange, IsOneOf, OnClock, When
from cantinekit.pricing.replaying._columns import Array, Coded
from cantinekit.pricing.replaying._usages import FactColumn, Numbers, Usages

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._inputs import ProgramInput
    from cantinekit.pricing.compiled._scanned import Member

_OF_A_DAY = frozenset({"weekday", "date", "season"})
"""What a condition of the beginning may ask so that its day decides it; a holiday asks for the days up to the end."""


def decided_column(usages: Usages, member: Member, wanted: ProgramInput, rows: Array) -> Array:
    """An input that is decided outside of columns: a condition of the calendar, a set or a text, or a measured size.

    Returns:
        a number for each row; -1 where it is not known.
    """
    when = member.compiled.bits.get(wanted.of, ())
    alone = ~usages.apart[rows]  # of the others columns answer none
    mine = rows[alone]
    groups = group(np, [column[mine] for column in _told_by(usages, when)], len(mine))
    values = []
    for row in mine[groups.order[groups.starts]].tolist():
        try:
            order = usages.question(row)
            value = member.compiled.decided(usages.parts, wanted, order.items[0], order, "1")
        except (KeyError, TypeError, RefusedItem, InputError):  # the phases say what is wrong
            value = None
        values.append(-1 if value is None else value)
    found = np.full(len(rows), -1, np.int64)
    found[alone] = np.array([*values, -1], np.int64)[groups.code]
    return found


def _told_by(usages: Usages, when: When) -> Iterator[Array]:
    """The columns on which a condition depends; without one those on which a size depends."""
    (atom, *others) = when[0].atoms if when else (None,)
    known = usages.starts >= 0
    if isinstance(atom, (IsOneOf, InRange)) and atom.name in usages.parts.facts:
        yield _numbers(usages, usages.facts.get(atom.name))
    elif (
        isinstance(atom, OnClock)
        and atom.quantifier == "starts"
        and _OF_A_DAY.issuperset(one.what for one in (atom, *others) if isinstance(one, OnClock))
    ):
        yield from (usages.days, known)
    elif isinstance(atom, OnClock) or atom is None:
        yield from (usages.starts, usages.ends, usages.days)
    elif isinstance(atom, InRange) and atom.name == "lead":
        yield from (usages.starts, usages.days, usages.bought)
    else:
        yield from (usages.starts, usages.ends, usages.days, usages.bought, usages.counts)
        for fact in usages.facts.values():
            yield _numbers(usages, fact)


def _numbers(usages: Usages, fact: FactColumn | None) -> Array:
    """The values of a fact as numbers; those of decimals are all different."""
    if isinstance(fact, Coded):
        return fact.codes
    if isinstance(fact, Numbers):
        return fact.numbers
    return np.arange(usages.length) if fact is not None else np.full(usages.length, -1, np.int64)
