"""``StorageContract``: all promises of a store in one class."""

from __future__ import annotations

from cantinekit.testing._storage_changes import ChangePromises
from cantinekit.testing._storage_find import FindPromises
from cantinekit.testing._storage_journal import JournalPromises
from cantinekit.testing._storage_kills import KillPromises
from cantinekit.testing._storage_lifetime import LifetimePromises
from cantinekit.testing._storage_processes import ProcessPromises
from cantinekit.testing._storage_questions import QuestionPromises
from cantinekit.testing._storage_races import RacePromises
from cantinekit.testing._storage_reads import ReadPromises
from cantinekit.testing._storage_refusals import RefusalPromises
from cantinekit.testing._storage_rows import RowPromises
from cantinekit.testing._storage_sizes import SizePromises
from cantinekit.testing._storage_values import ValuePromises
from cantinekit.testing._storage_walk import WalkPromises


class StorageContract(
    RowPromises,
    ValuePromises,
    SizePromises,
    ChangePromises,
    RefusalPromises,
    FindPromises,
    QuestionPromises,
    JournalPromises,
    ReadPromises,
    RacePromises,
    WalkPromises,
    LifetimePromises,
    ProcessPromises,
    KillPromises,
):
    """What every store promises; each ``test_`` method is one promise, its docstring the promise in a sentence.

    Subclass it in a test module::

        class TestMyStore(StorageContract):
            def open_storage(self):
                return MyStore(self.new_path())

            def opener(self, storage):          # where the capabilities say durable or shared
                return partial(MyStore, storage.path)

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
