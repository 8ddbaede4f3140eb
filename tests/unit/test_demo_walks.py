"""What lasts longer than a day: each figure that is told of a month, an evening and a month-end comes from a record or
a read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import attrs
import pytest

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.demo import _evening, _metz, _month, _month_end, _network, _run, _stage
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._words import DemoWords
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, Tariff
from cantinekit.runtime import codec
from support.houses.one_list import eur
from support.laws import fec_rules

TARIFF = Tariff.load(_network.read_text("metz.toml"))
WALKS = _run.SCENES[5:]


def played(lang: str) -> Archive:
    """All scenes, played by people of a language."""
    stage = _stage.DemoStage(MemoryStorage(), lang)
    for scene in _run.SCENES:
        scene.play(stage)
    return Archive(stage.cantine.read)


@pytest.fixture(scope="module")
def archive() -> Archive:
    return played("en")


@pytest.fixture(scope="module")
def end(archive) -> Past:
    """The house when all is over."""
    return archive.at(10, 5, day=_evening.AFTER)


# --- the price list ---


@pytest.mark.parametrize("result", TARIFF.check(), ids=lambda result: result.id)
def test_worked_examples(result):
    """Each worked example in the price list of Metz comes out as it says."""
    assert result.ok, result.why


def test_prices_stand_in_the_price_list_only():
    """The modules of the walks have three amounts: what companies choose to transfer, and what a damage comes to."""
    modules = (_metz, _month, _evening, _month_end)
    found = [(name, value) for module in modules for name, value in vars(module).items()]
    assert {name: str(value) for name, value in found if isinstance(value, Money)} == {
        "BY_TRANSFER": "200.00 EUR",
        "DAMAGE": "45.00 EUR",
        "PAID": "350.00 EUR",
    }


# --- a month ---


def test_the_membership_comes_with_the_tickets(archive):
    """One command sells both: two passes and one charge, the tickets at the price that members alone have."""
    past = archive.at(9, 10, day=_month.JOINS)
    tickets, membership = past.passes(_metz.MEMBER)
    charge = past.charge(tickets.charge_id)
    assert (tickets.sells, membership.sells, membership.charge_id) == ("grant", "membership", charge.id)
    prices = {line.product_id: line.amount for line in charge.lines}
    alone = {name: asked(Item(name, day=_month.JOINS), "membership") for name in ("tickets", "membership")}
    assert prices == {f"metz/{name}": amount for name, amount in alone.items()}
    assert charge.paid == charge.amount == alone["tickets"] + alone["membership"]


def asked(item: Item, *holds: str) -> Money:
    """What the price list asks of who holds something."""
    return TARIFF.quote(Order((item,), holds=holds)).total


def test_november_rule(archive):
    """Bought on 3 November the membership covers the next year as well, and it would not in October (control)."""
    _, membership = archive.at(9, 10, day=_month.JOINS).passes(_metz.MEMBER)
    assert (membership.first_day, membership.last_day) == (date(2027, 11, 3), date(2028, 12, 31))
    assert TARIFF.terms("membership", date(2027, 10, 31)).last_day == date(2027, 12, 31)


def test_a_visit_takes_a_ticket(archive):
    """The visit costs a ticket and no money."""
    past = archive.at(9, 5, day=_month.COMES)
    visit = past.visit(_metz.PLACE, _metz.MEMBER)
    (unit,) = past.read.balance(_metz.MEMBER)[0].entitlements
    assert ([(one.entitlement_id, one.units) for one in visit.spends], visit.charge_ids) == ([(unit.id, 1)], ())
    assert (unit.bought, unit.left, unit.used) == (10, 9, 1)


def test_what_was_previewed_is_what_is_kept(archive):
    """The fee and the refund of the cancellation are those that the preview named, and asking changed nothing."""
    before, after = (archive.at(*at, day=_month.CALLS_OFF) for at in ((15, 58), (16, 0)))
    would = before.preview(_month.CALL_OFF).afterwards
    booked, ended = (past.read.need(m.Booking, "boo_metz") for past in (before, after))
    charge = after.charge(ended.charge_id)
    assert (booked.state, ended.state) == ("confirmed", "cancelled")
    assert (would.fee, would.refund) == (ended.fee, charge.refunded) == (eur(1200), eur(1200))
    assert before.read.need(m.Booking, "boo_metz") == booked


def test_the_room_costs_members_less(archive):
    """The room was sold at the price of who holds a membership."""
    past = archive.at(11, 0, day=_month.BOOKS)
    booking = past.read.need(m.Booking, "boo_metz")
    item = Item("room", period=booking.period)
    assert past.charge(booking.charge_id).amount == asked(item, "membership") < asked(item)


def test_the_ledger_at_the_end_of_the_month(archive):
    """Nine tickets and the days of the membership that are left are deferred; all balances sum to zero."""
    past = archive.at(23, 0, day=_month.LAST)
    balances = dict(past.read.trial_balance(_metz.PLACE, _month.LAST))
    _, membership = past.passes(_metz.MEMBER)
    days, left = (membership.last_day - membership.first_day).days + 1, (membership.last_day - _month.LAST).days
    deferred = 1200 - 1200 * (days - left) // days
    paid = sum(charge.kept.amount for charge in past.read.statement(_metz.MEMBER))
    assert {account: amount.amount for account, amount in balances.items()} == {
        "account/card": paid,
        "deferred/metz/membership": -deferred,
        "revenue/metz/membership": deferred - 1200,
        "deferred/metz/tickets": -7200,
        "revenue/metz/tickets": -800,
        "revenue/metz/room": -1200,
    }
    assert (sum(amount.amount for amount in balances.values()), paid, deferred) == (0, 10400, 1121)


# --- an evening ---


def test_the_evening_is_owed_in_parts(archive):
    """30 % with the booking, the rest 14 days before, the deposit on the day, as the price list has it."""
    past = archive.at(17, 0, day=_evening.BOOKS)
    charge = past.charge(past.read.need(m.Booking, "boo_hall").charge_id)
    assert [(line.kind, line.amount) for line in charge.lines] == [("revenue", eur(50000)), ("held", eur(50000))]
    assert (charge.paid, charge.paid * 10) == (charge.at_once, charge.earned * 3)
    assert [(part.day, part.amount, part.kind) for part in charge.instalments] == [
        (date(2028, 1, 7), eur(35000), "revenue"),
        (date(2028, 1, 21), eur(50000), "held"),
    ]


def test_it_is_paid_by_two_means(end):
    """A transfer with the booking, then a transfer and a card for the rest, and a card for the deposit."""
    charge = end.charge(end.read.need(m.Booking, "boo_hall").charge_id)
    tries = [(one.account, one.captured, one.state) for one in end.attempts(charge)]
    assert tries == [
        ("transfer", 15000, "settled"),
        ("transfer", 20000, "settled"),
        ("card", 15000, "settled"),
        ("card", 50000, "settled"),
    ]


def test_the_deposit_is_no_takings(archive):
    """The day on which the deposit came has it beside its takings."""
    past = archive.at(17, 45, day=_evening.COMES)
    charge = past.charge(past.read.need(m.Booking, "boo_hall").charge_id)
    takings = past.read.takings(_metz.PLACE, _evening.COMES)
    assert (charge.paid_deposit, takings.total, takings.deposits) == (eur(50000), eur(0), (("card", eur(50000)),))


def test_forty_minutes_more(end):
    """Forty minutes more are two begun half-hours, at the price of the list."""
    booking = end.read.need(m.Booking, "boo_hall")
    assert (booking.overran_until - booking.period.end).seconds == 40 * 60
    more = end.charge(booking.charges[-1])
    assert (more.amount, more.paid, more.state) == (eur(6000), eur(6000), "settled")


def test_the_deposit_goes_back_less_what_is_kept(archive, end):
    """What is kept has a reason, in the language of the desk; the rest goes back by the card that it came by."""
    charge = end.charge(end.read.need(m.Booking, "boo_hall").charge_id)
    (kept,), (refund,) = archive.kept(end.now), end.read.refunds(charge.id)
    assert (kept.amount, kept.reason) == (_evening.DAMAGE, "a lamp was broken")
    assert (charge.kept_deposit, charge.deposit) == (4500, 0)
    assert (refund.amount, refund.account, refund.deposit, refund.state) == (eur(45500), "card", True, "settled")
    (french,) = played("fr").kept(end.now)
    assert french.reason == "une lampe a été cassée"


def test_documents(end):
    """The invoice has what was paid by then, the receipt all of it, and neither a deposit; the forty minutes have an
    invoice of the new year; all are for the company."""
    charge = end.charge(end.read.need(m.Booking, "boo_hall").charge_id)
    invoice, receipt = sorted(end.read.documents_of(charge.id), key=lambda one: one.issued_at)
    assert [(one.what, one.printed) for one in (invoice, receipt)] == [
        ("invoice", "F2027-000001"),
        ("receipt", "R2028-000001"),
    ]
    assert (invoice.gross, invoice.paid, receipt.gross, receipt.paid) == (
        *(eur(50000), eur(15000)),
        *(eur(50000), eur(50000)),
    )
    (more,) = end.read.documents_of(end.read.need(m.Booking, "boo_hall").charges[-1])
    assert (more.what, more.printed, more.gross, more.paid) == ("invoice", "F2028-000001", eur(6000), eur(6000))
    assert {end.read.addressee(one.id) for one in (invoice, receipt, more)} == {_evening.COMPANY}
    assert invoice.mentions[-1] == "TVA non applicable, art. 293 B du CGI"


def test_the_ledger_holds_nothing_of_anybody_in_the_end(end):
    """In the end no deposit is held and nothing is owed; what was kept is earned, and all balances sum to zero."""
    balances = dict(end.read.trial_balance(_metz.PLACE, _evening.AFTER))
    assert not {"deposits", "receivable", "refunds payable"} & set(balances)
    assert (balances["revenue/kept deposits"], balances["revenue/metz/evening"]) == (eur(-4500), eur(-56000))
    assert sum(amount.amount for amount in balances.values()) == 0


# --- a month-end ---


@pytest.fixture(scope="module")
def closed(archive) -> Past:
    """The house when the month is closed."""
    return archive.at(18, day=_month_end.CLOSES)


def bills(past: Past) -> dict[str, m.Document]:
    """The bill of each company."""
    return {one.payer_id: one for one in past.read.documents(_metz.PLACE, "invoices") if one.parts}


def test_each_company_has_one_bill(closed):
    """The bill of a company has all of its people, the month that was and the month to come, but for who pauses."""
    found, desk = bills(closed), asked(Item("desk", day=_month_end.BEGINS)).amount
    assert {id: one.gross.amount // desk for id, one in found.items()} == {"saulcy": 3, "graoully": 1, "mirabelle": 2}
    by_person = [(person, len(parts)) for person, parts in found["saulcy"].by_person]
    assert by_person == [("lucie", 2), ("robin", 1)]
    assert {one.issued_on for one in found.values()} == {_month_end.BILLED}


def test_what_is_left_of_the_bills(closed):
    """One is open, one was declined before it was paid, one was paid with too much, of which the rest is a credit."""
    found = bills(closed)
    left = {id: closed.read.bill_balance(bill.id) for id, bill in found.items()}
    assert left == {"saulcy": found["saulcy"].gross, "graoully": eur(0), "mirabelle": eur(0)}
    tried = closed.attempts(closed.charge(found["graoully"].charge_id))
    assert [(one.account, one.state) for one in tried] == [("stored", "declined"), ("stored", "settled")]
    (credit,) = closed.read.payer_credits("mirabelle")
    assert credit.amount == _month_end.PAID - found["mirabelle"].gross
    owed = {one.payer_id: one.total for one in closed.read.receivables(_metz.PLACE, _month_end.CLOSES) if one.total}
    assert owed == {"saulcy": left["saulcy"]}


def test_the_pause(closed):
    """Who pauses has no month of March, and nothing is charged for it."""
    told = closed.read.timeline("pas_robin", date(2028, 4, 30))
    assert [one.first_day.month for one in told.periods] == [2, 4]
    people = [line.person_id for charge in closed.read.statement("saulcy") for line in charge.lines]
    assert (people.count("robin"), people.count("lucie")) == (1, 2)


def test_two_cities_clear(closed):
    """What is owed is the share of an entry of the carnet, one of ten; the ledger of each city has it, the one against
    the other.
    """
    (statement,) = closed.read.clearing_statements(_month_end.SELLER)
    carnet = Tariff.load(_network.read_text("tariff.toml")).quote(Item("carnet", day=_month_end.ROAMS)).total
    owed = eur(carnet.amount // 10 * _month_end.SHARE // 100)
    assert (statement.lines, statement.owed_to(_month_end.HOST)) == (1, (owed,))
    pair = ((_month_end.SELLER, _month_end.HOST), (_month_end.HOST, _month_end.SELLER))
    balances = [dict(closed.read.trial_balance(one, _month_end.CLOSES))[f"statements/{other}"] for one, other in pair]
    assert balances == [-owed, owed]


def test_the_books_of_the_month(closed):
    """The closing balances, its chain holds, and the file of entries keeps the published rules."""
    (closing,) = closed.read.closings(_metz.PLACE)
    assert sum(one.debit for one in closing.totals) == sum(one.credit for one in closing.totals) == 416900
    assert all(one.intact for one in closed.read.verify_closings(_metz.PLACE))
    file = closed.read.fec(_metz.PLACE, _month_end.BEGINS, _month_end.LAST)
    written = "".join(file.lines)
    assert fec_rules.problems(file.name, written) == []
    assert len(fec_rules.rows_of(written)) == 14


# --- every figure ---


def amounts(value: object) -> Iterator[Money]:
    """All amounts in a value."""
    if isinstance(value, Money):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from amounts(part)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from amounts(getattr(value, field.name))


def recorded(archive: Archive, lang: str) -> set[str]:
    """Each amount that a record of the house or its trial balance has at some moment, as it is written."""
    found = {Money(0, "EUR")}
    for at, day in MOMENTS:
        past = archive.at(*at, day=day)
        for kind in (m.Charge, m.LedgerEntry):
            found.update(amounts(list(past.read.find(kind, "place", *codec.between(_metz.PLACE)))))
        charges = list(past.read.find(m.Charge, "place", *codec.between(_metz.PLACE)))
        found.update(amounts([past.attempts(charge) for charge in charges]))
        found.update(amounts([past.read.refunds(charge.id) for charge in charges]))
        found.update(one for charge in charges for one in (charge.paid_deposit, charge.due_by(day)))
        found.update(amounts(past.read.trial_balance(_metz.PLACE, day)))
        found.update(amounts(past.read.documents(_metz.PLACE, "invoices")))
        found.update(amounts(past.read.clearing_statements(_month_end.SELLER)))
        found.update(amounts([past.read.payer_credits(id) for id in _month_end.COMPANIES]))
    balances = {-amount for amount in found}
    return {DemoWords(lang).money(amount) for amount in found | balances}


MOMENTS = (
    ((9, 10), _month.JOINS),
    ((11, 0), _month.BOOKS),
    ((23, 0), _month.LAST),
    ((17, 0), _evening.BOOKS),
    ((9, 0), _evening.RESTS),
    ((10, 0), _evening.RESTS),
    ((10, 5), _evening.RESTS),
    ((17, 45), _evening.COMES),
    ((10, 0), _evening.AFTER),
    ((10, 5), _evening.AFTER),
    ((6, 0), _month_end.BILLED),
    ((10, 0), _month_end.BILLED),
    ((10, 0), _month_end.CLOSES),
)
FOOT = {"en": {"709.00 EUR", "4169.00 EUR"}, "fr": {"709,00\u00a0€", "4\u202f169,00\u00a0€"}}
"""Feet: of the trial balance, the sum of what is told above it, and of the closing, that of its debits."""


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_amount_is_recorded(lang):
    """Each amount in the telling of the walks is that of a record or a read, but for the foot of a table."""
    archive = played(lang)
    printed = {"en": r"\d+\.\d\d EUR", "fr": r"\d[\d\u202f]*,\d\d\u00a0€"}[lang]
    told = {amount for scene in WALKS for amount in re.findall(printed, text(scene.tell(archive, DemoWords(lang))))}
    assert len(told) > 15
    assert told - recorded(archive, lang) == FOOT[lang]


def text(blocks: Iterator[object]) -> str:
    """All that blocks say."""
    return " ".join(" ".join(words(block)) for block in blocks)


def words(value: object) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from words(part)
    elif attrs.has(type(value)):
        yield from words(attrs.astuple(value, recurse=False))


def test_telling_follows_the_price_list(monkeypatch):
    """With other prices in the list the walks tell other amounts: the demonstration computes none itself (control)."""
    original = _network.read_text
    dearer = (
        original("metz.toml").replace("rate = { price = 80.00 }", "rate = { price = 90.00 }").partition("[examples]")[0]
    )
    monkeypatch.setattr(_metz, "read_text", lambda name: dearer if name == "metz.toml" else original(name))
    told = text(_month.tell(played("en"), DemoWords("en")))
    assert "102.00 EUR by card" in told
    assert "deferred: Dix tickets – 81.00 EUR" in told
    assert "80.00 EUR" not in told


def test_nothing_of_it_is_a_catalogue():
    """The house in Metz has no catalogue: what it sells stands in its price list."""
    assert not [one for one in _metz.set_up("en") if isinstance(one, cmd.AddProduct)]
