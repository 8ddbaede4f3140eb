"""Webhooks that were not taken, each with the time until which it rests."""

from __future__ import annotations


class Resting:
    """Which webhooks are not brought for now: each rests the longer the more often it was not taken, up to a bound.

    Args:
        first: how many seconds one rests that was not taken once; each time twice as long.
        longest: the most seconds.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._until: dict[str, float] = {}
        self._pause: dict[str, float] = {}

    def lay(self, token: str, now: float) -> None:
        """A webhook was not taken.

        Args:
            token: its name.
            now: the present second of a clock that does not go back.
        """
        pause = min(2 * self.pause(token), self._longest) or self._first
        self._pause[token], self._until[token] = pause, now + pause

    def pause(self, token: str) -> float:
        """How many seconds a webhook rested last; 0 for one that was never brought in vain.

        Args:
            token: its name.
        """
        return self._pause.get(token, 0.0)

    def at(self, now: float) -> frozenset[str]:
        """The names of those that rest.

        Args:
            now: the present second.
        """
        return frozenset(token for token, until in self._until.items() if now < until)

    def ends_in(self, now: float) -> float:
        """In how many seconds the first of those that rest is to be brought; without end where none rests.

        Args:
            now: the present second.
        """
        return min((until - now for until in self._until.values() if now < until), default=float("inf"))

    def forget(self, token: str) -> None:
        """A webhook was taken: it does not come again.

        Args:
            token: its name.
        """
        self._until.pop(token, None)
        self._pause.pop(token, None)
