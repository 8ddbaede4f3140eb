"""The page on the host's own transaction works as it is printed, on a real server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "join-your-own-transaction.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def database(pg_server, monkeypatch):
    """A database of its own, named as the page names it."""
    name = "shop_of_the_page"
    with psycopg.connect(pg_server, autocommit=True) as line:
        line.execute(f"DROP DATABASE IF EXISTS {name}")
        line.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        monkeypatch.setenv("DATABASE_URL", urlsplit(pg_server)._replace(path=f"/{name}").geturl())
        yield
        line.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(blocks):
    names = {"__name__": "page"}
    try:
        exec(compile("\n".join(blocks), str(PAGE), "exec"), names)
    finally:
        names["cantine"].close()


def test_the_page(database):
    """Every example of the page works."""
    assert len(BLOCKS) == 5
    run(BLOCKS)


def test_without_within(database):
    """Control: on the house itself the seat of the transaction that fails stays, and the page's program stops there."""
    blocks = [block.replace("cantine.within(connection)", "cantine") for block in BLOCKS]
    assert blocks != BLOCKS
    with pytest.raises(AssertionError):
        run(blocks)
