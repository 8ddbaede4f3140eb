"""The invented network: set up by commands of the library only, from data files, and counted from the present day.

The same day gives the same network. The clock of the house that plays it begins twelve weeks before and stops at the
present instant, so that there are visits, takings, bills and figures to look at, and something booked for the next
four weeks.

Each command has a key. Where setting up was interrupted it is begun again, on the day of the first time: what was done
is answered from what is stored, and the rest is done.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib import resources
from itertools import count
from operator import itemgetter
from typing import Any, TypeVar

from cantinekit import Cantine, ManualClock, Outcome, Period
from cantinekit import commands as c
from cantinekit.calendar import add_days
from cantinekit.clock import WallTime, local, wall_period
from cantinekit.plugins.ports import Key, PaymentGateway, Storage
from cantinekit.records import BilledTo, OpenHours, PriceList, Registration, SessionSeries, Visit

R = TypeVar("R")
ACTOR = "seed"
PRICES = "tiers-lieux"
"""The id of the price list."""
Event = tuple[datetime, Callable[[], object]]
"""Something that happens at an instant."""


def read_text(name: str) -> str:
    """The text of a data file of this folder."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def is_whole(house: Cantine) -> bool:
    """Whether the network stands in a store: its last command was carried out.

    Args:
        house: a house on the store.
    """
    return house.read.get(SessionSeries, LAST) is not None


def is_seeded(house: Cantine) -> bool:
    """Whether the first that was ever stored is the beginning of the network, so that it is no house of somebody else.

    Args:
        house: a house on the store.
    """
    first = next(house.read.journal(), None)
    return first is not None and first.actor == ACTOR and Key(PriceList.kind, PRICES) in first.subjects


def seed(storage: Storage, payments: Mapping[str, str | PaymentGateway], now: datetime) -> None:
    """Set the network up in a store in which nothing is but a part of it, as it is at an instant.

    Args:
        storage: the store; it stays open.
        payments: the gateways by the names of their accounts; what the network took so far is taken in cash.
        now: the instant at which the network is looked at.
    """
    data = tomllib.loads(read_text("network.toml"))
    clock = ManualClock(now)
    house = Cantine.open(storage, payments=payments, clock=clock)
    today = _begun(house, clock, data) or local(now, data["zone"]).date()
    began = add_days(today, data["began"])
    clock.set(WallTime(began, time(8), data["zone"]).instant)
    play = _Play(house, data, today)
    *workshops, last = data["workshop"]
    for command in (*_founded(data, began), *_planned(workshops, today)):
        play.does(command)
    for at, happens in play.events(Period(clock.now(), now)):
        clock.set(at)
        house.run_due()
        happens()
    clock.set(now)
    house.run_due()
    for command in _planned([last], today):
        play.does(command)


def _begun(house: Cantine, clock: ManualClock, data: dict[str, Any]) -> date | None:
    """The day from which a network is counted that was begun; ``None``: nothing is there. What its last command asked
    of a gateway is carried out.
    """
    entries = list(house.read.journal())
    if not entries:
        return None
    clock.set(entries[-1].at)
    clock.advance(timedelta(minutes=5))  # the lease of whoever was interrupted is over
    house.run_due()
    return add_days(local(entries[0].at, data["zone"]).date(), data["looked_at"])


class _Play:
    """What sets the network up: each command has a key, which is the same each time."""

    def __init__(self, house: Cantine, data: dict[str, Any], today: date) -> None:
        self._house, self._data, self._today = house, data, today
        self._keys = count()
        self._zones = {place["id"]: place["zone"] for place in data["place"]}
        self._places = {workshop["id"]: workshop["place"] for workshop in data["workshop"]}

    def does(self, command: c.Command[R], key: object = None) -> Outcome[R]:
        """Carry a command out, or answer as it was answered before."""
        key = f"seed-{next(self._keys) if key is None else key}"
        return self._house.execute(command, actor=ACTOR, idempotency_key=key)

    def events(self, so_far: Period) -> list[Event]:
        """What happened so far, in the order of time."""
        found: list[Event] = []
        for nth, one in enumerate(self._data["past"]["happened"]):
            kind: Callable[..., Iterator[Event]] = getattr(self, f"_{one['what']}")
            for day in range(one["day"], one["to"], one["every"]) if "every" in one else (one["day"],):
                found.extend(kind(one, add_days(self._today, day), f"{nth}-{day}"))
        return [event for event in sorted(found, key=itemgetter(0)) if so_far.contains(event[0])]

    def _at(self, one: dict[str, Any], day: date, wall: str) -> datetime:
        return WallTime(day, time.fromisoformat(wall), self._zones[self._place(one)]).instant

    def _place(self, one: dict[str, Any]) -> str:
        """The place of what happens: it is named, or a workshop or a space of it is."""
        named = one.get("place") or self._places.get(one.get("workshop", ""))
        return str(named or one["space"].partition(".")[0])

    def _pass(self, one: dict[str, Any], day: date, key: str) -> Iterator[Event]:
        def bought() -> None:
            command = c.SellPass(
                product_id=one["product"], place_id=one["place"], holder_id=one["person"], **_paid(one)
            )
            sold = self.does(command, key)
            if one.get("receipt"):
                self.does(c.IssueDocument(charge_id=sold.charges[0].id, series="receipts"), f"{key}-receipt")

        yield self._at(one, day, one["at"]), bought

    def _visit(self, one: dict[str, Any], day: date, key: str) -> Iterator[Event]:
        visits: list[Visit] = []
        came = c.CheckIn(place_id=one["place"], product_id=one["product"], person_id=one.get("person"), account="desk")
        yield self._at(one, day, one["at"]), lambda: visits.append(self.does(came, key).value)
        yield self._at(one, day, one["left"]), lambda: self.does(c.CheckOut(visits[0].id), f"{key}-left")

    def _room(self, one: dict[str, Any], day: date, key: str) -> Iterator[Event]:
        on = add_days(day, one["ahead"])
        period = wall_period(on, one["starts"], one["ends"], self._zones[self._place(one)])
        command = c.Book(
            space_id=one["space"],
            period=period,
            person_id=one["person"],
            payer_id=one.get("payer"),
            ordered_by_id=one["person"] if "payer" in one else None,
            **_paid(one),
        )
        booked: list[str] = []
        yield self._at(one, day, one["at"]), lambda: booked.append(self.does(command, key).value.id)
        if one.get("arrives"):
            yield period.start, lambda: self.does(c.CheckInBooking(booked[0]), f"{key}-came")

    def _seat(self, one: dict[str, Any], day: date, key: str) -> Iterator[Event]:
        seats: list[Registration] = []
        on = add_days(day, one["ahead"])

        def taken() -> None:
            series = self._house.read.need(SessionSeries, one["workshop"])
            session_id = next(each.session_id for each in series.dates if each.day == on)
            options = tuple(one.get("options", ()))
            command = c.Register(
                session_id=session_id or "", person_id=one["person"], option_ids=options, account="desk"
            )
            seats.append(self.does(command, key).value)

        yield self._at(one, day, one["at"]), taken
        if one.get("comes"):
            starts = next(each["starts"] for each in self._data["workshop"] if each["id"] == one["workshop"])
            yield self._at(one, on, starts), lambda: self.does(c.MarkAttendance(seats[0].id), f"{key}-came")

    def _pays(self, one: dict[str, Any], day: date, key: str) -> Iterator[Event]:
        read, at = self._house.read, self._at(one, day, one["at"])
        began = add_days(self._today, self._data["began"])
        so_far = Period(self._at(one, began, "00:00"), at)  # begun again, a later bill is there already

        def pays() -> None:
            bills = [
                bill
                for bill in read.documents(ENTITY, "invoices")
                if bill.payer_id == one["payer"] and so_far.contains(bill.issued_at)
            ]
            for bill in bills:
                if owed := read.bill_balance(bill.id):
                    paid = {"account": "desk", "reference": f"virement {bill.printed}"}
                    command = c.PayOwed(payer_id=one["payer"], place_id=one["place"], amount=owed, **paid)
                    self.does(command, f"{key}-{bill.printed}")

        yield at, pays


def _paid(one: dict[str, Any]) -> dict[str, Any]:
    """How something is paid: later, on a bill, or at the desk."""
    owed = one.get("on_account", False)
    return {"account": None if owed else "desk", "on_account": owed}


def _founded(data: dict[str, Any], began: date) -> Iterator[c.Command[Any]]:
    entity = data["entity"]
    id, zone = entity["id"], data["zone"]
    yield c.PublishTariff(read_text("prices.toml"))
    yield c.AddEntity(name=entity["name"], accounts=("desk", "card"), id=id)
    yield c.DescribeEntity(
        id,
        address=tuple(entity["address"]),
        country="FR",
        registration=entity["registration"],
        vat_number=entity["vat_number"],
        mentions=tuple(entity["mentions"]),
    )
    yield c.OpenSeries(entity_id=id, name="invoices", documents="invoice", prefix="F", zone=zone)
    yield c.OpenSeries(entity_id=id, name="credits", documents="credit note", prefix="A", zone=zone)
    yield c.OpenSeries(entity_id=id, name="receipts", documents="receipt", prefix="R", zone=zone)
    for product in data["product"]:
        yield c.AddProduct(
            name=product["name"],
            entity_id=id,
            pricelist_id=PRICES,
            tariff_product=product["id"],
            sells=product["sells"],
            id=product["id"],
        )
    for place in data["place"]:
        yield from _place(place, data)
    for person_id, name in (data["people"] | data["regulars"]).items():
        yield c.AddPerson(name=name, email=f"{person_id}@example.org", lang="fr", id=person_id)
    for person_id, role in data["roles"].items():
        yield c.GiveRole(entity_id=id, person_id=person_id, role=role, first_day=began)
    for one in data["organisation"]:
        address = tuple(one["address"])
        yield c.AddOrganisation(name=one["name"], form=one["form"], address=address, country="FR", id=one["id"])
        yield c.Affiliate(organisation_id=one["id"], person_id=one["admin"], role="admin", first_day=began)
    for one in data["billed"]:
        person = data["people"].get(one["payer"]) or data["regulars"].get(one["payer"])
        billed = BilledTo(person, tuple(one["address"]), country="FR") if person else None
        yield c.AgreeBillingTerms(
            entity_id=id, payer_id=one["payer"], series="invoices", days_until_due=14, addressee=billed, reminders=(5,)
        )


def _place(place: dict[str, Any], data: dict[str, Any]) -> Iterator[c.Command[Any]]:
    desks = f"{place['id']}.open"
    yield c.AddPlace(
        name=place["name"],
        entity_id=data["entity"]["id"],
        zone=place["zone"],
        currency=data["currency"],
        hours=OpenHours.weekly(range(7), time(8), time(21)),
        open_space_id=desks,
        pricelist_id=PRICES,
        address=tuple(place["address"]),
        id=place["id"],
    )
    yield c.AddSpace(place_id=place["id"], name="Espace ouvert", use="desks", capacity=place["desks"], id=desks)
    for room in place["rooms"]:
        yield c.AddSpace(
            place_id=place["id"],
            name=room["name"],
            parts=tuple(room.get("parts", ())),
            seats=room["seats"],
            product_id=room["product"],
            id=room["id"],
        )
    yield c.AddAccessCodes(place_id=place["id"], codes=tuple(place["codes"]))


def _planned(workshops: list[dict[str, Any]], today: date) -> Iterator[c.Command[Any]]:
    for workshop in workshops:
        yield c.AddWorkshop(
            place_id=workshop["place"],
            title=workshop["title"],
            product_id=workshop.get("product"),
            option_ids=tuple(workshop.get("options", ())),
            id=workshop["id"],
        )
        yield c.PlanSessions(
            workshop_id=workshop["id"],
            day=add_days(today, workshop["first"]),
            starts=time.fromisoformat(workshop["starts"]),
            ends=time.fromisoformat(workshop["ends"]),
            seats=workshop["seats"],
            rule=workshop["rule"],
            until=add_days(today, workshop["until"]),
            space_id=workshop.get("space"),
            themes=workshop.get("themes", ()),
            id=workshop["id"],
        )


LAST: str = tomllib.loads(read_text("network.toml"))["workshop"][-1]["id"]
"""The id of the workshop that is planned last: where it is, all is."""
ENTITY: str = tomllib.loads(read_text("network.toml"))["entity"]["id"]
"""The id of the legal entity of the network."""
ROLES: dict[str, str] = tomllib.loads(read_text("network.toml"))["roles"]
"""What some of them do, by their ids; the demonstration says it beside their names."""
REGULARS: frozenset[str] = frozenset(tomllib.loads(read_text("network.toml"))["regulars"])
"""The ids of those whom the demonstration does not show to sign in as."""
