"""Reading what legal entities owe each other for units that one sold and another one served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_days
from cantinekit.common.arguments import checked
from cantinekit.domain.clearing.records import balances
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.reads.records import RecordReads
from cantinekit.runtime import codec


@attrs.frozen
class ClearingPosition:
    """What two legal entities owe each other by the lines of a period.

    Attributes:
        entity_id: the legal entity whose id comes first.
        other_id: the other one.
        lines: the lines, in the order of their days.
        balances: what the first of them gets, by currency; negative: it owes that. Empty: nothing is owed.
    """

    entity_id: str
    other_id: str
    lines: tuple[m.ClearingLine, ...]
    balances: tuple[Money, ...]

    def owed_to(self, entity_id: str) -> tuple[Money, ...]:
        """What one of the two legal entities gets, by currency; negative: it owes that.

        Args:
            entity_id: the legal entity.
        """
        return self.balances if entity_id == self.entity_id else tuple(-one for one in self.balances)

    @property
    def without_rule(self) -> tuple[m.ClearingLine, ...]:
        """The lines for which no rule was agreed, so that nothing is owed."""
        return tuple(line for line in self.lines if line.rule_id is None)


@attrs.frozen
class Clearing:
    """What legal entities owe each other by the lines of a period.

    Attributes:
        first: the first day.
        last: the last one, included.
        positions: each pair that has lines, in the order of the ids.
    """

    first: date
    last: date
    positions: tuple[ClearingPosition, ...]

    def balance(self, entity_id: str) -> tuple[Money, ...]:
        """What a legal entity gets of all others, by currency; negative: it owes that. All of them sum to zero.

        Args:
            entity_id: the legal entity.
        """
        mine = [one for one in self.positions if entity_id in (one.entity_id, one.other_id)]
        return balances([line for one in mine for line in one.lines], entity_id)


class ClearingReads(RecordReads):
    """Answers questions about clearing."""

    @checked
    def clearing(self, first: date, last: date, *, entity_id: str | None = None) -> Clearing:
        """What legal entities owe each other by what was used, returned and disputed from a day to a day.

        It costs by its lines, page by page, and by the pairs of legal entities that have any.

        Args:
            first: the first day, on the calendar of the place that serves.
            last: the last day, included.
            entity_id: only the pairs of this legal entity; ``None``: all.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the last day is before the first.
        """
        if last < first:
            raise InputError("clearing is read from a day to a day that is not before it")
        found = (self._position(pair, first, last) for pair in self._pairs(entity_id))
        return Clearing(first, last, tuple(one for one in found if one.lines))

    @checked
    def clearing_terms(self, entity_id: str) -> tuple[m.ClearingRule, ...]:
        """The rules by which a legal entity owes for units that it sold, those that are over too, as they were agreed.

        Args:
            entity_id: the legal entity.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        self._there(m.LegalEntity, entity_id)
        terms = self.get(m.ClearingTerms, entity_id)
        return terms.rules if terms is not None else ()

    @checked
    def clearing_statements(self, entity_id: str) -> tuple[m.ClearingStatement, ...]:
        """The statements of a legal entity with all others, by pair, the first one first.

        Args:
            entity_id: the legal entity.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        pairs = self._pairs(entity_id)
        return tuple(one for pair in pairs for one in self._of(m.ClearingStatement, "pair", pair.id))

    @checked
    def clearing_lines(self, statement_id: str) -> tuple[m.ClearingLine, ...]:
        """The lines of a statement, in the order of their days; they are the same for good.

        Args:
            statement_id: the statement.

        Raises:
            NotFoundError: there is no such statement.
        """
        one = self.need(m.ClearingStatement, statement_id)
        return self._between(one.pair_id, one.first, one.until)

    @checked
    def clearing_documents(self, statement_id: str) -> tuple[m.Document, ...]:
        """The documents of a statement, the oldest first: its invoices, and the credit notes of what is taken back.

        Of those that were issued together the invoices are first.

        Args:
            statement_id: the statement.

        Raises:
            NotFoundError: there is no such statement.
        """
        one = self.need(m.ClearingStatement, statement_id)
        found = self._of(m.Document, "clearing", one.id)
        return tuple(sorted(found, key=lambda each: (each.issued_at, each.what != "invoice", each.id)))

    @checked
    def clearing_invoicing(self, entity_id: str) -> m.ClearingInvoicing | None:
        """How a legal entity invoices what others owe it by statements; ``None``: nobody has said.

        Args:
            entity_id: the legal entity.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        self._there(m.LegalEntity, entity_id)
        return self.get(m.ClearingInvoicing, entity_id)

    def _pairs(self, entity_id: str | None) -> Iterable[m.ClearingPair]:
        """The pairs of a legal entity, or all, in the order of the ids."""
        if entity_id is None:
            return self._found(m.ClearingPair, "all")
        self._there(m.LegalEntity, entity_id)
        return self._of(m.ClearingPair, "entity", entity_id)

    def _position(self, pair: m.ClearingPair, first: date, last: date) -> ClearingPosition:
        lines = self._between(pair.id, first, last)
        return ClearingPosition(pair.entity_id, pair.other_id, lines, balances(lines, pair.entity_id))

    def _between(self, pair: str, first: date | None, last: date) -> tuple[m.ClearingLine, ...]:
        """The lines of a pair from a day to a day; those of one day in the order in which they came."""
        start = codec.composite(pair, first.isoformat() if first is not None else "")
        found: Iterator[m.ClearingLine] = self._found(
            m.ClearingLine, "pair", start, codec.composite(pair, add_days(last, 1).isoformat())
        )
        return tuple(sorted(found, key=lambda one: (one.day, one.at, one.id)))
