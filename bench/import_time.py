"""What ``import cantinekit`` costs, beside attrs and pluggy, each in a fresh interpreter; the least of several runs.

All of them have their bytecode, as after an installation with pip, whatever the environment says about writing it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from itertools import cycle, islice

TARIFF = """[tariff]
id = "t"
currency = "EUR"
timezone = "UTC"
[product.day.rate]
price = 7.00
"""
FIRST = "from cantinekit.pricing import Item, Tariff; Tariff.load({!r}).quote(Item('day'))"
PROGRAMS = {
    "an empty program": "",
    "attrs and pluggy": "import attrs, pluggy",
    "cantinekit": "import cantinekit",
    "cantinekit.Money": "from cantinekit import Money",
    "cantinekit.pricing": "import cantinekit.pricing",
    "cantinekit.scheduling": "import cantinekit.scheduling",
    "scheduling.recurrence": "import cantinekit.scheduling.recurrence",
    "Tariff, Item, Order, State": "from cantinekit.pricing import Tariff, Item, Order, State",
    "a list, and its first quote": FIRST.format(TARIFF),
    "cantinekit.Registry, loaded": "from cantinekit import Registry; Registry.load(entry_points=False)",
    "cantinekit.Cantine": "from cantinekit import Cantine",
}
FRAME = "import time; begun = time.perf_counter()\n{}\nprint(time.perf_counter() - begun)"


def costs(rounds: int) -> dict[str, float]:
    """The least times in milliseconds; the programs take turns."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        known["PYTHONPYCACHEPREFIX"] = folder
        for name, program in islice(cycle(PROGRAMS.items()), (rounds + 1) * len(PROGRAMS)):
            command = [sys.executable, "-c", FRAME.format(program)]
            spent = float(subprocess.run(command, capture_output=True, check=True, env=known).stdout) * 1000
            found[name] = min(found.get(name, spent), spent)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    found = costs(rounds)
    base = found["attrs and pluggy"]
    print(
        f"Python {sys.version.split()[0]}, least of {rounds} runs; the bar for cantinekit is 1.5 times attrs and pluggy"
    )
    for name, spent in found.items():
        print(f"{name:<30} {spent:8.1f} ms   {spent / base:5.2f} x")


if __name__ == "__main__":
    main()
