"""Dates are dates, and no texts."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.RetrySkipped("ser", dates=["2026-03-02"])  # mistake
