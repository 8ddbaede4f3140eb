"""A year under two price lists, compared: what it brings, who pays more and who less, and whether the list of today
comes to what was really charged. All amounts are whole minor units.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

import attrs

from cantinekit.clock import local
from cantinekit.common.extras import need
from cantinekit.errors import CurrencyError, InputError
from cantinekit.errors.shown import shown
from cantinekit.money import MAX_MINOR, Money
from cantinekit.pricing import Quote, Replay, ReplayReport, Tariff, replay, replay_quotes, texts
from cantinekit.pricing.quote import Told
from cantinekit.whatif._visits import Visits

MOST = 10
"""How many of the most changed members are told of."""
TOLD = 3
"""How many kinds of rows of each of them are told of with their reasons."""
KINDS = 20
"""Of how many kinds of refused rows it is told what the list says to them."""
TENTHS = 10
PAYS = ("more", "less", "same", "uncompared")
"""The groups of members, each of whom is in one."""
_ALWAYS = ("cover", "rate")
"""The phases that are told of also where they left the sum as it was."""


class _OldAndNew:
    """What something comes to under both lists."""

    __slots__ = ()
    old: int
    new: int

    @property
    def change(self) -> int:
        """How much more it is under the new list."""
        return self.new - self.old


@attrs.frozen
class Sums(_OldAndNew):
    """What some rows come to under both lists.

    Attributes:
        name: what they have in common: a month as 2025-03, a product; empty: all rows.
        rows: how many rows.
        old: what they bring under the old list. A refused row brings nothing.
        new: what they bring under the new one.
    """

    name: str
    rows: int
    old: int
    new: int


@attrs.frozen
class Member(_OldAndNew):
    """What somebody pays under both lists, for what both of them have a price for.

    Attributes:
        id: the customer.
        category: by the fact that was asked for; of several values the one of the last row. Empty: not known.
        rows: how many rows both lists have a price for; 0: what the member pays cannot be compared.
        old: what they cost under the old list.
        new: what they cost under the new one.
    """

    id: str
    category: str
    rows: int
    old: int
    new: int

    @property
    def pays(self) -> str:
        """In which group of ``PAYS`` the member is: "uncompared" without a row that both lists have a price for."""
        if not self.rows:
            return "uncompared"
        return "more" if self.change > 0 else "less" if self.change < 0 else "same"


@attrs.frozen
class Shares(_OldAndNew):
    """How many of some members pay less, the same and more, and how many cannot be compared.

    Attributes:
        name: a category; or the number of a tenth of the members, "1" for those who pay least under the old list.
        less: how many pay less.
        same: how many pay the same.
        more: how many pay more.
        old: what all of them pay under the old list.
        new: what they pay under the new one.
        uncompared: how many have no row that both lists have a price for; they count for nothing else.
    """

    name: str
    less: int
    same: int
    more: int
    old: int
    new: int
    uncompared: int = 0

    @property
    def members(self) -> int:
        """How many members they are, those who cannot be compared too."""
        return self.less + self.same + self.more + self.uncompared


@attrs.frozen
class ChangedRows:
    """Rows of a member that cost another price, the same under each list and for the same reasons.

    Attributes:
        count: how many they are.
        product: the product.
        old: what each of them costs under the old list.
        new: what it costs under the new one.
        why_old: what the old list says that the new one does not, a sentence for each rule.
        why_new: what the new one says.
    """

    count: int
    product: str
    old: int
    new: int
    why_old: tuple[str, ...]
    why_new: tuple[str, ...]

    @property
    def change(self) -> int:
        """How much more all of them cost under the new list."""
        return self.count * (self.new - self.old)


@attrs.frozen
class ChangedMember:
    """One of the members whose sum changes most.

    Attributes:
        member: the member.
        changed: how many rows have another price.
        rows: what changes most of them.
    """

    member: Member
    changed: int
    rows: tuple[ChangedRows, ...]


@attrs.frozen
class Refused:
    """Rows of a product that a list refuses for the same reason.

    Attributes:
        product: the product.
        codes: the codes of the refusals.
        rows: how many rows they are.
        first: the id of the first of them.
        why: what the list says to it, in a sentence; empty: it has no such product, what else was in the order or was
            used before has to do with it, or there are ``KINDS`` that have more rows.
        listed: whether the list has the product.
        near: a product of the list whose id is like that of one that neither list has; empty: none is.
    """

    product: str
    codes: str
    rows: int
    first: str
    why: str
    listed: bool
    near: str


@attrs.frozen
class Difference:
    """A row that was charged another amount than the old list comes to.

    Attributes:
        id: the row.
        day: its local day; ``None``: not known.
        customer: the customer; empty: nobody known.
        product: the product.
        charged: what was charged.
        replayed: what the old list comes to; ``None``: it refuses.
        why: what is known of the reason: the notes of ``PastUsage``, "other version" (another version of the list
            charged it), "units" (a product that units cover: the file may not know all of them), or codes of refusals
            behind "refused: ". Empty: not known.
    """

    id: str
    day: date | None
    customer: str
    product: str
    charged: int
    replayed: int | None
    why: tuple[str, ...]


@attrs.frozen
class Check:
    """Whether the old list, replayed, is what was really charged.

    Attributes:
        rows: how many rows say what was charged.
        equal: how many of them come to it.
        charged: what all of them were charged.
        replayed: what they come to.
        differences: the other ones, in the order of the file.
    """

    rows: int
    equal: int
    charged: int
    replayed: int
    differences: tuple[Difference, ...]


@attrs.frozen(eq=False)
class Comparison:
    """A year under two price lists.

    Attributes:
        currency: ISO 4217 code of all amounts.
        names: the names of products by id, those of the new list first.
        by: the fact by which members have a category; empty: none.
        total: all rows.
        months: by month, in order; what has no day is in none.
        products: by product, those that bring most under the old list first.
        members: all customers who are known, by id.
        categories: by category, in order.
        tenths: the members who can be compared in ten parts of the same size, by what they pay under the old list.
        most: the members whose sums change most.
        nobody: the rows of nobody known, which are in no figures of members.
        both: the rows that both lists have a price for.
        only_old: the rows that the old list alone has a price for, which are in no figures of members.
        only_new: those that the new one alone has a price for.
        refused_old: the rows that the old list refuses, the most first.
        refused_new: those that the new one refuses.
        unused: the columns of the file that neither list asks for.
        not_sold: what customers held as the file says, and neither list has.
        report_old: what became of the rows under the old list: how many it refuses, by codes, and who answered.
        report_new: what became of them under the new one.
        check: whether the old list is what was charged; ``None``: no row says what was charged.
        rows: an Arrow table: ``id``, ``customer``, ``product``, ``day``, ``category``, ``old``, ``new``, ``change``,
            ``refused_old``, ``refused_new``, ``charged`` and ``pays`` (the group of its customer), in the order of the
            file.
    """

    currency: str
    names: Mapping[str, str]
    by: str
    total: Sums
    months: tuple[Sums, ...]
    products: tuple[Sums, ...]
    members: tuple[Member, ...]
    categories: tuple[Shares, ...]
    tenths: tuple[Shares, ...]
    most: tuple[ChangedMember, ...]
    nobody: Sums
    both: Sums
    only_old: Sums
    only_new: Sums
    refused_old: tuple[Refused, ...]
    refused_new: tuple[Refused, ...]
    unused: tuple[str, ...]
    not_sold: tuple[str, ...]
    report_old: ReplayReport
    report_new: ReplayReport
    check: Check | None
    rows: Any

    @property
    def shares(self) -> Shares:
        """All members."""
        return shares("", self.members)


STAGES = ("old list", "new list", "members", "reasons")
"""What ``compare`` tells of, in order."""


def compare(
    new: Tariff,
    old: Tariff,
    visits: Visits,
    *,
    by: str | None = None,
    lang: str = "en",
    engine: str | None = None,
    told: Callable[[str], None] = lambda _: None,
    counted: Callable[[int], None] = lambda _: None,
) -> Comparison:
    """Replay visits under two price lists.

    Args:
        new: the list that is asked about.
        old: the list that it is held against.
        visits: what was sold.
        by: the fact by which members have a category; ``None``: the first of the old list that has words of its own and
            is in the file.
        lang: "fr" or "en", the language of the reasons.
        engine: an engine of ``cantinekit.pricing.replay``, which all give the same; ``None``: the one that it takes.
        told: is called with each of ``STAGES`` when it begins.
        counted: is called with how many rows are priced, those of both lists together, as ``told`` of ``replay`` is.

    Raises:
        RowError: a row that is no usage, with the row, the column and what is wrong.
        CurrencyError: the lists are in two currencies.
        InputError: no such fact or engine, a column that is missing, ``charged`` or ``notes`` of another type, or a
            package that is not installed.
    """
    if new.currency != old.currency:
        raise CurrencyError(f"the lists are in {new.currency} and {old.currency}")
    by = _category(old, new, visits, by)
    usages, chosen = visits.usages, cast(Any, engine)
    told("old list")
    before = replay(old, usages, engine=chosen, told=counted, **_standing(old, old, visits))
    told("new list")
    count = before.report.rows
    after = replay(new, usages, engine=chosen, told=lambda more: counted(count + more), **_standing(new, old, visits))
    told("members")
    rows = _rows(visits, old, before, after, by)
    members = tuple(sorted(_members(rows), key=lambda one: one.id))
    rows = _with_pays(rows, members)
    told("reasons")
    most = _most(new, old, visits, rows, members, lang)
    columns = rows.select(["day", "product"]).to_pydict()
    months = [None if day is None else f"{day:%Y-%m}" for day in columns["day"]]
    return Comparison(
        new.currency,
        {**old.names, **new.names},
        by,
        _sums("", rows),
        tuple(_grouped(rows, months, lambda one: one.name)),
        tuple(_grouped(rows, columns["product"], lambda one: (-one.old, -one.new, one.name))),
        members,
        _categories(members) if by else (),
        _tenths(members),
        most,
        _sums("", _where(rows, lambda row: row["customer"] is None)),
        _sums("", _where(rows, lambda row: row["old"] is not None and row["new"] is not None)),
        _sums("", _where(rows, lambda row: row["old"] is not None and row["new"] is None)),
        _sums("", _where(rows, lambda row: row["old"] is None and row["new"] is not None)),
        _refused((old, new), old, visits, rows, "refused_old", lang),
        _refused((new, old), old, visits, rows, "refused_new", lang),
        _unused(before.report, after.report, by),
        _not_sold(old, new, visits),
        before.report,
        after.report,
        _check(old, visits, before, rows),
        rows,
    )


def _standing(tariff: Tariff, old: Tariff, visits: Visits) -> dict[str, Any]:
    """What there was before the first row, for a list: meters of the old one count for one of another id too."""
    meters = {key.replace(f"/{old.id}/", f"/{tariff.id}/", 1): used for key, used in visits.meters.items()}
    return {"lots": visits.lots, "meters": meters}


def _category(old: Tariff, new: Tariff, visits: Visits, by: str | None) -> str:
    """The fact by which members have a category; empty: none.

    Raises:
        InputError: the file has no such column.
    """
    if by is None:
        declared = {**old.facts, **new.facts}
        worded = (name for name, kind in declared.items() if type(kind) is tuple)
        return next((name for name in worded if visits.column(name) is not None), "")
    if visits.column(by) is None:
        raise InputError(f"the file has no column {shown(by)} to tell members by")
    return by


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(visits: Visits, old: Tariff, before: Replay, after: Replay, by: str) -> Any:
    arrow = need("pyarrow")
    length = visits.table.num_rows
    nothing: list[Any] = [None] * length
    customers = [None if one in (None, "") else str(one) for one in visits.column("customer") or nothing]
    categories = visits.column(by) if by else None
    category = ["" if one is None else _word(one) for one in categories or nothing]
    first, second = before.rows.column("gross").to_pylist(), after.rows.column("gross").to_pylist()
    changes = [None if a is None or b is None else b - a for a, b in zip(first, second, strict=True)]
    text, whole = arrow.string(), arrow.int64()
    return arrow.table(
        {
            "id": arrow.array([str(one) for one in before.rows.column("id").to_pylist()], text),
            "customer": arrow.array(customers, text),
            "product": arrow.array(visits.column("product"), text),
            "day": arrow.array(_days(visits, old.zone), arrow.date32()),
            "category": arrow.array(category, text),
            "old": arrow.array(first, whole),
            "new": arrow.array(second, whole),
            "change": arrow.array(changes, whole),
            "refused_old": before.rows.column("refused").cast(text),
            "refused_new": after.rows.column("refused").cast(text),
            "charged": arrow.array(_charged(visits, old.currency) or nothing, whole),
        }
    )


def _word(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _charged(visits: Visits, currency: str) -> list[int | None] | None:
    """What was charged.

    Raises:
        InputError: it is not in whole minor units, or beyond all amounts.
    """
    found = visits.column("charged")
    for row, one in enumerate(found or ()):
        if one is None or (type(one) is int and -MAX_MINOR <= one <= MAX_MINOR):
            continue
        whole = f"no whole number of minor units, in which {Money(1250, currency)} is 1250"
        wrong = "out of range" if type(one) is int else whole
        raise InputError(f"row {row}, column 'charged': {shown(one)} is {wrong}")
    return found


def _days(visits: Visits, zone: str) -> list[date | None]:
    """The local day of each row: of its beginning, else its own, else of its purchase."""
    arrow, compute = need("pyarrow"), need("pyarrow.compute")
    found: list[date | None] = [None] * visits.table.num_rows
    for name in ("start", "day", "bought"):
        if name not in visits.table.column_names or all(found):
            continue
        column = visits.table.column(name)
        if arrow.types.is_timestamp(column.type) and column.type.tz is not None:
            instants = column.cast(arrow.timestamp("us", "UTC"), safe=False)
            quarters = compute.floor_temporal(instants, multiple=15, unit="minute")  # by such every zone is ahead
            known = {one: local(one, zone).date() for one in compute.unique(quarters).to_pylist() if one is not None}
            values = [None if one is None else known[one] for one in quarters.to_pylist()]
        else:
            values = column.cast(arrow.date32()).to_pylist()
        found = [day or other for day, other in zip(found, values, strict=True)]
    return found


def _where(rows: Any, wanted: Callable[[Mapping[str, Any]], bool]) -> Any:
    columns = rows.select(["customer", "old", "new"]).to_pylist()
    return rows.filter(need("pyarrow").array([wanted(row) for row in columns], need("pyarrow").bool_()))


# --- sums ------------------------------------------------------------------------------------------------------------


def _sums(name: str, rows: Any) -> Sums:
    compute = need("pyarrow.compute")
    old, new = (compute.sum(rows.column(one)).as_py() or 0 for one in ("old", "new"))
    return Sums(name, rows.num_rows, old, new)


def _grouped(rows: Any, names: Sequence[str | None], order: Callable[[Sums], Any]) -> list[Sums]:
    """Sums by name, in an order; rows without a name are in none."""
    counts, old, new = Counter[str](), Counter[str](), Counter[str]()
    for name, first, second in zip(names, rows.column("old").to_pylist(), rows.column("new").to_pylist(), strict=True):
        if name is not None:
            counts[name] += 1
            old[name] += first or 0
            new[name] += second or 0
    return sorted((Sums(name, count, old[name], new[name]) for name, count in counts.items()), key=order)


def _members(rows: Any) -> Iterable[Member]:
    counts, old, new, category = Counter[str](), Counter[str](), Counter[str](), dict[str, str]()
    columns = rows.select(["customer", "category", "old", "new"]).to_pydict()
    for who, what, first, second in zip(*columns.values(), strict=True):
        if who is None:
            continue
        category[who] = what or category.get(who, "")
        counted = first is not None and second is not None
        counts[who] += counted
        old[who] += first if counted else 0
        new[who] += second if counted else 0
    return (Member(who, category[who], count, old[who], new[who]) for who, count in counts.items())


def _with_pays(rows: Any, members: Sequence[Member]) -> Any:
    """The rows with the group of the customer of each."""
    arrow, pays = need("pyarrow"), {one.id: one.pays for one in members}
    groups = [pays.get(who) for who in rows.column("customer").to_pylist()]
    return rows.append_column("pays", arrow.array(groups, arrow.string()))


def shares(name: str, members: Iterable[Member]) -> Shares:
    """How many of some members are in each group.

    Args:
        name: what they have in common.
        members: the members.
    """
    found = list(members)
    pays = Counter(one.pays for one in found)
    old, new = sum(one.old for one in found), sum(one.new for one in found)
    return Shares(name, pays["less"], pays["same"], pays["more"], old, new, pays["uncompared"])


def _categories(members: Sequence[Member]) -> tuple[Shares, ...]:
    names = sorted({one.category for one in members})
    return tuple(shares(name, (one for one in members if one.category == name)) for name in names)


def _tenths(members: Sequence[Member]) -> tuple[Shares, ...]:
    ranked = sorted((one for one in members if one.rows), key=lambda one: (one.old, one.id))
    ends = [len(ranked) * number // TENTHS for number in range(TENTHS + 1)]
    return tuple(
        shares(str(number + 1), ranked[ends[number] : ends[number + 1]])
        for number in range(TENTHS)
        if ends[number] < ends[number + 1]
    )


# --- the most changed members ----------------------------------------------------------------------------------------


def _most(
    new: Tariff, old: Tariff, visits: Visits, rows: Any, members: Sequence[Member], lang: str
) -> tuple[ChangedMember, ...]:
    ranked = sorted((one for one in members if one.change), key=lambda one: (-abs(one.change), one.id))[:MOST]
    if not ranked:
        return ()
    ids = frozenset(one.id for one in ranked)
    quotes = [
        {str(id): quote for id, quote in found.items()}
        for found in (
            replay_quotes(tariff, visits.usages, ids, **_standing(tariff, old, visits)) for tariff in (old, new)
        )
    ]
    theirs: dict[str, list[dict[str, Any]]] = {id: [] for id in ids}
    for row in _where(rows, lambda row: row["customer"] in ids).to_pylist():
        if row["change"]:
            theirs[row["customer"]].append(row)
    return tuple(_changed(member, theirs[member.id], quotes, (old, new), lang) for member in ranked)


def _changed(
    member: Member,
    rows: Sequence[Mapping[str, Any]],
    quotes: Sequence[Mapping[str, Quote]],
    lists: Sequence[Tariff],
    lang: str,
) -> ChangedMember:
    """What changes most for a member: equal rows together."""
    kinds = Counter[tuple[Any, ...]]()
    for row in rows:
        said = (_said(found[row["id"]], lang, tariff) for found, tariff in zip(quotes, lists, strict=True))
        kinds[row["product"], row["old"], row["new"], *_why(*said)] += 1
    found = [ChangedRows(count, *kind) for kind, count in kinds.items()]
    found.sort(key=lambda one: (-abs(one.change), one.product, one.old, one.new, one.why_new))
    return ChangedMember(member, len(rows), tuple(found[:TOLD]))


def _said(quote: Quote, lang: str, tariff: Tariff) -> tuple[str, ...]:
    """The reasons of a price, a sentence for each rule that made it what it is."""
    trace = (step for step in quote.trace if step.status == "applied" and (step.amount or step.phase in _ALWAYS))
    moved = attrs.evolve(quote, reasons=Told(tuple(trace), names=tariff.names))
    return tuple(step[0] for block in texts.blocks(moved, lang, tariff.names) for step in block.steps)


def _why(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the lists say that the other does not; where that is nothing, all that one says."""
    return tuple(one for one in old if one not in new) or old, tuple(one for one in new if one not in old) or new


# --- what has no price ------------------------------------------------------------------------------------------------


def _refused(
    lists: tuple[Tariff, Tariff], old: Tariff, visits: Visits, rows: Any, name: str, lang: str
) -> tuple[Refused, ...]:
    """The rows that the first of two lists refuses, by product and codes, with what it says to the first of each."""
    tariff, other = lists
    counts, first = Counter[tuple[str, str]](), dict[tuple[str, str], int]()
    columns = rows.select(["product", name]).to_pydict()
    for row, kind in enumerate(zip(*columns.values(), strict=True)):
        if kind[1] is not None:
            counts[kind] += 1
            first.setdefault(kind, row)
    kinds = counts.most_common()
    asked = {first[kind]: kind[1] for kind, _ in kinds[:KINDS] if kind[0] in tariff.products}
    why = _reasons(tariff, old, visits, rows, asked, lang)
    found = []
    for nth, ((product, codes), count) in enumerate(kinds):
        row, listed = first[product, codes], product in tariff.products
        unknown = nth < KINDS and not listed and product not in other.products
        near = difflib.get_close_matches(product, tariff.products, n=1) if unknown else []
        id = rows.column("id")[row].as_py()
        found.append(Refused(product, codes, count, id, why.get(row, ""), listed, "".join(near)))
    return tuple(found)


def _reasons(
    tariff: Tariff, old: Tariff, visits: Visits, rows: Any, codes: Mapping[int, str], lang: str
) -> dict[int, str]:
    """What a list says to rows that it refuses with these codes, each asked alone; empty where it says another thing
    to a row alone.
    """
    if not codes:
        return {}
    places = list(codes)
    some = visits.usages.take(places)
    alone = some.drop_columns([name for name in ("id", "order") if name in some.column_names])
    alone = alone.append_column("id", ids := rows.column("id").take(places))
    customers = set(rows.column("customer").take(places).to_pylist())
    quotes = replay_quotes(tariff, alone, customers, **_standing(tariff, old, visits))
    found = {}
    for row, id in zip(places, ids.to_pylist(), strict=True):
        refusals = (one for one in quotes[id].refusals if one.code in codes[row].split(", "))
        found[row] = "; ".join(dict.fromkeys(one.text(cast(Any, lang), tariff.names) for one in refusals))
    return found


def _unused(before: ReplayReport, after: ReplayReport, by: str) -> tuple[str, ...]:
    return tuple(one for one in before.unused if one in after.unused and one.removeprefix("fact.") != by)


def _not_sold(old: Tariff, new: Tariff, visits: Visits) -> tuple[str, ...]:
    held = {name for names in visits.column("holds") or () for name in names or ()}
    return tuple(sorted(held - {*old.products, *new.products}))


# --- what was charged ------------------------------------------------------------------------------------------------


def _notes(visits: Visits) -> list[list[str] | None] | None:
    """Why rows may be charged another amount.

    Raises:
        InputError: a value is no list of texts.
    """
    found = visits.column("notes")
    for row, one in enumerate(found or ()):
        if one is not None and not (isinstance(one, list) and all(isinstance(word, str) for word in one)):
            raise InputError(f"row {row}, column 'notes': {shown(one)} is no list of texts")
    return found


def _check(old: Tariff, visits: Visits, before: Replay, rows: Any) -> Check | None:
    if rows.column("charged").null_count == rows.num_rows:
        return None
    nothing: list[Any] = [None] * rows.num_rows
    notes, versions = _notes(visits) or nothing, visits.column("version") or nothing
    columns = rows.select(["id", "day", "customer", "product", "charged", "old", "refused_old"]).to_pylist()
    covered = before.rows.column("covered").to_pylist()
    count = equal = charged = replayed = 0
    found: list[Difference] = []
    for row, note, version, units in zip(columns, notes, versions, covered, strict=True):
        if row["charged"] is None:
            continue
        count += 1
        charged += row["charged"]
        replayed += row["old"] or 0
        if row["charged"] == row["old"]:
            equal += 1
            continue
        why = list(note or ())
        if version is not None and version != old.version:
            why.append("other version")
        listed = old.products.get(row["product"])
        covered_now = units or row["old"] is None or row["charged"] < row["old"]
        if listed is not None and listed.cover and covered_now and not why:
            why.append("units")
        if row["refused_old"] is not None:
            why.append(f"refused: {row['refused_old']}")
        who = row["customer"] or ""
        found.append(Difference(row["id"], row["day"], who, row["product"], row["charged"], row["old"], tuple(why)))
    return Check(count, equal, charged, replayed, tuple(found))
