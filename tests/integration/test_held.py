"""What is held: a membership, a plan, a carnet of half hours, as their price list says; sold, given, over, taken back.

What a sale was told of a person is kept beside it, and goes with the person.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    AdmissionError,
    IncompleteError,
    InputError,
    NotFoundError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses.club_house import open_club
from support.houses.edges import accounts
from support.houses.small_house import TODAY, House, journal, period, rows
from support.laws import house_laws

TOMORROW = TODAY + timedelta(days=1)
NAME, VALUE = "Canary-Fact", "Canary-Value"
SECRET = f"""
[tariff]
id = "secret"
name = "By what is told"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
"{NAME}" = ["{VALUE}", "other"]
[product.room]
rate = [{{ when = {{ "{NAME}" = "{VALUE}" }}, price = 1.00, per = "1h" }}, {{ price = 2.00, per = "1h" }}]
"""


@pytest.fixture
def house():
    """A club, whose laws hold in the end."""
    house = open_club()
    yield house
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def sell(house: House, product: str, person: str = "zoe", account: str | None = "desk", **more) -> m.Pass:
    facts = {} if product == "resident" else {"student": False}
    asked = c.SellPass(product_id=f"club/{product}", place_id="paris", holder_id=person, account=account, facts=facts)
    return house.do(attrs.evolve(asked, **more)).value


def give(house: House, units: int | Decimal, person: str = "zoe", **more) -> m.Pass:
    asked = c.GrantUnits(
        account="hours", units=units, pricelist_id="club", place_id="paris", holder_id=person, reason="of the old till"
    )
    return house.do(attrs.evolve(asked, **more)).value


def room(hour: int = 10, hours: float = 1, day: date = TODAY, **more) -> c.Book:
    asked = c.Book(space_id="b", product_id="club/room", period=period(hour, hour + hours, day), person_id="zoe")
    return attrs.evolve(asked, **({"account": "desk"} | more))


def cost(house: House, command: c.Command) -> int:
    return house.cantine.quote(command).total.amount


def left(house: House) -> list[int | Decimal]:
    """What is left of each entitlement, in the unit of the price list."""
    return [one.in_unit(one.left) for one in house.all(m.Entitlement)]


# --- sold ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["desk", "card"])
def test_a_membership_is_held_from_its_first_day_to_its_last(house, account):
    """Paid in cash or by card it is had; its list asks for it on the day of use, and has no answer of it before or
    after. Nobody else holds it."""
    sold = sell(house, "club", account=account, first_day=TOMORROW)
    assert (house.get(m.Pass, sold.id).state, sold.sells, sold.entitlement_ids) == ("active", "membership", ())
    assert (sold.first_day, sold.last_day, sold.product_id) == (TOMORROW, date(2027, 11, 24), "club/club")
    days = (TODAY, TOMORROW, sold.last_day, sold.last_day + timedelta(days=1))
    assert [cost(house, room(day=day)) for day in days] == [1500, 1200, 1200, 1500]
    assert cost(house, room(day=TOMORROW, person_id="bob")) == 1500


def test_a_walk_in_holds_nothing(house):
    """What is held is always told: of somebody unknown, nothing. They cannot buy what somebody holds."""
    assert cost(house, room(person_id=None)) == 1500
    with pytest.raises(UnsuitableError, match="name the person"):
        house.do(room(person_id=None, extras={"resident": 1}))
    assert house.all(m.Booking) == []


def test_what_a_list_has_to_know_is_asked_with_its_name(house):
    """A fact that the list needs and nobody has told is asked for; told with the command or known of the person it is
    not."""
    with pytest.raises(IncompleteError) as asked:
        sell(house, "club", facts={})
    assert [(one.code, one.facets) for one in asked.value.refusals] == [("incomplete", ("student",))]
    house.do(c.SetFact("zoe", name="student", value=True))
    assert house.all(m.Charge) == []
    sell(house, "club", facts={})
    assert [one.amount.amount for one in house.all(m.Charge)] == [500]
    sell(house, "club", facts={"student": False})
    assert [one.amount.amount for one in house.all(m.Charge)] == [500, 1000]


def test_what_it_needs_comes_with_it(house):
    """A carnet that needs a membership brings it to who has none, and both wait for one payment; the next brings
    none."""
    hours = sell(house, "hours", account=None)
    assert {one.product_id: one.state for one in house.all(m.Pass)} == {"club/hours": "pending", "club/club": "pending"}
    (club,) = (one for one in house.all(m.Pass) if one.sells == "membership")
    assert (club.with_order, club.sale_id, club.charge_id) == (
        m.Subject("pass", hours.id),
        hours.sale_id,
        hours.charge_id,
    )
    assert cost(house, room()) == 1500
    house.do(c.Pay(hours.charge_id, account="desk"))
    assert {one.state for one in house.all(m.Pass)} == {"active"}
    assert cost(house, room()) == 0
    sell(house, "hours")
    assert [one.amount.amount for one in house.all(m.Charge)] == [10000, 9000]


def test_hours_are_used_by_their_halves(house):
    """Ten hours are twenty halves: an hour and a half takes three of them, and the hours that are left say so."""
    sell(house, "hours")
    booked = house.do(room(hours=1.5)).value
    assert (left(house), [spend.units for spend in booked.spends], booked.charge_id) == ([Decimal("8.5")], [3], None)
    (units,) = house.all(m.Entitlement)
    assert (units.bought, units.smallest, units.unit, units.value) == (20, "1/2", "1h", 450)
    house.do(c.CancelBooking(booked.id))
    assert left(house) == [10]


def test_units_that_begin_later_are_not_spent_before(house):
    """A carnet sold today for tomorrow covers tomorrow, and nothing of today."""
    sell(house, "hours", first_day=TOMORROW)
    assert (cost(house, room()), cost(house, room(day=TOMORROW))) == (1500, 0)


def test_somebody_else_pays(house):
    """The charge is that of the payer, the pass that of the holder. A payer who is not there is refused, and nothing is
    sold."""
    sold = sell(house, "resident", payer_id="bob", account=None)
    assert (sold.holder_id, house.get(m.Charge, sold.charge_id).payer_id) == ("zoe", "bob")
    house.do(c.Pay(sold.charge_id, account="desk"))
    for command in (room(payer_id="nobody"), room(payer_id="nobody", day=TOMORROW, on_account=True, account=None)):
        with pytest.raises(NotFoundError, match="nobody"):
            house.do(command)
    house.do(c.ForgetPerson("lou"))
    with pytest.raises(WrongStateError):
        house.do(room(payer_id="lou"))
    assert house.all(m.Booking) == []


def test_who_holds_a_membership_is_a_member(house):
    """A workshop for members lets in who holds one that gives nothing to spend, on the days on which it is held."""
    house.do(c.ChangeAdmission("welding", admission=m.Admission(members_of=("club/club",))))
    register = c.Register(session_id="paid", person_id="zoe", account="desk")
    with pytest.raises(AdmissionError):
        house.do(register)
    sell(house, "club", first_day=TODAY + timedelta(days=2))
    with pytest.raises(AdmissionError):
        house.do(register)
    sell(house, "club")
    assert house.do(register).value.state == "confirmed"


# --- paid late, and over ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "state"), [(29, "active"), (30, "cancelled")])
def test_a_plan_is_paid_up_to_its_last_day(house, days, state):
    """Until the end of its last day it can be paid for; afterwards it is over, and nothing is owed for it any more."""
    sold = sell(house, "resident", account=None)
    assert sold.last_day == TODAY + timedelta(days=29)
    house.wait(days=days)
    if state == "cancelled":
        with pytest.raises(TooLateError):
            house.do(c.Pay(sold.charge_id, account="desk"))
        house.cantine.run_due()
        assert (accounts(house), house.get(m.Charge, sold.charge_id).state) == ({}, "void")
    else:
        house.cantine.run_due()
        house.do(c.Pay(sold.charge_id, account="desk"))
    assert house.get(m.Pass, sold.id).state == state


# --- given -----------------------------------------------------------------------------------------------------------


def test_what_another_system_sold_is_taken_over(house):
    """A membership that began long ago, and the hours that are left: held and spent as if they had been sold, without a
    charge, and kept as overrides with their reason."""
    given = c.GrantPass(
        product_id="club/hours",
        place_id="paris",
        holder_id="zoe",
        reason="of the old till",
        first_day=TODAY - timedelta(days=90),
        with_units=False,
    )
    carnet = house.do(given).value
    house.do(attrs.evolve(given, product_id="club/club"))
    give(house, Decimal("3.5"), paid=Money(900, "EUR"), last_day=carnet.last_day)
    assert (carnet.first_day, carnet.entitlement_ids, carnet.given) == (
        TODAY - timedelta(days=90),
        (),
        "of the old till",
    )
    assert house.do(room(hours=3)).charges == ()
    assert left(house) == [Decimal("0.5")]
    (units,) = house.all(m.Entitlement)
    assert (units.bought, units.value, units.unit) == (7, 450, "1h")
    assert cost(house, room(14)) == 1200
    assert ([one.reason for one in house.all(m.Override)], house.all(m.Charge)) == (["of the old till"] * 3, [])
    assert [one.subject.kind for one in house.all(m.Sale)] == ["booking"]
    with pytest.raises(UnsuitableError, match="was given"):
        house.do(c.CancelPass(carnet.id, refund="all", reason="by mistake"))
    house.do(c.CancelPass(carnet.id))


def test_a_gift_has_the_units_of_the_list(house):
    """A pass that is given gives what its list says; it lasts as long as the list says, or as is said with it."""
    given = c.GrantPass(product_id="club/hours", place_id="paris", holder_id="zoe", reason="a prize")
    first = house.do(given).value
    second = house.do(attrs.evolve(given, last_day=TOMORROW)).value
    assert (left(house), first.last_day, second.last_day) == ([10, 10], date(2027, 5, 23), TOMORROW)
    house.do(room())
    assert {one.pass_id: one.left for one in house.all(m.Entitlement)} == {first.id: 20, second.id: 18}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"units": Decimal("0.25")}, InputError),
        ({"account": "tea"}, UnsuitableError),
        ({"last_day": TODAY - timedelta(days=1)}, InputError),
    ],
)
def test_units_that_the_list_does_not_know_are_not_given(house, said, error):
    """A part that the list does not count, an account that it does not have, a day that is over: nothing is given."""
    before = rows(house.storage)
    with pytest.raises(error):
        give(house, **{"units": 1, **said})
    assert rows(house.storage) == before


# --- taken back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "back"), [(0, 9000), (2, 0)])
def test_where_the_list_is_silent_a_carnet_that_was_used_gives_nothing_back(house, hours, back):
    """Whole, all of its price goes back; used, nothing does. Either way what is left is taken."""
    sell(house, "club")
    sold = sell(house, "hours")
    if hours:
        house.do(room(hours=hours))
    done = house.do(c.CancelPass(sold.id))
    assert (house.get(m.Pass, sold.id).state, left(house)) == ("cancelled", [0])
    assert (house.get(m.Charge, sold.charge_id).refunded.amount, done.afterwards.refund.amount) == (back, back)
    assert cost(house, room(14)) == 1200


def test_staff_give_back_what_they_say(house):
    """An amount with a reason goes back instead, and is kept as an override; more than was paid is refused."""
    sell(house, "club")
    sold = sell(house, "hours")
    house.do(room())
    with pytest.raises(InputError):
        house.do(c.CancelPass(sold.id, refund=Money(9001, "EUR"), reason="moves away"))
    house.do(c.CancelPass(sold.id, refund=Money(4000, "EUR"), reason="moves away"))
    assert house.get(m.Charge, sold.charge_id).refunded == Money(4000, "EUR")
    assert [one.reason for one in house.all(m.Override)] == ["moves away"]


def test_a_plan_that_is_over_is_not_taken_back(house):
    """Once its last day is over nothing is taken back of it; before, nothing goes back since it has begun."""
    sold, other = sell(house, "resident"), sell(house, "resident", "bob")
    house.do(c.CancelPass(other.id))
    assert house.get(m.Charge, other.charge_id).refunded.amount == 0
    house.wait(days=31)
    with pytest.raises(WrongStateError, match="is expired"):
        house.do(c.CancelPass(sold.id))


# --- what a sale was told of a person --------------------------------------------------------------------------------


@pytest.fixture
def told():
    """A house whose prices depend on something that is known of Zoe, who has booked."""
    house = open_club()
    house.do(c.PublishTariff(SECRET))
    house.do(c.SetFact("zoe", name=NAME, value=VALUE))
    house.do(room(product_id="secret/room"))
    return house


def test_what_a_sale_was_told_of_a_person_is_in_no_entry(told):
    """The sale and the journal say that it was made from facts of the person; what they are is in one private row."""
    (sale,) = told.all(m.Sale)
    assert (sale.total.amount, sale.private_facts, sale.items[0].facts) == (100, True, ())
    told_in = [entry.type for entry in journal(told.storage) if VALUE in entry.body or NAME in entry.body]
    assert told_in == ["TariffPublished"]
    (kept,) = told.all(m.SaleFacts)
    assert (kept.id, kept.person_id, kept.facts) == (sale.id, "zoe", ((0, ((NAME, VALUE),)),))
    assert {key.kind for key, row in rows(told.storage).items() if VALUE in row.body} == {
        "person",
        "salefacts",
        "tariff",
    }
    (explained,) = told.cantine.read.explain(sale.subject)
    assert explained.total == sale.total


def test_the_copy_has_what_a_sale_was_told(told):
    """Who asks for a copy gets it."""
    copy = json.loads(told.cantine.export("zoe").to_json())
    assert [one["facts"] for one in copy["records"]["salefacts"]] == [[[0, [[NAME, VALUE]]]]]


def test_what_a_sale_was_told_goes_with_the_person(told):
    """It is in no row once the person is forgotten; the sale stays, and cannot be explained any more."""
    (sale,) = told.all(m.Sale)
    told.wait(days=2)
    told.cantine.run_due()
    told.cantine.forget("zoe", actor="ana")
    assert {key.kind for key, row in rows(told.storage).items() if VALUE in row.body} == {"tariff"}
    assert told.all(m.Sale) == [sale]
    with pytest.raises(UnsuitableError, match="was forgotten"):
        told.cantine.read.explain(sale.subject)
