"""The table of a run with faults; see ``test_faults``."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from importlib import metadata

from support.postgres.cluster import programs


def pytest_report_header() -> list[str]:
    """On what it runs."""
    server = subprocess.run([programs()[0] / "postgres", "--version"], capture_output=True, text=True, check=True)
    installed = {one.name.lower(): one.version for one in metadata.distributions()}
    versions = ", ".join(f"{name} {installed.get(name, 'missing')}" for name in ("patroni", "pysyncobj", "psycopg"))
    return [
        f"high availability: {server.stdout.strip()}, {versions}; {platform.platform()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    ]


def pytest_terminal_summary(terminalreporter) -> None:
    """Print a line for each fault."""
    from support.high_availability.cluster_faults import RESULTS

    if not RESULTS:
        return
    write = terminalreporter.write_line
    counts = ("acked", "refused", "lost", "double", "documents", "stored", "gaps", "replayed")
    heads = ("mode", "fault", *counts, "outage", "quiet", "back", "wall")
    rows = [heads] + [
        tuple(f"{cell:.1f}" if isinstance(cell := getattr(one, head), float) else str(cell) for head in heads)
        for one in RESULTS
    ]
    terminalreporter.section("faults; times in seconds")
    for row in rows:
        write("".join(cell.ljust(max(len(line[at]) for line in rows) + 2) for at, cell in enumerate(row)).rstrip())
    for one in RESULTS:
        for told, count in one.failures.most_common():
            write(f"{one.mode}, {one.fault}: {count} tries failed: {told}")
        found = Counter(problem.partition(":")[0] for problem in one.wrong)
        for problem in one.wrong:
            if count := found.pop(problem.partition(":")[0], 0):
                write(f"{one.mode}, {one.fault}: {count} of this kind: {problem}")
