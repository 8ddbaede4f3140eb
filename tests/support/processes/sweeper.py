"""Ends what runs in a folder: by hand, and as a program that does it as soon as whoever started it is gone.

``python tests/support processes.sweeper FOLDER`` waits until its standard input ends, which happens however the test
ends: passed, failed, Ctrl-C, or killed. Then it kills every process whose working directory is in the folder and
deletes the folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

PATIENCE = 60.0


def running(folder: Path) -> list[psutil.Process]:
    """The processes whose working directory is in the folder, frozen ones too; one that has ended already is none."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def send(folder: Path, sign: int) -> int:
    """Send a signal to all of them, again until there are no new ones; to how many."""
    reached: set[psutil.Process] = set()
    end = time.monotonic() + PATIENCE
    while new := [process for process in running(folder) if process not in reached]:
        assert time.monotonic() < end, f"{folder.name} starts processes faster than they are stopped"
        for process in new:
            with suppress(ProcessLookupError):
                os.kill(process.pid, sign)
        reached.update(new)
    return len(reached)


def kill(folder: Path) -> int:
    """Kill all of them, and wait until they are gone; how many."""
    reached = send(folder, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while running(folder):
        assert time.monotonic() < end, f"something in {folder.name} cannot be killed"
        time.sleep(0.05)
    return reached


def main(folder: Path) -> None:
    """Wait for the end of standard input, then clean up."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    sys.stdin.read()
    kill(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
