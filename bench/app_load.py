"""A load on the example application: people compete for rooms and seats, pay, and the application is killed meanwhile.

    python bench/app_load.py --store postgresql --clients 50 --seconds 300
    python bench/app_load.py --kill 10

PostgreSQL (with fsync, from the pip package), the bank and the application are processes of their own, and ``cantinekit
due`` runs beside them. Afterwards, when what was due has been carried out, the rows of the store, the file of the bank
and what people were told are compared, by SQL and without the library: nothing is booked twice, paid twice or lost. The
same is looked at while it runs, but for payments, which are on their way then. ``--kill`` kills a process of the
application (SIGKILL) while forms are on their way, and starts it again. ``--sabotage`` spoils the store at the end, and
fails unless that is found.

The clients run on the same machine as the servers and share its CPUs with them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "examples/apps/tiers-lieu/src"))

import httpx
import psutil
from app_loading.people import Person, Staff, Tally, World, all_live
from app_loading.stage import Stage
from app_loading.verified import always, plant, problems, read, read_bank, unsettled

from cantinekit.clock import format_instant, local
from support.postgres import postgres_server

LATE = 6.0
"""Seconds in which the bank has taken what is paid late."""
AHEAD = 20 * 60
"""Seconds after the load at which holds and leases have run out: it is looked at as it is then."""
LATER = 24 * 3600
"""Seconds after the load at which the house has heard of what was paid when nobody held anything for it any more."""
LOOK = 10.0
"""Seconds between two looks at the store while the load runs."""


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty store."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/load.db"
        return
    url = postgres_server.fresh_url()
    with postgres_server.connect() as db:
        db.execute("ALTER SYSTEM RESET fsync")
        db.execute("SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        postgres_server.drop(url)


def server_cpu() -> float:
    """Seconds of CPU of PostgreSQL's processes that are there, those that ended too."""
    if not postgres_server.stopping:
        return 0.0
    with postgres_server.connect() as db:
        folder = Path(db.execute("SHOW data_directory").fetchone()[0])
    top = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    used = 0.0
    for one in [top, *top.children()]:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile, and is counted with those that ended
            used += sum(one.cpu_times()[:2])
    return used + sum(top.cpu_times()[2:4])


class Watch:
    """Looks at the store again and again, in another thread."""

    def __init__(self, url: str) -> None:
        self.looks, self.wrong = 0, []
        self._url, self._over = url, threading.Event()
        self._worker = threading.Thread(target=self._work)

    def _work(self) -> None:
        while not self._over.wait(LOOK):
            self.wrong += always(read(self._url), now())
            self.looks += 1

    def __enter__(self) -> Watch:
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._worker.join()


def now(ahead: int = 0) -> str:
    return format_instant(datetime.now(UTC) + timedelta(seconds=ahead))


async def killing(stage: Stage, world: World, times: int) -> list[tuple[int, int]]:
    """Kill the application at moments that are drawn, each when forms are on their way.

    The load lasts longer by the time in which the application was not there. Gives how many forms were on their way
    each time, and for how many payments and refunds the house does not know then what became of them.
    """
    dice = random.Random(times)
    under_way = []
    for moment in sorted(dice.uniform(0.1, 0.9) * world.seconds for _ in range(times)):
        await asyncio.sleep(max(0.0, world.began + moment + world.down - time.monotonic()))
        while not world.tally.sending and not world.over:
            await asyncio.sleep(0.001)
        sending, number = world.tally.sending, dice.randrange(len(stage.apps))
        begun = time.monotonic()
        stage.apps[number].kill()
        unknown = await asyncio.to_thread(lambda: len(list(unsettled(read(stage.store), read_bank(stage.state)))))
        under_way.append((sending, unknown))
        await asyncio.to_thread(stage.restart, number)
        world.down += time.monotonic() - begun
    return under_way


def settle(stage: Stage, ahead: int, seconds: float = 60) -> None:
    """Carry out what is due, as it is when holds and leases have run out, until nothing is on its way."""
    end = time.monotonic() + seconds
    while True:
        stage.due(ahead)
        if not list(unsettled(read(stage.store), read_bank(stage.state))) or time.monotonic() > end:
            return


def too_late(stage: Stage) -> int:
    """Pay all that is still open at the bank, when nothing is held for it any more; how much of it there was."""
    still = [one["reference"] for one in read_bank(stage.state)["charges"].values() if one["status"] == "pending"]
    for reference in still:
        httpx.post(f"{stage.bank}/pay/{reference}", data={"do": "pay"})
    return len(still)


def report(tally: Tally, seconds: float) -> None:
    rows = []
    everything = sorted(took for one in tally.took.values() for took in one)
    pages = [(page, sorted(took)) for page, took in sorted(tally.took.items())]
    ours = sorted(took for page, times in tally.took.items() if "the bank" not in page for took in times)
    for page, took in [*pages, ("all of the application", ours), ("all", everything)]:
        statuses = tally.statuses.get(page, {})
        refused = sum(count for status, count in statuses.items() if status in (409, 422))
        failed = sum(count for status, count in statuses.items() if status >= 500)
        rows.append(
            [page, len(took), refused, failed, *(f"{at(took, share) * 1000:.0f}" for share in (0.5, 0.95, 0.99))]
        )
    print(
        f"{'page':<38}" + "".join(f"{one:>9}" for one in ("requests", "refused", "5xx", "p50 ms", "p95 ms", "p99 ms"))
    )
    for page, *cells in rows:
        print(f"{page:<38}" + "".join(f"{one:>9}" for one in cells))
    print(f"{len(everything) / seconds:.1f} requests a second")
    print("what people did:", ", ".join(f"{name} {count}" for name, count in tally.done.most_common()))
    print("what was refused:")
    for text, count in tally.refusals.most_common(25):
        print(f"  {count:>5} {text}")
    print(f"requests without an answer: {sum(tally.lost.values())}")
    for text, count in tally.lost.most_common(25):
        print(f"  {count:>5} {text}")
    print(f"errors: {len(tally.errors)}")
    for text in tally.errors[:20]:
        print("  ", text)


def at(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))] if took else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pause", type=float, default=1.0, help="how many seconds people look at a page, on average")
    parser.add_argument("--processes", type=int, default=1, help="how many processes serve the application")
    parser.add_argument("--kill", type=int, default=0, help="how often a process of the application is killed")
    parser.add_argument("--every", type=float, default=10, help="seconds between two runs of cantinekit due")
    parser.add_argument("--sabotage", action="store_true", help="spoil the store at the end: it has to be found")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="app-load-") as name, store(wanted.store, Path(name)) as url:
        return load(wanted, Path(name), url)


def load(wanted: argparse.Namespace, folder: Path, url: str) -> int:
    stage = Stage(folder, url, wanted.processes)
    people, sessions, seeded = stage.set_up(wanted.clients)
    staff = ["ana", "karim"][: max(1, wanted.clients // 25)]
    world = World(
        sites=stage.sites,
        bank=stage.bank,
        today=local(seeded, "Europe/Paris").date(),
        sessions=sessions,
        seconds=wanted.seconds,
        pause=wanted.pause,
    )
    everybody = [
        *(Staff(world, number, id, people) for number, id in enumerate(staff)),
        *(Person(world, number, id) for number, id in enumerate(people[len(staff) :])),
    ]
    with stage.running():
        before = {"postgresql": server_cpu(), "bank": stage.bank_cpu(), "app": sum(one.cpu for one in stage.apps)}
        world.began = time.monotonic()
        with Watch(url) as watch, stage.due_beside(wanted.every) if wanted.every else nullcontext():
            under_way = asyncio.run(run(stage, world, everybody, wanted.kill))
        took = time.monotonic() - world.began
        used = {
            "application": sum(one.cpu for one in stage.apps) - before["app"],
            "postgresql": server_cpu() - before["postgresql"],
            "bank": stage.bank_cpu() - before["bank"],
            "cantinekit due": stage.dues,
            "clients": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
        }
        time.sleep(LATE)
        stage.due()
        for one in stage.apps:
            one.stop()
        settle(stage, AHEAD)
        wrong = [*watch.wrong, *verified(stage, world, AHEAD)]
        late = too_late(stage)
        settle(stage, LATER)
        wrong += verified(stage, world, LATER)
    report(world.tally, took)
    print(
        f"CPU seconds in {took:.0f} s on {os.cpu_count()} CPUs, which all share:",
        {k: round(v, 1) for k, v in used.items()},
    )
    print("load average:", *(f"{one:.1f}" for one in os.getloadavg()))
    if wanted.kill:
        print(f"killed {len(under_way)} times; forms, and payments and refunds, that were on their way: {under_way}")
    rows, bank, told = read(url), read_bank(stage.state), world.tally.told
    print(
        f"the store: {len(rows['booking'])} bookings, {len(rows['registration'])} registrations, "
        f"{len(rows['visit'])} visits, {len(rows['charge'])} charges, {len(rows['ledger'])} ledger entries, "
        f"{len(rows['task'])} tasks; the bank: {len(bank['charges'])} payments, of which "
        f"{sum(one['captured'] > 0 for one in bank['charges'].values())} were taken, {len(bank['refunds'])} refunds; "
        f"{late} of them paid when nothing was held for them any more; "
        f"{sum(bool(one.where) for one in told)} answers to forms"
    )
    for kind in ("booking", "registration", "attempt"):
        states = Counter(one["state"] for one in rows[kind].values())
        print(f"  {kind}: " + ", ".join(f"{count} {state}" for state, count in states.most_common()))
    keys = Counter(one.key for one in told if one.where)
    print(f"  forms that were answered more than once: {sum(count > 1 for count in keys.values())} of {len(keys)}")
    tracebacks = stage.tracebacks()
    for text in tracebacks:
        print(text)
    print(f"looked at {watch.looks} times while it ran, and twice at the end: {len(wrong)} wrong")
    for text in wrong[:40]:
        print("  ", text)
    if wanted.sabotage:
        planted = plant(url)
        found = verified(stage, world, LATER)
        missed = [what for what, id in planted.items() if not any(id in text for text in found)]
        print(f"planted {planted}: " + (f"NOT FOUND: {missed}" if missed else "all found"))
        wrong += missed
    lost = 0 if wanted.kill else sum(world.tally.lost.values())
    return 1 if wrong or world.tally.errors or tracebacks or lost else 0


def verified(stage: Stage, world: World, ahead: int) -> list[str]:
    """What is wrong with the store, as it is so many seconds later."""
    return problems(read(stage.store), read_bank(stage.state), world.tally.told, now(ahead))


async def run(stage: Stage, world: World, everybody: list[Person], kills: int) -> list[tuple[int, int]]:
    living = asyncio.create_task(all_live(world, everybody))
    under_way = await killing(stage, world, kills) if kills else []
    await living
    return under_way


if __name__ == "__main__":
    sys.exit(main())
