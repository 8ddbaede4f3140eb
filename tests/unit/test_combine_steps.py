"""Published steps, set prices: the known answers, the ties, and what is refused."""

from __future__ import annotations

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.combine import (
    MAX_ATOMS,
    MAX_OFFERS,
    MAX_PRICE,
    MAX_QUANTITY,
    MAX_SETS,
    POLICIES,
    Combination,
    Cut,
    PriceStep,
    combine,
    cut,
    table,
)

FALLING = [PriceStep(60, 15), PriceStep(120, 20), PriceStep(180, 50)]
HOURS = [PriceStep(1, 10), PriceStep(3, 25), PriceStep(7, 50)]


def sizes(found: Combination | None) -> list[int]:
    assert found is not None
    return [step.size for step in found.steps]


# --- steps ---


def test_longest_first_can_be_dearer_than_cheapest():
    """At 240 minutes the longest step first costs 65 where the cheapest steps cost 40."""
    longest, cheapest = combine(FALLING, 240, "longest_first"), combine(FALLING, 240, "cheapest")
    assert longest == Combination((PriceStep(180, 50), PriceStep(60, 15)), 65, 240)
    assert cheapest == Combination((PriceStep(120, 20), PriceStep(120, 20)), 40, 240)


def test_longest_first_of_twelve_hours():
    """Twelve hours of steps of 7, 3 and 1 are 7 + 3 + 1 + 1, in this order."""
    found = combine(HOURS, 12, "longest_first")
    assert sizes(found) == [7, 3, 1, 1]
    assert found.price == 95


@pytest.mark.parametrize(
    ("quantity", "used"), [(1, [60]), (59, [60]), (61, [60, 60]), (200, [180, 60]), (300, [180, 120])]
)
def test_longest_first_rounds_the_rest_up(quantity, used):
    """What is left below the smallest step takes one more smallest step."""
    found = combine(FALLING, quantity, "longest_first")
    assert sizes(found) == used
    assert found.covered == sum(used)


def test_cheapest_may_reach_further():
    """The cheapest steps may cover more than was asked: 5 hours as one step of 7 for 50, not 3 + 1 + 1 for 51."""
    assert combine([PriceStep(1, 13), PriceStep(3, 25), PriceStep(7, 50)], 5, "cheapest") == Combination(
        (PriceStep(7, 50),), 50, 7
    )


def test_exact_has_no_more_and_no_less():
    """An exact combination adds up to the quantity, or there is none."""
    steps = [PriceStep(4, 10), PriceStep(6, 11)]
    assert sizes(combine(steps, 14, "cheapest exact")) == [6, 4, 4]
    assert combine(steps, 2, "cheapest exact") is None
    assert combine(steps, 15, "cheapest exact") is None
    assert sizes(combine(steps, 15, "cheapest")) == [6, 6, 4]


def test_published_only_is_a_lookup():
    """Only a published size has a price: 3 hours is sold, 2 and 4 are not."""
    assert [combine(HOURS, hours, "published_only") is not None for hours in (1, 2, 3, 4, 7, 8)] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert combine(HOURS, 3, "published_only") == Combination((PriceStep(3, 25),), 25, 3)


def test_smallest_that_fits_is_one_step():
    """One step, the smallest that reaches the quantity; beyond the largest there is none."""
    assert [sizes(combine(HOURS, hours, "smallest_that_fits")) for hours in (1, 2, 3, 4, 7)] == [
        [1],
        [3],
        [3],
        [7],
        [7],
    ]
    assert combine(HOURS, 8, "smallest_that_fits") is None


@pytest.mark.parametrize(("minutes", "price"), [(1, 600), (60, 600), (61, 850), (90, 850), (91, 1100), (120, 1100)])
def test_first_then_counts_begun_steps(minutes, price):
    """The first hour at 6.00, then 2.50 for each half-hour that was begun."""
    assert combine([PriceStep(60, 600), PriceStep(30, 250)], minutes, "first_then").price == price


def test_first_then_takes_two_steps_of_one_size():
    """A first hour and a dearer or cheaper further hour have one size; one step alone is first and last."""
    assert sizes(combine([PriceStep(60, 600), PriceStep(60, 400)], 130, "first_then")) == [60, 60, 60]
    assert combine([PriceStep(60, 600), PriceStep(60, 400)], 130, "first_then").price == 1400
    assert combine([PriceStep(60, 600)], 130, "first_then").price == 1800


def test_equal_prices_take_fewer_steps_then_the_larger():
    """A tie ends with fewer steps, and among as many with the larger step first."""
    assert sizes(combine([PriceStep(1, 5), PriceStep(2, 10), PriceStep(4, 20)], 4, "cheapest")) == [4]
    assert sizes(combine([PriceStep(2, 7), PriceStep(3, 7), PriceStep(4, 7)], 6, "cheapest")) == [4, 4]
    assert sizes(
        combine([PriceStep(1, 1), PriceStep(3, 3), PriceStep(4, 4), PriceStep(5, 5)], 8, "cheapest exact")
    ) == [5, 3]


def test_free_steps_are_not_piled_up():
    """A step without a price is taken as often as needed, not more often."""
    assert sizes(combine([PriceStep(1, 0), PriceStep(10, 5)], 3, "cheapest")) == [1, 1, 1]


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_costs_nothing(policy):
    """No quantity takes no step under any policy."""
    assert combine(FALLING[:2], 0, policy) == Combination((), 0, 0)
    assert table(FALLING[:2], policy, 0) == (0,)


@pytest.mark.parametrize(
    ("policy", "prices"),
    [
        ("cheapest", (0, 10, 20, 25, 35, 45, 50, 50, 60)),
        ("cheapest exact", (0, 10, 20, 25, 35, 45, 50, 50, 60)),
        ("longest_first", (0, 10, 20, 25, 35, 45, 50, 50, 60)),
        ("published_only", (0, 10, None, 25, None, None, None, 50, None)),
        ("smallest_that_fits", (0, 10, 25, 25, 50, 50, 50, 50, None)),
    ],
)
def test_tables(policy, prices):
    """The price of each quantity in one table, None where the policy has no price."""
    assert table(HOURS, policy, 8) == prices


def test_table_of_a_first_and_a_further_step():
    """The table of ``first_then`` rises at each begun step."""
    assert table([PriceStep(2, 10), PriceStep(3, 4)], "first_then", 9) == (0, 10, 10, 14, 14, 14, 18, 18, 18, 22)


def test_long_stays_are_quick():
    """The largest quantity in steps of an hour takes no more points than it has hours."""
    assert combine(FALLING, MAX_QUANTITY, "cheapest").covered == 100_020
    assert table(FALLING, "cheapest", MAX_QUANTITY)[-1] == combine(FALLING, MAX_QUANTITY, "cheapest").price


@pytest.mark.parametrize(
    ("steps", "quantity", "policy", "message"),
    [
        ([], 1, "cheapest", "from 1 to"),
        ([PriceStep(size, 1) for size in range(1, MAX_OFFERS + 2)], 1, "cheapest", "from 1 to"),
        ([PriceStep(1, 1), PriceStep(1, 2)], 1, "cheapest", "one size"),
        ([PriceStep(1, 1), PriceStep(1, 2)], 1, "published_only", "one size"),
        (HOURS, 1, "first_then", "third"),
        (HOURS, -1, "cheapest", "the quantity"),
        (HOURS, MAX_QUANTITY + 1, "cheapest", "the quantity"),
        (HOURS, True, "cheapest", "whole number"),
        (HOURS, 1.0, "cheapest", "whole number"),
        (HOURS, 1, "dearest", "unknown policy"),
        (HOURS, 1, ["cheapest"], "unknown policy"),
    ],
)
def test_refused_steps(steps, quantity, policy, message):
    """Lists that leave a price open, and quantities out of bounds, are malformed; for the table as well."""
    with pytest.raises(InputError, match=message):
        combine(steps, quantity, policy)
    with pytest.raises(InputError, match=message.replace("the quantity", "the maximum")):
        table(steps, policy, quantity)


@pytest.mark.parametrize(
    ("size", "price"), [(0, 1), (-1, 1), (MAX_QUANTITY + 1, 1), (1, -1), (1, MAX_PRICE + 1), (1, 1.5)]
)
def test_refused_step(size, price):
    """A step has a positive size and a price that is not negative, both whole."""
    with pytest.raises(InputError):
        PriceStep(size, price)


# --- set prices ---

HALL = {
    frozenset({"am"}): 800,
    frozenset({"pm"}): 1600,
    frozenset({"eve"}): 1400,
    frozenset({"am", "pm"}): 2100,
    frozenset({"pm", "eve"}): 2800,
    frozenset({"am", "pm", "eve"}): 3300,
}


def atoms(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize(
    ("wanted", "sets", "price"),
    [
        ("am", ["am"], 800),
        ("am pm", ["am pm"], 2100),
        ("pm eve", ["pm eve"], 2800),
        ("am eve", ["am", "eve"], 2200),
        ("am pm eve", ["am pm eve"], 3300),
    ],
)
def test_touched_sessions(wanted, sets, price):
    """Neighbouring sessions are sold as one set that costs less than its parts; morning and evening are two."""
    assert cut(atoms(wanted), HALL, "exact parts, cheapest") == Cut(tuple(map(atoms, sets)), price)


def test_a_printed_set_is_not_cut_into_cheaper_parts():
    """A set that is published costs what is printed for it; only one that is not is cut."""
    dear = {atoms("am"): 160, atoms("pm"): 160, atoms("eve"): 10, atoms("am pm"): 360}
    assert cut(atoms("am pm"), dear, "exact parts, cheapest") == Cut((atoms("am pm"),), 360)
    assert cut(atoms("am eve"), dear, "exact parts, cheapest").price == 170


def test_superset_brings_what_is_not_wanted():
    """The smallest superset of morning and evening is the whole day, with the afternoon unasked."""
    assert cut(atoms("am eve"), HALL, "smallest superset") == Cut((atoms("am pm eve"),), 3300, atoms("pm"))
    assert cut(atoms("am pm"), HALL, "smallest superset") == Cut((atoms("am pm"),), 2100)


def test_any_parts_reach_beyond_where_exact_parts_cannot():
    """Where the morning is not sold alone, exact parts have no price; parts that may reach beyond have one."""
    published = {atoms("am pm"): 2100, atoms("eve"): 1400}
    assert cut(atoms("am eve"), published, "exact parts, cheapest") is None
    assert cut(atoms("am eve"), published, "smallest superset") is None
    found = cut(atoms("am eve"), published, "any parts, cheapest")
    assert found == Cut((atoms("am pm"), atoms("eve")), 3500, atoms("pm"))


def test_set_ties():
    """Equal prices take fewer sets, then the names in alphabetical order."""
    equal = {atoms("a"): 1, atoms("b"): 1, atoms("c"): 1, atoms("a b"): 2, atoms("b c"): 2, atoms("a c"): 2}
    assert cut(atoms("a b"), equal, "exact parts, cheapest").sets == (atoms("a b"),)
    assert cut(atoms("a b c"), equal, "exact parts, cheapest").sets == (atoms("a"), atoms("b c"))
    assert cut(atoms("b"), {atoms("b c"): 5, atoms("a b"): 5}, "smallest superset").sets == (atoms("a b"),)
    assert cut(atoms("b"), {atoms("b c"): 4, atoms("a b"): 5}, "smallest superset").sets == (atoms("b c"),)
    assert cut(atoms("b"), {atoms("a b c"): 1, atoms("a b"): 5}, "smallest superset").sets == (atoms("a b"),)
    assert cut(atoms("b"), {atoms("b c"): 5, atoms("a b"): 5}, "any parts, cheapest").sets == (atoms("a b"),)


def test_nothing_wanted():
    """No atom costs nothing, under every cover."""
    for cover in ("exact parts, cheapest", "any parts, cheapest", "smallest superset"):
        assert cut(frozenset(), HALL, cover) == Cut((), 0)


def test_hole_in_the_list_is_no_price():
    """An atom that no published set holds has no price, never 0."""
    for cover in ("exact parts, cheapest", "any parts, cheapest", "smallest superset"):
        assert cut(atoms("am night"), HALL, cover) is None


@pytest.mark.parametrize(
    ("wanted", "published", "cover", "message"),
    [
        (atoms("am"), HALL, "cheapest", "unknown cover"),
        ({"am"}, HALL, "smallest superset", "frozenset of texts"),
        (frozenset({1}), HALL, "smallest superset", "frozenset of texts"),
        (frozenset({""}), HALL, "smallest superset", "frozenset of texts"),
        (atoms("am"), {frozenset(): 1}, "smallest superset", "at least one atom"),
        (atoms("am"), {"am": 1}, "smallest superset", "frozenset of texts"),
        (atoms("am"), {atoms("am"): -1}, "smallest superset", "the price of the set am"),
        (atoms("am"), {atoms("am"): 1.0}, "smallest superset", "whole number"),
        (frozenset(map(str, range(MAX_ATOMS + 1))), HALL, "smallest superset", "atoms are wanted"),
        (atoms("am"), {frozenset({str(n)}): 1 for n in range(MAX_SETS + 1)}, "smallest superset", "are published"),
    ],
)
def test_refused_sets(wanted, published, cover, message):
    """Sets that are not sets of texts, and lists that are too long, are malformed."""
    with pytest.raises(InputError, match=message):
        cut(wanted, published, cover)


def test_largest_cut_ends_soon():
    """Sixteen wanted atoms, all pairs of neighbours and all atoms published: the pairs, eight of them."""
    names = [f"{n:02}" for n in range(MAX_ATOMS)]
    published = {frozenset({name}): 10 for name in names}
    published |= {frozenset(names[at : at + 2]): 15 for at in range(MAX_ATOMS - 1)}
    found = cut(frozenset(names), published, "exact parts, cheapest")
    assert found.price == 120
    assert found.sets == tuple(frozenset(names[at : at + 2]) for at in range(0, MAX_ATOMS, 2))
