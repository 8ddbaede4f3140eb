"""What holds of the books of every house: exports balance, are the ledger, and sum up; what is closed stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from cantinekit import records as m
from cantinekit.plugins.ports import Storage
from cantinekit.reads import Reader
from cantinekit.reads.entries import AccountingEntry
from cantinekit.reads.fec import fec_lines
from support.houses import small_house
from support.laws import fec_rules


def hold(storage: Storage, now: datetime) -> int:
    """All laws of books, for each legal entity. Returns how many entries were looked at."""
    read, looked_at = Reader(storage, lambda: now), 0
    entries = [one for key, one in small_house.records(storage).items() if key.kind == m.LedgerEntry.kind]
    for entity in read.find(m.LegalEntity, "all"):
        mine = [one for one in entries if one.entity_id == entity.id]
        if not mine:
            continue
        first = min(one.at for one in mine).date() - timedelta(days=2)
        last = max(now, *(one.at for one in mine)).date() + timedelta(days=2)
        booked = list(read.accounting_entries(entity.id, first, last))
        assert fec_rules.problems(f"123456789FEC{last:%Y%m%d}.txt", "".join(fec_lines(booked))) == []
        assert Counter(one.entry_id for one in booked if one.entry_id) == Counter(one.id for one in mine)
        is_the_ledger(booked, read.trial_balance(entity.id, last))
        sums_up(read, entity.id, first, last, booked)
        assert all(one.intact for one in read.verify_closings(entity.id))
        looked_at += len(booked)
    return looked_at


def is_the_ledger(booked: Iterable[AccountingEntry], balance: Sequence[tuple[str, object]]) -> None:
    """The totals are the trial balance, account by account; what was earned and is deferred is there with its tax."""
    sums = totals(booked)
    for account, amount in balance:
        sums[_family(account)] -= amount.amount
    assert not any(sums.values()), sums


def totals(booked: Iterable[AccountingEntry]) -> Counter[str]:
    """What entries come to by ledger account, revenue, what is deferred and tax together."""
    found = Counter[str]()
    for entry in booked:
        for line in entry.lines:
            found[_family(line.account)] += line.debit - line.credit
    return found


def _family(account: str) -> str:
    return "earned" if account.startswith(("revenue/", "deferred/", "tax/")) else account


def sums_up(read: Reader, entity_id: str, first: date, last: date, booked: Sequence[AccountingEntry]) -> None:
    """The exports of parts of a period are the export of it: the same entries on the same days, the same balances."""
    cuts = sorted({first + (last - first) * n // 3 for n in (1, 2)} | {last})
    parts, start = list[AccountingEntry](), first
    for cut in cuts:
        parts += read.accounting_entries(entity_id, start, cut)
        start = cut + timedelta(days=1)
    assert [(e.entry_id, e.day, e.lines) for e in parts if e.entry_id] == [
        (e.entry_id, e.day, e.lines) for e in booked if e.entry_id
    ]
    assert by_code(parts) == by_code(booked)


def by_code(booked: Iterable[AccountingEntry]) -> dict[str, int]:
    """What entries come to by code."""
    found = Counter[str]()
    for entry in booked:
        for line in entry.lines:
            found[line.code] += line.debit - line.credit
    return {code: amount for code, amount in found.items() if amount}
