"""What ``import cantinekit`` costs, beside attrs and pluggy, each in a fresh interpreter; the least of several runs."""

from __future__ import annotations

import subprocess
import sys

ROUNDS = 15
PROGRAMS = {
    "an empty program": "",
    "attrs and pluggy": "import attrs, pluggy",
    "cantinekit": "import cantinekit",
    "cantinekit.Money": "from cantinekit import Money",
    "cantinekit.pricing": "import cantinekit.pricing",
    "cantinekit.Registry, loaded": "from cantinekit import Registry; Registry.load(entry_points=False)",
    "cantinekit.Cantine": "from cantinekit import Cantine",
}
FRAME = "import time; begun = time.perf_counter()\n{}\nprint(time.perf_counter() - begun)"


def cost(program: str) -> float:
    """The least time in milliseconds."""
    command = [sys.executable, "-c", FRAME.format(program)]
    return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(ROUNDS)) * 1000


def main() -> None:
    costs = {name: cost(program) for name, program in PROGRAMS.items()}
    base = costs["attrs and pluggy"]
    print(
        f"Python {sys.version.split()[0]}, least of {ROUNDS} runs; the bar for cantinekit is 1.5 times attrs and pluggy"
    )
    for name, spent in costs.items():
        print(f"{name:<30} {spent:8.1f} ms   {spent / base:5.2f} x")


if __name__ == "__main__":
    main()
