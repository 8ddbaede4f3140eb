"""What an organisation holds counts for those who belong to it, wherever a price list asks what somebody holds."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales import question
from cantinekit.errors import NoEntitlementError, UnsuitableError
from cantinekit.money import Money
from support.houses.one_list import at, book, place, sell
from support.houses.small_house import TODAY
from support.races.two_at_once import later
from support.stores.around import Around, WithoutVersions

LIST = """
[product.membership]
sells = "membership"
rate = { price = 100.00 }
[product.room]
rate = [{ when = { holds = "membership" }, price = 10.00, per = "1h" }, { price = 20.00, per = "1h" }]
[product.coffee]
rate = [{ when = { holds = "membership" }, price = 1.00 }, { price = 2.00 }]
[product.key]
sells = "fee"
needs = "membership"
rate = { price = 5.00 }
[product.desk]
sells = "plan"
price_date = "renewal"
rate = [{ when = { holds = "membership" }, price = 60.00 }, { price = 90.00 }]
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.day]
rate = [{ when = { holds = "membership" }, price = 7.00 }, { price = 14.00 }]
[product.stay]
rate = [{ when = { holds = "membership" }, price = 3.00, per = "1h" }, { price = 6.00, per = "1h" }]
[product.carnet]
sells = "grant"
rate = [{ when = { holds = "membership" }, price = 50.00 }, { price = 80.00 }]
grant = { account = "carnet", unit = "1h", units = 5 }
"""
DAY = timedelta(days=1)


@pytest.fixture
def house():
    """A company that is a member, to which Zoe and Bob belong; Eve does not. The laws hold in the end."""
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        join(house, "zoe")
        join(house, "bob")
        sell(house, "membership", "works")
        yield house


def join(house, person, first=TODAY, last=None, organisation="works"):
    asked = c.Affiliate(organisation_id=organisation, person_id=person, role="member", first_day=first, last_day=last)
    return house.do(asked).value


def paid(outcome):
    """What the charges of something come to, in minor units."""
    return sum(one.amount.amount for one in outcome.charges)


def hour(house, person, day=TODAY):
    """What an hour of the room would cost somebody on a day."""
    asked = c.Book(space_id="room", product_id="list/room", period=at(10, 11, day), person_id=person)
    return house.cantine.quote(asked).total.amount


def test_people_of_a_member_pay_what_members_pay(house):
    """Bookings, orders and what is sold to hold: the people of the company have the price of members, Eve has not."""
    for person, room, coffee, carnet in (("zoe", 1000, 100, 5000), ("bob", 1000, 100, 5000), ("eve", 2000, 200, 8000)):
        assert hour(house, person) == room
        order = c.Sell(["list/coffee"], place_id="paris", person_id=person, account="desk")
        assert paid(house.do(order)) == coffee
        assert paid(sell(house, "carnet", person)) == carnet
    booking = book(house, "room", at(10, 11), "room").value
    assert house.get(m.Sale, booking.sale_id).holds == ("membership",)


def test_what_needs_a_membership_can_be_had(house):
    """A product that needs a membership is sold to the people of a company that is a member, and to nobody else."""
    order = c.Sell(["list/key"], place_id="paris", person_id="zoe", account="desk")
    assert paid(house.do(order)) == 500
    with pytest.raises(NoEntitlementError):
        house.do(attrs.evolve(order, person_id="eve"))


def test_a_booking_that_moves_is_priced_by_it(house):
    """A booking is moved within the price of members; control: Eve's is moved within that of everybody."""
    for person, more in (("zoe", 1000), ("eve", 2000)):
        booking = book(house, "room", at(10, 11), "room" if person == "zoe" else "office", person=person).value
        moved = house.do(c.MoveBooking(booking.id, period=at(10, 12), account="desk"))
        assert moved.charges[-1].amount == Money(more, "EUR")


@pytest.mark.parametrize(("person", "day", "stay"), [("zoe", 700, 600), ("eve", 1400, 1200)])
def test_the_door_knows_it(house, person, day, stay):
    """Who comes in for a day, or for two hours by the time, pays the price of members where their company is one."""
    enters = c.CheckIn(place_id="paris", product_id="list/day", person_id=person, account="desk")
    entered = house.do(enters)
    assert paid(entered) == day
    house.do(c.CheckOut(entered.value.id))
    visit = house.do(c.CheckIn(place_id="paris", product_id="list/stay", person_id=person)).value
    house.wait(hours=2)
    assert paid(house.do(c.CheckOut(visit.id, account="desk"))) == stay


def test_it_counts_on_the_days_of_the_affiliation(house):
    """Who belongs to the company from tomorrow until the day after pays as a member on these days, and on no other."""
    join(house, "eve", TODAY + DAY, TODAY + 2 * DAY)
    assert [hour(house, "eve", TODAY + n * DAY) for n in range(4)] == [2000, 1000, 1000, 2000]


def test_it_counts_no_more_once_somebody_has_left(house):
    """Who has left the company pays what everybody pays from the day after."""
    (mine,) = [one for one in house.all(m.Affiliation) if one.person_id == "zoe"]
    house.do(c.EndAffiliation(mine.id, last_day=TODAY))
    assert [hour(house, "zoe", TODAY + n * DAY) for n in range(2)] == [1000, 2000]


def test_another_company_changes_nothing(house):
    """Who belongs to a company that is no member, and to one that is, pays as a member; of the first alone, not."""
    house.do(c.AddOrganisation(name="Other", id="other"))
    join(house, "eve", organisation="other")
    assert hour(house, "eve") == 2000
    join(house, "eve")
    assert hour(house, "eve") == 1000


def test_a_membership_that_ended_is_shared_no_more(house):
    """Once the company's membership is taken back its people pay what everybody pays."""
    (held,) = [one for one in house.all(m.Pass) if one.holder_id == "works"]
    house.do(c.CancelPass(held.id))
    assert hour(house, "zoe", TODAY + DAY) == 2000


def renewals(house):
    """What each month of the plans costs, by the holder."""
    found = [one for one in house.all(m.Charge) if "desk" in {line.product_id.partition("/")[2] for line in one.lines}]
    found.sort(key=lambda one: one.raised_at)
    return [(one.lines[0].person_id or one.payer_id, one.amount.amount) for one in found]


def test_a_renewal_counts_it(house):
    """The next month of a plan is priced by what the company holds then, as its timeline says: who has left it pays
    what others pay.
    """
    sold = sell(house, "desk", "zoe").value
    told = house.cantine.read.timeline(sold.id, TODAY + 40 * DAY)
    assert [one.price for one in told.periods] == [Money(6000, "EUR")] * 2
    house.wait(days=31)
    house.cantine.run_due()
    (mine,) = [one for one in house.all(m.Affiliation) if one.person_id == "zoe"]
    house.do(c.EndAffiliation(mine.id, last_day=house.clock.now().date()))
    house.wait(days=31)
    house.cantine.run_due()
    assert renewals(house) == [("zoe", 6000), ("zoe", 6000), ("zoe", 9000)]


def test_who_takes_over_a_plan_shares_what_their_company_holds(house):
    """Zoe's plan at the price of members goes to Bob of the same company, and not to Eve, who would pay more for it."""
    sold = sell(house, "desk", "zoe").value.id
    with pytest.raises(UnsuitableError, match="costs eve"):
        house.do(c.TransferPass(sold, holder_id="eve", reason="moved"))
    assert house.do(c.TransferPass(sold, holder_id="bob", reason="moved")).value.holder_id == "bob"


def test_the_control_without_it(house, monkeypatch):
    """Negative control: where nobody looks at what is shared, the people of the company pay what everybody pays."""
    monkeypatch.setattr(question, "shared_holdings", lambda state, person_id, day: ())
    assert hour(house, "zoe") == 2000


class EndsMeanwhile(Around):
    """A store in which the company's membership ends right before the next change is stored."""

    ends = None

    def apply(self, change):
        if self.ends is not None:
            ends, self.ends = self.ends, None
            ends()
        self.inner.apply(change)


@pytest.mark.parametrize(("store", "price"), [(EndsMeanwhile, 2000), (WithoutVersions, 1000)])
def test_a_membership_that_ends_meanwhile_counts_no_more(store, price):
    """The company's membership ends while Zoe books: she pays what everybody pays. Control: on a store that forgets
    versions she pays as a member.
    """
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        join(house, "zoe")
        held = sell(house, "membership", "works").value
        ends = c.CancelPass(held.id)
        around = EndsMeanwhile(house.storage)
        other = later(store(around) if store is WithoutVersions else around)
        around.ends = lambda: house.do(ends)
        asked = c.Book(space_id="room", product_id="list/room", period=at(10, 11, TODAY + DAY), person_id="zoe")
        assert paid(other.do(attrs.evolve(asked, account="desk"))) == price
