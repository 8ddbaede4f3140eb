"""What a run of bills costs, on SQLite and on PostgreSQL: whether it is flat, how it stands a kill, and SQL by hand.

Every payer has as many charges on account of three products; charges and sales are copies that ``billing.stores``
writes straight through the port of the store. Each backend is measured in three ways, all in one run:

- a run of many payers whose worker is killed (SIGKILL) at random moments and started again; afterwards
  ``billing.books`` reads the tables and tells what is missing, twice, or not in the numbering;
- at its beginning, in its middle and at its end some of the many in turns with a run of a few: the ratio of the time
  for each payer; 1 says that a bill costs the same, however many payers there are;
- a run by hand-written SQL on a store that was set up alike (``peers.bills_by_hand``), in turns with the library;
  afterwards both stores hold the same rows and the same journal, byte by byte;
- what a preview of all bills costs (``--preview``).

``--payers 100 10000 --kills 10`` is the whole of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import attrs
from billing import books, stores
from peers.bills_by_hand import BillsByHand

from cantinekit import Cantine

FLAT, SHARE = 1.2, 0.3
"""The goals: the most that a payer may cost among many, and the least share of the speed of the SQL."""
WARM = 5
"""How many bills a worker closes before its time is taken."""
STEP = 10
"""How many payers each side bills in its turn."""
LEASE = timedelta(minutes=3)
"""How much later it is for a worker that goes on after another was killed: what that one had leased is free again."""


@attrs.frozen
class Spent:
    """What a run came to: how many payers, seconds by the clock, and of CPU of the client."""

    payers: int
    clock: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.clock * 1000 / self.payers:6.1f} ms, {self.cpu * 1000 / self.payers:5.1f} ms CPU a payer"


# --- the worker, in a process of its own ------------------------------------------------------------------------------


def work(url: str, later: int) -> None:
    """Close the bills that are due; a dot is printed for each of them."""
    house = stores.reopen(url, stores.DUE + later * LEASE)

    def told(_: Any) -> None:
        sys.stdout.write(".")
        sys.stdout.flush()

    while house.run_due(told=told).done:
        pass
    house.close()


def start(url: str, later: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--work", url, str(later)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def run_killed(url: str, later: int, point: int, draw: random.Random) -> int:
    """Kill a worker once so many bills are stored, and a bit later; how many there are then."""
    worker = start(url, later)
    assert worker.stdout is not None
    dots = stored(url)
    while dots < point and worker.stdout.read(1) == b".":
        dots += 1
    time.sleep(draw.random() * 0.1)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    return stored(url)


def stored(url: str) -> int:
    """How many bills are stored."""
    db, _ = books.connect(url)
    ((count,),) = db.execute("SELECT count(*) FROM record WHERE kind = 'document'").fetchall()
    db.close()
    return int(count) - 1  # the one that was there before


# --- in turns ---------------------------------------------------------------------------------------------------------

Run = Callable[[int], int]
"""Closes so many bills, and tells how many were due."""


def in_turns(sides: Sequence[Run], payers: int, step: int) -> list[Spent]:
    """Have each side close so many bills, some of one and then of the other: what disturbs one disturbs both."""
    sums = [[0.0, 0.0] for _ in sides]
    for at in range(0, payers, step):
        for side, run in enumerate(sides):
            begun, cpu = time.perf_counter(), time.process_time()
            run(min(step, payers - at))
            sums[side][0] += time.perf_counter() - begun
            sums[side][1] += time.process_time() - cpu
    return [Spent(payers, *one) for one in sums]


def library(house: Cantine) -> Run:
    """A run by the library."""
    return lambda count: house.run_due(limit=count).done


# --- the report -------------------------------------------------------------------------------------------------------


@contextmanager
def fresh(backend: str, folder: str) -> Iterator[str]:
    """The URL of a store of its own, which is gone afterwards."""
    if backend == "sqlite":
        file = Path(tempfile.mkdtemp(dir=folder)) / "bills.db"
        yield f"sqlite:///{file}"
        for one in file.parent.glob("*"):
            one.unlink()
        return
    from support.postgres import postgres_server

    url = postgres_server.fresh_url()
    yield url
    postgres_server.drop(url)


def server() -> str:
    """What PostgreSQL is measured; it syncs, other than that of the tests."""
    from support.postgres import postgres_server

    with postgres_server.connect() as db:
        if "CANTINEKIT_TEST_PG_DSN" not in os.environ:
            db.execute("ALTER SYSTEM RESET fsync")
            db.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)
        names = ("server_version", "fsync", "synchronous_commit")
        return ", ".join(f"{name} {db.execute(f'SHOW {name}').fetchone()[0]}" for name in names)


def measure(backend: str, folder: str, options: Any, draw: random.Random) -> list[str]:
    """All measurements on a backend, printed; what is wrong in the stores afterwards."""
    bad = list[str]()
    (few, many), charges = options.payers, options.charges
    with fresh(backend, folder) as url:
        begun = time.perf_counter()
        stores.prepare(url, many, charges)
        print(f"  {many} payers of {charges} charges set up in {time.perf_counter() - begun:.0f} s", flush=True)
        if options.preview:
            print(f"  preview of all: {preview(url, many)}", flush=True)
        points = sorted(draw.randrange(few, many - few - WARM) for _ in range(options.kills))
        halves = points[: len(points) // 2], points[len(points) // 2 :]
        pairs, died = [beside_few(backend, folder, url, 0, options)], list[int]()
        for half in halves:
            for point in half:
                died.append(run_killed(url, len(died), point, draw))
            if half is halves[0] and half:
                pairs.append(beside_few(backend, folder, url, len(died), options))
        house = stores.reopen(url, stores.DUE + len(died) * LEASE)
        while (left := many - few - WARM - stored(url)) > 0:
            library(house)(left)
        house.close()
        pairs.append(beside_few(backend, folder, url, len(died), options))
        house = stores.reopen(url, stores.DUE + len(died) * LEASE)
        while house.run_due().done:  # what is due of terms that have ended comes among the others
            pass
        house.close()
        print(f"  killed {len(died)} times, with {', '.join(map(str, died))} of {many} bills stored")
        wrong = books.wrong(url, many, charges)
        print(f"  {len(wrong)} of {many} bills missing, twice, or not in the numbering", flush=True)
    for name in ("clock", "cpu"):
        ratio = sum(getattr(two, name) for _, two in pairs) / sum(getattr(one, name) for one, _ in pairs)
        verdict = "met" if ratio <= FLAT else "not met"
        print(f"  a payer among {many} to one among {few}, by {name}: {ratio:.2f} times; goal {FLAT}: {verdict}")
    if options.beside:
        bad += compare(backend, folder, options)
    return bad + wrong


def beside_few(backend: str, folder: str, many: str, later: int, options: Any) -> tuple[Spent, Spent]:
    """The next payers of a large run in turns with those of a small one."""
    few = options.payers[0]
    with fresh(backend, folder) as small:
        stores.prepare(small, few + WARM, options.charges)
        now = stores.DUE + later * LEASE
        houses = [stores.reopen(small, now), stores.reopen(many, now)]
        for each in houses:
            each.run_due(limit=WARM)
        begun = stored(many)
        one, two = in_turns([library(each) for each in houses], few, options.step)
        print(f"  {few:6} payers of {few}: {one}; after {begun} of {options.payers[1]}: {two}", flush=True)
        for each in houses:
            each.close()
    return one, two


def preview(url: str, payers: int) -> Spent:
    """What it takes to look at all bills of the day, a page after the other."""
    house, after = stores.reopen(url), None
    begun, cpu = time.perf_counter(), time.process_time()
    while page := house.read.preview_bills("asso", stores.DUE.date(), after=after):
        after = page[-1].payer_id
    house.close()
    return Spent(payers, time.perf_counter() - begun, time.process_time() - cpu)


def compare(backend: str, folder: str, options: Any) -> list[str]:
    """The library in turns with SQL; what of their stores differs."""
    with fresh(backend, folder) as ours, fresh(backend, folder) as theirs:
        for url in (ours, theirs):
            stores.prepare(url, options.beside, options.charges)
        house = stores.reopen(ours)
        db, name = books.connect(theirs)
        hand = BillsByHand(db, name, stores.DUE)
        mine, other = in_turns([library(house), hand.run], options.beside, options.step)
        house.close()
        db.close()
        print(f"  {options.beside:6} payers, in turns: cantinekit {mine}")
        print(f"  {'':6}                   by hand    {other}")
        share = other.clock / mine.clock
        verdict = "met" if share >= SHARE else "not met"
        cpu = other.cpu / mine.cpu
        print(
            f"  {share:.0%} of the speed of SQL ({cpu:.0%} by CPU of the client); goal {SHARE:.0%}: {verdict}",
            flush=True,
        )
        bad = [wrong for url in (ours, theirs) for wrong in books.wrong(url, options.beside, options.charges)]
        return bad + unlike(ours, theirs)


def unlike(ours: str, theirs: str) -> list[str]:
    """How two stores differ that hold the same bills."""
    pairs = zip(("rows", "lines of the index", "entries"), books.rows(ours), books.rows(theirs), strict=True)
    return [f"the {name} of the library and of the SQL differ" for name, one, other in pairs if one != other]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where something is wrong in a store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--payers", type=int, nargs=2, default=(100, 1000), metavar=("FEW", "MANY"))
    parser.add_argument("--charges", type=int, default=30)
    parser.add_argument("--kills", type=int, default=3, help="how often the worker of the many is killed; 0: never")
    parser.add_argument("--beside", type=int, default=300, help="how many payers in turns with SQL; 0: none")
    parser.add_argument("--step", type=int, default=STEP, help="how many payers each side bills in its turn")
    parser.add_argument("--folder", help="where the files of SQLite are; without it the temporary folder")
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--seed", type=int, default=1, help="what draws the moments of the kills")
    parser.add_argument("--work", nargs=2, metavar=("URL", "LATER"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        work(options.work[0], int(options.work[1]))
        return 0
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.0f}"
    print(f"Python {sys.version.split()[0]}, {machine}")
    bad, draw = list[str](), random.Random(options.seed)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for backend in options.backends:
            print(f"{backend}{'' if backend == 'sqlite' else ' ' + server()}", flush=True)
            bad += measure(backend, folder, options, draw)
    print("\n".join(bad[:20]) or "every store holds one bill of each payer, of all of its charges, without a gap")
    return bool(bad)


if __name__ == "__main__":
    raise SystemExit(main())
