"""What holds in every house at every moment, as functions over all its records; each raises AssertionError.

``hold(storage, now)`` checks all of them; ``settled(storage, now)`` what holds besides once ``run_due`` has done its
work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from cantinekit import records as m
from cantinekit.cantine import fold
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.payments.records import CREDIT, MANDATE, SPONSOR, SPONSORED, VOUCHER
from cantinekit.plugins.ports import Key, Storage
from cantinekit.reads.reader import Reader
from cantinekit.runtime import codec
from support.houses import small_house
from support.laws import attendance_laws, clearing_laws, sponsor_laws

Records = small_house.Records


def of(records: Records, cls: type[Any]) -> list[Any]:
    return records.of(cls)


def hold(storage: Storage, now: datetime) -> Records:
    """All laws that need no journal."""
    with small_house.decoded_once():
        return _hold(storage, now)


def _hold(storage: Storage, now: datetime) -> Records:
    records = small_house.records(storage)
    entitlements(records)
    wallets(records)
    affiliations(records)
    sponsor_laws.hold(records)
    ledger(records)
    joint_attempts(records)
    seats(records, now)
    attendance_laws.hold(records)
    claims(records, now)
    meters(records)
    scopes(records)
    series(records)
    orders(records)
    codes(records)
    gifts(records)
    documents(records)
    trial_balances(storage, records, now)
    receivables(storage, records, now)
    tabs(records)
    clearing_laws.hold(storage, records, now)
    return records


# --- units -----------------------------------------------------------------------------------------------------------


def live_spends(records: Records) -> Iterable[m.Spend]:
    """What is spent at present: by visits, bookings and registrations that were not given up."""
    for visit in of(records, m.Visit):
        if visit.state not in ("lapsed", "cancelled"):
            yield from visit.spends
            yield from visit.upgrade.spends if visit.upgrade else ()
    for tab in of(records, m.Tab):
        yield from tab.spends
    for one in (*of(records, m.Booking), *of(records, m.Registration)):
        if isinstance(one, m.Registration) and one.missed is not None:
            yield from one.missed.kept
        elif one.state in ("held", "confirmed"):
            yield from one.spends
        else:
            yield from one.kept
    for order in of(records, m.Order):
        yield from (spend for line in order.lines for spend in line.spends)
    for attempt in of(records, m.Attempt):
        back = attempt.refunded
        for spend in reversed(attempt.spends):  # what is refunded to vouchers goes to the last one first
            gone = min(back, spend.units)
            back -= gone
            if spend.units > gone:
                yield m.Spend(spend.entitlement_id, spend.units - gone)
    for sold in of(records, m.Pass):
        yield from sold.spends
        if not (sold.tariff_product or sold.given) and sold.state != "cancelled":  # the pass that goes with a visit
            yield from (m.Spend(id, 1) for id in sold.entitlement_ids)
    for scope in of(records, m.Scope):
        yield from (m.Spend(one.entitlement_id, one.units) for one in scope.units)


def entitlements(records: Records) -> None:
    """Entries bought == left + used + expired + given back, and used is what is spent on what is alive. Those who share
    the entries of an organisation, or held them before, use no more than is used of them.
    """
    used: Counter[str] = Counter()
    for spend in live_spends(records):
        used[spend.entitlement_id] += spend.units
    for one in of(records, m.Entitlement):
        assert one.bought == one.left + one.used + one.expired + one.given_back, one
        assert one.used == used[one.id], (one, used[one.id])
        assert sum(user.units for user in one.users) <= one.used, one


def affiliations(records: Records) -> None:
    """What a wallet says in short of an affiliation is what the affiliation says."""
    known = {one.id: one for one in of(records, m.Affiliation)}
    for wallet in of(records, m.Wallet):
        for short in wallet.belongs:
            one = known[short.affiliation_id]
            days = (one.first_day, one.last_day, one.at_most)
            assert one.person_id == wallet.id, wallet
            assert (short.organisation_id, short.role) == (one.organisation_id, one.role), wallet
            assert (short.first_day, short.last_day, short.at_most) == days, wallet


def wallets(records: Records) -> None:
    """A wallet lists the entitlements of its person that have units left, each once."""
    left: dict[str, set[str]] = defaultdict(set)
    for one in of(records, m.Entitlement):
        if one.left and one.holder_id is not None:
            left[one.holder_id].add(one.id)
    listed = {wallet.id: set(wallet.entitlement_ids) for wallet in of(records, m.Wallet)}
    assert {id: ids for id, ids in listed.items() if ids} == left


def tabs(records: Records) -> None:
    """A tab has the stays of its visits as they are noted, each once, and is charged what its lines say."""
    visits = {visit.id: visit for visit in of(records, m.Visit)}
    listed: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for entry in of(records, m.LedgerEntry):
        if entry.what == "charged back":
            taken[entry.subject.id] += max(0, sum(line.amount for line in entry.lines if line.account == "lost"))
    for tab in of(records, m.Tab):
        for stay in tab.stays:
            visit = visits[stay.visit_id]
            listed[visit.id] += 1
            assert visit.clocked.tab_id == tab.id, tab
            noted = (visit.opened_at, visit.closed_at)
            assert visit.state == "open" or (stay.item.period.start, stay.item.period.end) == noted, tab
        back = {
            refund.charge_id
            for refund in of(records, m.Refund)
            if refund.reason in GOODWILL or refund.state == "declined"
        }
        charges = [records[Key(m.Charge.kind, id)] for id in tab.charge_ids]
        beyond = sum(charge.billed.amount for charge in charges) - sum(line.amount for line in tab.lines)
        lost = sum(taken[id] for charge in charges for id in charge.attempt_ids)  # what was lost could not go back
        assert back & set(tab.charge_ids) or 0 <= beyond <= lost, tab
    over = {v.id for v in visits.values() if v.clocked and v.state == "closed" and v.opened_at < v.closed_at}
    assert set(listed) >= over
    assert not listed or max(listed.values()) == 1


def orders(records: Records) -> None:
    """The parts of the lines of an order are its first charge; what is over stands no more; all charges are its own."""
    charges = {charge.id: charge for charge in of(records, m.Charge)}
    for order in of(records, m.Order):
        mine = [charges[id] for id in order.charge_ids]
        assert all(charge.subject == m.Subject("order", order.id) for charge in mine), order
        apart = [records[Key("booking", id)] for id in order.booking_ids]
        apart += [records[Key("registration", id)] for id in order.registration_ids]
        assert all(one.order_id == order.id for one in apart), order
        if order.state == "pending":
            assert all(one.state == "held" and one.expires == order.expires for one in apart), order
        else:
            assert all(one.state != "held" for one in apart), order
        if not any(one.more or one.sale_id != order.sale_id for one in apart):  # as they were sold
            every = [*(line for line in order.lines if not line.is_apart), *apart]
            parts = [one.part.amount for one in every if one.part is not None]
            assert len(parts) in (0, len(every)), order
            whole = sum(parts, parts[0] * 0) if parts else None
            # A seat keeps neither its deposit nor a pass that it needs as a part of its own.
            beside = [
                charge for charge in mine[:1] if charge.pass_ids or any(one.kind == "held" for one in charge.lines)
            ]
            more = bool(order.registration_ids and beside)
            assert whole is None or (whole <= mine[0].amount if more else whole == mine[0].amount), order
        assert (order.state in ("cancelled", "expired")) == all(line.state == "cancelled" for line in order.lines), (
            order
        )
        assert all(share.charge_id in order.charge_ids for line in order.lines for share in line.more), order


def codes(records: Records) -> None:
    """Each access code is in its pool, or was given to one visit."""
    given = Counter((v.place_id, v.access_code) for v in of(records, m.Visit) if v.access_code)
    assert not given or max(given.values()) == 1
    for pool in of(records, m.CodePool):
        assert len(pool.codes) == len(set(pool.codes))
        assert pool.given == sum(place == pool.id for place, _ in given)
        assert not {code for place, code in given if place == pool.id} & set(pool.codes)


def gifts(records: Records) -> None:
    """A gift has passes if it was claimed, each once and nobody else's; its code is known; what is over of it says
    nothing.
    """
    held: dict[str, set[str]] = defaultdict(set)
    for sold in of(records, m.Pass):
        held[sold.sale_id or ""].add(sold.id)
    for gift in of(records, m.Gift):
        assert held[gift.sale_id] <= set(gift.pass_ids) <= {one.id for one in of(records, m.Pass)}, gift
        assert (gift.state == "claimed") == bool(gift.pass_ids), gift
        assert records[Key(m.GiftKey.kind, gift.code_hash)].gift_id == gift.id, gift
        assert sum(one.amount.amount for one in gift.worth) == (
            records[Key(m.Charge.kind, gift.charge_id)].amount.amount if gift.charge_id is not None else 0
        )
        note = records.get(Key(m.GiftNote.kind, gift.id))
        if gift.state not in ("pending", "open") and note is not None:
            assert note == m.GiftNote(gift.id, gift.buyer_id), gift


# --- money -----------------------------------------------------------------------------------------------------------


def ledger(records: Records) -> None:
    """Entries sum to zero; each account holds what its records say that it must."""
    sums: Counter[str] = Counter()
    for entry in of(records, m.LedgerEntry):
        assert sum(line.amount for line in entry.lines) == 0, entry
        if entry.what in clearing_laws.POSTINGS:  # they have their own laws
            continue
        for line in entry.lines:
            sums[line.account] += line.amount
    assert sum(sums.values()) == 0
    expected: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    refunded: Counter[tuple[str, str]] = Counter()
    for one in of(records, m.Entitlement):
        if one.worth is not None and one.money:
            expected["vouchers"] -= one.left
            expected["revenue"] += one.left + one.used
        elif one.worth is not None:
            expected[f"deferred/{one.worth.product_id}"] -= one.owed
            expected["revenue"] += one.owed
            assert one.left or not one.owed, one
    for one in of(records, m.Gift):
        for worth in one.worth if one.state in ("pending", "open") and one.charge_id is not None else ():
            expected[f"deferred/{worth.product_id}"] -= worth.amount.amount
            expected["revenue"] += worth.amount.amount
    for amount in _taken_over(records):
        expected["opening"] += amount
        expected["revenue"] -= amount
    for attempt in of(records, m.Attempt):
        purse = (
            f"account/{attempt.account}" if attempt.account not in (VOUCHER, CREDIT) else "paid by what was paid before"
        )
        purse = SPONSORED if attempt.account == SPONSOR else purse
        expected[purse] += attempt.captured - attempt.lost
        expected["lost"] += attempt.lost
        paid[attempt.charge_id] += attempt.captured
        lost[attempt.charge_id] += attempt.lost
    sent_back = {refund.charge_id for refund in of(records, m.Refund) if refund.state == "declined"}
    for refund in of(records, m.Refund):
        if refund.state == "settled" and refund.account not in (VOUCHER, CREDIT, MANDATE):
            own = SPONSORED if refund.account == SPONSOR else f"account/{refund.account}"
            expected[own] -= refund.amount.amount
        elif refund.state == "started":
            expected["refunds payable"] -= refund.amount.amount
        if refund.state != "declined":
            refunded["charge", refund.charge_id] += refund.amount.amount
            refunded["attempt", refund.attempt_id] += refund.amount.amount
    for charge in of(records, m.Charge):
        assert (charge.paid.amount, charge.lost) == (paid[charge.id], lost[charge.id]), charge
        assert charge.refunded.amount == refunded["charge", charge.id] <= charge.paid.amount, charge
        owed = charge.billed.amount - charge.paid.amount + charge.refunded.amount - charge.written_off
        expected["receivable"] += owed
        expected["losses"] += charge.written_off
        assert charge.written_off >= 0, charge
        earns = "opening" if charge.opening else SPONSORED if charge.claim else "revenue"
        expected[earns] -= charge.billed.amount - charge.deposit
        expected["deposits"] -= charge.deposit
        assert 0 <= charge.paid_deposit.amount <= charge.deposit, charge
        assert (owed > 0) == (charge.state == "due"), charge
        assert owed >= 0 or charge.id in sent_back, charge  # more is held than is owed only where it could not go back
    for attempt in of(records, m.Attempt):
        assert attempt.refunded == refunded["attempt", attempt.id] <= attempt.captured <= attempt.amount.amount
        assert 0 <= attempt.lost <= attempt.captured
    expected.pop("paid by what was paid before", None)  # it is off what vouchers are good for, or off credit
    credits(records, expected)
    sums["revenue"] = sum(amount for name, amount in sums.items() if name.startswith("revenue/"))
    held = {name: amount for name, amount in sums.items() if amount and not name.startswith("revenue/")}
    assert held == {name: amount for name, amount in expected.items() if amount}


def joint_attempts(records: Records) -> None:
    """The parts of a payment of several charges are to take, and took, what the payment is to take, and took."""
    attempts = {one.id: one for one in of(records, m.Attempt)}
    named = Counter[str]()
    for joint in of(records, m.JointAttempt):
        mine = [attempts[part.attempt_id] for part in joint.parts]
        named.update(one.id for one in mine)
        assert len(mine) > 1, joint
        assert [(one.charge_id, one.amount) for one in mine] == [(one.charge_id, one.amount) for one in joint.parts]
        assert {(one.joint_id, one.account, one.started_at) for one in mine} == {
            (joint.id, joint.account, joint.started_at)
        }, joint
        assert sum(one.amount.amount for one in mine) == joint.amount.amount, joint
        assert sum(one.captured for one in mine) == joint.captured, joint
        states = {one.state for one in mine}
        assert states == {joint.state} or (joint.captured and states == {"settled", "declined"}), joint
    assert {id for id, one in attempts.items() if one.joint_id} == set(named)
    assert not named or max(named.values()) == 1


def credits(records: Records, expected: Counter[str]) -> None:
    """What came in for what is owed is what charges got, credit, or was paid back; nobody has less than nothing."""
    left: Counter[str] = Counter()
    for payment in of(records, m.PayerPayment):
        id = m.credit_id(payment.entity_id, payment.payer_id, payment.amount.currency)
        by_money = sum(part.amount.amount - part.by_credit for part in payment.parts)
        left[id] += payment.amount.amount - by_money
        purse = "opening" if payment.account == "opening" else f"account/{payment.account}"
        expected[purse] += payment.amount.amount - by_money
        assert payment.credit == payment.amount.amount - sum(part.amount.amount for part in payment.parts), payment
    charges = {charge.id: charge for charge in of(records, m.Charge)}
    for one in (*of(records, m.Attempt), *of(records, m.Refund)):
        back = one.kind == m.Refund.kind
        if one.account == CREDIT or (back and one.account == MANDATE):  # a debit cannot be sent back
            charge = charges[one.charge_id]
            id = m.credit_id(charge.entity_id, charge.payer_id, charge.amount.currency)
            left[id] += one.amount.amount if back else -one.captured
    for credit in of(records, m.PayerCredit):
        assert 0 <= credit.amount.amount == left.pop(credit.id), credit
        expected["credits"] -= credit.amount.amount
    assert not any(left.values()), left


def _taken_over(records: Records) -> Iterable[int]:
    """What was paid in another system for what is had here: of days, and of the units that came with them."""
    passes = {one.id: one for one in of(records, m.Pass) if one.taken_over is not None}
    for sold in passes.values():
        elsewhere = [one for one in sold.periods if one.charge_id is None]
        yield from (one.worth.amount.amount for one in (sold, *elsewhere) if one.worth is not None)
    for one in of(records, m.Entitlement):
        sold = passes.get(one.pass_id)
        if sold is not None and one.worth is not None and one.bought_at == sold.sold_at:
            yield one.worth.amount.amount


def trial_balances(storage: Storage, records: Records, now: datetime) -> None:
    """Each trial balance sums to zero; together they are the ledger, but for the days that are left of passes."""
    reader, sums = Reader(storage, lambda: now), Counter[str]()
    for entity in of(records, m.LegalEntity):
        balance = reader.trial_balance(entity.id, now.date() + timedelta(days=2))
        assert sum(amount.amount for _, amount in balance) == 0, balance
        for account, amount in balance:
            sums[_family(account)] += amount.amount
    for entry in of(records, m.LedgerEntry):
        for line in entry.lines:
            sums[_family(line.account)] -= line.amount
    assert not any(sums.values()), sums


def receivables(storage: Storage, records: Records, now: datetime) -> None:
    """What payers owe sums to the receivable of the ledger; the statement of each ends with what they owe."""
    reader, today = Reader(storage, lambda: now), now.date() + timedelta(days=2)
    for entity in of(records, m.LegalEntity):
        for currency in sorted({place.currency for place in of(records, m.Place) if place.entity_id == entity.id}):
            aged = reader.receivables(entity.id, today, currency=currency)
            balance = sum(
                amount.amount
                for account, amount in reader.trial_balance(entity.id, today)
                if (account, amount.currency) == ("receivable", currency)
            )
            assert sum(one.total.amount for one in aged) == balance, aged
            for one in aged:
                if one.payer_id is not None:
                    told = reader.payer_statement(one.payer_id, entity.id, today, today, currency=currency)
                    credit = records.get(Key("payer_credit", m.credit_id(entity.id, one.payer_id, currency)))
                    assert told.closing == (one.total - credit.amount if credit else one.total), told


def _family(account: str) -> str:
    """An account, where revenue and what is deferred of it are one."""
    return "earned or deferred" if account.startswith(("revenue/", "deferred/")) else account


def moved(records: Records) -> Iterable[m.MeterMove]:
    """What is counted at present: by bookings, seats, visits and passes that were not given up."""
    for booking in of(records, m.Booking):
        if booking.state in ("held", "confirmed"):
            yield from booking.meters
        yield from booking.kept_meters
    for seat in of(records, m.Registration):
        yield from (seat.missed or seat).meters  # of one that was given up or missed: how far they stay moved
    for visit in of(records, m.Visit):
        if visit.state not in ("lapsed", "cancelled"):
            yield from visit.meters
            yield from visit.upgrade.meters if visit.upgrade else ()
    for tab in of(records, m.Tab):
        yield from tab.meters
    for sold in of(records, m.Pass):
        yield from sold.meters  # of one that was given up: how far they stay moved
    for gift in of(records, m.Gift):
        if gift.state != "claimed":  # its passes have them
            yield from gift.meters  # of one that ended: how far they stay moved
    for order in of(records, m.Order):
        yield from (move for line in order.lines for move in line.meters)
    for charge in of(records, m.Charge):
        yield from charge.meters  # of an earlier version
    for scope in of(records, m.Scope):
        yield from scope.moves


def meters(records: Records) -> None:
    """A meter shows what is alive moved it by, no more and no less, whether it cost anything or not."""
    expected: Counter[str] = Counter()
    for move in moved(records):
        expected[move.meter_id] += move.delta
    shown = {meter.id: meter.used for meter in of(records, m.Meter) if meter.used}
    assert shown == {id: used for id, used in expected.items() if used}


def scopes(records: Records) -> None:
    """What is charged in a scope is at least what its things cost, and its charges are there."""
    for scope in of(records, m.Scope):
        assert scope.over >= 0, scope
        for one in scope.left:
            charge = records[Key(m.Charge.kind, one.charge_id)]
            assert isinstance(charge, m.Charge)
            assert 0 < one.amount <= charge.billed.amount, (scope, charge)
        for part in scope.parts:
            assert sum(one.amount for one in part.paid) <= part.charged, part


def documents(records: Records) -> None:
    """Numbers of a series are 1, 2, 3... in each year and rise with time; a charge has one document of each type."""
    by_series: dict[str, list[m.Document]] = defaultdict(list)
    by_charge: dict[str, list[m.Document]] = defaultdict(list)
    for document in of(records, m.Document):
        by_series[document.series_id].append(document)
        for charge_id in document.charge_ids:
            by_charge[charge_id].append(document)
            amounts(document.of(charge_id))
        amounts(document)
        bill(document, records)
    for series in of(records, m.NumberSeries):
        ours = sorted(by_series.pop(series.id, []), key=lambda document: document.issued_at)
        years: dict[int, int] = dict([series.elsewhere] if series.elsewhere else [])
        for before, document in zip([None, *ours], ours, strict=False):
            assert before is None or (before.year <= document.year and before.issued_at < document.issued_at), document
            assert document.number == years.get(document.year, 0) + 1, document
            assert document.issued_on == document.issued_at.astimezone(ZoneInfo(series.zone)).date(), document
            assert (document.issued_on.year, document.what) == (document.year, series.documents), document
            assert (
                document.id == f"{series.entity_id}|{series.prefix}{document.year}-{document.number:0{series.width}d}"
            )
            years[document.year] = document.number
        begins = (*(series.elsewhere or (0, 0)), None)
        last = (ours[-1].year, ours[-1].number, ours[-1].issued_at) if ours else begins
        assert (series.year, series.last, series.issued_at) == last, series
        assert (*series.ended, (series.year, series.last)) == (tuple(years.items()) or ((0, 0),)), series
    assert not by_series
    for listed in of(records, m.ChargeDocuments):
        ours = by_charge.pop(listed.id)
        types = {what: [one.id for one in ours if one.what == what] for what in m.DOCUMENTS}
        assert types["receipt"] == [id for id in [listed.receipt_id] if id], listed
        assert types["invoice"] == [id for id in [listed.invoice_id] if id], listed
        assert sorted(types["credit note"]) == sorted(credit.document_id for credit in listed.credits), listed
        refunds = [credit.refund_id for credit in listed.credits if credit.refund_id is not None]
        assert len(refunds) == len(set(refunds)), listed
        notes = [one for one in ours if one.what == "credit note"]
        assert sum(listed.credited) == -sum(one.gross.amount for one in notes), listed
        for one in ours:
            taken = sum(listed.credited) if one.id == listed.corrected else 0
            assert one.what == "credit note" or taken <= one.of(listed.id).gross.amount, listed
    assert not by_charge


def amounts(document: m.Document) -> None:
    """A document adds up: its lines, its taxes, and both together."""
    lines, taxes = document.lines, document.taxes
    assert document.net + document.tax + document.residual == document.gross, document
    assert sum(line.gross.amount for line in lines) == document.gross.amount, document
    assert sum(line.net.amount for line in lines) == document.net.amount, document
    for name in ("net", "tax", "residual", "gross"):
        total = sum(getattr(tax, name).amount for tax in taxes)
        assert total == getattr(document, name).amount, (name, document)
    assert (document.gross.amount < 0) == (document.what == "credit note"), document


def bill(document: m.Document, records: Records) -> None:
    """The parts of an invoice sum to it, at each rate; each of its charges is on account, and names it."""
    if not document.parts:
        return
    assert document.what == "invoice", document
    assert len(set(document.charge_ids)) == len(document.parts), document
    assert sum(part.gross.amount for part in document.parts) == document.gross.amount, document
    assert sum(part.paid.amount for part in document.parts) == document.paid.amount, document
    assert sum(len(document.lines_of(id)) for id in document.charge_ids) == len(document.lines), document
    for tax in document.taxes:
        mine = [
            one for part in document.parts for one in part.taxes if (one.category, one.rate) == (tax.category, tax.rate)
        ]
        for name in ("net", "tax", "residual", "gross"):
            assert sum(getattr(one, name).amount for one in mine) == getattr(tax, name).amount, (name, document)
    for id in document.charge_ids:
        charge = records[Key(m.Charge.kind, id)]
        assert isinstance(charge, m.Charge)
        assert charge.on_account, charge
        assert (charge.invoice_id, charge.payer_id) == (document.id, document.payer_id), charge


# --- seats and spaces ------------------------------------------------------------------------------------------------


def seats(records: Records, now: datetime) -> None:
    """Seats that are taken never exceed the session's; the lists of a session agree with its registrations."""
    for session in of(records, m.Session):
        assert session.free(now) >= 0, session
        assert session.state != "cancelled" or not session.placed, session
        courses(session)
        ours = [r for r in of(records, m.Registration) if r.session_id == session.id]
        assert sorted(session.waiting) == sorted(r.id for r in ours if r.state == "waiting")
        by_id = {r.id: r for r in ours}
        asked = [by_id[id].asked_at for id in session.waiting]
        assert asked == sorted(asked)
        live = {seat.registration_id: (seat.expires, seat.seats) for seat in session.held if seat.live(now)}
        held = [r for r in ours if r.state == "held" and r.expires and now < r.expires]
        assert live == {r.id: (r.expires, r.seats) for r in held}
        assert session.confirmed == sum(r.seats for r in ours if r.state == "confirmed")
        assert session.bursaries == sum(
            r.seats for r in ours if r.bursary and r.state in ("held", "confirmed", "waiting")
        )
        asked_for = {party.registration_id: (party.seats, party.option_ids) for party in session.parties}
        wanted = {r.id: (r.seats, session.limited(r.option_ids)) for r in ours if r.state == "waiting"}
        assert asked_for == {id: one for id, one in wanted.items() if one != (1, ())}
        shares(session, ours, now)
        persons = Counter(r.person_id for r in ours if r.state in ("held", "confirmed", "waiting"))
        assert not persons or max(persons.values()) == 1


def shares(session: m.Session, ours: Sequence[m.Registration], now: datetime) -> None:
    """Seats of an option, and of a group, are counted as those who have them say; nobody has more of an option."""
    had = [r for r in ours if r.state == "confirmed"]
    live = {seat.registration_id: seat for seat in session.held if seat.live(now)}
    held = [r for r in ours if r.id in live]
    for quota in session.quotas:
        assert quota.confirmed == sum(r.seats for r in had if quota.option_id in r.option_ids), session
        assert quota.confirmed + sum(r.seats for r in held if quota.option_id in r.option_ids) <= quota.seats, session
    for kept in session.kept_seats:
        assert kept.confirmed == sum(r.seats for r in had if r.kept_for == kept.code), session
    for r in held:
        assert live[r.id].option_ids == session.limited(r.option_ids), session
        assert live[r.id].kept_for == r.kept_for, session
    taken = session.taken(now) + sum(session.left_of(kept, now) for kept in session.kept_seats)
    assert taken + session.free(now) == session.capacity, session


def courses(session: m.Session) -> None:
    """A course goes from its first planned meeting to its last; none overlap; cancelled ones have no room."""
    planned = [one for one in session.meetings if one.state == "planned"]
    assert all(one.space_id is None or one.placed for one in planned), session
    assert not any(one.placed for one in session.meetings if one.state == "cancelled"), session
    assert all(one.period.end <= after.period.start for one, after in pairwise(planned)), session
    if planned and session.state != "cancelled":
        assert (session.period.start, session.period.end) == (planned[0].period.start, planned[-1].period.end), session
        assert (session.starts, session.ends) == (planned[0].starts, planned[-1].ends), session


def claims(records: Records, now: datetime) -> None:
    """The pages hold the claims of what is alive, all of them and nothing else; together they fit."""
    wanted: set[tuple[str, m.Claim]] = set()
    for one in _claiming(records):
        wanted.update((p.space_id, p.claim) for p in one if p.claim.live(now))
    found: set[tuple[str, m.Claim]] = set()
    for page in of(records, m.OccupancyPage):
        for claim in page.claims:
            assert page.day in set(claim.period.days()), page
        assert len({claim.id for claim in page.claims}) == len(page.claims)
        found.update((page.space_id, claim) for claim in page.claims if claim.live(now))
    standing = {page.space_id: page for page in of(records, m.StandingPage)}
    for page in standing.values():
        found.update((page.space_id, claim) for claim in page.claims if claim.live(now))
    assert found == wanted
    pages = {(page.space_id, page.day): {c.id for c in page.claims} for page in of(records, m.OccupancyPage)}
    by_space: dict[str, list[m.Claim]] = defaultdict(list)
    for space_id, claim in wanted:
        by_space[space_id].append(claim)
        if (claim.end - claim.start).days <= m.LONG_CLAIM_DAYS:
            assert all(claim.id in pages[space_id, day] for day in claim.period.days()), claim
    for space_id, ours in by_space.items():
        _fits(ours, standing[space_id], now)


def _claiming(records: Records) -> Iterable[tuple[m.Placed, ...]]:
    for booking in of(records, m.Booking):
        if booking.state in ("requested", "held", "confirmed"):
            yield booking.placed
    for visit in of(records, m.Visit):
        if visit.state in ("held", "open"):
            yield visit.placed
            yield visit.upgrade.placed if visit.upgrade else ()
    for session in of(records, m.Session):
        yield session.placed
        yield from (meeting.placed for meeting in session.meetings)


GOODWILL = ("goodwill", "at the desk")
"""Why the machine gives money back of what is kept."""


def series(records: Records) -> None:
    """The dates of a series are those of its bookings; each charge is the sum of its parts, and so is what is held."""
    of_series: dict[str, list[m.Booking]] = defaultdict(list)
    parts: dict[str, list[m.Booking]] = defaultdict(list)
    for booking in of(records, m.Booking):
        if booking.series_id is not None:
            of_series[booking.series_id].append(booking)
            if booking.part is not None:
                parts[booking.charge_id].append(booking)
    for one in of(records, m.BookingSeries):
        live = {b.id for b in of_series[one.id] if b.state in ("held", "confirmed")}
        assert set(one.booking_ids) == live, one
        assert all((date.booking_id is None) == (date.state == "skipped") or date.state == "cancelled"
                   for date in one.dates), one  # fmt: skip
        assert not live or one.state in ("held", "confirmed"), one
        days = [date.day for date in one.dates]
        assert days == sorted(set(days)), one
    goodwill = {refund.charge_id for refund in of(records, m.Refund) if refund.state == "declined"}
    goodwill |= {refund.charge_id for refund in of(records, m.Refund) if refund.reason in GOODWILL}
    for charge_id, ours in parts.items():
        charge = records[Key(m.Charge.kind, charge_id)]
        less = ("booking moved", "nobody came")  # a deposit that a release returned is of another charge once undone
        moved = any(one.charge_id == charge_id and one.reason in less for one in of(records, m.Refund))
        whole = sum(b.part.amount.amount for b in ours)
        assert whole == charge.amount.amount or (moved and whole < charge.amount.amount), charge
        kept = sum(b.part.amount.amount for b in ours if b.state in ("held", "confirmed"))
        if charge.state == "settled" and charge_id not in goodwill:
            assert kept <= charge.kept.amount, (charge, kept)
            charged = any(b.fee is not None for b in ours)  # what ended is charged all the same
            assert charged or charge.kept.amount <= kept + charge.lost, (charge, kept)  # what is lost cannot go back


def _fits(ours: list[m.Claim], standing: m.StandingPage, now: datetime) -> None:
    """By looking at each moment at which a claim starts, and at now: no sweep, so that it is not the code it judges."""
    for moment in {max(claim.start, now) for claim in ours}:
        there = [claim for claim in ours if claim.start <= moment < claim.end]
        if any(claim.whole for claim in there):
            assert len(there) == 1, there
        else:
            assert sum(claim.units for claim in there) <= standing.capacity, (there, standing)
        for claim in there:
            for closure in standing.closures:
                assert not closure.period.contains(moment), (claim, closure)


# --- once all is done ------------------------------------------------------------------------------------------------


def settled(storage: Storage, now: datetime) -> None:
    """After ``run_due``: nobody is next for free seats, nothing that ran out is held, no valid-less units are left."""
    records = small_house.records(storage)
    for session in of(records, m.Session):
        if session.state == "cancelled":
            assert (session.confirmed, session.held, session.waiting) == (0, (), ()), session
        if session.decide_at is not None:
            assert session.state != "planned" or now < session.decide_at + PAYMENT_HOLD, session
        if session.state != "cancelled" and now < session.closes:
            waiting = [records[Key(m.Registration.kind, id)].seats for id in session.waiting]
            first = next((seats for seats in waiting if seats <= max(1, session.capacity)), None)
            assert first is None or session.free(now) < first, session
    for one in (*of(records, m.Booking), *of(records, m.Registration), *of(records, m.Visit)):
        assert one.state not in ("requested", "held") or one.expires is None or now < one.expires, one
    for order in of(records, m.Order):
        assert order.state != "pending" or order.expires is None or now < order.expires, order
    for visit in of(records, m.Visit):
        assert visit.state != "open" or visit.upgrade is not None or now < visit.until, visit
    for one in of(records, m.Entitlement):
        assert not one.left or not one.is_over(now), one
    for task in of(records, m.Task):
        assert task.state != "waiting" or now < (task.leased_until or task.due), task


# --- the journal -----------------------------------------------------------------------------------------------------


def folds(storage: Storage) -> None:
    """Folding the journal gives the rows of domain kinds, all of them and nothing else."""
    stored = {
        key: record
        for key, record in small_house.records(storage).items()
        if codec.KINDS[key.kind].kind_class == "domain"
    }
    folded = fold(small_house.journal(storage)).records
    assert folded.keys() == stored.keys()
    for key, record in stored.items():
        assert folded[key] == record, key


def keeps_private(storage: Storage, canaries: Iterable[str]) -> None:
    """No name and no address in the journal, nor in any row but that of the person or the organisation, which has one
    until forgotten, those of whom documents are for, and notes of gifts that can be claimed or will be."""
    words = [word.casefold() for word in canaries]
    rows = small_house.rows(storage)
    for key, row in rows.items():
        text = f"{row.id} {row.body} {row.index}".casefold()
        if key.kind in (m.Person.kind, m.Organisation.kind):
            known = [word for word in words if word in text]
            assert bool(known) != (codec.decode(row).state == "forgotten"), row
        elif key.kind == m.GiftNote.kind:
            whose = (Key(cls.kind, codec.decode(row).person_id) for cls in (m.Person, m.Organisation))
            assert all(codec.decode(rows[one]).state != "forgotten" for one in whose if one in rows), key
        elif key.kind != m.Addressee.kind:
            assert not [word for word in words if word in text], key
    for entry in small_house.journal(storage):
        text = f"{entry.type} {entry.actor} {entry.subjects} {entry.body}".casefold()
        assert not [word for word in words if word in text], entry.type
