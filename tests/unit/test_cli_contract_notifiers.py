"""``cantinekit contract`` on notifiers: those of the library reach nobody, others send when they are told to."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cantinekit.backends.notices import RecordingNotifier
from cantinekit.cli import main
from cantinekit.plugins.hookspecs import NotificationBackend, hookimpl
from cantinekit.plugins.registry import Registry
from cantinekit.testing import check_notifier_url, notifier_promises
from cantinekit.testing._notifier_stage import MESSAGE
from support.servers.hook_server import SECRET, HookServer

ALL = len(notifier_promises())
STAGE = """
from cantinekit.testing import Arrived, NotifierStage

class Mine(NotifierStage):
    def __init__(self, notifier):
        self.notifier = notifier

    def arrived(self):
        return [Arrived(one.to, one.subject, one.text, one.key) for one in self.notifier.received]

class Nothing(NotifierStage):
    def __init__(self):
        pass
"""


class Strict(RecordingNotifier):
    """The notifier of a stranger."""

    def send(self, message):
        if not all((message.to, message.subject, message.text, message.key)):
            self._script = ["ok"] * self.calls + ["refused"]
        super().send(message)


class Async:
    """A notifier that nobody awaits."""

    async def send(self, message):
        raise AssertionError("nobody awaits it")


def run(capsys, *argv):
    """The exit code and both outputs of a command line."""
    try:
        code = main(["contract", *argv])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return SimpleNamespace(code=code, out=out, err=err)


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The notifiers that ``mine://`` has opened; ``async://`` is another; the stages are in this folder."""
    found = []

    def mine(url):
        found.append(Strict())
        return found[-1]

    kinds = [NotificationBackend("mine", open=mine), NotificationBackend("async", open=lambda url: Async())]
    hook = hookimpl(lambda: kinds, specname="cantinekit_notification_backends")
    registry = Registry.load(plugins=[SimpleNamespace(cantinekit_notification_backends=hook)], entry_points=False)
    monkeypatch.setattr("cantinekit.plugins.registry.Registry.load", lambda: registry)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stage_of_mine.py").write_text(STAGE, "utf-8")
    return found


@pytest.mark.parametrize(
    ("url", "said", "skipped"),
    [
        ("console://", "prints to a stream of its own, which nobody sees", 6),
        ("smtp://mail.example.org?from=a@example.org", "a mail server of its own on this machine", 0),
        (f"webhook+https://hooks.example.org?secret={SECRET}", "a receiver of its own on this machine", 0),
        ("apprise://?target=json://example.org/x", "a service of its own on this machine", 1),
    ],
)
def test_a_notifier_of_the_library(capsys, monkeypatch, url, said, skipped):
    """A notifier of the library is tried on a far end on this machine, and what the URL names is never asked."""
    if not url.startswith("console"):  # a socket to anywhere else fails, and would break promises
        _only_this_machine(monkeypatch)
    result = run(capsys, url)
    last = f"{ALL - skipped} promises kept, 0 broken, {skipped} not claimed"
    assert (result.code, result.out.splitlines()[-1]) == (0, last)
    assert result.err.startswith("THIS CHECK SENDS: it ")
    assert said in result.err
    assert "canary.zoe" not in result.out


def test_only_apprise_needs_the_extra():
    """Without the extra ``apprise`` the console is checked all the same, and ``apprise://`` says what it needs."""
    without = "import sys; sys.modules['apprise'] = None; from cantinekit.cli import main; sys.exit(main(sys.argv[1:]))"

    def check(url):
        call = [sys.executable, "-c", without, "contract", url]
        return subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)

    console = check("console://")
    assert (console.returncode, console.stderr.startswith("THIS CHECK SENDS")) == (0, True), console.stderr
    apprise = check("apprise://?target=json://example.org/x")
    assert (apprise.returncode, "needs 'apprise'" in apprise.stderr) == (2, True), apprise.stderr


def _only_this_machine(monkeypatch):
    import socket

    original = socket.getaddrinfo

    def asked(host, *rest, **more):
        assert host in ("127.0.0.1", "localhost"), host
        return original(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", asked)


def test_nothing_is_posted_to_what_the_url_names(capsys):
    """The control of a real address: the server that a URL names is asked for nothing, and once with --send-to."""
    with HookServer() as server:
        assert run(capsys, server.url()).code == 0
        assert server.asked == 0
        sent = run(capsys, server.url(), "--send-to", "ana@example.org")
        assert (sent.code, server.asked) == (0, 1)
    (posted,) = server.posted
    data = json.loads(posted.body)["data"]
    assert (data["to"], data["subject"]) == ("ana@example.org", "A test of cantinekit")
    assert sent.err == "THIS CHECK SENDS: it sends one message to ana@example.org.\n"
    assert sent.out.splitlines()[-1] == f"2 promises kept, 0 broken, 0 not claimed, {ALL - 2} not tried"


def test_a_server_that_refuses_the_message(capsys):
    """A message of --send-to that is not handed over is a broken promise, and the code 1."""
    with HookServer(("400",)) as server:
        sent = run(capsys, server.url(), "--send-to", "ana@example.org")
    assert (sent.code, "answered 400" in sent.out) == (1, True)


def test_a_plug_in_without_a_stage(capsys, opened):
    """Of the notifier of a plug-in what the URL alone shows is checked, the rest is listed, and nothing is sent."""
    result = run(capsys, "mine://")
    last = f"1 promises kept, 0 broken, 0 not claimed, {ALL - 1} not tried"
    assert (result.code, result.err, result.out.splitlines()[-1]) == (0, "", last)
    assert result.out.count("needs a stage: name it with --stage MODULE:CLASS, or subclass NotifierContract") == ALL - 1
    assert [one.calls for one in opened] == [0]


def test_a_plug_in_as_json(capsys, opened):
    """With --json each promise is an object a line, tried or not."""
    rows = [json.loads(line) for line in run(capsys, "mine://", "--json").out.splitlines()]
    assert [row["verdict"] for row in rows] == ["kept", *["not tried"] * (ALL - 1)]
    assert [row["name"] for row in rows] == [name for name, _ in notifier_promises()]


def test_a_plug_in_that_is_async(capsys, opened):
    """A notifier that would have to be awaited breaks the promise that a URL alone shows, and the one of sending."""
    assert run(capsys, "async://").code == 1
    assert "send is async" in run(capsys, "async://").out
    assert "2 broken" in run(capsys, "async://", "--send-to", "ana@example.org").out.splitlines()[-1]


def test_a_plug_in_that_sends(capsys, opened):
    """With --send-to the notifier of a plug-in sends one message, each time under another key."""
    keys = set()
    for _ in range(2):
        assert run(capsys, "mine://", "--send-to", "ana@example.org").code == 0
        ((message,),) = [one.received for one in opened[-1:]]
        assert (message.to, message.lang) == ("ana@example.org", "en")
        keys.add(message.key)
    assert len(keys) == 2
    assert MESSAGE.key not in keys


def test_a_plug_in_on_its_stage(capsys, opened):
    """The notifier of a plug-in is played on the stage that is named, opened anew for each promise."""
    result = run(capsys, "mine://", "--stage", "stage_of_mine:Mine")
    assert result.err == "THIS CHECK SENDS: it sends what its stage sends.\n"
    assert " not tried" not in result.out
    assert "kept         A message that was sent without an error is at the far end" in result.out
    assert len({id(one) for one in opened}) > ALL - 10


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["mine://", "--stage", "stage_of_mine"], "names no stage"),
        (["mine://", "--stage", "stage_of_mine:Other"], "cannot be imported"),
        (["mine://", "--stage", "stage_of_mine:Nothing"], "cannot be called with what the URL opens"),
        (["mine://", "--stage", "json:__name__"], "cannot be called with what the URL opens"),
        (["mine://", "--stage", "cantinekit.testing:FakeStage"], "is no NotifierStage"),
        (["fake://", "--stage", "stage_of_mine:Mine"], "is no PaymentStage"),
        (["mime://", "--stage", "stage_of_mine:Mine"], "did you mean mine://?"),
        (["mine://", "--stage", "stage_of_mine:Mine", "--send-to", "ana@example.org"], "not both"),
        (["mine://", "--send-to", " "], "--send-to needs an address"),
        (["memory://", "--stage", "stage_of_mine:Mine"], "--stage is for gateways and notifiers"),
        (["memory://", "--send-to", "ana@example.org"], "--send-to is for notifiers"),
        (["fake://", "--send-to", "ana@example.org"], "--send-to is for notifiers"),
        (["webhook+http://hooks.example.org"], "is for this machine alone"),
    ],
)
def test_bad_input(capsys, opened, argv, words):
    """What cannot be done is one line and the code 2, and nothing was sent."""
    result = run(capsys, *argv)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert not any(one.calls for one in opened)


def test_some_promises_from_python(opened):
    """``check_notifier_url`` checks those that are named, and reports each."""
    reported = []
    names = ["test_it_is_a_notifier", "test_a_message_arrives"]
    results = check_notifier_url("mine://", Registry.load().notifier, only=names, report=reported.append)
    assert [(one.name, one.ok, one.tried) for one in results] == [(names[0], True, True), (names[1], True, False)]
    assert tuple(reported) == results
