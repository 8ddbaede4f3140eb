"""Documents under processes that end at any moment: no gap, no double, nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.reads import Reader
from support.crashes import document_writer
from support.crashes.crash_documents import DocumentWalk, WalkWithASequence
from support.crashes.crash_walk import READS, Crashes, copy, cuts
from support.houses import small_house
from support.laws import house_laws
from support.processes.programs import program
from support.run import soak
from support.run.soak import scaled
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)
ROUNDS = 2


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        DocumentWalk.prepare(folder)
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def told(names: list[str]) -> str:
    return f"{len(names)} steps ({', '.join(f'{n} {name}' for name, n in Counter(names).items())})"


# --- each step, one by one -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("comes_back", [True, False], ids=["client comes back", "client stays away"])
def test_every_crash_leaves_no_gap(prepared, home, comes_back):
    """Cut before and after each step: no number is lost or given twice, and a settled charge gets its receipt."""
    crashes = Crashes(prepared, home, DocumentWalk)
    names = crashes.steps()
    wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    print(f"documents, crash by exception, {told(names)}: {len(cuts(names))} cuts, {len(wrong)} ended inconsistent")
    assert wrong == []


def test_every_killed_process_leaves_no_gap(prepared, home):
    """The same with processes that end by os._exit at each step, and others that recover."""
    copy(prepared, home / "prepared")
    command = [*program("crashes.crash_documents"), str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(f"documents, crash by os._exit, {told(found['steps'])}: {found['cuts']} cuts, {len(found['wrong'])} wrong")
    assert found["cuts"] > 2 * len([name for name in found["steps"] if name not in READS])
    assert found["wrong"] == []


def test_a_number_taken_before_leaves_gaps(prepared, home):
    """The control: with numbers taken in a change of their own, as by a SEQUENCE, some of the cuts leave a gap."""
    crashes, gaps = Crashes(prepared, home, WalkWithASequence), list[str]()
    names = crashes.steps()
    for cut in cuts(names):
        if names[cut.at] == "apply":
            folder = crashes.folder(f"{cut.at} {cut.when}")
            crashes.begin(folder, cut)
            problems = crashes.recover(folder, comes_back=True)
            gaps += [problem for problem in problems if "the numbers of" in problem and "missing=(1,)" in problem]
    print(f"documents, numbers as by a SEQUENCE: {len(gaps)} gaps, such as {gaps[:1]}")
    assert gaps


# --- at any moment ---------------------------------------------------------------------------------------------------


def kill_writers(path: Path, rounds: int, *options: str, seed: int = 1) -> tuple[int, int, list[str]]:
    """Two writers at a time, killed after any while: how many were acknowledged and stored, and what is wrong."""
    chance, known = random.Random(seed), list[str]()
    for turn in range(rounds):
        command = [*program("crashes.document_writer"), str(path)]
        writers = [
            subprocess.Popen([*command, f"{who}{turn}", *options], stdout=subprocess.PIPE, text=True) for who in "ab"
        ]
        first = [writer.stdout.readline() for writer in writers]
        time.sleep(chance.random() * 0.5)
        for writer in writers:
            writer.kill()
        for writer, line in zip(writers, first, strict=True):
            with writer:
                known += (line + writer.stdout.read()).rpartition("\n")[0].splitlines()
    storage = SqliteStorage(path)
    reader, wrong = Reader(storage, lambda: document_writer.EVE), list[str]()
    wrong += [f"the numbers of {one}" for one in reader.numbering("asso", "invoices") if not one.whole]
    found = Counter(document.charge_id for document in reader.documents("asso", "invoices"))
    wrong += [f"{charge} was acknowledged and has {found[charge]} invoices" for charge in known if found[charge] != 1]
    if not options:
        house_laws.documents(small_house.records(storage))
        house_laws.folds(storage)
    storage.close()
    return len(known), found.total(), wrong


def test_killed_writers_leave_no_gap(prepared, home):
    """Two processes that invoice under clocks of their own, killed at any moment, again and again: no gap, no loss."""
    path = copy(prepared, home / "killed") / "cantine.db"
    known, stored, wrong = kill_writers(path, scaled(ROUNDS))
    print(f"documents, {2 * scaled(ROUNDS)} kills: {known} acknowledged, {stored} stored, {len(wrong)} gaps or losses")
    assert wrong == []
    assert stored >= known > 2 * scaled(ROUNDS)


def test_killed_writers_with_a_sequence_leave_gaps(prepared, home):
    """The control: with numbers taken as by a SEQUENCE the same kills leave gaps."""
    for seed in range(10):
        path = copy(prepared, home / f"{seed}") / "cantine.db"
        _, _, wrong = kill_writers(path, 2, "sequence", seed=seed)
        if wrong:
            break
    print(f"documents, numbers as by a SEQUENCE, {4 * (seed + 1)} kills: {wrong[:1]}")
    assert any("missing=(" in word and "missing=()" not in word for word in wrong)
