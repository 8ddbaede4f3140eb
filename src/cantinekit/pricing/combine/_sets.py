"""Set prices: what a set of sessions or rooms costs where the list prices sets of them.

Morning 800, afternoon 1,600, both 2,100: whoever touches both pays 2,100, and whoever touches morning and evening pays
for each, because no set of just these two is published.

=========================== =========================================================================================
``exact parts, cheapest``   the wanted set as it is published, else cut into published sets, none beyond it, none twice
``any parts, cheapest``     published sets that together hold the wanted set; they may reach beyond it and overlap
``smallest superset``       the one published set with the fewest atoms that holds the wanted set
=========================== =========================================================================================

Equal prices: fewer sets win, then the names, where a set is named by its atoms in alphabetical order and the sets of an
answer stand in the order of their names. Among supersets of one size the cheaper wins, then the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.combine._checks import price_of

MAX_ATOMS = 16
"""A wanted set has at most so many atoms."""
MAX_SETS = 256
"""A list publishes at most so many sets."""

Cover = Literal["exact parts, cheapest", "any parts, cheapest", "smallest superset"]
Atoms = frozenset[str]


@attrs.frozen
class Cut:
    """The published sets that make a wanted one.

    Attributes:
        sets: the sets in the order of their names.
        price: their sum in minor units.
        beyond: atoms of these sets that were not wanted.
    """

    sets: tuple[Atoms, ...]
    price: int
    beyond: Atoms = frozenset()


def cut(wanted: Atoms, published: Mapping[Atoms, int], cover: Cover) -> Cut | None:
    """The published sets that make the wanted one, or ``None`` where the list has no price for it.

    A wanted set without atoms costs nothing. The first two covers take at most time in proportion to the number of
    published sets times two to the power of the wanted atoms.

    Args:
        wanted: the atoms that are wanted, at most MAX_ATOMS.
        published: the price of each published set, in minor units.
        cover: how sets may be combined; the module says what each cover means.

    Raises:
        InputError: a set without atoms is published, an atom is not a text; more than MAX_SETS published sets or
            MAX_ATOMS wanted atoms; an unknown cover.
    """
    if cover not in get_args(Cover):
        raise InputError(f"unknown cover {shown(cover)}; one of {', '.join(get_args(Cover))}")
    _check_atoms(wanted, "the wanted set")
    if len(wanted) > MAX_ATOMS:
        raise InputError(f"at most {MAX_ATOMS} atoms are wanted at once, not {len(wanted)}")
    if len(published) > MAX_SETS:
        raise InputError(f"at most {MAX_SETS} sets are published, not {len(published)}")
    for part, price in published.items():
        _check_atoms(part, "a published set")
        if not part:
            raise InputError("a published set has at least one atom")
        price_of(price, "the set " + " + ".join(sorted(part)))
    if not wanted:
        return Cut((), 0)
    named = sorted(published, key=sorted)
    if cover == "exact parts, cheapest" and wanted in published:  # what is printed holds, also where parts are cheaper
        parts: tuple[Atoms, ...] | None = (wanted,)
    elif cover == "smallest superset":
        found = [part for part in named if wanted <= part]
        parts = (min(found, key=lambda part: (len(part), published[part])),) if found else None
    else:
        usable = [part for part in named if (part <= wanted if cover.startswith("exact") else part & wanted)]
        parts = _cheapest(wanted, [(part, published[part]) for part in usable], cover.startswith("exact"))
    if parts is None:
        return None
    return Cut(parts, sum(published[part] for part in parts), frozenset().union(*parts) - wanted)


def _check_atoms(atoms: object, what: str) -> None:
    if not isinstance(atoms, frozenset) or not all(isinstance(atom, str) and atom for atom in atoms):
        raise InputError(f"{what} is a frozenset of texts, not {shown(atoms)}")


def _cheapest(wanted: Atoms, priced: list[tuple[Atoms, int]], exact: bool) -> tuple[Atoms, ...] | None:
    """Dynamic programming over what is still uncovered, as a bit set; the weight is ``price * base + number of sets``.

    Some set has to hold the first uncovered atom, so that only those are tried.
    """
    bits = {atom: 1 << at for at, atom in enumerate(sorted(wanted))}
    base = len(wanted) + 1  # each set of a best answer covers an atom of its own
    rows = [(part, sum(bits[atom] for atom in part & wanted), price * base + 1) for part, price in priced]
    holding = {bit: [(mask, weight) for _, mask, weight in rows if mask & bit] for bit in bits.values()}

    @cache
    def best(open_bits: int) -> int | None:
        if not open_bits:
            return 0
        tried = [one for one in holding[open_bits & -open_bits] if not (exact and one[0] & ~open_bits)]
        found = [(best(open_bits & ~mask), weight) for mask, weight in tried]
        return min((rest + weight for rest, weight in found if rest is not None), default=None)

    open_bits = sum(bits.values())
    if best(open_bits) is None:
        return None
    parts: list[Atoms] = []
    while open_bits:  # a set is in some best answer where taking it leaves a best answer: take the first by name
        for part, mask, weight in rows:
            if not mask & open_bits or (exact and mask & ~open_bits):
                continue
            rest = best(open_bits & ~mask)
            if rest is not None and rest + weight == best(open_bits):
                parts.append(part)
                open_bits &= ~mask
                break
    return tuple(parts)
