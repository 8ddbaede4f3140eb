"""Settling what is owed for something that is sold: its charge is raised, and what is due now is taken."""

from __future__ import annotations

from typing import NamedTuple

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import raise_charge, take
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.selling import SellingCommand


class Settled(NamedTuple):
    """What became of what is owed.

    Attributes:
        charge_id: the charge; ``None`` where nothing is owed.
        stands: whether the thing that is sold is had: nothing is due now, it is paid, or it is on account.
    """

    charge_id: str | None
    stands: bool


def pay_now(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    person_id: str | None,
    c: SellingCommand[object],
    pass_ids: tuple[str, ...] = (),
) -> Settled:
    """Raise a charge of what is owed by a price, and take what is due now through the account of the command.

    Args:
        draft: what is decided so far.
        priced: the price.
        subject: what the charge is for.
        place: the place, whose operator is owed.
        person_id: the person it is for, who owes it where the command names no payer; ``None`` for a walk-in.
        c: says by which account it is paid now, or that it is on account.
        pass_ids: the passes that are bought along with it: they can be used once it stands.
    """
    if not priced.due:
        return Settled(None, stands=True)
    charge = raise_charge(draft, priced, subject, place, c.payer_id or person_id, pass_ids)
    return Settled(charge.id, bool(c.account and take(draft, charge.id, c.account, c.return_url)))
