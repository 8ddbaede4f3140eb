"""A clock stands at an instant."""

from cantinekit import ManualClock

ManualClock("2026-03-02")  # mistake
