"""What sponsors pay of a charge: it is paid by an attempt each, and owed by a charge of the sponsor each.

The charge of whoever buys stays whole: it is the revenue, and documents state all of it. What a sponsor pays of it goes
over the ledger account ``sponsored`` to the claim, which is no revenue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import SponsoredPart
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.records import SponsorLine, Wallet
from cantinekit.domain.passes.sharing import belongs_on
from cantinekit.domain.payments.charging import money_in, post_raised
from cantinekit.domain.payments.due import due_on
from cantinekit.domain.payments.events import AttemptStarted, ChargeRaised
from cantinekit.domain.payments.records import SPONSOR, Attempt, Charge, ChargeLine, LineWord, SponsorShare
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sponsorships.events import ShareSponsored
from cantinekit.domain.sponsorships.records import SponsoredMonth, Sponsorship, month_id
from cantinekit.domain.state import State, Wish, refer
from cantinekit.money import Money, allocate

_FEES: tuple[LineWord, ...] = ("moved", "cancelled", "not come")
"""The words of lines that are fees, which are of whoever made them necessary."""


class SponsorsUnreadError(LookupError):
    """Somebody is sponsored, and what says how was not loaded: it is, and the handler is run again.

    Args:
        wishes: what has to be loaded.
    """

    def __init__(self, wishes: Sequence[Wish]) -> None:
        super().__init__("the sponsorships of a person were not loaded")
        self.wishes = tuple(wishes)


def take_sponsors(
    draft: Draft,
    charge_id: str,
    person_id: str | None,
    place: Place,
    *,
    day: date | None = None,
    of_visit: bool = False,
    of_difference: bool = False,
) -> None:
    """Have sponsors pay their shares of a charge that was just raised, in the order in which they were agreed.

    They pay of the price: no deposit, debt or fee. Whoever was forgotten pays nothing more, and nobody sponsors what
    they owe already.

    Args:
        draft: what is decided so far.
        charge_id: the charge, of which nothing is paid.
        person_id: whom it is for; ``None``: nobody known, whom nobody sponsors.
        place: the place where it is sold.
        day: the local day on which it counts; ``None``: that on which it is raised, or would have been.
        of_visit: whether it is for a visit, all charges of which are loaded: they share the limit of each thing.
        of_difference: whether it is what something costs more since it was sold. A sponsor with a limit of each thing
            has paid of it, and pays nothing more.

    Raises:
        SponsorsUnreadError: somebody sponsors the person, and that was not loaded.
    """
    if person_id is None:
        return
    charge = draft.state.need(Charge, charge_id)
    mine = _priced_lines(charge)
    day = day or local(charge.counts_from, place.zone).date()
    lines = _lines_on(draft.state, person_id, day) if mine else []
    if not lines:
        return
    _check_read(draft.state, charge, lines, person_id, day)
    for line in lines:
        found = draft.state.need(Sponsorship, line.sponsorship_id)
        payer: Organisation | Person | None
        if line.organisation:
            payer = draft.state.get(Organisation, line.sponsor_id)
        else:
            payer = draft.state.get(Person, line.sponsor_id)
        here = found.pays_at(charge.entity_id, place.id, charge.amount.currency)
        here = here and not (of_difference and found.at_most is not None)
        if here and line.sponsor_id != charge.payer_id and payer is not None and payer.state == "present":
            numbers = tuple(number for number in mine if found.pays_of(charge.lines[number].product_id))
            _take(draft, charge_id, found, person_id, place, day, numbers, of_visit=of_visit)


def _priced_lines(charge: Charge) -> list[int]:
    """The numbers of the lines of a charge that are a price."""
    lines = enumerate(charge.lines)
    return [number for number, line in lines if line.kind == "revenue" and line.said not in _FEES]


def _lines_on(state: State, person_id: str, day: date) -> list[SponsorLine]:
    """The sponsorships that count for somebody on a local day: their own, and those of what they belong to.

    Raises:
        SponsorsUnreadError: their wallet, or that of an organisation, was not loaded.
    """
    missing = [id for id in [person_id] if not state.knows(Wallet, id)]
    if missing:
        raise SponsorsUnreadError([(Wallet, id) for id in missing])
    ids = [person_id, *belongs_on(state, person_id, day)]
    if missing := [id for id in ids if not state.knows(Wallet, id)]:
        raise SponsorsUnreadError([(Wallet, id) for id in missing])
    wallets = [wallet for id in dict.fromkeys(ids) if (wallet := state.get(Wallet, id)) is not None]
    return [line for wallet in wallets for line in wallet.sponsors if line.counts_on(day)]


def _check_read(state: State, charge: Charge, lines: Sequence[SponsorLine], person_id: str, day: date) -> None:
    wishes: list[Wish] = [(LegalEntity, charge.entity_id), (TariffText, charge.tariff_version)]
    for line in lines:
        wishes += [(Sponsorship, line.sponsorship_id), (SponsoredMonth, month_id(line.sponsorship_id, person_id, day))]
        wishes.append((Organisation if line.organisation else Person, line.sponsor_id))
    if any(id is not None and not state.knows(cls, id) for cls, id in wishes):
        raise SponsorsUnreadError(wishes)


def _take(
    draft: Draft,
    charge_id: str,
    sponsorship: Sponsorship,
    person_id: str,
    place: Place,
    day: date,
    numbers: tuple[int, ...],
    *,
    of_visit: bool,
) -> None:
    """Have one sponsor pay their share of a charge: by an attempt that is settled, and a charge of their own."""
    charge = draft.state.need(Charge, charge_id)
    key = month_id(sponsorship.id, person_id, day)
    month = draft.state.get(SponsoredMonth, key) if sponsorship.at_most_a_month is not None else None
    before = _paid_of_visit(draft.state, charge, sponsorship.id) if of_visit else 0
    price = sum(charge.lines[number].amount.amount for number in numbers)
    part = sponsorship.part_of(price, before, month.amount.amount if month is not None else 0)
    part = min(part, charge.owed_of_price.amount)
    if part <= 0:
        return
    amount = Money(part, charge.amount.currency)
    attempt = Attempt(draft.ids("pay"), charge.id, charge.entity_id, SPONSOR, amount, draft.now)
    claim = _claim(draft, charge, sponsorship, person_id, place, amount, numbers)
    limited = sponsorship.at_most_a_month is not None
    share = SponsorShare(sponsorship.id, attempt.id, claim.id, part, numbers, key if limited else None)
    draft.add(ChargeRaised(claim))
    post_raised(draft, claim)
    draft.add(AttemptStarted(attempt), ShareSponsored(charge.id, share))
    money_in(draft, attempt, amount, "settled")
    if claim.due_on is not None:
        draft.later("expire", refer(claim), day_bounds(claim.due_on, place.zone).start)
    if draft.price is not None:
        told = SponsoredPart(sponsorship.id, sponsorship.sponsor_id, amount)
        draft.price = evolve(draft.price, sponsored=(*draft.price.sponsored, told))


def _claim(
    draft: Draft,
    charge: Charge,
    sponsorship: Sponsorship,
    person_id: str,
    place: Place,
    amount: Money,
    numbers: Sequence[int],
) -> Charge:
    """What a sponsor owes of a charge: on account, so that it is on their next bill. Its lines say for whom it is."""
    zero = Money.zero(amount.currency)
    known = draft.state.get(TariffText, charge.tariff_version) is not None
    return Charge(
        id=draft.ids("chg"),
        entity_id=charge.entity_id,
        place_id=charge.place_id,
        subject=refer(charge),
        amount=amount,
        lines=_claim_lines([charge.lines[number] for number in numbers], amount, person_id),
        raised_at=charge.raised_at,
        tariff_version=charge.tariff_version,
        paid=zero,
        refunded=zero,
        billed=amount,
        payer_id=sponsorship.sponsor_id,
        on_account=True,
        due_on=due_on(draft, charge.tariff_version, place) if known else None,
        stands=True,
        organisation=sponsorship.organisation,
        began_at=charge.began_at,
        claim=True,
    )


def _claim_lines(lines: Sequence[ChargeLine], amount: Money, person_id: str) -> tuple[ChargeLine, ...]:
    """The lines of a charge, each with its share of an amount. Where something is taken off, it is all of the first."""
    weights = [line.amount.amount for line in lines]
    parts = allocate(amount.amount, weights if min(weights) >= 0 else [1] + [0] * (len(lines) - 1))
    return tuple(
        ChargeLine(line.product_id, line.text, 1, Money(part, amount.currency), said=line.said, person_id=person_id)
        for line, part in zip(lines, parts, strict=True)
        if part
    )


def _paid_of_visit(state: State, charge: Charge, sponsorship_id: str) -> int:
    """What a sponsorship paid of the other charges of the same visit, without what went back."""
    others = [one for one in state.records.values() if isinstance(one, Charge) and one.subject == charge.subject]
    shares = [share for one in others for share in one.sponsors if share.sponsorship_id == sponsorship_id]
    known = [share for share in shares if state.knows(Attempt, share.attempt_id)]
    rest = sum(share.amount for share in shares if share not in known)
    return rest + sum(state.need(Attempt, share.attempt_id).left.amount for share in known)
