"""What holds of sponsorships in every house at every moment, over all its records."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cantinekit import records as m
from cantinekit.domain.payments.records import SPONSOR, SPONSORED
from cantinekit.plugins.ports import Key


def hold(records: Any) -> None:
    """All laws of sponsorships."""
    wallets(records)
    shares(records)
    limits(records)
    passed_on(records)


def wallets(records: Any) -> None:
    """What a wallet says in short of a sponsorship is what the sponsorship says."""
    known = {one.id: one for one in records.of(m.Sponsorship)}
    for wallet in records.of(m.Wallet):
        for short in wallet.sponsors:
            one = known[short.sponsorship_id]
            assert one.beneficiary_id == wallet.id, wallet
            assert (short.sponsor_id, short.organisation) == (one.sponsor_id, one.organisation), wallet
            assert (short.first_day, short.last_day) == (one.first_day, one.last_day), wallet


def shares(records: Any) -> None:
    """What a sponsor owes is what their attempt pays of the charge; with what whoever buys owes or paid, it is all of
    it, to the cent. Nobody pays less than nothing.
    """
    claimed = {one.id for one in records.of(m.Charge) if one.claim}
    for charge in records.of(m.Charge):
        theirs = 0
        for share in charge.sponsors:
            attempt, claim = records[Key("attempt", share.attempt_id)], records[Key("charge", share.claim_id)]
            claimed.remove(claim.id)
            assert (attempt.account, attempt.charge_id) == (SPONSOR, charge.id), share
            assert claim.claim, claim
            assert claim.subject == m.Subject("charge", charge.id), claim
            assert claim.amount.amount == share.amount == attempt.captured, claim
            assert claim.billed.amount == attempt.left.amount, (claim, attempt)
            theirs += claim.billed.amount
        others = charge.kept.amount - theirs
        own = charge.billed.amount - theirs
        assert own == others + charge.outstanding.amount + charge.written_off, charge
        assert not charge.sponsors or own >= 0, charge
    assert not claimed, claimed


def limits(records: Any) -> None:
    """A sponsorship pays no more in a month, and of one thing, than was agreed; what counts for a month is what is
    paid in it.
    """
    months, things = Counter[str](), Counter[tuple[str, str]]()
    for charge in records.of(m.Charge):
        for share in charge.sponsors:
            left = records[Key("attempt", share.attempt_id)].left.amount
            if share.month_id is not None:
                months[share.month_id] += left
            if charge.subject.kind == "visit":  # its charges share the limit
                things[share.sponsorship_id, str(charge.subject)] += left
            one = records[Key("sponsorship", share.sponsorship_id)]
            assert one.at_most is None or share.amount <= one.at_most.amount, share
    kept = {one.id: one.amount.amount for one in records.of(m.SponsoredMonth)}
    assert {id: n for id, n in kept.items() if n} == {id: n for id, n in months.items() if n}
    for one in records.of(m.Sponsorship):
        if one.at_most_a_month is not None:
            mine = [n for id, n in kept.items() if id.split("|")[0] == one.id]
            assert max(mine, default=0) <= one.at_most_a_month.amount, one
        if one.at_most is not None:
            assert max((n for (id, _), n in things.items() if id == one.id), default=0) <= one.at_most.amount, one


def passed_on(records: Any) -> None:
    """The account over which shares go from one charge to the other comes to nothing, at each legal entity."""
    sums = Counter[tuple[str, str]]()
    for entry in records.of(m.LedgerEntry):
        for line in entry.lines:
            if line.account == SPONSORED:
                sums[entry.entity_id, entry.currency] += line.amount
    assert not any(sums.values()), sums
