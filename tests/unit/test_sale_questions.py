"""The whole question to a price list: facts of everybody, what is held on which day, codes, units, extras."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cantinekit import Money
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales import question
from cantinekit.domain.sales.question import Question, ask, build_order, first_day, read_tariff, wanted, wanted_extras
from cantinekit.domain.sales.selling import MAX_CODES, MAX_EXTRAS
from cantinekit.errors import (
    IncompleteError,
    InputError,
    NotForSaleError,
    NotFoundError,
    UnsuitableError,
    WrongStateError,
)
from support.houses.list_house import HEAD, book, costs, in_days, sell, selling
from support.houses.small_house import START, TODAY, journal, period, records, utc
from support.houses.states_by_hand import PLACE, eur, state

MEMBERS = """
[product.plan]
sells = "plan"
rate = { price = 100.00 }
valid = { lasts = "30 days", first_day = "counts" }
[product.studio]
rate = [{ when = { holds = "plan" }, price = 5.00, per = "1h" }, { price = 20.00, per = "1h" }]
[product.carnet]
sells = "grant"
rate = [{ when = { holds = "plan" }, price = 40.00 }, { price = 50.00 }]
grant = { account = "carnet", units = 10, unit = "entry" }
valid = { lasts = "60 days", first_day = "counts" }
[product.entry]
rate = { price = 9.00, per = "1h" }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
"""


THEIRS = HEAD.replace('"own"', '"theirs"')


# --- what is held ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "price"), [(6, 2000), (7, 500), (36, 500), (37, 2000)])
def test_what_is_used_asks_for_what_is_held_on_the_day_of_use(days: int, price: int) -> None:
    """A plan that begins in a week makes a booking cheaper from its first to its last day, whenever it is booked."""
    house = selling(MEMBERS)
    sell(house, "plan", first_day=in_days(7))
    assert costs(book(house, "studio", 10, in_days(days))) == eur(price)


@pytest.mark.parametrize(("days", "price"), [(0, 5000), (6, 5000), (7, 4000), (36, 4000), (37, 5000)])
def test_what_is_bought_asks_for_what_is_held_on_its_first_day(days: int, price: int) -> None:
    """A carnet that begins with the plan is cheaper, whenever it is bought; before or after it is not."""
    house = selling(MEMBERS)
    sell(house, "plan", first_day=in_days(7))
    assert costs(sell(house, "carnet", first_day=in_days(days))) == eur(price)


def test_a_plan_that_is_not_paid_is_not_held() -> None:
    """What somebody holds is what is paid: until then, and after it is taken back, the full price is asked."""
    house = selling(MEMBERS)
    sold = sell(house, "plan", account=None)
    assert costs(book(house, "studio", 10)) == eur(2000)
    house.do(c.Pay(sold.charges[0].id, account="card"))
    assert costs(book(house, "studio", 11)) == eur(500)
    house.do(c.CancelPass(sold.value.id))
    assert costs(book(house, "studio", 12)) == eur(2000)


def test_a_walk_in_holds_nothing() -> None:
    """The list is told so, and does not ask what somebody unknown holds."""
    assert costs(book(selling(MEMBERS), "studio", 10, person_id=None)) == eur(2000)


def test_what_another_list_sells_is_not_held() -> None:
    """Two lists may name one product: what is held of the one counts in the one."""
    house = selling(MEMBERS)
    house.do(c.PublishTariff(THEIRS + '[product.plan]\nsells = "plan"\nrate = { price = 1.00 }\n'))
    house.do(c.SellPass(product_id="theirs/plan", place_id="paris", holder_id="zoe", account="desk"))
    assert costs(book(house, "studio", 10)) == eur(2000)


def test_two_plans_after_each_other_count_on_their_days() -> None:
    """On the last day of the first and the first day of the second the plan is held; a day between them it is not."""
    house = selling(MEMBERS)
    sell(house, "plan")
    sell(house, "plan", first_day=in_days(31))
    prices = [costs(book(house, "studio", 10, in_days(days))) for days in (29, 30, 31)]
    assert prices == [eur(500), eur(2000), eur(500)]


# --- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "covered"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2027, 1, 29), True), (date(2027, 1, 30), False)],
)
def test_a_carnet_of_the_next_month_is_spent_from_its_first_to_its_last_day(day: date, covered: bool) -> None:
    """Bought today for the 1st, it covers what is used from then on, though it is booked before; nothing earlier."""
    house = selling(MEMBERS)
    sell(house, "carnet", first_day=date(2026, 12, 1))
    booked = book(house, "entry", 10, day)
    assert costs(booked) == (None if covered else eur(900))
    assert [spend.units for spend in booked.value.spends] == ([1] if covered else [])


def test_a_carnet_begins_at_midnight_of_its_place() -> None:
    """The first day is that of the place: half past eleven at night UTC of the day before is on it."""
    house = selling(MEMBERS)
    sell(house, "carnet", first_day=date(2026, 12, 1))
    (units,) = house.all(m.Entitlement)
    assert units.begins == utc(23, day=date(2026, 11, 30))
    assert units.expires == utc(23, day=date(2027, 1, 29))


# --- facts -----------------------------------------------------------------------------------------------------------

FACTS = """
[facts]
student = "yes/no"
site = "text"
income = "money"
weight = "decimal"
tools = { set = ["saw", "lathe"] }
[product.studio]
rate = [
  { when = { student = true }, price = 5.00 },
  { when = { site = "Canary-Site" }, price = 6.00 },
  { when = { income = { below = 1000.00 } }, price = 7.00 },
  { when = { tools = "lathe" }, price = 30.00 },
  { price = 20.00 },
]
"""
KNOWN = {"student": False, "site": "nowhere", "income": eur(500_000), "weight": Decimal("2.5"), "tools": ["saw"]}


@pytest.mark.parametrize(
    ("fact", "price"),
    [
        ({}, 2000),
        ({"student": True}, 500),
        ({"income": eur(99_999)}, 700),
        ({"income": eur(100_000)}, 2000),
        ({"tools": {"saw", "lathe"}}, 3000),
        ({"weight": 3}, 2000),
    ],
)
def test_facts_of_a_command_may_be_of_every_type(fact: dict[str, Any], price: int) -> None:
    """A list is told words, amounts, numbers with decimals and several words, as it declares them."""
    assert costs(book(selling(FACTS), "studio", 10, facts={**KNOWN, **fact})) == eur(price)


def test_the_command_goes_before_the_person_and_the_person_before_the_place() -> None:
    """The nearest word wins."""
    house = selling(FACTS)
    for name, value in {**KNOWN, "student": True}.items():
        house.do(c.SetFact("zoe", name=name, value=value))
    house.do(c.SetPlaceFacts("paris", facts={**KNOWN, "site": "Canary-Site"}))
    assert costs(book(house, "studio", 10)) == eur(500)
    assert costs(book(house, "studio", 11, facts={"student": False, "income": eur(1)})) == eur(700)
    house.do(c.SetFact("zoe", name="student", value=None))
    house.do(c.SetFact("zoe", name="site", value=None))
    assert costs(book(house, "studio", 12)) == eur(600)


@pytest.mark.parametrize(("day", "price"), [(0, 500), (2, 500), (3, 2000)])
def test_a_fact_of_a_person_counts_to_its_last_day(day: int, price: int) -> None:
    """A card that is valid until a day makes what is used up to that day cheaper."""
    house = selling(FACTS)
    house.do(c.SetPlaceFacts("paris", facts=KNOWN))
    house.do(c.SetFact("zoe", name="student", value=True, until=in_days(2)))
    assert costs(book(house, "studio", 10, in_days(day))) == eur(price)


def test_facts_of_a_person_stay_out_of_the_journal_and_the_price_can_be_computed_again() -> None:
    """They are kept beside the sale, in a private record, as they were; once the person is forgotten they are gone."""
    house = selling(FACTS.replace("Canary-Site", "a site"))
    house.do(c.SetPlaceFacts("paris", facts=KNOWN))
    house.do(c.SetFact("zoe", name="site", value="Canary-Site"))
    booked = book(house, "studio", 10)
    (sale,) = house.all(m.Sale)
    assert sale.private_facts
    assert dict(sale.items[0].facts) == {
        name: value
        for name, value in c.Book(space_id="a1", product_id="p", period=period(9, 10), facts=KNOWN).facts
        if name != "site"
    }
    assert not any("Canary-Site" in str(entry.body) for entry in journal(house.storage))
    subject = m.Subject("booking", booked.value.id)
    before = [price.explain("en") for price in house.cantine.read.explain(subject)]
    house.do(c.SetFact("zoe", name="site", value="elsewhere"))
    assert [price.explain("en") for price in house.cantine.read.explain(subject)] == before
    kept = [one for key, one in records(house.storage).items() if key.kind == "salefacts"]
    assert [(one.person_id, one.facts) for one in kept] == [("zoe", ((0, (("site", "Canary-Site"),)),))]

    house.wait(days=2)
    house.do(c.ForgetPerson("zoe"))
    assert not any(key.kind == "salefacts" for key in records(house.storage))
    with pytest.raises(UnsuitableError, match="forgotten"):
        house.cantine.read.explain(subject)


def test_a_list_that_has_to_know_more_says_what() -> None:
    """The error carries the facts to ask for; asked and given, the command goes through."""
    house = selling(FACTS)
    with pytest.raises(IncompleteError) as caught:
        book(house, "studio", 10)
    assert caught.value.facets == ("student",)
    assert costs(book(house, "studio", 10, facts={"student": True})) == eur(500)


def test_a_fact_of_a_command_that_no_list_knows_is_refused() -> None:
    """A slip in a command is told, nothing is sold."""
    house = selling(FACTS)
    with pytest.raises(InputError, match="studnet"):
        book(house, "studio", 10, facts={**KNOWN, "studnet": True})
    assert house.all(m.Booking) == []


# --- codes and extras ------------------------------------------------------------------------------------------------

CODES = """
[order]
coupons = "one of"
[product.studio]
rate = { price = 20.00, per = "1h" }
[product.coffee]
rate = { price = 2.00 }
[coupon.ONCE]
percent = "-50%"
limit = { at_most = 1, same = ["person"] }
"""


def test_a_code_with_a_limit_counts_for_each_person() -> None:
    """Used once it is used up; what is called off gives it back; another person has a use of their own."""
    house = selling(CODES)
    first = book(house, "studio", 10, codes=["ONCE"])
    assert costs(first) == eur(1000)
    assert costs(book(house, "studio", 11, codes=["ONCE"])) == eur(2000)
    assert costs(book(house, "studio", 12, codes=["ONCE"], person_id="bob")) == eur(1000)
    house.do(c.CancelBooking(first.value.id))
    assert costs(book(house, "studio", 13, codes=["ONCE", "ONCE"])) == eur(1000)
    assert house.all(m.Sale)[0].codes == ("ONCE",)


def test_a_code_that_the_list_does_not_know_is_refused() -> None:
    """Nobody is charged the full price who gave a code for less."""
    with pytest.raises(NotForSaleError) as caught:
        book(selling(CODES), "studio", 10, codes=["TWICE"])
    assert [one.code for one in caught.value.refusals] == ["not_for"]


def test_extras_are_priced_along_with_it() -> None:
    """Two coffees with a room are one charge of two lines; a product that the list does not have is refused."""
    house = selling(CODES)
    booked = book(house, "studio", 10, extras={"coffee": 2})
    assert [(line.product_id, line.amount) for line in booked.charges[0].lines] == [
        ("own/studio", eur(2000)),
        ("own/coffee", eur(400)),
    ]
    with pytest.raises(NotForSaleError):
        book(house, "studio", 11, extras={"tea": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"extras": {"coffee": 0}}, {"extras": {"coffee": True}}, {"extras": {"coffee": 1.0}}, {"extras": "coffee"},
        {"extras": [("coffee", 1), ("coffee", 2)]}, {"extras": {f"p{n}": 1 for n in range(MAX_EXTRAS + 1)}},
        {"extras": {"": 1}}, {"extras": ["coffee"]}, {"codes": "ONCE"}, {"codes": [""]}, {"codes": [1]},
        {"codes": [f"C{n}" for n in range(MAX_CODES + 1)]}, {"on_account": True, "account": "desk"},
        {"on_account": 1}, {"payer_id": ""}, {"return_url": "x" * 2001}, {"account": "a|b"},
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "make",
    [
        lambda **more: c.Book(space_id="a1", product_id="p", period=period(9, 10), **more),
        lambda **more: c.SellPass(product_id="p", place_id="paris", holder_id="zoe", **more),
        lambda **more: c.CheckIn(place_id="paris", product_id="p", **more),
        lambda **more: c.Register(session_id="s", person_id="zoe", **more),
    ],
    ids=["Book", "SellPass", "CheckIn", "Register"],
)
def test_what_every_selling_command_takes_is_checked_on_each(make: Any, wrong: dict[str, Any]) -> None:
    """The fields of the base have their bounds on every command, and fifty extras and twenty codes are possible."""
    with pytest.raises(InputError):
        make(**wrong)
    most = make(extras={f"p{n}": 1 for n in range(MAX_EXTRAS)}, codes=[f"C{n}" for n in range(MAX_CODES)])
    assert (len(most.extras), len(most.codes)) == (MAX_EXTRAS, MAX_CODES)


# --- who owes it -----------------------------------------------------------------------------------------------------


def test_another_person_may_owe_it() -> None:
    """The charge is the payer's; the booking is that of whom it is for."""
    booked = book(selling(CODES), "studio", 10, payer_id="bob", account=None)
    assert (booked.value.person_id, booked.charges[0].payer_id) == ("zoe", "bob")


def test_a_payer_has_to_be_there() -> None:
    """Nobody who does not exist, or is being forgotten, can owe anything; nothing is sold then."""
    house = selling(CODES)
    with pytest.raises(NotFoundError):
        book(house, "studio", 10, payer_id="nobody")
    house.cantine._engine.run(c.ForgetPerson("bob"), "test")
    with pytest.raises(WrongStateError):
        book(house, "studio", 10, payer_id="bob")
    assert house.all(m.Booking) == []


# --- the order itself ------------------------------------------------------------------------------------------------

LISTED = read_tariff(HEAD + MEMBERS)
ROOM = m.Product("own/studio", "Studio", "asso", "own", "studio", "booking")
ZOE = m.Person("zoe", "Zoé", "zoe@example.org")
CARNET = m.Product("own/carnet", "Carnet", "asso", "own", "carnet", "pass")


def member(*days: tuple[date, date | None]) -> m.Wallet:
    return m.Wallet("zoe", (), tuple(m.Holding(f"p{n}", "own", "plan", *both) for n, both in enumerate(days)))


@pytest.mark.parametrize(
    ("held", "holds"),
    [((TODAY, None), ("plan",)), ((TODAY, in_days(6)), ()), ((in_days(1), None), ()), ((TODAY, in_days(7)), ("plan",))],
)
def test_with_several_days_only_what_is_held_on_all_of_them_counts(held: Any, holds: tuple[str, ...]) -> None:
    """A carnet that is bought today along with a room in a week asks for a plan on both days."""
    things = (wanted(ROOM, period=period(9, 10, in_days(7))), wanted(CARNET))
    asked = ask(Question(things, "paris", "zoe"), state(PLACE, member(held)), LISTED, START)
    assert asked.holds == holds
    assert asked.order.holds == frozenset(holds)


SITES = HEAD + '[facts]\nsite = ["port", "hill"]\n' + MEMBERS
CAPPED = '\n[[product.studio.adjust]]\nid = "cap"\nat_most = 5.00\nsame = ["person", "day"]\n'


@pytest.mark.parametrize(
    "later",
    [
        {"wallet": member((in_days(1), None))},
        {"place": attrs.evolve(PLACE, facts=(("site", "hill"),))},
        {"person": attrs.evolve(ZOE, facts=(m.PersonFact("site", "hill", set_at=START),))},
        {"listed": read_tariff(SITES + CAPPED)},
        {"at": START + timedelta(days=1)},
    ],
    ids=lambda later: next(iter(later)),
)
def test_a_question_is_asked_anew_of_what_has_changed(later: dict[str, Any]) -> None:
    """What is read for a price and what decides it ask once, unless something that the question is made from has
    changed.
    """
    first = {"place": PLACE, "person": ZOE, "wallet": member((TODAY, None)), "listed": read_tariff(SITES), "at": START}

    def asked(of: Question, known: dict[str, Any]) -> question.Asked:
        return ask(of, state(known["place"], known["person"], known["wallet"]), known["listed"], known["at"])

    kept = Question((wanted(ROOM, day=TODAY),), "paris", "zoe")
    begun = asked(kept, first)
    assert asked(kept, first) is begun
    changed = asked(kept, first | later)
    assert changed == asked(Question(kept.things, "paris", "zoe"), first | later)
    assert changed != begun
    assert attrs.evolve(kept, codes=("A",)).last == []


def test_extras_are_of_the_day_and_the_facts_of_what_they_go_with() -> None:
    """An extra is asked for on the same day with the same facts, with a count of its own."""
    main = wanted(ROOM, period=period(9, 10), facts=(("site", "port"),), count=3)
    (extra,) = wanted_extras((("coffee", 2),), main)
    assert (extra.item.tariff_product, extra.item.count, extra.item.period) == ("coffee", 2, main.item.period)
    assert (extra.item.facts, extra.product.id, extra.product.pricelist_id) == (main.item.facts, "own/coffee", "own")


def test_items_are_called_by_their_label_or_their_place() -> None:
    """The reasons of a price name the items of the order."""
    order = build_order(
        [m.SaleItem("studio", label="first"), m.SaleItem("carnet")], "zoe", START, holds=["plan"], codes=("A",)
    )
    assert [id for id, _ in order.named()] == ["first", "2"]
    assert (order.customer, order.as_of, order.holds, order.codes) == ("zoe", START, frozenset({"plan"}), ("A",))


@pytest.mark.parametrize(
    ("item", "day"),
    [
        (m.SaleItem("carnet"), TODAY),
        (m.SaleItem("carnet", day=in_days(3)), in_days(3)),
        (m.SaleItem("studio", period=period(22.5, 23, in_days(2))), in_days(2)),
        (m.SaleItem("studio", period=period(23, 23.5, in_days(2))), in_days(3)),
    ],
)
def test_an_item_begins_on_a_local_day(item: m.SaleItem, day: date) -> None:
    """Its own day, else that of its start on the clock of the list, else that of the purchase."""
    assert first_day(item, LISTED, START) == day


def test_things_of_two_lists_are_not_one_question() -> None:
    """What is priced together is on one list, and the list is in force."""
    other = m.Product("x", "X", "asso", "net", "x", "booking")
    listed = m.PriceList("own", "EUR", (m.ListVersion(START, "v"),))
    at = state(PLACE, listed)
    with pytest.raises(UnsuitableError):
        question.version_of(at, [wanted(ROOM), wanted(other)], START)
    assert question.version_of(at, [wanted(ROOM)], START) == "v"
    with pytest.raises(NotForSaleError):
        question.version_of(at, [wanted(ROOM)], utc(8))


def test_a_fact_that_the_house_sets_is_left_to_it() -> None:
    """The caller may not state what the house knows better."""
    listed = read_tariff(HEAD + '[facts]\nmeetings = "number"\n[product.studio]\nrate = { price = 1.00 }\n')
    thing = question.Wanted(ROOM, m.SaleItem("studio", facts=(("meetings", 3),)), (("meetings", 2), ("other", 1)))
    with pytest.raises(InputError, match="set by the house"):
        thing.told(listed, (), ())
    told, private = question.Wanted(ROOM, m.SaleItem("studio"), (("meetings", 2), ("other", 1))).told(listed, (), ())
    assert (told.item.facts, private) == ((("meetings", 2),), ())


def test_amounts_are_of_the_currency_of_the_list() -> None:
    """What is stored in another currency is left out; what a command says so is refused."""
    house = selling(FACTS)
    for name, value in KNOWN.items():
        house.do(c.SetFact("zoe", name=name, value=value))
    house.do(c.SetFact("zoe", name="income", value=Money(100, "GBP")))
    with pytest.raises(IncompleteError) as caught:
        book(house, "studio", 10)
    assert caught.value.facets == ("income",)
    with pytest.raises(InputError):
        book(house, "studio", 10, facts={"income": Money(100, "GBP")})
