"""Fifth scene: the figures of the day. And, at the very end, the proof that all that was told comes from the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cantinekit import records as m
from cantinekit.clock import local
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, Detail, GridBlock, Title
from cantinekit.demo._stage import DAY, ZONE, DemoStage, moment
from cantinekit.demo._words import NONE, DemoWords
from cantinekit.money import Money
from cantinekit.reads import AgendaItem

ACCOUNTS = ("desk", "card")
END = (21, 30)
"""When the day is over."""


def title(words: DemoWords) -> Title:
    """What is told."""
    return Title(words("title", day=words.day(DAY)), (words("about"), words("about walks")))


def tell_network(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """Of whom it is told."""
    yield _network(archive.at(9, 5), words)


def _network(past: Past, words: DemoWords) -> GridBlock:
    rows = []
    for place in past.read.find(m.Place, "all"):
        entity = past.read.need(m.LegalEntity, place.entity_id)
        page = past.read.need(m.StandingPage, m.standing_id(place.open_space_id or "none"))
        accounts = words.names([words.account(account) for account in entity.accounts])
        rows.append((place.name, entity.name, accounts, str(page.capacity)))
    head = (words("place"), words("operator"), words("accounts"), words("capacity"))
    return GridBlock(words("network"), head, tuple(rows), right=(3,))


def play(stage: DemoStage) -> None:
    """The doors close, and the workshops end."""
    stage.wait_until(moment(*END))


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """Agenda, takings, attendance."""
    past = archive.at(*END)
    yield _agenda(past, words)
    yield _takings(past, words)
    yield _earned(past, words)
    yield _attendance(past, words)


def _agenda(past: Past, words: DemoWords) -> GridBlock:
    rows = []
    for item in past.read.agenda("paris", DAY):
        space = past.read.get(m.Space, item.space_id) if item.space_id else None
        where = space.name if space is not None else ""
        state = words("seats of", state=item.state) if item.kind == "session" else words.state(item)
        rows.append((words.span(item.period), words(f"kind {item.kind}"), _who(past, item, words), where, state))
    head = tuple(words(name) for name in ("when", "what", "who", "space", "state"))
    return GridBlock(words("agenda", place=past.read.need(m.Place, "paris").name), head, tuple(rows))


def _who(past: Past, item: AgendaItem, words: DemoWords) -> str:
    """Who comes, and with what; a workshop goes by its title."""
    if item.kind == "session":
        return item.label
    if item.kind == "visit":
        person_id = past.read.need(m.Visit, item.id).person_id
        return f"{past.name(person_id) if person_id else words('no name')}, {item.label}"
    person_id = past.read.need(m.Booking, item.id).person_id
    return past.name(person_id) if person_id else words("no name")


def _takings(past: Past, words: DemoWords) -> GridBlock:
    rows, sums = [], [Money.zero("EUR")] * (len(ACCOUNTS) + 2)
    for place in past.read.find(m.Place, "all"):
        found = past.read.takings(place.id, DAY)
        taken, refunded = dict(found.taken), Money.sum((amount for _, amount in found.refunded), found.currency)
        zero = Money.zero(found.currency)
        cells = [*(taken.get(account, zero) for account in ACCOUNTS), -refunded, found.total]
        sums = [have + cell for have, cell in zip(sums, cells, strict=True)]
        rows.append((place.name, *map(words.money_or_none, cells)))
    rows.append((words("total"), *map(words.money, sums)))
    names = [words.account(account) for account in ACCOUNTS]
    head = (words("place"), *names, words("refunded"), words("total"))
    return GridBlock(words("takings"), head, tuple(rows), right=(1, 2, 3, 4), total=True)


def _earned(past: Past, words: DemoWords) -> GridBlock:
    rows, total = [], Money.zero("EUR")
    for place in past.read.find(m.Place, "all"):
        for product_id, amount in past.read.takings(place.id, DAY).earned:
            product = past.read.need(m.Product, product_id)
            entity = past.read.need(m.LegalEntity, product.entity_id)
            if amount:
                rows.append((place.name, product.name, entity.name, words.money(amount)))
                total = total + amount
    rows.append((words("total"), "", "", words.money(total)))
    head = (words("place"), words("product"), words("operator"), words("amount"))
    return GridBlock(words("earned"), head, tuple(rows), right=(3,), total=True)


def _attendance(past: Past, words: DemoWords) -> GridBlock:
    rows = []
    for place in past.read.find(m.Place, "all"):
        found = past.read.attendance(place.id, DAY)
        numbers = (found.visits, found.unique_visitors, found.walk_ins, found.sessions, found.seats_taken)
        rows.append((place.name, *(str(number or NONE) for number in numbers)))
    head = tuple(words(name) for name in ("place", "visits head", "unique", "walk-ins", "sessions", "seats taken"))
    return GridBlock(words("attendance"), head, tuple(rows), right=(1, 2, 3, 4, 5))


def tell_proofs(archive: Archive, end: datetime, words: DemoWords) -> Iterator[Block]:
    """What the store proves of all that happened up to a moment."""
    wall = local(end, ZONE)
    past = archive.at(wall.hour, wall.minute, day=wall.date())
    sales = archive.sales(end)
    again = sum(any(quote.total == sale.total for quote in past.read.explain(sale.subject)) for sale in sales)
    yield Detail(words("prices again", count=len(sales), same=again))
    entries = [entry for place in past.read.find(m.Place, "all") for entry in _ledger(past, place.id)]
    amount = sum(line.amount for entry in entries for line in entry.lines)
    yield Detail(words("ledger", count=len(entries), sum=words.money(Money(amount, "EUR"))))
    records = archive.folded(past.now)
    counts = {"entries": len(archive.entries(past.now)), "records": len(records)}
    yield Detail(words("folded", **counts, different=archive.differences(records)))


def _ledger(past: Past, place_id: str) -> tuple[m.LedgerEntry, ...]:
    return tuple(past.read.find(m.LedgerEntry, "place", f"{place_id}|", f"{place_id}}}"))
