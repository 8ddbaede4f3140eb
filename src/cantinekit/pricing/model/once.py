"""How often an amount is due: once for an item, whatever its count, or once for each piece of it.

A price is for one piece, and so is an amount that the list prints in the place of one ("about 80"). Every other amount
is due once for the item, until its rule says ``once_per = "piece"``.
"""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Schema, ValueKind
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import key

BOOKING = "booking"
PIECE = "piece"
ONCE = (BOOKING, PIECE)


@attrs.frozen
class Once(ValueKind[str]):
    """The kind of the key ``once_per`` of a record; what holds anyhow is read as if it were not there."""

    default: str
    """What holds anyhow; empty where that depends on the place of the record."""

    def read(self, table: TariffTable, key: str) -> str | None:
        text = table.text(key, one_of=ONCE)
        return "" if text == self.default else text or None

    def schema(self) -> Schema:
        return {"enum": list(ONCE)}


def once_key(default: str = BOOKING) -> Any:
    """The key ``once_per`` of a record with an amount; empty means the default.

    The amounts of a refusal are of a piece in a product and of the whole in an order, where "piece" is another thing.
    """
    other = PIECE if default == BOOKING else BOOKING
    return key(
        Once(default if default == BOOKING else ""),
        f"the amount is due once per {default}; {other!r}: once per {other}",
        default="",
    )


def times(once_per: str, count: int, default: str = BOOKING) -> int:
    """How often an amount is due for so many pieces."""
    return count if (once_per or default) == PIECE else 1


def check_once(table: TariffTable, once_per: str, *amounts: Any) -> None:
    """Note a ``once_per`` that stands beside no amount."""
    if once_per and all(amount is None for amount in amounts):
        table.problem("'once_per' goes with an amount of money; a share is of the whole", "once_per")
