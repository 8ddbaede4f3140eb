"""An example asks for nothing that no answer depends on: what would be ignored is refused where it stands."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff

LIST = """
tariff = { id = "asked", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { who = ["firm", "guest"] }
[product.hall]
rate = { price = 100.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
move = { fee = 3.00 }
[product.office]
sells = "plan"
rate = { price = 300.00, per = "month" }
grant = { account = "credits", unit = "credit", units = 5, renews = "month", rollover = true }
term = { when = { who = "firm" }, period = "1 month", minimum = 2, renewal = "monthly", ends = "period end" }
[product.pass]
sells = "plan"
rate = { price = 20.00 }
[advice.days]
unit = "day"
offers = [{ product = "hall", units = 1 }]
[examples]
defaults = { day = 2026-05-04 }
"""


def load(example: str) -> Tariff:
    return Tariff.load(f'{LIST}list = [{{ id = "x", {example} }}]\n')


@pytest.mark.parametrize(
    ("example", "place", "said"),
    [
        ("product = 'hall', cancelled = 3, moved = 3, fee = 3.00", "moved", "one of"),
        ("product = 'hall', cancelled = 3, gross = 100.00", "cancelled", "fee, refund"),
        ("product = 'hall', moved = 3, gross = 100.00", "moved", "fee, refund"),
        ("product = 'hall', overrun = 3, gross = 100.00", "overrun", "fee, refund"),
        ("product = 'office', who = 'firm', notice = 2026-05-05, gross = 300.00", "notice", "earliest_end"),
        ("product = 'office', who = 'firm', leaves = 2026-05-05, earliest_end = 2026-07-03", "leaves", "owed"),
        ("product = 'office', who = 'firm', left = 2, gross = 300.00", "left", "next_units"),
        ("product = 'hall', units = 2, gross = 100.00", "units", "need"),
        ("product = 'hall', dates = [2026-05-04], gross = 100.00", "dates", "need"),
        ("product = 'hall', exact = true, gross = 100.00", "exact", "need"),
        ("need = 'days', units = 2, cancelled = 3, gross = 200.00", "cancelled", "need"),
        ("need = 'days', units = 2, notice = 2026-05-05, gross = 200.00", "notice", "need"),
        ("need = 'days', units = 2, held = [{ account = 'credits', units = 2 }], gross = 200.00", "held", "need"),
        ("need = 'days', units = 2, dates = [2026-05-04], gross = 200.00", "dates", "units"),
        ("need = 'days', gross = 200.00", "need", "units"),
    ],
)
def test_what_would_be_ignored_is_refused_with_its_place(example: str, place: str, said: str) -> None:
    """A key of an example that changes none of the answers it names is a problem, which says what belongs to it."""
    with pytest.raises(TariffError) as info:
        load(example)
    found = {problem.path.rpartition(".")[2]: problem.message for problem in info.value.problems}
    assert said in found[place]


def test_a_contract_that_nobody_states_is_a_refusal_that_an_example_can_ask_for() -> None:
    """Who gives notice where no contract fits, or where there is none, is told that the list does not say."""
    for example in (
        "product = 'office', who = 'guest', notice = 2026-05-05, refused = 'unstated'",
        "product = 'office', who = 'guest', leaves = 2026-05-31, refused = 'unstated'",
        "product = 'pass', notice = 2026-05-05, refused = 'unstated'",
    ):
        assert [result.ok for result in load(example).check()] == [True], example
    (result,) = load("product = 'office', who = 'firm', notice = 2026-05-05, refused = 'unstated'").check()
    assert not result.ok
    (result,) = load("product = 'office', who = 'guest', notice = 2026-05-05, earliest_end = 2026-07-03").check()
    assert result.got == "refused unstated"


def test_a_product_without_a_contract_says_so_where_its_end_is_asked_for() -> None:
    """Notice and the last day of something that has no contract are refused; what is not asked for is not."""
    tariff = load("product = 'pass', gross = 20.00")
    day = date(2026, 5, 4)
    assert tariff.terms("pass", day).refusals == ()
    assert [stop.code for stop in tariff.terms("pass", day, notice=day).refusals] == ["unstated"]
    assert [stop.code for stop in tariff.terms("pass", day, leaves=day).refusals] == ["unstated"]
