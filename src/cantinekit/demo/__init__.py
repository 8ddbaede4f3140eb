"""The demonstration: one day in an invented network of cantines, played through the public API; then, in another
house, a month of a member, a hall that is let for an evening, and the end of a month.

It is made of two halves that meet only in the store. ``play`` gives commands, on a clock that is set by hand, so that
it is always the same Tuesday. ``tell`` prints what the store says of each moment. Because nothing that was
in the memory of the first half is printed, ``cantinekit demo --replay DB`` in another process prints the same bytes.

Two things are told that no store keeps as such: refusals, which change nothing, and the texts of messages. How they are
had again is described in ``_archive``. What is watched at a terminal has pauses and bars on top; what goes to a file or
a pipe has neither.
"""

from __future__ import annotations

from cantinekit.demo._run import main

__all__ = ["main"]
