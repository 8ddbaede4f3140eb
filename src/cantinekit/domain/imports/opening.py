"""What the ledger opens with: what another system was owed, and what it owed."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import OPENING, LedgerEntry, LedgerLine
from cantinekit.domain.places.records import Place
from cantinekit.errors import CurrencyError
from cantinekit.money import Money


def post_opening(draft: Draft, place: Place, subject: Subject, lines: Iterable[tuple[str, int]]) -> None:
    """Post an entry against the account ``opening``, unless it comes to nothing.

    Args:
        draft: what is decided so far.
        place: the place, whose operator has the ledger.
        subject: what is taken over.
        lines: the other accounts with their minor units, positive for debit.
    """
    others = [(account, amount) for account, amount in lines if amount]
    if not others:
        return
    found = [*others, (OPENING, -sum(amount for _, amount in others))]
    entry = LedgerEntry(
        id=draft.ids("led"),
        entity_id=place.entity_id,
        place_id=place.id,
        at=draft.now,
        what="taken over",
        subject=subject,
        currency=place.currency,
        lines=tuple(LedgerLine(account, amount) for account, amount in sorted(found)),
    )
    draft.add(LedgerPosted(entry))


def check_currency(name: str, amount: Money, place: Place) -> None:
    """Refuse an amount that is not in the currency of a place.

    Args:
        name: the field, for the message.
        amount: the amount.
        place: the place.

    Raises:
        CurrencyError: it is in another one.
    """
    if amount.currency != place.currency:
        raise CurrencyError(f"{name} is in {amount.currency}, {place.name} takes {place.currency}")
