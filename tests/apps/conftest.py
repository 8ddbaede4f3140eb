"""Fixtures for the tests of the example application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.pages.tiers_lieu_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """The application with the invented network, at half past nine in Nantes."""
    made = Site()
    yield made
    made.house.close()
