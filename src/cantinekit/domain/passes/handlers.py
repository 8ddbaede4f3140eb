"""Selling passes, and taking back those of which nothing was used."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.clock import day_bounds, local
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Grant, Product
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.passes.commands import CancelPass, SellPass
from cantinekit.domain.passes.events import PassSold
from cantinekit.domain.passes.life_cycle import activate_pass, is_over, read_pass, take_pass_back
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.charging import raise_charge, take
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.prices import make_price, read_prices, sale_keys, voucher_accounts, wanted
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError, WrongStateError


@handles(SellPass)
def sell_pass(c: SellPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Sell a pass to its holder; its units can be spent once it is paid."""
    began = uow.now  # the price list and its meters are chosen by this instant
    holder: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id)]
    yield from uow.fetch([(Pass, c.id), (Product, c.product_id), (Place, c.place_id), *holder])
    product, place = uow.state.need(Product, c.product_id), uow.state.need(Place, c.place_id)
    yield from uow.fetch([(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], c.holder_id)])
    asked = [wanted(product, facts=c.facts)]
    yield from read_prices(uow, asked, c.holder_id, began)

    refuse_twice(uow.state, Pass, c.id)
    present(uow.state, c.holder_id)
    if product.grant is None:
        raise UnsuitableError(f"{product.name} sells no passes")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    id = c.id or uow.ids("pas")
    subject = Subject(Pass.kind, id)
    priced = make_price(
        uow.state,
        asked,
        subject=subject,
        place=place,
        customer_id=c.holder_id,
        now=uow.now,
        ids=uow.ids,
        promise=c.quote,
    )
    if product.grant.account in voucher_accounts(uow.state, priced.sale.tariff_version):
        raise UnsuitableError(
            f"{product.name} gives money on {product.grant.account!r}, and nothing can be paid with it"
        )
    uow.price = priced.quote
    charge = raise_charge(uow, priced, subject, place, c.holder_id) if priced.due else None
    sold = Pass(
        id,
        product.id,
        place.id,
        place.entity_id,
        c.holder_id,
        sold_at=uow.now,
        tariff_version=priced.sale.tariff_version,
        state="pending",
        entitlement_ids=(uow.ids("ent"),),
        charge_id=charge.id if charge else None,
        spends=priced.spends,
        meters=priced.moves,
    )
    given = _give(sold, product.grant, place, uow.now)
    uow.add(PassSold(sold, (given,)), *priced.events())
    if given.expires is not None:
        uow.later("expire", refer(given), given.expires)
    if charge is None or (c.account and take(uow, charge.id, c.account, c.return_url)):
        activate_pass(uow, sold.id)
    return uow.done_at(Pass, subject.id)


def _give(sold: Pass, grant: Grant, place: Place, now: datetime) -> Entitlement:
    """The entitlement that a pass gives; its units can be spent once the pass is active."""
    return Entitlement(
        sold.entitlement_ids[0],
        sold.id,
        sold.holder_id,
        account=grant.account,
        bought=grant.units,
        left=grant.units,
        bought_at=now,
        expires=_valid_until(grant, place, now),
        places=grant.places,
        priority=grant.priority,
        active=False,
    )


def _valid_until(grant: Grant, place: Place, now: datetime) -> datetime | None:
    """The end of the last local day on which units of a grant are valid; the day of the sale is the first."""
    if grant.valid_days is None:
        return None
    last = local(now, place.zone).date() + timedelta(days=grant.valid_days - 1)
    return day_bounds(last, place.zone).end


@handles(CancelPass)
def cancel_pass(c: CancelPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Take a pass back of which nothing was used, and refund what was paid."""
    yield from read_pass(uow, c.pass_id)

    sold = uow.state.need(Pass, c.pass_id)
    if sold.state not in ("pending", "active"):
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["pending", "active"])
    for id in sold.entitlement_ids:
        one = uow.state.need(Entitlement, id)
        if one.used or (sold.state == "active" and (one.left != one.bought or is_over(one, uow.now))):
            raise WrongStateError(f"pass {sold.id}", state="used or expired", wanted=["unused"])
    take_pass_back(uow, sold, c.reason)
    uow.tell("pass cancelled", sold.holder_id, refer(sold))
    return uow.done(sold, [sold.charge_id])
