"""What Python's garbage collector looks at in a process of tests: what the tests make, and not the tests.

A lane has half a million objects once its tests are collected, nearly all of which stay to the end. Looked at again and
again they would take a third of the time of the collection of the tests, and a tenth of that of the tests.
"""

from __future__ import annotations

import gc

import pytest

YOUNG = 5000
"""So many new objects are looked at together; 700 by default. A command of a small house makes some thousands."""


def wait() -> None:
    """Collect no garbage until the tests are collected."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there now stays: classes that were made anew with slots are thrown away, the rest is left alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()
