"""The timer of the storage kit: it interrupts what it is given, and nothing else."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from functools import partial

import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.testing import run_storage_contract
from cantinekit.testing._interrupting import InterruptedByTimer, interrupted

SOON = 0.4
"""Seconds by which the work is where it is to be interrupted, whatever else the machine does."""
PROMISE = "test_a_change_that_a_timer_breaks_off_leaves_nothing"


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def elsewhere(work):
    """What it gives in a thread that is not the main one."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(250)
    return found[0]


@pytest.mark.parametrize("where", [lambda work: work(), elsewhere], ids=["main", "another"])
def test_work_is_interrupted_by_the_timer(where):
    """Work that takes longer is interrupted, in the main thread and in another; what ends in time is not."""

    def tries():
        begun = time.monotonic()
        assert interrupted(0.05, partial(spin, 20))
        assert time.monotonic() - begun < 10
        assert not interrupted(20, partial(spin, 0.01))
        for number in range(200):  # an interrupt that comes when the work is over is nobody's
            interrupted(0.0001 * (number % 10), partial(spin, 0.0005))
        spin(0.05)
        return True

    assert where(tries)


class Finalized:
    """An object that is being finalized for as long as nothing interrupts that."""

    def __del__(self):
        spin(20)


class HalfMade:
    """An object that is broken off while it is made, and cannot be finalized without what it then lacks."""

    def __init__(self):
        spin(20)
        self.open = False

    def __del__(self):
        if self.open:
            raise AssertionError


class Other(Exception):
    """What the work makes of an interrupt; its frames hold what the work had made."""


def finalize():
    Finalized()


def make_half():
    HalfMade()


def make_half_as_another():
    try:
        HalfMade()
    except InterruptedByTimer as error:
        raise Other from error


def leave_half_in_a_circle():
    circle = []
    circle.append(circle)
    made = HalfMade.__new__(HalfMade)
    circle.append(made)
    made.__init__()


@pytest.fixture
def reported(monkeypatch):
    """The errors that Python swallowed and reported, so far."""
    found = []
    monkeypatch.setattr("sys.unraisablehook", lambda swallowed: found.append(swallowed.exc_type))
    return found


@pytest.mark.parametrize("where", [lambda work: work(), elsewhere], ids=["main", "another"])
def test_what_is_swallowed_in_a_finalizer_is_not_reported(where, reported, monkeypatch):
    """An interrupt inside ``__del__`` does not come out and is not reported; what is swallowed there before it is."""
    assert not where(partial(interrupted, SOON, finalize))
    assert reported == []
    monkeypatch.setattr(Finalized, "__del__", lambda self: 1 / 0)
    assert not where(partial(interrupted, 20, finalize))
    assert reported == [ZeroDivisionError]


@pytest.mark.parametrize("where", [lambda work: work(), elsewhere], ids=["main", "another"])
@pytest.mark.parametrize("work", [make_half, make_half_as_another, leave_half_in_a_circle])
def test_what_is_broken_off_while_it_is_made_is_not_reported(work, where, reported):
    """An object that the interrupt left half made may fail in its ``__del__``, wherever it is kept."""
    assert where(partial(interrupted, SOON, work, becomes=(Other,)))
    gc.collect()
    assert reported == []


@pytest.mark.parametrize(
    ("work", "reports"),
    [(finalize, InterruptedByTimer), (make_half, AttributeError), (leave_half_in_a_circle, AttributeError)],
)
def test_a_finalizer_would_report_the_interrupt(work, reports, reported, monkeypatch):
    """Control: without that, the interrupt and what it left half made are reported as errors that nobody raised."""
    monkeypatch.setattr("cantinekit.testing._interrupting._Timer.unreported", lambda timer: nullcontext())
    interrupted(SOON, work)
    assert reported == [reports]


def test_another_error_comes_out_where_it_is_not_named():
    """What the work makes of an interrupt comes out, unless ``becomes`` names it."""

    def work():
        try:
            spin(20)
        except InterruptedByTimer as error:
            raise Other from error

    assert interrupted(SOON, work, becomes=(Other,))
    with pytest.raises(Other):
        interrupted(SOON, work)


@pytest.mark.parametrize("where", [lambda work: work(), elsewhere], ids=["main", "another"])
def test_what_starts_the_timer_is_not_interrupted(where, monkeypatch):
    """A timer that is over before it has been started interrupts the work, and not the locks of its start."""
    wait = threading.Event.wait

    def held_up(event, timeout=None):
        if timeout is None:  # whoever has started a thread waits until it runs
            with event._cond:
                event._cond.release()
                spin(0.1)
                event._cond.acquire()
        return wait(event, timeout)

    monkeypatch.setattr(threading.Event, "wait", held_up)
    assert where(partial(interrupted, 0.0, partial(spin, 20)))


def test_who_waits_is_interrupted_too():
    """In the main thread a call that only waits ends when the timer is over."""
    begun = time.monotonic()
    assert interrupted(0.05, partial(time.sleep, 20))
    assert time.monotonic() - begun < 10


def test_the_timer_leaves_the_signals_as_they_were():
    """A handler of the host for the signal is there again, and what the work raises comes out."""
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    try:
        with pytest.raises(ZeroDivisionError):
            interrupted(20, lambda: 1 / 0)
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == [signal.SIGUSR1]


def test_memory_takes_back_what_was_broken_off(monkeypatch):
    """The store in memory keeps the promise in the main thread and in another; the control: without its undo it does
    not."""

    def broken():
        return run_storage_contract(MemoryStorage, only=[PROMISE], scale=0.02)[0].trace

    assert broken() == ""
    assert elsewhere(broken) == ""
    monkeypatch.setattr(MemoryStorage, "_undo", lambda *of: None)
    assert any(broken() for _ in range(10)), "no change was ever broken off in its middle"


PROFILED = """
import sys, threading, time
from cantinekit.testing._interrupting import interrupted
def work():
    end = time.monotonic() + 0.0005
    while time.monotonic() < end:
        pass
def tries():
    for number in range(300):
        interrupted(0.0001 * (number % 10), work)
thread = threading.Thread(target=tries)
thread.start()
thread.join()
sys.setprofile(lambda *what: None)
work()
sys.setprofile(None)
print("done")
"""


def test_nothing_of_an_interrupt_is_left_behind():
    """After interrupts in another thread a process can be profiled: nothing is on its way to anybody any more."""
    done = subprocess.run([sys.executable, "-c", PROFILED], capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later versions of Python do not look for it for ever")
def test_without_that_a_profiled_process_stands_still():
    """Control: where an interrupt is taken back instead, a function that is profiled never begins."""
    taken_back = PROFILED.replace(
        "thread.join()",
        "thread.join()\nimport ctypes\n"
        "ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), ctypes.py_object())",
    )
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", taken_back], capture_output=True, timeout=5, check=False)
