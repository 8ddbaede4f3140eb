"""Reasons that a program tells: shared steps that nobody can change, names of items, other processes."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from cantinekit.pricing import Item, Lot, Order, State, Tariff
from cantinekit.pricing.compiled import _steps
from cantinekit.pricing.compiled._steps import RuleHead, Way
from cantinekit.pricing.compiled._writer import AmountTexts
from cantinekit.pricing.engine import order as phases

TARIFF = Tariff.load("""
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { category = ["visitor", "student"] }
[product.desk]
cover = { by = "carnet", unit = "desk", partial = true }
beyond = "rate"
rate = { price = 10.00 }
adjust = [
  { id = "students", when = { category = "student" }, percent = "-20%" },
  { id = "cap", at_most = 25.00, same = "person" },
]
""")
BOUGHT = datetime(2026, 1, 1, tzinfo=UTC)


def order(count: int = 1, category: str = "student", id: str = "") -> Order:
    return Order((Item("desk", count=count, facts={"category": category}, id=id),), "ana")


def asked(order: Order, state: State = State()):  # noqa: B008
    """The quote by the program, and the same by the phases."""
    quote = TARIFF.quote(order, state)
    runner, _, _, inputs = quote.reasons
    assert runner.tell(order, state, inputs) is not None
    return quote, phases.quote(TARIFF.parts, TARIFF.version, order, state)


@pytest.mark.parametrize("category", ["visitor", "student"])
@pytest.mark.parametrize("left", [0, 1, 9])
@pytest.mark.parametrize("id", ["", "desk 7"])
def test_a_program_tells_what_the_phases_tell(category: str, left: int, id: str) -> None:
    """Trace, data and text are the same, whatever is covered and however the item is called."""
    state = State(lots=(Lot("one", "carnet", left, BOUGHT),) if left else ())
    quick, slow = asked(order(3, category, id), state)
    assert quick.trace == slow.trace
    assert repr(quick.trace) == repr(slow.trace)
    assert quick.explanation() == slow.explanation()
    assert [quick.explain(lang) for lang in ("fr", "en")] == [slow.explain(lang) for lang in ("fr", "en")]
    assert {step["item"] for step in quick.explanation()} == {id or "1"}


def test_data_is_for_json() -> None:
    """It survives JSON, from each of the two ways."""
    quick, slow = asked(order(3), State(lots=(Lot("one", "carnet", 1, BOUGHT),)))
    for quote in (quick, slow):
        assert json.loads(json.dumps(quote.explanation())) == quote.explanation()


def test_shared_steps_cannot_be_changed() -> None:
    """What another explanation has as well refuses to be changed; a copy is an ordinary dictionary."""
    steps = asked(order(1, "visitor"))[0].explanation()
    shared = next(step for step in steps if step["why"] == "condition")
    assert shared is next(step for step in asked(order(1, "visitor"))[0].explanation() if step["why"] == "condition")
    for change in (
        lambda: shared.update(why="x"),
        lambda: shared.pop("why"),
        lambda: shared.setdefault("x", 1),
        lambda: shared.__setitem__("why", "x"),
        lambda: shared.__delitem__("why"),
        lambda: shared.__ior__({"why": "x"}),
        shared.clear,
        shared.popitem,
        lambda: shared["values"].update(x=1),
    ):
        with pytest.raises(TypeError, match="copy"):
            change()
    mine = shared.copy()
    mine["why"] = "x"
    assert shared["why"] == "condition"
    assert pickle.loads(pickle.dumps(shared)) == copy.deepcopy(shared) == shared


def test_a_quote_goes_to_another_process_with_its_reasons() -> None:
    """Pickled and read again a quote is equal, and gives the same reasons and documents."""
    quick, slow = asked(order(2))
    again = pickle.loads(pickle.dumps(quick))
    assert again == quick
    assert (again.trace, again.explanation(), again.documents) == (slow.trace, slow.explanation(), slow.documents)


def test_kept_steps_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many amounts there are, so many steps are kept of each way in which a rule can end."""
    monkeypatch.setattr(_steps, "MOST_KEPT", 20)
    way = Way(
        RuleHead("p", "adjust", "product.p.adjust[0]", "x", AmountTexts("EUR"), data=True),
        "not_applicable",
        "condition",
    )
    for minor in range(100):
        assert way[minor]["before"] == way[minor]["after"] == f"{minor // 100}.{minor % 100:02} EUR"
        assert len(way) <= 10


def test_a_grant_of_nothing_is_no_grant() -> None:
    """A voucher of 0.00 is not given, by a program and by the phases alike."""
    tariff = Tariff.load("""
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[product.voucher]
sells = "grant"
rate = { price = 5.00 }
grant = [{ account = "gift", unit = "EUR", value = 0.00 }, { account = "drinks", unit = "drink", units = 2 }]
""")
    one = Order((Item("voucher", count=3),), "ana")
    quick = tariff._programs.quote(one, State())
    assert quick is not None
    assert [(grant.account, grant.units) for grant in quick.grants] == [("drinks", 6)]
    assert quick == phases.quote(tariff.parts, tariff.version, one, State())


def test_a_text_tells_the_reasons_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines and uses a text has, the program that tells is run once for it."""
    quote = TARIFF.quote(order(3), State(lots=(Lot("one", "carnet", 1, BOUGHT),)))
    runner, told = quote.reasons[0], []
    tell = runner.tell
    monkeypatch.setattr(runner, "tell", lambda *asked: told.append(asked) or tell(*asked))
    assert quote.explain("en")
    assert len(told) == 1
