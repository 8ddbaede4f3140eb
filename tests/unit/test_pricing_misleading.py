"""Messages that send nobody the wrong way: what a loader advises, why something is refused, what has to be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Lot, Order, State, Tariff
from cantinekit.pricing.quote import Refusal

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
DAY = date(2026, 11, 24)
PACK = (
    'product.pack = { sells = "grant", rate.price = 50.00, grant = { account = "hours", unit = "1h", units = 10 } }\n'
)


TICKET = (
    'product.ticket = { sells = "grant", rate.price = 8.00, grant = { account = "days", unit = "d", units = 1 } }\n'
)


def problems(text: str) -> list[str]:
    """What the loader says, each behind its place."""
    with pytest.raises(TariffError) as raised:
        Tariff.load(HEAD + text)
    return [str(problem.text) for problem in raised.value.problems]


def lot(account: str, left: int) -> Lot:
    return Lot("l", account, left, datetime(2026, 1, 1, tzinfo=UTC))


def refused(tariff: Tariff, item: Item, state: State = State(), lang: str = "en", **who: object) -> tuple[str, str]:  # noqa: B008
    """The code of the one refusal, and its sentence."""
    (stop,) = tariff.quote(Order((item,), **who), state).refusals  # type: ignore[arg-type]
    assert isinstance(stop, Refusal)
    return stop.code, stop.text(lang, tariff.names)


# --- what a cover leaves ---------------------------------------------------------------------------------------------


def test_what_a_cover_leaves_of_a_stay_is_priced_by_the_row_of_its_length() -> None:
    """Rows of lengths price the rest of a stay: three hours left of five are 70.00, not the 95.00 of five."""
    tariff = Tariff.load(
        f'{HEAD}{PACK}[product.room]\nbeyond = "rate"\ncover = {{ by = "hours", unit = "1h", partial = true }}\n'
        'rate = { upto = [{ upto = "4h", price = 70.00 }, { price = 95.00 }] }'
    )
    five = Item("room", day=DAY, minutes=300)
    assert str(tariff.quote(five, State(lots=(lot("hours", 2),))).total) == "70.00 EUR"
    assert str(tariff.quote(five).total) == "95.00 EUR"


@pytest.mark.parametrize("cover", ['by = "hours", partial = true', 'free = 2, same = ["person", "day"]'])
def test_a_part_that_has_no_price_is_refused_with_what_each_way_out_means(cover: str) -> None:
    """Of a price for the whole nobody knows what the rest costs; the message says what follows of each way out."""
    (said,) = problems(f'{PACK}[product.room]\nbeyond = "rate"\ncover = {{ unit = "1h", {cover} }}\nrate.price = 95.00')
    assert "nobody can say what the rest costs" in said
    assert "per = '1h'" in said
    assert "then units that are too few cover nothing, and the whole stay is charged" in said


def test_hours_cover_no_part_of_what_is_measured_otherwise() -> None:
    """Two of five hours would be used and the half-days charged in full: that is refused where it is written."""
    (said,) = problems(
        f'{PACK}[product.room]\nmeasure = {{ unit = "half-day", every = "4h" }}\nbeyond = "rate"\n'
        'cover = { by = "hours", unit = "1h", partial = true }\nrate = { price = 20.00, per = "half-day" }'
    )
    assert "the stay is measured in 'half-day'" in said


def test_an_allowance_may_be_all_or_nothing() -> None:
    """``partial = false``: an allowance that is too small frees nothing and is not used up; an account is so anyway."""
    tariff = Tariff.load(
        f'{HEAD}[product.room]\nbeyond = "rate"\nrate.price = 95.00\n'
        'cover = { id = "two", free = 2, unit = "1h", same = ["person", "day"], partial = false }'
    )
    quote = tariff.quote(Order((Item("room", day=DAY, minutes=300),), "anna"))
    assert str(quote.total) == "95.00 EUR"
    assert quote.meters == (("free/t/room/two/person=anna/day=2026-11-24", 0),)
    assert "2 × 1h for nothing, 5 needed, and a part is not enough" in quote.explain("en")
    assert "une partie ne suffit pas" in quote.explain("fr").replace("\N{NO-BREAK SPACE}", " ")
    assert tariff.quote(Order((Item("room", day=DAY, minutes=120),), "anna")).total.amount == 0
    assert Tariff.load(tariff.dump()) == tariff


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (
            'measure = { unit = "half-day", every = "4h" }\nrate.upto = [{ upto = "2h", price = 5 }, { price = 9 }]',
            "lengths",
        ),
        (
            'measure = { unit = "day", days = true }\n'
            'rate = { steps = [{ size = "1h", price = 5 }], combination = "cheapest" }',
            "lengths",
        ),
        (
            'cover = { by = "hours", unit = "1h" }\nbeyond = "rate"\n'
            "rate.upto = [{ upto = 1, price = 5 }, { price = 9 }]",
            "numbers",
        ),
    ],
)
def test_rows_count_what_the_stay_is_counted_in(rate: str, said: str) -> None:
    """Lengths are held against no half-days, and numbers of pieces against no minutes: both were priced in silence."""
    (found,) = problems(f"{PACK}[product.room]\n{rate}")
    assert f"its rows are {said}" in found


# --- why nothing covers it -------------------------------------------------------------------------------------------

WEEKLY = (
    HEAD + 'product.plan = { name = "The Plan", sells = "plan", rate.price = 90.00 }\n'
    '[product.desk]\nbeyond = "refuse"\nrate = { refuse = "not_sold" }\n'
    'cover = { id = "2 days a week", free = 2, unit = "day", same = ["person", "week"], when = { holds = "plan" } }\n'
)


def test_an_allowance_that_is_used_up_is_told_with_its_number() -> None:
    """Who holds the plan and asks for a third day is told of two days a week, not that something is not held."""
    tariff = Tariff.load(WEEKLY)
    asked = Item("desk", day=DAY, count=3)
    who = {"customer": "anna", "holds": frozenset({"plan"})}
    assert refused(tariff, asked, **who) == (
        "limit_reached",
        "at most 2 × day a week for each person, and not enough of it is left: 2 days a week",
    )
    _, text = refused(tariff, asked, lang="fr", **who)
    assert text.replace("\N{NO-BREAK SPACE}", " ").startswith("au plus 2 × day par semaine par personne")


def test_who_is_not_meant_by_any_cover_is_told_what_would_have_to_be_held() -> None:
    """The plan is missing, and not the name of its rule or of the product that is asked for."""
    tariff = Tariff.load(WEEKLY)
    assert refused(tariff, Item("desk", day=DAY), holds=frozenset()) == ("missing", "needed, and not held: The Plan")


def test_a_plan_that_is_held_is_not_told_as_missing() -> None:
    """On a day for which the plan is not meant its holder is not told to hold it."""
    text = WEEKLY.replace('when = { holds = "plan" }', 'when = { holds = "plan", weekday = "mon" }')
    asked = Item("desk", day=DAY)
    assert refused(Tariff.load(text), asked, holds=frozenset())[1].endswith("The Plan")
    assert "The Plan" not in refused(Tariff.load(text), asked, holds=frozenset({"plan"}), customer="anna")[1]


def test_a_limit_is_no_empty_account() -> None:
    """Of a pack of nine with two a week a third is refused by that number; a short pack is told as one."""
    tariff = Tariff.load(
        HEAD + TICKET + '[product.booth]\nbeyond = "refuse"\nrate.price = 5.00\n'
        'cover = { by = "ticket", unit = "d", limit = { at_most = 2, same = ["person", "week"] } }\n'
    )
    item = Item("booth", day=DAY, count=3)
    full, few = State(lots=(lot("days", 9),)), State(lots=(lot("days", 1),))
    assert refused(tariff, item, full, customer="anna")[1].startswith("at most 2 × d a week for each person")
    assert refused(tariff, item, few, customer="anna") == ("limit_reached", "not enough left: days")
    assert refused(tariff, item, customer="anna") == ("missing", "needed, and not held: days")


def test_a_part_that_a_limit_allows_is_not_told_as_all_that_was_left() -> None:
    """Two of five are taken since no more may be: the reasons do not say that nothing is left of the nine."""
    tariff = Tariff.load(
        HEAD + TICKET + '[product.booth]\nbeyond = "rate"\nrate.price = 5.00\n'
        'cover = { by = "ticket", unit = "d", partial = true, limit = { at_most = 2, same = ["person", "week"] } }\n'
    )
    quote = tariff.quote(Order((Item("booth", day=DAY, count=5),), "anna"), State(lots=(lot("days", 9),)))
    assert str(quote.total) == "15.00 EUR"
    assert "2 d taken of the 5 needed, at most 2 may be" in quote.explain("en")
    assert "nothing is left" not in quote.explain("en")


def test_a_code_that_was_used_is_not_told_as_something_free() -> None:
    """The second use of a code that counts once says so."""
    tariff = Tariff.load(
        HEAD + 'product.desk.rate.price = 10.00\n[coupon.WELCOME]\npercent = "-50%"\n'
        'limit = { at_most = 1, same = ["person"] }\n'
    )
    order = Order((Item("desk", day=DAY),), "anna", codes=("WELCOME",))
    again = tariff.quote(order, tariff.quote(order).state)
    assert "used as often as it may be: 1 ×" in again.explain("en")


# --- rules of the order ----------------------------------------------------------------------------------------------

ORDER = (
    HEAD + 'facts = { who = ["a", "b"] }\nproduct.desk.rate.price = 10.00\nproduct.coffee.rate.price = 2.00\n'
    'order.adjust = { id = "r", on = ["desk"], when = { who = "a" }, percent = "-50%" }\n'
)
COFFEE, DESK = Item("coffee"), Item("desk", facts={"who": "a"})


@pytest.mark.parametrize(
    ("items", "total"), [((COFFEE,), "2.00"), ((COFFEE, DESK), "7.00"), ((DESK, COFFEE), "7.00")], ids=str
)
def test_a_rule_of_the_order_asks_only_what_it_bears_on(items: tuple[Item, ...], total: str) -> None:
    """A discount on desks asks nobody who has coffee, and asks the desk itself wherever it stands in the order."""
    quote = Tariff.load(ORDER).quote(Order(items))
    assert (quote.ok, str(quote.total)) == (True, f"{total} EUR")


def test_a_fact_that_a_line_depends_on_is_still_asked_for() -> None:
    """The control: a desk of which nobody says for whom has no price."""
    quote = Tariff.load(ORDER).quote(Order((COFFEE, Item("desk"))))
    assert {stop.facets for stop in quote.refusals} == {("who",)}


def test_a_rule_of_the_order_looks_up_its_amount_where_it_bears() -> None:
    """An amount by a fact, and a cap for each place, are those of the desk and not of the coffee before it."""
    grid = ORDER.replace('when = { who = "a" }, percent = "-50%"', 'add = { by = "who", a = 1.00, b = 2.00 }')
    assert str(Tariff.load(grid).quote(Order((COFFEE, DESK))).total) == "13.00 EUR"
    cap = ORDER.replace('when = { who = "a" }, percent = "-50%"', 'at_most = 4.00, same = ["who"]')
    assert str(Tariff.load(cap).quote(Order((COFFEE, DESK))).total) == "6.00 EUR"


# --- names -----------------------------------------------------------------------------------------------------------

NAMES = {"day": "Journée", "room": "Salle", "month": "Mois", "room, small": "Petite salle"}


@pytest.mark.parametrize(
    ("code", "what", "said"),
    [
        ("unpublished", "room: half-day, day", "Salle: half-day, day: no published price"),
        ("unstated", "month, student", "the tariff does not say: month, student"),
        ("unstated", "month, day", "the tariff does not say: month, day"),
        ("missing", "month, day", "needed, and not held: Mois, Journée"),
        ("missing", "month, room, small", "needed, and not held: Mois, Petite salle"),
        ("missing", "2 days a week, day", "needed, and not held: 2 days a week, day"),
        ("not_at", "room, 2026-11-24", "Salle, 2026-11-24: not at this time"),
        ("unpublished", "day", "Journée: no published price"),
    ],
)
def test_names_stand_for_products_and_for_nothing_inside_another_text(code: str, what: str, said: str) -> None:
    """The name of a product stands where the product is meant: not for the value of an axis or the name of a rule."""
    assert Refusal(code, what).text("en", NAMES) == said
