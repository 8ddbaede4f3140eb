"""The front door: opening by URLs and by objects, shortcuts beside their commands, cancel, close, fold, sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cantine import fold, random_ids
from cantinekit.errors import (
    AccountError,
    InputError,
    NotForSaleError,
    NotFoundError,
    StorageError,
    TextError,
    UrlError,
    WrongStateError,
)
from cantinekit.plugins.ports import Change, Key, Observation
from cantinekit.runtime import codec
from support.houses.small_house import START, TARIFF, TODAY, House, journal, open_house, period, records, snapshot


@pytest.fixture
def house() -> House:
    return open_house()


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_single_gateway_is_the_account_default() -> None:
    """One URL, or one object, instead of a mapping is the account ``default``."""
    for payments in ("manual://", Cantine.open("memory://", payments={"x": "manual://"})._gateways["x"]):
        with Cantine.open("memory://", payments=payments) as cantine:
            assert list(cantine._gateways) == ["default"]


@pytest.mark.parametrize("name", ["credit", "mandate", "opening", "voucher"])
def test_a_gateway_is_not_called_as_what_is_none(name: str) -> None:
    """Money through an account of that name would be taken for credit, a debit, a debt of before or a voucher."""
    with pytest.raises(InputError, match=f"a gateway account is not called {name}"):
        Cantine.open("memory://", payments={"desk": "manual://", name: "manual://"})


def test_urls_and_objects_may_be_mixed() -> None:
    """A store, a gateway and a notifier are taken as they are; the others are opened from their URLs."""
    other = open_house(furnished=False)
    store = MemoryStorage()
    cantine = Cantine.open(store, payments={"card": other.card, "desk": "manual://"}, notify=[other.mail, "console://"])
    assert cantine._storage is store
    assert cantine._gateways["card"] is other.card
    assert cantine._gateways["desk"].capabilities.immediate
    assert cantine._notifiers[0] is other.mail
    assert len(cantine._notifiers) == 2


@pytest.mark.parametrize(
    "asked", [{"storage": "nowhere://"}, {"payments": "nowhere://"}, {"notify": ["nowhere://"]}, {"storage": "memory"}]
)
def test_an_unknown_scheme_is_refused(asked: dict[str, Any]) -> None:
    """A URL that no backend answers to is an error at the door."""
    with pytest.raises(UrlError):
        Cantine.open(**{"storage": "memory://", **asked})


def test_unknown_effects_are_refused() -> None:
    """What is carried out at once is one of three words; another is an error at the door, which names them."""
    with pytest.raises(InputError, match="effects is one of payments, all, none, not 'inline'"):
        Cantine.open("memory://", effects="inline")  # type: ignore[arg-type]


def test_a_closed_house_is_closed() -> None:
    """After the with-block the store refuses; closing twice does nothing."""
    with Cantine.open("memory://") as cantine:
        cantine.execute(c.AddEntity(name="Asso"), actor="setup")
    with pytest.raises(StorageError):
        cantine.execute(c.AddEntity(name="Coop"), actor="setup")
    cantine.close()


def test_ids_are_random_and_prefixed() -> None:
    """Without a maker of ids each is new and says what it is of."""
    made = {random_ids("bkg") for _ in range(500)}
    assert len(made) == 500
    assert all(id.startswith("bkg_") and len(id) == 28 for id in made)


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        ("nothing", "ana"),
        (c.Expire(m.Subject("booking", "x")), "ana"),
        (c.AddEntity(name="n"), ""),
        (c.AddEntity(name="n"), " "),
        (c.AddEntity(name="n"), "x" * 201),
        (c.AddEntity(name="n"), "nul\0"),
    ],
)
def test_who_asks_and_what_for_is_checked(house: House, command: Any, actor: str) -> None:
    """No command of the system, no nameless actor: neither at execute nor at preview; nothing is stored."""
    before = snapshot(house.storage)
    for door in (house.cantine.execute, house.cantine.preview):
        with pytest.raises((InputError, TextError)):
            door(command, actor=actor)
    assert snapshot(house.storage) == before


# --- shortcuts -------------------------------------------------------------------------------------------------------

MORE: dict[str, Any] = {"codes": ["EARLY"], "extras": {"materials": 2}, "payer_id": "bob", "on_account": True}
SHORTCUTS: dict[str, tuple[Callable[[Cantine], Any], c.Command]] = {
    "book": (
        lambda house: house.book("b", period(9, 10), product_id="room", actor="ana", person_id="zoe", account="desk"),
        c.Book(space_id="b", product_id="room", period=period(9, 10), person_id="zoe", account="desk"),
    ),
    "book units": (
        lambda house: house.book("open", period(9, 10), product_id="desk", actor="ana", units=2),
        c.Book(space_id="open", product_id="desk", period=period(9, 10), units=2),
    ),
    "sell_pass": (
        lambda house: house.sell_pass("carnet", "paris", actor="ana", holder_id="zoe", account="card"),
        c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"),
    ),
    "check_in": (
        lambda house: house.check_in("paris", "day", actor="ana", person_id="zoe", account="desk"),
        c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk"),
    ),
    "register": (
        lambda house: house.register("paid", "zoe", actor="ana", option_ids=["materials"], account="desk"),
        c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="desk"),
    ),
    "book along": (
        lambda house: house.book("b", period(9, 10), product_id="room", actor="ana", person_id="zoe", **MORE),
        c.Book(space_id="b", product_id="room", period=period(9, 10), person_id="zoe", **MORE),
    ),
    "sell_pass along": (
        lambda house: house.sell_pass("carnet", "paris", actor="ana", holder_id="zoe", **MORE),
        c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", **MORE),
    ),
    "check_in along": (
        lambda house: house.check_in("paris", "day", actor="ana", person_id="zoe", **MORE),
        c.CheckIn(place_id="paris", product_id="day", person_id="zoe", **MORE),
    ),
    "register along": (
        lambda house: house.register("paid", "zoe", actor="ana", **MORE),
        c.Register(session_id="paid", person_id="zoe", **MORE),
    ),
    "sell along": (
        lambda house: house.sell(["net/seat"], actor="ana", place_id="paris", person_id="zoe", **MORE),
        c.Sell(["net/seat"], place_id="paris", person_id="zoe", **MORE),
    ),
}


def selling_early() -> House:
    """A house whose price list knows the code EARLY."""
    house = open_house()
    house.do(c.PublishTariff(TARIFF + '[order]\ncoupons = "one of"\n[coupon.EARLY]\npercent = "-50%"\n'))
    return house


@pytest.mark.parametrize("name", SHORTCUTS)
def test_a_shortcut_is_its_command(name: str) -> None:
    """Two houses, one by the shortcut and one by the command, end with the same rows and the same journal."""
    shortcut, command = SHORTCUTS[name]
    one, other = selling_early(), selling_early()
    found, expected = shortcut(one.cantine), other.cantine.execute(command, actor="ana")
    assert (found.value, found.charges, found.messages) == (expected.value, expected.charges, expected.messages)
    assert snapshot(one.storage) == snapshot(other.storage)


def test_a_shortcut_takes_what_every_sale_takes() -> None:
    """What is bought along is on the charge, which somebody else owes on account: what is sold stands."""
    house = selling_early()
    booked = house.cantine.book("b", period(9, 10), product_id="room", actor="ana", person_id="zoe", **MORE)
    (charge,) = booked.charges
    assert (booked.value.state, charge.payer_id, charge.on_account) == ("confirmed", "bob", True)
    assert [line.quantity for line in charge.lines if line.product_id == "net/materials"] == [2]
    (sale,) = house.all(m.Sale)
    assert sale.codes == ("EARLY",)


def test_a_stay_that_somebody_else_pays_is_the_visitors(house: House) -> None:
    """The pass of a stay is held by who comes, also where another person owes it, and when the stay gets longer."""
    visit = house.cantine.check_in("paris", "half-day", actor="ana", person_id="zoe", payer_id="bob", account="desk")
    assert [(one.holder_id, one.charge_id) for one in house.all(m.Pass)] == [("zoe", visit.charges[0].id)]
    assert visit.charges[0].payer_id == "bob"
    house.do(c.UpgradeVisit(visit.value.id, product_id="day", payer_id="bob", account="desk"))
    assert {one.holder_id for one in house.all(m.Pass)} == {"zoe"}
    assert {one.payer_id for one in house.all(m.Charge)} == {"bob"}


def test_a_shortcut_carries_quote_and_key(house: House) -> None:
    """A quote object is taken as the promise that it carries, and a key makes a repeat a replay."""
    wanted = period(9, 10)
    quote = house.cantine.quote(c.Book(space_id="b", product_id="room", period=wanted))
    asked = {"actor": "ana", "quote": quote, "idempotency_key": "k"}
    first = house.cantine.book("b", wanted, product_id="room", **asked)  # type: ignore[arg-type]
    again = house.cantine.book("b", wanted, product_id="room", **asked)  # type: ignore[arg-type]
    assert first.quote is not None
    assert first.quote.promise == quote.promise
    assert (first.replayed, again.replayed, again.value) == (False, True, first.value)


def test_a_command_without_a_price_has_no_quote(house: House) -> None:
    """To quote what costs nothing by its nature is refused."""
    with pytest.raises(NotForSaleError, match="AddEntity"):
        house.cantine.quote(c.AddEntity(name="n"))


@pytest.mark.parametrize("kind", [m.Booking, m.BookingSeries, m.Registration, m.Pass])
def test_cancel_picks_the_command_of_what_has_the_id(house: House, kind: type[Any]) -> None:
    """A booking, a series, a registration and a pass are each cancelled by the command that is for them."""
    made = {
        m.Booking: c.Book(space_id="b", product_id="room", period=period(9, 10), person_id="zoe"),
        m.BookingSeries: c.BookSeries(
            space_id="b",
            product_id="room",
            day=TODAY,
            starts=time(15),
            ends=time(16),
            rule="FREQ=DAILY;COUNT=2",
            person_id="zoe",
        ),
        m.Registration: c.Register(session_id="free", person_id="zoe"),
        m.Pass: c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"),
    }[kind]
    id = house.do(made).value.id
    outcome = house.cantine.cancel(id, actor="ana", idempotency_key="k")
    assert isinstance(outcome.value, kind)
    assert outcome.value.state == "cancelled"
    assert house.cantine.cancel(id, actor="ana", idempotency_key="k").replayed
    with pytest.raises(WrongStateError):
        house.cantine.cancel(id, actor="ana")


@pytest.mark.parametrize("id", ["nothing", "paris", "zoe"])
def test_cancel_of_something_else_is_not_found(house: House, id: str) -> None:
    """A place or a person has an id too, and cannot be cancelled."""
    with pytest.raises(NotFoundError):
        house.cantine.cancel(id, actor="ana")


def test_availability_is_that_of_the_reader(house: House) -> None:
    """The shortcut asks the reader, units included."""
    house.do(c.Book(space_id="open", product_id="desk", period=period(10, 11), units=2))
    for units in (1, 2, 3):
        within = period(8, 17)
        assert house.cantine.availability("open", within, units=units) == house.cantine.read.availability(
            "open", within, units=units
        )
    assert len(house.cantine.availability("open", period(8, 17), units=2)) == 2


def test_a_webhook_for_an_unknown_account_is_refused(house: House) -> None:
    """Nothing is read for an account that nobody opened."""
    with pytest.raises(AccountError, match="'gold'"):
        house.cantine.receive("gold", b"", {})


# --- fold and sweep --------------------------------------------------------------------------------------------------


def busy(house: House) -> None:
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"), key="k1")
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"), key="k2")
    booked = house.do(
        c.Book(space_id="a", product_id="room", period=period(9, 10), person_id="bob", account="card"), key="k3"
    ).value
    house.do(c.Register(session_id="paid", person_id="eve", account="desk"))
    house.cantine.cancel(booked.id, actor="ana")


def test_the_journal_alone_gives_the_domain_records(house: House) -> None:
    """A fold of the journal is all the domain rows and no other; cut short it is the house as it was then."""
    busy(house)
    entries = journal(house.storage)
    domain = {k: one for k, one in records(house.storage).items() if codec.KINDS[k.kind].kind_class == "domain"}
    assert fold(entries).records == domain
    assert fold([]).records == {}
    assert fold(entries[:1]).need(m.LegalEntity, "asso").name == "Asso"
    assert fold(entries[:1]).get(m.LegalEntity, "coop") is None


def test_a_sweep_takes_what_is_over_and_nothing_else(house: House) -> None:
    """Done tasks and answered requests of before go; domain rows, the journal and what waits stay."""
    busy(house)
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(14, 15)))
    before, entries = records(house.storage), journal(house.storage)
    gone = {
        k
        for k, one in before.items()
        if isinstance(one, m.Request) or (isinstance(one, m.Task) and one.state == "done")
    }
    assert gone
    assert house.cantine.sweep(before=START) == 0, "at that very instant nothing is older"
    assert house.cantine.sweep(before=START + timedelta(seconds=1)) == len(gone)
    assert records(house.storage) == {k: one for k, one in before.items() if k not in gone}
    assert journal(house.storage) == entries
    assert house.cantine.sweep(before=START + timedelta(days=1)) == 0
    assert any(isinstance(one, m.Task) and one.state == "waiting" for one in records(house.storage).values())


def test_a_sweep_leaves_what_waits_to_be_explained(house: House) -> None:
    """What is in quarantine stays however old it is, until it is resolved; then it goes."""
    seen = Observation("pay_of_nobody", "ch", "e1", "EUR", amount=100, captured=100, refunded=0, at=START)
    house.cantine._outbox.observe("card", seen)
    (kept,) = house.cantine.read.quarantine()
    later = START + timedelta(days=400)
    assert house.cantine.sweep(before=later) == 0
    assert house.cantine.read.quarantine() == (kept,)
    row = house.storage.load([Key("quarantine", kept.id)])[0]
    assert row is not None
    resolved = codec.encode(attrs.evolve(kept, resolved=True), row.version + 1)
    house.storage.apply(Change(rows=(resolved,)))
    assert house.cantine.sweep(before=later) == 1


def test_only_a_dead_task_is_replayed(house: House) -> None:
    """A task that was done is not done again, one that is not there says so, a dead one waits again."""
    busy(house)
    done = next(task for task in house.all(m.Task) if task.state == "done")
    with pytest.raises(WrongStateError):
        house.cantine.replay_task(done.id)
    with pytest.raises(NotFoundError):
        house.cantine.replay_task("nothing")
    row = house.storage.load([Key("task", done.id)])[0]
    assert row is not None
    dead = m.Task(done.id, done.work, done.subject, START, "dead", tries=9, writes=row.version + 1)
    house.storage.apply(Change(rows=(codec.encode(dead, dead.writes),)))
    house.wait(minutes=5)
    house.cantine.replay_task(done.id)
    again = house.get(m.Task, done.id)
    assert (again.state, again.tries, again.forgiven, again.due) == ("waiting", 9, 9, START + timedelta(minutes=5))
