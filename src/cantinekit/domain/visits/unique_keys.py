"""The ids of the unique rows of visits: a person has one visit at a time, a place gives out each access code once."""

from __future__ import annotations


def visit_key(person_id: str) -> str:
    """The id of the row that lets a person have one open visit."""
    return f"visit|{person_id}"


def code_key(place_id: str, code: str) -> str:
    """The id of the row that lets an access code of a place exist once."""
    return f"code|{place_id}|{code}"
