"""``StorageContract``: all promises of a store in one class."""

from __future__ import annotations

from cantinekit.testing._storage_changes import ChangePromises
from cantinekit.testing._storage_find import FindPromises
from cantinekit.testing._storage_journal import JournalPromises
from cantinekit.testing._storage_lifetime import LifetimePromises
from cantinekit.testing._storage_races import RacePromises
from cantinekit.testing._storage_rows import RowPromises


class StorageContract(RowPromises, ChangePromises, FindPromises, JournalPromises, RacePromises, LifetimePromises):
    """What every store promises; each ``test_`` method is one promise, its docstring the promise in a sentence.

    Subclass it in a test module::

        class TestMyStore(StorageContract):
            def open_storage(self):
                return MyStore(fresh=True)

            def reopen(self, storage):          # where the capabilities say durable or shared
                return MyStore(same_data_as=storage)

    A promise that the capabilities exclude is skipped. ``scale`` makes the large ones smaller.
    """


def promises() -> tuple[tuple[str, str], ...]:
    """The (method name, sentence) of each promise, in the order of the written contract."""
    found = []
    for room in StorageContract.__bases__:
        for name, method in vars(room).items():
            if name.startswith("test_"):
                found.append((name, " ".join((method.__doc__ or "").split())))
    return tuple(found)
