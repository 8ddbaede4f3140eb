"""One walk that is cut at every step: a seat paid with a carnet entry and 8.00 by card, declined, paid, cancelled.

``Steps`` counts the calls of the ports and ends the program before or after one of them: by an exception that nothing
catches, or by ``os._exit``. ``python tests/support crashes.crash_walk FOLDER`` does the latter for all steps, each
in a process of its own, and recovers each in another; it prints what was wrong, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.money import Money
from cantinekit.plugins.ports import Message
from cantinekit.plugins.registry import Registry
from cantinekit.reads import Reader
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Effects
from support.races.house_races import NOW, SEED, house_broken, set_up
from support.run import soak

T = TypeVar("T")
REGISTRY = Registry.load()
GONE = 42
"""The exit code of a process that was cut."""
STEPS = ("load", "find", "apply", "charge", "refund", "lookup", "send")
READS = ("load", "find", "lookup")
"""The steps that change nothing."""
ACTOR = "person:p0"
LEASE_OVER, HOLD_OVER, DAY_OVER = timedelta(minutes=3), timedelta(minutes=20), timedelta(hours=26)
MATERIALS = Money(800, "EUR")


class Crash(BaseException):
    """The program ends here. No handler of the library may catch it."""


class Cut(NamedTuple):
    """Where the program ends: at which step, ``before`` or ``after`` it, by ``raise`` or ``exit``."""

    at: int
    when: str
    how: str = "raise"


class Steps:
    """Counts the calls of the ports, and ends the program at one of them."""

    def __init__(self, cut: Cut | None = None) -> None:
        self.cut = cut
        self.names: list[str] = []

    def take(self, name: str, call: Callable[[], T]) -> T:
        """Take a step, unless the program ends before it."""
        self.names.append(name)
        here = self.cut is not None and self.cut.at == len(self.names) - 1
        if here and self.cut.when == "before":
            self.end()
        result = call()
        if here and self.cut.when == "after":
            self.end()
        return result

    def end(self) -> None:
        """End the program."""
        if self.cut is not None and self.cut.how == "exit":
            os._exit(GONE)
        raise Crash


class Stepping:
    """A port of which some methods are steps; everything else is passed on."""

    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in STEPS:
            return found
        return lambda *given, **named: self._steps.take(name, lambda: found(*given, **named))


class FileNotifier:
    """Writes down which messages arrived, where another process finds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([message.key, message.template]) + "\n")

    @property
    def templates(self) -> list[str]:
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        return [json.loads(line)[1] for line in lines]


class Walk:
    """The walk on an SQLite file, with a gateway and a notifier that keep their state in files beside it."""

    store_type: Callable[[Path], Any] = SqliteStorage
    gateway_type: Callable[..., FakeGateway] = FakeGateway
    around: Callable[[Any], Any] = staticmethod(lambda store: store)
    """What stands between the house and the store that counts its steps."""

    def __init__(
        self, folder: Path, *, steps: Steps | None = None, later: timedelta = timedelta(), effects: Effects = "all"
    ) -> None:
        self.steps, self.clock = steps or Steps(), ManualClock(NOW + later)
        self.storage = type(self).store_type(folder / "cantine.db")
        self.card = type(self).gateway_type(("declined", "settled"), state=folder / "card.json", clock=self.clock)
        self.notifier = FileNotifier(folder / "messages")
        self.cantine = Cantine.open(
            type(self).around(Stepping(self.storage, self.steps)),
            payments={"desk": "manual://", "card": Stepping(self.card, self.steps)},
            notify=[Stepping(self.notifier, self.steps)],
            clock=self.clock,
            registry=REGISTRY,
            effects=effects,
        )

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the house up: a person with one carnet entry, and a paid workshop with one seat."""
        walk = cls(folder)
        set_up(walk.cantine, people=2, accounts=("desk", "card"))
        entry = c.SellPass(product_id="entry", place_id="paris", holder_id="p0", account="desk", id="carnet")
        session = c.AddSession(
            workshop_id="paid", day=date(2026, 12, 5), starts=time(18), ends=time(20), seats=1, id="ses"
        )
        for command in (entry, session):
            walk.cantine.execute(command, actor="setup")
        walk.storage.close()
        (folder / "messages").unlink()

    def client(self) -> None:
        """What the client does, with an idempotency key for each request. Doing it again is safe."""
        register = c.Register(session_id="ses", person_id="p0", option_ids=("materials",), account="card")
        made = self.cantine.execute(register, actor=ACTOR, idempotency_key="register")
        self.run_due()
        self.cantine.execute(c.Pay(made.charges[0].id, account="card"), actor=ACTOR, idempotency_key="pay")
        self.run_due()
        self.cantine.execute(c.CancelRegistration(made.value.id), actor=ACTOR, idempotency_key="cancel")
        self.run_due()

    def run_due(self) -> None:
        """Run what is due until nothing is."""
        while not self.idle():
            pass

    def idle(self) -> bool:
        """Run what is due; whether nothing was."""
        report = self.cantine.run_due()
        return report.done + report.retried + report.dead == 0

    def recover(self, *by: timedelta) -> None:
        """Let time pass, each time until nothing is due."""
        for step in (timedelta(), *by):
            self.clock.advance(step)
            self.run_due()

    # --- what must be true ---

    def broken(self) -> list[str]:
        """What is wrong whatever became of the seat: money, units and claims add up, and nothing is left undone."""
        reader = Reader(self.storage, self.clock.now)
        wrong = house_broken(self.storage, self.clock.now())
        unit = reader.need(m.Entitlement, reader.need(m.Pass, "carnet").entitlement_ids[0])
        made = list(reader.find(m.Registration, "session", "ses|", "ses}"))
        charges = list(reader.find(m.Charge, "payer", "p0|", "p0}"))
        mine = [charge for charge in charges if charge.subject.kind == m.Registration.kind]
        captured = sum(charge.captured for charge in self.card.charges)
        refunded = sum(charge.refunded for charge in self.card.charges)
        if len(made) > 1 or len(mine) > 1:
            wrong.append(f"{len(made)} registrations and {len(mine)} charges for one request")
        for charge in mine:
            if (charge.paid.amount, charge.refunded.amount) != (captured, refunded):
                told = f"{charge.paid} paid and {charge.refunded} refunded"
                wrong.append(f"{told}, the gateway has {captured} and {refunded}")
        state = made[0].state if made else "absent"
        if state == "confirmed":
            if [charge.state for charge in mine] != ["settled"] or captured - refunded != MATERIALS.amount:
                wrong.append("a seat that is confirmed and not paid")
            if (unit.left, unit.used) != (0, 1):
                wrong.append("a seat that is confirmed without its entry")
        elif state in ("absent", "cancelled", "expired"):
            if captured != refunded or any(charge.state == "due" for charge in mine):
                wrong.append(f"the seat is {state}, {captured - refunded} cents are kept, or owed still")
            if (unit.left, unit.used) != (1, 0):
                wrong.append(f"the seat is {state} and its entry is not back: {unit}")
        else:
            wrong.append(f"the seat is {state} long after its hold")
        for account, amount in self.ledger().items():
            if account in ("receivable", "refunds payable") and amount:
                wrong.append(f"{amount} cents are left on the ledger account {account}")
            if account == "account/card" and amount != captured - refunded:
                wrong.append(f"the ledger has {amount} cents on the card, the gateway {captured - refunded}")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        (made,) = reader.find(m.Registration, "session", "ses|", "ses}")
        charge = reader.need(m.Charge, made.charge_id or "")
        sent = set(self.notifier.templates)
        found = {
            "the registration": (made.state, "cancelled"),
            "the seats": (reader.need(m.Session, "ses").taken(self.clock.now()), 0),
            "what was paid": (charge.paid, MATERIALS),
            "what was refunded": (charge.refunded, MATERIALS),
            "the attempts": ([reader.need(m.Attempt, id).state for id in charge.attempt_ids], ["declined", "settled"]),
            "the refunds": ([r.state for r in reader.find(m.Refund, "charge", f"{charge.id}|")], ["settled"]),
            "the messages": (sent >= {"seat confirmed", "seat cancelled", "refund settled"}, True),
            "charges at the gateway": ([one.status for one in self.card.charges], ["declined", "settled"]),
            "refunds at the gateway": ([one.status for one in self.card.refunds], ["settled"]),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]

    def ledger(self) -> Counter[str]:
        """The balance of each ledger account."""
        sums: Counter[str] = Counter()
        for entry in Reader(self.storage, self.clock.now).find(m.LedgerEntry, "place", *codec.between("paris")):
            for line in entry.lines:
                sums[line.account] += line.amount
        return sums

    def close(self) -> None:
        """Let go of the store."""
        self.storage.close()


def copy(prepared: Path, folder: Path) -> Path:
    """A house of one's own, as it was prepared."""
    shutil.copytree(prepared, folder)
    return folder


@attrs.frozen
class Crashes:
    """The walk from a prepared folder, cut in copies of it."""

    prepared: Path
    home: Path
    walk: type[Walk] = Walk
    effects: Effects = "all"

    def folder(self, name: str) -> Path:
        """A new copy of the prepared house."""
        return copy(self.prepared, self.home / f"{name} {self.effects}")

    def steps(self) -> list[str]:
        """The names of the steps of the walk, when nothing goes wrong."""
        walk = self.walk(self.folder("whole"), effects=self.effects)
        walk.client()
        problems = [*walk.broken(), *walk.incomplete()]
        walk.close()
        assert problems == [], problems
        return walk.steps.names

    def begin(self, folder: Path, cut: Cut) -> bool:
        """Do the walk until it is cut; whether it was."""
        walk = self.walk(folder, steps=Steps(cut), effects=self.effects)
        try:
            walk.client()
        except Crash:
            return True
        finally:
            walk.close()
        return False

    def wrong(self, names: Sequence[str], at: Iterable[Cut], *, comes_back: bool) -> list[str]:
        """Cut the walk at each of these steps, restart it: what is wrong at the end, with the names of the steps."""
        wrong = []
        for cut in at:
            folder = self.folder(f"{cut.at} {cut.when}")
            assert self.begin(folder, cut), f"the walk was not cut {cut.when} step {cut.at}"
            problems = self.recover(folder, comes_back=comes_back)
            wrong += [f"cut {cut.when} step {cut.at} ({names[cut.at]}): {problem}" for problem in problems]
        return wrong

    def recover(self, folder: Path, *, comes_back: bool, cut: Cut | None = None) -> list[str]:
        """Restart: run what is due once leases are over; then the client comes back, or never does.

        What is wrong at the end. With ``cut``, the recovery is cut as well, and another recovery comes after it.
        """
        later = LEASE_OVER
        if cut is not None:
            walk = self.walk(folder, steps=Steps(cut), later=later, effects=self.effects)
            with contextlib.suppress(Crash):
                walk.recover()
            walk.close()
            later += LEASE_OVER
        walk = self.walk(folder, later=later, effects=self.effects)
        try:
            walk.recover()
            if comes_back:
                walk.client()
                walk.recover(LEASE_OVER)
                return [*walk.broken(), *walk.incomplete()]
            walk.recover(HOLD_OVER, DAY_OVER)
            return walk.broken()
        finally:
            walk.close()


def cuts(names: Sequence[str], how: str = "raise") -> list[Cut]:
    """In a soak a cut before and after each step, else one for each state that these leave, and a few besides.

    Nothing is stored between two steps, nor by a read: a cut there leaves what a cut after the last change before it
    leaves, or one before the first step.
    """
    every = [Cut(at, when, how) for at in range(len(names)) for when in ("before", "after")]
    if soak.SOAK:
        return every
    enough = [cut for cut in every if cut.at == 0 or (cut.when == "after" and names[cut.at] not in READS)]
    rest = [cut for cut in every if cut not in enough]
    return sorted([*enough, *random.Random(SEED).sample(rest, len(rest) // 8)])


# --- processes that end -------------------------------------------------------------------------------------------


def in_a_process(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do something in a process of its own: its exit code and what it came to."""
    end, start = os.pipe()
    child = os.fork()
    if not child:
        os.close(end)
        try:
            told = json.dumps(work())
        except BaseException as error:
            told = json.dumps([f"{type(error).__name__}: {error}"])
        os.write(start, told.encode())
        os._exit(0)
    os.close(start)
    with os.fdopen(end) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(told) if told else None


def main(arguments: Sequence[str], walk: type[Walk] = Walk) -> None:
    """End a process before and after each step, recover in another; print the steps and what was wrong.

    Where the client stays away, the steps that change something are enough: the others are those of a client that
    comes back.
    """
    home = Path(arguments[0])
    crashes, wrong = Crashes(home / "prepared", home, walk), list[str]()
    names, count = crashes.steps(), 0
    for back in (True, False):
        for cut in cuts(names, "exit"):
            if not back and names[cut.at] in READS and cut.at:
                continue
            count += 1
            told = f"cut {cut.when} step {cut.at} ({names[cut.at]}), client {'comes back' if back else 'stays away'}"
            folder = crashes.folder(told)
            code, came_to = in_a_process(lambda folder=folder, cut=cut: crashes.begin(folder, cut))
            if code != GONE:
                wrong.append(f"{told}: the process ended with {code}: {came_to}")
            _, problems = in_a_process(lambda folder=folder, back=back: crashes.recover(folder, comes_back=back))
            wrong += [f"{told}: {problem}" for problem in problems]
            shutil.rmtree(folder)
    print(json.dumps({"steps": names, "cuts": count, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1:])
