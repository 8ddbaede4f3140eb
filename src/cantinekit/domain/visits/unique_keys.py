"""The ids of the unique rows of visits: a person has one visit in a zone at a time, a place gives out each access code
once.
"""

from __future__ import annotations


def visit_key(person_id: str, zone_id: str | None) -> str:
    """The id of the row that lets a person have one open visit in a zone.

    All open spaces have one row together: nobody works in two places at once.

    Args:
        person_id: the person.
        zone_id: the space; ``None`` for the open space of a place.
    """
    return f"visit|{person_id}" if zone_id is None else f"visit|{person_id}|{zone_id}"


def code_key(place_id: str, code: str) -> str:
    """The id of the row that lets an access code of a place exist once."""
    return f"code|{place_id}|{code}"
