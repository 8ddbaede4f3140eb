"""Stores that another process opens from a URL of the tests: functions that it can import."""

from __future__ import annotations

from cantinekit.backends.sqlite import SqliteStorage


def at(path: str, url: str) -> SqliteStorage:
    """The file of this path, whatever the URL says."""
    return SqliteStorage(path)


def named(url: str) -> SqliteStorage:
    """The file whose path is what comes behind the two slashes."""
    return SqliteStorage(url.partition("://")[2])


def named_after_a_slash(url: str) -> SqliteStorage:
    """The file whose path is what comes behind the three slashes, without options."""
    return SqliteStorage(url.partition("://")[2].removeprefix("/").partition("?")[0] or "x")


def noisy(path: str) -> SqliteStorage:
    """A store whose driver prints."""
    print('{"answer": "said by a driver"}', flush=True)
    return SqliteStorage(path)
