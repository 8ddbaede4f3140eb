"""Requests at their edge: idempotency keys of commands that read nothing, forged promises, facts, links, long ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import PricePromise
from cantinekit.errors import InputError, QuoteExpiredError, RequestMismatchError, TextError
from cantinekit.money import Money
from support.houses.small_house import House, open_house, period, snapshot

FACE = "\U0001f600"
"""One character of four bytes."""


def room(**how) -> c.Book:
    return c.Book(space_id="a1", product_id="room", period=period(10, 12), account="desk", **how)


# --- idempotency keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [c.AddPerson(name="Anon"), c.AddEntity(name="New")], ids=lambda one: type(one).__name__
)
def test_a_key_counts_for_commands_that_read_nothing(command):
    """The same request twice is one record, also where nothing is looked up to make it."""
    house = open_house()
    first = house.do(command, key="k")
    before = snapshot(house.storage)
    second = house.do(command, key="k")
    assert (first.replayed, second.replayed) == (False, True)
    assert first.value == second.value
    assert snapshot(house.storage) == before
    assert house.do(command).value.id != first.value.id


@pytest.mark.parametrize("other", [c.AddPerson(name="Somebody"), c.AddPerson(name="Anon", lang="en")])
def test_a_key_that_was_used_for_another_request_is_refused(other):
    """A key answers its request and no other of its kind, also where nothing is looked up."""
    house = open_house()
    house.do(c.AddPerson(name="Anon"), key="k")
    with pytest.raises(RequestMismatchError):
        house.do(other, key="k")
    assert house.do(other, key="k2").replayed is False


def test_a_key_is_of_one_actor_and_one_kind_of_command():
    """Two actors, or two kinds of command, may use the same key for two requests."""
    house = open_house()
    made = {
        house.do(c.AddPerson(name="Anon"), key="k").value.id,
        house.do(c.AddPerson(name="Anon"), key="k", actor="desk:bob").value.id,
        house.do(c.AddEntity(name="Anon"), key="k").value.id,
    }
    assert len(made) == 3


# --- promises --------------------------------------------------------------------------------------------------------


def promised(house: House) -> PricePromise:
    return house.cantine.quote(room()).promise


FORGED = {
    "made in the future": {"made_at": timedelta(seconds=1), "valid_until": timedelta(minutes=15)},
    "valid for too long": {"valid_until": timedelta(minutes=15, microseconds=1)},
    "of another century": {"made_at": timedelta(days=-9000), "valid_until": timedelta(days=9000)},
    "valid for ever": {"valid_until": timedelta(days=365 * 50)},
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_promise_is_refused(how):
    """A promise that no quote could have made is refused, and nothing is stored."""
    house = open_house()
    now = house.clock.now()
    forged = attrs.evolve(promised(house), **{name: now + by for name, by in FORGED[how].items()})
    before = snapshot(house.storage)
    with pytest.raises(InputError, match="no price was promised like that"):
        house.do(room(quote=forged))
    assert snapshot(house.storage) == before


def test_a_promise_holds_as_long_as_it_says():
    """Control: a promise that was made is kept for its fifteen minutes, and not for a moment longer."""
    house = open_house()
    promise = promised(house)
    assert promise.valid_until - promise.made_at == timedelta(minutes=15)
    house.clock.set(promise.valid_until)
    with pytest.raises(QuoteExpiredError):
        house.do(room(quote=promise))
    house.clock.set(promise.valid_until - timedelta(microseconds=1))
    assert house.do(room(quote=promise)).charges[0].amount == Money(3000, "EUR") == promise.total


# --- what a command accepts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [5, "member", {"x": date(2026, 1, 1)}, {"x": 1.5}, {"x": None}, {5: "x"}, {"x": [["y"]]}, [("x",)], {"x": "\0"}],
)
@pytest.mark.parametrize("make", [lambda facts: room(facts=facts), lambda facts: c.ConfirmBooking("b", facts=facts)])
def test_facts_are_names_with_values(make, facts):
    """Facts of any other shape, or with other values than a price list asks for, are refused at once."""
    with pytest.raises(InputError):
        make(facts)


def test_facts_are_kept_in_the_order_of_their_names():
    """The same facts in another order are the same command, and so the same request."""
    first, second = room(facts={"b": 1, "a": True, "c": "x"}), room(facts={"c": "x", "a": True, "b": 1})
    assert first == second
    assert first.facts == (("a", True), ("b", 1), ("c", "x"))


LINKED = {
    "book": lambda url: room(return_url=url),
    "confirm": lambda url: c.ConfirmBooking("b", return_url=url),
    "check in": lambda url: c.CheckIn(place_id="paris", product_id="day", return_url=url),
    "upgrade": lambda url: c.UpgradeVisit("v", product_id="day", return_url=url),
    "sell": lambda url: c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", return_url=url),
    "register": lambda url: c.Register(session_id="paid", person_id="zoe", return_url=url),
    "take": lambda url: c.TakeSeat("r", return_url=url),
    "pay": lambda url: c.Pay("c", account="card", return_url=url),
}


@pytest.mark.parametrize(
    "url", [5, b"https://x", "u" * 2001, "https://x\0", "https://\ud800"], ids=lambda url: repr(url)[:12]
)
@pytest.mark.parametrize("what", LINKED)
def test_a_link_to_come_back_to_is_a_text_of_bounded_length(what, url):
    """Whatever takes a link for after the payment refuses what is no text, or too long, before anything is stored."""
    with pytest.raises(TextError):
        LINKED[what](url)
    assert LINKED[what]("https://example.org/back").return_url == "https://example.org/back"


# --- ids -------------------------------------------------------------------------------------------------------------


def test_ids_are_bounded_in_bytes():
    """An id has at most 200 bytes of UTF-8, however many characters those are."""
    assert c.AddPerson(name="x", id=FACE * 50).id == FACE * 50
    for id in (FACE * 51, "a" + FACE * 50, "a" * 201, "é" * 101):
        with pytest.raises(TextError, match="too long"):
            c.AddPerson(name="x", id=id)


def test_the_longest_ids_go_everywhere_together():
    """With all ids as long as they may be, everything can be added, booked under a cap, registered for and read."""
    house, long = open_house(), {name: name + "x" * (200 - len(name)) for name in ("person", "space", "session", "wks")}
    house.do(c.AddPerson(name="Long", id=long["person"]))
    house.do(c.AddSpace(place_id="paris", name="Desks", use="desks", capacity=2, id=long["space"]))
    house.do(c.AddWorkshop(place_id="paris", title="Long", product_id="seat", id=long["wks"]))
    day = house.clock.now().date() + timedelta(days=1)
    begins, ends = datetime(2026, 1, 1, 18, tzinfo=UTC).time(), datetime(2026, 1, 1, 19, tzinfo=UTC).time()
    house.do(c.AddSession(workshop_id=long["wks"], day=day, starts=begins, ends=ends, seats=2, id=long["session"]))
    seat = house.do(c.Register(session_id=long["session"], person_id=long["person"], account="desk")).value
    booking = house.do(
        c.Book(
            space_id=long["space"], product_id="desk", period=period(10, 15), person_id=long["person"], account="desk"
        )
    ).value
    visit = house.do(c.CheckIn(place_id="paris", product_id="day", person_id=long["person"], account="desk")).value
    house.do(c.CloseSpace(long["space"], period=period(8, 9, day), reason="works"))
    assert {booking.state, seat.state, visit.state} == {"confirmed", "open"}
    assert len(house.cantine.read.statement(long["person"])) == 3
    house.do(c.CancelBooking(booking.id))
    assert house.get(m.Registration, seat.id).person_id == long["person"]
