"""Interrupting a call by a timer, wherever it is by then: in the store, in its driver, in what waits for a server."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class InterruptedByTimer(KeyboardInterrupt):
    """What the timer raises: it is what the keyboard would raise, and drivers treat it so."""


def interrupted(seconds: float, work: Callable[[], object], *, becomes: tuple[type[Exception], ...] = ()) -> bool:
    """Do the work, interrupted after so many seconds; whether the interrupt came out of it.

    In the main thread it is a signal, which wakes up who waits for a socket too. In another thread it is raised at the
    next step of Python. An error of a type of ``becomes`` counts as the interrupt, since the work may have made one of
    it; what else the work raises comes out of here. Python swallows what is raised inside the garbage collector and
    reports it instead, so nothing is collected meanwhile; what the work has left in circles, such as a connection in a
    frame of its error, is collected at once afterwards.

    What Python swallows in ``__del__`` once the timer has gone off is not reported: the interrupt itself, which then
    does not come out, and the error of an object that was broken off while it was made and lacks what its ``__del__``
    looks at.
    """
    collects = gc.isenabled()
    timer = _Timer(seconds)
    gc.disable()
    try:
        with timer.unreported():
            came_out = timer.breaks_off(work, becomes)  # the error, and with it what its frames hold, ends in there
            gc.collect(0)  # nothing of the work is in an older generation
            return came_out
    finally:
        if collects:
            gc.enable()


class _Timer:
    """Interrupts one piece of work of the thread that makes it, once."""

    def __init__(self, seconds: float) -> None:
        self._thread = threading.get_ident()
        self._by_signal = threading.current_thread() is threading.main_thread() and hasattr(signal, "pthread_kill")
        self._armed = True
        self._gone_off = False
        self._begun = threading.Lock()  # is free once the clock has been started: what starts it is not interrupted
        self._begun.acquire()
        self._clock = threading.Timer(seconds, self._go_off)

    def breaks_off(self, work: Callable[[], object], becomes: tuple[type[Exception], ...]) -> bool:
        """Do the work; whether the interrupt came out of it."""
        before = signal.signal(signal.SIGUSR1, self._interrupt) if self._by_signal else None
        try:
            try:
                self._clock.start()
                self._begun.release()
                work()
            finally:
                self._armed = False
                self._clock.cancel()
                self._clock.join()
                if self._by_signal:
                    signal.signal(signal.SIGUSR1, before)
                else:
                    _end_what_is_on_its_way()
        except InterruptedByTimer:
            return True
        except becomes:
            return True
        return False

    def _go_off(self) -> None:
        with self._begun:
            self._gone_off = True
        if self._by_signal:
            signal.pthread_kill(self._thread, signal.SIGUSR1)
        else:
            _raise_in(self._thread, InterruptedByTimer)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise InterruptedByTimer

    @contextmanager
    def unreported(self) -> Iterator[None]:
        """Keep from being reported what Python swallows once the timer has gone off."""
        before = sys.unraisablehook

        def report(swallowed: sys.UnraisableHookArgs) -> None:
            if not self._gone_off:
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
