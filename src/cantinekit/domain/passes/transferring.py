"""Making a pass somebody else's: who may have it, who pays it, and what the price list says to that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from cantinekit import pricing
from cantinekit.clock import local
from cantinekit.common.facts import Fact
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import organisation_of, present_holder
from cantinekit.domain.passes.commands import TransferPass
from cantinekit.domain.passes.events import PassTransferred
from cantinekit.domain.passes.life_cycle import has_ended
from cantinekit.domain.passes.plans import is_organisation, named_payer
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.passes.renewing import agreed_of
from cantinekit.domain.passes.sharing import shared_wallets
from cantinekit.domain.passes.timeline import Agreed
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.facts import facts_on
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.known_facts import known_facts
from cantinekit.domain.sales.question import held_on, read_tariff
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import State, Wish
from cantinekit.errors import UnsuitableError, WrongStateError


def transfer_wishes(state: State, sold: Pass, c: TransferPass) -> list[Wish]:
    """What a transfer looks at beside what is agreed: what the new holder shares, and what they have learnt, where the
    price list asks it.

    Args:
        state: has what ``read_agreed`` loads.
        sold: the pass.
        c: the command.
    """
    text = state.get(TariffText, sold.tariff_version) if sold.sale_id is not None else None
    if text is None:
        return []
    learnt = holding_wishes(read_tariff(text.text).asked_trainings, c.holder_id)
    return [*shared_wallets(state, c.holder_id), *learnt]


def check_transfer(draft: Draft, sold: Pass, c: TransferPass) -> None:
    """Refuse a transfer that cannot be.

    Args:
        draft: what is decided so far, with what ``read_agreed`` and ``transfer_wishes`` load, and the two holders.
        sold: the pass.
        c: the command.

    Raises:
        NotFoundError, WrongStateError, UnsuitableError: as the command says.
    """
    state = draft.state
    present_holder(state, c.holder_id)
    if c.payer_id is not None:
        present_holder(state, c.payer_id)
    if sold.state != "active":
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["active"])
    if sold.holder_id is None or sold.first_day is None:
        raise UnsuitableError(f"pass {sold.id} goes with a visit, or an earlier version of this library sold it")
    if sold.holder_id == c.holder_id:
        raise UnsuitableError(f"pass {sold.id} is held by {c.holder_id} already")
    present_holder(state, sold.holder_id)
    if has_ended(state, sold, draft.now):
        raise WrongStateError(f"pass {sold.id}", state="ended", wanted=["active"])
    if sold.sale_id is not None:
        _check_list(draft, sold, c)


def transfer_pass(draft: Draft, sold: Pass, c: TransferPass) -> None:
    """Make a pass somebody else's.

    Args:
        draft: what is decided so far.
        sold: the pass, with all that is due of it done.
        c: the command, which was checked.
    """
    payer_id, organisation = _payer(draft.state, sold, c)
    holds = organisation_of(draft.state, c.holder_id) is not None
    draft.add(PassTransferred(sold.id, c.holder_id, holds, c.reason, payer_id, organisation))


def _payer(state: State, sold: Pass, c: TransferPass) -> tuple[str | None, bool]:
    """Who pays what comes, and whether that is an organisation; ``None``: the new holder, who paid from the start too.

    Whoever else pays is named: the pass goes on when they are forgotten.
    """
    if c.payer_id is not None:
        return c.payer_id, organisation_of(state, c.payer_id) is not None
    named = named_payer(state, sold)
    payer, organisation = named or sold.holder_id, is_organisation(state, sold, named)
    first = state.get(Charge, sold.charge_id) if sold.charge_id is not None else None
    paid = first.payer_id if first is not None else sold.taken_over.payer_id if sold.taken_over is not None else None
    return (None, False) if payer == c.holder_id == (paid or c.holder_id) else (payer, organisation)


# --- what the price list says ----------------------------------------------------------------------------------------


def _check_list(draft: Draft, sold: Pass, c: TransferPass) -> None:
    """Refuse a holder to whom the price list would not sell the pass, or for more.

    Raises:
        UnsuitableError: that; or it is renewed by facts of who bought it, which go with them.
    """
    state = draft.state
    private = state.get(SaleFacts, sold.sale_id) if sold.sale_id is not None else None
    plans = [state.need(Sale, id) for id in (sold.sale_id, *(one.plan.sale_id for one in sold.planned)) if id]
    if sold.next_at is not None and any(one.private_facts for one in plans):
        raise UnsuitableError(
            f"pass {sold.id} is renewed by facts of who bought it: end it, and sell the new holder their own"
        )
    agreed = agreed_of(state, sold)
    day = local(draft.now, state.need(Place, sold.place_id).zone).date()
    begins = max(day, sold.first_day) if sold.first_day is not None else day
    before = _first_price(agreed, sold, _of_before(agreed, sold, state, day), dict(agreed.agreement.item.facts))
    if before is None:
        return
    names = {name for _, facts in private.facts for name, _ in facts} if private is not None else set()
    facts = {name: value for name, value in agreed.agreement.item.facts.items() if name not in names}
    told = _facts_of(state, agreed.tariff, c.holder_id, begins)
    facts |= {name: value for name, value in told.items() if name in names}
    now = held_on(state, c.holder_id, agreed.tariff, begins)
    after = _first_price(agreed, sold, iter((now, now | {sold.tariff_product})), facts)
    if after is None:
        raise UnsuitableError(f"the price list would not sell {sold.tariff_product} to {c.holder_id}")
    if after.total > before.total:
        raise UnsuitableError(
            f"{sold.tariff_product} costs {c.holder_id} {after.total}, and {sold.holder_id} {before.total}: end it, and"
            " sell the new holder their own"
        )


def _of_before(agreed: Agreed, sold: Pass, state: State, day: date) -> Iterator[frozenset[str]]:
    """What counts as held by the holder until now: what they hold, or held when they bought it."""
    mine = frozenset((sold.tariff_product,))
    for held in (held_on(state, sold.holder_id, agreed.tariff, day), frozenset(agreed.sale.holds)):
        yield held - mine
        yield held | mine


def _first_price(
    agreed: Agreed, sold: Pass, holds: Iterator[frozenset[str]], facts: dict[str, Fact]
) -> pricing.Quote | None:
    """The price of a pass by itself, by the version that sold it; ``None``: it has none, or not without more."""
    item = attrs.evolve(agreed.agreement.item, day=sold.first_day, period=None, also=(), facts=facts)
    for held in holds:
        order = attrs.evolve(agreed.agreement.order, items=(item,), holds=held & agreed.tariff.asked_holds)
        quote = agreed.tariff.quote(order)
        if quote.ok:
            return quote
    return None


def _facts_of(state: State, tariff: pricing.Tariff, holder_id: str, day: date) -> dict[str, Fact]:
    """What a price list is told of a person or an organisation."""
    organisation = organisation_of(state, holder_id)
    known = facts_on(organisation if organisation is not None else state.get(Person, holder_id), day)
    return dict(known_facts((), known, (), tariff.facts, currency=tariff.currency)[0])
