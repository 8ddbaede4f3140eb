"""The kit under pytest: nothing of it is there unasked, and who asks is told what a green run has left out."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from cantinekit.testing import PricingRuleContract, StorageContract, plugin, promises

CONFTEST = 'pytest_plugins = ["cantinekit.testing.plugin"]\n'
TESTS = """
from cantinekit.backends.memory import MemoryStorage
from cantinekit.pricing import PricingRule
from cantinekit.testing import PricingRuleContract, StorageContract

class TestMine(StorageContract):
    scale = 0.01
    def open_storage(self):
        return MemoryStorage()

class TestRule(PricingRuleContract):
    amounts = (0, 100)
    def pricing_rule(self):
        return PricingRule("odd", 1, "adjust", lambda params, complain: 1, lambda settings, amount, about: -1), {}

def test_other():
    pass
"""


def run(folder: Path, *argv: str, conftest: str = CONFTEST) -> str:
    """What pytest says of a project with a store and a bad pricing rule."""
    (folder / "conftest.py").write_text(conftest, encoding="utf-8")
    (folder / "test_mine.py").write_text(TESTS, encoding="utf-8")
    only = "test_a_row_is_created_once or test_a_kill or test_other or test_amounts or hashes"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        "-k",
        only,
        *argv,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


def test_who_asks_is_told(tmp_path):
    """With the plugin the run ends with a line for each class: kept, broken, not claimed, and why; from workers too."""
    told = run(tmp_path, "-n", "1")
    _, _, summary = told.partition(" contracts of cantinekit ")
    lines = [line for line in summary.splitlines() if line.startswith("Test")]
    rule, mine = sorted(lines, reverse=True)
    assert rule.startswith("TestRule (PricingRuleContract): 0 kept, 1 broken, 1 not claimed; 1: no other process can")
    killed = sum("kill" in name for name, _ in promises() if name.startswith("test_a_kill"))
    assert mine.startswith(f"TestMine (StorageContract): 1 kept, 0 broken, {killed} not claimed")
    assert "test_other" not in summary


def test_who_does_not_ask_is_not(tmp_path):
    """The control: without the line in conftest.py the same run says nothing of contracts."""
    told = run(tmp_path, conftest="")
    assert "contracts of cantinekit" not in told
    assert "1 failed" in told


def test_no_entry_point_for_pytest():
    """The distribution registers the command and nothing else: no entry point of pytest's, so pytest loads nothing."""
    points = metadata.distribution("cantinekit").entry_points
    assert {point.group for point in points} == {"console_scripts"}
    assert not [point for point in metadata.entry_points(group="pytest11") if point.value.startswith("cantinekit")]


def test_a_fixture_imports_what_it_needs_when_it_is_used(tmp_path):
    """The one line gives every fixture, and the fakes, an SDK or a mail server are not imported before they are asked
    for: without any of them the others work."""
    tests = """
import sys

LATER = ("stripe", "aiosmtpd", "apprise", "hypothesis", "cantinekit.testing.fakestripe",
         "cantinekit.testing.fakehelloasso", "cantinekit.testing.fakeserver")

def test_none_is_there(payment_stage, recording_notifier, check_notifier):
    assert [name for name in LATER if name in sys.modules] == []
    assert payment_stage.gateway.lookup("k") is None

def test_then_one_is(fake_stripe, fake_helloasso):
    assert fake_stripe.port != fake_helloasso.port
    assert [name for name in LATER[:4] if name in sys.modules] == []
"""
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_fixtures.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in result.stdout, result.stdout


def test_every_fixture_is_on_the_page():
    """The table of fixtures has those of the module, and nothing else."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-plug-in.md").read_text(encoding="utf-8")
    table = page.split("| fixture | gives |")[1].split("\n\n")[0]
    fixtures = set(re.findall(r"^@pytest\.fixture\ndef (\w+)", inspect.getsource(plugin), re.MULTILINE))
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == fixtures
    assert len(fixtures) == 5


def test_the_kit_does_not_need_pytest():
    """Importing the kit, and running it, imports no pytest; only the plugin for pytest does."""
    program = """
import sys
sys.modules["pytest"] = None
from cantinekit.backends.memory import MemoryStorage
from cantinekit.testing import run_storage_contract
(result,) = run_storage_contract(MemoryStorage, only=["test_a_row_is_created_once"])
print(result.ok)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("True\n", "")


def test_contract_of():
    """A class is proved by the contract that it is a subclass of, at any distance; other classes by none."""

    class Mine(StorageContract):
        pass

    class Further(Mine):
        pass

    class MyContract:
        pass

    assert [plugin.contract_of(cls) for cls in (Further, PricingRuleContract, MyContract, None)] == [
        "StorageContract",
        "PricingRuleContract",
        None,
        None,
    ]
