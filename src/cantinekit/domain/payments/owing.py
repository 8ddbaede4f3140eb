"""What of a charge is owed since when: its unpaid parts with their days, the oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from cantinekit.domain.payments.records import Charge
from cantinekit.money import Money


@attrs.frozen
class OwedPart:
    """A part of what is owed of a charge.

    Attributes:
        charge_id: the charge.
        due_on: the local day on which it is due; ``None``: no day was agreed.
        amount: how much; less than nothing for what is held beyond what is owed.
    """

    charge_id: str
    due_on: date | None
    amount: Money

    def overdue(self, day: date) -> int:
        """Since how many days it is overdue at the end of a day; 0: it is not.

        Args:
            day: the local day.
        """
        return max(0, (day - self.due_on).days) if self.due_on is not None else 0


def owed_parts(charge: Charge, raised_on: date) -> tuple[OwedPart, ...]:
    """What is owed of a charge, by the days on which it is due: those before a day sum to ``Charge.due_by`` of it.

    A payment goes to the oldest part first, so what is owed is the parts that are due last.

    Args:
        charge: the charge.
        raised_on: the local day on which it was raised: what is due at once is due on it.
    """
    nothing, rest = Money.zero(charge.amount.currency), charge.outstanding
    if rest < nothing:
        return (OwedPart(charge.id, raised_on, rest),)
    found = list[OwedPart]()
    for part in reversed(charge.instalments):
        unpaid = min(rest, part.amount)
        rest -= unpaid
        found += [OwedPart(charge.id, _later(charge, part.day), unpaid)] if unpaid else []
    found += [OwedPart(charge.id, _later(charge, raised_on), rest)] if rest else []
    return tuple(reversed(found))


def _later(charge: Charge, day: date | None) -> date | None:
    """The day on which a part is due: of what is on account none before its own."""
    if not charge.on_account:
        return day
    return None if day is None or charge.due_on is None else max(day, charge.due_on)


def oldest_first(parts: Iterable[OwedPart]) -> list[OwedPart]:
    """Parts by the day on which they are due, those without a day last; of one day in the order given."""
    return sorted(parts, key=lambda one: (one.due_on is None, one.due_on or date.max))
