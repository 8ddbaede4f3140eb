"""The file of ``fake://``: what an access costs, what survives a kill, and files of before."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from cantinekit.backends.payments import FakeCharge, FakeGateway
from cantinekit.backends.payments._ledger import Ledger, ScriptedLedger
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, RefundRequest
from cantinekit.testing.fakebank._notebook import Notebook

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TORN = b'{"charges":{"half":{"key":"ha'


def charge(number: int) -> ChargeRequest:
    return ChargeRequest(f"k{number:06d}", Money(1000, "EUR"), "c-1", "e-1", "a day")


def opened(path: Path, *, charges: int = 0) -> FakeGateway:
    gateway = FakeGateway(["pending"], state=path, clock=ManualClock(NOW))
    for number in range(charges):
        gateway.charge(charge(number))
    return gateway


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fake.json"


# --- costs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each parse was given."""
    found: list[int] = []
    parse = ScriptedLedger.read

    def counted(text: bytes) -> ScriptedLedger:
        found.append(len(text))
        return parse(text)

    monkeypatch.setattr(ScriptedLedger, "read", counted)
    return found


def test_an_access_costs_the_same_after_many_payments(path: Path, parsed: list[int]) -> None:
    """A charge, a payment on a page and a lookup write and parse as many bytes after a hundred payments as after three.

    Two gateways have the file: each parses a line once, and nothing where the file is as it was.
    """
    house, bank = opened(path, charges=3), opened(path)
    costs = []
    for before in (3, 100):
        for number in range(len(house.charges), before):
            house.charge(charge(number))
        assert house.lookup("k000000") == bank.lookup("k000000")
        size, file = path.stat().st_size, path.stat().st_ino
        parsed.clear()
        house.charge(charge(900_000 + before))
        bank.settle(f"k{900_000 + before:06d}")
        for _ in range(3):
            assert house.lookup(f"k{900_000 + before:06d}") == bank.lookup(f"k{900_000 + before:06d}")
            assert len(house.charges) == len(bank.charges) == before + 1
        assert path.stat().st_ino == file
        costs.append((path.stat().st_size - size, len(parsed), sum(parsed)))
    few, many = costs
    assert few[1] == many[1] == 4
    digits = 8  # of the steps of the script, in each of the lines
    assert few[0] <= many[0] <= few[0] + digits
    assert few[2] <= many[2] <= few[2] + 2 * digits


def test_the_control_parses_everything(path: Path, parsed: list[int]) -> None:
    """The control: a gateway that has read nothing yet parses the whole file."""
    opened(path, charges=30)
    parsed.clear()
    assert len(opened(path).charges) == 30
    assert len(parsed) == 30
    assert sum(parsed) > path.stat().st_size // 2


# --- several at once -------------------------------------------------------------------------------------------------


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process changes the file, and takes its time."""
    handle = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def test_readers_do_not_wait(path: Path) -> None:
    """Who looks gets an answer while somebody changes the file; the control: who changes it waits for its turn."""
    gateway = opened(path, charges=2)
    with ThreadPoolExecutor() as threads:
        with locked(path):
            waits = threads.submit(gateway.charge, charge(2))
            assert gateway.lookup("k000001") is not None
            assert len(opened(path).charges) == 2
            assert not waits.done()
        assert waits.result(30).status == "pending"
    assert len(gateway.charges) == 3


WRITER = """
import sys
from pathlib import Path
from cantinekit.backends.payments import FakeGateway
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest
gateway = FakeGateway(state=Path(sys.argv[1]))
for number in range(100_000):
    gateway.charge(ChargeRequest(f"k{number:06d}", Money(1000, "EUR"), "c", "e"))
    print(f"k{number:06d}", flush=True)
"""


def test_a_kill_loses_nothing_that_was_answered(path: Path) -> None:
    """Somebody reads all the while, and never sees less than what was answered, nor a file that is half written.

    Killed in the middle, the writer leaves all the charges that it was answered with, and others can go on.
    """
    reader = FakeGateway(state=path)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered: list[str] = []
        for line in writer.stdout:
            answered.append(line.strip())
            assert {one.key for one in reader.charges} >= set(answered)
            if len(answered) == 40:
                writer.send_signal(signal.SIGKILL)
                break
        answered += writer.stdout.read().split()
    for gateway in (reader, FakeGateway(state=path)):
        keys = [one.key for one in gateway.charges]
        assert keys[: len(answered)] == answered
        assert len(keys) <= len(answered) + 1
    assert reader.charge(charge(900_000)).status == "settled"
    assert len(FakeGateway(state=path).charges) == len(keys) + 1


def test_half_a_line_is_nothing(path: Path) -> None:
    """What a killed process left half written is not read, and not glued to the next line either."""
    reader = opened(path, charges=2)
    with path.open("ab") as file:
        file.write(TORN)
    for gateway in (reader, opened(path)):
        assert [one.key for one in gateway.charges] == ["k000000", "k000001"]
    opened(path).charge(charge(2))
    opened(path).charge(charge(3))
    assert TORN not in path.read_bytes()
    assert [one.key for one in reader.charges] == [one.key for one in opened(path).charges]
    assert len(reader.charges) == 4


def test_a_damaged_line_is_an_error(path: Path) -> None:
    """The control: a whole line that says nothing is no half line; the file is not taken for another, nor changed."""
    gateway = opened(path, charges=2)
    with path.open("ab") as file:
        file.write(TORN + b"\n")
    damaged = path.read_bytes()
    for one in (gateway, opened(path)):
        for call in (one.lookup, lambda key, one=one: one.charge(charge(5))):
            with pytest.raises(GatewayError, match="cannot be read") as caught:
                call("k000000")
            assert not caught.value.retryable
    assert path.read_bytes() == damaged


def test_another_file_in_its_place(path: Path, tmp_path: Path) -> None:
    """A file that was taken away, cut or put in place of another is read anew."""
    gateway = opened(path, charges=3)
    three = path.read_bytes()
    opened(tmp_path / "other.json", charges=5)
    (tmp_path / "other.json").replace(path)
    assert len(gateway.charges) == 5
    path.write_bytes(three)
    assert len(gateway.charges) == 3
    path.write_bytes(three[: three.rindex(b"\n", 0, -1) + 1])
    assert len(gateway.charges) == 2
    path.unlink()
    assert gateway.charges == ()
    gateway.charge(charge(7))
    assert [one.key for one in opened(path).charges] == ["k000007"]


def change_and_raise(ledger: Ledger) -> None:
    with ledger.open() as book:
        book.charge_steps = 7
        book.charges["k"] = FakeCharge("k", 1000, "EUR", "pending", "ch_1", "")
        book.charges["j"] = book.charges["unknown"]


@pytest.mark.parametrize("in_a_file", [False, True])
def test_nothing_of_a_block_that_raises(path: Path, in_a_file: bool) -> None:
    """Who raises has changed nothing, in memory as in a file."""
    ledger = Ledger(path if in_a_file else None)
    with pytest.raises(KeyError):
        change_and_raise(ledger)
    with ledger.look() as book:
        assert (book.charge_steps, book.charges) == (0, {})
    assert not path.exists()


# --- files of before -------------------------------------------------------------------------------------------------


def test_a_file_of_before(path: Path, tmp_path: Path) -> None:
    """A file that is one JSON object is read as it is, and the next change makes lines of it; nothing is lost."""
    memory = FakeGateway(["pending", "declined", "settled"], clock=ManualClock(NOW))
    for number in range(2):
        memory.charge(charge(number))
    memory.settle("k000000")
    memory.refund(RefundRequest("r1", "k000000", "", Money(400, "EUR")))
    path.write_text(json.dumps(attrs.asdict(memory._ledger._book), indent=1), encoding="utf-8")
    before = path.read_bytes()
    gateway, other = (FakeGateway(["pending", "declined", "settled"], state=path) for _ in range(2))
    assert (gateway.charges, gateway.refunds) == (memory.charges, memory.refunds)
    assert other.lookup("k000000") == memory.lookup("k000000")
    assert path.read_bytes() == before
    assert gateway.charge(charge(2)).status == "settled"
    assert path.read_bytes().startswith(b'{"fake_ledger":')
    assert other.charges[:2] == memory.charges
    assert (len(other.charges), other.refunds) == (3, memory.refunds)


# --- what the bank notes ---------------------------------------------------------------------------------------------


def test_a_webhook_that_was_taken_is_one_line(tmp_path: Path) -> None:
    """Noting a webhook adds its line, however many there were, and is read again."""
    path = tmp_path / "bank.json.bank"
    notes, lines = Notebook(path), tmp_path / "bank.json.bank.told"
    for number in range(50):
        notes.tell(f"ch_{number:02d}")
    before = lines.stat().st_size
    notes.tell("ch_50")
    assert lines.stat().st_size == before + len("ch_50\n")
    notes.put_off("ch_60", NOW + timedelta(hours=1))
    again = Notebook(path)
    assert again.told == notes.told
    assert len(again.told) == 51
    assert again.late(NOW + timedelta(hours=2)) == ["ch_60"]


def test_half_a_note_is_ended(tmp_path: Path) -> None:
    """What was left half written is another webhook's name at most: the one noted next is whole."""
    path = tmp_path / "bank"
    Notebook(path).tell("ch_1")
    with path.with_name("bank.told").open("a") as file:
        file.write("ch_")
    Notebook(path).tell("ch_2")
    assert {"ch_1", "ch_2"} <= Notebook(path).told
