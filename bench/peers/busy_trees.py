"""What is taken of rooms as an interval tree for each room, by the package intervaltree: nothing of this library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from intervaltree import Interval, IntervalTree


class Trees:
    """A tree for each room."""

    def __init__(self, rooms: Sequence[Iterable[tuple[int, int]]]) -> None:
        self.trees = [IntervalTree(Interval(start, end) for start, end in room) for room in rooms]

    def free(self, start: int, end: int) -> list[int]:
        """The rooms that are free from start to end."""
        return [room for room, tree in enumerate(self.trees) if not tree.overlaps(start, end)]
