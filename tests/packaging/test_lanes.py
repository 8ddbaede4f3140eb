"""How ``make test`` and ``make quick`` deal the test files out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

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


def command(files, *options):
    """How a process of its own runs the lanes with these files."""
    program = f"import lanes, sys; lanes.all_files = lambda: {files}; sys.exit(lanes.main(sys.argv[1:]))"
    return [sys.executable, "-c", program, "--jobs", "2", *options]


def run(files, *options, **more):
    """The lanes with these files, and with more in their environment."""
    return subprocess.run(
        command(files, *options),
        cwd=lanes.TESTS,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def two(tmp_path):
    """Gives two test files that are no tests of the library, and options: one with this body, one that passes."""

    def files(body):
        paths = [tmp_path / "test_one.py", tmp_path / "test_two.py"]
        paths[0].write_text(body, encoding="utf-8")
        paths[1].write_text("def test_good(): pass", encoding="utf-8")
        (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        return [str(path) for path in paths], "-c", str(tmp_path / "pytest.ini")

    return files


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


ENDS = {
    "failure": (
        "def test_bad(): assert 0",
        1,
        ["lane 1: exit code 1; 1 failed in ", "/test_one.py::test_bad"],
    ),
    "collection": ("import there_is_none", 1, ["lane 1: exit code 1; 1 error in ", "/test_one.py"]),
    "killed": ("import os\ndef test_bad(): os.kill(os.getpid(), 9)", 128 + 9, ["lane 1: killed by SIGKILL"]),
    "crash": ("import os\ndef test_bad(): os.abort()", 128 + 6, ["lane 1: killed by SIGABRT"]),
    "exit": ("import os\ndef test_bad(): os._exit(7)", 7, ["lane 1: exit code 7"]),
    "not text": ("import os\ndef test_good(): os.write(1, b'\\xff\\n')", 0, ["lane 1: exit code 0; 1 passed in "]),
}


@pytest.mark.parametrize(("body", "code", "said"), ENDS.values(), ids=ENDS)
def test_the_end_says_how_each_lane_ended(two, body, code, said):
    """A failing test, a file that cannot be collected and a lane that dies fail the run; its last lines say which."""
    files, *options = two(body)
    done = run(files, "-s", *options)
    assert done.returncode == code, done.stdout + done.stderr
    end = done.stdout.rpartition("--- lane 2 ---")[2]
    assert [text for text in said if text not in end] == []
    assert "lane 2: exit code 0; 1 passed in " in end
    assert done.stderr == ""


def test_a_process_left_behind_holds_nothing_up(two):
    """A lane that dies and leaves a process with its output open ends the run all the same."""
    files, *options = two(
        "import os, subprocess\n"
        "def test_bad():\n    subprocess.Popen(['sleep', '120'], start_new_session=True)\n    os._exit(7)"
    )
    program = f"import lanes; lanes.LAST_WORDS = 0.5; lanes.all_files = lambda: {files}; lanes.main({['-s', *options]})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=lanes.TESTS, capture_output=True, text=True, check=False, timeout=110
    )
    assert "lane 1: exit code 7" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_fails(two, tmp_path, number):
    """Ctrl-C interrupts each lane once: fixtures are torn down, the run fails and says how the lanes ended."""
    files, *options = two(
        "import pathlib, pytest, time\nhere = pathlib.Path(__file__).parent\n"
        "@pytest.fixture\ndef server():\n    (here / 'up').touch()\n    yield\n    (here / 'down').touch()\n"
        "def test_long(server): time.sleep(60)"
    )
    start = command(files, *options)
    with subprocess.Popen(start, cwd=lanes.TESTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "up").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        said, wrong = process.communicate(timeout=300)
    assert process.returncode == lanes.INTERRUPTED
    assert "lane 1: exit code 2; " in said
    assert wrong == ""
    assert (tmp_path / "down").exists()


def test_the_environment_reaches_the_lanes(two):
    """``PYTEST_ADDOPTS`` selects in every lane, as options do."""
    files, *options = two("def test_bad(): assert 0")
    done = run(files, *options, PYTEST_ADDOPTS="-k test_good")
    assert done.returncode == 0, done.stdout
    assert "lane 1: exit code 5; 1 deselected in " in done.stdout
    assert run(files, *options, PYTEST_ADDOPTS="-k test_bad -p no:cacheprovider").returncode == 1


def test_files_that_are_named_are_run_alone(two):
    """A path of tests, however it is written, is one lane with nothing else; the value of another option is no path."""
    files, *_ = two("def test_bad(): assert 0")
    for path in ("tests/packaging/test_soak.py", "./tests/packaging", str(lanes.TESTS / "unit"), "tests/a.py::test_b"):
        assert lanes.is_test(path)
    assert not any(map(lanes.is_test, ["-k", "tests_of_it", "docs", "--ignore=tests/unit", files[0]]))
    done = run(files, "--collect-only", "./tests/packaging/test_soak.py")
    assert done.returncode == 0
    assert done.stdout.count("exit code") == 1


def test_a_run_of_nothing_fails():
    """Without a lane or a file nothing was tested: that is no success."""
    assert run([], "--collect-only").returncode == lanes.NO_TESTS
    done = run(["tests/packaging/test_soak.py"], "--jobs", "0")
    assert done.returncode == 2
    assert "--jobs 0: at least one" in done.stderr


def test_all_files_are_those_that_pytest_collects():
    """The lanes have every file in which pytest would look for tests, with or without a weight."""
    patterns = ("test_*.py", "*_test.py")
    folders = [folder for folder in lanes.TESTS.iterdir() if folder.is_dir() and folder.name not in lanes.CLUSTERS]
    found = {path.relative_to(lanes.ROOT).as_posix() for one in patterns for top in folders for path in top.rglob(one)}
    assert found == set(lanes.all_files())
    assert set(lanes.all_files()) - set(lanes.weights())
