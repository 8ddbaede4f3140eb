"""``stripe://``: card payments and payment pages through Stripe's own SDK, which is imported when a URL is opened."""

from __future__ import annotations

from cantinekit.backends.stripe._gateway import StripeGateway
from cantinekit.backends.stripe._open import open_stripe

__all__ = ["StripeGateway", "open_stripe"]
