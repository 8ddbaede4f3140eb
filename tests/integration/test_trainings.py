"""What has to be learnt first: prerequisites, how long they hold, grants, revocations, circles, forgetting."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.attendance.records import MOST_WAYS
from cantinekit.domain.state import State
from cantinekit.domain.workshops.records import MAX_PREREQUISITES
from cantinekit.errors import InputError, NotFoundError, TrainingError, UnsuitableError, WrongStateError
from support.houses import small_house
from support.houses.at_the_door import at_door, over, seated, trained
from support.houses.small_house import TODAY, open_house, utc
from support.laws import house_laws

NEXT = TODAY + timedelta(days=3)


def asking(house=None, *before: str):
    """A house in which ``welding`` comes after other workshops, by default after ``talk``."""
    house = house or open_house()
    house.do(c.ChangePrerequisites("welding", prerequisites=before or ("talk",)))
    return house


def refused(house, command, error=TrainingError):
    before = small_house.snapshot(house.storage)
    with pytest.raises(error) as caught:
        house.do(command)
    assert small_house.snapshot(house.storage) == before
    return caught.value


# --- asking for it ---------------------------------------------------------------------------------------------------


def test_a_seat_is_refused_without_what_comes_first():
    """The refusal names what is missing, in the order of the workshop, and says their titles; one of two is too few."""
    house = asking(None, "talk")
    house.do(c.AddWorkshop(place_id="brest", title="Sécurité", id="safety"))
    house.do(c.ChangePrerequisites("welding", prerequisites=("safety", "talk")))
    error = refused(house, c.Register(session_id="paid", person_id="zoe", account="desk"))
    assert error.missing == ("safety", "talk")
    assert str(error) == "Soudure asks for something to be learnt first: Sécurité, Conférence"
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    assert refused(house, c.Register(session_id="paid", person_id="zoe", account="desk")).missing == ("safety",)
    house.do(c.GrantTraining(person_id="zoe", workshop_id="safety", reason="at school"))
    assert house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value.state == "confirmed"
    assert house.do(c.Register(session_id="free", person_id="zoe")).value.state == "confirmed"


def test_a_free_seat_and_one_at_the_door_are_refused_alike():
    """What comes first is asked for whether a seat costs something or not, in the line, and at the door."""
    house = open_house()
    house.do(c.AddWorkshop(place_id="paris", title="Sécurité", id="safety"))
    house.do(c.ChangePrerequisites("talk", prerequisites=("safety",)))
    refused(house, c.Register(session_id="free", person_id="zoe"))
    house.do(c.ChangeSeats("free", seats=0))
    refused(house, c.Register(session_id="free", person_id="zoe"))
    house.do(c.ChangeSeats("free", seats=2))
    at_door(house)
    refused(house, c.Register(session_id="free", person_id="zoe", at_door=True))
    override = c.Register(session_id="free", person_id="zoe", at_door=True, override="teaches it herself")
    assert house.do(override).value.present == 1


def test_staff_may_give_a_seat_all_the_same():
    """With a reason the seat is given, and who gave it for what reason is kept; without need nothing is noted."""
    house = asking()
    seat = house.do(
        c.Register(session_id="paid", person_id="zoe", account="desk", override="teaches it herself"), actor="desk:bea"
    ).value
    (used,) = house.all(m.Override)
    assert (used.rule, used.reason, used.actor) == ("not trained", "teaches it herself", "desk:bea")
    assert used.subject == m.Subject("registration", seat.id)
    house.do(c.Register(session_id="free", person_id="zoe", override="to be sure"))
    assert len(house.all(m.Override)) == 1
    for reason in ("", "  ", 5, "x" * 1001):
        with pytest.raises(InputError):
            c.Register(session_id="paid", person_id="zoe", override=reason)


def test_what_is_changed_later_binds_what_comes_later():
    """Who has a seat keeps it when a prerequisite is added; nothing asked for any more lets everybody in."""
    house, (zoe,) = seated("zoe", session="paid")
    asking(house)
    assert house.get(m.Registration, zoe).state == "confirmed"
    refused(house, c.Register(session_id="paid", person_id="bob", account="desk"))
    house.do(c.ChangePrerequisites("welding"))
    assert house.do(c.Register(session_id="paid", person_id="bob", account="desk")).value.state == "confirmed"
    assert house.do(c.ChangePrerequisites("welding")).events == ()


def test_whoever_was_there_has_learnt_it_once_it_is_over():
    """Being marked present is the training; it holds from the end of the session on, and a correction takes it back."""
    house, (zoe,) = seated("zoe")
    asking(house)
    same_day = house.do(
        c.AddSession(workshop_id="welding", day=TODAY + timedelta(days=1), starts=time(13), ends=time(16), seats=5)
    ).value.id
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    assert refused(house, c.Register(session_id=same_day, person_id="zoe", account="desk")).missing == ("talk",)
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    house.do(c.CancelRegistration(house.all(m.Registration)[-1].id))
    house.do(c.MarkAttendance(zoe, present=False))
    assert not trained(house, "zoe")
    refused(house, c.Register(session_id="paid", person_id="zoe", account="desk"))


def test_one_way_of_several_is_enough():
    """Present at two sessions and granted besides: the training stays until the last of the ways is gone."""
    house, (first,) = seated("zoe")
    house.do(
        c.AddSession(
            workshop_id="talk", day=TODAY + timedelta(days=1), starts=time(12), ends=time(14), seats=5, id="other"
        )
    )
    second = house.do(c.Register(session_id="other", person_id="zoe")).value.id
    at_door(house)
    for one in (first, second):
        house.do(c.MarkAttendance(one))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at another school"))
    (training,) = house.cantine.read.trainings("zoe")
    assert [way.reason or way.registration_id for way in training.ways] == ["at another school", first, second]
    house.do(c.MarkAttendance(first, present=False))
    house.do(c.MarkAttendance(second, present=False))
    assert trained(house, "zoe")
    house.do(c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="misused"))
    assert not trained(house, "zoe")


def test_what_is_revoked_counts_again_only_from_now_on():
    """Revoking takes all ways; correcting how many of a party came brings none back, a new mark or a grant does."""
    house, (zoe,) = seated("zoe", seats=2)
    at_door(house)
    house.do(c.MarkAttendance(zoe, seats=1))
    house.do(c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="left the saw on"), actor="desk:bea")
    house.do(c.MarkAttendance(zoe, seats=2))
    assert not trained(house, "zoe")
    house.do(c.MarkAttendance(zoe, present=False))
    house.do(c.MarkAttendance(zoe))
    assert trained(house, "zoe")
    entries = [one for one in house.cantine.read.history(m.Training, "zoe|talk") if one.type == "TrainingRevoked"]
    assert [one.actor for one in entries] == ["desk:bea"]
    refused(house, c.RevokeTraining(person_id="bob", workshop_id="talk", reason="x"), NotFoundError)
    house.do(c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="again"))
    refused(house, c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="x"), WrongStateError)


# --- for how long ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "ends", "months", "until"),
    [
        (date(2027, 1, 31), time(14), 1, utc(23, day=date(2027, 2, 28))),
        (date(2027, 8, 31), time(14), 6, utc(23, day=date(2028, 2, 29))),
        (date(2027, 1, 30), time(0), 12, utc(23, day=date(2028, 1, 31))),
        (date(2027, 3, 28), time(14), 12, utc(22, day=date(2028, 3, 28))),
        (date(2027, 5, 1), time(14), 120, utc(22, day=date(2037, 5, 1))),
        (date(2027, 5, 1), time(14), None, None),
    ],
)
def test_a_training_is_valid_through_a_local_day(session, ends, months, until):
    """So many months after the local day on which the session ended, the last of a shorter month, to its midnight."""
    house = open_house()
    house.do(c.ChangePrerequisites("talk", prerequisites=(), valid_months=months))
    house.do(c.AddSession(workshop_id="talk", day=session, starts=time(12), ends=ends, seats=5, id="ses"))
    zoe = house.do(c.Register(session_id="ses", person_id="zoe")).value.id
    at_door(house, "ses")
    house.do(c.MarkAttendance(zoe))
    (training,) = house.cantine.read.trainings("zoe")
    over(house, "ses")
    assert training.ways == (m.Learnt(house.clock.now(), until, zoe),)


def test_a_training_in_the_last_years_is_for_good():
    """A validity that would end past the last year that is known has no end, and is no error."""
    house = open_house()
    house.do(c.ChangePrerequisites("talk", prerequisites=(), valid_months=120))
    house.do(c.AddSession(workshop_id="talk", day=date(9996, 5, 1), starts=time(12), ends=time(14), seats=5, id="ses"))
    zoe = house.do(c.Register(session_id="ses", person_id="zoe")).value.id
    at_door(house, "ses")
    house.do(c.MarkAttendance(zoe))
    assert house.cantine.read.trainings("zoe")[0].ways[0].until is None


def test_it_must_hold_until_the_end_of_the_session():
    """A training that runs out before the session ends is missing; what a session was marked under stays so."""
    house = asking()
    ends = house.get(m.Session, "paid").period.end
    house.do(
        c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school", until=ends - timedelta(seconds=1))
    )
    refused(house, c.Register(session_id="paid", person_id="zoe", account="desk"))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school", until=ends))
    assert house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value.state == "confirmed"


def test_what_is_granted_while_it_runs_counts_for_the_rest():
    """Somebody whose diploma is seen at the door is let in: the training holds from then until the session ends."""
    house = asking()
    at_door(house, "paid", 10)
    door = c.Register(session_id="paid", person_id="zoe", account="desk", at_door=True)
    refused(house, door)
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="has a diploma"))
    assert house.do(door).value.present == 1


def test_a_way_holds_from_its_beginning_up_to_its_end():
    """Two ways one after the other are not one: each has to hold for all of the time."""
    day = [utc(hour) for hour in range(24)]
    ways = (m.Learnt(day[8], day[10]), m.Learnt(day[10], day[12]))
    training = m.Training("zoe|talk", "zoe", "talk", ways)
    assert training.covers(Period(day[8], day[10]))
    assert training.covers(Period(day[10], day[12]))
    assert not training.covers(Period(day[9], day[11]))
    assert not training.covers(Period(day[7], day[9]))
    assert attrs.evolve(training, ways=(m.Learnt(day[8]),)).covers(Period(day[9], day[23]))


def test_only_the_newest_ways_are_kept():
    """A weekly class over years does not make a row that grows without end."""
    state = State(complete=True)
    for week in range(MOST_WAYS + 5):
        way = m.Learnt(utc(8) + timedelta(weeks=week), None, f"reg{week}")
        state = state.put(ev.TrainingGained("zoe", "talk", way).changes(state))
    found = state.need(m.Training, "zoe|talk")
    assert [way.registration_id for way in found.ways] == [f"reg{week}" for week in range(5, MOST_WAYS + 5)]


def test_what_is_for_good_outlasts_what_runs_out():
    """However many ways that run out come after it, a diploma that was granted for good holds for good."""
    state = State(complete=True)
    ways = [m.Learnt(utc(8), None, reason="a diploma")]
    for week in range(1, MOST_WAYS + 5):
        since = utc(8) + timedelta(weeks=week)
        ways.append(m.Learnt(since, since + timedelta(days=365), f"reg{week}"))
    for way in ways:
        state = state.put(ev.TrainingGained("zoe", "talk", way).changes(state))
    found = state.need(m.Training, "zoe|talk")
    assert found.ways == (ways[0], *ways[-MOST_WAYS + 1 :])
    later = ways[-1].until
    assert found.covers(Period(later, later + timedelta(days=1)))


# --- circles ---------------------------------------------------------------------------------------------------------


def row_of(house, count: int) -> list[str]:
    """So many workshops, each after the one before it."""
    ids: list[str] = []
    for number in range(count):
        before = tuple(ids[-1:])
        ids.append(
            house.do(
                c.AddWorkshop(place_id="paris", title=f"Step {number}", id=f"w{number}", prerequisites=before)
            ).value.id
        )
    return ids


@pytest.mark.parametrize("length", [1, 2, 3, 12])
def test_no_workshop_comes_before_itself(length):
    """A circle of any length is refused, and what is no circle is not: two ways to one workshop, say."""
    house = open_house()
    ids = row_of(house, length)
    refused(house, c.ChangePrerequisites(ids[0], prerequisites=(ids[-1],)), UnsuitableError)
    house.do(c.ChangePrerequisites("welding", prerequisites=tuple(ids)))
    refused(house, c.ChangePrerequisites(ids[0], prerequisites=("talk", "welding")), UnsuitableError)


def test_a_new_workshop_names_only_what_is_there():
    """A workshop that is added comes after those that exist, and never after itself."""
    house = open_house()
    refused(house, c.AddWorkshop(place_id="paris", title="Self", id="self", prerequisites=("self",)), NotFoundError)
    refused(house, c.ChangePrerequisites("welding", prerequisites=("nothing",)), NotFoundError)
    made = house.do(
        c.AddWorkshop(place_id="paris", title="Forge", prerequisites=("talk", "welding"), valid_months=24)
    ).value
    assert (made.prerequisites, made.valid_months) == (("talk", "welding"), 24)


def test_a_walk_over_too_many_workshops_is_refused():
    """More than 200 workshops before one are not looked at: the change is refused, not taken for no circle."""
    house = open_house()
    ids = [f"x{number}" for number in range(202)]
    for id in ids:
        house.do(c.AddWorkshop(place_id="paris", title=id, id=id))
    for at in range(0, 180, 20):
        house.do(c.ChangePrerequisites(f"x{180 + at // 20}", prerequisites=tuple(ids[at : at + 20])))
    house.do(c.ChangePrerequisites("x199", prerequisites=tuple(ids[180:189])))
    house.do(c.ChangePrerequisites("welding", prerequisites=("x199", *ids[189:199])))
    assert len(house.get(m.Workshop, "welding").prerequisites) == 11
    house.do(c.ChangePrerequisites("x189", prerequisites=("x200",)))
    house.do(c.ChangePrerequisites("x190", prerequisites=("x201",)))
    refused(house, c.ChangePrerequisites("talk", prerequisites=("welding",)), UnsuitableError)


@pytest.mark.parametrize("bad", ["talk", ("talk", "talk"), ("",), tuple(map(str, range(MAX_PREREQUISITES + 1))), 5])
def test_malformed_prerequisites(bad):
    """One text, the same twice, an empty id and more than twenty are malformed, and so is a validity of no months."""
    for make in (
        lambda: c.ChangePrerequisites("welding", prerequisites=bad),
        lambda: c.AddWorkshop(place_id="paris", title="x", prerequisites=bad),
        lambda: m.Workshop("w", "paris", "x", prerequisites=bad),
    ):
        with pytest.raises(InputError):
            make()
    for months in (0, -1, 121, True, "12", 1.5):
        with pytest.raises(InputError):
            c.ChangePrerequisites("welding", prerequisites=(), valid_months=months)


@pytest.mark.parametrize("reason", ["", " ", None, "x" * 501, "a\x00"])
def test_a_grant_and_a_revocation_say_why(reason):
    """Without a reason neither is made; a grant that ended already is refused, one without a zone is malformed."""
    for command in (c.GrantTraining, c.RevokeTraining):
        with pytest.raises(InputError):
            command(person_id="zoe", workshop_id="talk", reason=reason)
    with pytest.raises(InputError):
        c.GrantTraining(person_id="zoe", workshop_id="talk", reason="x", until=datetime(2027, 1, 1))


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_training_goes_with_the_person():
    """It is in what is handed over about a person, with the name of the workshop; once the person is forgotten it
    names nobody, and is counted among what was kept. The journal never names anybody."""
    house, (zoe,) = seated("zoe")
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    over(house)
    house.do(c.CloseSheet("free"))
    copy = house.cantine.export("zoe").data()
    assert [one["workshop_id"] for one in copy["records"]["training"]] == ["talk"]
    assert copy["names"]["workshop"] == {"talk": "Conférence"}
    assert copy["records"]["registration"][0]["marks"][0]["seats"] == 1
    erasure = house.cantine.forget("zoe", actor="ana").value
    assert ("training", 1, "names nobody") in [(kept.kind, kept.count, kept.why) for kept in erasure.kept]
    assert [row.name for row in house.cantine.read.sheet("free").rows] == [""]
    refused(house, c.GrantTraining(person_id="zoe", workshop_id="talk", reason="x"), WrongStateError)
    house_laws.keeps_private(house.storage, small_house.CANARIES)
    house_laws.folds(house.storage)
