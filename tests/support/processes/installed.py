"""Plug-ins that are really installed, and an interpreter that sees them.

Small ones are wheels that are written here and installed by unpacking them into a folder, as an installer does. Whole
projects are built and installed with pip, in a fresh virtual environment, without a network: that environment sees the
packages of the one in which the tests run, through a .pth file, and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cantinekit

SCALE = "0.02"
"""Of the large promises of the storage contract, for the tests of what was written or installed."""


def write_wheel(
    folder: Path, name: str, source: str, *, version: str = "1.0", points: Sequence[str] = ("main",)
) -> Path:
    """Write a wheel with one module into the folder."""
    module = name.replace("-", "_") + "_plugin"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    entries = "\n".join(f"{point} = {module}" for point in points)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[cantinekit]\n{entries}\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in [*archive.namelist(), f"{info}/RECORD"]))
    return wheel


def install(site: Path, name: str, source: str, *, version: str = "1.0", points: Sequence[str] = ("main",)) -> None:
    """Write a wheel with one module, and unpack it into the folder."""
    wheel = write_wheel(site, name, source, version=version, points=points)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    wheel.unlink()


def python(site: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that sees the plug-ins of the folder."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, env=environment, check=False)


def fresh_environment(folder: Path) -> Path:
    """A virtual environment that sees the packages of this one, cantinekit among them."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    places = {sysconfig.get_path("purelib"), str(Path(cantinekit.__file__).parents[1])}
    (site / "outside.pth").write_text("".join(f"{place}\n" for place in sorted(places)), encoding="utf-8")
    return folder


def call(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program with nothing of this project on its path; gives what it printed."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "PIP"))
    }
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", **variables}
    result = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def check_types(project: Path) -> None:
    """Check the types of a project as strictly as can be; what is known of this library is kept for the next one."""
    cache = Path(__file__).parents[3] / ".mypy_cache" / "plug-ins"
    call(sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, project / "src", cwd=project)


def build_wheel(project: Path, folder: Path) -> Path:
    """Build the wheel of a project into the folder."""
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=project)
    (wheel,) = folder.glob(f"{project.name.replace('-', '_')}-*.whl")
    return wheel


def make_small(project: Path) -> None:
    """Make the large promises small in the tests of a store that ``cantinekit new-plugin`` wrote."""
    contract = project / "tests" / "test_contract.py"
    text = contract.read_text(encoding="utf-8")
    fixture = "    @pytest.fixture(autouse=True)\n"
    assert fixture in text
    contract.write_text(text.replace(fixture, f"    scale = {SCALE}\n\n{fixture}"), encoding="utf-8")


def run_own_tests(project: Path, environment: Path, folder: Path, *argv: str, **variables: str) -> str:
    """Run tests of a project, copied to where only the installed package can be found; what pytest says."""
    shutil.copytree(project / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project / "pyproject.toml", folder)
    python = environment / "bin" / "python"
    return call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *argv, cwd=folder, **variables)


def count_passed(told: str, *, skipped: int = 0) -> int:
    """How many tests passed, where none failed and so many were skipped."""
    assert "failed" not in told
    assert [int(number) for number in re.findall(r"(\d+) skipped", told)] == ([skipped] if skipped else [])
    return int(re.search(r"(\d+) passed", told)[1])


def pip(environment: Path, *argv: str | Path, cwd: Path) -> None:
    """Install into the environment, with the pip and the build backend of this one."""
    python = environment / "bin" / "python"
    call(sys.executable, "-m", "pip", "--python", python, "install", "-q", *argv, cwd=cwd)
