"""However a test ends, nothing that it started goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from support.postgres.cluster import eventually, folder
from support.processes import sweeper
from support.processes.programs import program

TEST = """
import signal, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
place = Path(sys.argv[1])
sweeper = subprocess.Popen([*sys.argv[2:], str(place)], stdin=subprocess.PIPE, start_new_session=True)
for name in "ab":
    (place / name).mkdir()
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    subprocess.Popen(sleep, cwd=place / name, start_new_session=True)
time.sleep(600)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left(sign):
    """A test that is interrupted, ended or killed leaves no process, frozen or not, and no folder."""
    with folder() as place:
        test = subprocess.Popen(
            [sys.executable, "-c", TEST, place, *program("processes.sweeper")], stderr=subprocess.DEVNULL
        )
        try:
            eventually(lambda: len(sweeper.running(place)) == 2)
            assert sweeper.send(place / "a", signal.SIGSTOP) == 1
            test.send_signal(sign)
            assert test.wait(20) != 0
            eventually(lambda: not place.exists())
            assert sweeper.running(place) == []
        finally:
            with suppress(ProcessLookupError):
                test.kill()
            test.wait()


def test_only_what_is_in_the_folder():
    """Control: what runs elsewhere is not touched, and what is in the folder runs until it is killed."""
    with folder() as place, folder() as other:
        sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
        inside, outside = subprocess.Popen(sleep, cwd=place), subprocess.Popen(sleep, cwd=other)
        try:
            assert [process.pid for process in sweeper.running(place)] == [inside.pid]
            assert sweeper.kill(place) == 1
            assert inside.wait(20) == -signal.SIGKILL
            assert outside.poll() is None
        finally:
            for process in (inside, outside):
                process.kill()
                process.wait()
