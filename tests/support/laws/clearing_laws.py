"""What holds of the clearing of every house: positions sum to zero, and are what the ledgers and the lines say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from cantinekit import records as m
from cantinekit.plugins.ports import Key, Storage
from cantinekit.reads import Reader

POSTINGS = ("cleared", "stated")
"""What ledger entries of clearing record."""
Records = Mapping[Key, m.Record]
Amounts = dict[tuple[str, str], int]
"""What a legal entity gets of another one, in minor units."""


def of(records: Records, cls: type) -> list:
    """All records of a class."""
    return [one for key, one in records.items() if key.kind == cls.kind]


def hold(storage: Storage, records: Records, now: datetime) -> int:
    """All laws of clearing. Returns how many lines were looked at."""
    lines = of(records, m.ClearingLine)
    if not lines and not of(records, m.ClearingPair):
        return 0
    read = Reader(storage, lambda: now)
    pairs(records, lines)
    uses(records, lines)
    statements(read, records, lines)
    entries(records, lines)
    positions(read, records, lines, now)
    return len(lines)


def gets(lines: list[m.ClearingLine]) -> Amounts:
    """What lines come to, for each of two legal entities."""
    found: Amounts = defaultdict(int)
    for line in lines:
        found[line.acceptor_id, line.issuer_id] += line.amount.amount
        found[line.issuer_id, line.acceptor_id] -= line.amount.amount
    return dict(found)


def pairs(records: Records, lines: list[m.ClearingLine]) -> None:
    """Each pair counts its lines, and no line is of one legal entity alone."""
    counted = Counter(line.pair_id for line in lines)
    assert all(line.issuer_id != line.acceptor_id for line in lines)
    assert {one.id: one.lines for one in of(records, m.ClearingPair) if one.lines} == dict(counted)


def uses(records: Records, lines: list[m.ClearingLine]) -> None:
    """What stands of a use is what its lines come to; nobody uses more units than are used, and nothing is owed for
    what was returned.
    """
    units, amounts, used = Counter[str](), Counter[str](), Counter[str]()
    for line in lines:
        if line.what != "expiry" and line.subject.kind != "entitlement":
            key = f"{line.entitlement_id}|{line.subject.kind}|{line.subject.id}"
            units[key] += line.units
            amounts[key] += line.amount.amount
    for use in of(records, m.ClearingUse):
        assert (use.units, use.amount - use.disputed) == (units[use.id], amounts[use.id]), use
        assert 0 <= use.disputed <= use.amount
        assert use.units or not use.amount, use
        used[use.id.partition("|")[0]] += use.units
    assert set(units) <= {use.id for use in of(records, m.ClearingUse)}
    for one in of(records, m.Entitlement):
        assert used[one.id] <= one.used, one


def statements(read: Reader, records: Records, lines: list[m.ClearingLine]) -> None:
    """The periods of a pair follow each other; a statement has the lines of its days, and says what they come to."""
    for pair in of(records, m.ClearingPair):
        before: date | None = None
        issued = sorted(
            (one for one in of(records, m.ClearingStatement) if one.pair_id == pair.id), key=lambda one: one.until
        )
        for one in issued:
            assert one.first == (before + timedelta(days=1) if before else None)
            mine = [line for line in lines if line.pair_id == pair.id and _within(line.day, one.first, one.until)]
            assert {line.id for line in read.clearing_lines(one.id)} == {line.id for line in mine}
            assert one.lines == len(mine)
            total = sum(line.owed_to(one.entity_id) for line in mine)
            assert sum(amount.amount for amount in one.balances) == total
            before = one.until
        assert pair.closed_until == before


def _within(day: date, first: date | None, until: date) -> bool:
    return (first is None or first <= day) and day <= until


def entries(records: Records, lines: list[m.ClearingLine]) -> None:
    """A line for which something is owed has one entry in the ledger of each of both, which mirror each other."""
    posted = defaultdict(dict)
    for entry in of(records, m.LedgerEntry):
        if entry.what == "cleared":
            assert entry.entity_id not in posted[entry.subject.id]
            posted[entry.subject.id][entry.entity_id] = {line.account: line.amount for line in entry.lines}
            assert records[Key("place", entry.place_id)].entity_id == entry.entity_id
    for line in lines:
        amount = line.amount.amount
        assert posted.pop(line.id, {}) == (
            {
                line.issuer_id: {"costs/clearing": amount, f"clearing/{line.acceptor_id}": -amount},
                line.acceptor_id: {f"clearing/{line.issuer_id}": amount, "revenue/clearing": -amount},
            }
            if amount
            else {}
        )
    assert not posted


def positions(read: Reader, records: Records, lines: list[m.ClearingLine], now: datetime) -> None:
    """Positions sum to zero over all; the trial balances say the same: what is in no statement is on ``clearing/...``,
    what is in one on ``statements/...``.
    """
    days = [line.day for line in lines] or [now.date()]
    found = read.clearing(min(days), max(days))
    entities = sorted(one.id for one in of(records, m.LegalEntity))
    assert sum(amount.amount for id in entities for amount in found.balance(id)) == 0
    closed = {pair.id: pair.closed_until for pair in of(records, m.ClearingPair)}
    stated = [line for line in lines if closed[line.pair_id] is not None and line.day <= closed[line.pair_id]]
    fresh = [line for line in lines if line not in stated]
    last = max(now.date(), *(entry.at.date() for entry in of(records, m.LedgerEntry)), *days) + timedelta(days=2)
    for id in entities:
        balance = {account: amount.amount for account, amount in read.trial_balance(id, last)}
        for name, some in (("clearing", fresh), ("statements", stated)):
            told = {one.removeprefix(f"{name}/"): n for one, n in balance.items() if one.startswith(f"{name}/")}
            assert told == {other: n for (mine, other), n in gets(some).items() if mine == id and n}, (id, name)
        mine = read.clearing(min(days), max(days), entity_id=id)
        assert [one for one in found.positions if id in (one.entity_id, one.other_id)] == list(mine.positions)
