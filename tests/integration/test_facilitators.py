"""A session claims its room, its equipment and its facilitators together: what is refused, moved, freed and told."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    DuplicateError,
    InputError,
    SoldOutError,
    TermsError,
    UnavailableError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.scheduling.availability import BusyIndex
from support.houses import small_house
from support.houses.facilitated_house import BUFFERS, DAY, asked, claimed, furnished, spot
from support.houses.small_house import CANARIES, utc
from support.laws import house_laws

NEXT = DAY + timedelta(days=1)
ZOE, BOB = CANARIES[:2]


def refused(house, command, error):
    """The refusal of a command, which stored nothing."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(error) as caught:
        house.do(command)
    assert type(caught.value) is error
    assert small_house.snapshot(house.storage) == before
    return caught.value


def sound(house):
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house_laws.keeps_private(house.storage, CANARIES)
    leaves = {one.id for one in house.all(m.Space) if one.leaves == (one.id,)}
    standing = [one for one in house.all(m.StandingPage) if one.space_id in leaves]
    pages = BusyIndex.from_pages(standing, house.all(m.OccupancyPage), house.clock.now())
    assert house.cantine.read.busy_index() == pages


def spaces(session):
    return [one.space_id for one in session.placed]


# --- adding a facilitator --------------------------------------------------------------------------------------------


def test_a_facilitator_is_a_space_that_names_nobody():
    """It has the use, the person and no name: neither the journal nor any row but the person's has one."""
    house = furnished()
    ada = house.get(m.Space, "ada")
    assert (ada.use, ada.person_id, ada.name, ada.leaves) == ("facilitator", "zoe", "ada", ("ada",))
    assert house.get(m.StandingPage, "ada|always").capacity == 1
    assert house.cantine.read.name_of("ada") == ZOE
    house.do(asked(10, 12, facilitator_ids=["ada", "bea"]))
    sound(house)


def test_one_person_is_one_facilitator_and_no_more():
    """A second facilitator of a person, or a capacity of two, would put somebody into two sessions: refused."""
    house = furnished()
    assert refused(house, c.AddFacilitator(person_id="zoe", place_id="brest"), DuplicateError).holder == "ada"
    assert ZOE in str(refused(house, c.ChangeCapacity("ada", capacity=2), UnsuitableError))
    assert house.do(c.ChangeCapacity("ada", capacity=0)).value.capacity == 0
    refused(house, asked(10, 12, facilitator_ids=["ada"]), ConflictError)
    assert house.do(c.ChangeCapacity("ada", capacity=1)).value.capacity == 1


def test_a_facilitator_is_not_booked():
    """Nobody books, holds or repeats one, takes one as equipment, as a room, as desks to check in to, or as a part."""
    house = furnished()
    house.do(
        c.AddPlace(
            name="Lyon", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=(), open_space_id="lea", id="lyon"
        )
    )
    house.do(c.AddFacilitator(person_id="ida", place_id="lyon", id="lea"))
    period = spot(14, 15)
    for command in (
        c.Book(space_id="ada", product_id="room", period=period, account="desk"),
        c.HoldSpace(space_id="ada", product_id="room", period=period),
        c.BookSeries(
            space_id="ada",
            product_id="room",
            day=DAY,
            starts=time(14),
            ends=time(15),
            rule="FREQ=WEEKLY;COUNT=2",
            account="desk",
        ),
        c.Book(space_id="b", product_id="room", period=period, account="desk", with_units={"ada": 1}),
        c.CheckIn(place_id="lyon", product_id="half-day", account="desk"),
        c.AddSpace(place_id="paris", name="Both", parts=("a1", "ada")),
        asked(14, 15, "ada"),
        asked(14, 15, with_units={"ada": 1}),
    ):
        refused(house, command, UnsuitableError)
    refused(house, asked(14, 15, facilitator_ids=["b"]), UnsuitableError)
    house.do(c.AddSpace(place_id="paris", name="Studio", parts=("b", "projector"), id="studio"))
    refused(house, asked(14, 15, "studio", with_units={"projector": 1}), UnsuitableError)
    with pytest.raises(InputError):
        c.AddSpace(place_id="paris", name="Ada", use="facilitator")


@pytest.mark.parametrize(
    "bad",
    [
        {"facilitator_ids": "ada"},
        {"facilitator_ids": ["ada", "ada"]},
        {"facilitator_ids": [f"f{n}" for n in range(51)]},
        {"facilitator_ids": [7]},
        {"with_units": {"projector": 0}},
        {"with_units": "projector"},
        {"override": "  "},
    ],
    ids=str,
)
def test_bad_input_is_refused_where_it_is_made(bad):
    """What no session can have is no command: one text as a list, somebody twice, too many, no units, no reason."""
    with pytest.raises(InputError):
        asked(14, 15, **bad)
    with pytest.raises(InputError):
        c.MoveSession("free", **bad)


# --- together, or not at all -----------------------------------------------------------------------------------------


def test_all_is_claimed_in_one_change():
    """Two halves of a room, two projectors and two facilitators of two places are on their pages at once."""
    house = furnished()
    before = len(small_house.journal(house.storage))
    session = house.do(asked(14, 16, "a", facilitator_ids=["ada", "bea"], with_units={"projector": 2})).value
    assert len(small_house.journal(house.storage)) == before + 1
    assert spaces(session) == ["a1", "a2", "projector", "ada", "bea"]
    assert (session.facilitator_ids, session.with_units) == (("ada", "bea"), (("projector", 2),))
    start, end = utc(13, day=DAY), utc(15, day=DAY)
    found = {space_id: claims for space_id, claims in claimed(house).items() if space_id != "b"}
    assert found == {
        "a1": [(start, end, m.WHOLE)],
        "a2": [(start, end, m.WHOLE)],
        "projector": [(start, end, 2)],
        "ada": [(start, end, 1)],
        "bea": [(start, end, 1)],
    }
    sound(house)


def test_whatever_is_in_the_way_is_named_and_nothing_is_stored():
    """The room, the equipment or a facilitator: each refusal says which, what is in the way, and when all are free."""
    house = furnished()
    house.do(c.Book(space_id="b", product_id="room", period=spot(9, 11), account="desk"))
    house.do(asked(11, 13, facilitator_ids=["ada"], with_units={"projector": 2}))
    house.do(asked(13, 14, workshop_id="sail", facilitator_ids=["bea"]))
    all_three = {"facilitator_ids": ["ada", "bea"], "with_units": {"projector": 2}}
    room = refused(house, asked(10, 12, "b"), ConflictError)
    assert (str(room), room.clashes) == ("Salle B is taken", (spot(9, 11),))
    ada = refused(house, asked(12, 14, "b", **all_three | {"with_units": {}}), ConflictError)
    assert (str(ada), ada.clashes) == (f"{ZOE} is taken", (spot(11, 13),))
    bea = refused(house, asked(13, 15, "b", **all_three), ConflictError)
    assert (str(bea), bea.clashes) == (f"{BOB} is taken", (spot(13, 14),))
    few = refused(house, asked(12, 14, "b", **all_three), SoldOutError)
    assert (few.what, few.wanted, few.left) == ("Projectors", 2, 1)
    for refusal in (few, bea):
        assert refusal.nearest[0] == spot(14, 16)
        for time_ in refusal.nearest:
            hours = (time_.start.hour + 1, time_.end.hour + 1)
            assert house.cantine.preview(asked(*hours, "b", **all_three), actor="ana").value.placed


def test_outside_their_hours_and_away():
    """Outside their hours and in their closures a facilitator is not available; the refusal proposes when all are."""
    house = furnished()
    house.do(c.Book(space_id="b", product_id="room", period=spot(9, 11), account="desk"))
    late = refused(house, asked(19, 21, "b", facilitator_ids=["ada"]), UnavailableError)
    assert str(late) == f"{ZOE} is not available: outside their hours"
    assert late.nearest[0] == spot(16, 18), "the room is open until 18:00"
    house.do(c.CloseSpace("bea", period=spot(12, 15), reason="at sea"))
    away = refused(house, asked(14, 16, "b", facilitator_ids=["ada", "bea"]), UnavailableError)
    assert (str(away), away.nearest[0]) == (f"{BOB} is not available: at sea", spot(15, 17))
    house.do(c.CloseSpace("b", period=spot(15, 16), reason="paint"))
    shut = refused(house, asked(15, 17, "b", facilitator_ids=["ada"]), ClosedError)
    assert (str(shut), shut.nearest[0]) == ("Salle B is closed: paint", spot(16, 18))


def test_hours_are_those_of_their_home_and_need_no_open_place():
    """Hours are read in the zone of the home, at whatever place the session is; the home itself may be closed."""
    house = furnished()
    house.do(
        c.AddPlace(
            name="Le Lamentin",
            entity_id="asso",
            zone="America/Martinique",
            currency="EUR",
            hours=small_house.HOURS,
            id="lamentin",
        )
    )
    mornings = m.OpenHours.weekly(range(7), time(6), time(12))  # 11:00 to 17:00 in Paris
    house.do(c.AddFacilitator(person_id="eve", place_id="lamentin", id="eva", hours=mornings))
    refused(house, asked(10, 12, facilitator_ids=["eva"]), UnavailableError)
    assert house.do(asked(11, 13, facilitator_ids=["eva"])).value.facilitator_ids == ("eva",)
    house.do(c.ChangeOpenings(place_id="brest", hours=m.OpenHours.weekly([0], time(9), time(10))))
    assert house.do(asked(11, 13, "b", facilitator_ids=["bea"])).value.facilitator_ids == ("bea",)


def test_an_override_breaks_their_hours_and_terms_and_no_conflict():
    """With a reason somebody is asked outside their hours or against their terms, which is kept; never twice."""
    house = furnished()
    house.do(c.ChangeTerms("ada", terms=m.Terms(notice=timedelta(days=7))))
    terms = refused(house, asked(14, 16, facilitator_ids=["ada"]), TermsError)
    assert terms.what == ZOE
    late = asked(19, 21, facilitator_ids=["ada", "bea"], override="they agreed")
    session = house.do(late).value
    kept = [(one.rule, one.reason, one.subject, one.actor) for one in house.all(m.Override)]
    of = m.Subject("session", session.id)
    assert kept == [(rule, "they agreed", of, "desk:ana") for rule in (terms.reason.code, "opening hours")]
    refused(house, attrs.evolve(late, facilitator_ids=["bea"]), ConflictError)
    house.do(c.CloseSpace("bea", period=spot(10, 12), reason="away"))
    refused(house, asked(10, 12, facilitator_ids=["bea"], override="they agreed"), UnavailableError)


def test_equipment_is_that_of_the_place_and_facilitators_are_of_any():
    """A session in Brest has no projector of Paris, and a facilitator of Paris."""
    house = furnished()
    sail = {"workshop_id": "sail", "facilitator_ids": ["ada"]}
    refused(house, asked(14, 16, "atelier", with_units={"projector": 1}, **sail), UnsuitableError)
    assert spaces(house.do(asked(14, 16, "atelier", **sail)).value) == ["atelier", "ada"]
    refused(house, asked(15, 16, "b", facilitator_ids=["ada"]), ConflictError)


def test_buffers_of_each_count():
    """Buffers of a facilitator are the time to travel, those of equipment to bring it back; a room keeps its own."""
    house = furnished()
    for id in ("ada", "projector"):
        house.do(c.ChangeTerms(id, terms=BUFFERS))
    session = house.do(asked(14, 15, "b", facilitator_ids=["ada"], with_units={"projector": 3})).value
    by_space = {one.space_id: one.claim for one in session.placed}
    assert by_space["b"].period == spot(14, 15)
    assert by_space["ada"].period == by_space["projector"].period == spot(13.5, 15.5)
    tight = refused(house, asked(15, 16, facilitator_ids=["ada"]), ConflictError)
    assert (str(tight), tight.nearest) == (f"{ZOE} is taken", (spot(16, 17), spot(17, 18), spot(12, 13)))
    refused(house, asked(15, 16, with_units={"projector": 1}), SoldOutError)
    house.do(asked(15, 16, "b"))
    house.do(asked(16, 17, "b", facilitator_ids=["ada"], with_units={"projector": 3}))
    sound(house)


# --- moving and freeing ----------------------------------------------------------------------------------------------


def test_what_is_not_said_stays():
    """A move to another time takes room, equipment and facilitators along; each can be changed by itself."""
    house = furnished()
    id = house.do(asked(14, 16, "b", facilitator_ids=["ada"], with_units={"projector": 2})).value.id
    moved = house.do(c.MoveSession(id, day=NEXT)).value
    assert spaces(moved) == ["b", "projector", "ada"]
    assert {one.claim.start for one in moved.placed} == {utc(13, day=NEXT)}
    assert spaces(house.do(c.MoveSession(id, with_units={"projector": 3})).value) == ["b", "projector", "ada"]
    assert [units for _, _, units in claimed(house)["projector"]] == [3]
    other = house.do(c.MoveSession(id, facilitator_ids=["bea"])).value
    assert (spaces(other), other.sequence) == (["b", "projector", "bea"], 1)
    bare = house.do(c.MoveSession(id, facilitator_ids=(), with_units={})).value
    assert (spaces(bare), bare.facilitator_ids, bare.with_units) == (["b"], (), ())
    assert not house.do(c.MoveSession(id, facilitator_ids=())).events
    assert claimed(house).keys() == {"b"}
    sound(house)


def test_a_move_that_fails_leaves_all_where_it_was():
    """Where a facilitator has another session at the new time nothing moves, and proposals are not in its own way."""
    house = furnished()
    house.do(asked(10, 12, workshop_id="sail", facilitator_ids=["ada"]))
    id = house.do(asked(14, 16, "b", facilitator_ids=["ada"])).value.id
    refusal = refused(house, c.MoveSession(id, starts=time(11), ends=time(13)), ConflictError)
    assert refusal.nearest[0] == spot(12, 14)
    assert spot(14, 16) in refusal.nearest, "where it is now is free for it"
    near = house.do(c.MoveSession(id, starts=time(13), ends=time(15))).value
    assert near.period == spot(13, 15), "it is not in its own way"
    sound(house)


def test_what_stays_at_its_time_is_not_asked_again():
    """Another room at the same time asks no facilitator again, whatever their hours and buffers have become."""
    house = furnished()
    id = house.do(asked(14, 16, "b", facilitator_ids=["ada"])).value.id
    house.do(asked(16, 17, facilitator_ids=["ada"]))
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly([0], time(9), time(10)), space_id="ada"))
    house.do(c.ChangeTerms("ada", terms=BUFFERS))
    moved = house.do(c.MoveSession(id, space_id="a1", facilitator_ids=["ada", "bea"])).value
    assert spaces(moved) == ["a1", "ada", "bea"]
    assert moved.placed[1].claim.period == spot(14, 16)
    refused(house, c.MoveSession(id, starts=time(13)), UnavailableError)
    house.do(c.ChangeOpenings(place_id="paris", space_id="ada"))
    refused(house, c.MoveSession(id, starts=time(13)), ConflictError)
    sound(house)


def test_proposals_of_a_move_outside_hours_are_not_in_its_own_way():
    """Who is asked outside their hours is proposed the times at which they are free, with that which they have now."""
    house = furnished()
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly(range(5), time(8), time(15)), space_id="ada"))
    id = house.do(asked(13, 15, "b", facilitator_ids=["ada"])).value.id
    refusal = refused(house, c.MoveSession(id, starts=time(14), ends=time(16)), UnavailableError)
    assert refusal.nearest[0] == spot(13, 15)


def test_seats_are_held_against_a_room_that_is_new_to_a_session():
    """More seats than its room has were agreed to before: another facilitator is no reason to refuse them now."""
    house = furnished()
    house.do(c.AddSpace(place_id="paris", name="Cabine", seats=5, id="small"))
    id = house.do(asked(14, 16, "small")).value.id
    house.do(c.ChangeSeats(id, seats=8))
    assert spaces(house.do(c.MoveSession(id, facilitator_ids=["ada"])).value) == ["small", "ada"]
    refused(house, c.MoveSession(id, day=NEXT), UnsuitableError)


@pytest.mark.parametrize("way", ["cancelled", "too few"])
def test_all_is_free_when_it_does_not_take_place(way):
    """Cancelled, or below its minimum: all that it had can be had at once, and its row still says who was asked."""
    house = furnished()
    due = house.clock.now() + timedelta(hours=1)
    minimum = {} if way == "cancelled" else {"minimum": 2, "decide_at": due}
    before = claimed(house)
    all_of_it = {"facilitator_ids": ["ada", "bea"], "with_units": {"projector": 3}}
    id = house.do(asked(14, 16, "a", **all_of_it, **minimum)).value.id
    if way == "cancelled":
        house.do(c.CancelSession(id, reason="rain"))
    else:
        house.clock.set(due)
        house.cantine.run_due()
    session = house.get(m.Session, id)
    assert (session.state, session.placed, session.facilitator_ids) == ("cancelled", (), ("ada", "bea"))
    assert claimed(house) == before
    house.do(asked(14, 16, "a", **all_of_it))
    sound(house)


def test_who_facilitates_is_told():
    """Planned, moved, given to somebody else, cancelled: each facilitator gets the message that is theirs, once."""
    house = furnished()
    added = house.do(asked(14, 16, "b", facilitator_ids=["ada"]))
    assert added.messages == (("facilitation planned", "zoe"),)
    id = added.value.id
    assert house.do(c.MoveSession(id, starts=time(13), ends=time(15))).messages == (("facilitation moved", "zoe"),)
    assert house.do(c.MoveSession(id, with_units={"projector": 1})).messages == ()
    both = house.do(c.MoveSession(id, day=NEXT, facilitator_ids=["ada", "bea"])).messages
    assert sorted(both) == [("facilitation moved", "zoe"), ("facilitation planned", "bob")]
    assert house.do(c.MoveSession(id, facilitator_ids=["bea"])).messages == (("facilitation withdrawn", "zoe"),)
    assert house.do(c.CancelSession(id, reason="rain")).messages == (("facilitation cancelled", "bob"),)
    last = house.mail.messages[-1]
    assert "27" in last.text
    assert "rain" in last.text
    assert "$" not in last.text + last.subject


def test_too_few_is_told_in_words_of_its_own():
    """Below the minimum the facilitator is told that too few people came, in their language."""
    house = furnished()
    house.do(c.ChangePerson("zoe", lang="fr"))
    due = house.clock.now() + timedelta(hours=1)
    house.do(asked(14, 16, facilitator_ids=["ada"], minimum=2, decide_at=due))
    house.clock.set(due)
    house.cantine.run_due()
    assert house.mail.messages[-1].template == "facilitation below minimum"
    assert "trop peu d’inscriptions" in house.mail.messages[-1].text


def test_people_are_told_of_time_and_room_only():
    """Another facilitator or projector moves nobody: who has a seat is not told, and SEQUENCE stays."""
    house = furnished()
    house.do(c.Register(session_id="free", person_id="eve"))
    moved = house.do(c.MoveSession("free", facilitator_ids=["ada"], with_units={"projector": 1}))
    assert (moved.messages, moved.value.sequence) == ((("facilitation planned", "zoe"),), 0)
    assert ("session moved", "eve") in house.do(c.MoveSession("free", day=NEXT)).messages


def test_who_is_leaving_is_asked_for_nothing():
    """Somebody who is being forgotten facilitates nothing new."""
    house = furnished()
    house.cantine._engine.run(c.ForgetPerson("zoe"), "ana")
    refused(house, asked(14, 16, facilitator_ids=["ada"]), WrongStateError)
    refused(house, c.AddFacilitator(person_id="zoe", place_id="paris"), WrongStateError)
