"""Payment gateways that need no outside service: the desk, and a scripted one for tests."""

from __future__ import annotations

from cantinekit.backends.payments._fake import FakeGateway, open_fake
from cantinekit.backends.payments._ledger import FakeCharge, FakeRefund
from cantinekit.backends.payments._manual import ManualGateway, open_manual

__all__ = ["FakeCharge", "FakeGateway", "FakeRefund", "ManualGateway", "open_fake", "open_manual"]
