"""What happens between legal entities that clear: rules are agreed and end, lines are posted, statements are issued."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.clearing.records import (
    ClearingAccount,
    ClearingInvoicing,
    ClearingLine,
    ClearingPair,
    ClearingRule,
    ClearingStatement,
    ClearingTerms,
    ClearingUse,
    account_id,
    use_id,
)
from cantinekit.domain.state import State


@event
@attrs.frozen
class ClearingAgreed(Event):
    """A legal entity owes others by a rule from a day on.

    Attributes:
        rule: the rule.
    """

    rule: ClearingRule

    def changes(self, state: State) -> tuple[Record, ...]:
        terms = state.get(ClearingTerms, self.rule.issuer_id) or ClearingTerms(self.rule.issuer_id)
        return (evolve(terms, rules=(*terms.rules, self.rule)),)


@event
@attrs.frozen
class ClearingEnded(Event):
    """A rule has another last day.

    Attributes:
        entity_id: the legal entity that sells the units.
        rule_id: the rule.
        last_day: its last day.
    """

    entity_id: str
    rule_id: str
    last_day: date

    def changes(self, state: State) -> tuple[Record, ...]:
        terms = state.need(ClearingTerms, self.entity_id)
        rules = [evolve(one, last_day=self.last_day) if one.id == self.rule_id else one for one in terms.rules]
        return (evolve(terms, rules=tuple(rules)),)


@event
@attrs.frozen
class ClearingPosted(Event):
    """What one legal entity owes another one changed.

    Attributes:
        line: by how much, and why.
        priced: what the rule makes of the units, in minor units; less than nothing where they went back. What was
            disputed of them before is in it, and not in the line.
    """

    line: ClearingLine
    priced: int = 0

    def changes(self, state: State) -> tuple[Record, ...]:
        line = self.line
        one, other = sorted((line.issuer_id, line.acceptor_id))
        pair = state.get(ClearingPair, line.pair_id) or ClearingPair(line.pair_id, one, other)
        pair = evolve(pair, lines=pair.lines + 1)
        if line.what == "expiry" or (line.what == "dispute" and line.subject.kind == "entitlement"):
            return line, pair
        used = use_id(line.entitlement_id, line.subject)
        if line.what == "dispute":
            before = state.need(ClearingUse, used)
            return line, pair, evolve(before, disputed=before.disputed - line.amount.amount)
        use = state.get(ClearingUse, used) or ClearingUse(used, line.acceptor_id, line.place_id)
        return line, pair, *self._counted(state, use)

    def _counted(self, state: State, use: ClearingUse) -> tuple[Record, ...]:
        """What is owed for the use after it, and what the uses of the entitlement come to."""
        line = self.line
        after = evolve(
            use,
            rule_id=line.rule_id,
            units=use.units + line.units,
            amount=use.amount + self.priced,
            disputed=use.disputed - (line.amount.amount - self.priced),
        )
        if line.rule_id is None:
            return (after,)
        counted = state.get(ClearingAccount, account_id(line.entitlement_id, line.acceptor_id))
        if counted is None or (line.units > 0 and counted.rule_id != line.rule_id):
            counted = ClearingAccount(account_id(line.entitlement_id, line.acceptor_id), line.rule_id)
        if counted.rule_id != line.rule_id:
            return (after,)
        units, amount = max(0, counted.units + line.units), max(0, counted.amount + self.priced)
        return after, evolve(counted, units=units, amount=amount)


@event
@attrs.frozen
class ClearingClosed(Event):
    """A statement was issued for two legal entities: no line comes into its days any more.

    Attributes:
        statement: the statement.
    """

    statement: ClearingStatement

    def changes(self, state: State) -> tuple[Record, ...]:
        one = self.statement
        pair = state.get(ClearingPair, one.pair_id) or ClearingPair(one.pair_id, one.entity_id, one.other_id)
        return one, evolve(pair, closed_until=one.until)


@event
@attrs.frozen
class ClearingInvoicingAgreed(Event):
    """A legal entity invoices what others owe it by statements in this way from now on.

    Attributes:
        invoicing: how it does.
    """

    invoicing: ClearingInvoicing

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.invoicing,)


__all__ = [
    "ClearingAgreed",
    "ClearingClosed",
    "ClearingEnded",
    "ClearingInvoicingAgreed",
    "ClearingPosted",
]
