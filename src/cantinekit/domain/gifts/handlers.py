"""Selling a gift, claiming it, giving it to somebody else, and withdrawing it."""

from __future__ import annotations

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.finding import read_product, sold_product
from cantinekit.domain.decision import Decision
from cantinekit.domain.gifts.claiming import claim, claimable, read_claim
from cantinekit.domain.gifts.commands import ClaimPass, GiftPass, RedirectGift, WithdrawGift
from cantinekit.domain.gifts.ending import end_gift, is_over
from cantinekit.domain.gifts.events import GiftRedirected
from cantinekit.domain.gifts.giving import give, note_of
from cantinekit.domain.gifts.life_cycle import read_gift
from cantinekit.domain.gifts.records import RECEIVED, Gift, GiftKey, GiftNote, hash_of
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.presence import organisation_wishes, present_holder
from cantinekit.domain.passes.cancelling import REFUND
from cantinekit.domain.passes.records import Pass, Wallet
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import Question, read_prices, sale_keys, wanted
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError, WrongStateError


@handles(GiftPass)
def gift_pass(c: GiftPass, uow: Uow) -> Steps[Decision[GiftNote]]:
    """Sell what is held as a gift; it can be claimed once it is paid."""
    began = uow.now  # the price list and its meters are chosen by this instant
    who: list[Wish] = [(Person, c.buyer_id), (Wallet, c.buyer_id), (Person, c.payer_id)]
    yield from read_product(uow, c.product_id, c.place_id, (Gift, c.id), (Place, c.place_id), *who)
    place = uow.state.need(Place, c.place_id)
    product = sold_product(uow.state, c.product_id, place, "pass")
    buyer = organisation_wishes(uow.state, c.buyer_id)
    yield from uow.fetch([(LegalEntity, place.entity_id), *buyer, *sale_keys(uow.state, [product], None, c)])
    main = wanted(product, facts=c.facts, count=c.count, day=local(began, place.zone).date())
    payer_id = c.payer_id or c.buyer_id
    asked = Question((main,), place.id, None, c.codes, scoped=False, payer_id=payer_id)
    yield from read_prices(uow, asked, began)

    refuse_twice(uow.state, Gift, c.id)
    present_holder(uow.state, c.buyer_id)
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    subject = Subject(Gift.kind, c.id or uow.ids("gft"))
    priced = make_price(uow.state, asked, subject=subject, now=uow.now, ids=uow.ids, promise=c.quote)
    give(uow, subject, priced, product, place, c)
    return uow.done_at(GiftNote, subject.id)


@handles(ClaimPass)
def claim_pass(c: ClaimPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Make a gift a pass of who has its code."""
    key = yield from uow.get(GiftKey, hash_of(c.code), (Person, c.holder_id), (Wallet, c.holder_id))
    holder = organisation_wishes(uow.state, c.holder_id)
    yield from uow.fetch([*holder, (Gift, key.gift_id if key is not None else None)])
    gift, first = claimable(uow.state, c.code), uow.now.date()
    if gift is not None:
        first = yield from read_claim(uow, gift, c)

    present_holder(uow.state, c.holder_id)
    return uow.done_at(Pass, claim(uow, gift, c, first))


@handles(RedirectGift)
def redirect_gift(c: RedirectGift, uow: Uow) -> Steps[Decision[GiftNote]]:
    """Give a gift to somebody else, by a new code."""
    gift = yield from uow.need(Gift, c.gift_id)
    buyer: Wish = (Person, gift.buyer_id)
    yield from uow.fetch([buyer, (Place, gift.place_id), (GiftNote, gift.id)])
    yield from uow.fetch(organisation_wishes(uow.state, gift.buyer_id))

    _check_unclaimed(uow, gift)
    present_holder(uow.state, gift.buyer_id)
    code = uow.ids("claim")
    uow.add(GiftRedirected(gift.id, hash_of(code)))
    note = note_of(gift, code, c.email, c.name, c.message, c.lang)
    uow.keep([note])
    if gift.state == "open" and note.email:
        uow.tell(RECEIVED, gift.id, refer(gift))
    return uow.done_at(GiftNote, gift.id)


@handles(WithdrawGift)
def withdraw_gift(c: WithdrawGift, uow: Uow) -> Steps[Decision[Gift]]:
    """Withdraw a gift, and give back what its price list says."""
    yield from read_gift(uow, c.gift_id)

    gift = uow.state.need(Gift, c.gift_id)
    _check_unclaimed(uow, gift)
    end_gift(uow, gift, "withdrawn", c.reason, c.refund)
    if c.refund is not None and gift.state == "open":
        note_overrides(uow, [REFUND], c.reason, refer(gift))
    uow.tell("gift withdrawn", gift.buyer_id, refer(gift))
    return uow.done(gift, [gift.charge_id])


def _check_unclaimed(uow: Uow, gift: Gift) -> None:
    """Refuse a gift that is over.

    Raises:
        WrongStateError: it is.
    """
    state = gift.state
    if state in ("pending", "open") and is_over(gift, uow.state.need(Place, gift.place_id), uow.now):
        state = "lapsed"
    if state not in ("pending", "open"):
        raise WrongStateError(f"gift {gift.id}", state=state, wanted=["pending", "open"])
