"""First scene: people come to work. A half-day in cash that becomes a day, and carnets that open every door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, Detail, LineBlock
from cantinekit.demo._network import set_up
from cantinekit.demo._stage import DAY, SETTER, DemoStage, moment
from cantinekit.demo._words import DemoWords

EVE = DAY - timedelta(days=1)


def play(stage: DemoStage) -> None:
    """Set the network up, then the morning until the visitor stays on."""
    stage.do_each(moment(18, day=EVE), SETTER, "setting up", list(set_up(DAY, stage.lang)))
    carnet = cmd.SellPass(product_id="nantes.carnet", place_id="nantes", holder_id="yann", account="desk")
    stage.do(moment(18, 30, day=EVE), "desk:nantes", carnet)
    walk_in = stage.do(
        moment(9, 5), "desk:paris", cmd.CheckIn(place_id="paris", product_id="les-cantines.half-day", account="desk")
    )
    stage.do(
        moment(9, 20),
        "web:zoe",
        cmd.SellPass(product_id="les-cantines.carnet", place_id="paris", holder_id="zoe", account="card"),
    )
    stage.do(
        moment(9, 25), "kiosk:paris", cmd.CheckIn(place_id="paris", product_id="les-cantines.day", person_id="zoe")
    )
    stage.do(moment(10, 10), "kiosk:brest", cmd.CheckIn(place_id="brest", product_id="brest.day", person_id="yann"))
    stay_on = cmd.UpgradeVisit(walk_in.value.id, product_id="les-cantines.day", account="desk")
    stage.do(moment(12, 40), "desk:paris", stay_on)


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The morning."""
    yield from _walk_in(archive.at(9, 5), words)
    yield from _carnet(archive.at(9, 20), words)
    yield from _check_in(archive.at(9, 25), words)
    yield from _elsewhere(archive.at(10, 10), words)
    yield from _stays_on(archive.at(12, 40), words)


def _walk_in(past: Past, words: DemoWords) -> Iterator[Block]:
    visit = past.visit("paris", None)
    charge = past.charge(visit.charge_ids[0])
    paid = words.money(charge.paid)
    yield LineBlock("09:05", "Paris", words("walk-in", paid=paid, state=words.state(charge)))
    yield words.reasons(past.prices(visit)[0])
    pool = past.read.need(m.CodePool, "paris")
    yield Detail(words("code", code=visit.access_code, left=len(pool.codes)))
    yield Detail(words("until", until=words.time(visit.until)))


def _carnet(past: Past, words: DemoWords) -> Iterator[Block]:
    (balance,) = past.read.balance("zoe")
    sold = past.read.need(m.Pass, balance.entitlements[0].pass_id)
    charge = past.charge(sold.charge_id)
    said = words("carnet", name=past.name("zoe"), units=balance.left, paid=words.money(charge.paid))
    yield LineBlock("09:20", "Paris", said)
    yield words.reasons(past.prices(sold)[0])
    yield from words.mails(past.messages())


def _check_in(past: Past, words: DemoWords) -> Iterator[Block]:
    visit = past.visit("paris", "zoe")
    yield LineBlock("09:25", "Paris", words("check-in", name=past.name("zoe")))
    yield words.reasons(past.prices(visit)[0])
    yield Detail(words("own code", code=visit.access_code))
    yield from _balance(past, "zoe", words)


def _elsewhere(past: Past, words: DemoWords) -> Iterator[Block]:
    visit = past.visit("brest", "yann")
    unit = past.read.need(m.Entitlement, visit.spends[0].entitlement_id)
    sold = past.read.need(m.Pass, unit.pass_id)
    seller = past.read.need(m.LegalEntity, sold.entity_id)
    place = past.read.need(m.Place, visit.place_id)
    host = past.read.need(m.LegalEntity, place.entity_id)
    bought = past.read.need(m.Place, sold.place_id)
    yield LineBlock(
        "10:10", place.name, words("elsewhere", name=past.name("yann"), bought=bought.name, place=place.name)
    )
    yield Detail(words("sellers", seller=seller.name, host=host.name))
    yield words.reasons(past.prices(visit)[0])
    yield from _balance(past, "yann", words)


def _balance(past: Past, person_id: str, words: DemoWords) -> Iterator[Block]:
    for balance in past.read.balance(person_id):
        bought = sum(unit.bought for unit in balance.entitlements)
        yield Detail(words("balance", account=balance.account, left=balance.left, bought=bought))


def _stays_on(past: Past, words: DemoWords) -> Iterator[Block]:
    visit = past.visit("paris", None)
    charge, sale = past.charge(visit.charge_ids[-1]), past.sale(visit)
    before = sale.paid_before or sale.total - sale.total
    yield LineBlock("12:40", "Paris", words("stays on", paid=words.money(charge.paid)))
    yield words.reasons(past.prices(visit)[-1])
    difference = words.money(sale.total - before)
    yield Detail(words("difference", total=words.money(sale.total), before=words.money(before), rest=difference))
    own = past.read.need(m.Pass, visit.pass_id or "none")
    first = past.read.need(m.Pass, own.supersedes or "none")
    yield Detail(words("superseded", until=words.time(visit.until), state=words.state(first)))
