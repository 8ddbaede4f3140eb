"""What people entrust to a house is in no log and in no text of an exception, whatever a database or a plug-in says.

PostgreSQL writes the values of a row into its errors, and psycopg hands them on: here its tables are made to refuse
rows with an e-mail address, an IBAN, a card number and keys in them, in all the ways that it knows. Each test looks
through the exception with all that hangs on it, every logger at its lowest level, the warnings and both streams.
"""

from __future__ import annotations

import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from cantinekit import Cantine, ManualClock, hookimpl
from cantinekit import commands as c
from cantinekit.backends.payments import FakeGateway
from cantinekit.common.safe_traceback import safe_traceback
from cantinekit.errors import BackendError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row
from cantinekit.plugins.registry import Registry

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
CANARIES = {
    "name": "Olga Canary-Perez",
    "mail": "olga.canary@example.org",
    "iban": "FR7630006000011234567890189",
    "card": "4111111111111111",
    "key": "sk_live_canary51H8xQ2eZvKYlo2C",
    "hook": "whsec_canaryMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
ROW = Row("person", "olga", 1, json.dumps(CANARIES), (("mail", CANARIES["mail"]), ("iban", CANARIES["iban"])))
TOLD = JournalEntry("person.added", NOW, CANARIES["mail"], (Key("person", CANARIES["mail"]),), json.dumps(CANARIES))
CHANGE = Change(rows=(ROW,), events=(TOLD,))
TRIGGER = """
CREATE FUNCTION {s}.bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;
CREATE {kind} TRIGGER bad AFTER INSERT ON {s}.record {when} FOR EACH ROW EXECUTE FUNCTION {s}.bad();
"""


def trigger(body: str, kind: str = "", when: str = "") -> str:
    return TRIGGER.replace("{body}", body).replace("{kind}", kind).replace("{when}", when)


RAISE = "RAISE EXCEPTION 'no place for %', NEW.body USING DETAIL = NEW.body::text, HINT = NEW.body->>'card';"
FAULTS = {
    "unique": (
        "CREATE UNIQUE INDEX ON {s}.record ((body->>'iban'));"
        "INSERT INTO {s}.record VALUES ('x', 'x', 1, '{row}', '[]');"
    ),
    "check": "ALTER TABLE {s}.record ADD CHECK (body->>'iban' NOT LIKE 'FR%');",
    "not null": "ALTER TABLE {s}.record ADD note text; ALTER TABLE {s}.record ALTER note SET NOT NULL;",
    "bad value": trigger("PERFORM (NEW.body->>'card')::int;"),
    "bad json": trigger("PERFORM (NEW.body->>'key')::json;"),
    "bad date": trigger("PERFORM (NEW.body->>'mail')::date;"),
    "raised": trigger(RAISE),
    "at commit": trigger(RAISE, "CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED"),
    "foreign key": (
        "CREATE TABLE {s}.known (mail text PRIMARY KEY);"
        "ALTER TABLE {s}.record_index ADD FOREIGN KEY (value) REFERENCES {s}.known;"
    ),
    "of the journal": "ALTER TABLE {s}.journal ADD CHECK (body->>'card' NOT LIKE '4%');",
    "of a subject": "ALTER TABLE {s}.journal_subject ADD CHECK (id NOT LIKE '%@%');",
}  # fmt: skip
DIRECT = """
INSERT INTO {s}.record VALUES ('person', 'olga', 1, '{row}', '[]');
INSERT INTO {s}.record_index VALUES ('person', 'mail', '{mail}', 'olga');
INSERT INTO {s}.journal VALUES (1, 't', now(), '{mail}', '[]', '{row}');
INSERT INTO {s}.journal_subject VALUES ('person', '{mail}', 1);
"""


def filled(text: str, schema: str) -> bytes:
    row = json.dumps(CANARIES)
    return text.replace("{s}", schema).replace("{row}", row).replace("{mail}", CANARIES["mail"]).encode()


class Everything:
    """What anybody could have written down: logs, warnings, streams, and the exceptions that are given to it."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self.capfd = capfd
        self.texts: list[str] = []
        self.handler = logging.Handler(logging.NOTSET)
        self.handler.emit = self.heard  # type: ignore[method-assign]
        self.warned: list[warnings.WarningMessage] = []

    def heard(self, record: logging.LogRecord) -> None:
        self.texts += [logging.Formatter().format(record), record.getMessage(), repr(record.args), repr(vars(record))]

    def raised(self, error: BaseException) -> None:
        """Keep all texts of an exception, and of those that it hangs on."""
        self.texts += traceback.format_exception(error)
        current: BaseException | None = error
        while current is not None:
            self.texts += [str(current), repr(current), repr(current.args), repr(vars(current))]
            self.texts += [str(getattr(current, "__notes__", "")), repr(pickle.dumps(current))]
            current = current.__cause__ or current.__context__

    def seen(self) -> set[str]:
        """Which canaries are in what was written."""
        texts = [*self.texts, *map(str, self.warned), *self.capfd.readouterr()]
        return {name for name, canary in CANARIES.items() if any(canary in text for text in texts)}


@pytest.fixture
def everything(capfd) -> Iterator[Everything]:
    found = Everything(capfd)
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in ("psycopg", "psycopg.pool", "cantinekit", "apsw"))]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    root.addHandler(found.handler)
    with warnings.catch_warnings(record=True) as found.warned:
        warnings.simplefilter("always")
        yield found
    root.removeHandler(found.handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def refused(
    work: Callable[[], Any], everything: Everything, error: type[BaseException] = StorageError
) -> BaseException:
    with pytest.raises(error) as caught:
        work()
    everything.raised(caught.value)
    return caught.value


@pytest.mark.parametrize("fault", FAULTS)
def test_what_postgresql_says_of_a_row(pg_storage, pg_admin, everything, fault):
    """When PostgreSQL refuses a change, no value of its rows and entries is in the error, its causes, or any log.

    The control: the same statements through psycopg alone raise an error with such values in its text.
    """
    schema = pg_storage._schema
    pg_admin.execute(filled(FAULTS[fault], schema))
    error = refused(lambda: pg_storage.apply(CHANGE), everything)
    assert not error.retryable
    assert everything.seen() == set()
    assert pg_storage.load([ROW.key]) == [None]
    with pytest.raises(psycopg.Error) as caught, pg_admin.transaction():
        pg_admin.execute(filled(DIRECT, schema))
    everything.raised(caught.value)
    assert everything.seen()


def test_what_postgresql_says_beside_it(pg_storage, pg_admin, everything):
    """A notice and a warning of the server with values of a row in them reach nobody's log."""
    body = "RAISE WARNING 'odd %', NEW.body; RAISE NOTICE 'odd %', NEW.body;"
    pg_admin.execute(filled(trigger(body), pg_storage._schema))
    pg_storage.apply(CHANGE)
    assert everything.seen() == set()
    assert pg_storage.load([ROW.key])[0].version == 1


def test_a_search_for_a_value(pg_storage, pg_admin, everything):
    """A search that PostgreSQL cannot carry out says nothing of what was searched for."""
    pg_admin.execute(filled("DROP TABLE {s}.record_index;", pg_storage._schema))
    refused(lambda: pg_storage.find("person", "mail", eq=CANARIES["mail"]), everything)
    refused(lambda: pg_storage.load([Key("person", CANARIES["mail"])]) and pg_storage.apply(CHANGE), everything)
    assert everything.seen() == set()


def test_the_secrets_of_a_url(everything):
    """A server that is not there, and one that refuses the password, say nothing of user, password and options."""
    secret, user = CANARIES["key"], CANARIES["name"].replace(" ", "")
    for url in (
        f"postgresql://{user}:{secret}@127.0.0.1:9/db",
        f"postgresql://{user}:{secret}@127.0.0.1:9/db?nothing=1",
    ):
        refused(lambda url=url: Registry.load(entry_points=False).storage(url), everything, Exception)
    assert everything.seen() == set()


def test_through_a_house(pg_url, pg_admin, everything):
    """A command that the database refuses says nothing of the person; nor does the task that was to follow it."""
    with Cantine.open(pg_url, clock=ManualClock(NOW)) as cantine:
        cantine.execute(c.AddEntity(name="Asso", id="asso"), actor="setup")
        schema = pg_url.rpartition("schema=")[2]
        pg_admin.execute(filled("ALTER TABLE {s}.record ADD CHECK (body->>'email' NOT LIKE '%@%');", schema))
        add = c.AddPerson(name=CANARIES["name"], email=CANARIES["mail"], id="olga")
        refused(lambda: cantine.execute(add, actor="desk", idempotency_key=CANARIES["key"]), everything)
    assert everything.seen() == set()


class Broken:
    """A plug-in whose exceptions are full of what it was given: an observer, a notifier and a gateway."""

    class Gateway(FakeGateway):
        def charge(self, request: Any) -> Any:
            raise BackendError(f"card {CANARIES['card']} of {CANARIES['mail']}: {CANARIES['key']}", retryable=True)

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.heard = self.sent = 0

    def send(self, message: Any) -> None:
        self.sent += 1
        raise OSError(f"550 no such mailbox {CANARIES['mail']} ({CANARIES['hook']})")

    @hookimpl
    def cantinekit_events_recorded(self, events: Any) -> None:
        self.heard += 1
        with psycopg.connect(self.dsn) as db:
            db.execute("SELECT %s::int", (CANARIES["card"] + CANARIES["iban"],))


def test_what_plug_ins_say(pg_server, everything):
    """An observer, a notifier and a gateway that fail with data in their texts are named in the log, and no text is.

    What is stored of the failure is a word. The control: the texts of the three do have the data.
    """
    broken, payments = Broken(pg_server), {"card": Broken.Gateway(), "desk": "manual://"}
    registry = Registry.load(plugins=[broken], entry_points=False)
    with Cantine.open(
        "memory://", payments=payments, notify=[broken], clock=ManualClock(NOW), registry=registry, effects="all"
    ) as cantine:
        cantine.execute(c.AddEntity(name="Asso", accounts=("card", "desk"), id="asso"), actor="setup")
        cantine.execute(
            c.AddPlace(name="Paris", entity_id="asso", zone="Europe/Paris", currency="EUR", id="paris"), actor="setup"
        )
        cantine.execute(c.AddSpace(place_id="paris", name="Studio", id="studio"), actor="setup")
        cantine.execute(c.PublishTariff(PRICES), actor="setup")
        cantine.execute(
            c.AddProduct(
                name="Carnet",
                entity_id="asso",
                pricelist_id="house",
                tariff_product="carnet",
                sells="pass",
                id="carnet",
            ),
            actor="setup",
        )
        cantine.execute(c.AddPerson(name=CANARIES["name"], email=CANARIES["mail"], id="olga"), actor="setup")
        for account in ("card", "desk"):
            cantine.sell_pass("carnet", "paris", actor="desk", holder_id="olga", account=account)
        cantine.run_due()
        stored = [row.body for kind in ("task", "attempt", "charge") for row in rows_of(cantine, kind)]
    assert broken.heard >= 6
    assert broken.sent >= 1
    assert len(stored) >= 4
    assert not [body for body in stored if any(canary in body for canary in CANARIES.values())]
    assert any("cantinekit_events_recorded of Broken (passed in) failed" in text for text in everything.texts)
    assert any("(message) failed: OSError" in text for text in everything.texts)
    assert any("(charge) failed: BackendError" in text for text in everything.texts)
    assert any("psycopg.errors.NumericValueOutOfRange at " in text for text in everything.texts)
    assert everything.seen() == set()
    for fails in (
        lambda: broken.cantinekit_events_recorded([]),
        lambda: broken.send(None),
        lambda: Broken.Gateway().charge(None),
    ):
        refused(fails, everything, Exception)
    assert everything.seen() >= {"mail", "iban", "card", "key", "hook"}


PRICES = """
tariff = { id = "house", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.carnet.rate = { price = 80.00 }
product.carnet.sells = "grant"
product.carnet.grant = { account = "carnet", units = 10, unit = "entry" }
[examples]
list = [{ id = "one", product = "carnet", gross = 80.00 }]
"""


def rows_of(cantine: Cantine, kind: str) -> list[Row]:
    """All rows of a kind, from the store in memory."""
    return [row for key, row in cantine._engine.storage._rows.items() if key.kind == kind]


# --- the trace that stands in the log ---


def chained() -> BaseException:
    try:
        try:
            int(CANARIES["card"] + "x")
        except ValueError as error:
            raise LookupError(CANARIES["mail"]) from error
    except LookupError as error:
        return error
    raise AssertionError


def test_a_trace_has_places_and_no_text():
    """A trace names the types and the places of an exception and of its causes, and nothing of their texts."""
    text = safe_traceback(chained())
    assert text.startswith("LookupError at test_canaries.py:")
    assert "; from ValueError at test_canaries.py:" in text
    assert " in chained" in text
    assert not [canary for canary in CANARIES.values() if canary in text]


def test_a_trace_of_odd_exceptions():
    """A trace comes to an end for a ring of causes, and for an exception that was never raised or cannot be printed."""

    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError(CANARIES["key"])

    one, two = Odd(), KeyError()
    one.__cause__, two.__cause__ = two, one
    text = safe_traceback(one)
    assert text.count("KeyError at no place") == 2
    assert len(text) < 1_000
