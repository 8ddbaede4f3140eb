"""Seats that are sold with an order: priced with it, held while it waits, had once it is paid, free where it is not."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.runtime import codec
from support.houses.one_list import at, cents, eur, left, place
from support.houses.small_house import TODAY, House, journal, rows

LIST = """
[facts]
age = "number"
grams = "number"
[product.hours]
sells = "grant"
grant = { account = "hours", unit = "1h", units = 2 }
rate = { price = 30.00 }
[product.seat]
rate = { price = 10.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "50%" }] }
[product.materials]
rate = { price = 8.00 }
[product.lesson]
cover = { by = "hours", unit = "1h" }
beyond = "rate"
rate = { price = 20.00, per = "1h" }
[product.aged]
rate = [{ when = { age = { from = 18 } }, price = 10.00 }, { price = 4.00 }]
[product.held]
rate = { price = 10.00 }
deposit = { id = "tool", price = 5.00 }
[product.weighed]
afterwards = ["grams"]
rate = { price = 0.10, per = "grams" }
[product.kept]
rate = { price = 10.00 }
deposit = { id = "tool", price = 5.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.weekend]
rate = [{ when = { weekday = ["sat", "sun"] }, price = 15.00 }, { price = 10.00 }]
move = { fee = 1.00 }
[product.capped]
rate = { price = 10.00 }
adjust = [{ id = "cap", at_most = 15.00, same = ["person", "month"] }]
[product.block]
measure = { unit = "block", every = "4h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
[product.badge]
sells = "membership"
valid = { year = "calendar" }
rate = { price = 20.00 }
[product.members]
needs = { product = "badge", add = true }
rate = { price = 5.00 }
[product.lunch]
rate = { price = 12.00 }
[coupon.TEN]
percent = "-10%"
on = "lunch"
"""
DAY = TODAY + timedelta(days=3)
SEAT = c.Register(session_id="ses", person_id="zoe")
KID = attrs.evolve(SEAT, person_id="bob")
LUNCHES = c.SellLine("lunch", count=3)


def add_session(house: House, product: str | None = "list/seat", id: str = "ses", day: date = DAY, **more) -> None:
    """A session of a workshop of its own, of two seats unless it is said."""
    options = more.pop("options", ("list/materials",))
    admission = more.pop("admission", m.Admission())
    house.do(c.AddWorkshop(place_id="paris", title=id, product_id=product, option_ids=options, id=f"w-{id}"))
    house.do(c.ChangeAdmission(f"w-{id}", admission=admission))
    asked = {"seats": 2, "starts": time(18), "ends": time(20), **more}
    house.do(c.AddSession(workshop_id=f"w-{id}", day=day, id=id, **asked))


@pytest.fixture
def house():
    with place(LIST) as house:
        house.do(c.ChangePlace("paris", name="Paris", pricelist_id="list"))
        add_session(house)
        yield house


def sell(house: House, *lines, **more):
    return house.do(c.Sell(lines, **{"place_id": "paris", "person_id": "zoe", "account": "desk", **more}))


def seats(house: House, order: m.Order) -> list[m.Registration]:
    return [house.get(m.Registration, id) for id in order.registration_ids]


def free(house: House, id: str = "ses") -> int:
    return house.get(m.Session, id).free(house.clock.now())


# --- it is sold ------------------------------------------------------------------------------------------------------


def test_two_registrations_and_three_lunches(house):
    """One price, one charge, one order: each registration keeps its part, and the order the lunches."""
    order = sell(house, SEAT, KID, LUNCHES)
    assert (order.value.state, len(order.charges), cents(order)) == ("sold", 1, 1000 + 1000 + 3600)
    zoe, bob = seats(house, order.value)
    assert [(one.state, one.person_id) for one in (zoe, bob)] == [("confirmed", "zoe"), ("confirmed", "bob")]
    assert [one.part.amount for one in (zoe, bob)] == [eur(1000), eur(1000)]
    assert {one.order_id for one in (zoe, bob)} == {order.value.id}
    assert {one.charge_id for one in (zoe, bob)} == {order.charges[0].id}
    assert [line.part is None for line in order.value.lines] == [True, True, False]
    assert free(house) == 0


def test_options_follow_the_lines(house):
    """An option is a line after the lines, of the same registration; extras follow the options."""
    order = sell(house, attrs.evolve(SEAT, option_ids=("list/materials",)), "lunch", extras={"lunch": 2}).value
    assert [(line.name, line.count) for line in order.lines] == [
        ("seat", 1),
        ("lunch", 1),
        ("materials", 1),
        ("lunch", 2),
    ]
    (zoe,) = seats(house, order)
    assert (zoe.items, zoe.part.amount) == (("1", "3"), eur(1800))
    assert [line.registration_id for line in order.lines] == [zoe.id, None, zoe.id, None]


def test_the_quote_is_the_price(house):
    """A quote of the basket says what it costs, and is honoured; nothing is held for it."""
    basket = c.Sell([SEAT, LUNCHES], place_id="paris", person_id="zoe", account="desk", codes=("TEN",))
    quote = house.cantine.quote(basket)
    assert (quote.total, free(house)) == (eur(1000 + 3240), 2)
    assert cents(house.do(attrs.evolve(basket, quote=quote))) == 4240


def test_units_of_the_order_pay_the_seat(house):
    """A pack before a seat pays its two hours; they come back to it when the seat is given up."""
    add_session(house, "list/lesson", "les")
    order = sell(house, "hours", attrs.evolve(SEAT, session_id="les"))
    assert (cents(order), left(house, "hours")) == (3000, 0)
    house.do(c.CancelRegistration(seats(house, order.value)[0].id))
    assert left(house, "hours") == 2


def test_units_of_the_buyer_pay_the_seat_of_another(house):
    """What the person of the order has left pays the seats of others too, and goes back to them."""
    add_session(house, "list/lesson", "les")
    order = sell(house, "hours", attrs.evolve(KID, session_id="les")).value
    assert left(house, "hours") == 0
    house.do(c.CancelRegistration(seats(house, order)[0].id))
    assert left(house, "hours") == 2
    sell(house, attrs.evolve(KID, session_id="les"))
    house.do(c.CancelSession("les", reason="ill"))
    house.cantine.run_due()
    assert left(house, "hours") == 2


def test_nobody_in_particular_may_buy_seats(house):
    """An order of a walk-in registers people all the same."""
    order = sell(house, SEAT, KID, person_id=None)
    assert [one.state for one in seats(house, order.value)] == ["confirmed", "confirmed"]


def test_facts_are_those_of_whoever_has_the_seat(house):
    """The facts of the person of the order count for their own seat only; of another the line says them."""
    add_session(house, "list/aged", "age")
    house.do(c.SetFact("zoe", name="age", value=40))
    house.do(c.SetFact("bob", name="age", value=70))
    mine, other = attrs.evolve(SEAT, session_id="age"), attrs.evolve(KID, session_id="age")
    with pytest.raises(e.IncompleteError):
        sell(house, mine, other)
    assert cents(sell(house, mine, attrs.evolve(other, facts={"age": 7}))) == 1000 + 400


def test_a_code_of_the_order_opens_seats_that_are_kept(house):
    """Seats that are kept for a group are had with its code, which the order gives; the list need not know it."""
    house.do(c.KeepSeats("ses", code="club", seats=2))
    with pytest.raises(e.SoldOutError):
        sell(house, SEAT)
    order = sell(house, SEAT, "lunch", codes=("club", "TEN")).value
    assert (seats(house, order)[0].kept_for, house.get(m.Sale, order.sale_id).codes) == ("club", ("TEN",))
    with pytest.raises(e.SoldOutError, match="kept for club: 2 wanted, 1 left"):
        sell(house, attrs.evolve(KID, seats=2), codes=("club",))


def test_answers_and_overrides_are_kept(house):
    """Answers are kept with each registration, and what staff override is noted of it."""
    question = m.RegistrationQuestion("diet", "Votre régime ?", "What do you eat?")
    add_session(house, "list/seat", "ask", admission=m.Admission(questions=[question], audience=["members"]))
    asked = attrs.evolve(SEAT, session_id="ask", answers={"diet": "all"})
    with pytest.raises(e.AdmissionError):
        sell(house, asked, "lunch")
    with pytest.raises(e.AnswersError):
        sell(house, attrs.evolve(asked, answers={"other": "x"}, groups=("members",)))
    asked = attrs.evolve(asked, override="a guest", answers={"diet": "Canary-Nuts"})
    basket = c.Sell([asked, "lunch"], place_id="paris", person_id="zoe", account="desk")
    order = house.do(basket, key="k").value
    (seat,) = seats(house, order)
    assert house.get(m.Answers, seat.id).answers == (("diet", "Canary-Nuts"),)
    kept = {key.kind for key, row in rows(house.storage).items() if "Canary" in row.body}
    assert (kept, any("Canary" in entry.body for entry in journal(house.storage))) == ({"answers"}, False)
    assert house.do(basket, key="k").value.id == order.id


def test_solidarity_seats_have_their_product_and_their_number(house):
    """They are priced by the product of the admission; two of one order count together against their quota."""
    quota = m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="list/materials")
    add_session(house, "list/seat", "help", admission=quota)
    asked = attrs.evolve(SEAT, session_id="help", bursary=True)
    with pytest.raises(e.AdmissionError):
        sell(house, asked, attrs.evolve(asked, person_id="bob"))
    order = sell(house, asked, attrs.evolve(KID, session_id="help"))
    assert cents(order) == 800 + 1000
    assert house.get(m.Session, "help").bursaries == 1


def test_members_only(house):
    """Whoever has the seat must hold what the workshop asks for, not whoever buys it; each is looked at."""
    add_session(house, "list/seat", "mem", admission=m.Admission(members_of=["list/hours"]))
    asked = attrs.evolve(SEAT, session_id="mem")
    sell(house, "hours")
    with pytest.raises(e.AdmissionError):
        sell(house, asked, attrs.evolve(asked, person_id="bob"))
    sell(house, "hours", person_id="bob")
    assert sell(house, asked, attrs.evolve(asked, person_id="bob")).value.state == "sold"


def test_what_must_be_learnt_first(house):
    """Whoever lacks what a workshop asks to have learnt is refused, or staff override it."""
    house.do(c.AddWorkshop(place_id="paris", title="Base", id="base"))
    house.do(c.ChangePrerequisites("w-ses", prerequisites=["base"]))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="base", reason="seen"))
    with pytest.raises(e.TrainingError):
        sell(house, SEAT, KID)
    assert sell(house, SEAT, attrs.evolve(KID, override="with a parent")).value.state == "sold"


def test_seats_of_an_order_make_up_the_minimum(house):
    """A session with a minimum waits for those who are paying, and is confirmed once they have paid."""
    noon = house.clock.now() + timedelta(hours=1)
    add_session(house, id="min", minimum=2, decide_at=noon)
    house.wait(minutes=55)
    mine = [attrs.evolve(one, session_id="min") for one in (SEAT, KID)]
    order = sell(house, *mine, account=None)
    house.wait(minutes=6)
    house.cantine.run_due()
    assert house.get(m.Session, "min").state == "planned"
    house.do(c.Pay(order.charges[0].id, account="desk"))
    house.wait(minutes=10)
    house.cantine.run_due()
    assert house.get(m.Session, "min").state == "confirmed"


# --- it is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"account": "desk"},
        {"codes": ("TEN",)},
        {"on_account": True},
        {"payer_id": "zoe"},
        {"return_url": "https://example.org"},
        {"extras": {"lunch": 1}},
        {"at_door": True},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_the_order_says_no_line_says(said):
    """What belongs to the order is refused at once in a line, by its name."""
    with pytest.raises(e.InputError, match=next(iter(said))):
        c.Sell([attrs.evolve(SEAT, **said)], place_id="paris")


def test_a_quote_is_of_the_order(house):
    """A promise of a line alone is refused at once: the order has one price."""
    with pytest.raises(e.InputError, match="quote"):
        c.Sell([attrs.evolve(SEAT, quote=house.cantine.quote(SEAT))], place_id="paris")


def test_other_commands_are_no_lines():
    """What is no line says what to do instead; and one person has one registration for a session."""
    pass_, taken = c.SellPass(product_id="hours", place_id="paris", holder_id="zoe"), c.TakeSeat("reg")
    for command, word in (
        (pass_, "name its product"),
        (taken, "TakeSeat"),
        (7, "int"),
        (None, "NoneType"),
        ({}, "dict"),
    ):
        with pytest.raises(e.InputError, match=word):
            c.Sell([command], place_id="paris")
    with pytest.raises(e.InputError, match="zoe for session ses"):
        c.Sell([SEAT, attrs.evolve(SEAT, seats=2)], place_id="paris")
    with pytest.raises(e.InputError, match="not 201"):
        c.Sell([attrs.evolve(SEAT, person_id=f"p{n}") for n in range(201)], place_id="paris")


def test_all_of_it_or_nothing(house):
    """The last seat is not sold twice by one order: all of it is refused, and nothing joins the waiting list."""
    house.do(c.ChangeSeats("ses", seats=1))
    with pytest.raises(e.SoldOutError, match="waiting list"):
        sell(house, SEAT, KID, LUNCHES)
    assert (free(house), house.get(m.Session, "ses").waiting, house.all(m.Order)) == (1, (), [])
    assert not house.all(m.Charge)


def test_nobody_is_overtaken(house):
    """Where somebody waits for the seats, an order gets none of them."""
    house.do(attrs.evolve(SEAT, seats=1, account="desk"))
    house.do(attrs.evolve(KID, seats=2))
    with pytest.raises(e.SoldOutError, match="0 left"):
        sell(house, attrs.evolve(SEAT, person_id="eve"), "lunch")


def test_whom_register_refuses_an_order_refuses(house):
    """A second registration, too many seats, a foreign option, a session that is elsewhere, closed or off."""
    house.do(attrs.evolve(SEAT, account="desk"))
    with pytest.raises(e.DuplicateError):
        sell(house, SEAT)
    with pytest.raises(e.UnsuitableError):
        sell(house, attrs.evolve(KID, seats=3))
    with pytest.raises(e.UnsuitableError):
        sell(house, attrs.evolve(KID, option_ids=("list/lunch",)))
    with pytest.raises(e.NotFoundError):
        sell(house, attrs.evolve(KID, session_id="none"))
    with pytest.raises(e.NotFoundError):
        sell(house, attrs.evolve(KID, person_id="nobody"))
    house.do(c.ForgetPerson("max"))
    with pytest.raises(e.WrongStateError):
        sell(house, attrs.evolve(KID, person_id="max"))
    more = c.AddPlace(
        name="Brest", entity_id="asso", zone="Europe/Paris", currency="EUR", open_space_id="far", id="brest"
    )
    house.do(more)
    with pytest.raises(e.UnsuitableError, match="another place"):
        sell(house, KID, place_id="brest")
    house.do(c.CancelSession("ses", reason="ill"))
    with pytest.raises(e.WrongStateError):
        sell(house, KID)
    add_session(house, id="soon", day=TODAY, starts=time(12))
    house.wait(hours=4)
    with pytest.raises(e.TooLateError):
        sell(house, attrs.evolve(KID, session_id="soon"))


def test_a_free_seat_is_sold_with_no_order(house):
    """A seat that costs nothing is refused; with an option there is something to sell."""
    add_session(house, None, "open")
    seat = attrs.evolve(SEAT, session_id="open")
    with pytest.raises(e.UnsuitableError, match="by itself"):
        sell(house, seat, "lunch")
    order = sell(house, attrs.evolve(seat, option_ids=("list/materials",)), "lunch").value
    assert [line.name for line in order.lines] == ["materials", "lunch"]
    assert seats(house, order)[0].part.amount == eur(800)


def test_what_is_measured_is_no_seat(house):
    """A seat that is measured after its use is refused, in an order as by itself: nothing could be said of it."""
    add_session(house, "list/weighed", "clay")
    seat = attrs.evolve(SEAT, session_id="clay")
    for command in (seat, c.Sell([seat, "lunch"], place_id="paris", person_id="zoe")):
        with pytest.raises(e.UnsuitableError, match="grams is measured"):
            house.do(command)


# --- while it waits --------------------------------------------------------------------------------------------------


def test_seats_are_held_while_the_order_waits(house):
    """They are held until it is paid, and are neither given up nor moved by themselves; the order gives them up."""
    add_session(house, id="other")
    order = sell(house, SEAT, KID, LUNCHES, account=None)
    assert ([one.state for one in seats(house, order.value)], free(house)) == (["held", "held"], 0)
    zoe = seats(house, order.value)[0].id
    for command in (c.CancelRegistration(zoe), c.MoveRegistration(registration_id=zoe, session_id="other")):
        with pytest.raises(e.WrongStateError, match="with its order"):
            house.do(command)
    with pytest.raises(e.WrongStateError):
        house.do(c.TakeSeat(zoe))
    house.do(c.Pay(order.charges[0].id, account="desk"))
    assert [one.state for one in seats(house, order.value)] == ["confirmed", "confirmed"]
    other = sell(house, attrs.evolve(SEAT, session_id="other"), account=None).value
    house.do(c.CancelOrder(other.id))
    assert (seats(house, other)[0].state, free(house, "other")) == ("cancelled", 2)


def test_a_hold_and_a_seat_in_one_order(house):
    """A space and a seat are had together, or free together."""
    at_noon = at(12, 13, DAY)

    def ordered(account: str | None) -> m.Order:
        asked = c.HoldSpace(space_id="room", product_id="list/lesson", period=at_noon, person_id="zoe")
        slot = house.do(asked).value.id
        return sell(house, SEAT, c.SellLine(booking_id=slot), KID, account=account).value

    house.do(c.CancelOrder(ordered(None).id))
    assert (free(house), [one.state for one in house.all(m.Booking)]) == (2, ["cancelled"])
    order = ordered("desk")
    assert [one.state for one in seats(house, order)] == ["confirmed", "confirmed"]
    assert house.get(m.Booking, order.booking_ids[0]).state == "confirmed"
    assert cents_of(house, order) == 1000 + 2000 + 1000


def cents_of(house: House, order: m.Order) -> int:
    return sum(house.get(m.Charge, id).amount.amount for id in order.charge_ids)


def test_an_order_that_nobody_pays_frees_its_seats(house):
    """After 15 minutes the seats go to those who wait: a party of two gets both together."""
    order = sell(house, SEAT, KID, LUNCHES, account=None).value
    party = house.do(attrs.evolve(SEAT, person_id="eve", seats=2)).value
    assert party.state == "waiting"
    house.wait(minutes=15)
    house.cantine.run_due()
    assert [one.state for one in seats(house, order)] == ["expired", "expired"]
    assert house.get(m.Registration, party.id).state == "held"
    assert house.get(m.Order, order.id).state == "expired"


def test_who_comes_first_after_the_hold_ends_the_order_first(house):
    """A registration that comes before the task of the order: the seats go to who waited, and it waits behind them."""
    order = sell(house, SEAT, KID, account=None).value
    eve = house.do(attrs.evolve(SEAT, person_id="eve", seats=2)).value
    house.wait(minutes=15)
    max_ = house.do(attrs.evolve(SEAT, person_id="max")).value
    assert [house.get(m.Registration, one.id).state for one in (eve, max_)] == ["held", "waiting"]
    assert house.get(m.Order, order.id).state == "expired"


def test_the_own_hold_that_is_over_is_ended_first(house):
    """Who let an order run out may register again at once."""
    order = sell(house, SEAT, account=None).value
    house.wait(minutes=15)
    assert sell(house, SEAT, "lunch").value.state == "sold"
    assert house.get(m.Order, order.id).state == "expired"


def test_a_hold_ends_when_people_cannot_register_any_more(house):
    """Where the session begins sooner than in 15 minutes, all of the order waits no longer than that."""
    add_session(house, id="soon", day=TODAY, starts=time(10))
    house.wait(minutes=50)
    order = sell(house, attrs.evolve(SEAT, session_id="soon"), "lunch", account=None).value
    assert order.expires == house.get(m.Session, "soon").closes


def test_a_late_payment_gets_the_seats_where_all_are_free(house):
    """An order that is paid after its time is had where all of its seats are free; else all of the money goes back."""
    house.card.play(charges=("pending", "pending"))
    add_session(house, id="other")
    first = sell(house, SEAT, KID, account="card")
    second = sell(house, *(attrs.evolve(one, session_id="other") for one in (SEAT, KID)), account="card")
    house.wait(minutes=15)
    house.do(attrs.evolve(SEAT, session_id="other", person_id="eve", account="desk"))
    for order in (first, second):
        settled = house.card.settle(order.charges[0].attempt_ids[-1])
        house.cantine.receive("card", *house.card.webhook(settled))
    house.cantine.run_due()
    assert [house.get(m.Order, one.value.id).state for one in (first, second)] == ["sold", "expired"]
    assert [one.state for one in seats(house, first.value)] == ["confirmed", "confirmed"]
    kept = {charge.subject.id: charge.kept for charge in house.all(m.Charge)}
    assert (kept[first.value.id], kept[second.value.id]) == (eur(2000), eur(0))


def test_a_session_that_is_called_off_takes_its_order_along(house):
    """All or nothing: an order that waits with a seat there is over at once, and its other seats are free."""
    add_session(house, id="other")
    order = sell(house, SEAT, attrs.evolve(KID, session_id="other"), LUNCHES, account=None).value
    house.do(c.CancelSession("ses", reason="ill"))
    house.cantine.run_due()
    assert house.get(m.Order, order.id).state == "expired"
    assert [one.state for one in seats(house, order)] == ["cancelled", "expired"]
    assert ("session cancelled", "zoe") in told(house)
    assert free(house, "other") == 2


def test_too_few_people_end_the_order_too(house):
    """A session that is below its minimum is called off although an order waits: its people are told why, once."""
    add_session(house, id="min", seats=4, minimum=3, decide_at=house.clock.now() + timedelta(minutes=10))
    order = sell(house, *(attrs.evolve(one, session_id="min") for one in (SEAT, KID)), LUNCHES, account=None).value
    house.wait(minutes=10)
    house.cantine.run_due()
    assert house.get(m.Session, "min").state == "cancelled"
    assert house.get(m.Order, order.id).state == "expired"
    names = [one.template for one in house.mail.received if one.to.startswith("bob")]
    assert names == ["session below minimum"]


def told(house: House) -> set[tuple[str, str]]:
    return {(one.template, one.to.partition("@")[0]) for one in house.mail.received}


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_a_seat_is_given_up_by_itself(house):
    """What goes back is what the list says of this seat's own part, with its option; the order and the others stand."""
    order = sell(house, attrs.evolve(SEAT, option_ids=("list/materials",)), KID, LUNCHES).value
    zoe, bob = seats(house, order)
    told = house.cantine.preview(c.CancelRegistration(zoe.id), actor="zoe").afterwards
    assert (told.fee, told.refund) == (eur(0), eur(1800))
    assert house.do(c.CancelRegistration(zoe.id)).given_back == eur(1800)
    house.wait(days=2)
    told = house.cantine.preview(c.CancelRegistration(bob.id), actor="zoe").afterwards
    assert (told.fee, told.refund) == (eur(500), eur(500))
    assert house.do(c.CancelRegistration(bob.id)).given_back == eur(500)
    assert house.get(m.Registration, bob.id).fee == eur(500)
    assert house.get(m.Order, order.id).state == "sold"
    assert house.get(m.Charge, order.charge_ids[0]).kept == eur(500 + 3600)


def test_staff_may_give_back_no_more_than_its_part(house):
    """A refund by staff is bounded by what the seat cost, not by what the order did."""
    order = sell(house, SEAT, LUNCHES).value
    (zoe,) = seats(house, order)
    with pytest.raises(e.InputError):
        house.do(c.CancelRegistration(zoe.id, refund=eur(1001), reason="sorry"))
    assert house.do(c.CancelRegistration(zoe.id, refund=eur(900), reason="sorry")).given_back == eur(900)


def test_on_account_a_seat_that_is_given_up_is_owed_no_more(house):
    """Of an order that is paid later, what the seat cost falls away."""
    order = sell(house, SEAT, KID, LUNCHES, account=None, on_account=True).value
    assert order.state == "sold"
    house.do(c.CancelRegistration(seats(house, order)[0].id))
    assert house.get(m.Charge, order.charge_ids[0]).outstanding == eur(1000 + 3600)
    house.do(c.CancelSession("ses", reason="ill"))
    house.cantine.run_due()
    assert house.get(m.Charge, order.charge_ids[0]).outstanding == eur(3600)


def test_a_session_that_is_called_off_gives_back_its_seats_alone(house):
    """Each seat gives back its part of the charge; the lunches stand."""
    order = sell(house, attrs.evolve(SEAT, option_ids=("list/materials",)), KID, LUNCHES).value
    house.do(c.CancelSession("ses", reason="ill"))
    house.cantine.run_due()
    assert [one.state for one in seats(house, order)] == ["cancelled", "cancelled"]
    assert house.get(m.Charge, order.charge_ids[0]).kept == eur(3600)
    assert house.get(m.Order, order.id).state == "sold"


def test_the_lines_of_seats_are_none_of_the_orders(house):
    """CancelOrder cancels the lunches and leaves the seats; a line that is a seat is given up as one."""
    order = sell(house, SEAT, LUNCHES).value
    with pytest.raises(e.WrongStateError, match="registration"):
        house.do(c.CancelOrder(order.id, line=1))
    assert house.do(c.CancelOrder(order.id, refund="all", reason="closed")).given_back == eur(3600)
    assert seats(house, order)[0].state == "confirmed"
    with pytest.raises(e.WrongStateError, match="registration"):
        house.do(c.CancelOrder(order.id))


def test_a_seat_is_moved_as_any_other(house):
    """It keeps its part at the new session; given up there, it gives that back, and no more."""
    later = DAY + timedelta(days=1)
    house.do(c.AddSession(workshop_id="w-ses", day=later, starts=time(18), ends=time(20), seats=2, id="next"))
    order = sell(house, attrs.evolve(KID, option_ids=("list/materials",)), LUNCHES).value
    (bob,) = seats(house, order)
    moved = house.do(c.MoveRegistration(registration_id=bob.id, session_id="next"))
    assert (moved.afterwards.due, moved.afterwards.refund) == (eur(0), eur(0))
    assert (free(house), free(house, "next")) == (2, 1)
    assert house.do(c.CancelRegistration(bob.id)).given_back == eur(1800)
    assert house.get(m.Charge, order.charge_ids[0]).kept == eur(3600)


def test_a_move_that_costs_more_is_owed_by_the_buyer(house):
    """The difference and the fee are charged to whoever had the order; given up, all that the seat cost goes back, and
    the fee stays."""
    add_session(house, "list/weekend", "week")
    dear = DAY + timedelta(days=1)
    house.do(c.AddSession(workshop_id="w-week", day=dear, starts=time(18), ends=time(20), seats=2, id="sat"))
    order = sell(house, attrs.evolve(KID, session_id="week"), LUNCHES).value
    (bob,) = seats(house, order)
    moved = house.do(c.MoveRegistration(registration_id=bob.id, session_id="sat", account="desk"))
    assert moved.afterwards.due == eur(600)
    assert {charge.payer_id for charge in moved.charges} == {"zoe"}
    assert house.get(m.Order, order.id).charge_ids == order.charge_ids
    assert house.do(c.CancelRegistration(bob.id)).given_back == eur(1500)
    kept = [house.get(m.Charge, id).kept for id in (*order.charge_ids, moved.charges[-1].id)]
    assert kept == [eur(3600), eur(100)]


def test_a_move_that_costs_less_gives_back_of_its_part(house):
    """What it costs less goes back, and is no part of the seat any more."""
    add_session(house, "list/weekend", "week", day=DAY + timedelta(days=1))
    house.do(c.AddSession(workshop_id="w-week", day=DAY, starts=time(18), ends=time(20), seats=2, id="fri"))
    order = sell(house, attrs.evolve(SEAT, session_id="week"), LUNCHES).value
    (zoe,) = seats(house, order)
    assert house.do(c.MoveRegistration(registration_id=zoe.id, session_id="fri")).given_back == eur(400)
    assert house.get(m.Registration, zoe.id).part.amount == eur(1100)
    assert house.do(c.CancelRegistration(zoe.id)).given_back == eur(1000)


def test_a_seat_of_somebody_else_is_moved_with_the_units_of_the_buyer(house):
    """What was spent from the wallet of whoever bought it is spent from there again, and goes back there."""
    add_session(house, "list/lesson", "les")
    house.do(c.AddSession(workshop_id="w-les", day=DAY, starts=time(10), ends=time(11), seats=2, id="short"))
    order = sell(house, "hours", attrs.evolve(KID, session_id="les")).value
    (bob,) = seats(house, order)
    house.do(c.MoveRegistration(registration_id=bob.id, session_id="short"))
    assert (left(house, "hours"), left(house, "hours", "bob")) == (1, 0)
    house.do(c.CancelRegistration(bob.id))
    assert left(house, "hours") == 2


def test_what_is_counted_is_counted_once(house):
    """A limit counts the seats of one order, and is as before when they are given up."""
    add_session(house, "list/capped", "cap")
    order = sell(house, *(attrs.evolve(one, session_id="cap") for one in (SEAT, KID)), "lunch")
    assert cents(order) == 1500 + 1200
    for one in seats(house, order.value):
        house.do(c.CancelRegistration(one.id))
    assert not any(meter.used for meter in house.all(m.Meter))
    assert house.get(m.Charge, order.charges[0].id).kept == eur(1200)


def test_seats_that_are_priced_together(house):
    """Two sessions of a day are one block: what goes back of the first is what the other costs less."""
    add_session(house, "list/block", "one")
    add_session(house, "list/block", "two", starts=time(20, 30), ends=time(22))
    order = sell(house, attrs.evolve(SEAT, session_id="one"), attrs.evolve(SEAT, session_id="two"), "lunch")
    assert cents(order) == 800 + 1200
    one, two = seats(house, order.value)
    assert house.do(c.CancelRegistration(one.id)).given_back is None
    assert house.do(c.CancelRegistration(two.id)).given_back == eur(800)


def test_an_order_of_seats_that_are_priced_together_is_never_paid(house):
    """It leaves its scopes whole: the next is charged all."""
    add_session(house, "list/block", "one")
    add_session(house, "list/block", "two", starts=time(20, 30), ends=time(22))
    mine = [attrs.evolve(SEAT, session_id=id) for id in ("one", "two")]
    sell(house, *mine, account=None)
    house.wait(minutes=15)
    house.cantine.run_due()
    assert cents(sell(house, *mine)) == 800


def test_what_a_seat_needs_stays_had(house):
    """The membership that the list added is a pass and stays; the seat gives back its own price, also called off."""
    add_session(house, "list/members", "mem")
    order = sell(house, attrs.evolve(SEAT, session_id="mem"), LUNCHES)
    assert cents(order) == 2000 + 500 + 3600
    (zoe,) = seats(house, order.value)
    assert zoe.part.amount == eur(500)
    house.do(c.CancelSession("mem", reason="ill"))
    house.cantine.run_due()
    assert house.get(m.Charge, order.charges[0].id).kept == eur(2000 + 3600)
    assert [one.state for one in house.all(m.Pass)] == ["active"]


def test_the_deposit_goes_back_with_its_seat(house):
    """Of an order with a deposit the seat returns its own, beside its price."""
    add_session(house, "list/held", "tool")
    order = sell(house, attrs.evolve(SEAT, session_id="tool"), LUNCHES)
    assert cents(order) == 1000 + 500 + 3600
    assert seats(house, order.value)[0].part.amount == eur(1000)
    house.do(c.CancelRegistration(seats(house, order.value)[0].id))
    charge = house.get(m.Charge, order.charges[0].id)
    assert (charge.kept, charge.deposit) == (eur(3600), 0)


def test_the_deposit_of_a_seat_that_keeps_something(house):
    """Also where the list keeps a part of the price, the deposit goes back: of a seat alone, and of one of an order."""
    add_session(house, "list/kept", "tool")
    alone = house.do(c.Register(session_id="tool", person_id="eve", account="desk"))
    order = sell(house, attrs.evolve(SEAT, session_id="tool"), LUNCHES)
    for seat, charge in ((alone.value, alone.charges[0]), (seats(house, order.value)[0], order.charges[0])):
        house.do(c.CancelRegistration(seat.id))
        assert house.get(m.Charge, charge.id).deposit == 0
    assert [house.get(m.Charge, one.charges[0].id).kept for one in (alone, order)] == [eur(500), eur(500 + 3600)]


def test_a_course_cut_short_gives_back_its_share(house):
    """Of a seat at a course the share of the meetings that did not take place goes back, of its own part."""
    house.do(c.AddWorkshop(place_id="paris", title="Course", product_id="list/seat", id="w-crs"))
    days = [(DAY + timedelta(days=n), time(18), time(20), None) for n in range(4)]
    house.do(c.AddCourse(workshop_id="w-crs", meetings=days, seats=2, id="crs"))
    order = sell(house, attrs.evolve(SEAT, session_id="crs"), LUNCHES).value
    assert len(seats(house, order)[0].meeting_ids) == 4
    house.wait(days=4)
    house.do(c.CancelSession("crs", reason="ill"))
    house.cantine.run_due()
    had = sum(1 for one in house.get(m.Session, "crs").meetings if one.state == "planned")
    assert 0 < had < 4
    assert house.get(m.Charge, order.charge_ids[0]).kept == eur(3600 + 250 * had)


def test_who_is_forgotten(house):
    """A seat to come is in the way of whoever has it, not of whoever bought it."""
    order = sell(house, KID, "lunch", person_id="zoe").value
    with pytest.raises(e.NotOverError):
        house.do(c.ForgetPerson("bob"))
    house.do(c.ForgetPerson("zoe"))
    assert house.get(m.Person, "bob").state == "present"
    assert house.get(m.Person, "zoe").state == "forgotten"
    house.do(c.CancelRegistration(seats(house, order)[0].id))
    house.do(c.ForgetPerson("bob"))
    assert house.get(m.Person, "bob").state == "forgotten"


# --- requests --------------------------------------------------------------------------------------------------------


def test_the_same_basket_again_is_the_same_order(house):
    """With a key the repeat is answered with the same order; another seat is another request."""
    basket = c.Sell([SEAT, LUNCHES], place_id="paris", person_id="zoe", account="desk")
    first = house.cantine.execute(basket, actor="ana", idempotency_key="k").value
    assert house.cantine.execute(basket, actor="ana", idempotency_key="k").value.id == first.id
    with pytest.raises(e.RequestMismatchError):
        house.cantine.execute(attrs.evolve(basket, lines=[KID, LUNCHES]), actor="ana", idempotency_key="k")


def test_what_is_private_of_a_line_is_in_no_fingerprint():
    """A date of birth in a line is no part of it, answers are by way of the key, and a seat is no product."""
    plain = c.Sell([SEAT], place_id="paris")

    def with_(**said):
        return attrs.evolve(plain, lines=[attrs.evolve(SEAT, **said)])

    assert codec.fingerprint(with_(born=date(2001, 2, 3)), "k") == codec.fingerprint(plain, "k")
    said = [codec.fingerprint(with_(answers={"diet": word}), key) for word in ("all", "none") for key in ("k", "l")]
    assert len({*said, codec.fingerprint(plain, "k")}) == 5
    assert "2001" not in repr(with_(born=date(2001, 2, 3)))
    assert "none" not in repr(with_(answers={"diet": "none"}))


def test_a_basket_comes_back_as_it_was():
    """A command with commands in it is written and read; one without is written as it always was."""
    basket = c.Sell([SEAT, LUNCHES, attrs.evolve(KID, seats=2)], place_id="paris")
    assert codec.parse(c.Sell, codec.dump(basket)) == basket
    assert codec.to_json(c.Sell(["lunch"], place_id="paris"))["lines"] == [{"product_id": "lunch"}]


def test_a_session_that_is_called_off_gives_back_the_deposit_of_a_seat(house):
    """The deposit of a seat of an order goes back with its price where the session is called off; the rest stays."""
    add_session(house, "list/held", "bench")
    order = sell(house, attrs.evolve(SEAT, session_id="bench"), LUNCHES).value
    house.do(c.CancelSession("bench", reason="ill"))
    house.cantine.run_due()
    charge = house.get(m.Charge, order.charge_ids[0])
    assert (charge.kept, charge.deposit, charge.paid_deposit) == (eur(3600), 0, eur(0))
