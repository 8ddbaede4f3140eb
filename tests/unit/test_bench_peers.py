"""The peers of the pricing benchmark: the same amounts from each, and amounts worked out by hand from the tariff."""

from __future__ import annotations

import ast
import sys
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import pricing_peers
from peers import hand_int, workload
from peers.workload import CATEGORIES, PRODUCTS, ROOMS, TARIFF, Call, PeerQuote, Usage, Variant

BENCH = Path(pricing_peers.__file__).parent
INSTALLED, MISSING = pricing_peers.load(pricing_peers.PEERS)
QUOTES = [variant for variant in INSTALLED if variant.arguments is workload.full]
FEW_ROWS = 300


def call(
    when: str,
    what: str,
    *,
    quantity: int = 1,
    persons: int = 1,
    code: str = "",
    left: int = 0,
    spent: int = 0,
) -> Call:
    """``when`` is a local ISO instant, ``what`` is "product room category"."""
    moment = datetime.fromisoformat(when)
    product, room, category = what.split()
    usage = Usage(
        member=1,
        day=moment.date().toordinal(),
        minute=moment.hour * 60 + moment.minute,
        product=PRODUCTS.index(product),
        room=ROOMS.index(room),
        category=CATEGORIES.index(category),
        quantity=quantity,
        persons=persons,
        code=["", *(row["id"] for row in TARIFF["codes"])].index(code),
    )
    return Call(usage, left, spent)


# Each: the call; its lines; net; entries taken. Days: 2025-03-04 Tuesday, 03-08 Saturday, 03-09 Sunday.
# Winter list: hour M visitor 9.95, day M visitor 47.90, day S visitor 30.50, half S visitor 19.05.
BY_HAND = {
    # 2 x 995 = 1990; net 1990 / 1.2 = 1658.33.
    "two hours": (call("2025-03-04T10:00", "hour M visitor", quantity=2), [("hour", 1990)], 1658, 0),
    # 995 x 0.80 = 796; net 663.33.
    "evening": (call("2025-03-04T18:00", "hour M visitor"), [("hour", 796)], 663, 0),
    # One minute before: 995; net 829.17.
    "not yet evening": (call("2025-03-04T17:59", "hour M visitor"), [("hour", 995)], 829, 0),
    # 995 x 1.25 = 1243.75 -> 1244, not 796 and not 995 (both); net 1036.67.
    "weekend beats evening": (call("2025-03-08T19:00", "hour M visitor"), [("hour", 1244)], 1037, 0),
    "sunday": (call("2025-03-09T09:00", "hour M visitor"), [("hour", 1244)], 1037, 0),
    # Friday the 7th in the morning: 995.
    "friday": (call("2025-03-07T09:00", "hour M visitor"), [("hour", 995)], 829, 0),
    # 2475; 2475 x 0.95 = 2351.25; 2475 x 0.90 = 2227.5 -> 2228. Nets 2062.5 -> 2063, 1959.17, 1856.67.
    "4 persons": (call("2025-03-04T10:00", "hour XL visitor", persons=4), [("hour", 2475)], 2063, 0),
    "5 persons": (call("2025-03-04T10:00", "hour XL visitor", persons=5), [("hour", 2351)], 1959, 0),
    "9 persons": (call("2025-03-04T10:00", "hour XL visitor", persons=9), [("hour", 2351)], 1959, 0),
    "10 persons": (call("2025-03-04T10:00", "hour XL visitor", persons=10), [("hour", 2228)], 1857, 0),
    # 1985 x 0.90 = 1786.5 -> 1787 (half even would give 1786); net 1489.17.
    "tie of the amount": (call("2025-03-04T10:00", "hour XL member", persons=10), [("hour", 1787)], 1489, 0),
    # Autumn list: 1035; net 862.5 -> 863 (half even would give 862).
    "tie of the net": (call("2025-09-01T10:00", "hour M visitor"), [("hour", 1035)], 863, 0),
    # Friday 29 August is still on the winter list, Wednesday 31 December on the autumn list.
    "last list of the summer": (call("2025-08-29T10:00", "hour M visitor"), [("hour", 995)], 829, 0),
    "last day of the year": (call("2025-12-31T10:00", "hour M visitor"), [("hour", 1035)], 863, 0),
    # A day needs 2 entries. 2 left: nothing to pay. 1 left: half of 3050 = 1525; net 1270.83.
    "day on the carnet": (call("2025-03-04T09:00", "day S visitor", left=10), [("day", 0)], 0, 2),
    "day partly covered": (call("2025-03-04T09:00", "day S visitor", left=1), [("day", 1525)], 1271, 1),
    # Two half-days, 1 entry: one is paid, 1905; net 1587.5 -> 1588.
    "halves partly covered": (
        call("2025-03-04T09:00", "half S visitor", quantity=2, left=1),
        [("half", 1905)],
        1588,
        1,
    ),
    # The carnet is for half-days and days on room S only. Hour S visitor 650: net 541.67. Half M visitor 2995: 2495.83.
    "no entry for an hour": (call("2025-03-04T09:00", "hour S visitor", left=10), [("hour", 650)], 542, 0),
    "no entry on room M": (call("2025-03-04T09:00", "half M visitor", left=10), [("half", 2995)], 2496, 0),
    # 2445 / 2 x 1.25 x 0.95 = 1451.72 -> 1452, rounded once; step by step 1223, 1529, 1453. Net 1210.
    "one rounding for all factors": (
        call("2025-03-08T09:00", "day S member", persons=5, left=1),
        [("day", 1452)],
        1210,
        1,
    ),
    # 6 x 995 = 5970, at most 4790: -1180; net 3991.67.
    "daily cap": (
        call("2025-03-04T09:00", "hour M visitor", quantity=6),
        [("hour", 5970), ("cap", -1180)],
        3992,
        0,
    ),
    # 4000 paid already: 790 is left of 4790; net 658.33.
    "daily cap, partly used": (
        call("2025-03-04T09:00", "hour M visitor", quantity=2, spent=4000),
        [("hour", 1990), ("cap", -1200)],
        658,
        0,
    ),
    "daily cap, used up": (
        call("2025-03-04T09:00", "hour M visitor", spent=4790),
        [("hour", 995), ("cap", -995)],
        0,
        0,
    ),
    # Exactly at the cap there is no cap line: 3795 + 995 = 4790.
    "daily cap, just reached": (call("2025-03-04T09:00", "hour M visitor", spent=3795), [("hour", 995)], 829, 0),
    # 5970 x 1.25 = 7462.5 -> 7463; cap 4790 x 1.25 = 5987.5 -> 5988; net 4990.
    "daily cap on a weekend": (
        call("2025-03-08T09:00", "hour M visitor", quantity=6),
        [("hour", 7463), ("cap", -1475)],
        4990,
        0,
    ),
    # The evening does not lower the cap: 5970 x 0.80 = 4776 < 4790; net 3980.
    "daily cap in the evening": (call("2025-03-04T18:00", "hour M visitor", quantity=6), [("hour", 4776)], 3980, 0),
    # BIENVENUE10 until Monday 30 June: 995 x 0.90 = 895.5 -> 896; net 746.67. On 1 July no longer.
    "first code, last day": (
        call("2025-06-30T09:00", "hour M visitor", code="BIENVENUE10"),
        [("hour", 995), ("BIENVENUE10", -99)],
        747,
        0,
    ),
    "first code, too late": (call("2025-07-01T09:00", "hour M visitor", code="BIENVENUE10"), [("hour", 995)], 829, 0),
    # RENTREE15 in September: 1035 x 0.85 = 879.75 -> 880; net 733.33. On Sunday 31 August 995 x 1.25, no code.
    "second code, too early": (call("2025-08-31T09:00", "hour M visitor", code="RENTREE15"), [("hour", 1244)], 1037, 0),
    "second code, first day": (
        call("2025-09-01T09:00", "hour M visitor", code="RENTREE15"),
        [("hour", 1035), ("RENTREE15", -155)],
        733,
        0,
    ),
    "second code, last day": (
        call("2025-09-30T09:00", "hour M visitor", code="RENTREE15"),
        [("hour", 1035), ("RENTREE15", -155)],
        733,
        0,
    ),
    "second code, too late": (call("2025-10-01T09:00", "hour M visitor", code="RENTREE15"), [("hour", 1035)], 863, 0),
    # The cap comes before the code: 4790 x 0.90 = 4311 (else 5373, capped to 4790); net 3592.5 -> 3593.
    "cap, then code": (
        call("2025-06-30T09:00", "hour M visitor", quantity=6, code="BIENVENUE10"),
        [("hour", 5970), ("cap", -1180), ("BIENVENUE10", -479)],
        3593,
        0,
    ),
}


def expected(name: str) -> tuple[Call, PeerQuote]:
    """The quote in full: the state holds what was paid before the code."""
    asked, lines, net, used = BY_HAND[name]
    total = sum(cents for _, cents in lines)
    due = sum(cents for what, cents in lines if what in (*PRODUCTS, "cap"))
    uses = (("carnet", used),) if used else ()
    return asked, PeerQuote(tuple(lines), total, net, total - net, uses, (asked.left - used, asked.spent + due))


@pytest.fixture(scope="module")
def priced() -> tuple[list[Call], list[PeerQuote]]:
    return workload.fold(workload.usages(FEW_ROWS), hand_int.quote)


@pytest.mark.parametrize("variant", INSTALLED, ids=lambda variant: variant.name)
@pytest.mark.parametrize("name", BY_HAND)
def test_amounts_by_hand(name, variant):
    """Each variant gives the lines, net, entries and state that follow from the tariff on paper."""
    asked, quote = expected(name)
    assert workload.disagreements([asked], [quote], variant) == []


@pytest.mark.parametrize("variant", INSTALLED, ids=lambda variant: variant.name)
def test_all_agree_on_the_rows(priced, variant):
    """Each variant gives what hand-written integers give, on every row."""
    assert workload.disagreements(*priced, variant) == []


@pytest.mark.parametrize("variant", QUOTES, ids=lambda variant: variant.name)
def test_all_leave_the_same_state(priced, variant):
    """A fold with any of them as its step meets the same states."""
    assert workload.fold(workload.usages(FEW_ROWS), variant.run) == priced


def test_hand_written_peers_are_always_there():
    """Integers and Decimal need no package, and each peer that is not installed is named."""
    names = {variant.name for variant in INSTALLED}
    assert {"hand int, kernel", "hand int, kernel + trace", "hand int, quote"} <= names
    assert {"hand Decimal, kernel", "hand Decimal, quote"} <= names
    for package, variant in (("prices", "prices, quote"), ("zen", "zen, quote")):
        assert (variant in names) is (package not in MISSING)


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def slow_quote(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The tariff once more, read from the dict by names, with fractions and loops."""
    day = date.fromordinal(usage.day)
    product, room = PRODUCTS[usage.product], ROOMS[usage.room]
    prices = [dated["prices"] for dated in TARIFF["lists"] if dated["from"] <= day][-1]
    needs = TARIFF["carnet"]["entries"].get(product, 0) if room in TARIFF["carnet"]["rooms"] else 0
    used = min(left, needs * usage.quantity)
    amount = Fraction(prices[product][usage.room][usage.category])
    amount *= usage.quantity - (Fraction(used, needs) if needs else 0)
    most = Fraction(prices[TARIFF["cap"]["product"]][usage.room][usage.category])
    for modifier in TARIFF["modifiers"]:
        if day.weekday() in modifier.get("weekdays", range(7)) and usage.minute >= modifier.get("from_minute", 0):
            factor = 1 + Fraction(modifier["percent"], 100)
            amount *= factor
            most *= factor if modifier["caps"] else 1
            break
    step = [step for step in TARIFF["groups"] if step["from"] <= usage.persons][-1]
    base = half_up(amount * (1 + Fraction(step["percent"], 100)))
    due = min(base, max(half_up(most) - spent, 0))
    lines, total = [(product, base)], due
    if due < base:
        lines.append(("cap", due - base))
    if usage.code:
        code = TARIFF["codes"][usage.code - 1]
        if code["from"] <= day < code["until"]:
            total = half_up(due * (1 + Fraction(code["percent"], 100)))
            if total != due:
                lines.append((code["id"], total - due))
    net = half_up(Fraction(total * 100, 100 + TARIFF["tax_percent"]))
    uses = (("carnet", used),) if used else ()
    return PeerQuote(tuple(lines), total, net, total - net, uses, (left - used, spent + due))


any_call = st.builds(
    Call,
    usage=st.builds(
        Usage,
        member=st.just(1),
        day=st.integers(workload.FIRST_DAY, workload.FIRST_DAY + 1000),
        minute=st.integers(0, 1439),
        product=st.integers(0, 2),
        room=st.integers(0, 3),
        category=st.integers(0, 3),
        quantity=st.integers(1, 1000),
        persons=st.integers(1, 1000),
        code=st.integers(0, 2),
    ),
    left=st.integers(0, 50),
    spent=st.integers(0, 20_000),
)


@given(any_call)
def test_all_agree_with_fractions(asked):
    """Each variant gives what exact fractions give for any usage within the bounds of the tariff."""
    quote = slow_quote(asked.usage, asked.left, asked.spent)
    assert pricing_peers.wrong(INSTALLED, [asked], [quote]) == {}


@given(any_call)
def test_lines_add_up(asked):
    """Lines add up to the total, net and tax too, and nothing is negative but reductions."""
    quote = hand_int.quote(asked.usage, asked.left, asked.spent)
    assert sum(cents for _, cents in quote.lines) == quote.total == quote.net + quote.vat
    assert quote.lines[0][1] >= 0 <= quote.total
    assert all(cents < 0 for _, cents in quote.lines[1:])


def test_tariff_has_96_prices():
    """Two lists of three products, four rooms and four categories, and a longer use never costs less."""
    assert len(hand_int.PRICES) == 96
    for dated in TARIFF["lists"]:
        for room in range(len(ROOMS)):
            for category in range(len(CATEGORIES)):
                hour, half, day = (dated["prices"][product][room][category] for product in PRODUCTS)
                assert hour < half < day < 2 * half


def test_rows_use_all_of_the_tariff(priced):
    """The rows meet each rule: both lists, modifiers, groups, cover whole and partial, the cap and both codes."""
    calls, quotes = workload.fold(workload.usages(4000), hand_int.quote)
    acted = {what for quote in quotes for what, _ in quote.lines}
    assert acted == {*PRODUCTS, "cap", *(code["id"] for code in TARIFF["codes"])}
    days = [date.fromordinal(asked.usage.day) for asked in calls]
    assert {day >= TARIFF["lists"][1]["from"] for day in days} == {True, False}
    assert {day.weekday() for day in days} == set(range(7))
    assert {asked.usage.minute >= 18 * 60 for asked in calls} == {True, False}
    assert {(asked.usage.persons >= 5) + (asked.usage.persons >= 10) for asked in calls} == {0, 1, 2}
    whole = {
        quote.lines[0][1] == 0 for asked, quote in zip(calls, quotes, strict=True) if quote.uses and asked.usage.product
    }
    assert whole == {True, False}


def test_rows_are_the_same_for_a_seed():
    """A seed gives the same rows each time, another seed others, and a visit has about 1.9 rows."""
    rows = list(workload.usages(4000))
    assert rows == list(workload.usages(4000))
    assert rows != list(workload.usages(4000, seed=2))
    visits = 1 + sum((one.member, one.day, one.room) != (two.member, two.day, two.room) for one, two in pairwise(rows))
    assert 1.7 < len(rows) / visits < 2.1


def test_trace_names_the_rules_that_acted():
    """The traced kernel records the weekend and not the evening, and the amounts as they stand."""
    asked = call("2025-03-08T19:00", "day S member", persons=5, left=1)
    figures, trace = hand_int.traced(*asked.ints)
    assert trace == [
        ("price", 2445),
        ("carnet", 1),
        ("weekend", 125),
        ("group", 95),
        ("base", 1452),
        ("net", 1210),
    ]
    assert figures == hand_int.kernel(*asked.ints)
    _, trace = hand_int.traced(
        *call("2025-06-30T18:00", "hour M visitor", quantity=6, spent=4000, code="BIENVENUE10").ints
    )
    assert trace == [("price", 995), ("evening", 80), ("base", 4776), ("cap", 790), ("code", 711), ("net", 593)]


def one_cent_more(usage: Usage, left: int, spent: int) -> PeerQuote:
    quote = hand_int.quote(usage, left, spent)
    return attrs.evolve(quote, total=quote.total + (quote.total == 995))


CHEAT = Variant("a cent too much", workload.full, one_cent_more, workload.same)


def test_a_wrong_cent_is_found(capsys, monkeypatch):
    """A variant that is wrong by one cent on a few rows is reported, and no timing is printed."""
    asked, quote = expected("not yet evening")
    assert workload.disagreements([asked], [quote], CHEAT) == [(asked, quote, attrs.evolve(quote, total=996))]
    monkeypatch.setattr(pricing_peers, "load", lambda _: ([*INSTALLED[:3], CHEAT], []))
    assert pricing_peers.main(["--rows", "500", "--rounds", "1"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("a cent too much disagrees: ")
    assert "x kernel" not in printed


def test_wrong_figures_are_found(priced, monkeypatch):
    """The comparison bites on bare kernels too: without the weekend some rows differ."""
    calls, quotes = priced
    monkeypatch.setattr(hand_int, "SATURDAY", 7)
    wrong = pricing_peers.wrong(INSTALLED[:1], calls, quotes)
    assert list(wrong) == ["hand int, kernel"]


def test_discount_rounding_of_prices_matters(monkeypatch):
    """``percentage_discount`` agrees with the tariff when it rounds half down, not by default nor half up."""
    if "prices" in MISSING:
        assert not any(variant.name.startswith("prices") for variant in INSTALLED)
        return
    from peers import with_prices

    calls, quotes = workload.fold(workload.usages(2000), hand_int.quote)
    variant = next(variant for variant in INSTALLED if variant.name == "prices, kernel")
    assert workload.disagreements(calls, quotes, variant) == []
    monkeypatch.setattr(with_prices, "DISCOUNT_ROUNDING", ROUND_DOWN)
    dearer = workload.disagreements(calls, quotes, variant)
    assert {got[2] - wanted[2] for _, wanted, got in dearer} == {1}
    monkeypatch.setattr(with_prices, "DISCOUNT_ROUNDING", ROUND_HALF_UP)
    cheaper = workload.disagreements(calls, quotes, variant)
    assert {got[2] - wanted[2] for _, wanted, got in cheaper} == {-1}


def test_driver_prints_a_table(capsys):
    """With few rows the driver prints one line for each variant and the ratio 1 for the reference."""
    assert pricing_peers.main(["--rows", "12", "--rounds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for variant in INSTALLED:
        (line,) = (line for line in lines if line.startswith(f"{variant.name}  "))
        assert Decimal(line[26:35]) > 0
    assert next(line for line in lines if line.startswith("hand int, kernel  "))[35:45].strip() == "1.00"


def test_driver_works_without_optional_peers(capsys, monkeypatch):
    """A package that is absent is named, and the others are measured."""
    for package in ("prices", "zen"):
        monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.delitem(sys.modules, f"peers.with_{package}", raising=False)
    assert pricing_peers.main(["--rows", "12", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("prices: not installed\nzen: not installed\n")
    assert "hand Decimal, quote" in printed
    assert "zen, evaluate" not in printed


def test_driver_does_not_hide_other_import_errors(monkeypatch):
    """A peer that fails to import for another reason than its package raises."""
    monkeypatch.delitem(sys.modules, "peers.with_decimal", raising=False)
    monkeypatch.setitem(sys.modules, "decimal", None)
    with pytest.raises(ModuleNotFoundError):
        pricing_peers.load({"with_decimal": "prices"})


def test_ratio_is_the_median_inside_rounds():
    """A round in which the machine was slow for both does not move the ratio."""
    slow = pricing_peers.Timing(CHEAT, (2.0, 20.0, 2.2))
    fast = pricing_peers.Timing(CHEAT, (1.0, 10.0, 1.0))
    assert slow.ratio(fast) == 2.0
    assert (slow.median, fast.median) == (2.2, 1.0)


def test_peers_know_nothing_of_the_library():
    """No module of the peers imports cantinekit."""
    files = [BENCH / "pricing_peers.py", *(BENCH / "peers").glob("*.py")]
    assert len(files) >= 7
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            assert not any(name.split(".")[0] == "cantinekit" for name in names), file
