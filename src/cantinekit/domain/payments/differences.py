"""What is owed for a thing changes after it was sold: more is charged, or a part is taken off its charges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import check_payer, organisation_of
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    lines_for,
    lower_charge,
    post_change,
    return_deposit_of,
    take,
)
from cantinekit.domain.payments.events import ChargeRaised, InstalmentsMoved
from cantinekit.domain.payments.records import Attempt, Charge, ChargeLine, ChargeShare, DueKind, Instalment
from cantinekit.domain.payments.sponsoring import take_sponsors
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.state import State, refer
from cantinekit.errors import WrongStateError
from cantinekit.money import Money

Shares = tuple[ChargeShare, ...]
"""What of its charges is for a thing, the oldest first."""


def check_unpaid(draft: Draft, charge_id: str | None) -> None:
    """Refuse to change what is owed while it is being paid.

    Raises:
        WrongStateError: a gateway is asked for the money, and has not answered yet.
    """
    charge = draft.state.get(Charge, charge_id) if charge_id is not None else None
    for id in charge.attempt_ids if charge is not None and charge.state == "due" else ():
        attempt = draft.state.need(Attempt, id)
        if attempt.state in ("started", "pending") and draft.now < attempt.started_at + PAYMENT_HOLD:
            raise WrongStateError(f"charge {charge_id}", state=f"being paid ({id})", wanted=["due"])


def first_charge(state: State, charge_ids: Iterable[str]) -> Charge | None:
    """The first of these charges; ``None`` where nothing was owed."""
    return next((state.need(Charge, id) for id in charge_ids), None)


def payer_of(state: State, first: Charge | None) -> str | None:
    """Who owes what comes after a sale; ``None``: whom it is for.

    Args:
        state: has who owes the charge, where that is not whom it is for: ``charge_parts`` loads them.
        first: the charge of the sale. Who was forgotten meanwhile owes nothing new.
    """
    if first is None or not (first.organisation or first.for_another):
        return first.payer_id if first is not None else None
    id = first.payer_id or "none"
    payer = state.need(Organisation, id) if first.organisation else state.need(Person, id)
    return payer.id if payer.state == "present" else None


def charge_more(
    draft: Draft,
    lines: Sequence[ChargeLine],
    tariff_version: str,
    subject: Subject,
    place: Place,
    person_id: str | None,
    c: SellingCommand[object] | None = None,
    *,
    account: str | None = None,
    return_url: str | None = None,
    first: Charge | None = None,
    payer_id: str | None = None,
    later: Sequence[Instalment] = (),
    fee: Money | None = None,
    on_account: bool | None = None,
    due_on: date | None = None,
    day: date | None = None,
) -> ChargeShare:
    """Raise a charge for a difference or a fee, and take it where an account is named.

    It stands: what it is for is had whether it is paid or not.

    Args:
        draft: what is decided so far.
        lines: what it is for; they sum to the difference, which is more than nothing.
        tariff_version: the version of the price list that made it.
        subject: what the charge is for.
        place: the place, whose operator is owed.
        person_id: the person whom it is for, who owes it unless somebody else pays; ``None``: a walk-in.
        c: how it is paid; ``None``: as the next two say.
        account: the gateway account through which it is paid now; ``None``: later.
        return_url: where the gateway sends the payer back to.
        first: the charge of the sale: its payer owes this too, unless the command names another; ``None``: none.
        payer_id: who paid for it in another system; ``None``: nobody did.
        later: the parts that are due later, the oldest first.
        fee: what of it is the fee of a move; ``None``: nothing.
        on_account: whether it is paid later, where there is no command to say so; ``None``: unless it is taken now, as
            the charge of the sale, so that it is on the next bill.
        due_on: the local day on which it is due then; ``None``: the price list does not say.
        day: the local day on which it counts for sponsors; ``None``: today.
    """
    if c is not None and c.payer_id is not None:
        check_payer(draft.state, c.payer_id, person_id, c.ordered_by_id, local(draft.now, place.zone).date())
    named = c.payer_id if c is not None else None
    payer_id = named or payer_of(draft.state, first) or payer_id or person_id
    organisation = organisation_of(draft.state, payer_id) is not None
    amount = Money.sum((line.amount for line in lines), place.currency)
    nothing, held = Money.zero(amount.currency), sum(line.amount.amount for line in lines if line.kind == "held")
    if on_account is None:
        on_account = account is None and first is not None and first.on_account
    charge = Charge(
        id=draft.ids("chg"),
        entity_id=place.entity_id,
        place_id=place.id,
        subject=subject,
        amount=amount,
        lines=lines_for(lines, person_id, payer_id),
        raised_at=draft.now,
        tariff_version=tariff_version,
        paid=nothing,
        refunded=nothing,
        billed=amount,
        payer_id=payer_id,
        deposit=held,
        instalments=tuple(later),
        on_account=c.on_account if c is not None else on_account,
        due_on=due_on,
        stands=True,
        organisation=organisation,
        ordered_by_id=c.ordered_by_id if c is not None and organisation else None,
    )
    draft.add(ChargeRaised(charge))
    post_change(draft, "raised", evolve(charge, billed=nothing, deposit=0))
    tell_later(draft, charge, place)
    take_sponsors(draft, charge.id, person_id, place, day=day, of_difference=True)
    rest = charge.at_once - draft.state.need(Charge, charge.id).kept
    if c is not None:
        account, return_url = c.account, c.return_url
    if account is not None and rest.amount > 0:
        take(draft, charge.id, account, return_url, amount=rest)
    of_move = fee.amount if fee is not None else 0
    return ChargeShare(charge.id, amount - Money(held + of_move, amount.currency), held, of_move)


def tell_later(draft: Draft, charge: Charge, place: Place) -> None:
    """See to it that whoever owes a charge is told when a part of it falls due."""
    for day in sorted({part.day for part in charge.instalments if part.day is not None}):
        draft.later("expire", refer(charge), day_bounds(day, place.zone).start)


def move_instalments(
    draft: Draft, charge_ids: Iterable[str], later: Sequence[Instalment], place: Place
) -> tuple[Instalment, ...]:
    """Let the parts of charges that are still open be due when the price list says; what it wants by now is due today.

    The parts that are due last are those of the first of the charges.

    Args:
        draft: what is decided so far.
        charge_ids: the charges for the thing alone, the oldest first.
        later: what is due later by the price list.
        place: the place, on whose calendar today is.

    Returns:
        what of it is no part of these charges.
    """
    rest, today = in_order_of_days(later), local(draft.now, place.zone).date()
    for id in charge_ids:
        charge = draft.state.need(Charge, id)
        if charge.state != "due" or not charge.instalments:
            continue
        held = charge.unpaid_deposit
        owed: dict[DueKind, Money] = {"revenue": charge.outstanding - held, "held": held}
        unpaid = {kind: min(sum_of(charge.instalments, kind, left), left) for kind, left in owed.items()}
        mine, rest = last_parts(rest, unpaid)
        now = {kind: part - sum_of(mine, kind, part) for kind, part in unpaid.items()}
        moved = in_order_of_days([*(Instalment(today, part, kind) for kind, part in now.items() if part), *mine])
        if moved != charge.instalments:
            draft.add(InstalmentsMoved(id, moved))
            tell_later(draft, draft.state.need(Charge, id), place)
    return rest


def sum_of(parts: Iterable[Instalment], kind: DueKind, like: Money) -> Money:
    """What parts of a kind come to, in the currency of an amount."""
    return Money.sum((part.amount for part in parts if part.kind == kind), like.currency)


def in_order_of_days(parts: Iterable[Instalment]) -> tuple[Instalment, ...]:
    """Parts that are due later, the oldest first, those without a day last; of a day the price first."""
    return tuple(sorted(parts, key=lambda part: (part.day is None, part.day or date.max, part.kind == "held")))


def last_parts(
    later: Sequence[Instalment], most: Mapping[DueKind, Money]
) -> tuple[tuple[Instalment, ...], tuple[Instalment, ...]]:
    """The parts that are due last, up to an amount of each kind, and the others; the oldest first.

    Args:
        later: the parts, the oldest first.
        most: the amounts by their kinds.
    """
    left, found, rest = dict(most), list[Instalment](), list[Instalment]()
    for part in reversed(later):
        mine = min(left[part.kind], part.amount)
        left[part.kind] -= mine
        found += [evolve(part, amount=mine)] if mine else []
        rest += [evolve(part, amount=part.amount - mine)] if part.amount > mine else []
    return tuple(reversed(found)), tuple(reversed(rest))


def return_deposits(
    draft: Draft, deposits: Sequence[tuple[str, int]], amount: int, shares: Shares, reason: str
) -> Shares:
    """Return a part of what is held for a thing, of its latest charges first.

    Args:
        draft: what is decided so far.
        deposits: its charges, the oldest first, each with what of its deposit is for the thing and still stands.
        amount: how much, in minor units.
        shares: what of its charges is for the thing.
        reason: why; the refunds say it.

    Returns:
        what of its charges is for it then.
    """
    back = dict[str, int]()
    for charge_id, held in reversed(deposits):
        if part := min(amount, held):
            amount -= part
            back[charge_id] = part
            return_deposit_of(draft, charge_id, part, reason)
    return tuple(evolve(one, deposit=max(0, one.deposit - back.get(one.charge_id, 0))) for one in shares)


def as_it_stands(draft: Draft, told: Afterwards, of: Subject, charge_ids: Iterable[str]) -> Afterwards:
    """What calling something off comes to once it is settled: what stays of it, and what of that is not paid yet.

    Less stays than the price list keeps where some of the price was given back before. What several things have in
    common a charge, or a price, stays as it is told.

    Args:
        draft: what is decided so far.
        told: what it comes to by the price list.
        of: the thing.
        charge_ids: all of its charges.
    """
    charges = [draft.state.need(Charge, id) for id in charge_ids]
    if told.together or any(one.subject != of for one in charges):
        return told
    currency = told.fee.currency
    open_ = [one.outstanding - one.unpaid_deposit for one in charges if one.state == "due"]
    fee = min(told.fee, max(Money.zero(currency), Money.sum((one.earned for one in charges), currency)))
    return evolve(told, fee=fee, due=Money.sum(open_, currency))


def share_of(charge: Charge) -> ChargeShare:
    """All of a charge, but for its deposit."""
    held = sum(line.amount.amount for line in charge.lines if line.kind == "held")
    return ChargeShare(charge.id, charge.amount - Money(held, charge.amount.currency))


def take_off(
    draft: Draft,
    things: Sequence[tuple[Shares, Money]],
    reason: str,
    products: Sequence[Collection[str] | None] = (),
) -> list[Shares]:
    """Take amounts off what charges come to, the latest first: what is owed is owed no more, what is paid goes back.

    Of each payment of a charge at most one refund is asked for, however many things share the charge.

    Args:
        draft: what is decided so far.
        things: for each thing what of its charges is for it, and how much is to be taken off. Where less was paid or is
            owed, it is less.
        reason: why; the refunds say it.
        products: for each thing the products that it is, whose lines lose it; ``None`` for one: all but the passes that
            were had along with it. Nothing: so for all of them.

    Returns:
        for each thing what of its charges is for it then.
    """
    cuts, left = dict[str, list[tuple[Collection[str] | None, int]]](), list[Shares]()
    for (shares, amount), mine_of in zip(things, products or [None] * len(things), strict=True):
        rest, mine = amount.amount, list[ChargeShare]()
        for share in reversed(shares):
            cut = max(0, min(rest, share.amount.amount))
            rest -= cut
            cuts.setdefault(share.charge_id, []).append((mine_of, cut))
            mine.append(evolve(share, amount=Money(share.amount.amount - cut, amount.currency)))
        left.append(tuple(reversed(mine)))
    for charge_id, of in cuts.items():
        if cut := sum(part for _, part in of):
            currency = draft.state.need(Charge, charge_id).amount.currency
            lower_charge(draft, charge_id, Money(cut, currency), reason, of)
    return left


def take_all_off(draft: Draft, shares: Shares, reason: str) -> None:
    """Take all of these shares off what their charges come to, the fees of moves too."""
    if shares:
        shares = tuple(evolve(one, amount=one.amount + Money(one.fee, one.amount.currency), fee=0) for one in shares)
        whole = Money.sum((share.amount for share in shares), shares[0].amount.currency)
        take_off(draft, [(shares, whole)], reason)


def difference(
    new: Sequence[ChargeLine], product_id: str, old: Money, fee: Money, debt: Money | None = None
) -> tuple[ChargeLine, ...]:
    """The lines of a charge for a difference: the new price, less the old one, and the fee.

    Args:
        new: the lines of the new price; deposits among them are no part of it.
        product_id: the product that the difference is about.
        old: the old price.
        fee: the fee of the change.
        debt: what was owed before beside the price; ``None``: nothing.
    """
    lines = [line for line in new if line.kind != "held"]
    if old:
        lines.append(said_line("paid before", product_id, -old))
    if debt:
        lines.append(said_line("paid before", product_id, -debt, kind="debt"))
    if fee:
        tax_class = next((line.tax_class for line in new if line.product_id == product_id), "")
        lines.append(said_line("moved", product_id, fee, tax_class, "penalty"))
    return tuple(lines)
