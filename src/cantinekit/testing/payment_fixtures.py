"""Fixtures for tests of payments. Opt in: ``pytest_plugins = ["cantinekit.testing.payment_fixtures"]``.

Nothing of the kit is loaded into a test run unasked: there is no entry point of pytest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cantinekit.testing._payment_doubles import FakeStage
from cantinekit.testing.fakehelloasso import FakeHelloAsso
from cantinekit.testing.fakestripe import FakeStripe


@pytest.fixture
def fake_stripe() -> Iterator[FakeStripe]:
    """A fake Stripe that runs as long as the test."""
    with FakeStripe() as server:
        yield server


@pytest.fixture
def fake_helloasso() -> Iterator[FakeHelloAsso]:
    """A fake HelloAsso that runs as long as the test."""
    with FakeHelloAsso() as server:
        yield server


@pytest.fixture
def payment_stage() -> FakeStage:
    """A ``fake://`` gateway, with the hand that pays, declines and loses answers."""
    return FakeStage()
