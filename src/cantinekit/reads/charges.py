"""What is owed of charges, seen by their bodies: most owe nothing, and need not be made into records."""

from __future__ import annotations

from datetime import date
from typing import Any

from cantinekit.reads.records import decoded
from cantinekit.records import Charge
from cantinekit.runtime import codec

_SETTLED = ('"state":"settled"', '"state": "settled"')
"""What is in the body of a charge that was paid in full or written off, as stores write it."""


def is_owed(body: str) -> bool:
    """Whether something is owed of a charge.

    Args:
        body: the body of its row.
    """
    return _looked_at(body)[0] > 0


def owed_and_due(id: str, body: str, today: date) -> tuple[int, int]:
    """What is owed of a charge and what of it is due by the end of a day, in minor units; nothing where more was paid
    than is owed. It is made into a record only where it has instalments or is on account.

    Args:
        id: its id.
        body: the body of its row.
        today: the local day of the place.
    """
    owed, data = _looked_at(body)
    if owed and (data.get("instalments") or data.get("on_account")):
        charge = decoded(Charge, id, body)
        return charge.outstanding.amount, charge.due_by(today).amount
    return owed, owed


def _looked_at(body: str) -> tuple[int, dict[str, Any]]:
    """What is owed of a charge, 0 or more, and its fields, where it had to be looked at."""
    if any(text in body for text in _SETTLED):
        return 0, {}
    data = codec.peek_body(Charge.kind, body)
    paid = data["paid"][0] - data["refunded"][0] + data.get("written_off", 0)
    return max(0, data["billed"][0] - paid), data
