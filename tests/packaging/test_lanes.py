"""How ``make test`` and ``make quick`` deal the test files out."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lanes


def test_each_file_is_in_one_lane():
    """Every test file is run once, whatever the number of lanes; no lane is empty."""
    files = lanes.all_files()
    for count in (1, 2, 3, 8):
        dealt = lanes.deal(files, lanes.weights(), count)
        assert sorted(path for lane in dealt for path in lane) == files
        assert len(dealt) == count
        assert all(dealt)


def test_lanes_weigh_about_the_same():
    """The heaviest lane weighs a tenth more than the lightest at most."""
    known = lanes.weights()
    loads = [
        sum(known.get(path, lanes.LIGHT) for path in lane) for lane in lanes.deal(lanes.all_files(), known, count=3)
    ]
    assert max(loads) < 1.1 * min(loads)


def test_weights_are_of_files_that_there_are():
    """A file that was renamed takes its weight along."""
    assert set(lanes.weights()) - set(lanes.all_files()) == set()


def test_the_quick_ones_need_nothing_outside():
    """``make quick`` starts no server and no process: it takes unit tests that name neither, and most of them."""
    quick = set(lanes.quick_files())
    units = {path for path in lanes.all_files() if path.startswith("tests/unit/")}
    assert quick < units
    assert len(quick) > 0.7 * len(units)
    assert "tests/unit/test_commands_walk.py" in quick
    assert not {"tests/unit/test_backend_postgres.py", "tests/unit/test_smtp.py", "tests/unit/test_cli.py"} & quick


def run(files, *options):
    """The lanes with these files, in a process of their own."""
    program = f"import lanes, sys; lanes.all_files = lambda: {files}; sys.exit(lanes.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "--jobs", "2", *options]
    return subprocess.run(command, cwd=lanes.TESTS, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("word", "code"), [("test_sizes", 0), ("no_test_has_this_name", lanes.NO_TESTS)])
def test_options_go_to_pytest(word, code):
    """``-k`` selects in every lane; a lane without a test is no failure, a run without any is one."""
    done = run(["tests/packaging/test_soak.py", "tests/packaging/test_shared.py"], "--collect-only", "-k", word)
    assert done.returncode == code, done.stdout + done.stderr


def test_a_failure_in_any_lane_is_one():
    """The exit code is that of a lane that failed, and what it says is printed."""
    done = run(["tests/packaging/test_soak.py", "tests/packaging/there_is_none.py"], "--collect-only")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "file or directory not found: tests/packaging/there_is_none.py" in done.stdout
