"""The command line: what it prints, and the code that it ends with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from types import SimpleNamespace

import pytest

import cantinekit.cli._demo
import cantinekit.cli._plugins
import cantinekit.testing
from cantinekit import hookimpl
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cli import main
from cantinekit.errors import CantineError, GatewayError, StorageError
from cantinekit.plugins.hookspecs import PaymentBackend
from cantinekit.plugins.ports import Change, JournalEntry
from cantinekit.plugins.registry import Registry
from cantinekit.testing import FakeStage, PromiseResult, payment_promises

PROMISES = len(payment_promises())


def run(capsys, *argv: str):
    """The exit code and both outputs of a command line."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return SimpleNamespace(code=code, out=out, err=err)


def fails_with(monkeypatch, error: BaseException) -> None:
    """Make ``cantinekit plugins`` raise this."""

    def broken(args):
        raise error

    monkeypatch.setattr(cantinekit.cli._plugins, "run", broken)


# --- the frame ---


def test_version(capsys):
    """``--version`` prints the version of the installed distribution."""
    result = run(capsys, "--version")
    assert (result.code, result.out) == (0, f"cantinekit {metadata.version('cantinekit')}\n")


def test_help_lists_all(capsys):
    """The help names every subcommand with a line that says what it does."""
    result = run(capsys, "--help")
    assert result.code == 0
    for word in (
        "demo",
        "check",
        "quote",
        "diff",
        "schema",
        "plugins",
        "contract",
        "new-plugin",
        "--version",
        "--debug",
    ):
        assert word in result.out


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["plugins", "--jsn"], ["contract"], ["demo", "--lang", "xx"]])
def test_usage(capsys, argv):
    """A command line that cannot be read ends with 2 and says what was wrong."""
    result = run(capsys, *argv)
    assert result.code == 2
    assert result.out == ""
    assert "cantinekit" in result.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CantineError("it is\nso"), "cantinekit: it is so\n"),
        (CantineError(), "cantinekit: CantineError\n"),
        (GatewayError("no answer"), "cantinekit: no answer\n"),
        (RuntimeError("boom"), "cantinekit: RuntimeError: boom (--debug shows where)\n"),
        (RuntimeError(), "cantinekit: RuntimeError (--debug shows where)\n"),
    ],
)
def test_one_line(capsys, monkeypatch, error, line):
    """An error is one line and the code 2, never a traceback."""
    fails_with(monkeypatch, error)
    result = run(capsys, "plugins")
    assert (result.code, result.out, result.err) == (2, "", line)


@pytest.mark.parametrize("argv", [["--debug", "plugins"], ["plugins", "--debug"]])
def test_debug(capsys, monkeypatch, argv):
    """``--debug``, on either side of the subcommand, lets the error out with its traceback."""
    fails_with(monkeypatch, GatewayError("no answer"))
    with pytest.raises(GatewayError):
        run(capsys, *argv)


def test_interrupted(capsys, monkeypatch):
    """Ctrl-C ends quietly with the code that shells expect."""
    fails_with(monkeypatch, KeyboardInterrupt())
    result = run(capsys, "plugins")
    assert (result.code, result.err) == (130, "")


def test_reader_that_leaves():
    """A reader that closes the pipe early causes no traceback and no complaint."""
    program = "import sys; from cantinekit.cli import main; sys.exit(main(['plugins']))"
    with subprocess.Popen(
        [sys.executable, "-c", f"import time; time.sleep(0.3); {program}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_module():
    """``python -m cantinekit`` is the command."""
    result = subprocess.run(
        [sys.executable, "-m", "cantinekit", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("cantinekit ")


def test_entry_point():
    """The distribution installs the command under its own name."""
    (script,) = metadata.entry_points(group="console_scripts", name="cantinekit")
    assert script.load() is main


def test_start_is_light():
    """Printing the version or the help imports neither attrs nor pluggy nor any room of the library but the command."""
    program = (
        "import sys; from cantinekit.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), sep='\\n')"
    )
    rooms = tuple(f"cantinekit.{room}" for room in ("backends", "registry", "testing", "demo", "cantine", "clock"))
    foreign = {"attr", "attrs", "pluggy", "icalendar", "dateutil", "rich", "importlib_resources"}
    for argv in ("--version", "--help"):
        result = subprocess.run([sys.executable, "-c", program, argv], capture_output=True, text=True, check=True)
        loaded = result.stdout.splitlines()
        assert "cantinekit.cli" in loaded
        assert [name for name in loaded if name in foreign or name.startswith(rooms)] == []


# --- plugins ---


def test_plugins_table(capsys):
    """``plugins`` lists each backend with its kind, scheme, origin and a summary."""
    result = run(capsys, "plugins")
    lines = result.out.splitlines()
    assert lines[0].split() == ["KIND", "URL", "FROM", "API", "WHAT", "IT", "IS"]
    (row,) = [line for line in lines if "sqlite://" in line]
    assert row.split()[:4] == ["storage", "sqlite://", "cantinekit", metadata.version("cantinekit")]
    assert result.err == ""


def test_plugins_json(capsys):
    """``plugins --json`` prints the same as data, and the failures beside it."""
    data = json.loads(run(capsys, "plugins", "--json").out)
    assert {row["scheme"] for row in data["backends"]} >= {"memory", "fake", "console"}
    assert set(data["backends"][0]) == {"kind", "scheme", "summary", "distribution", "version", "api"}
    assert isinstance(data["failures"], list)


# --- contract ---


def promise(name: str, *, ok: bool = True, skipped: str = "") -> PromiseResult:
    return PromiseResult(name, f"It {name}.", ok, "" if ok else "it does not", 0.25, skipped)


def answers(monkeypatch, *results: PromiseResult) -> list:
    """Make the check of a store report these results; gives what it was called with."""
    seen = []

    def check(url, open, *, announce, report, **options):
        seen.append((url, open, options))
        announce("makes nothing")
        for result in results:
            report(result)
        return results

    monkeypatch.setattr(cantinekit.testing, "check_storage_url", check)
    return seen


@pytest.mark.parametrize(
    ("results", "code", "last"),
    [
        ([promise("loads"), promise("applies")], 0, "2 promises kept, 0 broken, 0 not claimed"),
        ([promise("loads"), promise("applies", ok=False)], 1, "1 promises kept, 1 broken, 0 not claimed"),
        ([promise("loads"), promise("lasts", skipped="not durable")], 0, "1 promises kept, 0 broken, 1 not claimed"),
        ([promise("lasts", skipped="not durable")], 1, "0 promises kept, 0 broken, 1 not claimed"),
        ([], 1, "0 promises kept, 0 broken, 0 not claimed"),
    ],
)
def test_contract(capsys, monkeypatch, results, code, last):
    """``contract`` prints promise by promise, and ends with 1 when one is broken or none was kept."""
    answers(monkeypatch, *results)
    result = run(capsys, "contract", "memory://")
    assert (result.code, result.out.splitlines()[-1]) == (code, last)
    for kept in results:
        assert kept.promise in result.out
        assert kept.skipped in result.out
        assert kept.problem in result.out


def test_contract_json(capsys, monkeypatch):
    """``contract --json`` prints an object a line for each promise, kept, broken or not claimed, with the reason."""
    answers(monkeypatch, promise("loads"), promise("applies", ok=False), promise("lasts", skipped="not durable"))
    result = run(capsys, "contract", "memory://", "--json")
    assert result.code == 1
    assert [json.loads(line) for line in result.out.splitlines()] == [
        {"name": "loads", "promise": "It loads.", "verdict": "kept", "reason": "", "seconds": 0.25},
        {"name": "applies", "promise": "It applies.", "verdict": "broken", "reason": "it does not", "seconds": 0.25},
        {"name": "lasts", "promise": "It lasts.", "verdict": "not claimed", "reason": "not durable", "seconds": 0.25},
    ]


def test_contract_says_that_it_writes(capsys, monkeypatch):
    """Before the first promise the error stream says in one line that the check writes, and where."""
    answers(monkeypatch, promise("loads"))
    assert run(capsys, "contract", "memory://").err == "THIS CHECK WRITES: it makes nothing.\n"


def test_contract_opens_by_url(capsys, monkeypatch):
    """The check gets the URL, and a way to open stores of every registered scheme."""
    seen = answers(monkeypatch, promise("loads"))
    assert run(capsys, "contract", "memory://").code == 0
    ((url, open_, options),) = seen
    assert (url, open_(url).journal()) == ("memory://", [])
    assert options == {"only": None, "scale": 1.0}


def test_contract_of_some_promises_at_a_scale(capsys):
    """``--only`` names promises, with or without test_, and ``--scale`` their size; each is printed with its name."""
    only = ["--only", "kinds_are_apart", "--only", "test_a_change_may_be_large"]
    result = run(capsys, "contract", "memory://", *only, "--scale", "0.02")
    assert result.code == 0
    assert re.findall(r"\((test_\w+), \d", result.out) == ["test_kinds_are_apart", "test_a_change_may_be_large"]
    assert result.out.endswith("2 promises kept, 0 broken, 0 not claimed\n")
    assert run(capsys, "contract", "fake://", "--only", "a_dispute_is_told").code == 0


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["memory://", "--only", "kinds_are_appart"],
            "no promise kinds_are_appart; did you mean test_kinds_are_apart?",
        ),
        (["memory://", "--only", "a_dispute_is_told"], "there is no promise a_dispute_is_told"),
        (["memory://", "--scale", "0"], "--scale is a number above 0"),
        (["memory://", "--scale", "nan"], "--scale is a number above 0"),
        (["fake://", "--scale", "0.5"], "--scale is for stores"),
    ],
)
def test_contract_options_that_are_refused(capsys, argv, words):
    """A promise that does not exist and a scale that is none are refused before anything is checked."""
    result = run(capsys, "contract", *argv)
    assert result.code == 2
    assert words in result.err
    assert result.out == ""


def test_contract_shows_the_error_of_the_driver(capsys, monkeypatch):
    """With ``--debug`` a broken promise shows where it broke, and the error of the driver from which the store raised
    its own; without, only what the store says."""

    class Failing(MemoryStorage):
        def load(self, keys):
            try:
                raise OSError("the words of the driver")
            except OSError as error:
                raise StorageError("the store could not do it") from error

    monkeypatch.setattr(Registry, "storage", lambda registry, url: Failing())
    argv = ["contract", "memory://", "--only", "kinds_are_apart"]
    plain, told = run(capsys, *argv), run(capsys, *argv, "--debug")
    assert (plain.code, told.code) == (1, 1)
    for result in (plain, told):
        assert "the store could not do it" in result.out
    assert "the words of the driver" not in plain.out
    assert "OSError: the words of the driver" in told.out
    (row,) = map(json.loads, run(capsys, *argv, "--debug", "--json").out.splitlines())
    assert "OSError: the words of the driver" in row["trace"]


def test_contract_spares_a_store_in_use(capsys, tmp_path):
    """What is stored behind the URL is the same after the check, and no file is made where there was none. (Some of the
    promises; the tests of the kit take all.)"""
    some = [
        "test_a_change_is_stored_whole",
        "test_a_row_is_removed_by_one_of_many",
        "test_numbers_go_on_after_reopening",
    ]
    options = ["--scale", "0.05", *(option for name in some for option in ("--only", name))]
    url = f"sqlite:///{tmp_path}/used.db"
    store = Registry.load(entry_points=False).storage(url)
    store.apply(Change(events=(JournalEntry("visit.began", datetime(2026, 11, 24, tzinfo=UTC), "test", (), "{}"),)))
    before = [entry.number for entry in store.journal()]
    assert run(capsys, "contract", url, *options).code == 0
    assert [entry.number for entry in store.journal()] == before
    store.close()
    assert run(capsys, "contract", f"sqlite:///{tmp_path}/new.db", *options).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["used.db"]


@pytest.mark.parametrize(
    ("url", "said", "counts"),
    [
        ("fake://?outcome=declined", "plays with fake gateways of its own", (PROMISES, 0)),
        ("manual://?label=Bar", "asks the desk", (PROMISES - 40, 40)),
        ("stripe://?key=sk_live_abcdef", "a fake of Stripe on this machine", (2, 0)),
        ("helloasso://x?client_id=x&client_secret=x", "a fake of HelloAsso on this machine", (2, 0)),
    ],
)
def test_contract_of_a_gateway(capsys, url, said, counts):
    """``contract`` takes the URL of a gateway, says what it charges, and plays the payment contract."""
    some: tuple[str, ...] = ()
    if url.startswith(("stripe", "helloasso")):
        some = ("--only", "a_refund_gives_the_amount_back", "--only", "a_webhook_tells_of_the_charge")
    result = run(capsys, "contract", url, *some)
    kept, skipped = counts
    last = f"{kept} promises kept, 0 broken, {skipped} not claimed"
    assert (result.code, result.out.splitlines()[-1]) == (0, last)
    assert result.err.startswith("THIS CHECK CHARGES: it ")
    assert said in result.err
    assert result.err.endswith("moves no money.\n")


STAGE = """
from cantinekit.testing import FakeStage

class Mine(FakeStage):
    def __init__(self, gateway):
        super().__init__(gateway.inner)
        self.gateway = gateway
"""


class Wrapped:
    """A gateway of a stranger, who has put the fake one inside."""

    def __init__(self):
        self.inner = FakeStage().fake
        self.capabilities = self.inner.capabilities
        self.charge, self.refund, self.lookup = self.inner.charge, self.inner.refund, self.inner.lookup
        self.read_webhook = self.inner.read_webhook


def test_contract_on_a_stage(capsys, tmp_path, monkeypatch):
    """The gateway of a plug-in is played on the stage of its author; without one what needs it is listed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_stage.py").write_text(STAGE, "utf-8")
    hook = hookimpl(lambda: [PaymentBackend("pay", open=lambda url: Wrapped())], specname="cantinekit_payment_backends")
    registry = Registry.load(plugins=[SimpleNamespace(cantinekit_payment_backends=hook)], entry_points=False)
    monkeypatch.setattr("cantinekit.plugins.registry.Registry.load", lambda: registry)
    without = run(capsys, "contract", "pay://")
    last = f"1 promises kept, 0 broken, 0 not claimed, {PROMISES - 1} not tried"
    assert (without.code, without.err, without.out.splitlines()[-1]) == (0, "", last)
    assert "needs a stage: name it with --stage MODULE:CLASS, or subclass PaymentContract" in without.out
    for wrong in ("", "nonsense", "no_such_module:X", "my_stage:Other"):
        assert run(capsys, "contract", "pay://", "--stage", wrong).code == 2
    played = run(capsys, "contract", "pay://", "--stage", "my_stage:Mine")
    assert (played.code, played.out.splitlines()[-1]) == (0, f"{PROMISES} promises kept, 0 broken, 0 not claimed")
    assert played.err == "THIS CHECK CHARGES: it charges what its stage charges.\n"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a backend URL"),
        ("sqlit:///x", "did you mean sqlite://?"),
        ("smtp://mail.example.org", "needs the option from"),
        ("stripe://?key=pk_test_x", "needs the option key"),
        ("fake://?colour=red", "has no option 'colour'"),
    ],
)
def test_contract_bad_url(capsys, url, words):
    """A URL that opens no store is one line and the code 2."""
    result = run(capsys, "contract", url)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1


# --- demo ---


def test_demo_gets_its_options(capsys, monkeypatch):
    """``demo`` hands its options to the demonstration and ends with its code."""
    seen = []

    def demonstrate(args):
        seen.append((args.db, args.lang, args.fast, args.replay))
        return 1

    monkeypatch.setitem(sys.modules, "cantinekit.demo", SimpleNamespace(main=demonstrate))
    monkeypatch.setattr(cantinekit, "demo", SimpleNamespace(main=demonstrate), raising=False)
    assert run(capsys, "demo", "--db", "sqlite:///x.db", "--lang", "fr", "--fast").code == 1
    assert run(capsys, "demo", "--replay", "sqlite:///x.db").code == 1
    assert seen == [("sqlite:///x.db", "fr", True, None), (None, "en", False, "sqlite:///x.db")]
