"""A house with a price list of its own, in which things take longer than a day: its set-up, and its ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Past
from cantinekit.demo._blocks import Block, Detail, GridBlock
from cantinekit.demo._network import read_text
from cantinekit.demo._stage import ZONE
from cantinekit.demo._words import DemoWords
from cantinekit.money import Money

PLACE = "metz"
ACCOUNTS = ("desk", "card", "transfer", "stored")
ROOM, HALL = "metz.verlaine", "metz.hall"
MEMBER, CONTACT = "salome", "victor"


def set_up(lang: m.Lang) -> Iterator[cmd.Command[Any]]:
    """The commands that set the house up. What it sells stands in its price list, so that it has no catalogue."""
    yield cmd.AddEntity(name="La Cantine de Metz (association)", accounts=ACCOUNTS, id=PLACE)
    yield cmd.DescribeEntity(
        PLACE, address=("9 rue des Bateliers", "57000 Metz"), country="FR", registration="123 456 789"
    )
    yield cmd.OpenSeries(entity_id=PLACE, name="invoices", documents="invoice", prefix="F", zone=ZONE)
    yield cmd.OpenSeries(entity_id=PLACE, name="receipts", documents="receipt", prefix="R", zone=ZONE)
    yield cmd.PublishTariff(read_text("metz.toml"))
    yield cmd.AddPlace(
        name="Metz",
        entity_id=PLACE,
        zone=ZONE,
        currency="EUR",
        hours=m.OpenHours.weekly(range(6), time(9), time(23)),
        open_space_id="metz.open",
        id=PLACE,
    )
    yield cmd.AddSpace(place_id=PLACE, name="Espace ouvert", use="desks", capacity=20, id="metz.open")
    yield cmd.AddSpace(place_id=PLACE, name="Salle Verlaine", seats=8, product_id="metz/room", id=ROOM)
    yield cmd.AddSpace(place_id=PLACE, name="La halle", seats=80, product_id="metz/evening", id=HALL)
    for id, name in ((MEMBER, "Salomé Thiriet"), (CONTACT, "Victor Humbert")):
        yield cmd.AddPerson(name=name, email=f"{id}@example.org", lang=lang, id=id)


def ledger(past: Past, day: date, words: DemoWords) -> Iterator[Block]:
    """The trial balance of the house at the end of a day: what it sums to, and the balance of each account."""
    zero, found = Money.zero("EUR"), past.read.trial_balance(PLACE, day)
    yield Detail(words("balances", sum=words.money(Money.sum((amount for _, amount in found), "EUR"))))
    rows, debit, credit = [], zero, zero
    for account, amount in found:
        left, right = max(amount, zero), max(-amount, zero)
        rows.append((_account(past, account, words), words.money_or_none(left), words.money_or_none(right)))
        debit, credit = debit + left, credit + right
    rows.append((words("total"), words.money(debit), words.money(credit)))
    head = (words("ledger account"), words("debit"), words("credit"))
    yield GridBlock(words("trial balance", day=words.written(day)), head, tuple(rows), right=(1, 2), total=True)


def _account(past: Past, account: str, words: DemoWords) -> str:
    """An account of the ledger in words: of which family it is, and of what."""
    family, _, name = account.partition("/")
    if family == "account":
        return words("ledger account of", what=words.account(name))
    if name == "kept deposits":
        return words("ledger revenue of", what=words("kept deposits"))
    return words(f"ledger {family} of", what=past.product(name))
