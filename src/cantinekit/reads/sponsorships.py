"""Reading sponsorships: who pays a share of what, what sponsors pay of a charge, and what they will pay of a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

import attrs

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.domain.decision import SponsoredPart
from cantinekit.domain.passes.timeline import HeldChange, HeldPeriod, Timeline
from cantinekit.domain.sponsorships.records import SponsoredMonth, month_id
from cantinekit.money import Money, allocate
from cantinekit.plugins.ports import Key
from cantinekit.reads.records import RecordReads


class SponsorReads(RecordReads):
    """Answers questions about sponsorships."""

    @checked
    def sponsorships(self, person_id: str, day: date | None = None) -> tuple[m.Sponsorship, ...]:
        """The sponsorships by which a person or an organisation pays or is paid for, in the order in which they were
        agreed; those of an organisation count for those who belong to it.

        Args:
            person_id: the person or the organisation.
            day: only those that count on this local day; ``None``: all, past and future ones too.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._party(person_id)
        both = (one for field in ("sponsor", "beneficiary") for one in self._of(m.Sponsorship, field, person_id))
        found = [one for one in both if day is None or one.counts_on(day)]
        return self._in_order(found, lambda one: one.made_at)

    @checked
    def sponsored(self, charge_id: str) -> tuple[SponsoredPart, ...]:
        """What sponsors pay of a charge, without what went back, in the order in which their sponsorships were agreed.

        Args:
            charge_id: the charge.

        Raises:
            NotFoundError: there is no such charge.
        """
        charge = self.need(m.Charge, charge_id)
        return tuple(part for part, _ in self._shares([charge])[charge.id])

    def _shares(self, charges: Sequence[m.Charge]) -> dict[str, list[tuple[SponsoredPart, m.SponsorShare]]]:
        """What each sponsor pays of charges now, by charge."""
        both = [(charge, share) for charge in charges for share in charge.sponsors]
        attempts = self.many(m.Attempt, [share.attempt_id for _, share in both])
        claims = self.many(m.Charge, [share.claim_id for _, share in both])
        found: dict[str, list[tuple[SponsoredPart, m.SponsorShare]]] = {charge.id: [] for charge in charges}
        for (charge, share), attempt, claim in zip(both, attempts, claims, strict=True):
            if attempt is not None and claim is not None and claim.payer_id is not None and attempt.left:
                part = SponsoredPart(share.sponsorship_id, claim.payer_id, attempt.left)
                found[charge.id].append((part, share))
        return found

    def _with_sponsors(self, sold: m.Pass, told: Timeline, place: m.Place) -> Timeline:
        """A timeline with what sponsors pay: as it was charged, and of what is to come as it stands now, if nothing
        else counts for their limits.
        """
        ids = {(one.first_day, False): one.charge_id for one in sold.periods}
        ids |= {(one.day, True): one.charge_id for one in sold.changes}
        if sold.first_day is not None:
            ids[sold.first_day, False] = sold.charge_id
        wanted = {
            **{(one.first_day, False): one.price for one in told.periods},
            **{(one.day, True): one.due for one in told.changes},
        }
        charges = {
            one.id: one for one in self.many(m.Charge, [ids[key] or "" for key in wanted if ids.get(key)]) if one
        }
        shares, ahead = self._shares(list(charges.values())), _Ahead(self, sold, place)
        found: dict[tuple[date, bool], tuple[SponsoredPart, ...]] = {}
        for key, price in sorted(wanted.items(), key=lambda one: one[0]):
            charge = charges.get(ids.get(key) or "")
            if charge is not None:
                found[key] = _of_pass(charge, shares[charge.id], sold)
            elif key not in ids and price is not None:
                found[key] = ahead.of(key[0], price, of_difference=key[1])
        return attrs.evolve(
            told,
            periods=tuple(_told(one, found.get((one.first_day, False), ())) for one in told.periods),
            changes=tuple(_told(one, found.get((one.day, True), ())) for one in told.changes),
        )


T = TypeVar("T", HeldPeriod, HeldChange)


def _told(one: T, parts: tuple[SponsoredPart, ...]) -> T:
    return attrs.evolve(one, sponsored=parts) if parts else one


def _of_pass(
    charge: m.Charge, shares: Iterable[tuple[SponsoredPart, m.SponsorShare]], sold: m.Pass
) -> tuple[SponsoredPart, ...]:
    """What sponsors pay of the lines of a charge that are for a pass."""
    names, found = {sold.product_id, *(one.before.product_id for one in sold.changes)}, list[SponsoredPart]()
    for told, share in shares:
        weights = [max(0, charge.lines[number].amount.amount) for number in share.lines]
        cents = allocate(told.amount.amount, weights)
        of_pass = [charge.lines[number].product_id in names for number in share.lines]
        mine = sum(part for part, counts in zip(cents, of_pass, strict=True) if counts)
        found += [attrs.evolve(told, amount=Money(mine, told.amount.currency))] if mine else []
    return tuple(found)


class _Ahead:
    """What sponsors will pay of the periods of a pass that are to come, one after the other.

    Args:
        read: what reads the records.
        sold: the pass.
        place: its place.
    """

    def __init__(self, read: SponsorReads, sold: m.Pass, place: m.Place) -> None:
        self._read, self._sold, self._place = read, sold, place
        self._holder = sold.holder_id or ""
        wallet = read.get(m.Wallet, self._holder)
        belongs = wallet.belongs if wallet is not None else ()
        others = read.many(m.Wallet, [one.organisation_id for one in belongs])
        self._wallets: list[tuple[m.Belonging | None, m.Wallet | None]] = [
            (None, wallet),
            *zip(belongs, others, strict=True),
        ]
        lines = [line for _, one in self._wallets if one is not None for line in one.sponsors]
        ids = [line.sponsorship_id for line in lines]
        self._sponsorships = {one.id: one for one in read.many(m.Sponsorship, ids) if one is not None}
        self._here = _present(read, lines)
        self._more = Counter[str]()

    def of(self, day: date, price: Money, *, of_difference: bool) -> tuple[SponsoredPart, ...]:
        """What sponsors will pay of a price on a local day; ``of_difference``: it is what a period costs more."""
        rest, currency = max(0, price.amount), price.currency
        lines = dict.fromkeys(
            line.sponsorship_id
            for belonging, one in self._wallets
            if one is not None and (belonging is None or belonging.counts_on(day))
            for line in one.sponsors
            if line.counts_on(day)
        )
        payer_id, found = self._sold.payer_id or self._holder, list[SponsoredPart]()
        for id in lines:
            one = self._sponsorships[id]
            here = one.pays_at(self._place.entity_id, self._place.id, currency) and self._here[one.sponsor_id]
            here = here and not (of_difference and one.at_most is not None)
            if not here or one.sponsor_id == payer_id or not one.pays_of(self._product_on(day)):
                continue
            key = month_id(one.id, self._holder, day)
            part = min(rest, one.part_of(price.amount, 0, self._used(one, key)))
            self._more[key] += part
            rest -= part
            found += [SponsoredPart(one.id, one.sponsor_id, Money(part, currency))] if part else []
        return tuple(found)

    def _product_on(self, day: date) -> str:
        """The product that the pass is on a local day."""
        later = [one.plan.product_id for one in self._sold.planned if one.day <= day]
        return later[-1] if later else self._sold.product_id

    def _used(self, one: m.Sponsorship, key: str) -> int:
        """What counts for the limit of a month by then."""
        if one.at_most_a_month is None:
            return 0
        month = self._read.get(SponsoredMonth, key)
        return self._more[key] + (month.amount.amount if month is not None else 0)


def named_by_shares(charge: m.Charge) -> Iterator[Key]:
    """What says how much sponsors pay of a charge.

    Args:
        charge: the charge.
    """
    for share in charge.sponsors:
        yield Key(m.Attempt.kind, share.attempt_id)
        yield Key(m.Charge.kind, share.claim_id)


def named_by_line(line: m.SponsorLine) -> Key:
    """Who pays by a sponsorship.

    Args:
        line: the sponsorship, as a wallet has it.
    """
    return Key((m.Organisation if line.organisation else m.Person).kind, line.sponsor_id)


def _present(read: SponsorReads, lines: Iterable[m.SponsorLine]) -> Mapping[str, bool]:
    """Which sponsors are still there to pay."""
    sponsors = {line.sponsor_id: line.organisation for line in lines}
    organisations = read.many(m.Organisation, [id for id, organisation in sponsors.items() if organisation])
    people = read.many(m.Person, [id for id, organisation in sponsors.items() if not organisation])
    there = {one.id for one in (*organisations, *people) if one is not None and one.state == "present"}
    return {id: id in there for id in sponsors}
