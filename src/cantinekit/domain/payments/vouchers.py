"""Paying a charge with vouchers afterwards: which vouchers pay it, and how much of it they may pay."""

from __future__ import annotations

from collections.abc import Iterator

from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.passes.records import Entitlement, Spend, Wallet
from cantinekit.domain.payments.records import Charge, ChargeLine
from cantinekit.domain.sales.prices import at_most, in_order_of_use
from cantinekit.domain.sales.question import read_tariff, wallet_lots
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import WrongStateError
from cantinekit.money import Money
from cantinekit.pricing import Tariff


def voucher_wishes(charge: Charge) -> list[Wish]:
    """What says which vouchers may pay a charge: its price list, its products, and the wallet of the payer."""
    named = {line.product_id for line in charge.lines}
    products: list[Wish] = [(Product, id) for id in sorted(named) if split_name(id)[0] is None]
    return [(Wallet, charge.payer_id), (TariffText, charge.tariff_version), *products]


def read_vouchers(uow: Uow, charge: Charge) -> Steps[None]:
    """Load the vouchers of the payer, once ``voucher_wishes`` are there."""
    yield from uow.fetch((Entitlement, id) for id in wallet_lots(uow.state, charge.payer_id))


def voucher_spends(uow: Uow, charge: Charge, amount: Money, *, exactly: bool) -> tuple[Spend, ...]:
    """The vouchers that pay an amount of a charge: of those that its price list takes the one that ends first is first.

    They pay no deposit, and nothing that is a voucher itself.

    Args:
        uow: what was loaded.
        charge: the charge.
        amount: how much is to be paid.
        exactly: whether it has to be just so much; else it is as much as they can pay of it.

    Raises:
        WrongStateError: they cannot pay it.
    """
    state = uow.state
    if charge.claim:
        raise WrongStateError(f"charge {charge.id}", state="the share of a sponsor, which money pays")
    tariff = read_tariff(state.need(TariffText, charge.tariff_version).text)
    accounts = tariff.parts.order.vouchers
    held = [state.need(Entitlement, id) for id in wallet_lots(state, charge.payer_id)]
    usable = [one for one in held if one.money and one.account in accounts and one.has_begun(uow.now)]
    usable = [one for one in usable if one.valid_at(charge.place_id, uow.now)]
    several = ([Spend(one.id, one.left) for one in usable if one.account == account] for account in accounts)
    found = [spend for spends in several for spend in in_order_of_use(state, spends)]
    payable = charge.outstanding - charge.unpaid_deposit
    payable -= Money.sum((line.amount for line in _vouchers_sold(state, charge, tariff)), amount.currency)
    can = min(sum(spend.units for spend in found), max(0, payable.amount))
    if can == 0 or (exactly and can < amount.amount):
        wrong = f"{Money(can, amount.currency)}, not {amount}"
        raise WrongStateError(f"what vouchers of the payer can pay of charge {charge.id}", state=wrong)
    return at_most(found, min(can, amount.amount))


def _vouchers_sold(state: State, charge: Charge, tariff: Tariff) -> Iterator[ChargeLine]:
    """The lines of a charge that sell vouchers."""
    for line in charge.lines:
        known = state.get(Product, line.product_id) if state.knows(Product, line.product_id) else None
        name = known.tariff_product if known is not None else split_name(line.product_id)[1]
        product = tariff.products.get(name)
        if product is not None and any(one.account in tariff.parts.order.vouchers for one in product.grant):
            yield line
