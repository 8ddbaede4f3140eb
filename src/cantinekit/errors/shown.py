"""Values from outside, shortened so that an error may repeat them."""

from __future__ import annotations

MAX_SHOWN = 60
"""How many characters of a value a message repeats."""
MAX_MESSAGE = 2_000
"""How many characters the message of an error has."""
_HUGE = 10**40
"""Beyond it an integer is no number that anybody reads, and beyond 4,300 digits Python does not write it."""


def shown(value: object, limit: int = MAX_SHOWN) -> str:
    """The ``repr`` of a value for a message; a long one is cut, with its length. It never raises.

    Args:
        value: any value.
        limit: the most characters of it that are repeated.
    """
    if isinstance(value, str):
        return repr(value) if len(value) <= limit else f"{value[:limit]!r}... ({len(value)} characters)"
    if isinstance(value, bytes | bytearray):
        return repr(value) if len(value) <= limit else f"{bytes(value[:limit])!r}... ({len(value)} bytes)"
    if isinstance(value, int) and not -_HUGE < value < _HUGE:
        return f"an integer of {value.bit_length()} bits"
    try:
        return cut(repr(value), limit)
    except Exception:  # the repr of somebody else's value; a list may be deeper than the stack
        return f"a {type(value).__name__}"


def cut(text: str, limit: int = MAX_MESSAGE) -> str:
    """A text, cut at a number of characters, with its full length where it was longer.

    Args:
        text: any text.
        limit: the most characters of it that are kept.
    """
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
