"""Laws of the tariff engine over random tariffs of all forms, with random questions and states.

Each law counts the hard cases that it has met and fails where it has met none of a kind. The draws are the same in
every run; a soak draws anew.
"""

from __future__ import annotations

import decimal
import locale
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import attrs
import pytest
from hypothesis import HealthCheck, event, given, seed, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.money import Money
from cantinekit.pricing import (
    REFUSAL_CODES,
    Agreement,
    Cancel,
    EndNow,
    Item,
    MeasuredNow,
    Move,
    Order,
    Overstay,
    Quote,
    State,
    Tariff,
)
from cantinekit.pricing.engine import tax
from support.run.soak import SOAK, scaled
from support.tariffs.strategies import DAY, EPOCH, facts, load, orders, prices, spell, states, tariffs
from support.tariffs.tax_rules import check_document

ZERO = Money.zero("EUR")
Seen = Counter[str]
TURNS = 4


def hold(law: Callable[..., None], *draws: st.SearchStrategy[Any], wanted: tuple[str, ...], examples: int) -> None:
    """Hold a law over drawn cases, in more turns while a wanted hard case was not met; it fails where one never was."""
    seen: Seen = Counter()

    @settings(
        max_examples=scaled(examples * 3 // 10),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.tuples(*draws))
    def _law(drawn: tuple[Any, ...]) -> None:
        law(seen, *drawn)

    for turn in range(TURNS):
        (_law if SOAK else seed(turn)(_law))()
        if all(seen[name] for name in wanted):
            break
    for name in seen:
        print(f"{seen[name]:6} {name}")
    assert not [name for name in wanted if not seen[name]], dict(seen)


def count(seen: Seen, quote: Quote) -> None:
    """What was hard about a quote."""
    why = {step.why for step in quote.trace}
    found = {
        "refusal": bool(quote.refusals),
        "price": bool(quote.lines),
        "cap bitten": bool(why & {"capped", "capped_item", "capped_alone"}),
        "partial cover": bool(why & {"partly_covered", "partly_free"}),
        "credit": any(line.amount < ZERO for line in quote.lines),
        "tie": "tie" in why,
        "two tax rates": sum(len(document.groups) for document in quote.documents) > 1,
        "use": bool(quote.uses),
        "held money": any(line.kind == "held" for line in quote.lines),
        "debt": any(line.kind == "debt" for line in quote.lines),
        "several documents": len(quote.documents) > 1,
        "residual": any(document.residual for document in quote.documents),
        "earlier charge": "charged_before" in why,
        "part of a period": "prorated" in why,
    }
    for name, met in found.items():
        if met:
            seen[name] += 1
            event(name)
    seen.update(f"refused {refusal.code}" for refusal in quote.refusals)


def charged(quote: Quote, item: str | None = None) -> Money:
    """The sum of the lines that are part of the price."""
    lines = [line for line in quote.lines if line.kind in ("revenue", "penalty") and item in (None, line.item)]
    return Money.sum((line.amount for line in lines), "EUR")


def stopped(quote: Quote) -> set[str]:
    """The items that have no price at all."""
    return {refusal.item for refusal in quote.refusals if refusal.code != "tax_unknown"} | {
        refusal.item for refusal in quote.refusals if not any(line.item == refusal.item for line in quote.lines)
    }


# --- one quote -------------------------------------------------------------------------------------------------------


def test_a_quote_is_a_function_of_its_question() -> None:
    """The same tariff, question and state give the same quote and the same words, also after loading again."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        tariff = load(data)
        quote = tariff.quote(order, state)
        again = Tariff.load(spell(data)).quote(order, state)
        assert quote == again
        assert quote.explain("fr") == again.explain("fr")
        assert quote.explanation() == again.explanation()
        assert hash(quote.state) == hash(again.state)
        count(seen, quote)

    hold(law, tariffs(), orders(), states(), wanted=("refusal", "price", "use"), examples=80)


def test_the_trace_telescopes_to_the_lines() -> None:
    """Each item's steps go from nothing to what its charged lines come to, and every declared rule has a step."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        tariff = load(data)
        quote = tariff.quote(order, state)
        for id in dict.fromkeys(step.item for step in quote.trace):
            steps = [step for step in quote.trace if step.item == id]
            money = ZERO
            for step in steps:
                assert step.before == money, step
                money = step.after
            assert money == charged(quote, id), steps[-1]
            product = tariff.products[steps[0].product]
            assert {path for _, path, _ in product.rules()} <= {step.rule for step in steps}
        assert {id for id, _ in order.named()} <= {step.item for step in quote.trace} | {
            id for id, item in order.named() if not any(True for _ in tariff.products[item.product].rules())
        }
        count(seen, quote)

    wanted = ("refusal", "cap bitten", "partial cover", "tie", "two tax rates", "debt", "part of a period")
    hold(law, tariffs(), orders(), states(), wanted=wanted, examples=700)


def test_lines_make_the_total_and_documents_the_gross() -> None:
    """Lines sum to the total; net, tax and residual of the documents make the gross; each document is right."""
    made: list[tuple[Any, Any]] = []
    real = tax.tax_document

    def spy(lines: Any, **policy: Any) -> Any:
        document = real(lines, **policy)
        made.append((document, lines))
        return document

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        made.clear()
        with mock.patch.object(tax, "tax_document", spy):
            quote = load(data).quote(order, state)
            assert quote.documents is quote.documents  # a program's documents are made when they are asked for
        assert quote.total == charged(quote)
        for document, lines in made:
            assert check_document(document, lines, currency="EUR") == ()
        for document in quote.documents:
            assert document in [one for one, _ in made]
            for group in document.groups:
                assert group.net + group.tax + group.residual == group.gross
            if None not in (document.net, document.tax, document.gross):
                assert document.net + document.tax + document.residual == document.gross  # type: ignore[operator]
        if quote.gross is not None:
            assert quote.gross == quote.total
            assert sum(document.gross or 0 for document in quote.documents) == quote.gross.amount
        if quote.net is not None and quote.documents:
            assert quote.net.amount == sum(document.net or 0 for document in quote.documents)
            nets = [line.net for line in quote.lines if line.kind in ("revenue", "penalty")]
            assert Money.sum((net for net in nets if net is not None), "EUR") == quote.net
        assert quote.due_now is not None
        later = dict.fromkeys(("revenue", "held"), ZERO)
        for row in quote.due_later:
            assert row.amount > ZERO
            later[row.kind] += row.amount
            seen["due on a day"] += row.day is not None
            seen["due later"] += row.kind == "revenue"
        assert later["held"] <= quote.held
        if quote.ok and quote.total >= ZERO:
            assert quote.due_now + quote.paid + later["revenue"] == quote.total
        count(seen, quote)

    wanted = ("two tax rates", "several documents", "residual", "refused tax_unknown", "held money", "due later")
    wanted = (*wanted, "due on a day")
    hold(law, tariffs(), orders(), states(), wanted=wanted, examples=400)


def test_refusals_are_typed_and_carry_no_price() -> None:
    """A refusal has a code of the list and an item of the order; what is refused has no line, no use and no grant."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        quote = load(data).quote(order, state)
        ids = {step.item for step in quote.trace} | {id for id, _ in order.named()}
        assert {refusal.code for refusal in quote.refusals} <= set(REFUSAL_CODES)
        assert {refusal.item for refusal in quote.refusals} <= ids
        assert not stopped(quote) & {line.item for line in quote.lines}
        assert not stopped(quote) & {use.item for use in quote.uses}
        assert not stopped(quote) & {item for item, _ in quote.pending}
        for refusal in quote.refusals:
            assert (refusal.low is None) or refusal.code in ("from", "about", "between", "tax_unknown")
            assert bool(refusal.facets) == (refusal.code == "incomplete")
            assert refusal.text("en")
            assert refusal.text("fr")
        count(seen, quote)

    wanted = tuple(f"refused {code}" for code in ("incomplete", "not_for", "unstated", "tax_unknown"))
    hold(law, tariffs(), orders(), states(), wanted=wanted, examples=200)


def test_units_are_conserved() -> None:
    """What a lot has lost is what the uses say, never more than it had; what is refused takes nothing."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        quote = load(data).quote(order, state)
        used: Counter[str] = Counter()
        before = {lot.id: lot for lot in state.lots}
        for use in quote.uses:
            assert use.units > 0
            used[use.lot] += use.units
            seen["granted in the same order"] += use.lot not in before
        assert [lot.id for lot in quote.state.lots] == [lot.id for lot in state.lots]
        for lot in quote.state.lots:
            assert before[lot.id].left - lot.left == used[lot.id] >= 0
            assert lot == attrs.evolve(before[lot.id], left=lot.left)
        for key, move in quote.meters:
            assert move >= 0
            assert quote.state.meters[key] == state.meters.get(key, 0) + move
        moved = dict(quote.meters)
        assert {k: v for k, v in quote.state.meters.items() if k not in moved} == {
            k: v for k, v in state.meters.items() if k not in moved
        }
        count(seen, quote)

    hold(law, tariffs(), orders(), states(), wanted=("use", "partial cover", "refusal"), examples=250)


def test_a_refused_item_leaves_the_state_as_it_was() -> None:
    """An order of which nothing has a price moves no meter, takes no unit and remembers no stay."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        tariff = load(data)
        for id, item in order.named():
            quote = tariff.quote(attrs.evolve(order, items=(attrs.evolve(item, id=id),)), state)
            if quote.refusals and not quote.lines and len({step.item for step in quote.trace}) == 1:
                assert quote.state == state
                assert quote.uses == quote.meters == quote.grants == ()
                assert quote.total == ZERO
                seen["lots left alone"] += bool(state.lots)
                count(seen, quote)

    wanted = ("refused from", "refused not_for", "refused tax_unknown", "refused unstated", "lots left alone")
    hold(law, tariffs(), orders(), states(), wanted=wanted, examples=400)


# --- two quotes ------------------------------------------------------------------------------------------------------

NEVER = {"code": "NEVER GIVEN"}


def _idle(data: Any, place: str, at: int) -> Any:
    """The data with one more rule whose condition never holds."""
    out = deepcopy(data)
    product = out["product"]["desk"]
    if place == "order":
        order = out.setdefault("order", {})
        order["adjust"] = [*order.get("adjust", ()), {"id": "idle", "when": NEVER, "percent": "-50%"}]
        return out
    rows = {
        "adjust": {"id": "idle", "when": NEVER, "replace": 1},
        "cover": {"id": "idle", "free": "all", "unit": product.get("measure", {}).get("unit", "minute"), "when": NEVER},
        "eligible": {"id": "idle", "when": NEVER, "refuse": "not_for"},
        "needs": {"product": "month", "when": NEVER},
        "deposit": {"id": "idle", "when": NEVER, "price": 99},
        "rate": {"when": NEVER, "price": 99},
        "offer": {"id": "idle", "when": NEVER, "price": 0},
    }
    if place in ("rate", "offer"):
        place = "offer" if "offer" in product else "rate"
    found = product.get(place, [])
    rules = list(found) if isinstance(found, list) else [{"product": found} if isinstance(found, str) else found]
    rules.insert(0 if place == "rate" else at % (len(rules) + 1), rows[place])
    return out | {"product": out["product"] | {"desk": product | {place: rules}}}


def test_a_rule_whose_condition_never_holds_changes_nothing_but_the_trace() -> None:
    """With one more rule that never holds, at any place, the quote is the same but for its trace and its version."""

    def law(seen: Seen, data: Any, order: Order, state: State, place: str, at: int) -> None:
        quote = load(data).quote(order, state)
        tariff = load(_idle(data, place, at))
        other = tariff.quote(order, state)
        plain = {"tariff_version": ""}
        assert attrs.evolve(other, **plain) == attrs.evolve(quote, **plain)
        seen[f"idle {place}"] += any(item.product == "desk" for item in order.items) and bool(quote.lines)
        count(seen, quote)

    places = ("adjust", "cover", "eligible", "needs", "deposit", "rate", "order")
    draws = (tariffs(), orders(), states(), st.sampled_from(places), st.integers(0, 5))
    hold(law, *draws, wanted=(*(f"idle {place}" for place in places), "cap bitten", "refusal"), examples=335)


def untaxed(value: Any) -> Any:
    """A part of a tariff, without what it says of tax: as far as prices have taxes of their own."""
    if isinstance(value, list):
        return [untaxed(one) for one in value]
    return (
        {key: one for key, one in value.items() if key not in ("tax", "prices")} if isinstance(value, dict) else value
    )


def test_a_cap_is_never_passed_in_any_order_of_visits() -> None:
    """What is charged in the scope of a cap, in any order of visits, never passes it, and the meter shows it."""

    def law(seen: Seen, data: Any, visits: list[tuple[int, int]], given: Any, cap: Decimal, scope: str) -> None:
        data = deepcopy(data)
        rule = {"id": "the cap", "at_most": cap, "same": ["person", scope]}
        desk = {key: untaxed(value) for key, value in untaxed(data["product"]["desk"]).items() if key != "needs"}
        data["product"]["desk"] = desk | {"adjust": [*desk.get("adjust", ()), rule]}
        data["tariff"] |= {"tax": "not subject", "prices": "incl"}
        for key in ("order", "coupon"):
            data.pop(key, None)
        tariff, state = load(data), State()
        paid: Counter[str] = Counter()
        for day, minutes in visits:
            start = EPOCH + timedelta(days=day)
            item = Item("desk", Period(start, start + timedelta(minutes=minutes)), facts=given)
            quote = tariff.quote(Order((item,), "ann", EPOCH, frozenset()), state)
            assert quote.total >= ZERO or any(
                "earlier" in step.why or step.why == "charged_before" for step in quote.trace
            )
            state = quote.state
            local = DAY + timedelta(days=day)
            year, week, _ = local.isocalendar()
            key = {"day": local.isoformat(), "week": f"{year:04}-W{week:02}", "month": local.isoformat()[:7]}[scope]
            paid[key] += quote.total.amount
            assert paid[key] <= int(cap * 100)
            count(seen, quote)
        for key, amount in paid.items():
            meter = f"cap/t/desk/the cap/person=ann/{scope}={key}"
            assert state.meters.get(meter, 0) == amount

    visits = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([30, 60, 200, 500])), min_size=2, max_size=5)
    caps = st.one_of(prices, st.just(Decimal("12.00")))
    draws = (tariffs(), visits, facts(), caps, st.sampled_from(["day", "week", "month"]))
    hold(law, *draws, wanted=("cap bitten", "refusal"), examples=150)


def test_items_one_by_one_are_the_order_at_once() -> None:
    """Where nothing looks across the items, handing the state on gives lines, uses and state of the order."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        data = deepcopy(data)
        for key in ("order", "coupon"):
            data.pop(key, None)
        data["tariff"] |= {"tax": "not subject", "prices": "incl"}
        for product in data["product"].values():
            for key in ("tax", "prices", "needs"):
                product.pop(key, None)
            rates = [product.get("rate"), product.get("offer")]
            for rate in (row for each in rates if each for row in (each if isinstance(each, list) else [each])):
                rate.pop("tax", None)
                rate.pop("prices", None)
                rate.pop("floor", None)  # in one order its least amount still sees what an earlier one would cap
        order = attrs.evolve(order, customer="ann", codes=())
        tariff = load(data)
        whole, lines, uses, refusals = tariff.quote(order, state), [], [], []
        for id, item in order.named():
            part = tariff.quote(attrs.evolve(order, items=(attrs.evolve(item, id=id),)), state)
            state = part.state
            lines += part.lines
            uses += part.uses
            refusals += part.refusals
        assert (whole.lines, whole.uses, whole.refusals) == (tuple(lines), tuple(uses), tuple(refusals))
        assert whole.state == state
        count(seen, whole)

    wanted = ("cap bitten", "partial cover", "refusal", "use", "earlier charge")
    hold(law, tariffs(), orders(("desk", "lab")), states(), wanted=wanted, examples=450)


# --- the file --------------------------------------------------------------------------------------------------------


def test_load_undoes_dump() -> None:
    """``load(dump(t)) == t`` with the same version, and dumping again gives the same text."""

    def law(seen: Seen, data: Any) -> None:
        tariff = load(data)
        again = Tariff.load(tariff.dump())
        assert again == tariff
        assert again.version == tariff.version
        assert again.dump() == tariff.dump()
        seen["coupons"] += "coupon" in data
        seen["cover"] += "cover" in data["product"]["desk"]
        seen["offers"] += "offer" in data["product"]["desk"]

    hold(law, tariffs(), wanted=("coupons", "cover", "offers"), examples=150)


def test_the_version_is_of_the_content_only() -> None:
    """Other layout, comments, order of keys and spelling of numbers are the same version and dump the same content."""

    def law(seen: Seen, data: Any, random: Any) -> None:
        tariff = load(data)
        text = spell(data, random)
        assert Tariff.load(text).version == tariff.version
        seen["comments"] += "#" in text

    hold(law, tariffs(), st.randoms(use_true_random=False), wanted=("comments",), examples=100)


def _leaves(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, (list, tuple)) else ()
    for key, value in pairs:
        yield from _leaves(value, (*path, key))
    if not isinstance(part, (dict, list, tuple)):
        yield path


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, Decimal)):
        return value + (1 if isinstance(value, int) else Decimal("0.01"))
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, str) and value.endswith("%"):
        return "-7.7%"
    return {"carnet": "gifts", "gifts": "carnet", "cheapest": "dearest", "blue": "red", "excl": "incl"}.get(value)


def test_any_changed_value_is_another_version() -> None:
    """Another value anywhere in the file, where the file still makes sense, is another version."""

    def law(seen: Seen, data: Any, chance: st.DataObject) -> None:
        tariff = load(data)
        paths = [path for path in _leaves(data) if path[0] != "facts"]
        path = chance.draw(st.sampled_from(paths))
        other = deepcopy(data)
        part = other
        for key in path[:-1]:
            part = part[key]
        value = _changed(part[path[-1]])
        if value is None:
            return
        part[path[-1]] = value
        try:
            changed = Tariff.load(spell(other))
        except TariffError:
            seen["no sense any more"] += 1
            return
        assert changed.version != tariff.version, path
        seen["changed"] += 1

    hold(law, tariffs(), st.data(), wanted=("changed", "no sense any more"), examples=250)


# --- anything may be asked -------------------------------------------------------------------------------------------

wild_facts = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(),
    st.booleans(),
    st.decimals(),
    st.floats(),
    st.builds(Money, st.integers(-5, 10**18), st.sampled_from(["EUR", "JPY"])),
    st.lists(st.text(max_size=2), max_size=2).map(tuple),
)
wild_names = st.sampled_from(["desk", "lab", "pack", "club", "month", "nothing", "", "désk\x00", "x" * 200])


@st.composite
def wild_orders(draw: st.DrawFn) -> Order:
    """Questions that no reader of the tariff would ask."""
    out = []
    for _ in range(draw(st.integers(1, 3))):
        given = dict(draw(facts()))
        names = st.sampled_from([*given, "colour", ""]) if given else st.just("colour")
        given |= draw(st.dictionaries(names, wild_facts, max_size=1))
        start = EPOCH + timedelta(seconds=draw(st.integers(0, 10**9)), microseconds=draw(st.integers(0, 1)))
        stay = Period(start, start + timedelta(seconds=draw(st.sampled_from([1, 3599, 86_400, 10**7, 10**8]))))
        out.append(
            Item(
                draw(wild_names),
                draw(st.one_of(st.none(), st.just(stay))),
                draw(st.sampled_from([1, 2, 10**3, 10**5])),
                draw(st.one_of(st.none(), st.dates())),
                given,
                draw(st.sampled_from(["", "a", "b/c=%", "x" * 200])),
                (),
                draw(st.one_of(st.none(), st.dates())),
            )
        )
    return Order(
        out, draw(st.sampled_from([None, "a/b=c%", "ann"])), codes=draw(st.sampled_from([(), ("HALF",), ("é",)]))
    )


def test_no_other_exception_than_input_error_leaves_quote() -> None:
    """Whatever is asked, there is a quote or an ``InputError``; the same holds for what a price depends on."""

    def law(seen: Seen, data: Any, chance: st.DataObject, state: State) -> None:
        tariff = load(data)
        try:
            order = chance.draw(wild_orders())
        except InputError:
            seen["no question"] += 1
            return
        for call in (tariff.quote, tariff.meters, tariff.accounts):
            try:
                call(order, state) if call == tariff.quote else call(order)
            except InputError:
                seen["no answer"] += 1
            else:
                seen["answer"] += 1

    hold(law, tariffs(), st.data(), states(), wanted=("no question", "no answer", "answer"), examples=250)


def test_a_change_never_refunds_more_than_was_paid() -> None:
    """Called off, moved, ended, overstayed or measured: no amount is negative, the refund is at most what was paid."""

    def law(seen: Seen, data: Any, order: Order, state: State, days: int) -> None:
        tariff = load(data)
        quote = tariff.quote(order, state)
        for id, _ in order.named():
            try:
                agreement = Agreement.of(order, quote, id)
            except InputError:
                assert id in {refusal.item for refusal in quote.refusals}
                seen["nothing agreed"] += 1
                continue
            start = EPOCH + timedelta(days=days)
            events = [
                Cancel(delay=days),
                Cancel(at=start),
                Move(to=Period(start, start + timedelta(hours=2)), delay=days),
                Move(delay=days),
                EndNow(days, Money(1000, "EUR")),
                Overstay(10 * days + 1),
                MeasuredNow({"weight": Decimal("2.5")}),
            ]
            for what in events:
                try:
                    change = tariff.change(agreement, what)
                except InputError:
                    seen["no answer"] += 1
                    continue
                kind = type(what).__name__
                seen[f"{kind} {'priced' if change.ok else 'refused'}"] += 1
                assert min(change.fee, change.refund, change.due) >= ZERO, (what, change)
                assert change.refund <= max(ZERO, agreement.total), (what, change)
                assert not change.refund or not change.due
                assert {refusal.code for refusal in change.refusals} <= set(REFUSAL_CODES)
                seen["refund"] += change.refund > ZERO

    kinds = ("Cancel", "Move", "EndNow", "Overstay", "MeasuredNow")
    wanted = (*(f"{kind} priced" for kind in kinds), "Cancel refused", "Move refused", "refund", "nothing agreed")
    hold(law, tariffs(), orders(), states(), st.integers(0, 9), wanted=wanted, examples=120)


@contextmanager
def another_machine() -> Iterator[None]:
    """Another time zone, locale and decimal context."""
    zone, place = os.environ.get("TZ"), locale.setlocale(locale.LC_ALL)
    os.environ["TZ"] = "Pacific/Kiritimati"
    time.tzset()
    names = [name for name in ("fr_FR.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "C") if _has(name)]
    locale.setlocale(locale.LC_ALL, names[0])
    try:
        with decimal.localcontext() as context:
            context.prec, context.rounding = 2, decimal.ROUND_UP
            context.traps[decimal.Inexact] = True
            yield
    finally:
        os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)
        time.tzset()
        locale.setlocale(locale.LC_ALL, place)


def _has(name: str) -> bool:
    place = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_ALL, place)
    return True


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of the process cannot be set here")
def test_the_machine_has_no_say() -> None:
    """Time zone, locale and decimal context of the process change neither the version nor the quote nor its words."""

    def law(seen: Seen, data: Any, order: Order, state: State) -> None:
        tariff = load(data)
        quote = tariff.quote(order, state)
        text, words = spell(data), quote.explain("fr")
        raw = [(item, dict(item.facts)) for item in order.items]
        with another_machine():
            again = Tariff.load(text)
            asked = attrs.evolve(order, items=tuple(attrs.evolve(item, facts=given) for item, given in raw))
            other = again.quote(asked, state)
            assert other.explain("fr") == words
            assert again.dump() == tariff.dump()
        assert again.version == tariff.version
        assert other == quote
        count(seen, quote)

    hold(law, tariffs(), orders(), states(), wanted=("price", "refusal", "use"), examples=60)
