"""The host of the tests: a house, a URLconf, and views that book in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta

import attrs
from django.db import connections, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path

from cantinekit import Cantine, ManualClock, Period
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import RefusedError, StorageError
from cantinekit.plugins.ports import Key, Storage
from cantinekit.plugins.registry import Registry

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
PRICES = """
[tariff]
id = "house"
name = "House prices"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.room]
rate = { price = 15.00, per = "1h" }
"""
SESSIONS = 8


@attrs.define
class House:
    """A house with one room, a paid product, two people and some sessions with one seat each."""

    cantine: Cantine
    card: FakeGateway
    outbox: RecordingNotifier
    alias: str

    def book(self, turn: int = 0) -> m.Booking:
        """Book the room for the hour of this number, to be paid by card."""
        start = datetime(2026, 11, 25, 8, tzinfo=UTC) + timedelta(hours=turn)
        period = Period(start, start + timedelta(hours=1))
        return self.cantine.book("room", period, product_id="hour", actor="web", person_id="zoe", account="card").value

    @property
    def bookings(self) -> list[str]:
        """The states of all bookings of the room."""
        return [booking.state for booking in self.cantine.read.find(m.Booking, "space", "room|", "room}")]

    @property
    def told(self) -> int:
        """How many messages arrived."""
        return len(self.outbox.messages)

    def confirmed(self, session_id: str) -> int:
        """How many people have a seat at a session."""
        found = self.cantine.read.find(m.Registration, "session", f"{session_id}|", f"{session_id}}}")
        return sum(one.state == "confirmed" for one in found)


def open_house(storage: Storage, alias: str, registry: Registry | None = None) -> House:
    """A house that is set up, on a store on a database."""
    card, outbox = FakeGateway(), RecordingNotifier()
    cantine = Cantine.open(
        storage,
        payments={"card": card},
        notify=[outbox],
        clock=ManualClock(NOW),
        effects="all",
        registry=registry or Registry.load(entry_points=False),
    )
    for command in [
        c.AddEntity(name="La Cantine", accounts=("card",), id="asso"),
        c.AddPlace(
            name="Paris",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=m.OpenHours.weekly(range(7), time(8), time(22)),
            id="paris",
        ),
        c.AddSpace(place_id="paris", name="Room", id="room"),
        c.PublishTariff(PRICES),
        c.AddProduct(
            name="Room", entity_id="asso", pricelist_id="house", tariff_product="room", sells="booking", id="hour"
        ),
        c.AddPerson(name="Zoé", email="zoe@example.org", lang="en", id="zoe"),
        c.AddPerson(name="Malo", email="malo@example.org", lang="en", id="malo"),
        c.AddWorkshop(place_id="paris", title="Soldering", id="soldering"),
        *(
            c.AddSession(
                workshop_id="soldering",
                day=date(2026, 12, 1 + n),
                starts=time(18),
                ends=time(20),
                seats=1,
                id=f"ses{n}",
            )
            for n in range(SESSIONS)
        ),
    ]:
        cantine.execute(command, actor="setup")
    cantine.run_due()
    return House(cantine, card, outbox, alias)


def stored(house: House) -> tuple[int, int]:
    """How many lines the two tables have."""
    with connections[house.alias].cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM cantinekit_row), (SELECT count(*) FROM cantinekit_journal)")
        return cursor.fetchone()


class ChangedItsMindError(Exception):
    """The host no longer wants what it did."""


@contextmanager
def rolled_back(alias: str) -> Iterator[None]:
    """A transaction, or a savepoint, of the host that it rolls back at the end."""
    with suppress(ChangedItsMindError), transaction.atomic(using=alias):
        yield
        raise ChangedItsMindError


def about(booking: m.Booking) -> Key:
    return Key(booking.kind, booking.id)


# --- the views, on the house that a test has put here ---

houses: list[House] = []
clashes: list[str] = []
"""What the view ``register`` was told of clashes."""


def book(request: HttpRequest) -> JsonResponse:
    """Book, and have what follows from it done after the commit."""
    (house,) = houses
    booking = house.book(int(request.POST["turn"]))
    transaction.on_commit(house.cantine.run_due, using=house.alias, robust=True)
    return JsonResponse({"id": booking.id, "state": booking.state})


def book_and_fail(request: HttpRequest) -> JsonResponse:
    """Book, and find afterwards that something else is wrong."""
    book(request)
    raise ChangedItsMindError


def register(request: HttpRequest) -> JsonResponse:
    """Take a seat; after a clash look again, in the same transaction where there is one."""
    (house,) = houses
    for _ in range(20):
        try:
            outcome = house.cantine.register(request.POST["session"], request.POST["person"], actor="web")
        except RefusedError as refusal:
            return JsonResponse({"refused": type(refusal).__name__}, status=409)
        except StorageError as error:
            if not error.retryable:
                raise
            clashes.append(type(error).__name__)
        else:
            return JsonResponse({"state": outcome.value.state})
    return JsonResponse({"refused": "contention"}, status=503)


View = Callable[[HttpRequest], JsonResponse]
urlpatterns = [path(f"{view.__name__}/", view) for view in (book, book_and_fail, register)]
