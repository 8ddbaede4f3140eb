"""How bodies of older schemas become those of the next. Written once, with the schema that they end, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


def _count_confirmed(old: dict[str, Any]) -> dict[str, Any]:
    """Session 1 to 2: seats for good are counted; only those that are held until an instant are listed."""
    new = dict(old)
    seats = new.pop("seats", [])
    held = [seat for seat in seats if seat.get("expires") is not None]
    if len(held) < len(seats):
        new["confirmed"] = len(seats) - len(held)
    if held:
        new["held"] = held
    return new


UPCASTS: dict[tuple[str, int], Upcast] = {("session", 1): _count_confirmed}
"""How a body of a kind or event of schema ``n`` becomes one of ``n + 1``, by (name, n)."""


def _without_grant(old: dict[str, Any]) -> dict[str, Any]:
    """A product said what a pass gives and how long a visit lasts before its price list did; where its units are
    accepted stays.
    """
    new = dict(old)
    new.pop("stay", None)
    grant = new.pop("grant", None)
    if isinstance(grant, dict) and grant.get("places"):
        new["places"] = grant["places"]
    return new


VALUES: dict[str, Upcast] = {"Product": _without_grant}
"""How a value in a record or event is read that an earlier version wrote, by the name of its class."""
