"""Plug-ins that are really installed: found by entry point, loaded one by one, and shown by the command.

A fresh interpreter, with the folder of the plug-in on its path, loads the registry.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.processes.installed import install, python

PIGEON = """
from cantinekit import hookimpl
from cantinekit.plugins.hookspecs import NotificationBackend

class Pigeons:
    def __init__(self, loft):
        self.loft = loft
    def send(self, message):
        print("pigeon to", message.to, "from", self.loft)

def open_pigeon(url):
    import pigeon_driver
    return Pigeons(url.host)

@hookimpl
def cantinekit_notification_backends():
    return [NotificationBackend("pigeon", open=open_pigeon, summary="by air")]

@hookimpl
def cantinekit_events_recorded(events):
    print("heard", len(events))
"""
BROKEN = "import a_driver_that_nobody_has\n"
EXITS = "import sys\nsys.exit('this plug-in thinks that it is a program')\n"
RAISING = """
from cantinekit import hookimpl

@hookimpl
def cantinekit_storage_backends():
    raise RuntimeError("no luck today")
"""
MISSPELT = """
from cantinekit import hookimpl

@hookimpl
def cantinekit_storage_backend():
    return []
"""

REPORT = """
import json, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from cantinekit.errors import PluginError
    from cantinekit.plugins.registry import Registry
    options = json.loads(sys.argv[1])
    try:
        registry = Registry.load(**options)
    except PluginError as error:
        print(json.dumps({"error": str(error)}))
        sys.exit()
print(json.dumps({
    "backends": [(b.scheme, b.distribution, b.version) for b in registry.backends if b.distribution != "cantinekit"],
    "failures": [(f.distribution, f.version, f.entry_point, f.error) for f in registry.failures],
    "warnings": [(w.category.__name__, str(w.message)) for w in caught],
    "imported": sorted(n for n in sys.modules if n.endswith(("_plugin", "_driver"))),
}))
"""


def load(site: Path, **options: object) -> dict:
    """What a fresh interpreter finds."""
    result = python(site, "-c", REPORT, json.dumps(options))
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_installed_plugin(tmp_path):
    """An installed plug-in is found, with the name and version of its distribution; its driver is not imported."""
    install(tmp_path, "cantine-pigeon", PIGEON, version="2.1")
    found = load(tmp_path)
    assert found["backends"] == [["pigeon", "cantine-pigeon", "2.1"]]
    assert found["failures"] == found["warnings"] == []
    assert found["imported"] == ["cantine_pigeon_plugin"]


def test_installed_plugin_works(tmp_path):
    """Its URL opens its backend, importing the driver, and its observer hears what was recorded."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    (tmp_path / "pigeon_driver.py").write_text("", encoding="utf-8")
    program = """
from datetime import UTC, datetime
from cantinekit.plugins.ports import JournalEntry, Message
from cantinekit.plugins.registry import Registry
registry = Registry.load()
registry.notifier("pigeon://loft-7").send(Message("m", "ana", "s", "t"))
registry.recorded([JournalEntry("visit.began", datetime.now(UTC), "test", (), "{}")])
"""
    result = python(tmp_path, "-c", program)
    assert (result.stdout, result.stderr) == ("pigeon to ana from loft-7\nheard 1\n", "")


def test_missing_driver(tmp_path):
    """Where the driver is not installed, the plug-in loads and is listed, and opening says what is missing."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    program = "from cantinekit.plugins.registry import Registry; Registry.load().notifier('pigeon://x')"
    result = python(tmp_path, "-c", program)
    assert result.stderr.splitlines()[-1] == (
        "cantinekit.errors.PluginError: pigeon:// (cantine-pigeon 1.0) needs 'pigeon_driver', which cannot be imported"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (BROKEN, "ModuleNotFoundError: No module named 'a_driver_that_nobody_has'"),
        (EXITS, "SystemExit: this plug-in thinks that it is a program"),
        (RAISING, "cantinekit_storage_backends raised RuntimeError: no luck today"),
        (MISSPELT, "cantinekit_storage_backend"),
        ("def broken(:", "SyntaxError"),
        ("", "it implements no hook of cantinekit"),
    ],
    ids=["import", "exit", "raise", "misspelt", "syntax", "empty"],
)
def test_broken_plugin(tmp_path, source, words):
    """A broken plug-in is left out, kept with its distribution, version and error, and warned about; the rest loads."""
    install(tmp_path, "a-broken", source, version="0.3")
    install(tmp_path, "z-pigeon", PIGEON)
    found = load(tmp_path)
    assert [row[0] for row in found["backends"]] == ["pigeon"]
    ((distribution, version, point, error),) = found["failures"]
    assert (distribution, version, point) == ("a-broken", "0.3", "main")
    assert words in error
    ((category, text),) = found["warnings"]
    assert category == "PluginWarning"
    assert "a-broken 0.3" in text
    assert error in text


def test_a_plugin_that_is_left_out_is_not_called(tmp_path):
    """Of a plug-in that is left out because one hook fails no other hook is called: it vetoes and observes nothing."""
    hooks = """
@hookimpl
def cantinekit_events_recorded(events):
    print("heard by the broken one")

@hookimpl
def cantinekit_before_command():
    print("asked the broken one")
"""
    install(tmp_path, "a-broken", RAISING + hooks)
    install(tmp_path, "z-pigeon", PIGEON)
    program = """
import warnings
from cantinekit import Cantine, Registry
from cantinekit.commands import AddEntity
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    registry = Registry.load()
print([(one.hook, one.distribution) for one in registry.hooks])
Cantine.open("memory://", registry=registry).execute(AddEntity(name="Asso"), actor="ana")
"""
    result = python(tmp_path, "-c", program)
    assert (result.stdout, result.stderr) == ("[('cantinekit_events_recorded', 'z-pigeon')]\nheard 1\n", "")


def test_command_shows_hooks(tmp_path):
    """``cantinekit plugins`` lists who vetoes and who observes, as a table and as data."""
    install(tmp_path, "cantine-pigeon", PIGEON, version="2.1")
    told = python(tmp_path, "-m", "cantinekit", "plugins").stdout
    (line,) = [line for line in told.splitlines() if line.startswith("cantinekit_events_recorded")]
    assert line.split() == [
        "cantinekit_events_recorded",
        "cantine-pigeon",
        "2.1",
        "is",
        "told",
        "what",
        "was",
        "recorded",
    ]
    (row,) = json.loads(python(tmp_path, "-m", "cantinekit", "plugins", "--json").stdout)["hooks"]
    assert row["hook"] == "cantinekit_events_recorded"
    assert (row["distribution"], row["version"], row["wrapper"]) == ("cantine-pigeon", "2.1", False)


def test_strict(tmp_path):
    """A strict registry raises for a broken plug-in, naming it; without broken ones it loads."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    assert load(tmp_path, strict=True)["backends"]
    install(tmp_path, "cantine-broken", BROKEN)
    assert "'main' of cantine-broken 1.0: ModuleNotFoundError" in load(tmp_path, strict=True)["error"]


def test_two_with_one_scheme(tmp_path):
    """Two installed plug-ins with one scheme are an error that names both, strict or not."""
    install(tmp_path, "cantine-pigeon", PIGEON, version="2.1")
    install(tmp_path, "other-pigeon", PIGEON, version="0.4")
    for strict in (False, True):
        error = load(tmp_path, strict=strict)["error"]
        assert error == "two notification backends claim pigeon://: cantine-pigeon 2.1 and other-pigeon 0.4"


def test_allow_settles_the_clash(tmp_path):
    """An allow-list loads only what it names, whatever way the name is written, and does not import the others."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    install(tmp_path, "other-pigeon", PIGEON)
    found = load(tmp_path, allow=["Cantine.Pigeon"])
    assert [row[1] for row in found["backends"]] == ["cantine-pigeon"]
    assert found["imported"] == ["cantine_pigeon_plugin"]
    assert load(tmp_path, allow=[])["imported"] == []


def test_allow_what_is_not_there(tmp_path):
    """A name in the allow-list that nothing answers to is reported: it may be misspelt."""
    found = load(tmp_path, allow=["cantine-pidgeon"])
    assert found["failures"][0][0] == "cantine-pidgeon"
    assert "no installed distribution" in found["failures"][0][3]
    assert "cantine-pidgeon" in load(tmp_path, allow=["cantine-pidgeon"], strict=True)["error"]


def test_no_entry_points(tmp_path):
    """A host that wants none looks for none: nothing is imported, broken or not."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    install(tmp_path, "cantine-broken", BROKEN)
    found = load(tmp_path, entry_points=False)
    assert (found["backends"], found["failures"], found["imported"]) == ([], [], [])


def test_two_entry_points(tmp_path):
    """A distribution may have several entry points; one that is broken leaves the other."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    entry_points = tmp_path / "cantine_pigeon-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text(
        "[cantinekit]\ngood = cantine_pigeon_plugin\nlost = cantine_pigeon_plugin:gone\n", encoding="utf-8"
    )
    found = load(tmp_path)
    assert [row[0] for row in found["backends"]] == ["pigeon"]
    assert [(row[2], row[3].partition(":")[0]) for row in found["failures"]] == [("lost", "AttributeError")]


def test_damaged_metadata(tmp_path):
    """A distribution without readable metadata does not stop the others."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    install(tmp_path, "cantine-broken", BROKEN)
    (tmp_path / "cantine_broken-1.0.dist-info" / "METADATA").unlink()
    found = load(tmp_path)
    assert [row[0] for row in found["backends"]] == ["pigeon"]
    assert len(found["failures"]) == 1


def test_import_alone_loads_nothing(tmp_path):
    """Importing the library, or its registry, imports no plug-in."""
    install(tmp_path, "cantine-exits", EXITS)
    result = python(
        tmp_path, "-c", "import cantinekit, cantinekit.plugins.registry; cantinekit.Registry; print('fine')"
    )
    assert (result.stdout, result.stderr) == ("fine\n", "")


def test_command(tmp_path):
    """``cantinekit plugins`` shows the plug-in beside what is built in, and ends with 0."""
    install(tmp_path, "cantine-pigeon", PIGEON, version="2.1")
    result = python(tmp_path, "-m", "cantinekit", "plugins")
    (line,) = [line for line in result.stdout.splitlines() if "pigeon://" in line]
    assert line.split() == ["notification", "pigeon://", "cantine-pigeon", "2.1", "1", "by", "air"]
    assert (result.returncode, result.stderr) == (0, "")


def test_command_shows_failures(tmp_path):
    """``cantinekit plugins`` shows what was left out and why, as a table and as data, and ends with 1."""
    install(tmp_path, "cantine-broken", BROKEN, version="0.3")
    result = python(tmp_path, "-m", "cantinekit", "plugins")
    assert "left out: plug-in 'main' of cantine-broken 0.3: ModuleNotFoundError" in result.stdout
    assert "sqlite://" in result.stdout
    assert (result.returncode, result.stderr) == (1, "")
    result = python(tmp_path, "-m", "cantinekit", "plugins", "--json")
    assert json.loads(result.stdout)["failures"][0]["distribution"] == "cantine-broken"
    assert (result.returncode, result.stderr) == (1, "")


def test_command_on_a_clash(tmp_path):
    """On a clash the command says in one line which two plug-ins it is between."""
    install(tmp_path, "cantine-pigeon", PIGEON)
    install(tmp_path, "other-pigeon", PIGEON)
    result = python(tmp_path, "-m", "cantinekit", "plugins")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "cantine-pigeon 1.0 and other-pigeon 1.0" in result.stderr
