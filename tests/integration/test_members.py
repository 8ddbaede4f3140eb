"""Members over time: how many stay, and the revenue that renews each month."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.lasting_house import subscribe
from support.houses.one_list import eur, place

MARCH = date(2026, 3, 16)
LIST = """
[product.coffee]
rate = { price = 1.00 }

[product.club]
sells = "membership"
rate = { price = 20.00 }
valid = { lasts = "60 days", first_day = "counts" }

[product.yearly]
sells = "plan"
rate = { price = 1200.00 }
term = { period = "1 year", minimum = 1, renewal = "tacit, same period", ends = "period end" }

[product.weekly]
sells = "plan"
rate = { price = 12.00 }
term = { period = "1 week", minimum = 1, renewal = "tacit, same period", ends = "period end" }

[product.club-month]
sells = "plan"
rate = { price = 60.00 }
pause = { at_most = "3 months", times = 2 }
valid = { lasts = "1 month", ends = "the day before" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""
MOVES = ("new", "returned", "resumed", "expansion", "contraction", "paused", "churned")


@pytest.fixture
def house():
    """The place of one list, on 16 March at ten."""
    with place(LIST, local(10, day=MARCH)) as found:
        yield found


def on(house, day: date, hour: int = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def entity(house) -> str:
    return house.get(m.Place, "paris").entity_id


def sold(house, product, person="zoe", **more):
    known = {one.id for one in house.all(m.Person)}
    if person not in known:
        house.do(c.AddPerson(name=person.title(), id=person))
    how = c.SellPass(product_id=f"list/{product}", place_id="paris", holder_id=person, account="desk", **more)
    return house.do(how).value.id


def mrr(house, year, month):
    """The revenue that renews; that of each month is that of the month before and its moves."""
    found = house.cantine.read.mrr(entity(house), date(year, month, 1))
    gains = sum(getattr(found, name).amount for name in MOVES[:4])
    assert found.total.amount == found.before.amount + gains - sum(getattr(found, name).amount for name in MOVES[4:])
    return found


# --- how many stay ---------------------------------------------------------------------------------------------------


def retention(house, first, last, **more):
    return house.cantine.read.retention(entity(house), first, last, **more)


def test_members_by_month_and_cohort(house):
    """Three begin in March, of whom one joins again; one begins in April. A membership lasts 60 days here."""
    for person in ("ana", "ben", "cleo"):
        sold(house, "club", person)
    on(house, date(2026, 4, 10))
    sold(house, "club", "dora")
    on(house, date(2026, 7, 2))
    sold(house, "club", "ana")
    on(house, date(2026, 7, 20))
    found = retention(house, date(2026, 2, 1), date(2026, 7, 1))
    assert [(one.held, one.new, one.returned, one.ended) for one in found.months] == [
        (0, 0, 0, 0), (3, 3, 0, 0), (4, 1, 0, 0), (1, 0, 0, 3), (0, 0, 0, 1), (1, 0, 1, 0),
    ]  # fmt: skip
    march, april = found.cohorts[1:3]
    assert (march.people, march.held) == (3, (3, 3, 0, 0, 1))
    assert (april.people, april.held) == (1, (1, 1, 0, 0))


def test_each_month_follows_from_the_one_before(house):
    """Who is a member is who was one, with who is new or returned, without who ended; whatever the first month is."""
    for number, person in enumerate(("ana", "ben", "cleo", "dora")):
        on(house, date(2026, 3 + number, 20))
        sold(house, "club", person)
    on(house, date(2026, 9, 1))
    whole = retention(house, date(2026, 3, 1), date(2026, 9, 1)).months
    for before, one in pairwise(whole):
        assert one.held == before.held + one.new + one.returned - one.ended
    assert retention(house, date(2026, 6, 1), date(2026, 9, 1)).months == whole[3:]


def test_a_pass_that_was_cancelled_or_never_paid_makes_no_member(house):
    """Cancelled within the month on whose end nobody asks; one that waits for its payment is none."""
    sold(house, "club", "ana")
    house.do(c.AddPerson(name="Ben", id="ben"))
    house.do(c.SellPass(product_id="list/club", place_id="paris", holder_id="ben"))
    gone = sold(house, "club", "cleo")
    on(house, date(2026, 3, 20))
    house.do(c.CancelPass(gone, refund="all", reason="moved away"))
    found = retention(house, MARCH, MARCH)
    assert found.months[0].held == 1
    assert (found.cohorts[0].people, found.cohorts[0].held) == (2, (1,))


def test_the_same_after_members_were_forgotten(house):
    """Passes keep the id of their holder."""
    for person in ("ana", "ben"):
        sold(house, "club", person)
    on(house, date(2026, 8, 1))
    before = retention(house, date(2026, 3, 1), date(2026, 8, 1))
    house.cantine.forget("ana", actor="desk:ana")
    assert retention(house, date(2026, 3, 1), date(2026, 8, 1)) == before


@pytest.mark.parametrize(
    ("first", "last", "sells"),
    [
        (date(2026, 3, 1), date(2026, 2, 1), "membership"),
        (date(2026, 3, 1), date(2026, 4, 1), "membership"),
        (date(2010, 1, 1), date(2026, 1, 1), "membership"),
        (date(2026, 3, 1), date(2026, 3, 1), "fee"),
    ],
)
def test_what_cannot_be_answered_is_refused(house, first, last, sells):
    """Months backwards, to come or too many, and what makes nobody a member."""
    with pytest.raises(e.InputError):
        retention(house, first, last, sells=sells)


def test_an_entity_that_is_not_there_is_refused(house):
    """Neither of both reads answers about a legal entity that nobody added."""
    with pytest.raises(e.NotFoundError):
        house.cantine.read.retention("nobody", MARCH, MARCH)
    with pytest.raises(e.NotFoundError):
        house.cantine.read.mrr("nobody", MARCH)


# --- what renews -----------------------------------------------------------------------------------------------------


def test_contracts_count_by_the_month(house):
    """A year counts as a twelfth, a week as 365 days of twelve months; a membership that is not renewed not at all."""
    sold(house, "yearly", "ana")
    sold(house, "weekly", "ben")
    sold(house, "club", "cleo")
    found = mrr(house, 2026, 3)
    assert (found.total, found.new, found.before, found.contracts) == (eur(15214), eur(15214), eur(0), 2)


def test_a_first_period_that_is_short_counts_as_the_next_one(house):
    """The rest of March costs 154.84, and each month after it 300."""
    subscribe(house)
    assert mrr(house, 2026, 3).total == eur(30000)
    on(house, date(2026, 4, 2))
    assert (mrr(house, 2026, 4).total, mrr(house, 2026, 4).before) == (eur(30000), eur(30000))


def test_a_pause_renews_nothing_and_is_no_loss(house):
    """What is paused at the end of a month is apart from what is lost, and comes back as resumed. It makes its period
    longer, which changes no price.
    """
    paused = sold(house, "club-month", "ana")
    sold(house, "weekly", "ben")
    on(house, date(2026, 4, 20))
    house.do(c.PausePass(paused, first_day=date(2026, 4, 25), until=date(2026, 5, 10), reason="she travels"))
    on(house, date(2026, 5, 31))
    april, may = mrr(house, 2026, 4), mrr(house, 2026, 5)
    assert (april.paused, april.churned, april.total, april.contracts) == (eur(6000), eur(0), eur(5214), 1)
    assert (may.resumed, may.total, may.contracts) == (eur(6000), eur(11214), 2)


def test_more_less_and_gone(house):
    """A second contract expands, its end contracts, and the end of all churns; who comes back has returned."""
    first = sold(house, "club-month", "ana")
    on(house, date(2026, 4, 2))
    second = sold(house, "yearly", "ana")
    on(house, date(2026, 5, 5))
    house.do(c.CancelPass(second, refund="all", reason="too dear"))
    on(house, date(2026, 6, 5))
    house.do(c.EndPass(first, reason="moved", refund="nothing"))
    on(house, date(2026, 7, 5))
    sold(house, "club-month", "ana")
    found = {month: mrr(house, 2026, month) for month in range(3, 8)}
    moved = {
        month: {name: getattr(one, name).amount for name in MOVES if getattr(one, name)} for month, one in found.items()
    }
    assert moved == {
        3: {"new": 6000},
        4: {"expansion": 10000},
        5: {"contraction": 10000},
        6: {"churned": 6000},
        7: {"returned": 6000},
    }


def test_a_month_to_come_is_refused(house):
    """A month that has not begun has no revenue yet, neither the next one nor one far away."""
    with pytest.raises(e.InputError):
        house.cantine.read.mrr(entity(house), date(2026, 4, 1))
    with pytest.raises(e.InputError):
        house.cantine.read.mrr(entity(house), date(2027, 1, 1))
