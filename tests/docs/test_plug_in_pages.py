"""What the pages tell the author of a plug-in is what the code does: URLs, checks, errors, extras."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import attrs
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from _pages import page, rows, section

from cantinekit.registry import Registry
from cantinekit.urls import BackendUrl


def signature(function) -> str:
    """The signature as it is written in the code, without ``self``."""
    full = inspect.signature(function)
    parameters = [p for name, p in full.parameters.items() if name != "self"]
    return str(full.replace(parameters=parameters)).replace("'", "")


def plain(cell: str) -> str:
    return cell.replace(r"\|", "|")


# --- URLs ---

URL_ROWS = rows(section(page("urls.md"), "Read a URL in a plug-in"))
FIELDS = [field.name for field in attrs.fields(BackendUrl)]
SAMPLE = BackendUrl.parse("x://ana:pw@db.example:77/a%20b?size=3")


def test_url_fields():
    """The table has the fields of BackendUrl, in their order, with their types."""
    listed = [(row[0], plain(row[1])) for row in URL_ROWS if row[0] in FIELDS]
    assert listed == [(field.name, field.type) for field in attrs.fields(BackendUrl)]


def test_url_field_values():
    """What the table says of the URL in its head is what the URL gives."""
    assert (SAMPLE.path, SAMPLE.host, SAMPLE.port, SAMPLE.user) == ("/a b", "db.example", 77, "ana")
    assert (SAMPLE.options, SAMPLE.password.reveal(), str(SAMPLE.password)) == ((("size", "3"),), "pw", "***")
    assert (SAMPLE.raw.reveal(), str(SAMPLE.raw)) == ("x://ana:pw@db.example:77/a%20b?size=3", "***")
    assert BackendUrl.parse("x://DB.Example").host == "db.example"


def test_url_methods():
    """The table has the public methods of BackendUrl with their exact signatures."""
    methods = [
        f"{name}{signature(getattr(BackendUrl, name))}"
        for name in vars(BackendUrl)
        if not name.startswith("_") and name not in FIELDS
    ]
    assert [plain(row[0]) for row in URL_ROWS if "(" in row[0]] == methods


@pytest.mark.parametrize(
    ("text", "path", "file", "host"),
    [
        ("x:///a.db", "/a.db", "a.db", ""),
        ("x:////srv/a.db", "//srv/a.db", "/srv/a.db", ""),
        ("x://", "", "", ""),
        ("x://a.db", "", "", "a.db"),
    ],
)
def test_path_rule(text, path, file, host):
    """The first slash ends the host: ``path[1:]`` is the file, as the table says."""
    url = BackendUrl.parse(text)
    assert (url.path, url.path[1:], url.host) == (path, file, host)
    (row,) = [row for row in rows(section(page("urls.md"), "Files: take `url.path[1:]`")) if row[0] == text]
    assert row[1] == (path or "(empty)")
    assert row[2].startswith(f"{file}`," if file else "(empty)")


def test_path_rule_is_that_of_sqlite(tmp_path, monkeypatch):
    """The store on SQLite follows the rule: three slashes are relative to the working directory, four absolute."""
    monkeypatch.chdir(tmp_path)
    registry = Registry.load(entry_points=False)
    registry.storage("sqlite:///relative.db").close()
    registry.storage(f"sqlite:///{tmp_path}/absolute.db").close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"relative.db", "absolute.db"}
