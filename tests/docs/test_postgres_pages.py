"""The SQL on the pages about PostgreSQL works on a real server, with the rights that the pages promise."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from cantinekit.backends.postgres import open_postgres
from cantinekit.reads.views import create_views
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, folder

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def statements(name):
    """The statements of the SQL blocks of a how-to guide."""
    text = (HOW_TO / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    return [one.strip() for block in blocks for one in block.split(";") if one.strip()]


def test_the_roles_on_the_pages():
    """The role of the store makes its schema and works; the role for reports reads the views that it was given, and
    nothing else."""
    with folder() as place, Cluster.made(place / "a") as cluster:
        with cluster.connect() as db:
            for statement in statements("run-on-postgresql.md"):
                db.execute(statement)
        url = cluster.url("deadline=20", dbname="cantine").replace("postgres@", "cantine@")
        store = open_postgres(BackendUrl.parse(url))
        create_views(store)
        with cluster.connect("cantine") as db:
            for statement in statements("report-with-sql.md"):
                db.execute(statement)
        with psycopg.connect(host="127.0.0.1", port=cluster.port, user="reports", dbname="cantine") as db:
            db.autocommit = True
            assert db.execute("SELECT * FROM cantinekit.report_charge").fetchall() == []
            for table in ("record", "journal", "report_visit"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"SELECT * FROM cantinekit.{table}")
            with pytest.raises(psycopg.Error):
                db.execute("DELETE FROM cantinekit.report_charge")
        store.close()
