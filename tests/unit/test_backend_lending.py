"""Connections that are lent out."""

from __future__ import annotations

import os
import threading
import time

import attrs
import pytest

from cantinekit.errors import StorageError
from cantinekit.plugins.sql.pool import Limits, Pool


@attrs.define(eq=False)
class Line:
    """A connection that notes what happens to it."""

    healthy: bool = True
    closed: bool = False

    def close(self):
        self.closed = True


@pytest.fixture
def opened():
    return []


@pytest.fixture
def lender(opened):
    def open_one(due):
        opened.append(Line())
        return opened[-1]

    return Pool(open_one, Line.close, lambda line: line.healthy)


def test_one_after_the_other_is_the_same(lender, opened):
    """Calls one after the other, from any thread, use one connection."""
    for _ in range(3):
        with lender.lend():
            pass

    def work():
        with lender.lend():
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(opened) == 1


def test_two_at_once_are_two(lender, opened):
    """Two calls at once have a connection each, and both are kept for later."""
    with lender.lend() as one, lender.lend() as two:
        assert one is not two
    with lender.lend() as one, lender.lend() as two:
        assert {id(one), id(two)} == {id(line) for line in opened}


def test_an_error_gives_the_connection_back(lender, opened):
    """A call that raises gives its connection back."""
    with pytest.raises(ZeroDivisionError), lender.lend():
        raise ZeroDivisionError
    with lender.lend() as line:
        assert opened == [line]


def test_what_is_not_healthy_is_closed(lender, opened):
    """A connection that is broken at the end of a call is closed and not lent again."""
    with lender.lend() as line:
        line.healthy = False
    assert line.closed
    with lender.lend() as other:
        assert other is not line
    assert len(opened) == 2


def test_close_closes_what_is_idle_and_what_comes_back(lender):
    """After close nothing is lent, and what was out is closed when it comes back."""
    with lender.lend() as idle:
        pass
    with lender.lend() as first, lender.lend() as second:
        assert first is idle
        second.healthy = True
        lender.close()
        assert not first.closed
    assert first.closed
    assert second.closed
    with pytest.raises(StorageError, match="closed"), lender.lend():
        pass
    lender.close()


def test_drop_idle_keeps_what_is_out(lender, opened):
    """Dropping the idle connections leaves the ones in use alone."""
    with lender.lend() as one:
        with lender.lend() as two:
            pass
        lender.drop_idle()
        assert two.closed
        assert not one.closed
    with lender.lend() as line:
        assert line is one
    assert len(opened) == 2


def test_another_process_neither_uses_nor_closes_them(lender, opened, monkeypatch):
    """After a fork the child opens its own connections and leaves those of the parent alone, even when it closes."""
    with lender.lend() as parents:
        pass
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with lender.lend() as childs:
        assert childs is not parents
    lender.close()
    assert childs.closed
    assert not parents.closed
    assert len(opened) == 2


def test_a_connection_that_cannot_be_opened_is_not_kept(opened):
    """An error while opening reaches the caller, and the next call tries again."""
    answers = [OSError("no"), Line()]

    def open_one(due):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    lender = Pool(open_one, Line.close, lambda line: line.healthy)
    with pytest.raises(OSError, match="no"), lender.lend():
        pass
    with lender.lend() as line:
        assert not line.closed


# --- limits ---


def limited(opened, **limits):
    def open_one(due):
        opened.append(Line())
        return opened[-1]

    return Pool(
        open_one, Line.close, lambda line: line.healthy, usable=lambda line: line.healthy, limits=Limits(**limits)
    )


def test_no_more_than_the_most_are_open(opened):
    """With a limit, threads share: never more are open than that, and each gets its turn."""
    lender, at_once, seen = limited(opened, most=3), 0, []
    lock = threading.Lock()

    def work():
        nonlocal at_once
        for _ in range(20):
            with lender.lend(time.monotonic() + 20):
                with lock:
                    at_once += 1
                    seen.append(at_once)
                time.sleep(0.0005)
                with lock:
                    at_once -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 240
    assert max(seen) == 3
    assert len(opened) == 3


def test_whoever_waits_too_long_is_told(opened):
    """Where no connection comes free in time the error is retryable, and the place is free again afterwards."""
    lender = limited(opened, most=1)
    with lender.lend():
        begun = time.monotonic()
        with pytest.raises(StorageError, match="came free") as refusal, lender.lend(begun + 0.1):
            pass
        assert 0.1 <= time.monotonic() - begun < 20
        assert refusal.value.retryable
    with lender.lend(time.monotonic()):
        pass
    assert len(opened) == 1


def test_a_place_comes_free_when_opening_fails(opened):
    """A connection that cannot be opened takes no place for ever."""
    answers = [OSError("no"), Line()]

    def open_one(due):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    lender = Pool(open_one, Line.close, lambda line: True, limits=Limits(most=1))
    with pytest.raises(OSError, match="no"), lender.lend():
        pass
    with lender.lend(time.monotonic() + 1):
        pass


def test_a_connection_that_broke_while_idle_is_replaced(opened):
    """What is no longer usable is closed instead of lent, and the next one is tried."""
    lender = limited(opened, most=2)
    with lender.lend() as one, lender.lend() as two:
        pass
    one.healthy = False
    with lender.lend() as line, lender.lend() as other:
        assert {id(line), id(other)} == {id(two), id(opened[2])}
    assert one.closed
    assert len(opened) == 3


def test_what_nobody_needs_is_closed(opened, monkeypatch):
    """What was idle for too long is closed when another one comes back, but not below the number that is kept."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    lender = limited(opened, keep=2, idle=10.0)
    with lender.lend(), lender.lend(), lender.lend(), lender.lend():
        pass
    now[0] += 11
    with lender.lend():
        pass
    assert [line.closed for line in opened].count(True) == 2
    now[0] += 1000
    with lender.lend():
        pass
    assert [line.closed for line in opened].count(True) == 2


def test_an_old_one_is_closed_when_it_comes_back(opened, monkeypatch):
    """A connection does not live longer than its lifetime, however much it is used."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    lender = limited(opened, lifetime=10.0)
    for _ in range(4):
        with lender.lend():
            now[0] += 4
    assert [line.closed for line in opened] == [True, False]


def test_as_many_as_are_kept_are_opened(opened):
    """fill opens the connections that are kept in any case."""
    lender = limited(opened, keep=3)
    lender.fill()
    assert len(opened) == 3
    with lender.lend(), lender.lend(), lender.lend():
        pass
    assert len(opened) == 3


def test_close_waits_for_what_is_out(opened):
    """close waits until what is lent out has come back and is closed, but no longer than it is told to."""
    lender, release = limited(opened, most=1), threading.Event()

    def work():
        with lender.lend():
            release.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    while not opened:
        time.sleep(0.001)
    begun = time.monotonic()
    lender.close(wait=0.05)
    assert 0.05 <= time.monotonic() - begun < 15
    assert not opened[0].closed
    threading.Timer(0.1, release.set).start()
    lender.close(wait=20)
    assert opened[0].closed
    thread.join(20)


def test_close_tells_those_who_wait(opened):
    """Whoever waits for a connection when the lender is closed is told that it is closed."""
    lender, told = limited(opened, most=1), []

    def work():
        try:
            with lender.lend(time.monotonic() + 20):
                pass
        except StorageError as error:
            told.append(str(error))

    with lender.lend():
        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.05)
        lender.close()
        thread.join(20)
    assert told == ["the store is closed"]


def test_a_place_that_comes_free_wakes_who_waits(opened):
    """Who waits gets the place of a connection that was closed at once, and does not sit out its time."""
    lender, waited = limited(opened, most=1), []

    def work():
        begun = time.monotonic()
        with lender.lend(begun + 60):
            waited.append(time.monotonic() - begun)

    with lender.lend() as broken:
        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.1)
        broken.healthy = False
    thread.join(90)
    assert broken.closed
    assert waited[0] < 30


def test_the_last_one_returned_is_lent_first(opened):
    """What is used stays in use, so that the ones that nobody needs grow old."""
    lender = limited(opened)
    with lender.lend() as last, lender.lend() as first:
        pass
    with lender.lend() as line:
        assert line is last
        assert line is not first


def test_who_waits_without_end_waits(opened):
    """Without a time by which it has to be done the caller waits, however long that is."""
    lender, got = limited(opened, most=1), []

    def work():
        with lender.lend() as line:
            got.append(line)

    with lender.lend():
        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.05)
    thread.join(20)
    assert got == opened


def test_a_connection_that_cannot_be_closed_takes_no_place(opened):
    """An error while closing reaches the caller, and another connection is opened all the same."""

    def fail(line):
        raise OSError("no")

    def open_one(due):
        opened.append(Line())
        return opened[-1]

    lender = Pool(open_one, fail, lambda line: line.healthy, limits=Limits(most=1))
    with pytest.raises(OSError, match="no"), lender.lend() as line:
        line.healthy = False
    with lender.lend(time.monotonic() + 1):
        pass
    assert len(opened) == 2
