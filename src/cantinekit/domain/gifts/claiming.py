"""Claiming a gift: what it gives becomes passes of whoever has its code, from a day on."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit import pricing
from cantinekit.clock import local
from cantinekit.common.facts import Fact
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.gifts.commands import ClaimPass
from cantinekit.domain.gifts.ending import empty_note, is_over
from cantinekit.domain.gifts.events import GiftClaimed
from cantinekit.domain.gifts.records import Gift, GiftKey, GiftNote, GiftPart, hash_of
from cantinekit.domain.organisations.presence import organisation_of
from cantinekit.domain.passes.giving import hand_over
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.passes.sharing import shared_wallets
from cantinekit.domain.people.facts import facts_on
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given, GivenUnits
from cantinekit.domain.sales.events import MetersMoved
from cantinekit.domain.sales.known_facts import known_facts
from cantinekit.domain.sales.past import past_order, whole_sale
from cantinekit.domain.sales.question import held_on, read_tariff
from cantinekit.domain.sales.records import Meter, MeterMove, Sale, SaleFacts
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, UnsuitableError
from cantinekit.pricing.terms import last_day


def claimable(state: State, code: str) -> Gift | None:
    """The gift that a code claims; ``None``: none, whatever the reason is.

    Args:
        state: has the key of the code, and its gift where there is one.
        code: the code.
    """
    key = state.get(GiftKey, hash_of(code))
    gift = state.need(Gift, key.gift_id) if key is not None else None
    if gift is None or gift.state != "open" or gift.code_hash != hash_of(code):
        return None
    return gift


def read_claim(uow: Uow, gift: Gift, c: ClaimPass) -> Steps[date]:
    """Load what it takes to claim a gift. Returns the local day on which what it gives begins.

    Args:
        uow: has the holder and their wallet.
        gift: the gift.
        c: the command.
    """
    sale: list[Wish] = [(Sale, gift.sale_id), (SaleFacts, gift.sale_id), (TariffText, gift.tariff_version)]
    yield from uow.fetch([*sale, (Place, gift.place_id), (GiftNote, gift.id)])
    first = c.first_day or local(uow.now, uow.state.need(Place, gift.place_id).zone).date()
    tariff = read_tariff(uow.state.need(TariffText, gift.tariff_version).text)
    learnt = holding_wishes(tariff.asked_trainings, c.holder_id)
    yield from uow.fetch([*shared_wallets(uow.state, c.holder_id), *learnt])
    asked = _asked(uow.state, gift, c.holder_id, first)  # what is counted may depend on what is held
    yield from uow.fetch((Meter, id) for id in (tariff.meters(asked[1]) if asked is not None else ()))
    return first


def claim(draft: Draft, gift: Gift | None, c: ClaimPass, first: date) -> str:
    """Make a gift a pass of who claims it. Returns the id of the pass.

    Args:
        draft: what is decided so far, with what ``read_claim`` loads.
        gift: the gift that the code claims; ``None``: none.
        c: the command.
        first: the local day on which what it gives begins.

    Raises:
        UnsuitableError, InputError: as the command says.
    """
    place = draft.state.need(Place, gift.place_id) if gift is not None else None
    if gift is None or place is None or is_over(gift, place, draft.now):
        raise UnsuitableError("no gift can be claimed by this code")
    today = local(draft.now, place.zone).date()
    if c.first_day is not None and c.first_day < today:
        raise InputError(f"first_day is {c.first_day}, before today, {today}")
    sale = draft.state.need(Sale, gift.sale_id)
    tariff = read_tariff(draft.state.need(TariffText, gift.tariff_version).text)
    counted = _check_list(draft.state, gift, sale, tariff, c.holder_id, first)
    if counted:
        draft.add(MetersMoved(counted))
    made: list[Pass] = []
    for one in gift.parts:
        made.append(
            hand_over(
                draft,
                _given(one, tariff, first),
                sale,
                tariff,
                place,
                c.holder_id,
                () if made else gift.places,
                charge_id=gift.charge_id,
                sold_at=gift.sold_at,
                meters=() if made else (*gift.meters, *counted),
                with_order=refer(made[0]) if made else None,
            )
        )
    draft.add(GiftClaimed(gift.id, tuple(one.id for one in made), draft.now))
    empty_note(draft, gift)
    draft.tell("gift claimed", gift.buyer_id, refer(gift))
    return made[0].id


def _given(part: GiftPart, tariff: pricing.Tariff, first: date) -> Given:
    """What a part of a gift gives from a day on."""
    valid = tariff.products[part.tariff_product].valid
    units = tuple(
        GivenUnits(one.account, one.units, one.unit, one.smallest, one.value, one.money) for one in part.units
    )
    return Given(
        part.item,
        part.tariff_product,
        part.product_id,
        part.sells,
        part.count,
        first,
        last_day(valid, first) if valid is not None else None,
        units,
        part.unlimited,
        part.paid,
    )


def _asked(state: State, gift: Gift, holder_id: str, first: date) -> tuple[pricing.Order, pricing.Order] | None:
    """What the price list was asked when a gift was sold, and what it is asked of who claims it: on the same day, since
    what another day costs is no reason. ``None``: the facts of an organisation are forgotten from which it was priced.
    """
    sale, private = state.need(Sale, gift.sale_id), state.get(SaleFacts, gift.sale_id)
    if sale.private_facts and private is None:
        return None
    tariff = read_tariff(state.need(TariffText, gift.tariff_version).text)
    order, told = past_order(whole_sale(sale, private)), _facts_of(state, tariff, holder_id, first)
    items = tuple(attrs.evolve(one, facts={**one.facts, **told}) for one in order.items)
    held = held_on(state, holder_id, tariff, first)
    return order, attrs.evolve(order, items=items, customer=holder_id, holds=held)


def _check_list(
    state: State, gift: Gift, sale: Sale, tariff: pricing.Tariff, holder_id: str, first: date
) -> tuple[MeterMove, ...]:
    """Refuse a holder to whom the price list would not sell the gift, or for more.

    What counts for everybody counts as it did when it was sold; what counts for one person as it does by now.

    Returns:
        how far the meters of the holder move.

    Raises:
        UnsuitableError: that.
    """
    asked = _asked(state, gift, holder_id, first)
    if asked is None:
        return ()
    sold = {one.meter_id: one.used for one in sale.meters}
    own = {id: one.used if (one := state.get(Meter, id)) else 0 for id in tariff.meters(asked[1]) if id not in sold}
    before = tariff.quote(asked[0], pricing.State(meters=sold))
    after = tariff.quote(asked[1], pricing.State(meters={**sold, **own}))
    if not after.ok:
        raise UnsuitableError(f"the price list would not sell {gift.product_id} to {holder_id}")
    if before.ok and after.total > before.total:
        raise UnsuitableError(f"{gift.product_id} costs {holder_id} {after.total}, and {before.total} was paid")
    return tuple(MeterMove(id, delta) for id, delta in after.meters if delta and id in own)


def _facts_of(state: State, tariff: pricing.Tariff, holder_id: str, day: date) -> dict[str, Fact]:
    """What a price list is told of a person or an organisation."""
    organisation = organisation_of(state, holder_id)
    known = facts_on(organisation if organisation is not None else state.get(Person, holder_id), day)
    return dict(known_facts((), known, (), tariff.facts, currency=tariff.currency)[0])
