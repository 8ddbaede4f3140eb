"""The PostgreSQL servers of a test run end with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support.processes import guard

TESTS = Path(__file__).parents[1]
RUN = """
    import time
    from pathlib import Path
    from support.postgres import cluster, postgres_server

    def test_that_hangs(pg_server):
        '''Says where its servers are, and waits.'''
        with cluster.folder() as place, cluster.Cluster.made(place / "a"):
            data = Path(postgres_server.stopping[0].__closure__[0].cell_contents)
            Path({told!r}).write_text(f"{{data}}\\n{{place}}\\n")
            time.sleep(120)
"""


def run_that_hangs(tmp_path, told, before=""):
    """A pytest run of its own in a test that waits, with two servers; gives its process and their folders."""
    lines = [line[4:] for line in RUN.format(told=str(told)).splitlines()]
    (tmp_path / "test_it.py").write_text("\n".join(lines))
    conftest = (TESTS / "conftest.py").read_text()
    (tmp_path / "conftest.py").write_text(conftest.replace("import pytest\n", f"import pytest\n{before}\n", 1))
    environment = {name: value for name, value in os.environ.items() if name != "CANTINEKIT_TEST_PG_DSN"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        f"pythonpath={TESTS}",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + 300
    while not told.exists() or told.read_text().count("\n") < 2:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.1)
    return process, [Path(line) for line in told.read_text().split()]


def gone(servers, seconds):
    return not psutil.wait_procs(servers, timeout=seconds)[1]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_the_run(tmp_path, how):
    """A run that is ended by a signal leaves no server behind, and no folder of one."""
    process, folders = run_that_hangs(tmp_path, tmp_path / "told")
    servers = [server for folder in folders for server in guard.servers(folder)]
    assert len(servers) == 2
    process.send_signal(how)
    process.communicate(timeout=110)
    assert gone(servers, 60)
    end = time.monotonic() + 120
    while any(folder.exists() for folder in folders):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_servers_without_a_guard_stay(tmp_path):
    """The control: where nobody looks after them, the servers of such a run go on."""
    off = "from support.processes import guard\nguard.guard = lambda folder: None"
    process, folders = run_that_hangs(tmp_path, tmp_path / "told", off)
    servers = [server for folder in folders for server in guard.servers(folder)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=110)
    try:
        assert not gone(servers[:1], 3)
    finally:
        for folder in folders:
            guard.end(folder)
    assert gone(servers, 30)
