"""The invented network: set up by commands of the library only, from data files, and counted from the present day.

The same day gives the same network. The clock of the house that plays it begins three weeks before and stops at the
present instant, so that there are visits, takings and figures to look at.

Each command has a key. Where setting up was interrupted it is begun again, on the day of the first time: what was done
is answered from what is stored, and the rest is done.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib import resources
from itertools import count
from typing import Any, TypeVar

from cantinekit import Cantine, ManualClock, Outcome
from cantinekit import commands as c
from cantinekit.calendar import add_days
from cantinekit.clock import WallTime, local, wall_period
from cantinekit.plugins.ports import Key, PaymentGateway, Storage
from cantinekit.records import BilledTo, OpenHours, Place, PriceList, SessionSeries

R = TypeVar("R")
ACTOR = "seed"
PRICES = "tiers-lieux"
"""The id of the price list."""


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
    play = _Play(house, clock, today)
    *workshops, last = data["workshop"]
    for command in (*_founded(data, began), *_planned(workshops, today)):
        play.does(command)
    for one in data["happened"]:
        play.happens(one)
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

    def __init__(self, house: Cantine, clock: ManualClock, today: date) -> None:
        self._house, self._clock, self._today = house, clock, today
        self._keys = count()

    def does(self, command: c.Command[R]) -> Outcome[R]:
        """Carry a command out, or answer as it was answered before."""
        return self._house.execute(command, actor=ACTOR, idempotency_key=f"seed-{next(self._keys)}")

    def happens(self, one: dict[str, Any]) -> None:
        """What happened on a day, at its time."""
        zone = self._house.read.need(Place, _place_of(one)).zone
        day = add_days(self._today, one["day"])
        self._clock.set(WallTime(day, time.fromisoformat(one["at"]), zone).instant)
        self._house.run_due()
        person = one["person"]
        if one["what"] == "pass":
            sold = self.does(
                c.SellPass(product_id=one["product"], place_id=one["place"], holder_id=person, account="desk")
            )
            if one.get("receipt"):
                self.does(c.IssueDocument(charge_id=sold.charges[0].id, series="receipts"))
        elif one["what"] == "visit":
            came = c.CheckIn(place_id=one["place"], product_id=one["product"], person_id=person, account="desk")
            visit = self.does(came).value
            self._clock.set(WallTime(day, time.fromisoformat(one["left"]), zone).instant)
            self.does(c.CheckOut(visit.id))
        elif one["what"] == "room":
            period = wall_period(add_days(self._today, one["on"]), one["starts"], one["ends"], zone)
            owed = one.get("on_account", False)
            account = None if owed else "desk"
            self.does(c.Book(space_id=one["space"], period=period, person_id=person, account=account, on_account=owed))
        else:
            series = self._house.read.need(SessionSeries, one["workshop"])
            day = add_days(self._today, one["on"])
            session_id = next(each.session_id for each in series.dates if each.day == day)
            options = tuple(one.get("options", ()))
            self.does(c.Register(session_id=session_id or "", person_id=person, option_ids=options, account="desk"))


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
    for person_id, name in data["people"].items():
        yield c.AddPerson(name=name, email=f"{person_id}@example.org", lang="fr", id=person_id)
    for person_id, role in data["roles"].items():
        yield c.GiveRole(entity_id=id, person_id=person_id, role=role, first_day=began)
    yield c.AgreeBillingTerms(
        entity_id=id,
        payer_id="nadia",
        series="invoices",
        addressee=BilledTo(data["people"]["nadia"], ("7 rue des Dames", "44000 Nantes"), country="FR"),
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


def _place_of(one: dict[str, Any]) -> str:
    """The place of what happens: it is named, or a workshop or a space of it is."""
    if "place" in one:
        return str(one["place"])
    if "space" in one:
        return str(one["space"]).partition(".")[0]
    workshops = {each["id"]: each["place"] for each in tomllib.loads(read_text("network.toml"))["workshop"]}
    return str(workshops[one["workshop"]])


LAST: str = tomllib.loads(read_text("network.toml"))["workshop"][-1]["id"]
"""The id of the workshop that is planned last: where it is, all is."""
ENTITY: str = tomllib.loads(read_text("network.toml"))["entity"]["id"]
"""The id of the legal entity of the network."""
ROLES: dict[str, str] = tomllib.loads(read_text("network.toml"))["roles"]
"""What some of them do, by their ids; the demonstration says it beside their names."""
