"""Plug-ins that pip has installed into a fresh environment: what is loaded, left out, refused, and what the log says.

Small distributions are written here as wheels, and installed with the examples beside them, as in a real house.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.processes.installed import call, fresh_environment, pip, write_wheel

SHELF = """
from cantinekit import hookimpl
from cantinekit.plugins.hookspecs import StorageBackend

@hookimpl
def cantinekit_storage_backends():
    return [StorageBackend("shelf", open=print)]
"""
OFFICES = """
from cantinekit import hookimpl
from cantinekit.scheduling.opening import ClosureCalendar

@hookimpl
def cantinekit_closure_calendars():
    return [ClosureCalendar("fr-school-b", resolve=lambda first, last: [])]
"""
BROKEN = "import a_driver_that_nobody_has\n"
SOURCES = {
    "cantine-shelf": ("2.1", SHELF),
    "other-shelf": ("0.4", SHELF),
    "cantine-offices": ("3.0", OFFICES),
    "cantine-broken": ("0.3", BROKEN),
}
PROGRAM = """
import json, logging, sys, warnings
told = []
class Keep(logging.Handler):
    def emit(self, record):
        told.append((record.name, record.levelname, record.getMessage()))
logging.getLogger("cantinekit").addHandler(Keep())
logging.getLogger("cantinekit").setLevel(logging.INFO)
from cantinekit.errors import PluginError
from cantinekit.plugins.registry import Registry
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        registry = Registry.load(**json.loads(sys.argv[1]))
        rows = [*registry.backends, *registry.rules, *registry.calendars]
        loaded = sorted({row.distribution for row in rows})
        error = None
    except PluginError as problem:
        loaded, error = None, str(problem)
print(json.dumps({"loaded": loaded, "error": error, "log": told, "warnings": [str(one.message) for one in caught]}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, example_wheels) -> Path:
    """A fresh environment with all of them, and the examples."""
    folder = tmp_path_factory.mktemp("by-pip")
    wheels = [write_wheel(folder, name, source, version=version) for name, (version, source) in SOURCES.items()]
    environment = fresh_environment(folder / "fresh")
    pip(environment, "--no-deps", *wheels, *example_wheels.values(), cwd=folder)
    return environment


def load(site: Path, *names: str, **options: object) -> dict:
    """What a fresh interpreter of the environment finds, where only these distributions are allowed."""
    given = {"allow": [*names], **options}
    told = call(site / "bin" / "python", "-c", PROGRAM, json.dumps(given), cwd=site)
    return json.loads(told.splitlines()[-1])


def lines(found: dict) -> list[str]:
    return [text for _, _, text in found["log"]]


def test_what_was_loaded_is_logged(site):
    """The logger of the library tells at INFO what was loaded: each distribution, its version, what it brings."""
    found = load(site, "cantine-shelf", "cantinekit-holidays", "cantinekit-sliding-scale")
    assert found["loaded"] == ["cantine-shelf", "cantinekit", "cantinekit-holidays", "cantinekit-sliding-scale"]
    told = lines(found)
    assert "cantine-shelf 2.1 loaded: storage shelf://" in told
    assert "cantinekit-holidays 0.1.0 loaded: 863 closure calendars" in told
    assert "cantinekit-sliding-scale 0.1.0 loaded: pricing rule 'sliding scale' (version 1)" in told
    assert told[0].startswith("cantinekit 0.1.0 loaded: storage memory://, ")
    assert {(name, level) for name, level, _ in found["log"]} == {("cantinekit.plugins.registry", "INFO")}
    assert (found["warnings"], found["error"]) == ([], None)


def test_what_is_not_allowed_is_logged_and_not_imported(site):
    """What the allow-list leaves out is named in the log with its version, and not even imported: it cannot break."""
    found = load(site, "Cantine_Shelf")
    assert found["loaded"] == ["cantine-shelf", "cantinekit"]
    assert "plug-in 'main' of cantine-broken 0.3 is not allowed, and was not imported" in lines(found)
    assert "plug-in 'main' of other-shelf 0.4 is not allowed, and was not imported" in lines(found)
    assert not [text for text in lines(found) if text.startswith("other-shelf")]
    assert found["warnings"] == []


def test_a_broken_import_is_left_out(site):
    """A distribution whose import fails is left out with a warning and a log line that name it and its version."""
    found = load(site, "cantine-broken", "cantine-shelf")
    assert found["loaded"] == ["cantine-shelf", "cantinekit"]
    (warning,) = found["warnings"]
    assert warning == (
        "left out: plug-in 'main' of cantine-broken 0.3: "
        "ModuleNotFoundError: No module named 'a_driver_that_nobody_has'"
    )
    assert warning in lines(found)


def test_strict(site):
    """A strict registry raises for it instead, with the same words."""
    found = load(site, "cantine-broken", "cantine-shelf", strict=True)
    assert found["error"].startswith("plug-in 'main' of cantine-broken 0.3: ModuleNotFoundError")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ("cantine-shelf", "other-shelf"),
            "two storage backends claim shelf://: cantine-shelf 2.1 and other-shelf 0.4",
        ),
        (
            ("cantine-offices", "cantinekit-holidays"),
            "two closure calendars are called fr-school-b: cantine-offices 3.0 and cantinekit-holidays 0.1.0",
        ),
    ],
)
def test_two_that_claim_one_name(site, names, words):
    """Two distributions with one scheme, or one calendar, are an error that names both; one alone loads."""
    assert load(site, *names)["error"] == words
    assert load(site, names[1])["error"] is None


def test_the_command(site):
    """``cantinekit plugins`` names both on a clash; with ``--allow`` it lists what a host with that list has."""
    with pytest.raises(
        AssertionError, match=r"two storage backends claim shelf://: cantine-shelf 2.1 and other-shelf 0.4"
    ):
        call(site / "bin" / "python", "-m", "cantinekit", "plugins", cwd=site)
    command = [site / "bin" / "python", "-m", "cantinekit", "plugins", "--allow", "cantine-shelf"]
    told = call(*command, "--allow", "cantinekit-sliding-scale", "--json", cwd=site)
    found = json.loads(told)
    assert [(row["scheme"], row["version"]) for row in found["backends"] if row["distribution"] == "cantine-shelf"] == [
        ("shelf", "2.1")
    ]
    assert [(row["rule"]["name"], row["version"]) for row in found["rules"]] == [("sliding scale", "0.1.0")]
    assert found["failures"] == []
    with pytest.raises(AssertionError, match="is allowed, but no installed distribution of this name"):
        call(*command, "--allow", "cantine-shelve", cwd=site)
