"""Which facts a price list is told: of the place, the organisation, the person and the command; whence each came."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Literal

from cantinekit.common.facts import Fact
from cantinekit.domain.sales.values import Facts

if TYPE_CHECKING:
    from cantinekit.pricing.model.conditions import FactType

FactOrigin = Literal["place", "organisation", "person", "command"]
"""Where a fact came from."""
FactOrigins = tuple[tuple[str, FactOrigin], ...]
"""Where each fact came from, by name, in the order of the names."""


def known_facts(
    place_facts: Facts,
    person_facts: Facts,
    command_facts: Facts,
    declared: Mapping[str, FactType],
    *,
    currency: str,
    organisation_facts: Facts = (),
    set_by_house: Container[str] = (),
) -> tuple[Facts, FactOrigins]:
    """Merge what is known: an organisation goes before the place, the person before both, and the command before all.

    What is stored serves every price list, so that one which knows the name in another meaning leaves it out: a buyer
    is never refused because of it. A fact of the command always passes, and the price list refuses what it does not
    know.

    Args:
        place_facts: the facts of the place.
        person_facts: the facts of the person that count on the day, as ``facts_on`` gives them.
        command_facts: the facts of the command.
        declared: what the price list declares in ``[facts]``: names with their types.
        currency: the currency of the price list, which an amount must have.
        organisation_facts: the facts of the organisation that pays or holds, that count on the day.
        set_by_house: names that the house itself tells, such as how many meetings a course has; nothing that is stored
            under such a name is told.

    Returns:
        The facts in the order of their names, and for each of them where it came from.
    """
    # The rules of price lists are imported with the first price list, not with the commands.
    from cantinekit.pricing.engine.facts import fits

    found: dict[str, tuple[Fact, FactOrigin]] = {}
    stored: tuple[tuple[FactOrigin, Facts], ...] = (
        ("place", place_facts),
        ("organisation", organisation_facts),
        ("person", person_facts),
    )
    for origin, facts in stored:
        for name, value in facts:
            if name in declared and name not in set_by_house and fits(value, declared[name], currency):
                found[name] = (value, origin)
    found |= {name: (value, "command") for name, value in command_facts}
    names = sorted(found)
    return tuple((name, found[name][0]) for name in names), tuple((name, found[name][1]) for name in names)
