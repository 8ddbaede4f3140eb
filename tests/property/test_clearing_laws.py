"""Random lives of a network: sales at three legal entities, uses everywhere, returns, rules that change when the clocks
do, statements and disputes. Positions sum to zero, and are what the ledgers say.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.clearing.posting import rounded
from cantinekit.errors import CantineError
from cantinekit.money import Money
from support.houses.network_house import CITIES, FIRST, PERSONS, agree, carnet, give_back, network, use
from support.houses.small_house import records
from support.laws import clearing_laws, house_laws
from support.run.soak import examples, scaled, until_seen

CITY = st.sampled_from(CITIES)
PERSON = st.sampled_from(PERSONS)
SHARE = st.fractions(0, 1, max_denominator=12).map(str)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), CITY, PERSON),
        st.tuples(st.just("use"), CITY, PERSON, st.sampled_from(["0.5", "1", "2"])),
        st.tuples(st.just("use"), CITY, PERSON, st.just("0.5")),
        st.tuples(st.just("back"), st.integers(0, 99)),
        st.tuples(st.just("agree"), CITY, st.none() | CITY, SHARE, st.sampled_from(["0", "1/7"]), st.integers(0, 3)),
        st.tuples(st.just("amount"), CITY, st.none() | CITY, st.integers(0, 999), st.integers(0, 3)),
        st.tuples(st.just("end"), CITY, st.integers(0, 99), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from([1, 15, 24, 25, 24 * 32])),
        st.permutations(CITIES).map(lambda two: ("close", *two[:2], 1)),
        st.permutations(CITIES).map(lambda two: ("close", *two[:2], 3)),
        st.tuples(st.just("dispute"), st.integers(0, 99)),
    ),
    min_size=8,
    max_size=40,
)
SEEN = ("use", "return", "expiry", "dispute", "statement", "without a rule", "corrected after a statement")


class Life:
    """A network, and what was done in it."""

    def __init__(self) -> None:
        self.house = network()
        agree(self.house, "toulouse")
        agree(self.house, "nantes", "brest", expired="1/3")
        for city, person in zip(CITIES, PERSONS, strict=True):
            carnet(self.house, city, person)
        self.orders: list[m.Order] = []
        self.refused = Counter[str]()

    @property
    def today(self):
        return self.house.clock.now().date()

    def step(self, what, *how):
        """Do something; what is refused changes nothing."""
        before = records(self.house.storage)
        try:
            getattr(self, what)(*how)
        except CantineError as error:
            self.refused[type(error).__name__] += 1
            assert records(self.house.storage) == before
        if what == "wait":
            self.house.cantine.run_due()

    def sell(self, city, person):
        carnet(self.house, city, person)

    def use(self, city, person, days):
        self.orders.append(use(self.house, city, person, days).value)

    def back(self, number):
        if self.orders:
            give_back(self.house, self.orders.pop(number % len(self.orders)))

    def agree(self, city, other, share, expired, days):
        more = {"expired": expired} if other is not None else {}
        agree(self.house, city, other, day=self.today + timedelta(days=days), share=share, **more)

    def amount(self, city, other, cents, days):
        agree(self.house, city, other, day=self.today + timedelta(days=days), amount=Money(cents, "EUR"))

    def end(self, city, number, days):
        rules = self.house.cantine.read.clearing_terms(city)
        if rules:
            last = self.today + timedelta(days=days)
            self.house.do(c.EndClearing(city, rule_id=rules[number % len(rules)].id, last_day=last))

    def wait(self, hours):
        self.house.wait(hours=hours)

    def close(self, one, other, days):
        self.house.do(c.CloseClearing(one, other_id=other, until=self.today - timedelta(days=days)))

    def dispute(self, number):
        lines = self.house.all(m.ClearingLine)
        if lines:
            self.house.do(c.DisputeClearing((lines[number % len(lines)].id,), reason="they do not agree"))


def test_positions_are_what_the_ledgers_say():
    """After any life each entry is balanced, positions sum to zero and are the balances of the ledgers, statements have
    their lines, and the journal folds to the records. Once all that can be called off is, nothing is owed for it.
    """
    seen = Counter[str]()

    def law(tried):
        @tried
        @given(STEPS)
        def lives(steps):
            life = Life()
            for step in steps:
                life.step(*step)
            house_laws.hold(life.house.storage, life.house.clock.now())
            house_laws.folds(life.house.storage)
            for order in life.orders:
                give_back(life.house, order)
            found = records(life.house.storage)
            clearing_laws.hold(life.house.storage, found, life.house.clock.now())
            lines = clearing_laws.of(found, m.ClearingLine)
            assert not sum(one.amount.amount for one in lines if one.subject.kind == "order")
            statements = clearing_laws.of(found, m.ClearingStatement)
            note(seen, lines, statements)

        lives()

    until_seen(law, settings(max_examples=scaled(25)), seen, SEEN)


def note(seen, lines, statements):
    """Count what a life had."""
    for line in lines:
        seen[line.what] += bool(line.amount.amount)
        seen["without a rule"] += line.rule_id is None
        earlier = [one for one in statements if one.pair_id == line.pair_id and one.until < line.day]
        seen["corrected after a statement"] += line.what in ("return", "dispute") and bool(earlier)
    seen["statement"] += sum(bool(one.lines) for one in statements)


PARTS = st.lists(st.tuples(CITY, st.sampled_from(["0.5", "1", "1.5"])), min_size=1, max_size=14)


@examples(1)
@settings(max_examples=scaled(25), database=None)
@given(PARTS, st.fractions(0, 1, max_denominator=20), st.randoms(use_true_random=False))
def test_what_is_owed_is_the_share_of_what_was_used(parts, share, random):
    """What a city gets for a carnet is the share of what was paid for the units that it served, rounded once, in
    whatever parts and in whatever order they are used.
    """
    units = {"0.5": 1, "1": 2, "1.5": 3}
    while sum(units[days] for _, days in parts) > 20:
        parts.pop()
    for _ in range(2):
        house, served = network(), Counter[str]()
        agree(house, "toulouse", share=str(share))
        carnet(house, "toulouse")
        for city, days in parts:
            served[city] += units[days]
            use(house, city, days=days)
        found = house.cantine.read.clearing(FIRST, FIRST)
        for city in ("brest", "nantes"):
            told = sum(one.amount for one in found.balance(city))
            assert told == rounded(share * 8005 * Fraction(served[city], 20))
        random.shuffle(parts)
