"""Reading what people have on their accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads


@attrs.frozen
class Balance:
    """What is left on an account of a person.

    Attributes:
        account: the account of units, by which a price list covers.
        left: how many units are left on all entitlements together.
        entitlements: the entitlements that have units left, the first to be used first.
    """

    account: str
    left: int
    entitlements: tuple[m.Entitlement, ...]


class PassReads(RecordReads):
    """Answers questions about passes and their units."""

    @checked
    def balance(self, person_id: str, now: datetime | None = None) -> tuple[Balance, ...]:
        """What a person has left, by account, in the order of use.

        Args:
            person_id: the person.
            now: the instant at which entitlements must not have expired; ``None``: the present. The units are those of
                today.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        now = now or self._now()
        accounts: dict[str, list[m.Entitlement]] = {}
        for one in self._of(m.Entitlement, "holder", person_id):
            if one.active and one.left and (one.expires is None or now < one.expires):
                accounts.setdefault(one.account, []).append(one)
        return tuple(
            Balance(account, sum(one.left for one in held), tuple(sorted(held, key=_order_of_use)))
            for account, held in sorted(accounts.items())
        )


def _order_of_use(one: m.Entitlement) -> tuple[int, datetime, datetime, str]:
    return one.priority, one.expires or datetime.max.replace(tzinfo=UTC), one.bought_at, one.id
