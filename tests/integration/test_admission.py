"""Who may register for a workshop: whom it is for, of what age, members of what; and what staff may override."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import AdmissionError, NotFoundError, UnsuitableError
from cantinekit.runtime import codec
from cantinekit.scheduling.admission import NoBirthDate, NotAMember, TooOld, TooYoung
from cantinekit.scheduling.availability import NotYours
from support.houses.small_house import START, House, journal, rows
from support.houses.solidarity_seats import DAY, HALF, SIZE, add_session, admitting, register
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutGuards

BORN = date(2010, 11, 28)
"""Sixteen years old on the day of the session, and not before."""


def refused(house: House, person: str, **said):
    """The reasons for which somebody is refused, after which nothing has changed; the question gives the same."""
    before = rows(house.storage), len(journal(house.storage))
    with pytest.raises(AdmissionError) as caught:
        register(house, person, **said)
    assert (rows(house.storage), len(journal(house.storage))) == before
    asked = {name: value for name, value in said.items() if name in ("groups", "born", "bursary", "seats")}
    assert house.cantine.read.may_register("ses", person, **asked) == caught.value.reasons
    return caught.value.reasons


def test_for_whom_and_of_what_age():
    """All that stands against somebody is told at once, by the question and by the refusal; then the person may."""
    house = admitting(m.Admission({"makers", "staff"}, 16, 17))
    assert refused(house, "zoe") == (NotYours(("makers", "staff")), NoBirthDate())
    assert refused(house, "zoe", groups=["makers"], born=BORN + timedelta(days=1)) == (TooYoung(16),)
    assert refused(house, "zoe", groups=["makers"], born=date(2008, 11, 28)) == (TooOld(17),)
    assert house.cantine.read.may_register("ses", "zoe", groups=["staff"], born=BORN) == ()
    assert register(house, "zoe", groups=["staff"], born=BORN).value.state == "held"
    assert house.all(m.Override) == []


def test_the_day_is_that_of_the_wall_clock():
    """A session that begins after midnight in Paris is on that day, though it is the day before in UTC."""
    house = admitting(m.Admission(youngest=16))
    add_session(house, 4, DAY, time(0, 30), id="night")
    assert house.get(m.Session, "night").period.start.day == DAY.day - 1
    house.do(c.Register(session_id="night", person_id="zoe", born=BORN))
    with pytest.raises(AdmissionError):
        house.do(c.Register(session_id="night", person_id="bob", born=BORN + timedelta(days=1)))


def test_members_hold_a_live_pass_that_covers_the_beginning():
    """A pass of the product that is paid, not cancelled, not over by then, valid at the place, and their own; whether
    units of it are left does not matter."""
    house = admitting(m.Admission(members_of=["carnet", "mini", "local", "one"]))
    missing = (NotAMember(("carnet", "mini", "local", "one")),)
    assert refused(house, "zoe") == missing
    house.do(
        c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk")
    )  # over on the day of the sale
    house.do(c.SellPass(product_id="local", place_id="brest", holder_id="zoe", account="desk"))  # for another place
    pending = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk"))
    gone = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    house.do(c.CancelPass(gone.id))
    assert refused(house, "zoe") == missing
    house.do(c.Pay(pending.charges[0].id, account="desk"))
    assert register(house, "zoe").value.state == "confirmed"
    house.do(c.SellPass(product_id="one", place_id="paris", holder_id="eve", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="eve"))
    assert house.cantine.read.balance("eve") == ()
    assert register(house, "eve").value.state == "held"
    house_laws.hold(house.storage, house.clock.now())


@pytest.mark.parametrize("fault", [Around, WithoutGuards])
@pytest.mark.parametrize(
    ("other", "event"),
    [
        (c.CancelPass("pas"), "PassEnded"),
        (c.ChangeAdmission("welding", admission=m.Admission(youngest=90)), "AdmissionChanged"),
    ],
)
def test_nothing_changes_beneath_a_registration(other, event, fault):
    """Whatever the order of the storage calls, nobody gets a seat on a pass that was cancelled before, or by what the
    workshop asked before. Control: without guards some order lets it happen."""
    base = MemoryStorage()
    house = admitting(m.Admission(members_of=["member"]), storage=base)
    house.do(c.SellPass(product_id="member", place_id="paris", holder_id="zoe", account="desk", id="pas"))
    old = len(journal(base))
    commands, wrong, ends = [c.Register(session_id="ses", person_id="zoe"), other], 0, set()
    for _, _, store in both_at_once(base, commands, fault):
        types = [one.type for one in journal(store)][old:]
        seated = "SeatTaken" in types
        wrong += seated and types.index(event) < types.index("SeatTaken")
        ends.add(seated)
    assert bool(wrong) is (fault is WithoutGuards)
    assert ends == {True, False}


def test_a_pass_for_this_place_makes_a_member():
    """A pass that is valid at some places counts where the session is one of them."""
    house = admitting(m.Admission())
    house.do(
        c.AddProduct(
            name="Here",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="member",
            sells="pass",
            places=("paris",),
            id="here",
        )
    )
    house.do(c.ChangeAdmission("welding", admission=m.Admission(members_of=["here"])))
    assert refused(house, "zoe") == (NotAMember(("here",)),)
    house.do(c.SellPass(product_id="here", place_id="paris", holder_id="zoe", account="desk"))
    assert register(house, "zoe").value.state == "held"


@pytest.mark.parametrize("fault", [Around, WithoutGuards])
def test_a_free_seat_hangs_on_the_pass_alone(fault):
    """At a free workshop no price looks at what the person holds: the pass itself is not cancelled beneath the seat, in
    any order. Control: without guards some order lets it happen."""
    base = MemoryStorage()
    house = admitting(m.Admission(), storage=base)
    house.do(c.ChangeAdmission("talk", admission=m.Admission(members_of=["member"])))
    house.do(c.SellPass(product_id="member", place_id="paris", holder_id="zoe", account="desk", id="pas"))
    old, wrong, ends = len(journal(base)), 0, set()
    for _, _, store in both_at_once(base, [c.Register(session_id="free", person_id="zoe"), c.CancelPass("pas")], fault):
        types = [one.type for one in journal(store)][old:]
        seated = "SeatTaken" in types
        wrong += seated and types.index("PassEnded") < types.index("SeatTaken")
        ends.add(seated)
    assert bool(wrong) is (fault is WithoutGuards)
    assert ends == {True, False}


def test_staff_override_with_a_reason():
    """Audience, age and membership give way to a reason, which is kept for each rule that was broken, and for no
    other."""
    house = admitting(m.Admission({"makers"}, 16, members_of=["carnet"]))
    seat = register(house, "zoe", born=date(2015, 1, 1), override="comes with her class").value
    kept = [one for one in house.all(m.Override) if one.subject == m.Subject("registration", seat.id)]
    assert [one.rule for one in kept] == ["not yours", "too young", "not a member"]
    assert {(one.reason, one.actor) for one in kept} == {("comes with her class", "desk:ana")}
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk"))
    other = register(house, "bob", groups=["makers"], born=date(1990, 1, 1), override="just in case").value
    assert [one for one in house.all(m.Override) if one.subject.id == other.id] == []
    house_laws.hold(house.storage, house.clock.now())


def test_a_change_binds_what_is_registered_from_then_on():
    """Who is registered stays, through a promotion as well; the same again is no event."""
    house = admitting(m.Admission(), seats=1)
    first, second = register(house, "zoe", account="desk").value, register(house, "bob").value
    changed = house.do(c.ChangeAdmission("welding", admission=m.Admission(youngest=90)))
    assert [one.type for one in changed.events] == ["AdmissionChanged"]
    assert house.do(c.ChangeAdmission("welding", admission=m.Admission(youngest=90))).events == ()
    assert refused(house, "eve", born=date(1990, 1, 1)) == (TooYoung(90),)
    house.do(c.CancelRegistration(first.id))
    assert house.do(c.TakeSeat(second.id, account="desk")).value.state == "confirmed"
    assert house.get(m.Workshop, "welding").admission == m.Admission(youngest=90)


@pytest.mark.parametrize(
    ("admission", "error"),
    [
        (m.Admission(members_of=["nothing"]), NotFoundError),
        (m.Admission(members_of=["day"]), UnsuitableError),
        (m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="nothing"), NotFoundError),
        (m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="materials"), UnsuitableError),
        (m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="elsewhere"), UnsuitableError),
        (m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="theirs"), UnsuitableError),
    ],
)
def test_products_that_do_not_fit_are_refused(admission, error):
    """Members hold passes; a solidarity seat is a seat, on the same price list and of the same operator."""
    house = admitting(HALF)
    house.do(c.PublishTariff('[tariff]\nid = "own"\nname = "Own"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
                             'prices = "incl"\n[product.it]\nrate = { price = 1.00 }\n'))  # fmt: skip
    house.do(
        c.AddProduct(name="It", entity_id="asso", pricelist_id="own", tariff_product="it", sells="seat", id="elsewhere")
    )
    house.do(
        c.AddProduct(name="It", entity_id="coop", pricelist_id="net", tariff_product="seat", sells="seat", id="theirs")
    )
    for command in (
        c.ChangeAdmission("welding", admission=admission),
        c.AddWorkshop(place_id="paris", title="New", product_id="seat", admission=admission),
    ):
        before = rows(house.storage)
        with pytest.raises(error):
            house.do(command)
        assert rows(house.storage) == before
    assert (
        house.do(c.AddWorkshop(place_id="paris", title="New", product_id="seat", admission=HALF)).value.admission
        == HALF
    )
    with pytest.raises(UnsuitableError, match="free"):
        house.do(c.AddWorkshop(place_id="paris", title="Free", admission=HALF))
    with pytest.raises(NotFoundError):
        house.do(c.ChangeAdmission("nothing", admission=HALF))


def test_a_question_about_nothing_is_refused():
    """Whether somebody may register is asked of a session and a person that are there."""
    house = admitting(HALF)
    for session_id, person_id in (("nothing", "zoe"), ("ses", "nobody")):
        with pytest.raises(NotFoundError):
            house.cantine.read.may_register(session_id, person_id)


def test_rows_of_before_admission_are_read():
    """Workshops, sessions and registrations as they were stored before there was any admission are read; one that asks
    nothing is stored as it was then."""
    body = '{"v":1,"id":"talk","place_id":"paris","title":"Talk"}'
    workshop = m.Workshop("talk", "paris", "Talk")
    row = codec.encode(workshop, 1)
    assert (row.body, codec.decode(row)) == (body, workshop)
    assert workshop.admission == m.Admission()
    event = codec.encode_event(ev.AdmissionChanged("talk", m.Admission(questions=[SIZE])), START, "ana", ())
    assert codec.decode_event(event).admission.questions == (SIZE,)


def test_no_round_trip_is_added():
    """A registration reads as often as it did: what the workshop asks comes with what is read anyway, and so does the
    product of a solidarity seat, once the session is known."""
    counts = []
    store = Around(MemoryStorage())
    house = admitting(HALF, 20, storage=store)
    for person, bursary in (("zoe", False), ("bob", True), ("eve", False), ("ida", True)):
        before = store.counts["load"], store.counts["find"]
        house.cantine._engine.run(c.Register(session_id="ses", person_id=person, bursary=bursary), "web")
        counts.append((store.counts["load"] - before[0], store.counts["find"] - before[1]))
    assert counts[2:] == [(1, 0), (1, 0)]
    house.do(c.ChangeAdmission("welding", admission=m.Admission()))
    before = store.counts["load"]
    house.cantine._engine.run(c.Register(session_id="ses", person_id="max"), "web")
    assert store.counts["load"] - before == 1
