"""Laws of steps, set prices and purchase advice, each against a slow reference that tries everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, combinations_with_replacement, pairwise, product

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.pricing.combine import (
    POLICIES,
    Advice,
    Cut,
    Pack,
    PriceStep,
    Window,
    advise,
    combine,
    cut,
    table,
)
from support.run.soak import scaled

MONDAY = date(2025, 6, 2)
prices = st.integers(0, 12)

# --- steps ---

step_lists = st.lists(
    st.builds(PriceStep, st.integers(1, 7), prices), min_size=1, max_size=4, unique_by=lambda s: s.size
)
even_steps = step_lists.map(lambda steps: [PriceStep(2 * step.size, step.price) for step in steps])
pairs = st.lists(st.builds(PriceStep, st.integers(1, 7), prices), min_size=1, max_size=2)


def tried(steps: Sequence[PriceStep], quantity: int, exact: bool) -> tuple[PriceStep, ...] | None:
    """The best of all combinations that could matter: no more steps than the quantity, for each covers one at least."""
    falling = sorted(steps, key=lambda step: -step.size)
    found = [
        used
        for count in range(quantity + 1)
        for used in combinations_with_replacement(falling, count)
        if (sum(step.size for step in used) == quantity if exact else sum(step.size for step in used) >= quantity)
    ]
    rank = {step: at for at, step in enumerate(falling)}
    return min(
        found, key=lambda used: (sum(step.price for step in used), len(used), [rank[s] for s in used]), default=None
    )


@given(st.one_of(step_lists, even_steps), st.integers(0, 9), st.booleans())
def test_cheapest_is_the_best_of_all(steps, quantity, exact):
    """The cheapest combination, with its ties, is the best among all combinations."""
    found = combine(steps, quantity, "cheapest exact" if exact else "cheapest")
    assert (None if found is None else found.steps) == tried(steps, quantity, exact)


def test_the_reference_tells_ties_apart():
    """The reference itself prefers fewer steps, then larger ones, and does not take any answer."""
    assert tried([PriceStep(1, 1), PriceStep(2, 2)], 2, True) == (PriceStep(2, 2),)
    assert tried([PriceStep(2, 1), PriceStep(3, 1), PriceStep(4, 1)], 6, False) == (PriceStep(4, 1), PriceStep(4, 1))
    assert tried([PriceStep(2, 1)], 3, True) is None


@given(step_lists, st.integers(0, 40))
def test_longest_first_walks_down(steps, quantity):
    """Longest first equals a walk that takes one step at a time."""
    used, rest = [], quantity
    while rest > 0:
        fitting = [step for step in steps if step.size <= rest]
        step = max(fitting, key=lambda s: s.size) if fitting else min(steps, key=lambda s: s.size)
        used.append(step)
        rest -= step.size
    assert combine(steps, quantity, "longest_first").steps == tuple(used)


@given(pairs, st.integers(0, 40))
def test_first_then_walks_on(steps, quantity):
    """First-then equals a walk that takes the first step and then the last until the quantity is reached."""
    used = []
    while sum(step.size for step in used) < quantity:
        used.append(steps[-1] if used else steps[0])
    assert combine(steps, quantity, "first_then").steps == tuple(used)


@given(step_lists, st.integers(0, 30))
def test_no_policy_is_cheaper_than_cheapest(steps, quantity):
    """Cheapest is never above another policy's price, and exact is never below cheapest."""
    least = combine(steps, quantity, "cheapest").price
    for policy in POLICIES:
        if policy != "first_then" or len(steps) <= 2:
            found = combine(steps, quantity, policy)
            assert found is None or least <= found.price


@given(step_lists, st.integers(0, 30), st.sampled_from(POLICIES))
def test_a_combination_adds_up(steps, quantity, policy):
    """Price and reach are the sums of the steps, the steps are published ones, and they reach the quantity."""
    found = combine(steps[:2], quantity, policy)
    if found is not None:
        assert set(found.steps) <= set(steps[:2])
        assert found.price == sum(step.price for step in found.steps)
        assert found.covered == sum(step.size for step in found.steps) >= quantity
        assert policy not in ("cheapest exact", "published_only") or found.covered == quantity


@pytest.mark.parametrize("policy", POLICIES)
@given(steps=st.one_of(step_lists, even_steps), maximum=st.integers(0, 40))
def test_the_table_is_the_combinations(policy, steps, maximum):
    """The compiled table has the price of the combination at each quantity, and None where there is none."""
    steps = steps[:2] if policy == "first_then" else steps
    found = [combine(steps, quantity, policy) for quantity in range(maximum + 1)]
    assert table(steps, policy, maximum) == tuple(None if each is None else each.price for each in found)


@given(step_lists, st.integers(0, 30), st.integers(0, 10))
def test_cheapest_does_not_fall_as_the_quantity_grows(steps, quantity, more):
    """More is never cheaper under ``cheapest``; under ``longest_first`` it can be, so the law does say something."""
    assert combine(steps, quantity, "cheapest").price <= combine(steps, quantity + more, "cheapest").price
    falling = [PriceStep(1, 9), PriceStep(2, 5)]
    assert combine(falling, 1, "longest_first").price > combine(falling, 2, "longest_first").price


@given(step_lists, st.integers(0, 30), st.sampled_from(POLICIES), st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(steps, quantity, policy, random):
    """A list in another order gives the same combination, except under ``first_then``, which reads the order."""
    shuffled = list(steps)
    random.shuffle(shuffled)
    if policy != "first_then":
        assert combine(shuffled, quantity, policy) == combine(steps, quantity, policy)
    one, two = PriceStep(1, 5), PriceStep(2, 3)
    assert combine([one, two], 3, "first_then") != combine([two, one], 3, "first_then")


@given(step_lists, st.integers(0, 30), st.integers(1, 9), st.integers(1, 9))
def test_units_of_size_and_of_money_do_not_matter(steps, quantity, longer, dearer):
    """Minutes for hours and cents for euros give the same steps."""
    scaled = [PriceStep(step.size * longer, step.price * dearer) for step in steps]
    for policy in ("cheapest", "cheapest exact", "longest_first", "published_only", "smallest_that_fits"):
        plain, large = combine(steps, quantity, policy), combine(scaled, quantity * longer, policy)
        if plain is None:
            assert large is None
        else:
            assert large.price == plain.price * dearer
            assert [step.size for step in large.steps] == [step.size * longer for step in plain.steps]


@given(step_lists, st.integers(0, 30), st.booleans())
def test_packs_are_steps(steps, needed, exact):
    """Advice on a count of units has the price of the cheapest combination of the same offers as steps."""
    advice = advise(needed, [Pack(str(step.size), step.price, step.size) for step in steps], exact=exact)
    found = combine(steps, needed, "cheapest exact" if exact else "cheapest")
    assert (advice and advice.price) == (found and found.price)


# --- set prices ---

some_atoms = st.frozensets(st.sampled_from("abcd"), min_size=1)
lists = st.dictionaries(some_atoms, prices, max_size=7)


def tried_cut(wanted: frozenset[str], published: dict[frozenset[str], int], exact: bool) -> Cut | None:
    """The best of all choices of published sets; exact parts stand for what is not published itself."""
    if exact and wanted in published:
        return Cut((wanted,), published[wanted])
    named = sorted(published, key=sorted)
    found = []
    for count in range(len(wanted) + 1):
        for parts in combinations(named, count):
            held = Counter(atom for part in parts for atom in part)
            if held == Counter(wanted) if exact else wanted <= held.keys():
                found.append((sum(map(published.__getitem__, parts)), count, [*map(sorted, parts)], parts))
    if not found:
        return None
    price, _, _, parts = min(found)
    return Cut(parts, price, frozenset().union(*parts) - wanted)


@given(st.frozensets(st.sampled_from("abcd")), lists)
def test_cuts_are_the_best_of_all(wanted, published):
    """A cut into exact parts, and a cover by any parts, is the best of all choices, with its ties."""
    assert cut(wanted, published, "exact parts, cheapest") == tried_cut(wanted, published, True)
    assert cut(wanted, published, "any parts, cheapest") == tried_cut(wanted, published, False)


@given(some_atoms, lists)
def test_covers_are_ordered(wanted, published):
    """Any parts are never dearer than exact parts or a superset, and a published set is its own smallest superset."""
    free = cut(wanted, published, "any parts, cheapest")
    exact = cut(wanted, published, "exact parts, cheapest")
    above = cut(wanted, published, "smallest superset")
    for other in (exact, above):
        assert other is None or free.price <= other.price
    assert exact is None or exact.beyond == frozenset()
    assert above is None or wanted <= above.sets[0]
    if wanted in published:
        assert above == Cut((wanted,), published[wanted])
        assert exact == Cut((wanted,), published[wanted])
    else:
        assert above is None or above.beyond


@given(some_atoms, some_atoms, lists)
def test_more_atoms_are_never_cheaper_with_any_parts(wanted, more, published):
    """Whoever wants more pays no less where parts may reach beyond; exact parts can be cheaper for more."""
    small = cut(wanted, published, "any parts, cheapest")
    large = cut(wanted | more, published, "any parts, cheapest")
    assert large is None or small.price <= large.price
    falling = {frozenset("a"): 9, frozenset("ab"): 5}
    exact = [cut(frozenset(atoms), falling, "exact parts, cheapest").price for atoms in ("a", "ab")]
    assert exact == [9, 5]


@given(some_atoms, lists, st.randoms(use_true_random=False))
def test_the_order_of_published_sets_does_not_matter(wanted, published, random):
    """The list in another order gives the same cut under each cover."""
    rows = list(published.items())
    random.shuffle(rows)
    for cover in ("exact parts, cheapest", "any parts, cheapest", "smallest superset"):
        assert cut(wanted, dict(rows), cover) == cut(wanted, published, cover)


@given(some_atoms, lists, some_atoms, prices)
def test_one_more_published_set_makes_nothing_dearer(wanted, published, part, price):
    """Another set in the list never makes a cheapest cut dearer, nor takes the price away; one that is wanted has the
    price that is printed, whatever its parts cost.
    """
    for cover in ("exact parts, cheapest", "any parts, cheapest"):
        if cover.startswith("exact") and part == wanted:
            continue
        before = cut(wanted, published, cover)
        after = cut(wanted, {part: price, **published}, cover)
        assert before is None or after.price <= before.price


# --- advice ---

pack_rows = st.tuples(st.integers(0, 20), st.integers(1, 4), st.none() | st.integers(0, 2))
pack_lists = st.lists(pack_rows, max_size=3).map(lambda rows: [Pack(f"p{at}", *row) for at, row in enumerate(rows)])
window_rows = st.tuples(st.integers(0, 20), st.integers(1, 6), st.none() | st.integers(1, 3))
window_lists = st.lists(window_rows, max_size=2).map(
    lambda rows: [Window(f"w{at}", *row) for at, row in enumerate(rows)]
)
dated_needs = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 2)), max_size=4).map(
    lambda rows: [(MONDAY + timedelta(day), units) for day, units in rows]
)
Placed = tuple[Window, int]


def serve(units: Sequence[int], limited: Sequence[Placed]) -> int:
    """How many of the units (their days) the limited windows can serve: a greatest matching by augmenting paths."""
    seats = [(day, day + window.days) for window, day in limited for _ in range(window.units or 0)]
    taken: dict[int, int] = {}

    def place(unit: int, seen: set[int]) -> bool:
        for seat, (first, after) in enumerate(seats):
            if first <= units[unit] < after and seat not in seen:
                seen.add(seat)
                if seat not in taken or place(taken[seat], seen):
                    taken[seat] = unit
                    return True
        return False

    return sum(place(unit, set()) for unit in range(len(units)))


def placements(days: Sequence[int], windows: Sequence[Window]) -> Iterator[tuple[list[Placed], list[Placed]]]:
    """All ways to buy windows on needed days: unlimited ones that do not run at once, and limited ones."""
    distinct = sorted(set(days))
    free = [(window, day) for day in distinct for window in windows if window.units is None]
    bound = [(window, day) for day in distinct for window in windows if window.units is not None]
    for count in range(len(distinct) + 1):
        for chosen in combinations(free, count):
            in_order = sorted(chosen, key=lambda placed: placed[1])
            if all(day + window.days <= after for (window, day), (_, after) in pairwise(in_order)):
                for more in range(len(days) + 1):
                    for limited in combinations_with_replacement(bound, more):
                        yield in_order, list(limited)


Key = tuple[int, int, int, tuple[int, ...]]


def tried_advice(days: Sequence[int], packs: Sequence[Pack], windows: Sequence[Window], exact: bool) -> Key | None:
    """The best of everything that can be bought: price, unused, purchases, and minus the count of each offer."""
    ranges = [range(1 + (len(days) if pack.at_most is None else min(len(days), pack.at_most))) for pack in packs]
    bundles = [
        (sum(n * pack.units for n, pack in zip(counts, packs, strict=True)), counts) for counts in product(*ranges)
    ]
    best: Key | None = None
    for unlimited, limited in placements(days, windows):
        open_units = [day for day in days if not any(first <= day < first + w.days for w, first in unlimited)]
        rest = len(open_units) - serve(open_units, limited)
        lent = sum(window.units or 0 for window, _ in limited)
        placed = Counter(window.id for window, _ in (*unlimited, *limited))
        cost = sum(window.price for window, _ in (*unlimited, *limited))
        for held, counts in bundles:
            unused = held + lent - len(open_units)
            if held >= rest and (not exact or unused == 0):
                price = cost + sum(n * pack.price for n, pack in zip(counts, packs, strict=True))
                file_order = (*counts, *(placed[window.id] for window in windows))
                key = (price, unused, sum(file_order), tuple(-n for n in file_order))
                best = key if best is None else min(best, key)
    return best


def key_of(advice: Advice | None, packs: Sequence[Pack], windows: Sequence[Window]) -> Key | None:
    if advice is None:
        return None
    counted: Counter[str] = Counter()
    for bought in advice.purchases:
        counted[bought.id] += bought.count
    file_order = tuple(counted[offer.id] for offer in (*packs, *windows))
    return advice.price, advice.unused, sum(file_order), tuple(-n for n in file_order)


def spread(needs: Sequence[tuple[date, int]]) -> list[int]:
    return sorted((day - MONDAY).days for day, units in needs for _ in range(units))


@given(st.integers(0, 7), pack_lists, st.booleans())
def test_advice_on_a_count_is_the_best_of_all(needed, packs, exact):
    """For a count of units the advice, with its ties, is the best of all purchases of packs; windows do not matter."""
    found = advise(needed, packs, [Window("free", 0, 1_000)], exact)
    assert key_of(found, packs, []) == tried_advice([*range(needed)], packs, [], exact)


@settings(max_examples=scaled(75), deadline=None)
@given(dated_needs, pack_lists.map(lambda packs: packs[:2]), window_lists, st.booleans())
def test_advice_on_days_is_the_best_of_all(needs, packs, windows, exact):
    """For dated needs the advice, with its ties, is the best of all purchases of packs and windows."""
    days = spread(needs)[:5]
    cut_needs = [(MONDAY + timedelta(day), 1) for day in days]
    found = advise(cut_needs, packs, windows, exact)
    assert key_of(found, packs, windows) == tried_advice(days, packs, windows, exact)


def test_the_reference_finds_nested_windows():
    """The reference finds that a short window inside a long one is best, and what is where a day is out of reach."""
    windows = [Window("long", 30, 30, 3), Window("short", 25, 7, 3)]
    assert tried_advice([0, 8, 9, 10, 28, 29], [], windows, True) == (55, 0, 2, (-1, -1))
    assert tried_advice([0, 8, 9, 10, 38], [Pack("p", 30, 1)], windows, False) == (60, 1, 2, (0, -2, 0))


@given(dated_needs, pack_lists, window_lists, st.booleans())
def test_every_need_is_covered(needs, packs, windows, exact):
    """What is advised serves every unit on its day, costs what it says, and leaves unused what it says."""
    found = advise(needs, packs, windows, exact)
    if found is None:
        return
    offers = {offer.id: offer for offer in (*packs, *windows)}
    placed = [
        (offers[bought.id], (bought.first_day - MONDAY).days)
        for bought in found.purchases
        if bought.first_day is not None
        for _ in range(bought.count)
    ]
    assert found.price == sum(offers[bought.id].price * bought.count for bought in found.purchases)
    unlimited = [(window, day) for window, day in placed if window.units is None]
    limited = [(window, day) for window, day in placed if window.units is not None]
    open_units = [day for day in spread(needs) if not any(first <= day < first + w.days for w, first in unlimited)]
    held = sum(offers[b.id].units * b.count for b in found.purchases if b.first_day is None)
    assert held >= len(open_units) - serve(open_units, limited)
    assert found.unused == held + sum(window.units for window, _ in limited) - len(open_units)
    assert not (exact and found.unused)
    assert all(
        pack.at_most is None or pack.at_most >= b.count for b in found.purchases for pack in packs if pack.id == b.id
    )


@given(dated_needs, pack_lists, window_lists, st.one_of(pack_rows, window_rows), st.booleans(), st.booleans())
def test_one_more_offer_makes_nothing_dearer(needs, packs, windows, row, is_pack, exact):
    """Another offer never makes the advice dearer, nor takes it away."""
    before = advise(needs, packs, windows, exact)
    more = (
        ([Pack("more", row[0], row[1]), *packs], windows)
        if is_pack
        else (packs, [Window("more", row[0], row[1], row[2] or None), *windows])
    )
    after = advise(needs, *more, exact)
    assert before is None or after.price <= before.price


@given(dated_needs, dated_needs, pack_lists, window_lists)
def test_more_needs_are_never_cheaper(needs, more, packs, windows):
    """The price does not fall as needs are added, unless the purchase has to be exact."""
    small, large = advise(needs, packs, windows), advise([*needs, *more], packs, windows)
    assert large is None or small.price <= large.price
    counts = [advise(sum(units for _, units in rows), packs) for rows in (needs, [*needs, *more])]
    assert counts[1] is None or counts[0].price <= counts[1].price
    exact = [Pack("single", 10, 1, at_most=1), Pack("pair", 3, 2)]
    assert advise(1, exact, exact=True).price > advise(2, exact, exact=True).price


@given(dated_needs, pack_lists, window_lists, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_needs_does_not_matter(needs, packs, windows, random, exact):
    """Rows of needs in another order give the same advice; days that keep their distance, the same price."""
    shuffled = list(needs)
    random.shuffle(shuffled)
    found = advise(needs, packs, windows, exact)
    assert advise(shuffled, packs, windows, exact) == found
    later = advise([(day + timedelta(400), units) for day, units in needs], packs, windows, exact)
    assert (later and attrs.evolve(later, purchases=())) == (found and attrs.evolve(found, purchases=()))


@given(dated_needs, pack_lists, window_lists)
def test_dates_never_cost_more_than_the_count(needs, packs, windows):
    """Who names days pays at most what the count alone costs, and the saving is against single units."""
    counted = advise(sum(units for _, units in needs), packs)
    dated = advise(needs, packs, windows)
    assert counted is None or dated.price <= counted.price
    singles = advise(needs, [Pack("single", 9, 1), *packs], windows)
    assert singles.saving >= 0
    assert singles.price <= 9 * sum(units for _, units in needs)
