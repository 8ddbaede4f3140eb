"""Where a charge stands, for the page to which somebody comes back from paying."""

from __future__ import annotations

from typing import Literal

import attrs

from cantinekit.records import Attempt, Charge

PaymentPageState = Literal["paid", "open", "waiting", "declined", "unpaid", "over"]
"""What a page says of a charge."""


@attrs.frozen
class PaymentPage:
    """Where a charge stands, and what whoever has to pay it can do.

    Attributes:
        charge: the charge, as it is now.
        state: ``paid``: all of it is, or all that is due by now; ``open``: the page of the gateway waits at
            ``next_url``; ``waiting``: the gateway has not answered, or its answer takes time, and nobody has to go
            anywhere; ``declined``: the last try came to nothing, and ``Pay`` begins another; ``unpaid``: no gateway was
            asked, and ``Pay`` asks one; ``over``: it is not owed any more, as when what it was for was called off, or
            its hold ran out. Money that came too late for that goes back.
        next_url: the page of the gateway to send the person to; ``None`` unless it is ``open``.
        declined: the try that a gateway declined, with its ``reason`` in the words of the gateway; ``None`` unless it
            is ``declined``.
    """

    charge: Charge
    state: PaymentPageState
    next_url: str | None = None
    declined: Attempt | None = None

    @property
    def can_pay(self) -> bool:
        """Whether ``Pay`` can begin another try."""
        return self.state in ("declined", "unpaid")


def page_of(charge: Charge, last: Attempt | None, *, later: bool = False) -> PaymentPage:
    """Where a charge stands.

    Args:
        charge: the charge.
        last: its last attempt; ``None``: no gateway was asked.
        later: whether all that is still owed of it is due on later days.
    """
    if charge.state != "due":
        return PaymentPage(charge, "paid" if charge.state == "settled" else "over")
    if last is None or last.state == "settled":  # a part of it was paid
        return PaymentPage(charge, "paid" if last is not None and charge.covered and later else "unpaid")
    if last.state == "declined":
        return PaymentPage(charge, "declined", declined=last)
    return PaymentPage(charge, "open" if last.next_url else "waiting", last.next_url)
