"""Laws of admission: the question and the registration agree, the quota holds, whatever happens in which order."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import AdmissionError, DuplicateError, RefusedError, UnsuitableError
from cantinekit.scheduling.admission import OVERRIDABLE
from support.houses.small_house import House, records
from support.houses.solidarity_seats import DAY, admitting
from support.laws import house_laws

PEOPLE = ("zoe", "bob", "eve", "ida")
GROUPS = st.sets(st.sampled_from(("makers", "staff", "members")), max_size=2)
AGES = st.none() | st.integers(14, 18)
BIRTHDAYS = [date(2026 - age, 11, 28) + timedelta(days=days) for age in (14, 16, 18) for days in (-1, 0, 1)]
QUOTAS = st.none() | st.builds(m.Quota, seats=st.integers(1, 3)) | st.builds(m.Quota, percent=st.integers(1, 100))


@st.composite
def admissions(draw: st.DrawFn) -> m.Admission:
    """Any admission, but for questions."""
    ages = sorted((draw(AGES), draw(AGES)), key=lambda age: (age is None, age))
    youngest, oldest = ages if None not in ages or draw(st.booleans()) else ages[::-1]
    quota = draw(QUOTAS)
    product = draw(st.sampled_from((None, "solidarity"))) if quota else None
    members = draw(st.sampled_from(((), (), ("member",), ("member", "mini"))))
    return m.Admission(draw(GROUPS), youngest, oldest, members, quota, product)


WISHES = st.fixed_dictionaries(
    {
        "groups": GROUPS,
        "born": st.none() | st.sampled_from(BIRTHDAYS),
        "bursary": st.booleans(),
        "seats": st.sampled_from((1, 1, 2)),
    }
)


def agree(house: House, session_id: str, person_id: str, wish: dict, override: str | None = None) -> None:
    """No reasons, and the registration is not refused for admission; or reasons, and those are told."""
    reasons = house.cantine.read.may_register(session_id, person_id, **wish)
    standing = tuple(one for one in reasons if override is None or not isinstance(one, OVERRIDABLE))
    told: tuple = ()
    try:
        seat = house.do(c.Register(session_id=session_id, person_id=person_id, override=override, **wish)).value
    except AdmissionError as refused:
        told = refused.reasons
    except (DuplicateError, UnsuitableError):
        return  # registered already, or a party that is larger than the session: looked at before admission
    assert told == standing
    if not standing:
        kept = [one.rule for one in house.all(m.Override) if one.subject.id == seat.id]
        assert sorted(kept) == sorted(one.code for one in reasons)


_READY: list[House] = []


def ready() -> House:
    """One house for all examples, each of which has a session of its own: zoe is a member, bob was for a day."""
    if not _READY:
        house = admitting(m.Admission())
        house.do(c.SellPass(product_id="member", place_id="paris", holder_id="zoe", account="desk"))
        house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="bob", account="desk"))
        house.do(c.SellPass(product_id="member", place_id="paris", holder_id="eve"))  # not paid
        _READY.append(house)
    return _READY[0]


@given(admissions(), st.sampled_from(PEOPLE), WISHES, st.sampled_from((None, None, "staff")))
@settings(max_examples=60, deadline=None)
def test_the_question_and_the_registration_agree(admission, person, wish, override):
    """No reasons if and only if the registration is not refused for admission, and the same reasons, over random
    admissions and people; an override leaves those that cannot be overridden."""
    house = ready()
    house.do(c.ChangeAdmission("welding", admission=admission))
    added = house.do(c.AddSession(workshop_id="welding", day=DAY, starts=time(18), ends=time(20), seats=4)).value
    agree(house, added.id, person, wish, override)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.sampled_from(PEOPLE), st.booleans(), st.sampled_from((1, 1, 2))),
        st.tuples(st.just("cancel"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("seats"), st.integers(0, 6)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
        st.tuples(st.just("pay"), st.sampled_from(PEOPLE)),
    ),
    max_size=10,
)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_a_quota_is_never_exceeded_by_a_registration(steps):
    """Whatever is registered, cancelled, paid late, left to run out or resized, in any order: a solidarity seat is
    given only within the quota of that moment, the question says so before, and the counter is right.
    """
    quota = m.Quota(percent=50)
    house = admitting(m.Admission(bursaries=quota, bursary_product_id="solidarity"), 4)
    for step, *how in steps:
        live = {r.person_id: r for r in house.all(m.Registration) if r.state in ("held", "confirmed", "waiting")}
        if step == "wait":
            house.wait(minutes=how[0])
        elif step == "register":
            person, bursary, seats = how
            agree(house, "ses", person, {"bursary": bursary, "seats": seats})
            session = house.get(m.Session, "ses")
            mine = [r for r in house.all(m.Registration) if r.person_id == person and r.asked_at == house.clock.now()]
            if bursary and mine and person not in live:
                assert session.bursaries <= quota.of(session.capacity)
        else:
            try:
                if step == "seats":
                    house.do(c.ChangeSeats("ses", seats=how[0]))
                elif how[0] in live:
                    one = live[how[0]]
                    pays = step == "pay" and one.charge_id
                    house.do(c.Pay(one.charge_id, account="desk") if pays else c.CancelRegistration(one.id))
            except RefusedError:
                pass
        house_laws.seats(records(house.storage), house.clock.now())
