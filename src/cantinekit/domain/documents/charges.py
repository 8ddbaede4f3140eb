"""What documents have to know of a charge: the sales that it is of, and what of it was given back or dropped."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.documents.amounts import Taxed, stated_lines, tax_charge, tax_claim, turnover
from cantinekit.domain.payments.records import Charge, Refund
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money


def find_sales(uow: Uow, charge: Charge) -> Steps[list[Wish]]:
    """The sales of what a charge is for."""
    about = f"{charge.subject.kind}|{charge.subject.id}"
    keys = yield from uow.find(Sale, "subject", f"{about}|", f"{about}}}")
    return [(Sale, key.id) for key in keys]


def find_refunds(uow: Uow, charge: Charge) -> Steps[list[Wish]]:
    """The refunds of a charge; most have none."""
    if not charge.refunded:
        return []
    keys = yield from uow.find(Refund, "charge", f"{charge.id}|", f"{charge.id}}}")
    return [(Refund, key.id) for key in keys]


def sale_parts(state: State) -> list[Wish]:
    """The price lists and the private facts of all sales that are loaded."""
    found = [one for one in state.records.values() if isinstance(one, Sale)]
    private: list[Wish] = [(SaleFacts, sale.id) for sale in found if sale.private_facts]
    return [*((TariffText, sale.tariff_version) for sale in found), *private]


def taxed_charge(state: State, charge: Charge, sales: Iterable[Sale]) -> Taxed:
    """A charge with its taxes, by the price list that it was made by, and by those of the sales of its subject.

    Args:
        state: has its refunds, and what ``sale_parts`` names.
        charge: the charge.
        sales: the sales.

    Raises:
        TaxUnknownError: the price list does not say the tax of a line.
        UnsuitableError: no document of the law can be made of it, or the price list was not kept.
    """
    made_by = state.get(TariffText, charge.tariff_version)
    if made_by is None:
        raise UnsuitableError(f"the price list that made charge {charge.id} was not kept")
    if charge.claim:
        return tax_claim(charge, read_tariff(made_by.text), dropped_of(state, charge))
    whole = [whole_sale(sale, state.get(SaleFacts, sale.id) if sale.private_facts else None) for sale in sales]
    priced = [(sale, state.need(TariffText, sale.tariff_version).text) for sale in whole]
    return tax_charge(charge, priced, read_tariff(made_by.text), dropped_of(state, charge))


def of_price(refund: Refund, charge: Charge) -> Money:
    """What of a refund is of lines that documents state."""
    stated = {number for number, _ in stated_lines(charge)}
    if not refund.lines and stated:
        return refund.amount
    named = (one.amount for one in refund.lines if one.line in stated and one.amount)
    return Money.sum(named, refund.amount.currency)


def dropped_of(state: State, charge: Charge) -> Money:
    """What was dropped of a charge before it was paid: no longer owed, and not given back either."""
    if _is_untouched(charge):
        return Money.zero(charge.amount.currency)
    every = state.records.values() if charge.refunded else ()
    given = [one for one in every if isinstance(one, Refund) and one.charge_id == charge.id]
    back = [of_price(one, charge) for one in given if one.state != "declined" and not (one.surplus or one.deposit)]
    *lines, _ = charge.earned_by_line()
    earned = Money(sum(lines[number] for number, _ in stated_lines(charge)), charge.amount.currency)
    return turnover(charge) - earned - Money.sum(back, charge.amount.currency)


def _is_untouched(charge: Charge) -> bool:
    """Whether all of a charge stands as it was raised, and documents state all of it, as of most."""
    whole = charge.billed == charge.amount and not (charge.refunded or charge.deposit or charge.kept_deposit)
    return whole and not charge.parts and all(line.kind in ("revenue", "penalty") for line in charge.lines)
