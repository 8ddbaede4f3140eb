"""What no house should accept: a typed error, and nothing half stored, on every store."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    AccountError,
    CantineError,
    ClosedError,
    ConflictError,
    CurrencyError,
    DuplicateError,
    InputError,
    NaiveDatetimeError,
    NotForSaleError,
    NotFoundError,
    PriceChangedError,
    QuoteExpiredError,
    RefusedError,
    TariffError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses import small_house
from support.postgres import postgres_server

STORES = ("memory", "sqlite", "postgresql")
TEN_MB = "x" * 10_000_000
SLOT = small_house.period(10, 11)
USD = small_house.TARIFF.replace('"EUR"', '"USD"').replace('id = "net"', 'id = "dollars"')


@pytest.fixture(scope="module", params=STORES)
def store_url(request, tmp_path_factory):
    """A store that is shared by all tests that leave it as it was."""
    if request.param == "postgresql":
        request.getfixturevalue("pg_server")
        url = postgres_server.fresh_url()
        yield url
        postgres_server.drop(url)
    elif request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('bad')}/house.db"
    else:
        yield "memory://"


@pytest.fixture(scope="module")
def shared_house(store_url):
    """A house with a booking that is paid, a visit, and a price list in another currency."""
    house = small_house.open_house(store_url)
    house.do(c.PublishTariff(USD))
    house.do(
        c.AddProduct(
            name="Dollars",
            entity_id="asso",
            pricelist_id="dollars",
            tariff_product="room",
            sells="booking",
            id="dollars",
        )
    )
    house.do(
        c.AddProduct(
            name="Dear", entity_id="asso", pricelist_id="dollars", tariff_product="materials", sells="option", id="dear"
        )
    )
    house.do(
        c.AddProduct(
            name="Unlisted",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="unlisted",
            sells="booking",
            id="unlisted",
        )
    )
    house.do(
        c.AddProduct(
            name="Listless",
            entity_id="asso",
            pricelist_id="nowhere",
            tariff_product="room",
            sells="booking",
            id="listless",
        )
    )
    house.do(c.Book(space_id="b", product_id="room", period=small_house.period(14, 15), account="card"))
    house.do(c.Book(space_id="a1", product_id="room", period=small_house.period(14, 15)))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk", id="carnet-of-bob"))
    yield house
    house.cantine.close()


def promise(**changes):
    """A promise as ``Cantine.quote`` makes it for a booking of b from ten to eleven, but for some of it."""
    version = changes.pop("version", "0" * 64)
    made = c.PricePromise(Money(1500, "EUR"), version, 1, small_house.START, small_house.START + timedelta(minutes=15))
    return attrs.evolve(made, **changes)


def book(**changes):
    return c.Book(**{"space_id": "b", "product_id": "room", "period": SLOT, "account": "desk", **changes})


def given(**changes):
    owner = {"account": "carnet", "pricelist_id": "net", "place_id": "paris", "holder_id": "zoe", "reason": "a gift"}
    return c.GrantUnits(**{**owner, **changes})


TIMES = {
    "naive start": (lambda: book(period=Period(datetime(2026, 11, 24, 10), SLOT.end)), NaiveDatetimeError),
    "naive end": (lambda: book(period=Period(SLOT.start, datetime(2026, 11, 24, 11))), NaiveDatetimeError),
    "end before start": (lambda: book(period=Period(SLOT.end, SLOT.start)), InputError),
    "no length": (lambda: book(period=Period(SLOT.start, SLOT.start)), InputError),
    "a text": (lambda: book(period="tomorrow"), InputError),
    "a pair": (lambda: book(period=(SLOT.start, SLOT.end)), InputError),
    "nothing": (lambda: book(period=None), InputError),
    "a date": (lambda: book(period=Period(date(2026, 11, 24), date(2026, 11, 25))), InputError),
    "before 1970": (lambda: book(period=Period(datetime(1969, 1, 1, tzinfo=UTC), SLOT.end)), InputError),
    "year 9999": (lambda: book(period=Period(SLOT.start, datetime.max.replace(tzinfo=UTC))), InputError),
    "the first day": (
        lambda: book(period=Period(datetime(1970, 1, 1, 0, tzinfo=UTC), datetime(1970, 1, 1, 1, tzinfo=UTC))),
        CantineError,
    ),
    "the last day": (
        lambda: book(period=Period(datetime(9997, 12, 31, 22, tzinfo=UTC), datetime(9997, 12, 31, 23, tzinfo=UTC))),
        CantineError,
    ),
    "three years": (lambda: book(space_id="n", period=Period(SLOT.start, SLOT.start + timedelta(1100))), InputError),
    "over": (lambda: book(period=small_house.period(1, 2)), TooLateError),
    "at night": (lambda: book(period=small_house.period(20, 21)), ClosedError),
    "naive since": (lambda: c.PublishTariff(small_house.TARIFF, since=datetime(2027, 1, 1)), NaiveDatetimeError),
    "since a date": (lambda: c.PublishTariff(small_house.TARIFF, since=date(2027, 1, 1)), InputError),
    "session on a datetime": (
        lambda: c.AddSession(workshop_id="talk", day=SLOT.start, starts=time(18), ends=time(20), seats=5),
        InputError,
    ),
    "session on a text": (
        lambda: c.AddSession(workshop_id="talk", day="2026-11-26", starts=time(18), ends=time(20), seats=5),
        InputError,
    ),
    "session at an hour": (
        lambda: c.AddSession(workshop_id="talk", day=small_house.TODAY, starts=18, ends=20, seats=5),
        InputError,
    ),
    "session with a zone": (
        lambda: c.AddSession(
            workshop_id="talk", day=small_house.TODAY, starts=time(18, tzinfo=UTC), ends=time(20, tzinfo=UTC), seats=5
        ),
        InputError,
    ),
    "session on the last day": (
        lambda: c.AddSession(workshop_id="talk", day=date.max, starts=time(18), ends=time(20), seats=5),
        InputError,
    ),
    "session past the last day": (
        lambda: c.AddSession(workshop_id="talk", day=date.max, starts=time(20), ends=time(18), seats=5),
        InputError,
    ),
    "session on the first day": (
        lambda: c.AddSession(workshop_id="talk", day=date.min, starts=time(18), ends=time(20), seats=5),
        InputError,
    ),
    "session that the clock swallows": (
        lambda: c.AddSession(workshop_id="talk", day=date(2027, 3, 28), starts=time(2, 30), ends=time(3, 0), seats=5),
        InputError,
    ),
    "closing a text": (lambda: c.CloseSpace("b", period="all day", reason="works"), InputError),
    "hours that overlap": (
        lambda: c.AddPlace(
            name="X",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=(m.OpenHours(0, 60, 120), m.OpenHours(0, 100, 200)),
            id="x",
        ),
        InputError,
    ),
    "hours backwards": (lambda: m.OpenHours(0, 120, 60), InputError),
    "hours as text": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=("9-18",)),
        InputError,
    ),
    "hours as one text": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency="EUR", hours="9-18"),
        InputError,
    ),
    "hours as a number": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=9),
        InputError,
    ),
}

COUNTS = {
    f"{name} {value!r:.20}": (lambda make=make, value=value: make(value), InputError)
    for name, make in {
        "units": lambda n: book(units=n),
        "hold": lambda n: c.HoldSpace(space_id="b", product_id="room", period=SLOT, units=n),
        "minutes": lambda n: c.HoldSpace(space_id="b", product_id="room", period=SLOT, minutes=n),
        "capacity": lambda n: c.ChangeCapacity("open", capacity=n),
        "seats": lambda n: c.ChangeSeats("free", seats=n),
        "desks": lambda n: c.AddSpace(place_id="paris", name="X", use="desks", capacity=n),
        "session": lambda n: c.AddSession(
            workshop_id="talk", day=small_house.TODAY, starts=time(18), ends=time(20), seats=n
        ),
        "pieces": lambda n: c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", count=n),
        "given": lambda n: given(units=n),
    }.items()
    for value in (-1, 10**30, True, 1.5, "2", float("nan"))
}
COUNTS |= {
    "no units": (lambda: book(units=0), InputError),
    "nothing given": (lambda: given(units=0), InputError),
    "a part that is too small": (lambda: given(units=Decimal("0.00001")), InputError),
    "a part of an entry": (lambda: given(units=Decimal("0.5")), InputError),
    "no number": (lambda: given(units=Decimal("NaN")), InputError),
    "paid as a number": (lambda: given(units=1, paid=800), InputError),
    "a last day of text": (lambda: given(units=1, last_day="2027-01-01"), InputError),
    "a last day that is over": (lambda: given(units=1, last_day=small_house.TODAY - timedelta(days=1)), InputError),
    "a pass that ends before it begins": (
        lambda: c.SellPass(
            product_id="carnet",
            place_id="paris",
            holder_id="zoe",
            first_day=small_house.TODAY,
            last_day=small_house.TODAY - timedelta(days=1),
        ),
        InputError,
    ),
    "refund of nothing": (lambda: c.RefundCharge("chg_1", amount=Money(0, "EUR"), reason="x"), InputError),
    "refund below nothing": (lambda: c.RefundCharge("chg_1", amount=Money(-500, "EUR"), reason="x"), InputError),
    "refund of too much": (lambda: c.RefundCharge("chg_1", amount=Money(1501, "EUR"), reason="x"), WrongStateError),
    "refund beyond any number": (
        lambda: c.RefundCharge("chg_1", amount=Money(10**30, "EUR"), reason="x"),
        CantineError,
    ),
    "refund of a number": (lambda: c.RefundCharge("chg_1", amount=500, reason="x"), InputError),
    "refund of what is not paid": (
        lambda: c.RefundCharge("chg_2", amount=Money(1, "EUR"), reason="x"),
        WrongStateError,
    ),
    "three desks of two": (
        lambda: c.Book(space_id="brest-open", product_id="desk", period=SLOT, units=3, account="desk"),
        RefusedError,
    ),
    "two of a large room": (
        lambda: c.Book(space_id="a", product_id="room", period=SLOT, units=2, account="desk"),
        UnsuitableError,
    ),
    "a large room of capacity 2": (
        lambda: c.AddSpace(place_id="paris", name="X", parts=("a1",), capacity=2),
        CantineError,
    ),
}

MONEY = {
    "unknown currency": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency="XXQ"),
        CurrencyError,
    ),
    "currency in lower case": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency="eur"),
        CurrencyError,
    ),
    "currency as a number": (
        lambda: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency=978),
        CantineError,
    ),
    "money of no currency": (lambda: c.RefundCharge("chg_1", amount=Money(5, "ZZZ"), reason="x"), CurrencyError),
    "refund in another currency": (
        lambda: c.RefundCharge("chg_1", amount=Money(500, "USD"), reason="x"),
        CurrencyError,
    ),
    "price list in another currency": (lambda: book(product_id="dollars"), CurrencyError),
    "price list that changes its currency": (
        lambda: c.PublishTariff(small_house.TARIFF.replace('"EUR"', '"USD"')),
        CurrencyError,
    ),
    "two price lists": (
        lambda: c.AddWorkshop(place_id="paris", title="X", product_id="seat", option_ids=("dear",)),
        CantineError,
    ),
    "no price": (lambda: book(product_id="unlisted"), NotForSaleError),
    "no price list": (lambda: book(product_id="listless"), NotFoundError),
    "unknown account": (lambda: book(account="bitcoin"), AccountError),
    "account of another entity": (lambda: book(account="till"), AccountError),
    "account of another entity, later": (lambda: c.Pay("chg_2", account="till"), AccountError),
    "paid already": (lambda: c.Pay("chg_1", account="desk"), WrongStateError),
}

QUOTES = {
    "a number": (lambda: book(quote=1500), InputError),
    "a mapping": (lambda: book(quote={"total": 1500}), InputError),
    "expired": (lambda: book(quote=promise(valid_until=small_house.START)), QuoteExpiredError),
    "made long ago": (lambda: book(quote=promise(made_at=small_house.START - timedelta(days=300))), CantineError),
    "honoured for ever": (
        lambda: book(quote=promise(valid_until=datetime(2999, 1, 1, tzinfo=UTC))),
        CantineError,
    ),
    "made tomorrow": (
        lambda: book(
            quote=promise(
                made_at=small_house.START + timedelta(days=1), valid_until=small_house.START + timedelta(days=2)
            )
        ),
        CantineError,
    ),
    "for less": (lambda: book(quote=promise(total=Money(1, "EUR"))), PriceChangedError),
    "for more": (lambda: book(quote=promise(total=Money(10**12, "EUR"))), PriceChangedError),
    "in another currency": (lambda: book(quote=promise(total=Money(1500, "USD"))), CantineError),
    "of something else": (lambda: book(period=small_house.period(10, 12), quote=promise()), PriceChangedError),
    "naive": (lambda: book(quote=promise(made_at=datetime(2026, 11, 24, 9))), NaiveDatetimeError),
    "naive end": (lambda: book(quote=promise(valid_until=datetime(2026, 11, 24, 11))), NaiveDatetimeError),
    "of a text": (lambda: book(quote=promise(total="15 EUR")), InputError),
    "of a float": (lambda: book(quote=promise(total=15.0)), InputError),
    "until a text": (lambda: book(quote=promise(valid_until="noon")), InputError),
}

TEXTS = {
    f"{where}: {what}": (lambda make=make, text=text: make(text), CantineError)
    for where, make in {
        "name": lambda text: c.AddEntity(name=text, id="new"),
        "id": lambda text: c.AddEntity(name="X", id=text),
        "account of an entity": lambda text: c.AddEntity(name="X", accounts=(text,), id="new"),
        "person": lambda text: c.AddPerson(name=text, id="new"),
        "e-mail": lambda text: c.AddPerson(name="X", email=text, id="new"),
        "language": lambda text: c.AddPerson(name="X", lang=text, id="new"),
        "zone": lambda text: c.AddPlace(name="X", entity_id="asso", zone=text, currency="EUR", id="new"),
        "moved to": lambda text: c.MovePlace("paris", zone=text),
        "currency": lambda text: c.AddPlace(name="X", entity_id="asso", zone="Europe/Paris", currency=text, id="new"),
        "use": lambda text: c.AddSpace(place_id="paris", name="X", use=text, id="new"),
        "space": lambda text: book(space_id=text),
        "product": lambda text: book(product_id=text),
        "holder": lambda text: book(person_id=text),
        "account": lambda text: book(account=text),
        "return to": lambda text: book(account="card", return_url=text),
        "override": lambda text: book(period=small_house.period(20, 21), override=text),
        "fact name": lambda text: book(facts={text: 1}),
        "fact": lambda text: book(facts={"status": text}),
        "code": lambda text: c.AddAccessCodes(place_id="paris", codes=(text,)),
        "title": lambda text: c.AddWorkshop(place_id="paris", title=text, id="new"),
        "reason": lambda text: c.RefundCharge("chg_1", amount=Money(1, "EUR"), reason=text),
        "closing": lambda text: c.CloseSpace("b", period=SLOT, reason=text),
        "tariff": lambda text: c.PublishTariff(small_house.TARIFF + text),
        "place": lambda text: c.CheckIn(place_id=text, product_id="half-day"),
        "session": lambda text: c.Register(session_id=text, person_id="zoe"),
        "option": lambda text: c.Register(session_id="paid", person_id="zoe", option_ids=(text,)),
        "charge": lambda text: c.Pay(text, account="desk"),
    }.items()
    for what, text in {"NUL": "a\x00b", "surrogate": "a\ud800b", "10 MB": TEN_MB}.items()
}
TEXTS |= {
    f"{where}: {text!r:.12}": (lambda make=make, text=text: make(text), InputError)
    for where, make in {
        "id": lambda text: c.AddEntity(name="X", id=text),
        "parts": lambda text: c.AddSpace(place_id="paris", name="X", parts=text),
        "code": lambda text: c.AddAccessCodes(place_id="paris", codes=(text,)),
        "codes": lambda text: c.AddAccessCodes(place_id="paris", codes=text),
        "options": lambda text: c.Register(session_id="paid", person_id="zoe", option_ids=text),
        "booking": lambda text: c.CancelBooking(text),
        "facts": lambda text: book(facts=text),
    }.items()
    for text in ("", " ", "a|b", "a\nb", 5, b"a", 1.5)
}
TEXTS |= {
    "a million codes": (
        lambda: c.AddAccessCodes(place_id="paris", codes=tuple(map(str, range(1_000_000)))),
        CantineError,
    ),
    "a code twice": (lambda: c.AddAccessCodes(place_id="paris", codes=("x", "x")), InputError),
    "no codes": (lambda: c.AddAccessCodes(place_id="paris", codes=()), InputError),
    "a tariff of nothing": (lambda: c.PublishTariff(""), TariffError),
    "a tariff of zeros": (lambda: c.PublishTariff("\x00" * 100), CantineError),
    "a tariff as bytes": (lambda: c.PublishTariff(small_house.TARIFF.encode()), InputError),
    "a fact of numbers": (lambda: book(facts={"x": [1]}), InputError),
    "a fact of a float": (lambda: book(facts={"x": 1.5}), InputError),
    "a fact beyond any number": (lambda: book(facts={"x": 10**5000}), CantineError),
    "facts of two kinds": (lambda: book(facts={"x": 1, 2: 3}), InputError),
    "codes of numbers": (lambda: book(codes=[1]), InputError),
    "codes as text": (lambda: book(codes="SUMMER"), InputError),
    "more codes than may be given": (lambda: book(codes=[str(n) for n in range(21)]), InputError),
    "extras of text": (lambda: book(extras="coffee"), InputError),
    "extras of nothing": (lambda: book(extras={"materials": 0}), InputError),
    "an extra twice": (lambda: book(extras=[("materials", 1), ("materials", 2)]), InputError),
    "on account and paid": (lambda: book(on_account=True, account="desk"), InputError),
    "an unknown payer": (lambda: book(payer_id="nobody"), NotFoundError),
    "an empty override": (lambda: book(period=small_house.period(20, 21), override="  "), InputError),
    "a colon in a zone": (lambda: c.MovePlace("paris", zone="../etc/passwd"), InputError),
    "the zone of the machine": (lambda: c.MovePlace("paris", zone="localtime"), InputError),
}

UNKNOWN = {
    "entity": (lambda: c.AddPlace(name="X", entity_id="nobody", zone="Europe/Paris", currency="EUR"), NotFoundError),
    "place": (lambda: c.AddSpace(place_id="atlantis", name="X"), NotFoundError),
    "part": (lambda: c.AddSpace(place_id="paris", name="X", parts=("a1", "attic")), NotFoundError),
    "its own part": (lambda: c.AddSpace(place_id="paris", name="X", parts=("me",), id="me"), NotFoundError),
    "part of another place": (lambda: c.AddSpace(place_id="paris", name="X", parts=("a1", "n")), CantineError),
    "space": (lambda: book(space_id="attic"), NotFoundError),
    "product": (lambda: book(product_id="castle"), NotFoundError),
    "person": (lambda: book(person_id="nobody"), NotFoundError),
    "person who holds": (
        lambda: c.HoldSpace(space_id="b", product_id="room", period=SLOT, person_id="nobody"),
        NotFoundError,
    ),
    "person who checks in": (
        lambda: c.CheckIn(place_id="paris", product_id="half-day", person_id="nobody", account="desk"),
        NotFoundError,
    ),
    "person who buys": (
        lambda: c.SellPass(product_id="carnet", place_id="paris", holder_id="nobody", account="desk"),
        NotFoundError,
    ),
    "person who registers": (lambda: c.Register(session_id="free", person_id="nobody"), NotFoundError),
    "session": (lambda: c.Register(session_id="never", person_id="zoe"), NotFoundError),
    "option": (lambda: c.Register(session_id="paid", person_id="zoe", option_ids=("cake",)), CantineError),
    "option of another workshop": (
        lambda: c.Register(session_id="free", person_id="zoe", option_ids=("materials",)),
        CantineError,
    ),
    "product as an option": (
        lambda: c.Register(session_id="paid", person_id="zoe", option_ids=("room",)),
        CantineError,
    ),
    "option in another currency": (
        lambda: c.Register(session_id="paid", person_id="zoe", option_ids=("dear",)),
        CantineError,
    ),
    "workshop": (
        lambda: c.AddSession(workshop_id="poetry", day=small_house.TODAY, starts=time(18), ends=time(20), seats=5),
        NotFoundError,
    ),
    "room of a session": (
        lambda: c.AddSession(
            workshop_id="talk", day=small_house.TODAY, starts=time(18), ends=time(20), seats=5, space_id="attic"
        ),
        NotFoundError,
    ),
    "room of another place": (
        lambda: c.AddSession(
            workshop_id="talk", day=small_house.TODAY, starts=time(18), ends=time(20), seats=5, space_id="n"
        ),
        CantineError,
    ),
    "desks for a session": (
        lambda: c.AddSession(
            workshop_id="talk", day=small_house.TODAY, starts=time(18), ends=time(20), seats=5, space_id="open"
        ),
        CantineError,
    ),
    "booking": (lambda: c.CancelBooking("bkg_99"), NotFoundError),
    "hold": (lambda: c.ConfirmBooking("bkg_99"), NotFoundError),
    "registration": (lambda: c.CancelRegistration("reg_99"), NotFoundError),
    "offer": (lambda: c.TakeSeat("reg_99"), NotFoundError),
    "visit": (lambda: c.CheckOut("vis_99"), NotFoundError),
    "longer visit": (lambda: c.UpgradeVisit("vis_99", product_id="day"), NotFoundError),
    "pass": (lambda: c.CancelPass("pas_99"), NotFoundError),
    "charge": (lambda: c.Pay("chg_99", account="desk"), NotFoundError),
    "refund": (lambda: c.RefundCharge("chg_99", amount=Money(1, "EUR"), reason="x"), NotFoundError),
    "closure": (lambda: c.ReopenSpace("b", closure_id="never"), NotFoundError),
    "seats": (lambda: c.ChangeSeats("never", seats=5), NotFoundError),
    "capacity": (lambda: c.ChangeCapacity("attic", capacity=5), NotFoundError),
    "capacity of a large room": (lambda: c.ChangeCapacity("a", capacity=5), CantineError),
    "closing a large room": (lambda: c.CloseSpace("a", period=SLOT, reason="works"), CantineError),
    "codes": (lambda: c.AddAccessCodes(place_id="atlantis", codes=("x",)), NotFoundError),
    "visit sold as a booking": (lambda: book(product_id="half-day"), UnsuitableError),
    "booking sold as a visit": (
        lambda: c.CheckIn(place_id="paris", product_id="room", account="desk"),
        UnsuitableError,
    ),
    "room sold as a pass": (
        lambda: c.SellPass(product_id="room", place_id="paris", holder_id="zoe", account="desk"),
        UnsuitableError,
    ),
    "product of another operator": (
        lambda: c.CheckIn(place_id="nantes", product_id="day", account="till"),
        UnsuitableError,
    ),
    "pass of another operator": (
        lambda: c.SellPass(product_id="carnet", place_id="nantes", holder_id="zoe", account="till"),
        UnsuitableError,
    ),
    "no longer stay": (lambda: c.UpgradeVisit("vis_1", product_id="half-day", account="desk"), CantineError),
    "another carnet with its id": (
        lambda: c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk", id="carnet-of-bob"),
        DuplicateError,
    ),
    "a second visit": (
        lambda: c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"),
        DuplicateError,
    ),
    "an id that is taken": (lambda: c.AddSpace(place_id="paris", name="X", id="b"), DuplicateError),
    "an e-mail that is taken": (lambda: c.AddPerson(name="Z", email=" CANARY-ZOE@example.org "), DuplicateError),
    "a code that is taken": (lambda: c.AddAccessCodes(place_id="paris", codes=("new", "code-0")), DuplicateError),
    "a room that is taken": (lambda: book(period=small_house.period(14, 15)), ConflictError),
}

CASES = {
    f"{theme}: {name}": case
    for theme, cases in {
        "time": TIMES,
        "count": COUNTS,
        "money": MONEY,
        "quote": QUOTES,
        "text": TEXTS,
        "unknown": UNKNOWN,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize("theme", ["time", "count", "money", "quote", "text", "unknown"])
def test_bad_input_is_a_typed_error_and_stores_nothing(theme, shared_house):
    """Each is refused by an error of ours, also with a key and as a preview, and everything stored is as before."""
    house = shared_house
    before, charged = small_house.snapshot(house.storage), house.card.charges
    wrong = []
    for name, (make, expected) in CASES.items():
        if not name.startswith(f"{theme}: "):
            continue
        for how, ask in {
            "execute": lambda command: house.do(command),
            "with a key": lambda command: house.do(command, key="k"),
            "preview": lambda command: house.cantine.preview(command, actor="ana"),
        }.items():
            try:
                ask(make())
            except expected:
                continue
            except Exception as error:
                wrong.append(f"{name} ({how}): {type(error).__name__}: {error!s:.100}")
            else:
                wrong.append(f"{name} ({how}): accepted")
    assert not wrong, "\n".join(wrong)
    assert small_house.snapshot(house.storage) == before
    assert house.card.charges == charged
