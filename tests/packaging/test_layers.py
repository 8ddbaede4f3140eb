"""The import contract: it holds, and it would not hold if an import pointed upwards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a copy of the project."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    result.stdout = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)
    return result


@pytest.fixture
def copy(tmp_path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contract_holds(copy):
    """All contracts hold."""
    result = lint(copy)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("errors/__init__.py", "import cantinekit.plugins.registry", "Imports point down BROKEN"),
        ("money/__init__.py", "from cantinekit import clock", "Imports point down BROKEN"),
        ("pricing/__init__.py", "import cantinekit.plugins.ports", "Pricing can be embedded alone BROKEN"),
        ("pricing/__init__.py", "import dateutil.rrule", "Pricing can be embedded alone BROKEN"),
        ("pricing/__init__.py", "import cantinekit.scheduling", "Pricing can be embedded alone BROKEN"),
        ("pricing/listing/__init__.py", "import icalendar", "Pricing can be embedded alone BROKEN"),
        ("pricing/diff.py", "import cantinekit.plugins.ports", "Pricing can be embedded alone BROKEN"),
        ("pricing/schema.py", "import pluggy", "Pricing can be embedded alone BROKEN"),
        ("pricing/calls/change.py", "import cantinekit.pricing.compiled", "Only a tariff knows its programs BROKEN"),
        (
            "backends/payments/_fake.py",
            "import cantinekit.records",
            "Backends know ports and errors, nothing of the domain BROKEN",
        ),
        ("domain/base.py", "import cantinekit.runtime", "Imports point down BROKEN"),
        ("domain/visits/records.py", "import cantinekit.records", "Imports point down BROKEN"),
        (
            "domain/visits/records.py",
            "import cantinekit.domain.visits.events",
            "Records know no events, commands or handlers BROKEN",
        ),
        (
            "domain/visits/events.py",
            "import cantinekit.domain.visits.handlers",
            "Events know no commands or handlers BROKEN",
        ),
        (
            "domain/visits/commands.py",
            "import cantinekit.domain.visits.events",
            "Commands know no events or handlers BROKEN",
        ),
        ("domain/people/handlers.py", "import cantinekit.domain.places.handlers", "Handlers import no handlers BROKEN"),
        (
            "domain/payments/charging.py",
            "import cantinekit.domain.bookings.records",
            "Payments know nothing of what is paid for BROKEN",
        ),
        ("scheduling/__init__.py", "import cantinekit.domain.spaces.events", "Scheduling knows records only BROKEN"),
        ("cli/_demo.py", "import pluggy", "Two files touch pluggy BROKEN"),
        ("a_new_room.py", '"""Nobody declared it."""', "Imports point down BROKEN"),
    ],
)
def test_a_planted_import_is_found(copy, module, line, contract):
    """One import that points the wrong way, or a room that nobody declared, breaks the contract that forbids it."""
    path = copy / "src" / "cantinekit" / module
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert contract in result.stdout
