"""A traceback for the log without the text of the exception, which may hold other people's data.

A database driver writes the values of the row into its message, a mail server the address, a gateway what it was sent.
So no text of an exception that was raised elsewhere goes into a log; its type and its places in the code do.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

MOST_PLACES = 8
MOST_CAUSES = 5


def safe_traceback(error: BaseException) -> str:
    """The type of an exception and where it was raised, innermost place first, and the same for its causes; no text.

    Args:
        error: the exception, with its traceback.
    """
    return "; from ".join(f"{_type(one)} at {_places(one)}" for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(MOST_CAUSES):  # a chain may be a ring
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _type(error: BaseException) -> str:
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_PLACES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
    return " < ".join(places) or "no place"
