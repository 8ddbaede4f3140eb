"""Small cells are not shown, and cannot be computed from the cells that are."""

from __future__ import annotations

from random import Random

import pytest

from cantinekit.reads.suppression import LEAST, Line, hidden_cells, reduced, unknowns
from support.laws.differencing import computed
from support.run.soak import scaled


def table(random, places, months):
    """Persons of each place and month, with the totals of both, and the sums that a reader knows."""
    kinds = ([0, 1, 2, 3, 4], [5, 6, 9, 14], [40, 90, 300])
    spots = {(p, k): random.choice(random.choice(kinds)) for p in range(places) for k in range(months)}
    lines = [Line((p, None), tuple((p, k) for k in range(months))) for p in range(places)]
    lines += [Line((None, k), tuple((p, k) for p in range(places))) for k in range(months)]
    lines.append(Line((None, None), tuple((p, None) for p in range(places))))
    lines.append(Line((None, None), tuple((None, k) for k in range(months))))
    for line in lines:
        spots[line.total] = sum(spots[part] for part in line.parts)
    return spots, lines


def subtracted(people, lines, hidden):
    """What is left of each total that is shown when all of its parts that are shown are taken off."""
    return {
        line: people[line.total] - sum(people[part] for part in line.parts if part not in hidden)
        for line in lines
        if line.total not in hidden and any(part in hidden for part in line.parts)
    }


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_no_cell_can_be_computed_from_the_others(seed):
    """Totals minus months and totals minus places leave no hidden cell alone, and neither does any combination of
    them; and what they leave together is at least five people.
    """
    random = Random(seed)
    people, lines = table(random, random.randint(2, 4), random.randint(2, 6))
    hidden = hidden_cells(people, lines)
    assert {cell for cell, count in people.items() if 0 < count < LEAST} <= hidden
    assert computed(lines, hidden) == set()
    assert all(left >= LEAST for left in subtracted(people, lines, hidden).values())


def test_without_complementary_suppression_cells_are_computed():
    """The control: where only small cells are hidden, both attacks tell most of these tables."""
    told = 0
    for seed in range(40):
        random = Random(seed)
        people, lines = table(random, random.randint(2, 4), random.randint(2, 6))
        small = {cell for cell, count in people.items() if 0 < count < LEAST}
        told += bool(computed(lines, small))
    assert told > 20


def test_a_cell_of_nobody_is_shown_and_one_of_five_too():
    """Nothing is hidden where nobody is in a cell, or five people are."""
    people = {"a": 0, "b": 5, "c": 7, "all": 12}
    assert hidden_cells(people, [Line("all", ("a", "b", "c"))]) == frozenset()


def test_the_smallest_other_cell_goes_along():
    """A small cell alone would be the rest of the total: of the others the smallest is hidden too."""
    people = {"a": 3, "b": 50, "c": 7, "all": 60}
    assert hidden_cells(people, [Line("all", ("a", "b", "c"))]) == {"a", "c"}


def test_two_small_cells_are_too_few_together():
    """One and two people: their sum would be told, and it is a cell of three."""
    people = {"a": 1, "b": 2, "c": 7, "all": 10}
    assert hidden_cells(people, [Line("all", ("a", "b", "c"))]) == {"a", "b", "c"}


def test_the_same_people_in_two_cells_count_once():
    """What is left of a total is about the people in it, however often they came."""
    who = {"a": {1, 2, 3}, "b": {1, 2, 3}, "c": set(range(9)), "all": set(range(9))}
    people = {cell: len(some) for cell, some in who.items()}
    line = Line("all", ("a", "b", "c"))
    assert hidden_cells(people, [line]) == {"a", "b"}
    together = hidden_cells(people, [line], together=lambda cells: len(set().union(*(who[cell] for cell in cells))))
    assert together == {"a", "b", "c"}


def test_a_total_goes_where_it_is_the_only_part():
    """A period of one month: the total is the month, and is hidden with it."""
    assert hidden_cells({"month": 3, "all": 3}, [Line("all", ("month",))]) == {"month", "all"}


def test_what_is_known_from_elsewhere_is_never_hidden():
    """A total that others show stays, so that parts of it go, in the end also those of nobody."""
    people = {"yes": 3, "no": 0, "all": 3 + 9, "rest": 9}
    line = Line("all", ("yes", "no", "rest"))
    assert hidden_cells(people, [line], fixed={"all"}) == {"yes", "rest"}
    assert hidden_cells({"yes": 9, "no": 0, "all": 9}, [Line("all", ("yes", "no"))], also=["yes"], fixed={"all"}) == {
        "yes",
        "no",
    }


def test_lines_that_are_combined_tell_of_no_cell():
    """Each row and each column hides two cells or none, and still one can be computed: it is the only link between two
    blocks. The echelon form finds it.
    """
    rows, columns = "abcde", "vwxyz"
    block = [("a", "v"), ("a", "w"), ("b", "v"), ("b", "w"), ("c", "w"), ("c", "x")]
    block += [("d", "x"), ("d", "y"), ("e", "y"), ("e", "x")]
    people = {(r, c): 20 for r in rows for c in columns}
    people |= dict.fromkeys(block, 9)
    lines = [Line((r, "sum"), tuple((r, c) for c in columns)) for r in rows]
    lines += [Line(("sum", c), tuple((r, c) for r in rows)) for c in columns]
    for line in lines:
        people[line.total] = sum(people[part] for part in line.parts)
    alone = computed(lines, set(block))
    assert alone == {("c", "w"), ("c", "x")}
    assert {next(iter(row)) for row in reduced(unknowns(lines, set(block))) if len(row) == 1} == alone
    hidden = hidden_cells(people, lines, also=block)
    assert computed(lines, hidden) == set()


def test_where_a_line_is_hidden_whole_another_that_crosses_it_goes():
    """Two places whose people are known, by two publics: of one public all is hidden, and its total is all people less
    the total of the other.
    """
    people = {("a", "yes"): 3, ("a", "no"): 9, ("b", "yes"): 1, ("b", "no"): 30, ("all", "yes"): 4, ("all", "no"): 39}
    people |= {("a", "people"): 12, ("b", "people"): 31}
    lines = [Line((place, "people"), ((place, "yes"), (place, "no"))) for place in "ab"]
    lines += [Line(("all", value), (("a", value), ("b", value))) for value in ("yes", "no")]
    fixed = {("a", "people"), ("b", "people")}
    hidden = hidden_cells(people, lines, fixed=fixed)
    assert computed(lines, hidden) == set()
    assert hidden == people.keys() - fixed
    assert computed(lines, hidden - {("all", "no")}) == {("all", "yes")}
