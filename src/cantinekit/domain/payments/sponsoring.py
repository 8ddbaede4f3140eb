"""What sponsors pay of a charge: it is paid by an attempt each, and owed by a charge of the sponsor each.

The charge of whoever buys stays whole: it is the revenue, and documents state all of it. What a sponsor pays of it goes
over the ledger account ``sponsored`` to the claim, which is no revenue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import PriceQuote, SponsoredPart
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
from cantinekit.domain.sales.prices import Answer, charge_lines
from cantinekit.domain.sales.question import Question
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
    day = day or local(charge.counts_from, place.zone).date()
    owing = _Owing(charge.lines, charge.owed_of_price, charge.payer_id, charge.tariff_version)

    def before(sponsorship_id: str) -> int:
        return _paid_of_visit(draft.state, charge, sponsorship_id) if of_visit else 0

    for part in _parts(draft.state, owing, person_id, place, day, before, of_difference=of_difference):
        _take(draft, charge_id, part, person_id, place, day)


def sponsor_wishes(state: State, person_id: str | None, day: date) -> list[Wish]:
    """What has to be loaded to know who sponsors somebody on a local day; some of it may be, and more may follow from
    it.

    Args:
        state: the records, with the wallet of the person or without.
        person_id: the person; ``None``: nobody known, whom nobody sponsors.
        day: the local day of the place.
    """
    try:
        lines = _lines_on(state, person_id, day) if person_id is not None else []
    except SponsorsUnreadError as unread:
        return list(unread.wishes)
    return [wish for line in lines for wish in _of_line(line, person_id or "", day)]


def sponsored_quote(state: State, answer: Answer, question: Question, now: datetime) -> PriceQuote:
    """What a price list answers, with what sponsors would pay of it.

    Args:
        state: the records, with those of ``sponsor_wishes``.
        answer: the answer.
        question: what was asked.
        now: the instant at which it would be charged.
    """
    person_id, place = question.customer_id, state.need(Place, question.place_id)
    if person_id is None:
        return answer.quote
    names = {thing.item.tariff_product: thing.product.id for thing in answer.asked.things}
    lines = charge_lines(answer.tariff, answer.price, names)
    owing = _Owing(lines, answer.price.total + answer.price.debt, question.payer_id or person_id)
    day = local(now, place.zone).date()
    parts = _parts(state, owing, person_id, place, day, lambda _: 0)
    told = [SponsoredPart(one.of.id, one.of.sponsor_id, Money(one.amount, owing.owed.currency)) for one in parts]
    return evolve(answer.quote, sponsored=tuple(told))


class _Owing(NamedTuple):
    """What is owed of something of which nothing is paid yet.

    Attributes:
        lines: its lines.
        owed: what is owed, without deposits.
        payer_id: who owes it.
        tariff_version: the version of the price list that has to be loaded too; ``None``: none.
    """

    lines: tuple[ChargeLine, ...]
    owed: Money
    payer_id: str | None
    tariff_version: str | None = None


class _Part(NamedTuple):
    """What one sponsorship pays.

    Attributes:
        of: the sponsorship.
        lines: the numbers of the lines of which it pays.
        amount: how much, in minor units, more than nothing.
    """

    of: Sponsorship
    lines: tuple[int, ...]
    amount: int


def _parts(
    state: State,
    owing: _Owing,
    person_id: str,
    place: Place,
    day: date,
    before: Callable[[str], int],
    *,
    of_difference: bool = False,
) -> list[_Part]:
    """What each sponsor pays, in the order in which they were agreed.

    Raises:
        SponsorsUnreadError: somebody sponsors the person, and that was not loaded.
    """
    mine = [number for number, line in enumerate(owing.lines) if line.kind == "revenue" and line.said not in _FEES]
    lines = _lines_on(state, person_id, day) if mine else []
    if not lines:
        return []
    _check_read(state, owing, place, lines, person_id, day)
    found, rest = list[_Part](), owing.owed.amount
    for line in lines:
        one = state.need(Sponsorship, line.sponsorship_id)
        payer: Organisation | Person | None
        payer = state.get(Organisation, line.sponsor_id) if line.organisation else state.get(Person, line.sponsor_id)
        here = one.pays_at(place.entity_id, place.id, owing.owed.currency)
        here = here and not (of_difference and one.at_most is not None)
        if not here or line.sponsor_id == owing.payer_id or payer is None or payer.state != "present":
            continue
        numbers = tuple(number for number in mine if one.pays_of(owing.lines[number].product_id))
        key = month_id(one.id, person_id, day)
        month = state.get(SponsoredMonth, key) if one.at_most_a_month is not None else None
        price = sum(owing.lines[number].amount.amount for number in numbers)
        part = min(rest, one.part_of(price, before(one.id), month.amount.amount if month is not None else 0))
        if part > 0:
            found.append(_Part(one, numbers, part))
            rest -= part
    return found


def _lines_on(state: State, person_id: str, day: date) -> list[SponsorLine]:
    """The sponsorships that count for somebody on a local day: their own, and those of what they belong to.

    Raises:
        SponsorsUnreadError: their wallet, or that of an organisation, was not loaded.
    """
    if not state.knows(Wallet, person_id):
        raise SponsorsUnreadError([(Wallet, person_id)])
    ids = [person_id, *belongs_on(state, person_id, day)]
    if missing := [id for id in ids if not state.knows(Wallet, id)]:
        raise SponsorsUnreadError([(Wallet, id) for id in missing])
    wallets = [wallet for id in dict.fromkeys(ids) if (wallet := state.get(Wallet, id)) is not None]
    return [line for wallet in wallets for line in wallet.sponsors if line.counts_on(day)]


def _of_line(line: SponsorLine, person_id: str, day: date) -> list[Wish]:
    payer = (Organisation if line.organisation else Person, line.sponsor_id)
    month = (SponsoredMonth, month_id(line.sponsorship_id, person_id, day))
    return [(Sponsorship, line.sponsorship_id), month, payer]


def _check_read(
    state: State, owing: _Owing, place: Place, lines: Sequence[SponsorLine], person_id: str, day: date
) -> None:
    wishes: list[Wish] = [wish for line in lines for wish in _of_line(line, person_id, day)]
    if owing.tariff_version is not None:
        wishes += [(LegalEntity, place.entity_id), (TariffText, owing.tariff_version)]
    if any(id is not None and not state.knows(cls, id) for cls, id in wishes):
        raise SponsorsUnreadError(wishes)


def _take(draft: Draft, charge_id: str, part: _Part, person_id: str, place: Place, day: date) -> None:
    """Have one sponsor pay their share of a charge: by an attempt that is settled, and a charge of their own."""
    charge, sponsorship, numbers = draft.state.need(Charge, charge_id), part.of, part.lines
    amount = Money(part.amount, charge.amount.currency)
    attempt = Attempt(draft.ids("pay"), charge.id, charge.entity_id, SPONSOR, amount, draft.now)
    claim = _claim(draft, charge, sponsorship, person_id, place, amount, numbers)
    month = month_id(sponsorship.id, person_id, day) if sponsorship.at_most_a_month is not None else None
    share = SponsorShare(sponsorship.id, attempt.id, claim.id, part.amount, numbers, month)
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
