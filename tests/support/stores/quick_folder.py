"""Files in memory, for stores that no test cuts the power of: what is waited for is other writers, not the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = "/dev/shm"


def quick() -> str | None:
    """Where such files are: in memory where the system has a file system there, else where temporary files are."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that is deleted afterwards; in memory where the system has a file system there."""
    with TemporaryDirectory(prefix="cantinekit-", dir=quick()) as name:
        yield Path(name)
