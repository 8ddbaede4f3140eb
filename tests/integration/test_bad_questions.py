"""Questions that make no sense: every read answers with a typed error that names the parameter, all alike."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import cantinekit
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.domain.state import Find
from cantinekit.errors import CantineError, InputError, NaiveDatetimeError, NotFoundError
from cantinekit.plugins.ports import Change, Guard, Key
from cantinekit.reads import Reader
from cantinekit.runtime.loader import find_keys
from cantinekit.scheduling.availability import Question
from support.houses import small_house

NO_QUESTION = ("known", "now", "once", "quarantine")
READS = sorted(name for name in dir(Reader) if not name.startswith("_") and name not in NO_QUESTION)
OTHERS = (
    "availability",
    "cancel",
    "check_payment",
    "export",
    "find_free",
    "replay_task",
    "receive",
    "run_due",
    "sweep",
)
"""The questions to the front door, and what else takes plain values there."""
NAIVE = datetime(2026, 11, 24, 8)
DAY = small_house.period(0, 24)
JUNK: tuple[Any, ...] = (
    None,
    5,
    -1,
    1.5,
    True,
    "x\0",
    "2026-11-24",
    b"x",
    object(),
    NAIVE,
    small_house.START,
    ["a"],
    {1: 2},
)
GOOD: dict[str, Any] = {
    "cls": m.Booking,
    "classes": [m.Booking],
    "id": "paris",
    "ids": ["paris"],
    "field": "place",
    "place_id": "paris",
    "pricelist_id": "net",
    "place_ids": ["paris"],
    "day": small_house.TODAY,
    "first": small_house.TODAY,
    "last": small_house.TODAY,
    "names": False,
    "within": DAY,
    "space_id": "b",
    "facilitator_id": "b",
    "units": 1,
    "question": Question(DAY),
    "person_id": "zoe",
    "payer_id": "zoe",
    "organisation_id": "acme",
    "buyer_id": "zoe",
    "session_id": "free",
    "visit_id": "vis_1",
    "order_id": "ord_1",
    "pass_id": "pas_1",
    "statement_id": "asso|coop|2026-11-24",
    "collection_id": "ddc_1",
    "product_ids": ["carnet"],
    "product_id": "carnet",
    "charge_id": "chg_1",
    "registration_id": "reg_1",
    "document_id": "asso|R-1",
    "entity_id": "asso",
    "series": "R",
    "subject": m.Subject("booking", "bkg_1"),
    "year": 2026,
    "lang": "en",
    "error": InputError("x"),
    "account": "card",
    "body": b"",
    "headers": {},
    "task_id": "tsk_1",
    "before": small_house.START,
    "limit": 10,
    "actor": "ana",
    "role": "volunteer",
    "first_day": small_house.TODAY,
    "last_day": small_house.TODAY,
    "first_month": small_house.TODAY.replace(day=1),
    "last_month": small_house.TODAY.replace(day=1),
    "month": small_house.TODAY.replace(day=1),
    "audience": "everybody",
    "kind": "place",
    "email": "zoe@example.org",
}
"""An argument for each parameter that has no default, of the right type."""


@pytest.fixture(scope="module")
def house():
    """A house with a booking that is paid."""
    house = small_house.open_house()
    house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="desk")
    )
    return house


def asked(owner: Any, name: str, **instead: Any) -> Any:
    """Ask, with good arguments but for some; what is given one by one is taken to its end."""
    parameters = inspect.signature(getattr(owner, name)).parameters.values()
    given = {one.name: GOOD[one.name] for one in parameters if one.default is one.empty}
    found = getattr(owner, name)(**given | instead)
    return list(found) if inspect.isgenerator(found) else found


def parameters(cls: type, names: Any) -> list[tuple[str, str]]:
    return [(name, of) for name in names for of in inspect.signature(getattr(cls, name)).parameters if of != "self"]


def fits(hint: Any, value: Any) -> bool:
    """Whether a value may be of a type; what is no plain type may always."""
    text = str(hint)
    if value is None:
        return "None" in text or "Optional" in text
    plain = {str: "str", int: "int", bool: "bool", bytes: "bytes", datetime: "datetime.datetime", date: "datetime.date"}
    if type(value) in (list, dict):
        return "Sequence" in text or "Iterable" in text or "Mapping" in text
    return type(value) in plain and (plain[type(value)] in text or "Any" in text)


@pytest.mark.parametrize("owner", ["read", "front door"])
def test_what_is_of_another_type_is_refused_by_the_name_of_its_parameter(house, owner):
    """None, numbers, texts, naive times, lists: each parameter of each read refuses them with an InputError that names
    it, and nothing else is ever raised than an error of ours."""
    cls, asks, names = (Reader, house.cantine.read, READS) if owner == "read" else (Cantine, house.cantine, OTHERS)
    refused = 0
    for name, of in parameters(cls, names):
        hint = get_type_hints(getattr(cls, name))[of]
        for value in JUNK:
            try:
                asked(asks, name, **{of: value})
            except InputError as error:
                refused += not fits(hint, value)
                named = str(error).startswith((f"{of} ", f"{of}:"))
                if not named and not fits(hint, value):
                    pytest.fail(f"{name} says of {value!r} for {of}: {error}")
                continue
            except CantineError:
                pass
            assert fits(hint, value), f"{name} takes {value!r} for {of}"
    assert refused > 50


def test_a_method_that_is_not_checked_is_seen(house):
    """Control: without its checks a read raises whatever comes of a wrong type."""
    with pytest.raises(AttributeError):
        Reader.facilitations.__wrapped__(house.cantine.read, "b", "2026-11-24")
    with pytest.raises(InputError, match="within"):
        house.cantine.read.facilitations("b", "2026-11-24")


def test_all_reads_are_checked():
    """Each public read is checked: one that is added without is found here."""
    for name in READS:
        assert hasattr(getattr(Reader, name), "__wrapped__"), name
    for name in OTHERS:
        if name not in ("availability", "find_free", "text"):  # which hand on to a read
            assert hasattr(getattr(Cantine, name), "__wrapped__"), name


UNKNOWN = {
    "place_id": (
        "day",
        "agenda",
        "desk",
        "allowances",
        "booked",
        "programme",
        "drifted",
        "booked_outside",
        "takings",
        "attendance",
        "takings_of",
        "attendance_of",
        "no_shows_at",
        "here",
        "presence",
        "seen",
        "orders_on",
        "directory",
        "open_gifts",
        "grid",
        "price",
        "programme_month",
        "prices",
        "today",
        "days",
        "spaces",
        "workshops",
        "closures",
        "text",
    ),
    "place_ids": ("events", "funder_report", "regulars", "usages"),
    "space_id": ("availability", "name_of", "here", "room_week"),
    "space_ids": ("grid",),
    "product_id": ("price",),
    "facilitator_id": ("facilitations", "facilitated_outside"),
    "person_id": (
        "balance",
        "visits",
        "bookings",
        "statement",
        "no_shows",
        "trainings",
        "orders",
        "organisations",
        "roles",
        "feed_links",
        "grid",
        "price",
        "sponsorships",
        "holdings",
        "allowances",
        "passes",
        "registrations_of",
        "registration_of",
        "session_page",
        "prices",
        "availability",
        "programme_month",
        "room_week",
    ),
    "organisation_id": ("members", "organisation_account"),
    "buyer_id": ("gifts",),
    "visit_id": ("sightings", "tab", "upgrades"),
    "entity_id": (
        "trial_balance",
        "closings",
        "verify_closings",
        "accounting_entries",
        "fec",
        "accounting_csv",
        "payer_statement",
        "receivables",
        "month_end",
        "preview_bills",
        "unpaid_bills",
        "refused_debits",
        "clearing",
        "clearing_terms",
        "clearing_statements",
        "clearing_invoicing",
        "places",
        "products",
    ),
    "pricelist_id": ("tariff_text",),
    "statement_id": ("clearing_lines", "clearing_documents"),
    "collection_id": ("debits", "debit_file"),
    "payer_id": ("payer_statement", "payer_credits", "payer_payments", "grid", "price", "prices"),
    "session_id": (
        "registrations",
        "sheet",
        "answers",
        "answers_csv",
        "may_register",
        "registration_of",
        "session_page",
    ),
    "charge_id": ("refunds", "documents_of", "payment_page", "sponsored"),
    "registration_id": ("certificate",),
    "document_id": ("addressee", "bill_balance"),
    "series": ("documents", "numbering"),
    "subject": ("explain",),
    "id": ("need", "which", "history", "document", "print_document", "print_document_html", "themes", "feed"),
}


@pytest.mark.parametrize("of", UNKNOWN)
def test_what_is_not_there_is_not_found(house, of):
    """Every read that is about one record raises NotFoundError where there is none: no answer looks like "nothing"."""
    nothing: Any = {"place_ids": ["nowhere"], "space_ids": ["nowhere"], "subject": m.Subject("booking", "nothing")}.get(
        of, "nothing"
    )
    for name in UNKNOWN[of]:
        with pytest.raises(NotFoundError):
            asked(house.cantine.read, name, **{of: nothing})


def test_every_id_is_looked_up():
    """The reads above are all that are about one record; ``get`` and ``many`` say ``None``."""
    ids = {
        "place_id",
        "place_ids",
        "space_id",
        "facilitator_id",
        "person_id",
        "session_id",
        "charge_id",
        "document_id",
        "visit_id",
        "organisation_id",
    }
    for name, of in parameters(Reader, READS):
        if of in ids and (name, of) != ("may_register", "person_id"):
            assert name in UNKNOWN[of], (name, of)


def test_an_index_that_there_is_not_is_an_error_that_lists_those_there_are(house):
    """``find`` refuses an index of another kind, when it is called, and names the ones that can be asked."""
    read = house.cantine.read
    with pytest.raises(InputError, match="booking has no index field 'holder': they are place, space, person"):
        read.find(m.Booking, "holder")
    with pytest.raises(InputError, match="email has no index field 'person': it has none"):
        read.find(m.EmailHolder, "person")
    with pytest.raises(InputError, match="eq"):
        read.find(m.Booking, "place", "a", eq="b")
    with pytest.raises(InputError, match="state"):
        read.tasks("done")
    assert [one.id for one in read.find(m.Booking, "person", "zoe|", "zoe}")] == ["bkg_1"]


def test_an_index_that_there_is_not_is_an_error_inside_too(house):
    """What reads by an index inside (commands, tasks, sweeps, reports, the directory) names one that there is: by
    another one nothing would be found, and nothing said. Each place that asks a store is looked at."""
    with pytest.raises(InputError, match="booking has no index field 'holder'"):
        find_keys(house.storage, Find("booking", "holder", "a", "b"))
    with pytest.raises(InputError, match="visit has no index field 'holder'"):
        list(house.cantine.read._rows(m.Visit, "holder"))
    with pytest.raises(InputError, match="person has no index field 'email'"):
        list(house.cantine.read._rows(m.Person, "email"))
    asks = re.compile(r"(?:storage|_storage)\.find(?:_columns|_first)?\(")
    for path in sorted(Path(cantinekit.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if asks.search(text) and not {"testing", "plugins", "backends", "dry_run.py"}.intersection(path.parts):
            assert "index_field" in text, path


@pytest.mark.parametrize("units", [-5, 0, 10_001])
def test_nobody_asks_for_fewer_than_one_unit(house, units):
    """Availability of no units, or of less, is no question."""
    with pytest.raises(InputError, match="units"):
        house.cantine.availability("open", DAY, units=units)


@pytest.mark.parametrize("year", [0, -1, 1969, 9998, 10**5000], ids=["0", "-1", "1969", "9998", "of 5,000 digits"])
def test_a_year_is_one_of_ours(house, year):
    """Years out of range are refused, those of 5,000 digits too."""
    for ask in (lambda: house.cantine.read.events(["paris"], year), lambda: house.cantine.read.events([], year)):
        with pytest.raises(InputError, match="year"):
            ask()
    with pytest.raises((InputError, NotFoundError)):
        house.cantine.read.documents("asso", "R", year)


def test_a_read_of_all_time_ends_or_is_refused(house):
    """Periods up to the ends of time are answered; as many pages as nobody could read are refused by name."""
    ever = Period(datetime(1970, 1, 1, tzinfo=UTC), datetime(9997, 12, 31, tzinfo=UTC))
    read = house.cantine.read
    assert len(read.programme("paris", ever)) == 2
    assert read.facilitations("b", ever) == ()
    assert read.agenda("paris", date(1970, 1, 2)) == ()
    with pytest.raises(InputError, match="within"):
        read.booked("paris", ever)


def test_history_of_what_is_gone_is_still_told(house):
    """The journal of a record that was removed is there; of one that never was there is none to tell."""
    house = small_house.open_house()
    house.do(c.ChangePerson("zoe", email="other@example.org"))
    row = small_house.rows(house.storage)[Key("person", "zoe")]
    house.storage.apply(Change(removes=(Guard(row.key, row.version),)))
    assert [entry.type for entry in house.cantine.read.history(m.Person, "zoe")] == ["PersonAdded", "PersonChanged"]
    with pytest.raises(NotFoundError):
        house.cantine.read.history(m.Person, "nobody")


def test_naive_times_say_which_parameter(house):
    """A datetime without a zone is a NaiveDatetimeError with the name of its parameter."""
    with pytest.raises(NaiveDatetimeError, match=r"^since: 2026-11-24T08:00:00 has no time zone"):
        house.cantine.read.no_shows("zoe", NAIVE)
    with pytest.raises(NaiveDatetimeError, match=r"^before: "):
        house.cantine.sweep(before=NAIVE)


def test_a_checked_method_takes_what_python_would():
    """Too many arguments, or one of another name, are the TypeErrors of any call; optional values may be None."""

    class Asks:
        @checked
        def one(self, id: str, some: int | None = None, *, more: bool = False) -> tuple[Any, ...]:
            return id, some, more

    assert Asks().one("a") == ("a", None, False)
    assert Asks().one("a", None, more=True) == ("a", None, True)
    for args, kwargs in ((("a", 1, 2), {}), (("a",), {"other": 1}), ((), {})):
        with pytest.raises(TypeError):
            Asks().one(*args, **kwargs)
