"""Servers of tests end with the run that started them, however it ends: by SIGTERM and SIGKILL too, where no code of it
runs any more.

Run as a program, ``python tests/support processes.guard watch PID FOLDER``, this waits until the process is gone, ends
what runs in the folder and deletes it. With ``start`` it starts itself so and ends, so that it is no child of the run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from support.processes.programs import program


def guard(folder: Path) -> None:
    """Have a process of its own end the PostgreSQL servers whose data lie in this folder, when this one is gone."""
    subprocess.run([*program("processes.guard"), "start", str(os.getpid()), str(folder)], check=True)


def servers(folder: Path) -> list[psutil.Process]:
    """The servers that say so in a ``postmaster.pid``, if they are still what they were."""
    found = []
    for file in folder.rglob("postmaster.pid"):
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(file.read_text().split()[0]))
            if "postgres" in process.name():
                found.append(process)
    return found


def end(folder: Path) -> None:
    """End the servers and what they have started, without waiting for anybody."""
    for server in servers(folder):
        with suppress(psutil.Error):
            for process in [server, *server.children(recursive=True)]:
                with suppress(psutil.Error):
                    process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def alive(process: psutil.Process) -> bool:
    """Whether it is still there, and is not only waiting to be buried."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    how, parent, place = sys.argv[1], psutil.Process(int(sys.argv[2])), Path(sys.argv[3])
    if how == "start":
        silent = subprocess.DEVNULL
        command = [*program("processes.guard"), "watch", *sys.argv[2:]]
        subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent, cwd="/", start_new_session=True)
    else:
        while alive(parent) and place.exists():
            time.sleep(0.5)
        end(place)
