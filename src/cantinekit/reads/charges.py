"""What is owed of charges, seen by their bodies: most owe nothing, and need not be made into records."""

from __future__ import annotations

from cantinekit.records import Charge
from cantinekit.runtime import codec

_SETTLED = ('"state":"settled"', '"state": "settled"')
"""What is in the body of a charge that was paid in full or written off, as stores write it."""


def is_owed(body: str) -> bool:
    """Whether something is owed of a charge.

    Args:
        body: the body of its row.
    """
    if any(text in body for text in _SETTLED):
        return False
    data = codec.peek_body(Charge.kind, body)
    paid = data["paid"][0] - data["refunded"][0] + data.get("written_off", 0)
    return bool(data.get("state") != "void" and data["billed"][0] > paid)
