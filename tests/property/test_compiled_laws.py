"""Programs against phases: where a program answers, the quote is that of the phases in all that can be asked.

Each tariff is asked a walk of questions, in which every quote leaves its state to the next one. The answers of programs
are counted, and the hard cases among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff
from cantinekit.pricing.compiled import _adjusting, _inputs, _prices, _product, _said, _tell
from cantinekit.pricing.compiled._adjusting import CompiledAdjusting
from cantinekit.pricing.compiled._inputs import MOST_COUNT, MOST_MINUTES, MOST_NUMBER, MOST_UNITS, Lowering
from cantinekit.pricing.compiled._scopes import Scopes
from cantinekit.pricing.engine import order as phases
from cantinekit.pricing.kernel import lift
from support.run.soak import half
from support.tariffs import chance as ch
from support.tariffs import strategies as whole
from support.tariffs.compiled import any_lots, any_order, compiled_tariffs, spell

Seen = Counter[str]
FIELDS = (
    "total", "lines", "uses", "meters", "state", "tariff_id", "tariff_version", "semantics", "refusals", "net", "gross",
    "due_now", "in_units", "grants", "pending", "paid", "held", "debt", "value_used", "ok", "trace", "documents", "tax",
)  # fmt: skip
QUESTIONS = 25


def by_phases(tariff: Tariff, order: Order, state: State) -> Quote | str:
    """What the phases say: a quote, or the text of the error."""
    try:
        return phases.quote(tariff.parts, tariff.version, order, state)
    except InputError as error:
        return str(error)


def asked(tariff: Tariff, order: Order, state: State) -> Quote | str:
    """The same of the public door, behind which a program or the phases may stand."""
    try:
        return tariff.quote(order, state)
    except InputError as error:
        return str(error)


def by_program(tariff: Tariff, order: Order, state: State) -> Quote | str | None:
    """The same of the programs alone; ``None`` where they hand the question on."""
    try:
        return tariff._programs.quote(order, state)
    except InputError as error:
        return str(error)


def differences(tariff: Tariff, order: Order, state: State, seen: Seen) -> list[str]:
    """Where the program's answer is not that of the phases; what was met is counted."""
    quick, slow = by_program(tariff, order, state), by_phases(tariff, order, state)
    if quick is None:
        seen["refused" if isinstance(slow, Quote) and not slow.ok else "handed on"] += 1
        return []
    seen["compiled"] += 1
    if isinstance(quick, str) or isinstance(slow, str):
        return [] if quick == slow else [f"{quick!r}\n    != {slow!r}"]
    count(seen, order, state, slow)
    found = []
    for name in FIELDS:
        mine, theirs = getattr(quick, name), getattr(slow, name)
        if mine != theirs or repr(mine) != repr(theirs):
            found.append(f"{name}: {mine!r}\n    != {theirs!r}")
    if quick.explanation() != slow.explanation():
        found.append(f"explanation: {quick.explanation()}\n    != {slow.explanation()}")
    runner, _, _, inputs = quick.reasons
    told = runner.tell(order, state, inputs)
    seen["told by a program"] += told is not None
    seen["a program that cannot tell"] += told is None
    return found or ([] if quick == slow and hash(quick) == hash(slow) else ["== or hash"])


def count(seen: Seen, order: Order, state: State, quote: Quote) -> None:
    """What was hard about an answer of a program."""
    whys = {step.why for step in quote.trace if step.status == "applied" or step.why == "too_few_free"}
    seen["no customer"] += order.customer is None
    seen["no line"] += not quote.lines
    seen["a meter moved from a stand"] += any(moved and state.meters.get(key) for key, moved in quote.meters)
    seen["tax apart"] += quote.net not in (None, quote.total)
    seen["two meters"] += len(quote.meters) > 1
    seen["two lots"] += len(quote.uses) > 1
    seen["a grant"] += bool(quote.grants)
    seen["a code"] += bool(order.codes)
    for name in (
        "capped",
        "capped_alone",
        "partly_covered",
        "covered",
        "free",
        "partly_free",
        "too_few_free",
        "raised",
        "added",
        "rounded",
    ):
        seen[name] += name in whys


WANTED = (
    "compiled", "told by a program", "handed on", "refused", "no customer", "no line", "a meter moved from a stand",
    "tax apart", "two meters", "two lots", "a grant", "a code", "capped", "capped_alone", "partly_covered", "covered", "free",
    "partly_free", "too_few_free", "raised", "added", "rounded",
)  # fmt: skip


def walk(tariff: Tariff, random: Random, seen: Seen, questions: int = QUESTIONS) -> list[str]:
    """Questions one after the other, each from the state that the one before has left; the first difference ends it."""
    state = State(lots=any_lots().draw(random))
    for _ in range(questions):
        order = any_order().draw(random)
        found = differences(tariff, order, state, seen)
        if found:
            return [*found, repr(order), repr(state)]
        after = by_phases(tariff, order, state)
        if isinstance(after, Quote):
            state = after.state
        if random.random() < 0.1:
            state = State(state.meters, any_lots().draw(random))
    return []


def hold(law: Callable[[Random], None], examples: int) -> None:
    """Hold a law over seeds; without a soak they are the same in every run."""

    @settings(
        max_examples=half(examples), deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip
    @given(st.integers(0, 2**32))
    def _law(seed: int) -> None:
        law(Random(seed))

    _law()


def some_tariff(random: Random, gen: ch.Gen[dict[str, Any]]) -> Tariff:
    """A drawn tariff that the reader takes."""
    while True:
        try:
            return Tariff.load(spell(gen.draw(random)))
        except TariffError:
            continue


def test_a_program_answers_what_the_phases_answer() -> None:
    """Where a program answers, all fields of the quote, its trace and its documents are those of the phases."""
    seen: Seen = Counter()

    def law(random: Random) -> None:
        tariff = some_tariff(random, compiled_tariffs())
        found = walk(tariff, random, seen)
        assert not found, "\n".join([*found, tariff.source])

    hold(law, 120)
    for name in WANTED:
        print(f"{seen[name]:7} {name}")
    assert not [name for name in WANTED if not seen[name]], dict(seen)
    assert seen["compiled"] > 0.35 * (seen["compiled"] + seen["handed on"]), dict(seen)
    assert not seen["a program that cannot tell"], dict(seen)


def test_a_program_answers_for_any_tariff() -> None:
    """The same over tariffs of all forms, most of which no program can say."""
    seen: Seen = Counter()

    def law(random: Random) -> None:
        tariff = some_tariff(random, whole.any_tariff())
        for _ in range(10):
            order, state = whole.any_order().draw(random), whole.any_state().draw(random)
            found = differences(tariff, order, state, seen)
            assert not found, "\n".join([*found, repr(order), repr(state), tariff.source])

    hold(law, 60)
    assert seen["compiled"], dict(seen)


def test_the_public_door_answers_like_the_phases() -> None:
    """``Tariff.quote`` gives the quote of the phases, or raises their error, whoever has answered."""
    seen: Seen = Counter()

    def law(random: Random) -> None:
        tariff = some_tariff(random, compiled_tariffs())
        for _ in range(10):
            order, state = any_order().draw(random), State(lots=any_lots().draw(random))
            answer = asked(tariff, order, state)
            assert answer == by_phases(tariff, order, state), tariff.source
            seen["error" if isinstance(answer, str) else "price" if answer.ok else "refusal"] += 1

    hold(law, 30)
    assert all(seen[name] for name in ("error", "price", "refusal")), dict(seen)


# --- the bounds of the inputs ----------------------------------------------------------------------------------------

BOUNDS = """
[tariff]
id = "bounds"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "not subject"
[facts]
persons = "number"
units = "number"
[product.piece]
rate = { price = 0.01 }
[product.head]
rate = { price = 0.01, per = "person" }
[product.unit]
measure = { unit = "unit", fact = "units" }
rate = { price = 0.01, per = "unit" }
[product.half]
measure = { unit = "half", fact = "units", smallest = "0.5" }
rate = { price = 0.02, per = "half" }
[product.stay]
rate = { price = 0.60, per = "1h" }
[product.capped]
rate = { price = 0.01 }
adjust = { id = "cap", at_most = 5.00, same = ["person"] }
[product.covered]
cover = { by = "carnet", unit = "entry" }
beyond = "rate"
rate = { price = 0.01 }
"""
BEYOND: tuple[tuple[str, Callable[[int], Item], int], ...] = (
    ("count", lambda n: Item("piece", count=n), MOST_COUNT),
    ("persons", lambda n: Item("head", facts={"persons": n}), MOST_NUMBER),
    ("units", lambda n: Item("unit", facts={"units": n}), MOST_NUMBER),
    ("halves", lambda n: Item("half", facts={"units": n}), MOST_COUNT // 2),
    ("minutes", lambda n: Item("stay", Period(whole.EPOCH, whole.EPOCH + timedelta(minutes=n))), MOST_MINUTES),
)


@pytest.mark.parametrize(("what", "item", "most"), BEYOND, ids=[what for what, _, _ in BEYOND])
def test_beyond_its_bounds_a_program_hands_on(what: str, item: Callable[[int], Item], most: int) -> None:
    """At the bound of an input the program answers, one beyond it the phases do, and both amounts are right."""
    tariff = Tariff.load(BOUNDS)
    for n, compiled in ((1, True), (most, True), (most + 1, False)):
        order = Order((item(n),), "ann")
        assert (by_program(tariff, order, State()) is not None) == compiled, (what, n)
        quote = tariff.quote(order)
        assert quote == by_phases(tariff, order, State())
        assert quote.total.amount == (2 * n if what == "halves" else n)


@pytest.mark.parametrize(("used", "compiled"), [(0, True), (499, True), (MOST_UNITS, True), (MOST_UNITS + 1, False)])
def test_a_meter_beyond_its_bound(used: int, compiled: bool) -> None:
    """A meter up to its bound is counted by the program, beyond it by the phases."""
    tariff = Tariff.load(BOUNDS)
    order, state = Order((Item("capped", count=3),), "ann"), State({"cap/bounds/capped/cap/person=ann": used})
    assert (by_program(tariff, order, state) is not None) == compiled
    assert tariff.quote(order, state) == by_phases(tariff, order, state)
    assert tariff.quote(order, state).total.amount == max(0, min(3, 500 - used))


@pytest.mark.parametrize(("left", "compiled"), [(0, True), (2, True), (MOST_UNITS, True), (MOST_UNITS + 1, False)])
def test_a_balance_beyond_its_bound(left: int, compiled: bool) -> None:
    """A balance up to its bound is taken from by the program, beyond it by the phases."""
    tariff = Tariff.load(BOUNDS)
    order, state = Order((Item("covered", count=2),), "ann"), State(lots=(Lot("a", "carnet", left, whole.EPOCH),))
    assert (by_program(tariff, order, state) is not None) == compiled
    assert tariff.quote(order, state) == by_phases(tariff, order, state)
    assert tariff.quote(order, state).total.amount == (0 if left else 2)


# --- what the laws have found ----------------------------------------------------------------------------------------

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl", tax = "not subject" }\n'
FOUND: tuple[tuple[str, str, dict[str, Any], int | str], ...] = (
    (
        "a quantity of 0 is raised to the minimum",
        'facts = { persons = "number" }\n'
        'product.a = { rate = { price = 1, per = "person" }, adjust = { id = "m", at_least = 5 } }',
        {"persons": 0},
        500,
    ),
    (
        "what is not sold as a plan is not held",
        'product.a = { rate = { price = 1 }, adjust = { id = "f", free = true, when = { holds = "a" } } }',
        {},
        100,
    ),
    (
        "a rule that does not hold rounds nothing",
        """facts = { night = "yes/no" }
        [product.a]
        measure = { unit = "block", every = "30min" }
        rate = { price = 0.11, per = "block" }
        [[product.a.adjust]]
        id = "half"
        percent = "-50%"
        [[product.a.adjust]]
        id = "night"
        when = { night = true }
        replace = 9
        [[product.a.adjust]]
        id = "again"
        percent = "-50%"
        """,
        {"night": False},
        3,  # 11, 5.5, 2.75; were it rounded in between, 11, 6, 3: see the next one
    ),
    (
        "a condition about the amount rounds nothing",
        """[product.a]
        rate = { price = 0.09 }
        [[product.a.adjust]]
        id = "half"
        percent = "-50%"
        [[product.a.adjust]]
        id = "again"
        when = { amount = { from = 0.05 } }
        percent = "-50%"
        """,
        {},
        2,  # 9, 4.5 which counts as 5, 2.25; were it rounded in between it would be 2.5 and then 3
    ),
    (
        "two that hold at the beginning of a group are two",
        """[product.a]
        rate = { price = 10 }
        [[product.a.adjust]]
        together = "unstated"
        rules = [
          { id = "a", percent = "-50%" },
          { id = "b", when = { amount = { from = 8 } }, percent = "-10%" },
        ]
        """,
        {},
        "unstated",
    ),
    (
        "a hole in a cap is a hole where all is covered",
        """facts = { room = ["s", "m"] }
        [product.a]
        cover = [{ id = "g", free = "all", unit = "entry" }]
        rate = { price = 1 }
        adjust = { id = "cap", at_most = { by = "room", s = 1 } }
        """,
        {"room": "m"},
        "unpublished",
    ),
    (
        "no midnight is a quantity of 0",
        """[product.a]
        measure = { unit = "night", nights = true }
        rate = { price = 10, per = "night" }
        """,
        {},
        0,
    ),
    (
        "what covers a part of a stay takes several units for each",
        """facts = { n = "number" }
        [product.a]
        measure = { unit = "block", fact = "n" }
        cover = { free = 3, unit = "block", takes = 2, same = ["person", "day"] }
        beyond = "rate"
        rate = { price = 8, per = "block" }
        """,
        {"n": 4},
        2400,
    ),
)


@pytest.mark.parametrize(("what", "text", "facts", "expected"), FOUND, ids=[row[0] for row in FOUND])
def test_where_programs_and_phases_once_differed(
    what: str, text: str, facts: dict[str, Any], expected: int | str
) -> None:
    """Each case in which a program once gave another answer than the phases has the right one now."""
    tariff = Tariff.load(HEAD + text)
    period = Period(whole.EPOCH, whole.EPOCH + timedelta(minutes=20))
    item = Item("a", period if tariff.products["a"].measure and "units" not in facts else None, facts=facts)
    order = Order((item,), "ann", holds=())
    seen: Seen = Counter()
    assert not differences(tariff, order, State(), seen), what
    quote = tariff.quote(order)
    assert (quote.total.amount if isinstance(expected, int) else quote.refusals[0].code) == expected


def test_a_wrong_fact_is_wrong_although_nobody_reads_it() -> None:
    """A fact with a wrong value is an error where the product does not look at it, too."""
    tariff = Tariff.load(HEAD + 'facts = { room = ["s"], n = "number" }\nproduct.a = { rate = { price = 1 } }\n')
    for facts in ({"room": "x"}, {"n": True}, {"n": "s"}, {"other": 1}):
        with pytest.raises(InputError):
            tariff.quote(Item("a", facts=facts))
    assert tariff.quote(Item("a", facts={"room": "s", "n": 3})).total.amount == 100


# --- the law bites ---------------------------------------------------------------------------------------------------


def off_by_one(number: Any, den: Any, mode: Any) -> Any:
    return kernel_rounded(number, den, mode) + 1


def without_used(self: Scopes, *args: Any, **more: Any) -> Any:
    meter(self, *args, **more)
    return lift(0)


def cover_takes_one(self: Any, number: int, cover: Any, rest: Any) -> Any:
    return cover_of(self, number, attrs.evolve(cover, takes=1), rest)


def bound_is_open(self: Lowering, atom: Any, amount: Any) -> Any:
    shifted = attrs.evolve(atom, low=None if atom.low is None else atom.low + 1)
    return range_of(self, shifted, amount)


def day_too_late(low: Lowering, days: Any, day: Any) -> Any:
    return dated_by(low, [start and start + timedelta(days=1) for start in days], day)


def first_is_last(self: CompiledAdjusting, group: Any) -> None:
    group_of(self, attrs.evolve(group, together="all in order"))


def without_conditions(self: _tell._Telling, ways: Any, *rest: Any, **more: Any) -> None:
    choose(self, ways[1:], *rest, **more)


shown, choose = _adjusting.ExactAmount.shown, _tell._Telling._choose
kernel_rounded, meter, cover_of = _adjusting.rounded, Scopes.meter, _product._CompileWork._cover
range_of, dated_by, group_of = Lowering._range, _inputs.dated, CompiledAdjusting._group

FAULTS: tuple[tuple[str, tuple[Any, ...], str, Any], ...] = (
    ("amounts are rounded one too high", (_adjusting,), "rounded", off_by_one),
    ("what a scope has used is not taken off", (Scopes,), "meter", without_used),
    ("a cover takes one unit for one", (_product._CompileWork,), "_cover", cover_takes_one),
    ("a lower bound is open", (Lowering,), "_range", bound_is_open),
    ("a list begins a day late", (_adjusting, _prices), "dated", day_too_late),
    ("all of a group are carried out", (CompiledAdjusting,), "_group", first_is_last),
    ("every account is said to cover all", (_said,), "why_covered", lambda *_, **__: "covered"),
    ("an amount behind a rule is told one too high", (_adjusting.ExactAmount,), "shown", lambda self: shown(self) + 1),
    ("a rule is told whose condition does not hold", (_tell._Telling,), "_choose", without_conditions),
)


@pytest.mark.parametrize(("what", "owners", "name", "fault"), FAULTS, ids=[row[0] for row in FAULTS])
def test_the_law_finds_a_planted_fault(
    what: str, owners: tuple[Any, ...], name: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a fault in the lowering the law fails; the next test says that without one the same tariffs pass."""
    for owner in owners:
        monkeypatch.setattr(owner, name, fault)
    assert bitten(), what


def test_the_law_finds_nothing_where_nothing_is_planted() -> None:
    """Without a fault the tariffs of the test before pass."""
    assert not bitten(50)


def bitten(most: int = 400) -> bool:
    """Whether one of so many tariffs shows a difference."""
    for seed in range(most):
        random = Random(seed)
        if walk(some_tariff(random, compiled_tariffs()), random, Counter(), 10):
            return True
    return False
