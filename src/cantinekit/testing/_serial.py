"""Whether concurrent work is serialisable: a graph of who read and wrote what."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import attrs

from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Storage
from cantinekit.testing._stepping import lingering
from cantinekit.testing._storage_base import check, entry, equal, row

IDS = ("p", "q", "r", "s")
KIND = "deal"


@attrs.frozen
class Deed:
    """One load, or one change that was applied: the versions that it saw, and those that it wrote."""

    name: str
    worker: str
    seen: Mapping[str, int]
    made: Mapping[str, int]


def begin(storage: Storage) -> None:
    """Store the rows that are dealt with."""
    storage.apply(Change(rows=tuple(row(id, body={"by": ""}, kind=KIND) for id in IDS)))


def deal(storage: Storage, worker: str, seed: int, turns: int) -> list[dict[str, Any]]:
    """Load some rows, write some of them and guard the others, repeatedly; returns what was done, as JSON values.

    The seed decides the rows. A refused change is not tried again.
    """
    chance = random.Random(seed)
    deeds: list[Deed] = []
    for turn in range(turns):
        chosen = chance.sample(IDS, chance.randint(2, len(IDS)))
        found = storage.load([Key(KIND, id) for id in chosen])
        seen = {id: one.version for id, one in zip(chosen, found, strict=True) if one is not None}
        check(len(seen) == len(chosen), "a row that nobody removes is gone")
        name = f"{worker}.{turn}"
        deeds.append(Deed(f"{name} (load)", worker, seen, {}))
        written = chosen[: chance.randint(1, len(chosen) - 1)]
        made = {id: seen[id] + 1 for id in written}
        change = Change(
            rows=lingering(row(id, version, {"by": name}, kind=KIND) for id, version in made.items()),
            events=(entry(name, *(Key(KIND, id) for id in written)),),
            guards=tuple(Guard(Key(KIND, id), seen[id]) for id in chosen if id not in made),
        )
        try:
            storage.apply(change)
        except StaleVersionError:
            continue
        except StorageError as error:
            check(error.retryable, f"a change failed in a way that cannot be retried: {error}")
            continue
        deeds.append(Deed(name, worker, seen, made))
    return [attrs.asdict(deed) for deed in deeds]


def check_one_by_one(deeds: Sequence[Deed], journal: Sequence[str], last: Mapping[str, tuple[int, str]]) -> None:
    """Fail unless the deeds fit one order: each saw what the ones before had made, and the journal tells them.

    ``journal`` are the types of its entries in their order, ``last`` the version and the writer that each row has now.
    """
    changes = {deed.name: deed for deed in deeds if deed.made}
    makers: dict[tuple[str, int], str] = {}
    for name, deed in changes.items():
        for id, version in deed.made.items():
            other = makers.setdefault((id, version), name)
            check(other == name, f"{name} and {other} both made version {version} of {id}")
    for id in IDS:
        versions = sorted(version for other, version in makers if other == id)
        equal(versions, list(range(2, len(versions) + 2)), f"the versions that were made of {id}")
        now = (versions[-1], makers[id, versions[-1]]) if versions else (1, "")
        equal(last[id], now, f"version and writer of {id} at the end")
    equal(sorted(journal), sorted(changes), "the entries of the journal, one for each change that was applied")
    told: dict[str, int] = {}
    for name in journal:
        for id, version in changes[name].made.items():
            equal(version, told.get(id, 1) + 1, f"the version of {id} that comes next in the journal")
            told[id] = version
    try:
        tuple(TopologicalSorter(_before(deeds, makers)).static_order())
    except CycleError as error:
        circle = " before ".join(reversed(error.args[1]))
        raise AssertionError(f"no order fits what was seen: {circle}") from None


def _before(deeds: Iterable[Deed], makers: Mapping[tuple[str, int], str]) -> dict[str, set[str]]:
    """For each deed those that must have come before it."""
    before: dict[str, set[str]] = {deed.name: set() for deed in deeds}
    newest: dict[str, str] = {}
    for deed in deeds:
        if deed.worker in newest:
            before[deed.name].add(newest[deed.worker])
        newest[deed.worker] = deed.name
        for id, version in deed.seen.items():
            maker, next_one = makers.get((id, version)), makers.get((id, version + 1))
            if maker is not None:
                before[deed.name].add(maker)
            if next_one not in (None, deed.name):
                before[str(next_one)].add(deed.name)
    return before
