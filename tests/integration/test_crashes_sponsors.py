"""A crash before and after each I/O step of what a sponsor pays a share of: sold, called off, paid, given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.crashes.crash_sponsors import SponsorWalk
from support.crashes.crash_walk import Crashes, cuts
from support.run import soak
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        SponsorWalk.prepare(folder)
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.mark.parametrize("comes_back", [True, False], ids=["client comes back", "client stays away"])
def test_every_crash_ends_consistent(prepared, home, comes_back):
    """Cut at any step, restarted and run on: all is done once where the client comes back, and all adds up if not."""
    crashes = Crashes(prepared, home, SponsorWalk)
    names = crashes.steps()
    assert {"load", "apply"} <= set(names)
    wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    print(f"{len(names)} steps, {len(wrong)} ended inconsistent")
    assert wrong == []
