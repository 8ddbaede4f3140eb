"""What the pages tell the author of a plug-in is what the code does: URLs, checks, errors, extras."""

from __future__ import annotations

import builtins
import inspect
import sys
import tomllib
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import attrs
import pytest

from cantinekit import errors
from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins import ports, store_checks
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Row
from cantinekit.plugins.registry import Registry
from cantinekit.testing import check_storage_url, run_storage_contract
from cantinekit.urls import BackendUrl
from support.pages.reference import page, rows, section


def signature(function) -> str:
    """The signature as it is written in the code, without ``self``."""
    full = inspect.signature(function)
    parameters = [p for name, p in full.parameters.items() if name != "self"]
    return str(full.replace(parameters=parameters)).replace("'", "")


def plain(cell: str) -> str:
    return cell.replace(r"\|", "|")


# --- URLs ---

URL_ROWS = rows(section(page("urls.md"), "Read a URL in a plug-in"))
ROOT = Path(__file__).parents[2]
FIELDS = {field.alias for field in attrs.fields(BackendUrl)}
SAMPLE = BackendUrl.parse("x://ana:pw@db.example:77/a%20b?size=3")


def test_url_fields():
    """The table has the fields of BackendUrl, in their order, with their types."""
    listed = [(row[0], plain(row[1])) for row in URL_ROWS if row[0] in FIELDS]
    shown = {"options": BackendUrl.options.fget.__annotations__["return"]}
    assert listed == [(field.alias, shown.get(field.alias, field.type)) for field in attrs.fields(BackendUrl)]


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


# --- the contract of stores ---


def test_checks():
    """The table has every public function of the checks, with its exact signature."""
    declared = {
        f"{name}{signature(function)}"
        for name, function in inspect.getmembers(store_checks, inspect.isfunction)
        if function.__module__ == store_checks.__name__ and not name.startswith("_")
    }
    listed = [plain(row[0]) for row in rows(section(page("storage-contract.md"), "What stores share"))]
    assert {line.replace('"', "").replace("'", "") for line in listed} == declared
    assert len(listed) == len(declared)


def test_expected_versions():
    """``expected_versions`` says 0 where there must be no row, and the version of a guard as it is."""
    change = Change(rows=(Row("a", "1", 1, "{}"), Row("a", "2", 5, "{}")), removes=(Guard(Key("a", "3"), 7),))
    assert store_checks.expected_versions(change) == {Key("a", "1"): 0, Key("a", "2"): 4, Key("a", "3"): 7}


def test_check_find():
    """``check_find`` gives what ``encode_cursor`` was given, and None without a cursor."""
    bounds = {"eq": None, "ge": None, "lt": None, "limit": 1}
    assert store_checks.check_find("a", "f", after=store_checks.encode_cursor("v", "1"), **bounds) == ("v", "1")
    assert store_checks.check_find("a", "f", after=None, **bounds) is None


def test_the_placeholder_is_never_opened():
    """A URL with {fresh} is opened with another name each time, never as it is written."""
    opened = []

    def open_(url):
        opened.append(url)
        return MemoryStorage()

    check_storage_url("shelf:///{fresh}.shelf", open_, scale=0.01)
    assert len(set(opened)) == len(opened) > 50
    assert all(url.startswith("shelf:///") and "{" not in url for url in opened)


def test_what_is_understated_is_skipped():
    """A store that claims neither to be durable nor shared passes with fewer promises, and each skip says why."""
    results = run_storage_contract(MemoryStorage, scale=0.01)
    assert {result.skipped for result in results if result.skipped} == {
        "the store does not claim to be durable",
        "the store does not claim to be shared",
        "the store does not answer that question",
    }


# --- extras ---


def test_extras():
    """The list of extras has all of pyproject.toml, and what it says each brings is there."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    text = (ROOT / "docs" / "how-to" / "index.md").read_text(encoding="utf-8")
    listed = {row[0]: row[1] for row in rows(text)}
    assert set(listed) == set(declared)
    for extra, word in [
        ("rich", "rich"),
        ("demo", "rich"),
        ("babel", "Babel"),
        ("apsw", "apsw"),
        ("postgres", "psycopg"),
        ("testing", "Hypothesis"),
        ("test", "pytest"),
        ("docs", "Sphinx"),
        ("dev", "towncrier"),
    ]:
        assert word in listed[extra]
        assert any(word.lower() in requirement.lower() for requirement in declared[extra])


# --- errors and values ---


def test_error_constructors():
    """Each error that a plug-in raises is called as the table says."""
    for call in (row[0] for row in rows(section(page("errors.md"), "Raise them in a plug-in"))):
        name, _, given = call.rstrip(")").partition("(")
        cls = getattr(errors, name)
        if name == "UrlError":
            assert (given, str(cls("no file"))) == ("message", "no file")
            continue
        parameters = list(inspect.signature(cls).parameters.values())
        assert [p.strip() for p in given.split(",") if p.strip() != "*"] == [
            p.name if p.default is p.empty else f"{p.name}={p.default}" for p in parameters
        ]
        assert ("*" in given) == any(p.kind is p.KEYWORD_ONLY for p in parameters)


def test_what_is_retryable():
    """Without ``retryable`` a StorageError is not, and the three others are."""
    retryable = [errors.StaleVersionError([]), errors.GatewayError("x"), errors.NotifierError("x")]
    assert not errors.StorageError("x").retryable
    assert [error.retryable for error in retryable] == [True] * 3


def test_port_values():
    """Values of the ports are frozen attrs classes but for two named tuples; a row knows its key."""
    row = Row("space", "left", 1, "{}")
    assert attrs.evolve(row, version=2).key == Key("space", "left")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        row.version = 2
    for value in vars(ports).values():
        if inspect.isclass(value) and value.__module__ == ports.__name__ and not getattr(value, "_is_protocol", False):
            assert attrs.has(value) != (value in (Key, Guard))


@pytest.mark.parametrize("url", ["memory://", "sqlite:///journal.db"])
def test_the_time_of_an_entry_comes_back_in_utc(url, tmp_path, monkeypatch):
    """An entry that is written in another zone comes back at the same instant, in UTC."""
    at = datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=1)))
    monkeypatch.chdir(tmp_path)
    with closing(Registry.load(entry_points=False).storage(url)) as store:
        store.apply(Change(events=(JournalEntry("T", at, "ana", (), "{}"),)))
        (entry,) = store.journal()
    assert (entry.at, entry.at.utcoffset()) == (at, timedelta(0))


def test_the_machine_without_hypothesis(monkeypatch):
    """Without Hypothesis the ImportError of StorageMachine says which extra brings it; another cause is not hidden."""
    from cantinekit import testing

    monkeypatch.delitem(sys.modules, "cantinekit.testing._storage_machine", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing("hypothesis"))
    with pytest.raises(ImportError, match=r"install the extra cantinekit\[testing\]"):
        testing.__getattr__("StorageMachine")
    monkeypatch.setattr(builtins, "__import__", missing("cantinekit.backends.memory"))
    with pytest.raises(ModuleNotFoundError, match="no module cantinekit"):
        testing.__getattr__("StorageMachine")


def missing(absent: str, original=builtins.__import__):
    def find(name, *args, **kwargs):
        if name.startswith(absent):
            raise ModuleNotFoundError(f"no module {absent}", name=absent)
        return original(name, *args, **kwargs)

    return find
