"""Test material that lies beside the repository, where there is any: real tariffs, calendars, recurrence vectors.

A test that needs it asks for the fixture ``shared``. Where the folder is absent the test is skipped, unless the
variable CANTINEKIT_REQUIRE_SHARED is set: then its absence is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[4] / "shared"


def shared_folder(folder: Path = FOLDER) -> Path:
    """The folder; skips or fails the test that asks for it where there is none."""
    if folder.is_dir():
        return folder
    if os.environ.get("CANTINEKIT_REQUIRE_SHARED"):
        pytest.fail(f"CANTINEKIT_REQUIRE_SHARED is set, and there is no folder {folder.name!r} beside the repository")
    pytest.skip("the shared test material is not there")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the shared test material."""
    return shared_folder()
