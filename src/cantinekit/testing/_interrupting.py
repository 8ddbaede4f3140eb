"""Interrupting a call by a timer, wherever it is by then: in the store, in its driver, in what waits for a server."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType


class InterruptedByTimer(KeyboardInterrupt):
    """What the timer raises: it is what the keyboard would raise, and drivers treat it so."""


def interrupted(seconds: float, work: Callable[[], object]) -> bool:
    """Do the work, interrupted after so many seconds; whether the interrupt came out of it.

    In the main thread it is a signal, which wakes up who waits for a socket too. In another thread it is raised at the
    next step of Python. What else the work raises comes out of here. Python swallows what is raised inside the garbage
    collector and reports it instead, so nothing is collected meanwhile; what the work has left in circles, such as a
    connection in a frame of its error, is collected at once afterwards. An interrupt that comes while an object is
    finalized is swallowed too: it does not come out, and it is not reported.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        with _unreported():
            return _interrupted(seconds, work)
    finally:
        if collects:
            gc.enable()
        gc.collect(0)  # nothing of the work is in an older generation


def _interrupted(seconds: float, work: Callable[[], object]) -> bool:
    this = threading.get_ident()
    by_signal = threading.current_thread() is threading.main_thread() and hasattr(signal, "pthread_kill")
    armed = True

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise InterruptedByTimer

    if by_signal:
        before = signal.signal(signal.SIGUSR1, interrupt)
        timer = threading.Timer(seconds, partial(signal.pthread_kill, this, signal.SIGUSR1))
    else:
        timer = threading.Timer(seconds, partial(_raise_in, this, InterruptedByTimer))
    try:
        try:
            timer.start()
            work()
        finally:
            armed = False
            timer.cancel()
            timer.join()
            if by_signal:
                signal.signal(signal.SIGUSR1, before)
            else:
                _end_what_is_on_its_way()
    except InterruptedByTimer:
        return True
    return False


@contextmanager
def _unreported() -> Iterator[None]:
    """Keep an interrupt that Python swallows in ``__del__`` from being reported as a fault of the work."""
    before = sys.unraisablehook

    def report(swallowed: sys.UnraisableHookArgs) -> None:
        if swallowed.exc_type is not InterruptedByTimer:
            before(swallowed)

    sys.unraisablehook = report
    try:
        yield
    finally:
        sys.unraisablehook = before


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Have a thread raise this at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _end_what_is_on_its_way() -> None:
    """Have an interrupt that this thread has not raised yet come here, and go no further.

    To take it back (``PyThreadState_SetAsyncExc`` with nothing) would leave Python 3.11 looking for it at each step for
    the rest of the process, and a function that is called under ``sys.setprofile`` would never begin.
    """
    try:
        for _ in range(100):  # a step backwards is where Python looks
            pass
    except InterruptedByTimer:
        pass
