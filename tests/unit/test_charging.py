"""Money in decisions, step by step: what each step writes into the ledger, and what always holds between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments import charging
from cantinekit.domain.payments.charging import lower_charge
from cantinekit.domain.payments.differences import check_unpaid
from cantinekit.domain.visits.upgrades import give_difference_back
from cantinekit.errors import AccountError, NotFoundError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from support.houses.small_house import START
from support.houses.states_by_hand import (
    ACCOUNTS,
    BOUGHT,
    ENTITY,
    PLACE,
    balances,
    draft,
    eur,
    events,
    ledger,
    priced,
    state,
    work,
)

ROOM = ("room", 1000)
MIXED = (("room", 1000), ("coffee", 333), ("beamer", 1))


def owed(
    *lines: tuple[str, int], due: int | None = None, moves: tuple[m.MeterMove, ...] = ()
) -> tuple[Draft, m.Charge]:
    """A draft in which these lines are owed."""
    meters = [m.Meter(move.meter_id, move.delta) for move in moves]
    made = draft(state(ENTITY, *meters))
    raised = charging.raise_charge(made, priced(*lines, due=due), BOUGHT, PLACE, "zoe")
    if moves:  # as an earlier version kept them
        raised = attrs.evolve(raised, meters=moves)
        made.state = made.state.over({Key(raised.kind, raised.id): raised}, made.state.spare)
    return made, raised


def charge(made: Draft) -> m.Charge:
    return made.state.need(m.Charge, "chg_1")


def captured(made: Draft, cents: int, account: str = "card", state: str = "settled") -> m.Attempt:
    """The charge, taken through an account, of which so much came in."""
    charging.take(made, "chg_1", account)
    attempt = made.state.need(m.Attempt, charge(made).attempt_ids[-1])
    if account == "card" and cents:
        charging.money_in(made, attempt, eur(cents), state)
    return made.state.need(m.Attempt, attempt.id)


# --- owing -----------------------------------------------------------------------------------------------------------


def test_raising_owes_the_price_and_earns_it_line_by_line() -> None:
    """A charge is owed by the payer and earned on the account of each product, in one entry."""
    made, raised = owed(*MIXED)
    assert ledger(made) == [
        ("raised", {"receivable": 1334, "revenue/room": -1000, "revenue/coffee": -333, "revenue/beamer": -1})
    ]
    assert (raised.amount, raised.billed, raised.outstanding, raised.paid) == (eur(1334), eur(1334), eur(1334), eur(0))
    assert (raised.state, raised.payer_id, raised.entity_id, raised.place_id) == ("due", "zoe", "asso", "paris")
    assert made.state.need(m.Charge, raised.id) == raised


def test_two_lines_of_one_product_are_one_ledger_line() -> None:
    """Amounts on the same account are summed; no account stands twice in an entry."""
    made, _ = owed(("room", 700), ("room", 300))
    entry = events(made, ev.LedgerPosted)[0].entry
    assert [(line.account, line.amount) for line in entry.lines] == [("receivable", 1000), ("revenue/room", -1000)]


def test_a_charge_of_nothing_writes_no_ledger_entry() -> None:
    """Where nothing is owed there is a charge, for the record, and no entry of zeros."""
    made, raised = owed(due=0)
    assert raised.outstanding == eur(0)
    assert ledger(made) == []


def test_a_charge_without_lines_is_earned_on_other() -> None:
    """What no product accounts for is on an account of its own."""
    made, _ = owed(due=500)
    assert balances(made) == {"receivable": 500, "revenue/other": -500}


def test_an_amended_price_is_earned_on_its_first_product() -> None:
    """With a negative line (paid before) the difference is not spread: it is the first product's."""
    made, _ = owed(("day", 1000), ("day-before", -700))
    assert balances(made) == {"receivable": 300, "revenue/day": -300}


def test_the_entry_is_about_the_charge_at_the_instant_of_the_decision() -> None:
    """An entry names the charge, the place, the entity, the currency and the instant."""
    made, raised = owed(ROOM)
    entry = events(made, ev.LedgerPosted)[0].entry
    assert (entry.subject, entry.place_id, entry.entity_id) == (m.Subject("charge", raised.id), "paris", "asso")
    assert (entry.currency, entry.at) == ("EUR", START)


def test_voiding_an_unpaid_charge_leaves_nothing() -> None:
    """What was owed and never paid is neither owed nor earned."""
    made, _ = owed(*MIXED)
    charging.void_charge(made, "chg_1")
    assert balances(made) == {}
    assert (charge(made).state, charge(made).billed, charge(made).amount) == ("void", eur(0), eur(1334))


def test_voiding_a_charge_paid_in_part_keeps_that_part_earned() -> None:
    """What was taken stays earned until it is given back: only the rest is dropped, over all products."""
    made, _ = owed(("room", 600), ("coffee", 400))
    captured(made, 500)
    charging.void_charge(made, "chg_1")
    assert balances(made) == {"account/card": 500, "revenue/room": -300, "revenue/coffee": -200}
    assert charge(made).outstanding == eur(0)


# --- taking ----------------------------------------------------------------------------------------------------------


def test_a_till_settles_in_the_same_decision() -> None:
    """Cash at a desk is in hand at once: attempt and charge are settled and no work is left."""
    made, _ = owed(ROOM)
    assert charging.take(made, "chg_1", "desk") is True
    attempt = made.state.need(m.Attempt, "pay_1")
    assert (attempt.state, attempt.captured, attempt.amount) == ("settled", 1000, eur(1000))
    assert (charge(made).state, charge(made).attempt_ids) == ("settled", ("pay_1",))
    assert balances(made) == {"account/desk": 1000, "revenue/room": -1000}
    assert work(made) == []


def test_a_card_is_charged_later() -> None:
    """Through a gateway nothing is in hand yet: one task, no ledger entry, the charge stays due."""
    made, _ = owed(ROOM)
    before = ledger(made)
    assert charging.take(made, "chg_1", "card", "https://example.org/back") is False
    assert ledger(made) == before
    assert work(made) == [("charge", "attempt")]
    attempt = made.state.need(m.Attempt, "pay_1")
    assert (attempt.state, attempt.captured, attempt.return_url) == ("started", 0, "https://example.org/back")
    assert charge(made).state == "due"


def test_a_second_attempt_takes_what_is_outstanding() -> None:
    """After a partial capture only the rest is asked for."""
    made, _ = owed(ROOM)
    captured(made, 300)
    attempt = captured(made, 0)
    assert attempt.amount == eur(700)


@pytest.mark.parametrize(("account", "said"), [("gold", "card, desk"), ("none", "gateway account 'none'")])
def test_an_unknown_account_is_refused_with_those_there_are(account: str, said: str) -> None:
    """An account that nobody opened is refused by name, and nothing is decided."""
    made, _ = owed(ROOM)
    before = events(made)
    with pytest.raises(AccountError, match=said):
        charging.take(made, "chg_1", account)
    assert events(made) == before


def test_an_account_of_somebody_else_is_refused() -> None:
    """A legal entity takes money through its own accounts only."""
    made, _ = owed(ROOM)
    made.state = made.state.put([attrs.evolve(ENTITY, accounts=("desk",))])
    with pytest.raises(AccountError, match="asso may not take money through the account 'card'"):
        charging.take(made, "chg_1", "card")


def test_without_any_account_the_message_says_none() -> None:
    """A house without gateways says so instead of an empty list."""
    made, _ = owed(ROOM)
    made.state = attrs.evolve(made.state, accounts={})
    with pytest.raises(AccountError, match="accounts: none"):
        charging.take(made, "chg_1", "desk")


def test_part_of_the_money_leaves_the_charge_due() -> None:
    """A partial capture is booked, and the charge is due until the rest came."""
    made, _ = owed(ROOM)
    attempt = captured(made, 400, state="pending")
    assert ledger(made)[-1] == ("taken", {"account/card": 400, "receivable": -400})
    assert (charge(made).state, charge(made).outstanding) == ("due", eur(600))
    charging.money_in(made, attempt, eur(600), "settled")
    assert (charge(made).state, charge(made).outstanding) == ("settled", eur(0))
    assert made.state.need(m.Attempt, attempt.id).captured == 1000


def test_more_than_was_owed_is_owed_back() -> None:
    """Money beyond the price is never earned: the receivable goes below zero."""
    made, _ = owed(ROOM)
    captured(made, 1200)
    assert balances(made) == {"account/card": 1200, "receivable": -200, "revenue/room": -1000}
    assert charge(made).outstanding == eur(-200)


def test_a_reference_once_known_is_kept() -> None:
    """An observation without a reference does not wipe the one there is."""
    made, _ = owed(ROOM)
    charging.take(made, "chg_1", "card")
    first = made.state.need(m.Attempt, "pay_1")
    charging.money_in(made, first, eur(1), "pending", "ch_9")
    charging.money_in(made, made.state.need(m.Attempt, "pay_1"), eur(1), "pending")
    assert made.state.need(m.Attempt, "pay_1").reference == "ch_9"


# --- giving back -----------------------------------------------------------------------------------------------------


def test_a_refund_from_a_till_is_done_at_once() -> None:
    """Cash goes back in the same decision: asked and refunded, nothing payable is left."""
    made, _ = owed(ROOM)
    captured(made, 0, "desk")
    charging.refund(made, "pay_1", eur(250), "too cold")
    assert [what for what, _ in ledger(made)] == ["raised", "taken", "refund asked", "refunded"]
    assert balances(made) == {"account/desk": 750, "revenue/room": -750}
    asked = made.state.need(m.Refund, "ref_1")
    assert (asked.state, asked.surplus, asked.reason) == ("settled", False, "too cold")
    assert (charge(made).refunded, charge(made).billed, charge(made).held) == (eur(250), eur(750), eur(750))


def test_a_refund_to_a_card_is_payable_until_it_is_done() -> None:
    """Asked, the money is no longer earned and not yet gone; a task carries it out."""
    made, _ = owed(ROOM)
    captured(made, 1000)
    charging.refund(made, "pay_1", eur(250), "too cold")
    assert balances(made) == {"account/card": 1000, "refunds payable": -250, "revenue/room": -750}
    assert work(made)[-1] == ("refund", "refund")
    charging.money_out(made, made.state.need(m.Refund, "ref_1"), "settled", "re_7")
    assert balances(made) == {"account/card": 750, "revenue/room": -750}
    assert made.state.need(m.Refund, "ref_1").reference == "re_7"


def test_a_refund_that_is_declined_is_earned_again() -> None:
    """What could not be given back is as it was before it was asked for, on every product."""
    made, _ = owed(*MIXED)
    captured(made, 1334)
    before = balances(made)
    charging.refund(made, "pay_1", eur(500), "sorry")
    charging.money_out(made, made.state.need(m.Refund, "ref_1"), "declined")
    assert balances(made) == before
    assert (charge(made).refunded, charge(made).billed) == (eur(0), eur(1334))
    assert made.state.need(m.Attempt, "pay_1").refunded == 0


def test_a_refund_that_is_still_under_way_moves_nothing() -> None:
    """An observation that decides nothing leaves the ledger alone."""
    made, _ = owed(ROOM)
    captured(made, 1000)
    charging.refund(made, "pay_1", eur(500), "sorry")
    before = ledger(made)
    charging.money_out(made, made.state.need(m.Refund, "ref_1"), "started", "re_1")
    assert ledger(made) == before


def test_surplus_goes_back_first_and_was_never_earned() -> None:
    """A refund beyond the surplus is two: the surplus against the receivable, the rest against the revenue."""
    made, _ = owed(ROOM)
    captured(made, 1200)
    charging.refund(made, "pay_1", eur(500), "paid twice")
    asked = [event.refund for event in events(made, ev.RefundAsked)]
    assert [(one.amount, one.surplus) for one in asked] == [(eur(200), True), (eur(300), False)]
    assert balances(made) == {"account/card": 1200, "refunds payable": -500, "revenue/room": -700}
    assert (charge(made).billed, charge(made).outstanding) == (eur(700), eur(0))


def test_a_declined_surplus_refund_is_owed_back_again() -> None:
    """Surplus that could not be given back is still not ours: the receivable is below zero again."""
    made, _ = owed(ROOM)
    captured(made, 1200)
    charging.refund(made, "pay_1", eur(200), "paid twice")
    assert charge(made).outstanding == eur(0)
    charging.money_out(made, made.state.need(m.Refund, "ref_1"), "declined")
    assert balances(made) == {"account/card": 1200, "receivable": -200, "revenue/room": -1000}


def test_a_refund_through_an_account_that_is_gone_waits() -> None:
    """Where the gateway is no longer configured, the refund is asked for all the same and stays a task."""
    made, _ = owed(ROOM)
    captured(made, 0, "desk")
    made.state = attrs.evolve(made.state, accounts={"card": ACCOUNTS["card"]})
    charging.refund(made, "pay_1", eur(100), "sorry")
    assert made.state.need(m.Refund, "ref_1").state == "started"
    assert work(made) == [("refund", "refund")]


def test_all_goes_back_through_each_attempt_what_it_took() -> None:
    """Each attempt gives back its own captures, never more than is held; one that took nothing is left alone."""
    made, _ = owed(ROOM)
    captured(made, 300)
    captured(made, 0)
    captured(made, 0, "desk")
    charging.refund(made, "pay_1", eur(50), "part")
    charging.give_back(made, "chg_1", 10_000, "all")
    asked = [(event.refund.attempt_id, event.refund.amount) for event in events(made, ev.RefundAsked)]
    assert asked == [("pay_1", eur(50)), ("pay_1", eur(250)), ("pay_3", eur(700))]
    assert charge(made).held == eur(0)
    charging.give_back(made, "chg_1", 10_000, "again")
    assert len(events(made, ev.RefundAsked)) == 3


def test_a_longer_stay_that_costs_less_gives_back_no_more_than_is_held() -> None:
    """Where a bank took more of one attempt than was left of it, what goes back is cut to what is held."""
    made, _ = owed(ROOM)
    captured(made, 700)
    captured(made, 0, "desk")
    charging.refund(made, "pay_1", eur(500), "part")
    charging.charge_back(made, "pay_1", 400, "lost")
    assert [made.state.need(m.Attempt, id).left for id in charge(made).attempt_ids] == [eur(-200), eur(300)]
    visit = m.Visit("vis", "paris", "open", "half-day", START, START + timedelta(hours=4), charge_ids=("chg_1",))
    give_difference_back(made, visit, eur(250))
    asked = [(event.refund.attempt_id, event.refund.amount) for event in events(made, ev.RefundAsked)]
    assert asked == [("pay_1", eur(500)), ("pay_2", eur(100))]
    assert charge(made).held == eur(0)


def test_a_longer_stay_that_costs_less_gives_the_difference_back_once_over_all_charges() -> None:
    """Of two charges of one stay the difference goes back once: of the first what is held, of the second the rest."""
    made, _ = owed(ROOM)
    captured(made, 0, "desk")
    other = charging.raise_charge(made, priced(("day", 600)), BOUGHT, PLACE, "zoe")
    charging.take(made, other.id, "desk")
    ids = ("chg_1", other.id)
    visit = m.Visit("vis", "paris", "open", "half-day", START, START + timedelta(hours=4), charge_ids=ids)
    give_difference_back(made, visit, eur(1250))
    assert [event.refund.amount for event in events(made, ev.RefundAsked)] == [eur(1000), eur(250)]


# --- undoing ---------------------------------------------------------------------------------------------------------

MOVES = (m.MeterMove("cap|zoe|day", 1000), m.MeterMove("cap|zoe|month", 1000))


def test_undoing_a_paid_charge_gives_all_back_and_takes_the_meters_off() -> None:
    """A purchase that will not be leaves no revenue, nothing held and the meters as before, once."""
    made, _ = owed(ROOM, moves=MOVES)
    captured(made, 0, "desk")
    charging.undo_charge(made, "chg_1", "cancelled")
    assert balances(made) == {}
    assert (charge(made).state, charge(made).held, charge(made).meters) == ("settled", eur(0), ())
    assert [made.state.need(m.Meter, move.meter_id).used for move in MOVES] == [0, 0]
    charging.undo_charge(made, "chg_1", "cancelled again")
    assert [made.state.need(m.Meter, move.meter_id).used for move in MOVES] == [0, 0]
    assert len(events(made, ev.RefundAsked)) == 1


def test_undoing_a_due_charge_voids_it() -> None:
    """What was not paid is void; what came in of it goes back."""
    made, _ = owed(*MIXED)
    captured(made, 100)
    charging.undo_charge(made, "chg_1", "cancelled")
    assert charge(made).state == "void"
    assert balances(made) == {"account/card": 100, "refunds payable": -100}


def test_undoing_no_charge_is_nothing() -> None:
    """What was free has nothing to undo."""
    made = draft(state())
    charging.undo_charge(made, None, "cancelled")
    assert events(made) == []


def test_undoing_an_unknown_charge_says_so() -> None:
    """A charge that does not exist is not silently undone."""
    with pytest.raises(NotFoundError):
        charging.undo_charge(draft(state(absent=[(m.Charge, "chg_9")])), "chg_9", "cancelled")


def units(id: str, left: int, *, expires_in: timedelta | None = None) -> m.Entitlement:
    expires = None if expires_in is None else START + expires_in
    return m.Entitlement(
        id, "pas", "zoe", account="carnet", bought=10, left=left, used=10 - left, bought_at=START, expires=expires
    )


def test_units_go_back_to_where_they_came_from() -> None:
    """Units return to the entitlements that gave them, and the wallet lists those again."""
    made = draft(state(units("e1", 0), units("e2", 5), m.Wallet("zoe", ("e2",))))
    charging.return_units(made, (m.Spend("e1", 1), m.Spend("e2", 2)), BOUGHT)
    assert [made.state.need(m.Entitlement, id).left for id in ("e1", "e2")] == [1, 7]
    assert set(made.state.need(m.Wallet, "zoe").entitlement_ids) == {"e1", "e2"}


@pytest.mark.parametrize(("lapse", "left", "expired"), [(1, 6, 0), (0, 0, 6), (-1, 0, 6)])
def test_units_that_come_back_too_late_expire(lapse: int, left: int, expired: int) -> None:
    """At the instant of its expiry and after, what comes back to an entitlement expires there with the rest."""
    one = units("e1", 5, expires_in=timedelta(seconds=lapse))
    made = draft(state(one, m.Wallet("zoe", ("e1",))))
    charging.return_units(made, (m.Spend("e1", 1),), BOUGHT)
    after = made.state.need(m.Entitlement, "e1")
    assert (after.left, after.used, after.expired) == (left, 4, expired)
    assert made.state.need(m.Wallet, "zoe").entitlement_ids == (("e1",) if left else ())


def test_no_units_no_event() -> None:
    """Where nothing was spent there is nothing to return."""
    made = draft(state())
    charging.return_units(made, (), BOUGHT)
    assert events(made) == []


def test_what_hangs_on_a_charge_is_read_with_it() -> None:
    """To undo a charge its place, attempts and meters are needed, once it is known; before that the charge alone."""
    made, raised = owed(ROOM, moves=MOVES)
    captured(made, 100)
    wishes = charging.undo_wishes(made.state, ["chg_1", None], (m.Spend("e1", 1),), "zoe", [m.MeterMove("free", 2)])
    assert set(wishes) == {
        (m.Wallet, "zoe"),
        (m.Entitlement, "e1"),
        (m.Charge, "chg_1"),
        (m.Charge, None),
        (m.Place, "paris"),
        (m.Attempt, "pay_1"),
        (m.Meter, "free"),
        *((m.Meter, move.meter_id) for move in MOVES),
    }
    unknown = charging.undo_wishes(state(), [raised.id], (), None, ())
    assert unknown == [(m.Wallet, None), (m.Charge, raised.id)]
    assert charging.charge_parts(state(absent=[(m.Charge, "x")]), ["x", None]) == []


# --- laws over sequences ---------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take card", "take desk", "capture", "refund", "settle", "decline", "void", "undo"]),
        st.integers(0, 3000),
    ),
    max_size=14,
)
LINES = st.lists(
    st.tuples(st.sampled_from(["room", "coffee", "beamer"]), st.integers(0, 900)), min_size=1, max_size=4
).filter(lambda lines: any(amount for _, amount in lines))


def step(made: Draft, what: str, size: int) -> None:
    """One step of a random life of a charge, as far as it is allowed now."""
    now = charge(made)
    attempts = [made.state.need(m.Attempt, id) for id in now.attempt_ids]
    pending = [event.refund.id for event in events(made, ev.RefundAsked)]
    open_refunds = [one for id in pending if (one := made.state.need(m.Refund, id)).state == "started"]
    if what.startswith("take ") and now.state == "due" and now.outstanding.amount > 0:
        charging.take(made, now.id, what.removeprefix("take "))
    elif what == "capture" and attempts and size:
        chosen = attempts[size % len(attempts)]
        if chosen.account == "card":
            charging.money_in(made, chosen, eur(size % 700 + 1), "pending")
    elif what == "refund" and attempts:
        chosen = attempts[size % len(attempts)]
        rest = chosen.captured - chosen.refunded
        if rest > 0:
            charging.refund(made, chosen.id, eur(min(rest, size % 500 + 1)), "law")
    elif what in ("settle", "decline") and open_refunds:
        charging.money_out(made, open_refunds[size % len(open_refunds)], what + "d")
    elif what == "void" and now.state == "due":
        charging.void_charge(made, now.id)
    elif what == "undo":
        charging.undo_charge(made, now.id, "law")


def revenue(now: m.Charge) -> dict[str, int]:
    """What is earned on each product: the billed amount, spread over the lines by their weight."""
    sums: dict[str, int] = {}
    parts: Sequence[Money] = now.billed.allocate([line.amount.amount for line in now.lines])
    for line, part in zip(now.lines, parts, strict=True):
        sums[f"revenue/{line.product_id}"] = sums.get(f"revenue/{line.product_id}", 0) - part.amount
    return {account: amount for account, amount in sums.items() if amount}


@given(LINES, STEPS)
def test_the_ledger_follows_whatever_happens(lines: list[tuple[str, int]], steps: list[tuple[str, int]]) -> None:
    """At each step entries sum to zero, the receivable is what is outstanding, the revenue what is billed."""
    made, _ = owed(*lines)
    for what, size in steps:
        step(made, what, size)
        now, accounts = charge(made), balances(made)
        assert all(sum(entry.values()) == 0 for _, entry in ledger(made))
        assert accounts.get("receivable", 0) == now.outstanding.amount
        assert {name: amount for name, amount in accounts.items() if name.startswith("revenue/")} == revenue(now)
        assert now.held.amount >= 0
        assert 0 <= now.billed.amount <= now.amount.amount


@given(LINES, STEPS)
def test_charge_attempts_and_refunds_agree(lines: list[tuple[str, int]], steps: list[tuple[str, int]]) -> None:
    """A charge sums its attempts, accounts hold what they took less what left, payables what is under way."""
    made, _ = owed(*lines)
    for what, size in steps:
        step(made, what, size)
    now, accounts = charge(made), balances(made)
    attempts = [made.state.need(m.Attempt, id) for id in now.attempt_ids]
    refunds = [made.state.need(m.Refund, event.refund.id) for event in events(made, ev.RefundAsked)]
    assert now.paid.amount == sum(one.captured for one in attempts)
    assert now.refunded.amount == sum(one.refunded for one in attempts)
    assert all(0 <= one.refunded <= one.captured for one in attempts)
    for name in ACCOUNTS:
        taken = sum(one.captured for one in attempts if one.account == name)
        gone = sum(one.amount.amount for one in refunds if one.account == name and one.state == "settled")
        assert accounts.get(f"account/{name}", 0) == taken - gone
    assert -accounts.get("refunds payable", 0) == sum(one.amount.amount for one in refunds if one.state == "started")


@given(LINES, st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_many_small_refunds_end_where_one_would(lines: list[tuple[str, int]], cents: list[int]) -> None:
    """However a refund is cut into parts, the revenue accounts end where one refund of the sum brings them."""
    total = sum(amount for _, amount in lines)
    whole = min(total, sum(cents))
    one, _ = owed(*lines)
    charging.take(one, "chg_1", "desk")
    charging.refund(one, "pay_1", eur(whole), "at once")
    many, _ = owed(*lines)
    charging.take(many, "chg_1", "desk")
    left = whole
    for part in cents:
        part, left = min(part, left), left - min(part, left)
        if part:
            charging.refund(many, "pay_1", eur(part), "in parts")
    assert balances(many) == balances(one)


# --- deposits, parts and single lines --------------------------------------------------------------------------------


def lent(*lines: tuple[str, int], deposit: int, later: Sequence[m.Instalment] = ()) -> Draft:
    """A draft in which these lines and a deposit are owed."""
    made = draft(state(ENTITY))
    price = priced(*lines, due=sum(amount for _, amount in lines) + deposit)
    held = m.ChargeLine("keys", "deposit", 1, eur(deposit), kind="held")
    charging.raise_charge(made, attrs.evolve(price, lines=(*price.lines, held)), BOUGHT, PLACE, "zoe", later=later)
    return made


def test_a_deposit_is_owed_and_not_earned() -> None:
    """It is a liability from the beginning, and money that comes in for it has an entry of its own."""
    made = lent(ROOM, deposit=500)
    assert balances(made) == {"receivable": 1500, "revenue/room": -1000, "deposits": -500}
    captured(made, 1200)
    assert [what for what, _ in ledger(made)] == ["raised", "taken", "deposit taken"]
    assert (charge(made).paid_deposit, charge(made).unpaid_deposit) == (eur(200), eur(300))


def test_instalments_are_in_the_order_of_their_days() -> None:
    """The oldest is due first, those without a day last; whoever owes is told on each day."""
    days = [START.date() + timedelta(days=number) for number in (20, 10)]
    parts = [m.Instalment(None, eur(100)), *(m.Instalment(day, eur(200)) for day in days)]
    made = lent(ROOM, deposit=0, later=parts)
    assert [part.day for part in charge(made).instalments] == [days[1], days[0], None]
    assert charge(made).at_once == eur(500)
    assert [charge(made).due_by(day).amount for day in (None, days[1], days[0])] == [500, 700, 900]
    assert work(made) == [("expire", "charge")] * 2


def test_what_is_taken_off_a_charge_is_off_its_price() -> None:
    """A deposit that is owed stays owed, and the instalments that are due last are shorter."""
    day = START.date() + timedelta(days=10)
    later = [m.Instalment(day, eur(600)), m.Instalment(day, eur(500), "held")]
    made = lent(ROOM, deposit=500, later=later)
    captured(made, 400)
    lower_charge(made, "chg_1", eur(700), "moved")
    assert (charge(made).deposit, charge(made).outstanding, charge(made).earned) == (500, eur(500), eur(300))
    assert [part.amount for part in charge(made).instalments] == [eur(500)]
    assert balances(made)["deposits"] == -500


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5000), st.booleans()), max_size=6),
)
def test_a_line_that_is_given_back_costs_no_other(lines: list[int], steps: list[tuple[int, int, bool]]) -> None:
    """Whatever goes back: what lines earned is what stands as earned, none below nothing; named lines alone lose."""
    names = [(f"p{number}", amount) for number, amount in enumerate(lines)]
    made, _ = owed(*names)
    charging.take(made, "chg_1", "desk")
    for line, amount, named in steps:
        before = charge(made).earned_by_line()
        if named and line < len(lines) and (part := min(amount, before[line])) > 0:
            charging.refund_lines(made, "chg_1", [m.LineRefund(line, eur(part))], "cold")
            after = [old - part if number == line else old for number, old in enumerate(before)]
            assert list(charge(made).earned_by_line()) == after
        elif not named:
            charging.give_back(made, "chg_1", amount, "goodwill")
        earned = charge(made).earned_by_line()
        assert min(earned) >= 0
        assert sum(earned) == charge(made).earned.amount
        told = {name: amount for name, amount in balances(made).items() if name.startswith("revenue/")}
        assert told == {f"revenue/p{number}": -part for number, part in enumerate(earned[:-1]) if part}


# --- while it is being paid ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ticks", "free"), [(-1, False), (0, True), (1, True)])
@pytest.mark.parametrize("said", ["started", "pending"])
def test_what_is_being_paid_is_changed_from_the_end_of_its_hold_on(ticks: int, free: bool, said: str) -> None:
    """What a gateway is asked for stays as it is until 15 minutes after it was asked, to the instant, and no longer."""
    made, _ = owed(ROOM)
    attempt = captured(made, 0)
    made.state = made.state.put([attrs.evolve(attempt, state=said)])
    made.now = attempt.started_at + charging.PAYMENT_HOLD + timedelta(microseconds=ticks)
    if free:
        check_unpaid(made, "chg_1")
    else:
        with pytest.raises(WrongStateError, match="being paid"):
            check_unpaid(made, "chg_1")
