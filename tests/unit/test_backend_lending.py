"""Connections that are lent out."""

from __future__ import annotations

import os
import threading

import attrs
import pytest

from cantinekit.backends._lending import Lender
from cantinekit.errors import StorageError


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
    def open_one():
        opened.append(Line())
        return opened[-1]

    return Lender(open_one, Line.close, lambda line: line.healthy)


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

    def open_one():
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    lender = Lender(open_one, Line.close, lambda line: line.healthy)
    with pytest.raises(OSError, match="no"), lender.lend():
        pass
    with lender.lend() as line:
        assert not line.closed
