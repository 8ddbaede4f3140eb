"""A command that is sent again with its key is answered with all that a page goes on with, whatever became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit.errors import CantineError
from cantinekit.runtime import engine, outcome
from support.commands import examples
from support.houses import small_house
from support.run.soak import scaled

GOES_ON = ("value", "charges", "refunds", "given_back", "next_url", "pending", "declined", "pays")
"""What a page goes on with; all else of an outcome tells what was done, once."""
TOLD_ONCE = ("quote", "messages", "events", "afterwards", "publication", "replayed")
SUMS = {"refunds", "given_back"}
AFTER = (c.CancelSession, c.CancelSessions)
"""What is done for each of many seats, by work after the command: those sums are told once. The next step never is."""
ANSWERS = ("settled", "declined", "pending")
BACK = "https://place.example/thanks"


def by_card(command: c.Command[Any]) -> c.Command[Any]:
    """The same command, paid by card on a page of the gateway; itself where it takes no money, or not so."""
    names = {field.name for field in attrs.fields(type(command))}
    if "account" not in names:
        return command
    try:
        return attrs.evolve(command, account="card", **({"return_url": BACK} if "return_url" in names else {}))
    except CantineError:
        return command


def differ(store: str, cls: type[Any], answers: Sequence[str], *, card: bool) -> list[str]:
    """What is answered otherwise when the example of a class is sent again; nothing where it is refused.

    Args:
        store: the URL of the store.
        cls: the class of the command.
        answers: what the card answers, to payments and to refunds.
        card: whether it is paid by card.
    """
    house = small_house.open_house(store, answers, refunds=answers)
    with house.cantine:
        try:
            command: c.Command[Any] = examples.EXAMPLES[cls](house)
            command = by_card(command) if card else command
            first = house.cantine.execute(command, actor="ana", idempotency_key="form-1")
        except CantineError:  # it is not sold by card, or the example needed a payment that was declined
            assert card or set(answers) != {"settled"}
            return []
        again = house.cantine.execute(command, actor="ana", idempotency_key="form-1")
        assert (first.replayed, again.replayed) == (False, True)
        asked = [name for name in GOES_ON if cls not in AFTER or name not in SUMS]
        return [name for name in asked if getattr(first, name) != getattr(again, name)]


def test_every_field_is_one_or_the_other() -> None:
    """A field that is added to outcomes is answered again, or told once."""
    properties = {name for name, of in vars(outcome.Outcome).items() if isinstance(of, property)}
    assert properties | {field.name for field in attrs.fields(outcome.Outcome)} == {*GOES_ON, *TOLD_ONCE}


@pytest.mark.parametrize("cls", c.COMMANDS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_repeat_is_answered_like_the_first(kind: str, cls: type[Any], tmp_path: Any) -> None:
    """Each command, at the desk and by card: the state, the charges, the refunds, the page to pay on and the next step
    are the same again, whether the card takes the money, declines it or waits."""
    for number, (answer, card) in enumerate([("settled", False), *((one, True) for one in ANSWERS)]):
        store = "memory://" if kind == "memory" else f"sqlite:///{tmp_path}/{number}.db"
        assert differ(store, cls, [answer], card=card) == []


@settings(max_examples=scaled(40), deadline=None)
@given(st.sampled_from(c.COMMANDS), st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6), st.booleans())
def test_whatever_the_card_answers(cls: type[Any], answers: list[str], card: bool) -> None:
    """The same where the gateway answers one thing now and another later, also while a house is made ready."""
    assert differ("memory://", cls, answers, card=card) == []


def late(store: str) -> list[str]:
    """What differs of a check-in before which a stay of the day before had to be ended, which nobody paid."""
    house = small_house.open_house(store)
    with house.cantine:
        house.do(c.HoldSpace(space_id="b", product_id="room", period=small_house.period(10, 11), person_id="zoe"))
        house.do(c.PublishTariff(CLOCK))
        come = c.CheckIn(place_id="paris", product_id="clock/desk", person_id="zoe", account="desk")
        house.do(come)
        house.wait(days=1)
        first = house.cantine.execute(come, actor="ana", idempotency_key="door")
        again = house.cantine.execute(come, actor="ana", idempotency_key="door")
        assert first.pays.state == "nothing"
        return [name for name in GOES_ON if getattr(first, name) != getattr(again, name)]


CLOCK = """
tariff = { id = "clock", name = "Clock", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.desk.rate = { price = 4.00, per = "1h" }
"""


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_what_had_to_be_ended_first_is_not_its_answer(kind: str, tmp_path: Any) -> None:
    """Who left without paying yesterday and comes today: neither answer says that today's stay is to be paid, and both
    say the same."""
    assert late("memory://" if kind == "memory" else f"sqlite:///{tmp_path}/house.db") == []


def test_an_answer_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where the refunds of a request are not kept, or its charges, the law finds it."""
    real = engine._replayed

    def forgets(name: str) -> None:
        monkeypatch.setattr(engine, "_replayed", lambda *asked: attrs.evolve(real(*asked), **{name: ()}))

    forgets("refund_ids")
    assert differ("memory://", c.CancelBooking, ["settled"], card=False) == ["refunds", "given_back"]
    forgets("charge_ids")
    assert differ("memory://", c.Book, ["pending"], card=True) == ["charges", "next_url", "pending", "pays"]
