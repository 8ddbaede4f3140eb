"""What is built and installed: the wheel, its metadata, and what an import costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module, metadata
from pathlib import Path

import pytest

import cantinekit
import cantinekit.pricing

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cantinekit"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    assert path.name == f"cantinekit-{PROJECT['version']}-py3-none-any.whl"
    return zipfile.ZipFile(path)


def own_files() -> set[str]:
    """All files of the package, as they would be named in a wheel."""
    return {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_wheel_is_whole(wheel):
    """The wheel has every file of the package, data included, and nothing else but its metadata."""
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == own_files()
    assert "cantinekit/py.typed" in names
    assert any(name.endswith(".sql") for name in names)


def test_wheel_has_no_tests(wheel):
    """No test, no fixture and no helper of a test is installed."""
    assert not [name for name in wheel.namelist() if re.search(r"(^|/)(tests?/|test_|conftest\.py$)", name)]


def test_wheel_metadata(wheel):
    """The metadata names the licence, its text and the supported versions, and the core needs five distributions."""
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    text = wheel.read(name).decode()
    assert "License-Expression: Apache-2.0" in text
    assert "Requires-Python: >=3.11" in text
    core = {re.split(r"[<>=]", line)[0] for line in PROJECT["dependencies"]}
    assert core == {"attrs", "pluggy", "python-dateutil", "icalendar", "tzdata"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_wheel_entry_points(wheel):
    """The wheel installs the command, and registers no plug-in of its own: what is built in needs no entry point."""
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert wheel.read(name).decode().split() == ["[console_scripts]", "cantinekit", "=", "cantinekit.cli:main"]


def test_wheel_runs_alone(wheel, tmp_path):
    """The unpacked wheel works, with its data, from a place that is not the repository."""
    wheel.extractall(tmp_path)
    program = (
        "import cantinekit; from cantinekit import Registry\n"
        f"assert cantinekit.__file__.startswith({str(tmp_path)!r}), cantinekit.__file__\n"
        "store = Registry.load(entry_points=False).storage('sqlite:///new.db')\n"
        "print(len(store.journal())); store.close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("0\n", "")


# --- versions ---


def test_version():
    """The version stands in one place, and the library tells the one that is installed."""
    assert cantinekit.__version__ == metadata.version("cantinekit") == PROJECT["version"]
    others = [path for path in PACKAGE.rglob("*.py") if f'"{PROJECT["version"]}"' in path.read_text(encoding="utf-8")]
    assert others == []


def test_constraints():
    """The constraints pin every direct dependency but the peers of the benches, which are measured in their newest
    versions; by versions only: no URL, no path, no option.
    """
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) and re.fullmatch(r"[0-9a-z.]+", pins[name]) for name in pins)
    pinned = {re.sub(r"[-_.]+", "-", name).lower() for name in pins}
    extras = PROJECT["optional-dependencies"]
    wanted = [line for name in extras if name != "bench" for line in extras[name]] + PROJECT["dependencies"]
    direct = {re.split(r"[<>=\[]", line)[0] for line in wanted} - {"cantinekit"}
    assert direct <= pinned
    assert not {"cantinekit", "pip", "setuptools"} & pinned


def test_lowest_constraints():
    """The lowest constraints are the floors of the library's own dependencies, and of the extras that hosts use."""
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    extras = PROJECT["optional-dependencies"]
    wanted = PROJECT["dependencies"] + [
        line
        for name in (
            "apprise",
            "apsw",
            "rich",
            "babel",
            "numpy",
            "postgres",
            "replay",
            "sepa",
            "spark",
            "stripe",
            "testing",
        )
        for line in extras[name]
        if not line.startswith("cantinekit[")
    ]
    for line in wanted:
        name, _, floor = line.replace("[binary]", "").partition(">=")
        assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", pins[name]), (name, floor, pins[name])


def test_extras():
    """``dev`` has all that ``make check`` uses but the peers of the benches, which are in ``bench``; ``test`` has
    everything that the tests import.
    """
    extras = PROJECT["optional-dependencies"]
    assert set(extras) == {
        "apprise",
        "apsw",
        "rich",
        "babel",
        "numbers",
        "postgres",
        "sepa",
        "stripe",
        "testing",
        "numpy",
        "otel",
        "replay",
        "bench",
        "demo",
        "docs",
        "test",
        "ha",
        "spark",
        "dev",
    }
    assert "cantinekit[docs,test]" in extras["dev"]
    tested = "apprise,apsw,babel,numbers,numpy,otel,postgres,replay,rich,sepa,stripe,testing"
    assert f"cantinekit[{tested}]" in extras["test"]


# --- imports ---


def python(program: str) -> str:
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_import_is_light():
    """``import cantinekit`` imports no dependency and no room of the library."""
    program = "import sys; before = set(sys.modules); import cantinekit; print(*sorted(set(sys.modules) - before))"
    loaded = set(python(program).split())
    assert {name for name in loaded if name.startswith("cantinekit")} == {"cantinekit"}
    assert loaded <= {"cantinekit", "__future__", "typing", "collections.abc", "contextlib", "copyreg"} | set(
        python("import typing, sys; print(*sys.modules)").split()
    )


@pytest.mark.parametrize("name", cantinekit.__all__)
def test_every_name(name):
    """Every public name is there after ``import cantinekit`` alone, and is the same object each time."""
    python(f"import cantinekit; assert cantinekit.{name} is cantinekit.{name}; from cantinekit import {name}")


def test_money_alone():
    """Who needs only money does not pay for plug-ins, calendars or stores."""
    program = "import sys; from cantinekit import Money; Money(7, 'EUR'); print(*sorted(sys.modules))"
    loaded = set(python(program).split())
    assert "cantinekit.money" in loaded
    assert (
        not {"pluggy", "icalendar", "dateutil", "sqlite3", "cantinekit.plugins.registry", "cantinekit.plugins.ports"}
        & loaded
    )


def test_pricing_alone():
    """Pricing can be embedded alone: none of its names imports scheduling, ports, calendars or plug-ins."""
    program = "import sys, cantinekit.pricing as it; [getattr(it, name) for name in it.__all__]; print(*sys.modules)"
    loaded = set(python(program).split())
    assert {"cantinekit.pricing.tariff", "cantinekit.pricing.calls.change"} <= loaded
    assert not {"pluggy", "icalendar", "dateutil", "cantinekit.scheduling", "cantinekit.plugins.ports"} & loaded


def test_import_of_pricing_is_light():
    """``import cantinekit.pricing`` imports no other module of the library, and no dependency."""
    program = "import sys; before = set(sys.modules); import cantinekit.pricing; print(*set(sys.modules) - before)"
    loaded = set(python(program).split())
    assert {name for name in loaded if name.startswith("cantinekit")} == {"cantinekit", "cantinekit.pricing"}
    assert "attr" not in loaded


def test_a_quote_imports_no_words():
    """Who loads a price list and asks for a price pays for no sentence, no later call and no comparison of lists."""
    text = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "UTC"\n[product.day.rate]\nprice = 7.00\n'
    program = (
        "import sys; from cantinekit.pricing import Item, Tariff;"
        f"assert Tariff.load({text!r}).quote(Item('day')).total.amount == 700; print(*sys.modules)"
    )
    loaded = set(python(program).split())
    assert "cantinekit.pricing.compiled._quote" in loaded
    unused = ("texts", "markdown", "diff", "_answers", "calls.advise", "calls.change", "calls.terms", "listing")
    assert not {f"cantinekit.pricing.{name}" for name in unused} & loaded


@pytest.mark.parametrize("name", cantinekit.pricing.__all__)
def test_every_name_of_pricing(name):
    """Every public name of the engine is the object of the module that defines it, each time."""
    found = getattr(cantinekit.pricing, name)
    assert found is getattr(cantinekit.pricing, name)
    home = import_module(f"cantinekit.pricing.{cantinekit.pricing._HOMES[name]}")
    assert found is getattr(home, name)
    assert getattr(found, "__module__", home.__name__) == home.__name__


def test_registry_imports_no_backend():
    """Listing the backends imports none of their modules and no driver."""
    program = (
        "import sys; from cantinekit import Registry; Registry.load(entry_points=False); print(*sorted(sys.modules))"
    )
    loaded = set(python(program).split())
    assert {name for name in loaded if name.startswith("cantinekit.backends")} == {
        "cantinekit.backends",
        "cantinekit.backends.builtin",
    }
    assert not {"psycopg", "sqlite3", "icalendar", "dateutil"} & loaded


def test_names_are_sorted():
    """``__all__`` is sorted and agrees with ``dir``; a name that does not exist says so."""
    assert cantinekit.__all__ == sorted(cantinekit.__all__)
    assert set(cantinekit.__all__) <= set(dir(cantinekit))
    with pytest.raises(AttributeError, match="has no attribute 'Canteen'"):
        _ = cantinekit.Canteen
    assert set(cantinekit.pricing._HOMES) == set(cantinekit.pricing.__all__) <= set(dir(cantinekit.pricing))
    with pytest.raises(AttributeError, match="has no attribute 'Tarif'"):
        _ = cantinekit.pricing.Tarif
