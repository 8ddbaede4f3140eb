"""The network of the demonstration: from its data file to the commands that set it up."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, time
from importlib import resources
from typing import Any

from cantinekit import commands as cmd
from cantinekit.records import Lang, OpenHours


def read_text(name: str) -> str:
    """The text of a data file."""
    return resources.files("cantinekit.demo").joinpath("data", name).read_text(encoding="utf-8")


def set_up(day: date, lang: Lang) -> Iterator[cmd.Command[Any]]:
    """The commands that set the network up. ``day`` is the day of the workshops, ``lang`` what its people speak."""
    data = tomllib.loads(read_text("network.toml"))
    yield cmd.PublishTariff(read_text("tariff.toml"))
    pricelist = tomllib.loads(read_text("tariff.toml"))["tariff"]["id"]
    catalogue = {product["id"]: product for product in data["product"]}
    for entity in data["entity"]:
        yield cmd.AddEntity(name=entity["name"], accounts=entity["accounts"], id=entity["id"])
        for name in entity["products"]:
            yield _product(catalogue[name], entity["id"], pricelist)
    for place in data["place"]:
        yield from _place(place, data)
    for workshop in data["workshop"]:
        yield from _workshop(workshop, day)
    for id, name in data["people"].items():
        yield cmd.AddPerson(name=name, email=f"{id}@example.org", lang=lang, id=id)


def _product(product: dict[str, Any], entity_id: str, pricelist: str) -> cmd.AddProduct:
    return cmd.AddProduct(
        name=product["name"],
        entity_id=entity_id,
        pricelist_id=pricelist,
        tariff_product=product["id"],
        sells=product["sells"],
        id=f"{entity_id}.{product['id']}",
    )


def _place(place: dict[str, Any], data: dict[str, Any]) -> Iterator[cmd.Command[Any]]:
    opens, closes = (time.fromisoformat(text) for text in data["hours"])
    hours, desks = OpenHours.weekly(range(6), opens, closes), f"{place['id']}.open"
    yield cmd.AddPlace(
        name=place["name"],
        entity_id=place["entity"],
        zone=data["zone"],
        currency=data["currency"],
        hours=hours,
        open_space_id=desks,
        id=place["id"],
    )
    yield cmd.AddSpace(place_id=place["id"], name="Espace ouvert", use="desks", capacity=place["desks"], id=desks)
    for room in place["rooms"]:
        parts, seats = room.get("parts", ()), room["seats"]
        yield cmd.AddSpace(place_id=place["id"], name=room["name"], parts=parts, seats=seats, id=room["id"])
    yield cmd.AddAccessCodes(place_id=place["id"], codes=place["codes"])


def _workshop(workshop: dict[str, Any], day: date) -> Iterator[cmd.Command[Any]]:
    place_id, title, id = workshop["place"], workshop["title"], workshop["id"]
    yield cmd.AddWorkshop(
        place_id=place_id, title=title, product_id=workshop.get("product"), option_ids=workshop["options"], id=id
    )
    session = workshop["session"]
    starts, ends = time.fromisoformat(session["starts"]), time.fromisoformat(session["ends"])
    yield cmd.AddSession(
        workshop_id=id,
        day=day,
        starts=starts,
        ends=ends,
        seats=session["seats"],
        space_id=session["space"],
        id=session["id"],
    )
