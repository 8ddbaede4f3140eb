"""Threads that ask for places: who comes first, and the places of before, at which late arrivals overtake."""

from __future__ import annotations

import threading
import time

from cantinekit.plugins.sql.fair import FairSemaphore


class Free(FairSemaphore):
    """FairSemaphore that are free for a moment when they are given back, and go to whoever asks in that moment."""

    def take(self, due=float("inf")):
        with self._lock:
            while self._most is not None and self.taken >= self._most:
                left = due - time.monotonic()
                if left <= 0 or self._shut:
                    return False
                self._free.wait(min(left, threading.TIMEOUT_MAX))
            self.taken += 1
            return True

    def give_back(self):
        with self._lock:
            self.taken -= 1
            self._free.notify()


def waiting(places):
    """How many wait, of whichever kind the places are."""
    return len(places._waiting) + len(places._free._waiters)


def eventually(there):
    """Wait for something that comes about by itself."""
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end
        time.sleep(0.001)


def queue(places, hold, works, late):
    """Run the works in threads that come one after the other while ``hold`` holds the place, and ``late`` right behind.

    ``places`` gives the places that they wait for, once there are any.
    """
    threads = []
    with hold():
        for number, work in enumerate(works, 1):
            threads.append(threading.Thread(target=work, daemon=True))
            threads[-1].start()
            eventually(lambda number=number: waiting(places()) == number)
    late()
    for thread in threads:
        thread.join(20)


def crowd(work, calls=200):
    """Twelve threads that call all the time, until they have made so many each, and twenty that call now and then.

    Gives the calls of each of the first on average, and those of the least of the others.
    """
    counts, begin = [0] * 32, threading.Barrier(32)

    def call(number):
        begin.wait(60)
        while sum(counts[:12]) < 12 * calls:
            work(number)
            counts[number] += 1
            if number >= 12:
                time.sleep(0.001)

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return sum(counts[:12]) / 12, min(counts[12:])
