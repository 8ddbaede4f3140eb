"""A bound on the cost of a question: steps that find nothing are counted, since no limit on results bounds them."""

from __future__ import annotations

from cantinekit.errors import RuleError

MAX_STEPS = 100_000
"""Of one question: starts that are left out, periods and leaps without a start, instances that COUNT has to count."""
MAX_COUNTING = 10 * MAX_STEPS
"""Of finding the last instance of one rule with COUNT, which is done once."""


class TooLongError(RuleError):
    """A search that took more steps than may be."""


class Effort:
    """How many steps that find nothing may still be taken; several questions may share one.

    ``steps``: so many, 100,000 unless it is said. ``left`` is how many remain.
    """

    __slots__ = ("left", "most")

    def __init__(self, steps: int | None = None) -> None:
        self.left = self.most = MAX_STEPS if steps is None else steps

    def spend(self, steps: int = 1) -> None:
        """Count steps.

        Args:
            steps: how many.

        Raises:
            TooLongError: there were more than may be.
        """
        self.left -= steps
        if self.left < 0:
            raise TooLongError(f"searched for long: {self.most} steps that found nothing; ask for a shorter window")

    def renew(self) -> None:
        """Something was found, and whoever asks may stop here."""
        self.left = self.most
