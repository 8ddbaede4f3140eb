"""Laws of the pricing engine, over generated tariffs, orders and states."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.money import Money
from cantinekit.pricing import REFUSAL_CODES, Item, Lot, Order, Quote, State, Tariff
from support.run.soak import scaled
from support.tariffs import chance as ch

EPOCH = datetime(2026, 11, 23, 7, tzinfo=UTC)  # a Monday, 08:00 in Paris
HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprice_date = "use"\n'
FACTS = '[facts]\ncategory = ["visitor", "member", "student"]\nroom = ["blue", "red"]\nnight = "yes/no"\n'

euros = ch.integers(0, 30_000).map(lambda cents: f"{Decimal(cents).scaleb(-2):.2f}")


@ch.composite
def whens(draw: ch.Draw) -> str:
    some = [
        'category = "member"',
        'category = ["visitor", "student"]',
        "night = true",
        'weekday = ["sat", "sun"]',
        'room = "red"',
        'not = { room = "blue" }',
    ]
    atoms = {text.split()[0]: text for text in draw(ch.lists(ch.sampled_from(some), min_size=1, max_size=2))}
    return "when = { " + ", ".join(atoms.values()) + " }"


@ch.composite
def forms(draw: ch.Draw) -> str:
    """The price of a rate, without its condition."""
    kind = draw(ch.sampled_from(["flat", "per", "grid", "inline", "upto", "lists", "refuse"]))
    if kind == "flat":
        return f"price = {draw(euros)}"
    if kind == "per":
        started = draw(ch.sampled_from(["", ", started = true"]))
        return f'price = {draw(euros)}, per = "{draw(ch.sampled_from(["1h", "30min", "1h30", "minute"]))}"{started}'
    if kind == "grid":
        cell = ch.one_of(euros, ch.just('"-"'))
        rows = ", ".join(f'["{room}", {draw(cell)}, {draw(cell)}]' for room in ("blue", "red"))
        return f'by = ["room", "category"], columns = ["visitor", "member"], rows = [{rows}]'
    if kind == "inline":
        return f'by = "category", visitor = {draw(euros)}, member = {draw(euros)}'
    if kind == "upto":
        return f'upto = [{{ upto = "2h", price = {draw(euros)} }}, {{ price = {draw(euros)} }}]'
    if kind == "lists":
        return (
            f"lists = [{{ from = 2026-01-01, price = {draw(euros)} }}, {{ from = 2026-11-25, price = {draw(euros)} }}]"
        )
    return f'refuse = "{draw(ch.sampled_from(["on_quote", "unpublished", "not_for"]))}"'


@ch.composite
def shapes(draw: ch.Draw) -> tuple[list[str], str, ch.Gen[str]]:
    """How a product counts: the lines that say so, the unit of its covers, and the forms of its rates."""
    kind = draw(ch.sampled_from(["entries", "entries", "time", "halves"]))
    if kind == "entries":
        return [], "entry", forms()
    if kind == "time":
        length, started = draw(ch.sampled_from(["1h", "30min"])), draw(ch.sampled_from(["", ", started = true"]))
        measure = draw(ch.sampled_from([[], ['measure = { unit = "minute", step = "15min", at_most = "5h" }']]))
        return (
            measure,
            draw(ch.sampled_from(["1h", "minute"])),
            euros.map(lambda price: f'price = {price}, per = "{length}"{started}'),
        )
    bound = draw(ch.sampled_from(["", ", at_most = 2", ", minimum = 2"]))
    measure = [f'measure = {{ unit = "half-day", every = "4h"{bound} }}']
    return measure, "half-day", euros.map(lambda price: f'price = {price}, per = "half-day"')


@ch.composite
def products(draw: ch.Draw, name: str) -> str:
    counting, unit, form = draw(shapes())
    rates = [f"{{ {draw(whens())}, {draw(form)} }}" for _ in range(draw(ch.integers(0, 2)))] + [f"{{ {draw(form)} }}"]
    lines = [f"[product.{name}]", f"rate = [{', '.join(rates)}]", *counting]
    if draw(ch.booleans()):
        sources = draw(ch.lists(ch.sampled_from(["carnet", "gift"]), min_size=1, max_size=2, unique=True))
        partial = draw(ch.sampled_from(["", ", partial = true"]))
        lines.append("cover = [" + ", ".join(f'{{ by = "{s}", unit = "{unit}"{partial} }}' for s in sources) + "]")
        lines.append(f'beyond = "{draw(ch.sampled_from(["rate", "refuse"]))}"')
    caps = []
    for number, scope in enumerate(draw(ch.lists(ch.sampled_from(["day", "week", "month", ""]), max_size=2))):
        same = f', same = ["person", "{scope}"]' if scope else ""
        when = draw(ch.one_of(ch.just(""), whens().map(lambda text: f", {text}")))
        caps.append(f'{{ id = "cap {number}", at_most = {draw(euros)}{same}{when} }}')
    if caps:
        lines.append(f"adjust = [{', '.join(caps)}]")
    return "\n".join(lines)


@ch.composite
def texts(draw: ch.Draw) -> str:
    return f"{HEAD}{FACTS}{draw(products('desk'))}\n{draw(products('room'))}\n"


@ch.composite
def items(draw: ch.Draw) -> Item:
    start = EPOCH + timedelta(minutes=draw(ch.integers(0, 14 * 24 * 60)))
    facts = {
        "category": draw(ch.sampled_from(["visitor", "member", "student"])),
        "room": draw(ch.sampled_from(["blue", "red"])),
        "night": draw(ch.booleans()),
    }
    if draw(ch.integers(0, 9)) == 9:
        facts.pop(draw(ch.sampled_from(sorted(facts))))
    period = Period(start, start + timedelta(minutes=draw(ch.integers(1, 900))))
    if draw(ch.integers(0, 9)) == 9:
        return Item(draw(ch.sampled_from(["desk", "room"])), count=draw(ch.integers(1, 4)), facts=facts)
    return Item(draw(ch.sampled_from(["desk", "room"])), period, draw(ch.integers(1, 3)), facts=facts)


@ch.composite
def states(draw: ch.Draw) -> State:
    lots = []
    for number in range(draw(ch.integers(0, 5))):
        expires = draw(ch.one_of(ch.none(), ch.integers(-48, 400).map(lambda h: EPOCH + timedelta(hours=h))))
        lots.append(
            Lot(
                id=f"lot {number}",
                account=draw(ch.sampled_from(["carnet", "carnet", "gift", "other"])),
                left=draw(ch.integers(0, 9)),
                bought=EPOCH - timedelta(days=draw(ch.integers(1, 3))),
                expires=expires,
                priority=draw(ch.integers(0, 1)),
            )
        )
    return State(lots=tuple(lots))


@ch.composite
def asked(draw: ch.Draw) -> Order:
    return Order(draw(ch.lists(items(), min_size=1, max_size=5)), draw(ch.sampled_from([None, "per_1"])))


tariff_texts, orders, amounts = ch.strategy(texts()), ch.strategy(asked()), ch.strategy(euros)


def check_quote(tariff: Tariff, order: Order, state: State, quote: Quote) -> None:
    """What holds for any quote."""
    zero = Money.zero("EUR")
    assert quote.total == Money.sum((line.amount for line in quote.lines), "EUR")
    assert all(line.amount >= zero for line in quote.lines)
    refused = {refusal.item for refusal in quote.refusals}
    assert not refused & {line.item for line in quote.lines}
    assert not refused & {use.item for use in quote.uses}
    for id, item in order.named():
        steps = [step for step in quote.trace if step.item == id]
        declared = [path for _, path, _ in tariff.products[item.product].rules()]
        assert [step.rule for step in steps] == declared
        money = zero
        for step in steps:
            assert step.before == money
            money = step.after
        assert money == Money.sum((line.amount for line in quote.lines if line.item == id), "EUR")
        assert (id in refused) == any(step.status == "refused" for step in steps)
    assert all(delta >= 0 for _, delta in quote.meters)
    for key, delta in quote.meters:
        assert quote.state.meters[key] == state.meters.get(key, 0) + delta
    assert {refusal.code for refusal in quote.refusals} <= set(REFUSAL_CODES)


@settings(max_examples=scaled(100), deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_a_quote_is_the_sum_of_its_lines_and_its_trace_telescopes_to_them(
    text: str, order: Order, state: State
) -> None:
    """Lines sum to the total; each rule of a product is in the trace once, in order; the amounts chain up."""
    tariff = Tariff.load(text)
    check_quote(tariff, order, state, tariff.quote(order, state))


@settings(max_examples=60, deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_the_same_question_gives_the_same_quote(text: str, order: Order, state: State) -> None:
    """A quote depends on the tariff, the order and the state alone, also across a reload."""
    first = Tariff.load(text).quote(order, state)
    again = Tariff.load(text).quote(order, state)
    assert first == again
    assert first.explain("fr") == again.explain("fr")
    assert first.explanation() == again.explanation()


@settings(max_examples=scaled(50), deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_units_of_lots_are_conserved(text: str, order: Order, state: State) -> None:
    """What a lot has lost is what the uses say, never more than it had; an expired lot loses nothing."""
    quote = Tariff.load(text).quote(order, state)
    used: Counter[str] = Counter()
    periods = {id: item.period for id, item in order.named()}
    before = {lot.id: lot for lot in state.lots}
    for use in quote.uses:
        assert use.units > 0
        used[use.lot] += use.units
        lot, period = before[use.lot], periods[use.item]
        assert lot.account == use.account
        assert lot.expires is None or (period is not None and period.start < lot.expires)
    for lot in quote.state.lots:
        assert before[lot.id].left - lot.left == used[lot.id] >= 0
        assert lot == attrs.evolve(before[lot.id], left=lot.left)


@settings(max_examples=scaled(50), deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_an_order_is_its_items_one_after_the_other(text: str, order: Order, state: State) -> None:
    """Asking item by item, with the state handed on, gives the same lines, uses and state as the order."""
    tariff = Tariff.load(text)
    order = attrs.evolve(order, customer="per_1")
    whole, lines, uses = tariff.quote(order, state), [], []
    for id, item in order.named():
        part = tariff.quote(Order((attrs.evolve(item, id=id),), order.customer), state)
        state = part.state
        lines += part.lines
        uses += part.uses
    assert (whole.lines, whole.uses) == (tuple(lines), tuple(uses))
    assert whole.state == state


@settings(max_examples=scaled(50), deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_only_the_announced_meters_and_accounts_are_touched(text: str, order: Order, state: State) -> None:
    """``meters`` and ``accounts`` name beforehand all that a quote reads: nothing else changes it or is moved."""
    tariff = Tariff.load(text)
    quote = tariff.quote(order, state)
    keys, accounts = set(tariff.meters(order)), set(tariff.accounts(order))
    assert {key for key, _ in quote.meters} <= keys
    assert tariff.counts_for(item.product for item in order.items) or not keys
    assert tariff.counts or not keys
    assert {use.account for use in quote.uses} <= accounts
    if order.customer is None:
        assert not keys
    noise = State(
        {**state.meters, "cap/t/desk/other/person=per_2/day=2026-11-23": 5},
        tuple(lot for lot in state.lots if lot.account in accounts),
    )
    assert tariff.quote(order, noise).lines == quote.lines


@settings(max_examples=scaled(50), deadline=None)
@given(
    st.integers(0, 4000),
    st.integers(0, 3000),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 700)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_a_cap_is_never_passed_in_any_order_of_visits(
    cap: int, hourly: int, visits: list[tuple[int, int]], random: object
) -> None:
    """Whatever the order of visits, a day's total is the smaller of the cap and what the visits cost."""
    text = (
        f"{HEAD}[product.desk]\nrate = {{ price = {Decimal(hourly).scaleb(-2)}, per = '1h', started = true }}\n"
        f"adjust = {{ id = 'day', at_most = {Decimal(cap).scaleb(-2)}, same = ['person', 'day'] }}\n"
    )
    tariff = Tariff.load(text)
    state, charged, cost = State(), Counter[int](), Counter[int]()
    shuffled = list(visits)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for day, minutes in shuffled:
        start = EPOCH + timedelta(days=day)
        order = Order((Item("desk", Period(start, start + timedelta(minutes=minutes))),), "per_1")
        quote = tariff.quote(order, state)
        assert quote.ok
        state = quote.state
        charged[day] += quote.total.amount
        cost[day] += -(-minutes // 60) * hourly
        assert charged[day] <= cap
    assert charged == Counter({day: min(cap, cost[day]) for day in cost})
    for day, amount in charged.items():
        key = f"cap/t/desk/day/person=per_1/day={date(2026, 11, 23) + timedelta(days=day)}"
        assert state.meters[key] == amount


@settings(max_examples=scaled(100), deadline=None)
@given(
    st.integers(1, 600),
    st.integers(1, 3),
    st.sampled_from([1, 30, 60]),
    st.sampled_from([30, 60, 90]),
    st.booleans(),
    st.integers(0, 40),
    st.integers(1, 900),
)
def test_what_a_carnet_of_time_leaves_is_priced_exactly(
    minutes: int, count: int, unit: int, per: int, started: bool, held: int, price: int
) -> None:
    """A cover in time takes whole units stay by stay; the rest is priced as a clock with a cash box would do it."""
    text = (
        f"{HEAD}[product.desk]\ncover = {{ by = 'c', unit = '{unit}min', partial = true }}\nbeyond = 'rate'\n"
        f"rate = {{ price = {Decimal(price).scaleb(-2)}, per = '{per}min', started = {str(started).lower()} }}\n"
    )
    item = Item("desk", Period(EPOCH, EPOCH + timedelta(minutes=minutes)), count)
    quote = Tariff.load(text).quote(item, State(lots=(Lot("l", "c", held, EPOCH),)))
    left, stays, used = held, [], 0
    for _ in range(count):
        rest = minutes
        while rest > 0 and left > 0:
            rest, left, used = rest - unit, left - 1, used + 1
        stays.append(max(rest, 0))
    assert sum(use.units for use in quote.uses) == used
    if started:
        expected = sum(-(-rest // per) for rest in stays) * price
    else:
        whole, part = divmod(sum(stays) * price, per)
        expected = whole + (2 * part >= per)
    assert quote.total.amount == expected


@settings(max_examples=scaled(75), deadline=None)
@given(tariff_texts)
def test_load_undoes_dump(text: str) -> None:
    """``load(dump(t)) == t``, with the same version, and dump is a fixed point."""
    tariff = Tariff.load(text)
    again = Tariff.load(tariff.dump())
    assert again == tariff
    assert again.version == tariff.version
    assert again.dump() == tariff.dump()
    assert hash(again) == hash(tariff)


@settings(max_examples=scaled(50), deadline=None)
@given(tariff_texts, st.randoms(use_true_random=False))
def test_the_version_ignores_layout(text: str, random: object) -> None:
    """Comments, blank lines, spaces and the order of the tables do not change the version."""
    blocks = text.replace(" = ", "  =  ").split("\n[")
    head, tables = blocks[0], blocks[1:]
    random.shuffle(tables)  # type: ignore[attr-defined]
    other = "# a comment\n\n" + head + "".join(f"\n\n  # more\n[{table}" for table in tables) + "\n"
    assert Tariff.load(other).version == Tariff.load(text).version


@settings(max_examples=scaled(50), deadline=None)
@given(tariff_texts, amounts, st.data())
def test_the_version_changes_with_any_amount(text: str, other: str, data: st.DataObject) -> None:
    """Another amount anywhere is another version."""
    import re

    places = [m for m in re.finditer(r"[0-9]+\.[0-9]{2}", text) if m.group() != other]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    changed = text[: place.start()] + other + text[place.end() :]
    assert Tariff.load(changed).version != Tariff.load(text).version


@settings(max_examples=scaled(75), deadline=None)
@given(tariff_texts, orders, ch.strategy(states()))
def test_a_refusal_never_carries_an_invented_price(text: str, order: Order, state: State) -> None:
    """A refused item has no line and no amount, and its refusal names amounts only if the tariff prints them."""
    tariff = Tariff.load(text)
    quote = tariff.quote(order, state)
    for refusal in quote.refusals:
        assert refusal.low is None
        assert refusal.high is None
        last = [step for step in quote.trace if step.item == refusal.item][-1]
        assert last.after == Money.zero("EUR")
    alone = [item for id, item in order.named() if id in {r.item for r in quote.refusals}]
    for item in alone:
        again = tariff.quote(Order((item,), order.customer), State(lots=state.lots))
        assert again.ok or again.total == Money.zero("EUR")


def seen(draws: int) -> Counter[str]:
    """What so many questions of these kinds meet: the same ones whenever and with whatever else it is run."""
    found: Counter[str] = Counter()
    for seed in range(draws):
        chance = Random(seed)
        text, order, state = texts().draw(chance), asked().draw(chance), states().draw(chance)
        quote = Tariff.load(text).quote(order, state)
        whys = [step.why for step in quote.trace]
        lots = [lot["why"] for step in quote.trace for lot in step.values.get("lots", ())]
        found["refusal"] += bool(quote.refusals)
        found["use"] += bool(quote.uses)
        found["expired lot"] += "expired" in lots
        found["cap"] += "capped" in whys
        found["partly covered"] += bool({"partly_covered", "partly_limited"} & set(whys))
        found["time left over"] += any(line.unit in ("1h", "30min", "minute") and quote.uses for line in quote.lines)
        found["nameless cap"] += "capped_alone" in whys
        found["hole"] += any(refusal.code == "unpublished" and "," in refusal.what for refusal in quote.refusals)
        found["incomplete"] += any(refusal.code == "incomplete" for refusal in quote.refusals)
    return found


def test_the_laws_have_seen_the_cases_that_matter() -> None:
    """The generated cases contain refusals, uses, expired lots, caps that bite, partial covers and holes."""
    found = seen(300)
    print(dict(found))
    assert [name for name, count in found.items() if count < 3] == []
    assert len(found) == 9


def test_too_few_questions_would_be_noticed() -> None:
    """The control: two questions do not meet them all."""
    assert [name for name, count in seen(2).items() if count < 3]


@settings(max_examples=scaled(200), deadline=None)
@given(st.integers(0, 10**7), st.sampled_from([1, 7, 750, 1999]))
def test_an_amount_for_each_of_a_decimal_is_rounded_once(n: int, minor: int) -> None:
    """2.3335 metres at 7.50 are 17.50125, and 17.50 on the bill: the number is not cut before, nor rounded between."""
    head = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\nfacts.m = "decimal"\n'
    rule = f'adjust = {{ id = "paper", add = {minor // 100}.{minor % 100:02}, once_per = "m" }}'
    tariff = Tariff.load(f"{head}[product.x]\nrate = {{ price = 1.00 }}\n{rule}\n")
    metres = Decimal(n) / 10_000
    added = (metres * minor).quantize(Decimal(1), ROUND_HALF_UP)
    assert tariff.quote(Item("x", facts={"m": metres})).total == Money(100 + int(added), "EUR")
