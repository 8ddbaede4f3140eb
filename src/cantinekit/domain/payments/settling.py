"""Settling what was priced: its charge is raised, vouchers pay, and what is due at once is taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import organisation_of
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import Along, raise_charge, take, take_vouchers
from cantinekit.domain.payments.differences import payer_of
from cantinekit.domain.payments.due import began_before, due_on
from cantinekit.domain.payments.events import ChargeStood
from cantinekit.domain.payments.records import Charge, Instalment
from cantinekit.domain.payments.sponsoring import take_sponsors
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.prices import Priced, at_most
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.money import Money


@attrs.frozen
class Settled:
    """What became of the money of a sale.

    Attributes:
        charge_id: its charge, ``None`` where nothing is owed.
        stands: whether what was sold is had: nothing is due at once, that is paid, or it is on account.
    """

    charge_id: str | None
    stands: bool


def owe(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    person_id: str | None,
    c: SellingCommand[object],
    along: Along,
    first: Charge | None = None,
    first_day: date | None = None,
    sponsored: bool = True,
    of_visit: bool = False,
) -> Charge | None:
    """Raise the charge of a sale; ``None`` where nothing is owed.

    Args:
        draft: what is decided so far; the price list is loaded.
        priced: the price.
        subject: what is sold.
        place: the place, whose operator is owed.
        person_id: the person for whom it is sold, who owes it unless the command names a payer; ``None``: a walk-in.
        c: the command, which says how it is paid.
        along: the passes that are bought along with it: they can be used once it stands.
        first: the charge in whose place it comes: its payer owes this too, unless the command names another.
        first_day: the first local day of what is sold, where it lasts: of what is backdated the days until it is due
            count from it.
        sponsored: whether sponsors of the person pay their shares of it: of a gift, which is for somebody else, not.
        of_visit: whether it is for a visit, whose other charges are loaded: they share the limits of sponsors.
    """
    if not priced.due:
        return None
    debt = _unsaid_debt(priced)
    since = began_before(draft, first_day, place)
    day = due_on(draft, priced.sale.tariff_version, place, since) if debt or c.on_account else None
    payer_id = c.payer_id or payer_of(draft.state, first) or person_id
    ordered_by_id = c.ordered_by_id or (first.ordered_by_id if first is not None else None)
    organisation = organisation_of(draft.state, payer_id) is not None
    charge = raise_charge(
        draft,
        priced,
        subject,
        place,
        payer_id,
        later=[*priced.later, Instalment(day, Money(debt, priced.due.currency))] if debt else priced.later,
        on_account=c.on_account,
        due_on=day if c.on_account else None,
        along=along,
        person_id=person_id,
        organisation=organisation,
        ordered_by_id=ordered_by_id if organisation else None,
        began_on=since if c.on_account else None,
    )
    if sponsored:
        take_sponsors(draft, charge.id, person_id, place, of_visit=of_visit)
    return draft.state.need(Charge, charge.id)


def take_now(draft: Draft, charge: Charge | None, vouchers: Sequence[Spend], c: SellingCommand[object]) -> Settled:
    """Take what is due at once: by vouchers first, then through the account of the command.

    Args:
        draft: what is decided so far.
        charge: the charge; ``None``: nothing is owed.
        vouchers: the minor units that vouchers pay.
        c: the command, which says how it is paid.

    Raises:
        AccountError: no such account, or the operator may not use it.
    """
    if charge is None:
        return Settled(None, True)
    if charge.sponsors:  # they come first: vouchers pay what is left to whoever buys
        vouchers = at_most(vouchers, charge.owed_of_price.amount)
    if vouchers:
        take_vouchers(draft, charge.id, vouchers)
        charge = draft.state.need(Charge, charge.id)
    rest = charge.at_once - charge.kept
    if c.on_account or charge.covered or rest.amount <= 0:
        stands = True
    else:
        stands = bool(c.account) and take(draft, charge.id, c.account or "", c.return_url, amount=rest)
    charge = draft.state.need(Charge, charge.id)
    if stands and charge.state == "due" and not charge.stands:
        draft.add(ChargeStood(charge.id))
    return Settled(charge.id, stands)


def _unsaid_debt(priced: Priced) -> int:
    """The debts of a price that it says no day for, in minor units: they are due when invoices are."""
    debts = sum(line.amount.amount for line in priced.lines if line.kind == "debt")
    if not debts:
        return 0
    said = priced.due_now.amount + sum(part.amount.amount for part in priced.later)
    vouchers = sum(spend.units for spend in priced.vouchers) + sum(one.units for one in priced.own if one.money)
    return max(0, min(priced.due.amount - said - vouchers, debts))
