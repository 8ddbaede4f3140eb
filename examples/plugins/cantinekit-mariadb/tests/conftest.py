"""A server for the tests: the one that MARIADB_TEST_URL names, or one that is started here and ends with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pymysql
import pytest

from cantinekit.urls import BackendUrl

pytest_plugins = ["cantinekit.testing.plugin"]


def _program(name):
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    assert found, f"{name} is not installed: on Debian it is in mariadb-server-core; or set MARIADB_TEST_URL"
    return found


def _connect(**target):
    return pymysql.connect(autocommit=True, connect_timeout=10, **target)


@pytest.fixture(scope="session")
def server():
    """The URL of a server, without a database."""
    given = os.environ.get("MARIADB_TEST_URL")
    if given:
        yield given
        return
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # no test cuts the power
    with tempfile.TemporaryDirectory(prefix="mariadb-", dir=memory, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = ["--no-defaults", f"--datadir={folder}/data", "--user=root"]
        install = [_program("mariadb-install-db"), *own, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True)
        socket = f"{folder}/s"
        small = ["--skip-networking", "--skip-log-bin", "--innodb-buffer-pool-size=64M", f"--socket={socket}"]
        running = subprocess.Popen([_program("mariadbd"), *own, *small], stderr=subprocess.DEVNULL)
        try:
            due = time.monotonic() + 60
            while not Path(socket).exists():  # it is there when the server answers
                assert running.poll() is None
                assert time.monotonic() < due
                time.sleep(0.05)
            yield f"mariadb://root@/{{}}?socket={quote(socket, safe='')}"
        finally:
            running.terminate()
            running.wait(60)


@pytest.fixture
def target(server):
    """What PyMySQL takes to reach the server."""
    url = BackendUrl.parse(server.format("x"))
    socket = url.option("socket")
    place = {"unix_socket": socket} if socket else {"host": url.host, "port": url.port or 3306}
    return {**place, "user": url.user, "password": url.password.reveal() if url.password else ""}


@pytest.fixture
def fresh_url(server, target):
    """A function that gives the URL of a new, empty store: a database of its own, dropped after the test."""
    made = []

    def make():
        made.append(f"t_{uuid.uuid4().hex}")
        return server.format(made[-1])

    yield make
    with closing(_connect(**target)) as db, db.cursor() as cursor:
        for name in made:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
