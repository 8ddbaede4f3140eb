"""``manual://``: money that a person takes at the desk, in cash, by cheque or on a terminal of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from cantinekit.backends.payments.checks import check_amount
from cantinekit.errors import GatewayError, UrlError
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, GatewayCapabilities, Observation, RefundRequest
from cantinekit.urls import BackendUrl

_CAPABILITIES = GatewayCapabilities(immediate=True)


@attrs.frozen
class ManualGateway:
    """Settles and refunds at once, because the money is in the hand of whoever records it.

    It keeps nothing: the same key always gives the same reference, and ``lookup`` knows of no charge, since there is no
    outside party that could. ``label`` names the desk in the references.
    """

    label: str = "desk"

    @property
    def capabilities(self) -> GatewayCapabilities:
        return _CAPABILITIES

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Settled, with the reference ``label:key``. Raises ``GatewayError`` for an amount that is not above zero."""
        return self._settled(request.key, request.amount.amount)

    def refund(self, request: RefundRequest) -> ChargeResult:
        """Settled, with the reference ``label:key``. Raises ``GatewayError`` for an amount that is not above zero."""
        return self._settled(request.key, request.amount.amount)

    def lookup(self, key: str) -> Observation | None:
        """Always ``None``: nobody outside of our records knows what was paid at the desk."""
        return None

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """Raises ``GatewayError``: nobody sends any."""
        raise GatewayError("the desk sends no webhooks", retryable=False)

    def _settled(self, key: str, amount: int) -> ChargeResult:
        check_amount(amount)
        return ChargeResult("settled", reference=f"{self.label}:{key}")


def open_manual(url: BackendUrl) -> ManualGateway:
    """Open ``manual://`` or ``manual://?label=Bar``.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option, a host or a path, or an empty label.
    """
    url.check_options(["label"])
    if url.host or url.path or url.user:
        raise UrlError("manual:// takes options only, for example manual://?label=Bar")
    label = url.option("label", "desk")
    if not label:
        raise UrlError("the label of manual:// is empty")
    return ManualGateway(label)
