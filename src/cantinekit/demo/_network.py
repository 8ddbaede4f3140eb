"""The network of the demonstration: from its data file to the commands that set it up."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, time
from importlib import resources
from typing import Any

from cantinekit import commands as cmd
from cantinekit.records import Grant, OpenHours


def read_text(name: str) -> str:
    """The text of a data file."""
    return resources.files("cantinekit.demo").joinpath("data", name).read_text(encoding="utf-8")


def set_up(day: date, lang: str) -> Iterator[cmd.Command[Any]]:
    """The commands that set the network up. ``day`` is the day of the workshops, ``lang`` what its people speak."""
    data = tomllib.loads(read_text("network.toml"))
    yield cmd.PublishTariff(read_text("tariff.toml"))
    pricelist = tomllib.loads(read_text("tariff.toml"))["tariff"]["id"]
    catalogue = {product["id"]: product for product in data["product"]}
    for entity in data["entity"]:
        yield cmd.AddEntity(entity["name"], entity["accounts"], id=entity["id"])
        for name in entity["products"]:
            yield _product(catalogue[name], entity["id"], pricelist)
    for place in data["place"]:
        yield from _place(place, data)
    for workshop in data["workshop"]:
        yield from _workshop(workshop, day)
    for id, name in data["people"].items():
        yield cmd.AddPerson(name, f"{id}@example.org", lang, id=id)


def _product(product: dict[str, Any], entity_id: str, pricelist: str) -> cmd.AddProduct:
    return cmd.AddProduct(
        product["name"],
        entity_id,
        pricelist,
        product["id"],
        product["sells"],
        product.get("stay", ""),
        Grant(**product["grant"]) if "grant" in product else None,
        id=f"{entity_id}.{product['id']}",
    )


def _place(place: dict[str, Any], data: dict[str, Any]) -> Iterator[cmd.Command[Any]]:
    opens, closes = (time.fromisoformat(text) for text in data["hours"])
    hours, desks = OpenHours.weekly(range(6), opens, closes), f"{place['id']}.open"
    yield cmd.AddPlace(place["name"], place["entity"], data["zone"], data["currency"], hours, desks, id=place["id"])
    yield cmd.AddSpace(place["id"], "Espace ouvert", "desks", place["desks"], id=desks)
    for room in place["rooms"]:
        parts, seats = room.get("parts", ()), room["seats"]
        yield cmd.AddSpace(place["id"], room["name"], parts=parts, seats=seats, id=room["id"])
    yield cmd.AddAccessCodes(place["id"], place["codes"])


def _workshop(workshop: dict[str, Any], day: date) -> Iterator[cmd.Command[Any]]:
    place_id, title, id = workshop["place"], workshop["title"], workshop["id"]
    yield cmd.AddWorkshop(place_id, title, workshop.get("product"), workshop["options"], id=id)
    session = workshop["session"]
    starts, ends = time.fromisoformat(session["starts"]), time.fromisoformat(session["ends"])
    yield cmd.AddSession(id, day, starts, ends, session["seats"], session["space"], id=session["id"])
