"""What the house tells of itself: events with facts, spans where the host has them, and nothing of anybody."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from pathlib import Path

import opentelemetry.trace
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from cantinekit import commands as c
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway
from cantinekit.common import telemetry
from cantinekit.common.telemetry import EVENTS, FACTS, NOTHING, SPANS, step
from cantinekit.errors import ConflictError, GatewayError, NotifierError, StorageError
from cantinekit.plugins.ports import Observation
from support.houses import small_house
from support.houses.small_house import CANARIES, START, open_house, period
from support.stores.around import Around

SRC = Path(telemetry.__file__).parents[1]
PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
SECRET = "sk_live_canary"


@pytest.fixture
def events(caplog):
    """The log records of the house, all levels."""
    caplog.set_level(logging.DEBUG, logger="cantinekit")
    return lambda name="": [one for one in caplog.records if getattr(one, "event", "").startswith(name)]


@pytest.fixture
def spans(monkeypatch):
    """The spans that ended, of a provider that the host has set."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(opentelemetry.trace, "get_tracer_provider", lambda: provider)
    return lambda name="": [one for one in exporter.get_finished_spans() if name in ("", one.name.partition(".")[2])]


def facts(record):
    return {name: value for name, value in vars(record).items() if name not in PLAIN and name != "event"}


def book(house, person="zoe", hours=(13, 14), **more):
    command = c.Book(space_id="b", product_id="room", person_id=person, period=period(*hours), account="card", **more)
    return house.do(command)


class Away(FakeGateway):
    """Takes no money, and says what it was asked for and by which key."""

    def charge(self, request):
        raise GatewayError(f"no answer to {request.amount.amount} {request.description} {SECRET} Canary-Zoe 15.00")


class Down(RecordingNotifier):
    """Takes no message, and says whose it was."""

    def send(self, message):
        raise NotifierError(f"no route to {message.to} {SECRET}")


# --- events ---


def test_a_command_is_told(events):
    """The type of the command, how often it was decided and read rows, and what it stored; a repeat is told as one."""
    house = open_house()
    book(house)
    house.do(c.AddPerson(name="Canary Jo"), key="k")
    house.do(c.AddPerson(name="Canary Jo"), key="k")
    told = [facts(one) for one in events("command.done")]
    assert [(one["command"], one["outcome"]) for one in told][-2:] == [("AddPerson", "done"), ("AddPerson", "replayed")]
    booked = next(one for one in told if one["command"] == "Book")
    assert (booked["tries"], booked["stored"] > 0, booked["tasks"] > 0, booked["ms"] > 0) == (1, True, True, True)
    assert booked["batches"] <= 5


def test_a_refusal_is_told_by_its_class(events):
    """A refusal has the class of its error, and nothing of its text."""
    house = open_house()
    book(house)
    with pytest.raises(ConflictError):
        book(house, "bob")
    (record,) = events("command.refused")
    assert (record.levelname, facts(record)["error"]) == ("INFO", "ConflictError")
    assert "taken" not in record.getMessage()


def test_tasks_gateways_and_notifiers_are_told(events):
    """What was done at once and what was done later: the task, how late it was, and what the gateway answered."""
    house = open_house(effects="none")
    book(house)
    house.wait(minutes=2)
    house.cantine.run_due()
    (charge,) = [facts(one) for one in events("task.done") if one.work == "charge"]
    assert {name: charge[name] for name in ("kind", "tries", "late_ms", "outcome")} == {
        "kind": "attempt",
        "tries": 1,
        "late_ms": 120_000,
        "outcome": "done",
    }
    asked = [(one.account, one.call, one.outcome) for one in events("gateway.done")]
    assert asked == [("card", "lookup", "none"), ("card", "charge", "settled")]
    assert [(one.channel, one.template) for one in events("notifier.done")] == [(0, "booking confirmed")]
    (run,) = events("run.done")
    assert (run.levelname, run.done, run.retried, run.dead) == ("INFO", charge["tries"] + 1, 0, 0)


def test_what_fails_is_told(events):
    """A gateway and a notifier that fail: each call, the task that is put off, and the one that is given up."""
    house = open_house(card=Away(), notify=[Down()])
    book(house)
    house.do(c.Book(space_id="a", product_id="room", person_id="zoe", period=period(13, 14), account="desk"))
    assert [(one.error, one.outcome) for one in events("gateway.failed")][:1] == [("GatewayError", "failed")]
    assert [(one.levelname, one.problem) for one in events("task.retried")][:1] == [("WARNING", "GatewayError")]
    assert [one.error for one in events("notifier.failed")] == ["NotifierError"]
    for _ in range(12):
        house.wait(days=1)
        house.cantine.run_due()
    assert {one.work for one in events("task.dead")} >= {"message"}
    assert all(one.levelname == "WARNING" for one in events("task.dead"))


def test_what_fits_nothing_is_told(events):
    """An observation that is quarantined is told with why; the same once more is told as a repeat."""
    house = open_house()
    seen = Observation("none", "ref", "e", "EUR", 100, 100, 0, START)
    house.cantine._outbox.observe("card", seen)
    house.cantine._outbox.observe("card", seen)
    assert [(one.event, one.account) for one in events("observation.")] == [
        ("observation.quarantined", "card"),
        ("observation.repeated", "card"),
    ]
    assert events("observation.quarantined")[0].why == "no charge with this key"


# --- spans ---


def test_spans_are_nested(spans):
    """A command has a span for each try, a try one for each batch; a task has its gateway call and its commands."""
    house = open_house()
    book(house)
    by_id = {one.context.span_id: one for one in spans()}

    def path(one):
        return (path(by_id[one.parent.span_id]) if one.parent else ()) + (one.name.removeprefix("cantinekit."),)

    paths = {path(one) for one in spans()}
    assert ("command", "try", "batch") in paths
    assert ("task", "gateway") in paths
    assert ("task", "command", "try") in paths
    assert ("task", "notifier") in paths
    first = next(one for one in spans("command") if one.attributes["cantinekit.command"] == "Book")
    assert first.attributes["cantinekit.outcome"] == "done"
    assert sum(one.attributes["cantinekit.rows"] for one in spans("batch")) > 0


def test_a_span_of_what_fails(spans):
    """A refusal is an outcome; a failure is an error of the span, by its class, without its text or a traceback."""
    house = open_house(card=Away())
    book(house)
    with pytest.raises(ConflictError):
        book(house, "bob")
    refused = [one for one in spans("command") if one.attributes["cantinekit.outcome"] == "refused"]
    assert [(one.attributes["cantinekit.error"], one.status.status_code) for one in refused] == [
        ("ConflictError", StatusCode.UNSET)
    ]
    (failed,) = spans("gateway")
    assert (failed.attributes["cantinekit.error"], failed.status.status_code) == ("GatewayError", StatusCode.ERROR)
    assert (failed.status.description, failed.events) == (None, ())


def test_a_clash_is_another_try(spans, events):
    """A command whose rows changed is decided again: each try has its span, and the command counts them."""

    class Clashes(Around):
        once = True

        def apply(self, change):
            if self.once and change.events and change.events[0].type == "PersonChanged":
                self.once = False
                other = open_house(self.inner, furnished=False, ids=small_house.CountingIds({"x": 1}))
                other.do(c.ChangePerson("zoe", lang="fr"))
            super().apply(change)

    inner = open_house().storage
    house = open_house(Clashes(inner), furnished=False)
    house.do(c.ChangePerson("zoe", email="new@example.org"))
    outcomes = [one.attributes["cantinekit.outcome"] for one in spans("try")]
    assert sorted(outcomes) == ["done", "done", "stale"]
    assert [one.tries for one in events("command.done") if one.command == "ChangePerson"] == [1, 2]


# --- nobody is in it ---


def everything(house):
    """Commands, refusals, failures, money, messages, webhooks, and a person who is forgotten."""
    book(house)
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.AddPerson(name="Canary Jo", email="canary-jo@example.org"))
    house.do(c.SetFact("zoe", name="student", value=True, proof="canary proof"))
    house.cantine.share_feed("zoe", actor="canary actor")
    for wrong in (
        c.AddPerson(name="Canary Twin", email="canary-jo@example.org"),
        c.ChangePerson("zoe", email="canary-jo@example.org"),
        c.SellPass(product_id="carnet", place_id="nantes", holder_id="zoe", account="desk"),
    ):
        with pytest.raises(Exception, match=r".*"):
            house.do(wrong)
    house.cantine._outbox.observe("card", Observation("none", "canary ref", "canary", "EUR", 1500, 1500, 0, START))
    house.cantine.forget("lou", actor="canary actor")
    for _ in range(3):
        house.wait(hours=5)
        house.cantine.run_due()


FORBIDDEN = (*(one.lower() for one in CANARIES), "canary", "example.org", SECRET, "15.00", "1500", "zoe", "eur")


def told_texts(records):
    for one in records:
        yield one.getMessage()
        yield from (str(value) for value in facts(one).values())


def test_nobody_is_in_what_is_told(events, spans):
    """No name, address, text, secret, amount or id of a person is in an event or a span; all of it is documented."""
    house = open_house(card=Away(), notify=[Down()])
    everything(house)
    records = events()
    assert {"command.done", "command.refused", "gateway.failed", "task.retried", "notifier.failed"} <= {
        one.event for one in records
    }
    texts = [*told_texts(records)]
    for one in spans():
        texts += [one.name, *(str(value) for value in one.attributes.values()), str(one.status.description)]
        assert one.events == ()
        assert one.name.removeprefix("cantinekit.") in SPANS
        assert {name.removeprefix("cantinekit.") for name in one.attributes} <= FACTS.keys()
    assert [text for text in texts for word in FORBIDDEN if word in text.lower()] == []
    assert all(facts(one).keys() <= FACTS.keys() for one in records)
    assert all(one.levelname in EVENTS[one.event].split(": ")[0] for one in records)


def test_a_text_of_somebody_would_be_found():
    """Control: a message with the text of an error is found by what looks for it."""
    records = [logging.makeLogRecord({"msg": "no route to canary-zoe@example.org", "levelno": 30})]
    assert any(word in text.lower() for text in told_texts(records) for word in FORBIDDEN)


def test_all_is_told_through_one_function():
    """No module of the library logs but through ``tell``, whose events are documented."""
    named = set()
    for path in SRC.rglob("*.py"):
        if "testing" in path.parts or path.name == "telemetry.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            direct = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
            if direct and function.value.id in ("log", "_log", "_gateways", "logging"):
                assert function.attr in ("getLogger", "Filter"), (path, function.attr)
            if isinstance(function, ast.Name) and function.id == "tell":
                named |= {one.value for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant)}
    assert named - {"event"} <= EVENTS.keys()
    assert len(named) > 5


# --- what it costs ---


def test_nothing_is_told_where_nobody_listens():
    """Without a provider and below WARNING a step is nothing; with either it is something."""
    log = logging.getLogger("cantinekit.nobody")
    assert step("command", log) is NOTHING
    log.setLevel(logging.INFO)
    assert step("command", log) is not NOTHING


def test_opentelemetry_is_never_imported():
    """A house that is opened and used imports no part of it: the host that wants spans has done so."""
    code = (
        "import sys, logging\n"
        "from cantinekit import Cantine, commands as c\n"
        "logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)\n"
        "with Cantine.open('memory://') as house:\n"
        "    house.execute(c.AddEntity(name='a', id='a'), actor='x')\n"
        "    house.status(); house.run_due()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "command AddEntity: done in " in done.stdout


def test_a_store_that_fails_is_told(events, spans):
    """What the caller gets as an error is told by its class: the text of the store may hold anything."""

    class Broken(Around):
        def load(self, keys):
            raise StorageError("host=canary-host password=canary")

    house = open_house(Broken(open_house().storage), furnished=False)
    with pytest.raises(StorageError):
        house.do(c.ChangePerson("zoe", lang="fr"))
    (record,) = events("command.failed")
    assert facts(record)["error"] == "StorageError"
    assert "canary" not in "".join(told_texts([record]))
    assert spans("command")[0].status.status_code is StatusCode.ERROR
