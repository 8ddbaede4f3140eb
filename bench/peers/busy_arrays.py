"""What is taken of rooms as bare arrays of starts and ends with bisect, and as lists: nothing of this library.

Times are integers. Each room has its bookings in order; they do not overlap.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

Booking = tuple[int, int]


class Arrays:
    """Two arrays for each room."""

    def __init__(self, rooms: Sequence[Iterable[Booking]]) -> None:
        self.starts = [array("q", [start for start, _ in room]) for room in rooms]
        self.ends = [array("q", [end for _, end in room]) for room in rooms]

    def free(self, start: int, end: int) -> list[int]:
        """The rooms that are free from start to end."""
        found = []
        for room, (starts, ends) in enumerate(zip(self.starts, self.ends, strict=True)):
            place = bisect_right(ends, start)
            if place == len(ends) or starts[place] >= end:
                found.append(room)
        return found

    def first_free(
        self, windows: Sequence[tuple[int, int]], length: int, rooms: Sequence[int]
    ) -> tuple[int, int] | None:
        """The room that is free the earliest for so long within a window, and from when."""
        columns = [(room, self.starts[room], self.ends[room]) for room in rooms]
        for start, end in windows:
            best, who = end - length + 1, -1
            for room, starts, ends in columns:
                place, at, many = bisect_right(ends, start), start, len(ends)
                while at < best:
                    if place == many or starts[place] >= at + length:
                        best, who = at, room
                        break
                    at = ends[place]
                    place += 1
                if best == start:
                    break
            if who >= 0:
                return who, best
        return None


class Lists:
    """Two lists for each room, which is what ``list.insert`` and bisect keep in order."""

    def __init__(self, rooms: Sequence[Iterable[Booking]]) -> None:
        self.starts = [[start for start, _ in room] for room in rooms]
        self.ends = [[end for _, end in room] for room in rooms]

    def insert(self, room: int, start: int, end: int) -> None:
        """Take a room from start to end."""
        place = bisect_left(self.starts[room], start)
        self.starts[room].insert(place, start)
        self.ends[room].insert(place, end)

    def remove(self, room: int, start: int, end: int) -> None:
        """Give it back."""
        place = bisect_left(self.starts[room], start)
        if self.starts[room][place] != start or self.ends[room][place] != end:
            raise LookupError(start)
        del self.starts[room][place]
        del self.ends[room][place]
