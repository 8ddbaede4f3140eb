"""What is taken over from another system goes on as if it had lived here from the start, over random contracts."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import day_bounds
from cantinekit.clock import local as local_time
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from support.houses.clock_house import local
from support.houses.one_list import HEAD, place, sell
from support.houses.small_house import House
from support.run.soak import scaled
from support.tariffs.lasting import STARTS, contracts

ZONE = "Europe/Paris"


def run_until(house: House, day: date) -> None:
    """Let the clock run to noon of a day, and do all that has become due."""
    house.clock.set(local(12, day=day))
    while house.cantine.run_due().done:
        pass


def told(house: House, after: date) -> list[tuple[date, int, str]]:
    """The charges that were raised after a day: when, how much, and who owes it."""
    found = [(local_time(one.raised_at, ZONE).date(), one.amount.amount, one.payer_id) for one in house.all(m.Charge)]
    return sorted(one for one in found if one[0] > after)


def live(house: House) -> dict[str, int]:
    """What can be spent, by account."""
    found: dict[str, int] = {}
    for one in house.all(m.Entitlement):
        if one.active and one.left and not one.is_over(house.clock.now()):
            found[one.account] = found.get(one.account, 0) + one.left
    return found


@settings(max_examples=scaled(25), deadline=None)
@given(contracts(), st.sampled_from(STARTS), st.integers(0, 130), st.lists(st.integers(1, 70), min_size=3, max_size=9))
def test_taken_over_and_renewed_is_as_if_it_had_lived_here(text: str, start: date, had: int, runs: list[int]) -> None:
    """Charges, units and days of what comes are the same, whatever had passed in the other house when it was left."""
    try:
        Tariff.load(HEAD + text)
    except TariffError:
        assume(False)
    cut = start + timedelta(days=had)
    with place(text, local(10, day=start)) as old, place(text, local(12, day=cut)) as new:
        plan = sell(old, "plan").value.id
        run_until(old, cut)
        before = old.get(m.Pass, plan)
        assume(before.held_until is None or before.held_until >= cut)
        units = [old.get(m.Entitlement, id) for id in before.entitlement_ids]
        kept = [one for one in units if one.left and not one.is_over(old.clock.now())]
        assume(len({one.account for one in kept}) == len(kept))  # rolled over: another row brings these
        gone = {one.account for one in units} - {one.account for one in kept}
        taken = new.do(
            c.ImportPass(
                source="old 1",
                day=cut,
                product_id="list/plan",
                place_id="paris",
                holder_id="zoe",
                first_day=start,
                paid_until=before.last_day,
                units={**{one.account: one.left for one in kept}, **dict.fromkeys(gone, 0)},
            )
        ).value
        assert (taken.last_day, taken.end, taken.next_at) == (before.last_day, before.end, before.next_at)
        assert (taken.period_first, taken.held_until) == (before.period_first, before.held_until)
        assert live(new) == live(old)
        day = cut
        for days in runs:
            day += timedelta(days=days)
            run_until(old, day)
            run_until(new, day)
            assert told(new, cut) == told(old, cut)
            assert live(new) == live(old)
        mine, theirs = new.get(m.Pass, taken.id), old.get(m.Pass, plan)
        assert (mine.last_day, mine.next_at, mine.period_first) == (
            theirs.last_day,
            theirs.next_at,
            theirs.period_first,
        )
        future = day + timedelta(days=100)
        told_here, told_there = (h.cantine.read.timeline(id, future) for h, id in ((new, taken.id), (old, plan)))
        assert [one for one in told_here.periods if one.first_day > cut] == [
            one for one in told_there.periods if one.first_day > cut
        ]
        assert (told_here.earliest_end, told_here.deadlines) == (told_there.earliest_end, told_there.deadlines)
        assert sum(line.amount for entry in new.all(m.LedgerEntry) for line in entry.lines) == 0
        assert day_bounds(cut, ZONE).start < new.clock.now()
