"""Seats at courses: who can register until when, for how much, who leaves, what goes back of one that ends early."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales import question
from cantinekit.errors import NoEntitlementError, PriceChangedError, TooLateError
from cantinekit.money import Money
from cantinekit.runtime import codec
from support.houses.small_house import TARIFF
from support.houses.tuesday_course import DAYS, after, course_house, due, ids, money, seat, tuesdays
from support.laws import house_laws


def check(house) -> None:
    """All laws, after what is due was done."""
    due(house)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- registering ---


def test_registering_closes_with_the_first_meeting():
    """Without late joiners nobody registers, and nobody waits any more, once the first meeting has begun."""
    house = course_house()
    house.do(tuesdays(seats=1))
    seat(house, "zoe")
    waits = house.do(c.Register(session_id="crs", person_id="bob")).value
    house.clock.set(datetime(2026, 12, 1, 17, tzinfo=UTC))
    with pytest.raises(TooLateError):
        house.do(c.Register(session_id="crs", person_id="eve"))
    due(house)
    assert house.get(m.Registration, waits.id).state == "expired"
    assert house.mail.messages[-1].template == "waiting list closed"
    check(house)


def test_late_joiners_register_until_the_last_meeting():
    """Late joiners come in until the last meeting begins; then registering and the waiting list close."""
    house = course_house()
    house.do(tuesdays(seats=1, late_joiners=True))
    last = datetime(2027, 1, 19, 17, tzinfo=UTC)
    house.clock.set(last - timedelta(minutes=1))
    assert seat(house, "zoe").state == "confirmed"
    waits = house.do(c.Register(session_id="crs", person_id="bob")).value
    assert waits.state == "waiting"
    house.clock.set(last)
    with pytest.raises(TooLateError):
        house.do(c.Register(session_id="crs", person_id="eve"))
    check(house)
    assert house.get(m.Registration, waits.id).state == "expired"


def test_a_hold_ends_when_registering_closes():
    """What is held just before registering closes is held until then and no longer."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    house.clock.set(datetime(2027, 1, 19, 16, 50, tzinfo=UTC))
    held = house.do(c.Register(session_id="crs", person_id="zoe")).value
    assert held.expires == datetime(2027, 1, 19, 17, tzinfo=UTC)


def test_the_price_is_for_what_is_left():
    """120.00 for the course; joining late 15.00 for each meeting that is left, of each seat. The list says it."""
    house = course_house()
    house.do(tuesdays(seats=9, late_joiners=True))
    whole = seat(house, "zoe")
    assert (money(house, whole)[0], len(whole.meeting_ids)) == ("120.00", 8)
    after(house, 3)
    late = seat(house, "bob", option_ids=("materials",), seats=2)
    assert (money(house, late)[0], late.meeting_ids) == ("166.00", tuple(ids(house)[3:]))  # 2 x (5 x 15 + 8)
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[5], reason="ill"))
    assert money(house, seat(house, "eve"))[0] == "60.00"
    (quote,) = house.cantine.read.explain(m.Subject("registration", late.id))
    assert quote.total == Money(16600, "EUR")


def test_a_meeting_that_is_cancelled_before_makes_nobody_late():
    """The first meeting is cancelled: the course begins with the second, and until then nobody joins late."""
    house = course_house()
    house.do(tuesdays())
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[0], reason="ill"))
    after(house, 1)
    assert money(house, seat(house, "zoe"))[0] == "120.00"


def test_a_quote_holds_until_a_meeting_begins():
    """A price that was quoted is honoured for its quarter of an hour, but not across the start of a meeting."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    house.clock.set(datetime(2026, 12, 15, 16, 55, tzinfo=UTC))
    quote = house.cantine.quote(c.Register(session_id="crs", person_id="zoe"))
    assert quote.total == Money(9000, "EUR")
    house.wait(minutes=4)
    assert (
        house.do(c.Register(session_id="crs", person_id="zoe", account="desk", quote=quote)).value.state == "confirmed"
    )
    house.wait(minutes=3)
    with pytest.raises(PriceChangedError):
        house.do(c.Register(session_id="crs", person_id="bob", account="desk", quote=quote))


def test_who_is_promoted_late_pays_for_what_is_left_then():
    """A rank on the waiting list costs nothing; the seat that it becomes costs what is left when it is taken."""
    house = course_house()
    house.do(tuesdays(seats=1, late_joiners=True))
    first = seat(house, "zoe")
    waits = house.do(c.Register(session_id="crs", person_id="bob")).value
    after(house, 5)
    gone = house.do(c.CancelRegistration(first.id))
    assert ("seat offered", "bob") in gone.messages
    taken = house.do(c.TakeSeat(waits.id, account="desk")).value
    assert (taken.state, money(house, taken)[0], taken.meeting_ids) == ("confirmed", "45.00", tuple(ids(house)[5:]))
    check(house)


def test_a_session_that_meets_once_is_priced_as_before():
    """Of one meeting, one is left and nobody is late; a list that declares no such facts is told none of them."""
    house = course_house()
    house.do(c.AddSession(workshop_id="pottery", day=DAYS[0], starts=time(18), ends=time(20), seats=3, id="once"))
    one = house.do(c.Register(session_id="once", person_id="zoe", account="desk"))
    (sale,) = _sales(house, one.value)
    assert dict(sale.items[0].facts) == {"meetings": 1, "meetings_left": 1, "late": False}
    assert (one.charges[0].amount, one.value.meeting_ids) == (Money(12000, "EUR"), ())
    house.do(c.PublishTariff(TARIFF, override="no courses any more"))
    other = house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    (sale,) = _sales(house, other.value)
    assert sale.items[0].facts == ()


def _sales(house, one: m.Registration) -> list[m.Sale]:
    return list(house.cantine.read.find(m.Sale, "subject", *codec.between(f"registration|{one.id}")))


def test_at_the_door():
    """At the door of a course people join while registering is open, for what is left; one evening has no late ones."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    house.do(c.AddSession(workshop_id="pottery", day=DAYS[0], starts=time(9), ends=time(11), seats=3, id="once"))
    house.clock.set(datetime(2026, 12, 1, 8, 30, tzinfo=UTC))
    once = house.do(c.Register(session_id="once", person_id="zoe", account="desk", at_door=True))
    assert (once.charges[0].amount, once.value.present) == (Money(12000, "EUR"), 1)
    house.clock.set(datetime(2026, 12, 15, 16, 50, tzinfo=UTC))
    late = seat(house, "zoe", at_door=True)
    assert (money(house, late)[0], [one.seats for one in late.marks]) == ("90.00", [1])
    house.clock.set(house.get(m.Session, "crs").closes)
    with pytest.raises(TooLateError):
        house.do(c.Register(session_id="crs", person_id="bob", account="desk", at_door=True))
    house.do(c.CancelSession("crs", reason="fire"))
    check(house)


def test_a_fact_of_another_type_is_left_alone():
    """A list that means something else by one of the names is not told a value that it could not read."""
    tariff = question.read_tariff(
        TARIFF.replace("[product.seat]", '[facts]\nlate = ["no", "yes"]\nmeetings = "number"\n[product.seat]')
    )
    product = m.Product("seat", "Seat", "asso", "net", "seat", "seat")
    offers = (("late", True), ("meetings", 8), ("meetings_left", 5))
    told, private = question.Wanted(product, m.SaleItem("seat"), offers).told(tariff, (), ())
    assert (told.item.facts, private) == ((("meetings", 8),), ())


# --- leaving ---


def test_leaving_before_the_first_meeting_gives_everything_back():
    """As at any session: all that was paid goes back, and who waits is next."""
    house = course_house()
    house.do(tuesdays(seats=1))
    one, waits = seat(house, "zoe"), house.do(c.Register(session_id="crs", person_id="bob")).value
    house.do(c.CancelRegistration(one.id))
    assert money(house, one) == ("120.00", "120.00")
    assert house.get(m.Registration, waits.id).state == "held"
    check(house)


def test_leaving_later_gives_nothing_back_by_itself():
    """Once a meeting that was paid for has begun the seat is given up without a refund; staff may give some back."""
    house = course_house()
    house.do(tuesdays(seats=1, late_joiners=True))
    one, waits = seat(house, "zoe"), house.do(c.Register(session_id="crs", person_id="bob")).value
    after(house, 2)
    done = house.do(c.CancelRegistration(one.id))
    assert (done.value.state, money(house, one)) == ("cancelled", ("120.00", "0.00"))
    assert house.get(m.Registration, waits.id).state == "held"
    house.do(c.RefundCharge(one.charge_id, amount=Money(6000, "EUR"), reason="she moves away"))
    assert money(house, one) == ("120.00", "60.00")
    check(house)


def test_a_meeting_is_had_from_the_instant_at_which_it_begins():
    """Whoever leaves then has had it and gets nothing back; whoever joins then is late and does not pay for it."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    one = seat(house, "zoe")
    house.clock.set(house.get(m.Session, "crs").period.start)
    assert money(house, seat(house, "bob"))[0] == "105.00"
    gone = house.do(c.CancelRegistration(one.id)).value
    assert (money(house, one)[1], gone.had) == ("0.00", (ids(house)[0],))


def test_a_meeting_that_did_not_take_place_keeps_no_money():
    """The first meeting is cancelled, its day goes by, and somebody leaves: nothing that they paid for has begun."""
    house = course_house()
    house.do(tuesdays())
    one = seat(house, "zoe")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[0], reason="ill"))
    after(house, 1)
    house.do(c.CancelRegistration(one.id))
    assert money(house, one) == ("120.00", "120.00")


def test_who_joined_late_and_leaves_before_their_first_meeting_gets_everything_back():
    """What counts is the first of the meetings that the seat was bought for."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    after(house, 2)
    one = seat(house, "zoe")
    house.do(c.CancelRegistration(one.id))
    assert money(house, one) == ("90.00", "90.00")
    check(house)


def test_who_has_not_paid_and_leaves_owes_nothing():
    """A seat that is held and not paid is given up like before the course: its charge is void."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    after(house, 2)
    held = house.do(c.Register(session_id="crs", person_id="zoe")).value
    house.do(c.CancelRegistration(held.id))
    assert house.get(m.Charge, held.charge_id).state == "void"
    check(house)


def test_without_late_joiners_a_seat_that_is_given_up_stays_free():
    """Registering is closed: nobody is promoted, and the seat is given up until the last meeting begins."""
    house = course_house()
    house.do(tuesdays(seats=1))
    one = seat(house, "zoe")
    after(house, 2)
    house.do(c.CancelRegistration(one.id))
    assert house.get(m.Session, "crs").free(house.clock.now()) == 1
    with pytest.raises(TooLateError):
        house.do(c.Register(session_id="crs", person_id="bob"))
    other = house.do(
        c.AddCourse(workshop_id="choir", meetings=[(day, time(9), time(10)) for day in DAYS[3:5]], seats=1, id="short")
    ).value
    free = house.do(c.Register(session_id="short", person_id="zoe")).value
    house.clock.set(other.last_start)
    with pytest.raises(TooLateError):
        house.do(c.CancelRegistration(free.id))


def test_units_that_stay_spent():
    """Entries of a carnet go back before the first meeting, stay spent afterwards, and the wallet agrees with both."""
    house = course_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(tuesdays("english", late_joiners=True))
    one = house.do(c.Register(session_id="crs", person_id="zoe")).value
    assert (one.state, [spend.units for spend in one.spends]) == ("confirmed", [8])
    with pytest.raises(NoEntitlementError):
        house.do(c.Register(session_id="crs", person_id="bob"))
    house.do(c.CancelRegistration(one.id))
    assert house.cantine.read.balance("zoe")[0].left == 10
    again = house.do(c.Register(session_id="crs", person_id="zoe")).value
    after(house, 1)
    gone = house.do(c.CancelRegistration(again.id)).value
    assert (house.cantine.read.balance("zoe")[0].left, gone.kept) == (2, again.spends)
    check(house)


# --- a course that ends early ---


def test_a_course_that_has_not_begun_is_cancelled_with_everything():
    """Everything goes back, as at any session, and all meetings are cancelled."""
    house = course_house()
    house.do(tuesdays())
    one = seat(house, "zoe")
    off = house.do(c.CancelSession("crs", reason="the kiln is broken"))
    assert {meeting.state for meeting in off.value.meetings} == {"cancelled"}
    assert money(house, one) == ("120.00", "120.00")
    assert off.messages == (("session cancelled", "zoe"),)
    check(house)


def test_a_course_that_ends_early_gives_back_the_share_of_what_is_left():
    """Of 120.00 for eight, three were held: 75.00 go back. Who joined for five and had none of them gets all back."""
    house = course_house()
    house.do(tuesdays(late_joiners=True))
    whole = seat(house, "zoe")
    after(house, 3)
    late, held = seat(house, "bob"), house.do(c.Register(session_id="crs", person_id="eve")).value
    off = house.do(c.CancelSession("crs", reason="the kiln is broken"))
    assert [one.state for one in off.value.meetings] == ["planned"] * 3 + ["cancelled"] * 5
    assert (money(house, whole), money(house, late)) == (("120.00", "75.00"), ("75.00", "75.00"))
    assert house.get(m.Charge, held.charge_id).state == "void"
    told = [message for message in off.messages if message[0] != "refund settled"]
    assert sorted(told) == [("course cut short", "zoe"), ("session cancelled", "bob"), ("session cancelled", "eve")]
    check(house)
    assert len({one.id for page in house.all(m.OccupancyPage) for one in page.claims if one.id[:3] == "mtg"}) == 3


def test_shares_are_exact_to_the_cent():
    """Of 100.00 for three, one was held: 33.34 stay, which is its share by the largest remainder."""
    house = course_house()
    house.do(c.PublishTariff(TARIFF + "[product.course]\nrate = { price = 100.00 }\n", override="no lessons any more"))
    house.do(tuesdays(days=DAYS[:3]))
    one = seat(house, "zoe")
    after(house, 1)
    house.do(c.CancelSession("crs", reason="fire"))
    assert money(house, one) == ("100.00", "66.66")
    check(house)


def test_what_staff_gave_back_counts():
    """What stays is the share of what was held: what went back before does not go back a second time."""
    house = course_house()
    house.do(tuesdays())
    one, other = seat(house, "zoe"), seat(house, "bob")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[1], reason="ill"))
    house.do(c.RefundCharge(one.charge_id, amount=Money(1500, "EUR"), reason="a meeting less"))
    after(house, 4)
    house.do(c.CancelSession("crs", reason="fire"))
    assert (money(house, one), money(house, other)) == (("120.00", "75.00"), ("120.00", "75.00"))
    check(house)


def test_more_than_the_share_is_never_taken():
    """Where staff gave back more than the share already, nothing more goes back and nothing is asked for."""
    house = course_house()
    house.do(tuesdays())
    one = seat(house, "zoe")
    after(house, 4)
    house.do(c.RefundCharge(one.charge_id, amount=Money(10000, "EUR"), reason="sorry"))
    house.do(c.CancelSession("crs", reason="fire"))
    assert money(house, one) == ("120.00", "100.00")
    check(house)


def test_units_go_back_by_the_share():
    """Of eight entries for eight meetings, three were held: five go back."""
    house = course_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(tuesdays("english"))
    house.do(c.Register(session_id="crs", person_id="zoe"))
    after(house, 3)
    house.do(c.CancelSession("crs", reason="fire"))
    assert house.cantine.read.balance("zoe")[0].left == 7
    check(house)


def test_a_free_course_that_ends_early():
    """Nothing was paid, nothing goes back; everybody is told."""
    house = course_house()
    house.do(tuesdays("choir"))
    house.do(c.Register(session_id="crs", person_id="zoe"))
    after(house, 3)
    off = house.do(c.CancelSession("crs", reason="fire"))
    assert off.messages == (("session cancelled", "zoe"),)
    check(house)


def test_a_meeting_that_did_not_take_place_opens_the_list_again():
    """The first meeting is cancelled while it should run: the course has not begun, and who waits gets what is free."""
    house = course_house()
    house.do(tuesdays("choir", seats=1))
    first = house.do(c.Register(session_id="crs", person_id="zoe")).value
    waits = house.do(c.Register(session_id="crs", person_id="bob")).value
    house.clock.set(datetime(2026, 12, 1, 17, 30, tzinfo=UTC))
    house.do(c.CancelRegistration(first.id))
    assert house.get(m.Registration, waits.id).state == "waiting"
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[0], reason="nobody has the key"))
    assert house.get(m.Registration, waits.id).state == "confirmed"
    check(house)


def test_forgetting_waits_for_the_last_meeting():
    """Who has a seat at a course is not forgotten between two of its meetings."""
    house = course_house()
    house.do(tuesdays("choir"))
    house.do(c.Register(session_id="crs", person_id="lou"))
    after(house, 3)
    with pytest.raises(Exception, match="still open: registration"):
        house.do(c.ForgetPerson("lou"))
    house.clock.set(datetime(2027, 1, 20, tzinfo=UTC))
    house.do(c.ForgetPerson("lou"))
    assert house.get(m.Person, "lou").state == "forgotten"
