"""Passes that become somebody else's: what moves, what stays with who bought, who pays, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import NoEntitlementError, RefusedError, UnsuitableError, WrongStateError
from cantinekit.runtime import engine
from support.houses import clock_house, small_house
from support.houses.lasting_house import subscribe
from support.houses.one_list import at, left, place, sell
from support.houses.small_house import TODAY, open_house, records
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later
from support.run.soak import scaled
from support.stores.around import Around, WithoutVersions
from support.stores.dying import Cut, DiesAt

LIST = """
[order]
vouchers = "voucher"
[facts]
student = "yes/no"
[product.carnet]
sells = "grant"
rate = { price = 100.00 }
grant = { account = "carnet", unit = "1h", units = 5 }
[product.member]
sells = "membership"
rate = { price = 10.00 }
[product.club]
sells = "membership"
needs = "member"
rate = { price = 20.00 }
[product.reduced]
sells = "grant"
rate = [{ when = { student = true }, price = 5.00 }, { price = 50.00 }]
grant = { account = "carnet", unit = "1h", units = 2 }
[product.month]
sells = "plan"
rate = { price = 60.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "days", unit = "day", units = 5, renews = "month" }
[product.study]
sells = "plan"
rate = [{ when = { student = true }, price = 5.00 }, { price = 50.00 }]
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.room]
cover = { by = "carnet", unit = "1h", smallest = "0.5" }
beyond = "refuse"
rate = { price = 20.00, per = "1h" }
[product.voucher]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "voucher", unit = "EUR", value = 30.00 }
"""
WHY = {"reason": "moved to another team"}


@pytest.fixture
def house():
    """A house with one price list, whose laws hold in the end; Works is a company to which Bob and Eve belong."""
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        for person in ("bob", "eve"):
            house.do(c.Affiliate(organisation_id="works", person_id=person, role="member", first_day=TODAY))
        yield house


def book(house, person, start, hours=1, space="room"):
    asked = c.Book(space_id=space, product_id="list/room", period=at(start, start + hours), person_id=person)
    return house.do(attrs.evolve(asked, account="desk")).value


def give(house, sold, holder, **more):
    return house.do(c.TransferPass(sold, holder_id=holder, **{**WHY, **more})).value


def users(house, sold):
    """Who else than the holder uses how many hours of a pass."""
    (one,) = [one for one in house.all(m.Entitlement) if one.pass_id == sold]
    return {user.person_id: one.in_unit(user.units) for user in one.users}


def payers(house, sold):
    """Who owes each charge of a pass, the oldest first."""
    found = [one for one in house.all(m.Charge) if one.subject.id == sold]
    return [(one.payer_id, one.organisation) for one in sorted(found, key=lambda one: one.raised_at)]


# --- what moves ------------------------------------------------------------------------------------------------------


def test_the_units_that_are_left_move(house):
    """Two hours of five are spent: the other three are the new holder's, and those that come back later are too."""
    sold = sell(house, "carnet", "zoe").value.id
    booking = book(house, "zoe", 10, 2)
    before = len(house.all(m.Charge))
    moved = give(house, sold, "max")
    assert (moved.holder_id, moved.organisation) == ("max", False)
    assert (left(house, "carnet"), left(house, "carnet", "max"), len(house.all(m.Charge))) == (0, 3, before)
    with pytest.raises(NoEntitlementError):
        book(house, "zoe", 14)
    book(house, "max", 14, 3, "office")
    assert house.get(m.Booking, booking.id).state == "confirmed"
    house.do(c.CancelBooking(booking.id))
    assert (left(house, "carnet"), left(house, "carnet", "max")) == (0, 2)
    assert payers(house, sold) == [("zoe", False)]


def test_what_is_held_moves(house):
    """A price list that asks what somebody holds finds it with the new holder, and no more with the old one."""
    sold = sell(house, "member", "zoe").value.id
    give(house, sold, "max")
    sell(house, "club", "max")
    assert [one.tariff_product for one in house.get(m.Wallet, "max").holdings] == ["member", "club"]
    assert house.get(m.Wallet, "zoe").holdings == ()


def test_what_is_moved_is_priced_anew(house):
    """A booking of the old holder that is moved needs units that they have by now: those of before go back."""
    sold = sell(house, "carnet", "zoe").value.id
    booking = book(house, "zoe", 10, 2)
    give(house, sold, "max")
    with pytest.raises(NoEntitlementError):
        house.do(c.MoveBooking(booking.id, period=at(15, 17)))
    sell(house, "carnet", "zoe")
    house.do(c.MoveBooking(booking.id, period=at(15, 17)))
    assert (left(house, "carnet"), left(house, "carnet", "max")) == (3, 5)


def test_a_visit_that_goes_on_keeps_the_units_that_it_took():
    """Zoe is there on an entry when her carnet becomes Bob's: her visit stays hers, and gives the entry back to him."""
    house = small_house.open_house()
    carnet = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    assert left(house, "carnet") == 9
    give(house, carnet.id, "bob")
    house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    assert house.get(m.Visit, visit.id).person_id == "zoe"
    house.do(c.CancelVisit(visit.id, reason="was none"))
    assert (left(house, "carnet"), left(house, "carnet", "bob")) == (0, 10)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_visit_by_the_clock_keeps_the_units_that_it_took():
    """Corrected later it takes of the hours that it had, and no more; cancelled it gives all back to the new holder."""
    house = clock_house.clock_house(clock_house.local(9))
    sold = house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="bob", account="desk")).value.id
    before = left(house, "hours", "bob")
    visit = house.do(c.CheckIn(place_id="paris", product_id="ticket", person_id="bob")).value
    house.clock.set(clock_house.local(11))
    house.do(c.CheckOut(visit.id, account="desk"))
    spent = before - left(house, "hours", "bob")
    give(house, sold, "zoe")
    opened = house.get(m.Visit, visit.id).opened_at
    house.do(c.CorrectVisit(visit.id, closed_at=opened + timedelta(hours=1), reason="left earlier"))
    assert before - spent < left(house, "hours", "zoe") < before
    house.do(c.CorrectVisit(visit.id, closed_at=opened + timedelta(minutes=90), reason="left later"))
    house.do(c.CancelVisit(visit.id, reason="was none"))
    assert left(house, "hours", "zoe") == before
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_line_of_an_order_that_is_anothers_by_now_is_cancelled(house):
    """Cancelling the line ends the pass where it is; the money goes back to who paid."""
    lines = [c.SellLine("list/member"), c.SellLine("list/carnet")]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk")).value
    for line in order.lines:
        give(house, line.pass_id, "max")
    house.do(c.CancelOrder(order.id, reason="a mistake", refund="all"))
    assert [house.get(m.Pass, line.pass_id).state for line in order.lines] == ["cancelled", "cancelled"]
    wallet = house.get(m.Wallet, "max")
    assert (wallet.holdings, wallet.entitlement_ids) == ((), ())


def test_a_voucher_pays_for_the_new_holder(house):
    """A voucher of money is the new holder's; what it paid goes back to it."""
    sold = sell(house, "voucher", "zoe").value.id
    give(house, sold, "max")
    bought = sell(house, "member", "max").value
    assert left(house, "voucher", "max") == 2000
    give(house, bought.id, "eve")
    give(house, sold, "bob")
    house.do(c.CancelPass(bought.id, refund="all", reason="a mistake"))
    assert (left(house, "voucher", "bob"), left(house, "voucher", "max")) == (3000, 0)


def test_what_was_spent_for_another_comes_back(house):
    """Zoe paid for Bob by her voucher, which is Max's by now: it is full again, and nobody is noted as using it."""
    voucher = sell(house, "voucher", "zoe").value.id
    asked = c.SellPass(product_id="list/member", place_id="paris", holder_id="bob", payer_id="zoe")
    sold = house.do(asked)
    house.do(c.Pay(sold.charges[0].id, account="voucher"))
    assert left(house, "voucher") == 2000
    give(house, voucher, "max")
    assert users(house, voucher) == {"zoe": 1000}
    house.do(c.CancelPass(sold.value.id, refund="all", reason="a mistake"))
    assert (left(house, "voucher", "max"), users(house, voucher)) == (3000, {})


# --- organisations ---------------------------------------------------------------------------------------------------


def test_a_pass_of_a_person_becomes_a_companys_and_back(house):
    """Its people use it then; what its old holder used stays noted as theirs, and comes back as theirs."""
    sold = sell(house, "carnet", "bob").value.id
    mine = book(house, "bob", 10, 2)
    give(house, sold, "works")
    assert users(house, sold) == {"bob": 2}
    book(house, "eve", 14, 1, "office")
    assert users(house, sold) == {"bob": 2, "eve": 1}
    house.do(c.CancelBooking(mine.id))
    assert (users(house, sold), left(house, "carnet", "works")) == ({"eve": 1}, 4)
    give(house, sold, "eve")
    assert (users(house, sold), left(house, "carnet", "eve")) == ({}, 4)


def test_a_limit_counts_what_the_old_holder_used(house):
    """Bob may use two hours of each pass of the company: the two that he used when it was his own count."""
    (one,) = house.cantine.read.organisations("bob")
    house.do(c.EndAffiliation(one.id, last_day=TODAY - timedelta(days=1)))
    house.do(c.Affiliate(organisation_id="works", person_id="bob", role="member", first_day=TODAY, at_most=2))
    sold = sell(house, "carnet", "bob").value.id
    mine = book(house, "bob", 10, 2)
    give(house, sold, "works")
    with pytest.raises(NoEntitlementError):
        book(house, "bob", 14)
    house.do(c.CancelBooking(mine.id))
    book(house, "bob", 14, 2)
    assert users(house, sold) == {"bob": 2}


# --- who pays --------------------------------------------------------------------------------------------------------


def test_who_paid_goes_on_paying(house):
    """Zoe bought it: each month is hers to pay, and not any more once she is forgotten: then it is the holder's."""
    sold = sell(house, "month", "zoe").value.id
    give(house, sold, "max")
    house.wait(days=31)
    house.cantine.run_due()
    assert (payers(house, sold), left(house, "days", "max")) == ([("zoe", False)] * 2, 5)
    owed = house.cantine.read.statement("zoe")[-1]
    house.do(c.Pay(owed.id, account="desk"))
    house.do(c.ForgetPerson("zoe"))
    house.cantine.run_due()
    assert house.get(m.Person, "zoe").state == "forgotten"
    house.wait(days=31)
    house.cantine.run_due()
    assert payers(house, sold)[-1] == ("max", False)


def test_another_pays_from_now_on(house):
    """Whoever is named pays what comes; what began before is charged as before, and first."""
    sold = sell(house, "month", "zoe").value.id
    house.wait(days=31)
    give(house, sold, "works", payer_id="works")
    assert payers(house, sold) == [("zoe", False)] * 2
    house.wait(days=31)
    house.cantine.run_due()
    house.do(c.EndPass(sold, reason="closes", refund="nothing"))
    assert payers(house, sold)[2:] == [("works", True)]


def test_what_was_given_is_paid_by_who_would_have_paid(house):
    """Nobody paid for the first period of a gift: what comes is the old holder's, as it would have been."""
    gift = c.GrantPass(product_id="list/month", place_id="paris", holder_id="zoe", reason="a prize", renews=True)
    sold = house.do(gift).value.id
    assert give(house, sold, "max").payer_id == "zoe"
    assert give(house, sold, "zoe").payer_id is None
    give(house, sold, "max", payer_id="max")
    house.wait(days=31)
    house.cantine.run_due()
    assert payers(house, sold) == [("max", False)]


def test_a_change_of_plan_is_paid_by_who_was_named(house):
    """The difference of a change is charged to whoever pays since the transfer."""
    desk = c.PublishTariff(PLANS)
    house.do(desk)
    sold = house.do(c.SellPass(product_id="plans/small", place_id="paris", holder_id="zoe", account="desk")).value.id
    give(house, sold, "max", payer_id="works")
    house.do(c.ChangePass(sold, product_id="plans/large"))
    assert payers(house, sold) == [("zoe", False), ("works", True)]


PLANS = """
[tariff]
id = "plans"
name = "Plans"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.small]
sells = "plan"
rate = { price = 10.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.large]
sells = "plan"
rate = { price = 30.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""


# --- what is refused -------------------------------------------------------------------------------------------------


def test_who_lacks_what_the_list_asks_is_refused(house):
    """Only a member has the club, and only a student the reduced price: others cannot have it handed on."""
    sell(house, "member", "zoe")
    club = sell(house, "club", "zoe").value.id
    with pytest.raises(UnsuitableError, match="would not sell club"):
        give(house, club, "max")
    sell(house, "member", "max")
    give(house, club, "max")
    house.do(c.SetFact(person_id="zoe", name="student", value=True))
    reduced = sell(house, "reduced", "zoe").value.id
    with pytest.raises(UnsuitableError, match="would not sell reduced"):
        give(house, reduced, "max")
    house.do(c.SetFact(person_id="max", name="student", value=False))
    with pytest.raises(UnsuitableError, match="costs max 50"):
        give(house, reduced, "max")
    house.do(c.SetFact(person_id="max", name="student", value=True))
    give(house, reduced, "max")


def test_what_is_renewed_by_facts_of_a_person_stays_theirs(house):
    """Its price is made anew from what is known of who bought it, which goes with them: it is not handed on."""
    house.do(c.SetFact(person_id="zoe", name="student", value=True))
    sold = sell(house, "study", "zoe").value.id
    with pytest.raises(UnsuitableError, match="renewed by facts"):
        give(house, sold, "max")


def test_what_nobody_can_have_any_more_is_refused(house):
    """One that is cancelled, not paid yet, or over; and a holder who has it already, or is being forgotten."""
    sold = sell(house, "carnet", "zoe").value.id
    with pytest.raises(UnsuitableError, match="already"):
        give(house, sold, "zoe")
    house.do(c.AddPerson(name="Gone", id="gone"))
    house.do(c.ForgetPerson("gone"))
    with pytest.raises(WrongStateError):
        give(house, sold, "gone")
    with pytest.raises(WrongStateError):
        give(house, sold, "max", payer_id="gone")
    unpaid = house.do(c.SellPass(product_id="list/carnet", place_id="paris", holder_id="zoe")).value.id
    with pytest.raises(WrongStateError, match="pending"):
        give(house, unpaid, "max")
    short = c.GrantPass(product_id="list/member", place_id="paris", holder_id="zoe", reason="r", last_day=TODAY)
    over = house.do(short).value.id
    house.wait(days=2)
    with pytest.raises(WrongStateError, match="ended"):
        give(house, over, "max")
    house.do(c.CancelPass(sold, refund="nothing", reason="r"))
    with pytest.raises(WrongStateError, match="cancelled"):
        give(house, sold, "max")


def test_the_old_holder_is_forgotten_afterwards(house):
    """Nothing of the pass goes with them, and its units are spent on."""
    sold = sell(house, "carnet", "zoe").value.id
    give(house, sold, "max")
    house.do(c.ForgetPerson("zoe"))
    house.cantine.run_due()
    assert (house.get(m.Person, "zoe").state, left(house, "carnet", "max")) == ("forgotten", 5)
    book(house, "max", 9, 5)


# --- laws ------------------------------------------------------------------------------------------------------------

HOLDERS = ("zoe", "bob", "eve", "works")


def _state(house, sold):
    """A pass with its units, and what everybody has of it."""
    wallets = {one.id: (set(one.entitlement_ids), set(one.holdings)) for one in house.all(m.Wallet)}
    units = [one for one in house.all(m.Entitlement) if one.pass_id == sold]
    return house.get(m.Pass, sold), units, {id: own for id, own in wallets.items() if any(own)}


@settings(max_examples=scaled(15), deadline=None)
@given(data=st.data())
def test_units_are_conserved_and_there_and_back_changes_nothing(data):
    """Whoever has it and uses it in between, bought is left and used; handed there and back, all is as before."""
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        for person in ("bob", "eve"):
            house.do(c.Affiliate(organisation_id="works", person_id=person, role="member", first_day=TODAY))
        sold = sell(house, "carnet", "zoe").value.id
        holder, bookings, hour = "zoe", [], 10
        for _ in range(data.draw(st.integers(1, 8))):
            step = data.draw(st.sampled_from(("hand on", "book", "cancel", "there and back")))
            other = data.draw(st.sampled_from([one for one in HOLDERS if one != holder]))
            if step == "hand on":
                give(house, sold, other)
                holder = other
            elif step == "book":
                try:
                    bookings.append(book(house, data.draw(st.sampled_from(HOLDERS)), hour).id)
                    hour += 1
                except RefusedError:
                    pass
            elif step == "cancel" and bookings:
                house.do(c.CancelBooking(bookings.pop(0)))
            elif step == "there and back":
                before, charges = _state(house, sold), len(house.all(m.Charge))
                give(house, sold, other)
                give(house, sold, holder)
                after = _state(house, sold)
                payer = {"payer_id": None, "payer_organisation": False}
                assert attrs.evolve(after[0], **payer) == attrs.evolve(before[0], **payer)
                assert (after[1:], len(house.all(m.Charge))) == (before[1:], charges)
            (one,) = [one for one in house.all(m.Entitlement) if one.pass_id == sold]
            assert (one.left + one.used, one.in_unit(one.used), one.holder_id) == (one.bought, len(bookings), holder)
            house_laws.hold(house.storage, house.clock.now())


# --- at once, and cut ------------------------------------------------------------------------------------------------


@pytest.fixture
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


def _ready():
    """A pass of five hours, of which four are spent; a transfer, a use of the last hour and another transfer."""
    with place(LIST) as house:
        sold = sell(house, "carnet", "zoe").value.id
        book(house, "zoe", 9, 4)
        use = c.Book(space_id="room", product_id="list/room", period=at(14, 15), person_id="zoe")
        return house.storage, sold, c.TransferPass(sold, holder_id="bob", **WHY), {
            "use": use, "transfer": c.TransferPass(sold, holder_id="eve", **WHY)
        }  # fmt: skip


def _outcomes(other, fault):
    """What comes of a transfer against another decision at the same time, in every order of their calls."""
    base, sold, first, others = _ready()
    found = set()
    for _, ends, store in both_at_once(base, [first, others[other]], fault):
        rows = records(store)
        (units,) = [one for key, one in rows.items() if key.kind == m.Entitlement.kind]
        (now,) = [one for key, one in rows.items() if key.kind == m.Pass.kind and key.id == sold]
        having = sorted(one.id for key, one in rows.items() if key.kind == m.Wallet.kind and one.entitlement_ids)
        spent = sum(spend.units for key, one in rows.items() if key.kind == m.Booking.kind for spend in one.spends)
        done = sum(isinstance(one, engine.Committed) for one in ends)
        whole = units.used == spent and having == ([units.holder_id] if units.left else [])
        found.add((now.holder_id, int(units.in_unit(units.left)), done, whole))
        if fault is Around:
            house_laws.hold(store, later(store).clock.now())
            house_laws.folds(store)
    return found


def test_a_transfer_against_a_use(without_pauses):
    """Whoever comes first: the hour is spent before it is handed on, or the old holder has none any more."""
    assert _outcomes("use", Around) == {("bob", 0, 2, True), ("bob", 1, 1, True)}


def test_two_transfers_at_once(without_pauses):
    """Both hold one after the other: in the end one has it, with its unit, and nobody else."""
    assert _outcomes("transfer", Around) == {("bob", 1, 2, True), ("eve", 1, 2, True)}


@pytest.mark.parametrize("other", ["use", "transfer"])
def test_without_versions_something_is_lost(other, without_pauses):
    """The control: a store that compares no versions hands on what is spent, or leaves the unit with two."""
    assert any(not whole for *_, whole in _outcomes(other, WithoutVersions))


def test_a_transfer_is_whole_wherever_it_is_cut():
    """Cut before and after each change of a transfer in which a month falls due: sent again, all is done once."""
    step, died, cuts = 0, True, 0
    while died:
        died = False
        for after in (False, True):
            storage = MemoryStorage()
            house = open_house(storage=storage)
            desk = subscribe(house)
            command = c.TransferPass(desk, holder_id="bob", **WHY)
            first = later(DiesAt(storage, step, after=after), timedelta(days=8))
            try:
                first.do(command, key="once")
            except Cut:
                died, cuts = True, cuts + 1
            second = later(storage, timedelta(days=8, hours=1))
            second.do(command, key="once")
            second.cantine.run_due()
            charges = [one for one in second.all(m.Charge) if one.subject.id == desk]
            assert (second.get(m.Pass, desk).holder_id, len(charges)) == ("bob", 2)
            assert {one.payer_id for one in charges} == {"zoe"}
            house_laws.hold(storage, second.clock.now())
        step += 1
    assert cuts >= 2
