"""Eighth scene: a month ends. Companies have one bill each, a member pauses, two cities clear, the books are closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, DayBlock, Detail, LineBlock
from cantinekit.demo._metz import CONTACT, PLACE
from cantinekit.demo._stage import SETTER, DemoStage, moment
from cantinekit.demo._words import NONE, DemoWords
from cantinekit.money import Money

BEGINS, PAUSES, ROAMS = date(2028, 2, 1), date(2028, 2, 14), date(2028, 2, 16)
LAST, BILLED, AGAIN, CLOSES = date(2028, 2, 29), date(2028, 3, 1), date(2028, 3, 2), date(2028, 3, 3)
END = moment(18, day=CLOSES)
"""When the demonstration is over; the last entry of a whole one is of this moment."""
SEVERAL, DECLINED, TRANSFERS = "saulcy", "graoully", "mirabelle"
COMPANIES = {SEVERAL: "Atelier du Saulcy SARL", DECLINED: "Studio Graoully", TRANSFERS: "Mirabelle Conseil SAS"}
PEOPLE = {"lucie": "Lucie Marchal", "robin": "Robin Klein", "odile": "Odile Weber"}
STAFF = {"lucie": SEVERAL, "robin": SEVERAL, "odile": DECLINED, CONTACT: TRANSFERS}
"""Who works for which company; the first of each buys for it."""
SELLER, HOST, SHARE = "nantes", "les-cantines", 60
"""Who sells carnets that the other one takes, and how many percent of an entry it owes for it."""
PAID = Money(35000, "EUR")
"""What a company transfers for a bill of less."""


def play(stage: DemoStage) -> None:
    """From the day on which the companies come until the books of that month are closed."""
    stage.do_each(moment(9, day=BEGINS), SETTER, "setting up companies", list(_set_up(stage.lang)))
    stage.do_each(moment(9, 30, day=BEGINS), "desk:metz", "desks for companies", list(_desks()))
    pause = cmd.PausePass("pas_robin", first_day=BILLED, until=date(2028, 3, 31), reason=DemoWords(stage.lang)("away"))
    stage.do(moment(11, day=PAUSES), "desk:metz", pause)
    carnet = cmd.SellPass(product_id="nantes.carnet", place_id="nantes", holder_id="yann", account="desk")
    stage.do(moment(9, 5, day=ROAMS), "desk:nantes", carnet)
    stage.do(
        moment(14, 0, day=ROAMS),
        "kiosk:paris",
        cmd.CheckIn(place_id="paris", product_id="les-cantines.day", person_id="yann"),
    )
    stage.wait_until(moment(6, day=BILLED))
    stage.do(moment(10, day=BILLED), "desk:nantes", cmd.CloseClearing(SELLER, other_id=HOST, until=LAST))
    (charge_id,) = _bill(stage.cantine.read.documents(PLACE, "invoices"), DECLINED).charge_ids
    stage.do(moment(9, day=AGAIN), "web:odile", cmd.Pay(charge_id, account="stored"))
    transfer = cmd.PayOwed(payer_id=TRANSFERS, place_id=PLACE, amount=PAID, account="transfer", reference="03/03 n° 7")
    stage.do(moment(10, day=CLOSES), "desk:metz", transfer)
    stage.do(END, "desk:metz", cmd.ClosePeriod(PLACE, until=LAST))


def _set_up(lang: m.Lang) -> Iterator[cmd.Command[Any]]:
    for id, name in PEOPLE.items():
        yield cmd.AddPerson(name=name, email=f"{id}@example.org", lang=lang, id=id)
    for id, name in COMPANIES.items():
        yield cmd.AddOrganisation(
            name=name,
            address=("12 place des Charrons", "57000 Metz"),
            country="FR",
            email=f"{id}@example.org",
            lang=lang,
            id=id,
        )
        account = "stored" if id == DECLINED else ""
        yield cmd.AgreeBillingTerms(
            entity_id=PLACE, payer_id=id, series="invoices", billing_day=1, days_until_due=15, account=account
        )
    for person_id, id in STAFF.items():
        role: m.AffiliationRole = "admin" if person_id == _buyer(id) else "member"
        yield cmd.Affiliate(organisation_id=id, person_id=person_id, role=role, first_day=BEGINS)
    yield cmd.AgreeClearing(SELLER, other_id=HOST, share=f"{SHARE}%", first_day=BEGINS)


def _buyer(organisation_id: str) -> str:
    return next(person_id for person_id, id in STAFF.items() if id == organisation_id)


def _desks() -> Iterator[cmd.Command[Any]]:
    """A desk by the month for everybody: on account, but for one who pays the first month at once."""
    for person_id, id in STAFF.items():
        yield cmd.SellPass(
            product_id="metz/desk",
            place_id=PLACE,
            holder_id=person_id,
            payer_id=id,
            ordered_by_id=_buyer(id),
            account="card" if id == DECLINED else None,
            on_account=id != DECLINED,
            id=f"pas_{person_id}",
        )


def _bill(documents: tuple[m.Document, ...], payer_id: str) -> m.Document:
    """The bill of a company."""
    return next(one for one in documents if one.payer_id == payer_id)


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The month, day by day."""
    yield DayBlock(words.day(BEGINS))
    yield from _come(archive.at(9, 30, day=BEGINS), words)
    yield DayBlock(words.day(PAUSES))
    yield from _pauses(archive.at(11, day=PAUSES), words)
    yield DayBlock(words.day(ROAMS))
    yield from _roams(archive.at(14, day=ROAMS), words)
    yield DayBlock(words.day(BILLED))
    yield from _billed(archive.at(6, day=BILLED), words)
    yield from _cleared(archive.at(10, day=BILLED), words)
    yield DayBlock(words.day(AGAIN))
    yield from _again(archive.at(9, day=AGAIN), words)
    yield DayBlock(words.day(CLOSES))
    yield from _transfers(archive.at(10, day=CLOSES), words)
    yield from _closes(archive.at(18, day=CLOSES), words)


def _come(past: Past, words: DemoWords) -> Iterator[Block]:
    desk = past.read.need(m.Pass, "pas_lucie")
    price = words.money(past.charge(desk.charge_id).amount)
    yield LineBlock("09:30", "Metz", words("companies", count=len(COMPANIES), price=price))
    for id in COMPANIES:
        people = [past.name(one.person_id) for one in past.read.members(id, BEGINS)]
        yield Detail(words("people of", company=_name(past, id), people=words.names(people)))


def _pauses(past: Past, words: DemoWords) -> Iterator[Block]:
    told = past.read.timeline("pas_robin", date(2028, 4, 30))
    (pause,) = told.pauses
    first, last = words.written(pause.first_day), _written(pause.last_day, words)
    yield LineBlock("11:00", "Metz", words("pauses", name=past.name("robin"), first=first, last=last))
    for period in told.periods:
        first, last = words.written(period.first_day), _written(period.last_day, words)
        price = words.money(period.price) if period.price is not None else NONE
        yield Detail(words("desk period", first=first, last=last, price=price))


def _roams(past: Past, words: DemoWords) -> Iterator[Block]:
    (owed,) = past.read.clearing(ROAMS, ROAMS).balance(HOST)
    yield LineBlock("14:00", "Paris", words("elsewhere today", name=past.name("yann"), bought="Nantes", place="Paris"))
    yield Detail(words("owes for it", seller=_entity(past, SELLER), share=SHARE, amount=words.money(owed)))


def _billed(past: Past, words: DemoWords) -> Iterator[Block]:
    messages = past.messages()
    for id in COMPANIES:
        bill = _bill(past.read.documents(PLACE, "invoices"), id)
        amount, due = words.money(bill.gross), _written(bill.due_on, words)
        said = words("bill", number=bill.printed, company=_name(past, id), amount=amount, due=due)
        yield LineBlock("06:00", "Metz", said, "system")
        for person_id, parts in bill.by_person:
            lines = [line for _, mine in parts for line in mine]
            amount = words.money(Money.sum((line.gross for line in lines), "EUR"))
            what = {"count": len(lines), "product": past.product(lines[0].product_id), "amount": amount}
            yield Detail(words("for person", name=past.name(person_id), **what))
        for attempt in (one for charge_id in bill.charge_ids for one in past.attempts(past.charge(charge_id))):
            amount, by = words.money(attempt.amount), words.by(attempt.account)
            yield Detail(words("taken with it", amount=amount, by=by, state=words.state(attempt)))
        email = past.read.need(m.Organisation, id).email
        yield from words.mails([message for message in messages if message.to == email])


def _cleared(past: Past, words: DemoWords) -> Iterator[Block]:
    (statement,) = past.read.clearing_statements(SELLER)
    (owed,) = statement.owed_to(HOST)
    names = {"seller": _entity(past, SELLER), "host": _entity(past, HOST)}
    said = words("cleared", **names, day=words.written(statement.until), amount=words.money(owed))
    yield LineBlock("10:00", "Nantes", said)


def _again(past: Past, words: DemoWords) -> Iterator[Block]:
    bill = _bill(past.read.documents(PLACE, "invoices"), DECLINED)
    last = past.attempts(past.charge(bill.charge_id))[-1]
    amount, by, state = words.money(last.amount), words.by(last.account), words.state(last)
    yield LineBlock("09:00", "Metz", words("pays", name=past.name("odile"), amount=amount, by=by, state=state))
    yield Detail(_left(past, bill, words))


def _transfers(past: Past, words: DemoWords) -> Iterator[Block]:
    bill = _bill(past.read.documents(PLACE, "invoices"), TRANSFERS)
    paid = words.money(past.read.takings(PLACE, CLOSES).total)
    yield LineBlock("10:00", "Metz", words("transfers", company=_name(past, TRANSFERS), amount=paid))
    yield Detail(_left(past, bill, words))
    for credit in past.read.payer_credits(TRANSFERS):
        yield Detail(words("credit stays", amount=words.money(credit.amount)))


def _closes(past: Past, words: DemoWords) -> Iterator[Block]:
    closing = past.read.need(m.Closing, m.closing_id(PLACE, LAST))
    debit = words.money(Money(sum(one.debit for one in closing.totals), "EUR"))
    credit = words.money(Money(sum(one.credit for one in closing.totals), "EUR"))
    totals = {"count": closing.entries, "debit": debit, "credit": credit}
    yield LineBlock("18:00", "Metz", words("books closed", day=words.written(closing.until), **totals))
    file = past.read.fec(PLACE, BEGINS, LAST)
    yield Detail(words("fec", name=file.name, count=sum(1 for _ in file.lines) - 1))
    for row in past.read.receivables(PLACE, CLOSES):
        if row.payer_id is not None and row.total:
            yield Detail(words("owes still", company=_name(past, row.payer_id), amount=words.money(row.total)))


def _left(past: Past, bill: m.Document, words: DemoWords) -> str:
    return words("left of bill", number=bill.printed, amount=words.money(past.read.bill_balance(bill.id)))


def _written(day: date | None, words: DemoWords) -> str:
    return words.written(day) if day else NONE


def _name(past: Past, organisation_id: str) -> str:
    return past.read.need(m.Organisation, organisation_id).name


def _entity(past: Past, id: str) -> str:
    return past.read.need(m.LegalEntity, id).name
