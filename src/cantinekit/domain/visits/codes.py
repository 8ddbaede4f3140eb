"""What events do to records. Domain records are made by these functions only: folding the journal gives them."""

from __future__ import annotations


def code_key(place_id: str, code: str) -> str:
    """The id of the row that lets an access code of a place exist once."""
    return f"code|{place_id}|{code}"
