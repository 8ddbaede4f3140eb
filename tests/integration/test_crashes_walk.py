"""A crash before and after each I/O step of a paid registration that is declined, paid and cancelled."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cantinekit.backends.payments import FakeGateway
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import Change
from cantinekit.records import Request, Task
from support.crashes import crash_walk
from support.crashes.crash_walk import READS, Crashes, Cut, Steps, Walk, cuts
from support.processes.programs import program
from support.run import soak
from support.stores.around import Around
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        Walk.prepare(folder)
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def told(names: list[str]) -> str:
    return f"{len(names)} steps ({', '.join(f'{n} {name}' for name, n in Counter(names).items())})"


@pytest.mark.parametrize(
    ("effects", "comes_back"),
    [
        pytest.param("all", True, id="at once, client comes back"),
        pytest.param("all", False, id="at once, client stays away"),
        pytest.param("none", True, id="by a worker, client comes back"),
    ],
)
def test_every_crash_ends_consistent(prepared, home, effects, comes_back):
    """Cut at any step, restarted and run on: all is done where the client comes back, and all adds up if not."""
    crashes = Crashes(prepared, home, effects=effects)
    names = crashes.steps()
    wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    print(f"crash by exception, {told(names)}: {len(cuts(names))} cuts, {len(wrong)} ended inconsistent")
    assert {"load", "apply", "charge", "refund", "send", "find"} <= set(names)
    assert wrong == []


def test_every_killed_process_is_recovered_by_another(prepared, home):
    """The same with processes that end by os._exit at each step, and others that recover."""
    crash_walk.copy(prepared, home / "prepared")
    done = subprocess.run([*program("crashes.crash_walk"), str(home)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    names, wrong = found["steps"], found["wrong"]
    print(f"crash by os._exit, {told(names)}: {found['cuts']} cuts, {len(wrong)} ended inconsistent")
    assert len(names) > 50
    assert found["cuts"] > 2 * len([name for name in names if name not in READS])
    assert wrong == []


def test_a_crash_within_the_recovery_is_recovered(prepared, home):
    """Cut in the walk, and cut again while that is being recovered: the next recovery ends consistent all the same."""
    crashes, wrong, count = Crashes(prepared, home), list[str](), 0
    names = crashes.steps()
    firsts = [Cut(at, "after") for at, name in enumerate(names) if name in ("apply", "charge", "refund", "send")]
    for first in firsts:
        folder = crashes.folder(f"{first.at}")
        crashes.begin(folder, first)
        steps = recovery_steps(crashes, crash_walk.copy(folder, home / f"{first.at} counted"))
        for second in cuts(steps):
            twice = crash_walk.copy(folder, home / f"{first.at} {second.at} {second.when} {count}")
            problems = crashes.recover(twice, comes_back=bool(count % 2), cut=second)
            wrong += [f"cut at {first}, then at {second}: {problem}" for problem in problems]
            count += 1
    print(f"crash in the walk and in its recovery: {count} pairs of cuts, {len(wrong)} ended inconsistent")
    assert count > len(firsts)
    assert wrong == []


def recovery_steps(crashes: Crashes, folder: Path) -> list[str]:
    walk = Walk(folder, later=crash_walk.LEASE_OVER, steps=Steps())
    walk.recover()
    walk.close()
    return walk.steps.names


# --- controls: the same cuts, with a part of the house that forgets ---


class ForgetsKeys(FakeGateway):
    """Takes and gives back again for a key that it has seen, and knows of nothing."""

    def charge(self, request):
        return super().charge(attrs.evolve(request, key=self.other(request.key)))

    def refund(self, request):
        charge = next(one.key for one in self.charges if one.key.startswith(request.charge_key) and one.captured)
        again = attrs.evolve(request, key=self.other(request.key), charge_key=charge)
        return super().refund(again)

    def other(self, key):
        return f"{key}/{sum(one.key.startswith(key) for one in (*self.charges, *self.refunds))}"

    def lookup(self, key):
        return None


class ForgetsTasks(Around):
    """Keeps what happened, and not what is to be done about it."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteStorage(path))

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, rows=tuple(row for row in change.rows if row.kind != Task.kind)))


class ForgetsRequests(ForgetsTasks):
    """Keeps no idempotency keys."""

    def apply(self, change: Change) -> None:
        kept = tuple(row for row in change.rows if row.kind != Request.kind)
        self.inner.apply(attrs.evolve(change, rows=kept))


class WalkWithoutKeys(Walk):
    gateway_type = ForgetsKeys


class WalkWithoutTasks(Walk):
    store_type = ForgetsTasks


class WalkWithoutRequests(Walk):
    store_type = ForgetsRequests


@pytest.mark.parametrize(
    ("walk", "seen"),
    [
        (WalkWithoutKeys, "the gateway has"),
        (WalkWithoutTasks, "being paid already"),
        (WalkWithoutRequests, "DuplicateError"),
    ],
)
def test_the_cuts_see_what_a_forgetful_house_does(prepared, home, walk, seen):
    """Without keys at the gateway, without task rows or without requests, some of the same cuts end inconsistent."""
    crashes, wrong = Crashes(prepared, home, walk), list[str]()
    names = Crashes(prepared, home / "counted").steps()
    for cut in cuts(names):
        if names[cut.at] == "load":
            continue
        folder = crashes.folder(f"{cut.at} {cut.when}")
        try:
            crashes.begin(folder, cut)
            wrong += crashes.recover(folder, comes_back=True)
        except CantineError as error:
            wrong.append(f"{type(error).__name__}: {error}")
    found = [word for word in wrong if seen in word]
    print(f"{walk.__name__}: {len(wrong)} complaints, {len(found)} of them: {found[:1]}")
    assert found
