"""Stays of one scope that are priced as a whole, and stays in several stretches: nothing is counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from cantinekit.calendar import merged
from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff
from cantinekit.pricing.engine import _item
from cantinekit.pricing.listing import price_list

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
opening = { hours = [{ days = "mon-sun", open = "08:00-18:00" }] }
"""
MERGED = """
merge = { same = ["person", "day"], gap = "2h" }
measure = { unit = "half-day", every = "4h", at_most = 2 }
rate = { price = 10.00, per = "half-day" }
beyond = "rate"
"""
COUNTED = MERGED.replace('merge = { same = ["person", "day"], gap = "2h" }\n', "").replace(
    "at_most = 2", 'same = ["person", "day"]'
)
TIMED = """
merge = { same = ["person", "day"], gap = "2h" }
rate = { price = 6.00, per = "1h" }
beyond = "rate"
"""
GAP = TIMED.replace('beyond = "rate"\n', "")
TICKETS = "cover = { by = 'tickets', unit = '%s', partial = true }\n"
EIGHT = datetime(2026, 6, 9, 6, tzinfo=UTC)  # eight o'clock in Paris


def stay(*stretches: tuple[float, float]) -> Item:
    """From so many hours after eight to so many; further stretches are of the same booking."""
    first, *also = (Period(EIGHT + timedelta(hours=a), EIGHT + timedelta(hours=b)) for a, b in stretches)
    return Item("desk", first, also=tuple(also))


def load(product: str, more: str = "") -> Tariff:
    return Tariff.load(f"{HEAD}[product.desk]\n{product}{more}\n")


def visits(tariff: Tariff, state: State, *stays: Item) -> list[Quote]:
    """One visit after the other, each with the state that the one before it left."""
    out = []
    for each in stays:
        out.append(tariff.quote(Order((each,), "anna"), state))
        state = out[-1].state
    return out


def used(quotes: list[Quote]) -> list[int]:
    return [sum(use.units for use in quote.uses) for quote in quotes]


def charged(quotes: list[Quote]) -> list[int]:
    return [quote.total.amount for quote in quotes]


def tickets(left: int) -> State:
    return State(lots=(Lot("lot", "tickets", left=left, bought=EIGHT),))


@pytest.mark.parametrize("product", [MERGED, COUNTED])
def test_a_later_visit_takes_no_ticket_twice(product: str) -> None:
    """An hour and a half, then three more: the day is two half-days, of which the first has its ticket already."""
    tariff = load(product, TICKETS % "half-day")
    done = visits(tariff, tickets(9), stay((1, 2.5)), stay((3, 6)))
    assert (used(done), charged(done)) == ([1, 1], [0, 0])
    assert done[-1].state.lots[0].left == 7
    (together,) = visits(tariff, tickets(9), stay((1, 2.5)))[:1]
    assert used([together]) == [1]
    both = tariff.quote(Order((stay((1, 2.5)), stay((3, 6))), "anna"), tickets(9))
    assert (used([both]), both.total.amount) == ([2], 0)


@pytest.mark.parametrize("product", [MERGED, COUNTED])
def test_a_later_visit_that_needs_nothing_more(product: str) -> None:
    """A second visit within the first half-day takes no ticket and costs nothing."""
    done = visits(load(product, TICKETS % "half-day"), tickets(9), stay((1, 2)), stay((3, 4)))
    assert (used(done), charged(done)) == ([1, 0], [0, 0])


@pytest.mark.parametrize("product", [MERGED, COUNTED])
def test_what_the_tickets_do_not_cover_is_charged_once(product: str) -> None:
    """One ticket and two half-days: the second one is charged, and a third visit on the day costs nothing."""
    done = visits(load(product, TICKETS % "half-day"), tickets(1), stay((1, 2.5)), stay((3, 6)), stay((6.5, 7)))
    assert (used(done), charged(done)) == ([1, 0, 0], [0, 1000, 0])


def test_begun_hours_are_those_of_the_whole() -> None:
    """An hour and a half takes two hours of a carnet; half an hour more on the same stay is in them."""
    done = visits(load(TIMED, TICKETS % "1h"), tickets(9), stay((1, 2.5)), stay((2.5, 3)), stay((3, 4.5)))
    assert (used(done), charged(done)) == ([2, 0, 2], [0, 0, 0])


def test_an_allowance_is_counted_once() -> None:
    """One half-day a week is free: a visit on it and a later one on the same day cost one half-day, not two."""
    free = "cover = { free = 1, unit = 'half-day', same = ['person', 'week'] }\n"
    done = visits(load(MERGED, free), State(), stay((1, 2.5)), stay((3, 6)))
    assert charged(done) == [0, 1000]
    assert [move for quote in done for key, move in quote.meters if key.startswith("free/")] == [1, 0]


def test_a_cover_whose_condition_has_ended_keeps_what_it_covered() -> None:
    """What was covered in the morning is not charged in the afternoon, though tickets are for the morning only."""
    cover = (
        "cover = { by = 'tickets', unit = 'half-day', partial = true, when = { ends = { clock = '08:00-12:00' } } }\n"
    )
    done = visits(load(COUNTED, cover), tickets(9), stay((1, 2.5)), stay((5, 9)))
    assert (used(done), charged(done)) == ([1, 0], [0, 1000])


def test_blocks_of_a_scope_are_those_of_its_whole_length() -> None:
    """Over a day the lengths are added up and then brought to blocks: four visits of an hour are one block of four
    hours; steps and the minimum are of the sum too."""
    hours = [stay((n, n + 1)) for n in range(4)]
    blocks = COUNTED.replace('beyond = "rate"\n', "")
    assert charged(visits(load(blocks), State(), *hours, stay((5, 5.5)))) == [1000, 0, 0, 0, 1000]
    whole = load(blocks).quote(Order(tuple(hours), "anna"))
    assert whole.total.amount == 1000
    steps = "measure = { unit = 'minute', step = '15min', minimum = '30min', same = ['person', 'day'] }\n"
    list_ = load(steps + "rate = { price = 4.00, per = '1h' }\n")
    minutes = [stay((n, n + 5 / 60)) for n in range(8)]
    assert charged(visits(list_, State(), *minutes)) == [200, 0, 0, 0, 0, 0, 100, 0]


# --- several stretches -----------------------------------------------------------------------------------------------

DAYS = "measure = { unit = 'day', days = true }\nrate = { price = 10.00, per = 'day' }\n"
NIGHTS = "measure = { unit = 'night', nights = true }\nrate = { price = 10.00, per = 'night' }\n"
CUT = "measure = { unit = 'half-day', cut = '13:00' }\nrate = { price = 10.00, per = 'half-day' }\n"
SHARE = "measure = { unit = 'half-day', share = '0.5' }\nrate = { price = 10.00, per = 'half-day' }\n"
SESSIONS = "measure = { unit = 'session', sessions = { am = '08:00-12:00', pm = '13:00-18:00' } }\n"
EACH = SESSIONS + "rate = { price = 10.00, per = 'session' }\n"
SETS = SESSIONS + "rate = { sets = 'session', columns = ['am', 'pm', 'am+pm'], rows = [[20.00, 25.00, 40.00]] }\n"
SUPPLEMENT = "rate = { price = 1.00 }\nadjust = { id = 'heating', add = 10.00, once_per = 'day' }\n"


@pytest.mark.parametrize(
    ("product", "stretches", "euros"),
    [
        (DAYS, [(1, 2), (3, 4)], 10),
        (DAYS, [(1, 2), (3, 4), (25, 26)], 20),
        (DAYS, [(1, 2), (15, 17)], 20),
        (NIGHTS, [(1, 2), (3, 4)], 0),
        (NIGHTS, [(14, 17), (38, 41)], 20),
        (NIGHTS, [(14, 17), (26, 27)], 10),
        (CUT, [(0, 1), (2, 3)], 10),
        (CUT, [(0, 1), (6, 7)], 20),
        (CUT, [(0, 1), (24, 25)], 20),
        (SHARE, [(0, 2), (3, 5)], 10),
        (SHARE, [(0, 3), (4, 7)], 20),
        (SHARE, [(0, 1), (24, 25)], 20),
        (EACH, [(0, 1), (2, 3)], 10),
        (EACH, [(0, 1), (6, 7)], 20),
        (EACH, [(0, 1), (24, 25)], 20),
        (SETS, [(0, 1), (2, 3)], 20),
        (SETS, [(0, 4), (5, 10)], 40),
        (SETS, [(0, 4), (29, 34)], 45),
        (SUPPLEMENT, [(0, 1), (2, 3)], 11),
        (SUPPLEMENT, [(0, 1), (2, 3), (24, 25)], 21),
    ],
)
def test_a_day_that_is_touched_twice_counts_once(
    product: str, stretches: list[tuple[float, float]], euros: int
) -> None:
    """A booking with a break in it touches its day once: days, halves, sessions, shares of the opening hours and what
    is due once a day are those of the day, not of each stretch; a night is a midnight inside of a stretch."""
    quote = load(product).quote(Order((stay(*stretches),), "anna"))
    assert (quote.refusals, quote.total.amount) == ((), euros * 100)


def test_days_without_hours_are_as_before() -> None:
    """A stay that is given by its first and last day has each of its days, and one night fewer."""
    item = Item("desk", day=date(2026, 6, 9), until=date(2026, 6, 11))
    assert load(DAYS).quote(item).total.amount == 3000
    assert load(NIGHTS).quote(item).total.amount == 2000


# --- whole stays and sets of sessions --------------------------------------------------------------------------------

YEARLY = "same = ['person', 'year']"


@pytest.mark.parametrize("unit", ["stay", "booking"])
def test_a_whole_stay_is_free_however_it_is_measured(unit: str) -> None:
    """One hire a year is free with all of its sessions; the next one has the price of its set."""
    free = f"cover = {{ free = 1, unit = '{unit}', {YEARLY} }}\nbeyond = 'rate'\n"
    tariff = load(SETS, free)
    assert charged(visits(tariff, State(), stay((0, 10)), stay((0, 10)))) == [0, 4000]
    three = tariff.quote(Order((attrs.evolve(stay((0, 4)), count=3),), "anna"))
    assert three.total.amount == 4000
    assert Tariff.load(tariff.dump()) == tariff
    assert f"1 {unit} for nothing" in price_list(tariff)
    french = {"stay": "passage", "booking": "réservation"}[unit]
    assert f"1 {french} sans frais" in price_list(tariff, "fr")


@pytest.mark.parametrize(
    "cover",
    [f"free = 1, unit = 'session', {YEARLY}", "by = 'tickets', unit = 'session', partial = true"],
)
def test_a_part_of_a_set_is_not_covered(cover: str) -> None:
    """Of two sessions that have one price together one cannot be covered: the list does not say what the other costs,
    and is not loaded. Each at its own price it may be, and so may all or nothing."""
    with pytest.raises(TariffError, match="which of them would be covered"):
        load(SETS, f"cover = {{ {cover} }}\nbeyond = 'rate'\n")
    single = load(EACH, f"cover = {{ {cover} }}\nbeyond = 'rate'\n")
    assert visits(single, tickets(1), stay((0, 10)))[0].total.amount == 1000
    whole = load(SETS, "cover = { by = 'tickets', unit = 'session' }\nbeyond = 'rate'\n")
    done = [visits(whole, tickets(n), stay((0, 10)))[0] for n in (1, 2)]
    assert (used(done), charged(done)) == ([0, 2], [4000, 0])


def test_another_word_is_refused_with_what_to_write() -> None:
    """A word that is neither what is measured nor a whole stay is a problem that names both."""
    with pytest.raises(TariffError, match="measured in 'session'; a whole one, however long, is unit = 'stay'"):
        load(SETS, f"cover = {{ free = 1, unit = 'hire', {YEARLY} }}\nbeyond = 'rate'\n")


@pytest.mark.parametrize(("begins", "stays"), [(4, 1), (4 + 1 / 60, 2)])
def test_stays_exactly_the_gap_apart_are_one(begins: float, stays: int) -> None:
    """An absence of just the gap does not end a stay, a minute more does: two hours before, one behind, and the gap."""
    quotes = visits(load(GAP), State(), stay((0, 2)), stay((begins, begins + 1)))
    hours = 5 if stays == 1 else 3
    assert sum(charged(quotes)) == hours * 600


def test_a_gap_that_ends_a_stay_at_its_last_minute_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where an absence of just the gap ends a stay the price is another one."""
    monkeypatch.setattr(_item, "merged", lambda stretches, gap: merged(stretches, gap - timedelta(minutes=1)))
    assert sum(charged(visits(load(GAP), State(), stay((0, 2)), stay((4, 5))))) == 3 * 600
