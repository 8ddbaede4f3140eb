"""A fake of Stripe's API, over HTTP, for the official SDK: idempotency, refusals, faults and signed webhooks.

It knows the part of the API that ``stripe://`` uses, and refuses what it does not know. It is tested against the types
of the SDK; it needs neither the SDK nor anything else.
"""

from __future__ import annotations

from cantinekit.testing.fakeserver import Fault
from cantinekit.testing.fakestripe._book import AUTHENTICATED, DECLINED, AccountBook
from cantinekit.testing.fakestripe._server import KEY, SECRET, FakeStripe
from cantinekit.testing.fakestripe._signing import signed

__all__ = ["AUTHENTICATED", "DECLINED", "KEY", "SECRET", "AccountBook", "FakeStripe", "Fault", "signed"]
