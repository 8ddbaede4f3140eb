"""Files in memory, for stores that no test cuts the power of: what is waited for is other writers, not the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cantinekit.ports import Storage
from cantinekit.registry import Registry

MEMORY = "/dev/shm"


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that is deleted afterwards; in memory where the system has a file system there."""
    with TemporaryDirectory(prefix="cantinekit-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        yield Path(name)


@contextmanager
def opening() -> Iterator[Callable[[str], Storage]]:
    """What opens the store of a backend, ``memory`` or ``sqlite``; all of them are closed afterwards."""
    stores: list[Storage] = []
    with quick_folder() as folder:

        def open_one(backend: str) -> Storage:
            url = "memory://" if backend == "memory" else f"sqlite:///{folder / 'cantine.db'}"
            stores.append(Registry.load().storage(url))
            return stores[-1]

        yield open_one
        for store in stores:
            store.close()
