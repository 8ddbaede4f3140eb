"""What a bank does for its pages, whatever gateway it stands behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, get_args

import attrs

from cantinekit.money import Money
from cantinekit.testing.payment_stage import Webhook

Style = Literal["fake", "stripe"]
"""Which gateway the bank stands behind: ``fake://`` or ``stripe://``."""
STYLES: tuple[Style, ...] = get_args(Style)
SECRET, KEY = "whsec_fakebank", "sk_test_fakebank"
"""What signs webhooks, and what opens the API of the fake of Stripe. They guard nothing."""
PaymentState = Literal["open", "paid", "declined"]


@attrs.frozen
class Payment:
    """A payment that has a page.

    Attributes:
        id: how the gateway calls it.
        amount: what is to be paid.
        text: what it is for.
        state: whether it can be paid, was, or cannot be any more.
        back: where the payer goes afterwards; ``None``: nowhere.
        lang: the language that it was asked for in, such as "fr"; ``None``: nobody said.
    """

    id: str
    amount: Money
    text: str
    state: PaymentState
    back: str | None
    lang: str | None = None


class Due(NamedTuple):
    """A webhook that was not taken yet.

    Attributes:
        token: its name, among those of all webhooks.
        what: what it says, for the log.
        webhook: its body and its headers, signed now.
    """

    token: str
    what: str
    webhook: Webhook


class Provider(Protocol):
    """The far end of a gateway, whose state is in a file."""

    url: str
    """What a house opens as its gateway account."""

    def payments(self) -> Sequence[Payment]:
        """All payments with a page, the newest first."""

    def find(self, id: str) -> Payment | None:
        """The payment with this name."""

    def pay(self, id: str) -> None:
        """The payer pays; nothing happens where it is not open."""

    def fail(self, id: str, why: str) -> None:
        """The payment comes to nothing; nothing happens where it is not open."""

    def untold(self, told: frozenset[str], now: datetime) -> Iterator[Due]:
        """The webhooks that are not among those that were told, the oldest first."""
