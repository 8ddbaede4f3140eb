"""The peak of memory of a variant of a bench, in a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys


def peak(file: str, name: str, rows: int, rounds: int) -> float:
    """MB of a process that runs a variant once; the median of some.

    Args:
        file: the bench, which prints it where ``--one`` names a variant.
        name: the variant.
        rows: how many rows it has.
        rounds: how many processes.
    """
    command = [sys.executable, file, "--one", name, "--rows", str(rows)]
    return statistics.median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)
    )
