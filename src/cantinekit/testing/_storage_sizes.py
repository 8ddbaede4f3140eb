"""Promises at the edges: the longest, the largest, the emptiest, and what lies on the border of two texts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import attrs

from cantinekit.errors import InputError, TextError
from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, Key, Row
from cantinekit.plugins.store_checks import MAX_EVENTS, MAX_ID_BYTES, MAX_NAME_BYTES, MAX_VALUE_BYTES
from cantinekit.testing._storage_base import (
    AT,
    Base,
    bodies,
    check,
    entry,
    equal,
    guard,
    ids,
    put,
    refused,
    row,
    same,
    stale,
    values,
)

_A = Key("space", "a")
_LARGE = (2**8, 2**16, 2**31, 2**32, 2**53, 2**62)
_PARTS = ("\x01", "\x1f", "\x7f", "|", ":", "/", ",", ".", "-", "_", " ", "\\", '"', "\u00ff", "\U0010ffff")


class SizePromises(Base):
    """The longest, the largest and the emptiest are kept as any other, and texts do not run into each other."""

    def test_numbers_are_not_cut_short(self) -> None:
        """No version and no journal number is taken for another because it is large: they have 63 bits."""
        storage = self.fresh()
        put(storage, row("a", 1))
        put(storage, row("a", 2))
        storage.apply(Change(events=(entry("told", _A),)))
        last = self.entries(storage, 1)[-1].number
        for large in (*(n + k for n in _LARGE for k in (-1, 0, 1, 2, 3)), 2**63 - 1):
            stale(storage, Change(rows=(row("a", large),)), [_A], f"version {large} over version 2")
            stale(storage, Change(guards=(Guard(_A, large),)), [_A], f"a guard {large} on version 2")
            stale(storage, Change(removes=(Guard(_A, large),)), [_A], f"a remove of {large} at version 2")
        for large in _LARGE:
            for after in {min(n, 2**63 - 1) for n in (last + large, last + large - 1, (last // large + 1) * large)}:
                for subject in (None, _A):
                    equal(list(storage.journal(subject=subject, after=after)), [], f"the journal after {after}")
        for version in (2**63, 2**64 + 2):
            refused(InputError, partial(storage.apply, Change(guards=(Guard(_A, version),))), f"version {version}")
        equal([e.type for e in storage.journal(after=last - 1)], ["told"], "the journal after the number before")

    def test_a_change_may_be_large(self) -> None:
        """A change of thousands of rows, guards and removes is stored whole, or refused with the one key at fault."""
        storage = self.fresh()
        count = self.sized(3_000, 600)
        put(storage, *(row(f"g{n:05}") for n in range(count)), *(row(f"r{n:05}") for n in range(count)))
        guards = tuple(Guard(Key("space", f"g{n:05}"), 1) for n in range(count))
        removes = tuple(Guard(Key("space", f"r{n:05}"), 1) for n in range(count))
        rows = tuple(row(f"w{n:05}", body={"n": n}, index=(("f", f"{n:05}"),)) for n in range(count))
        for at in (0, count // 2, count - 1):
            spoiled = Guard(guards[at].key, 2)
            change = Change(rows, (entry("t"),), (*guards[:at], spoiled, *guards[at + 1 :]), removes)
            stale(storage, change, [spoiled.key], f"a large change whose guard {at} is stale")
            spoiled = Guard(removes[at].key, 2)
            change = Change(rows, (entry("t"),), guards, (*removes[:at], spoiled, *removes[at + 1 :]))
            stale(storage, change, [spoiled.key], f"a large change whose remove {at} is stale")
        equal(storage.find("space", "f", limit=1).rows, (), "rows of large changes that were refused")
        storage.apply(Change(rows, (entry("t"),), guards, removes))
        keys = [one.key for one in rows] + [one.key for one in (*guards, *removes)]
        found = storage.load(keys)
        equal(sum(one is not None for one in found), 2 * count, "rows after a large change")
        check(ids(storage.find("space", "f", limit=MAX_KEYS)) == [one.id for one in rows], "not all are found")
        equal([e.type for e in self.entries(storage, 1)], ["t"], "the journal after large changes")

    def test_a_change_may_tell_much(self) -> None:
        """A change may have ten thousand journal entries, each in its place, and an entry hundreds of subjects."""
        storage = self.fresh()
        count = self.sized(MAX_EVENTS, 1_100)
        subjects = tuple(Key("space", f"s{n}") for n in range(300))
        storage.apply(Change(events=(*(entry(f"{n}", _A) for n in range(count - 1)), entry("last", *subjects))))
        recorded = self.entries(storage, count)
        check(
            [e.type for e in recorded] == [*(f"{n}" for n in range(count - 1)), "last"], "the entries of a large change"
        )
        equal(recorded[-1].subjects, subjects, "the subjects of an entry that has many")
        of_one = storage.journal(subject=_A, limit=MAX_KEYS)
        check(
            [e.number for e in of_one] == [e.number for e in recorded[:-1]],
            "the journal of a subject of a large change",
        )
        equal([e.type for e in storage.journal(subject=subjects[-1])], ["last"], "the journal of the last subject")
        many = Change(rows=(row("x"),), events=(entry("t"),) * (MAX_EVENTS + 1))
        refused(InputError, lambda: storage.apply(many), f"a change with {MAX_EVENTS + 1} entries")
        equal(list(storage.load([Key("space", "x")])), [None], "the row beside too many entries")

    def test_a_load_of_many_keys_that_are_absent_or_twice(self) -> None:
        """In a load of thirty thousand keys, some absent and some several times, each place has the row of its key."""
        storage = self.fresh()
        count = self.sized(MAX_KEYS, 1_500)
        put(storage, *(row(f"{n:04}", body={"n": n}) for n in range(0, 1_000, 2)))
        asked = [n * 7919 % 1_000 for n in range(count)]
        found = storage.load([Key("space", f"{n:04}") for n in asked])
        equal(len(found), count, "the length of a large load")
        wanted = [None if n % 2 else f"{n:04}" for n in asked]
        check([one and one.id for one in found] == wanted, "a large load gives rows in other places than their keys")

    def test_bodies_may_be_deep_and_wide(self) -> None:
        """A body 100 deep, one of 20,000 members, and integers of a thousand digits come back with their value."""
        storage = self.fresh()
        deep: object = "bottom"
        for level in range(100):
            deep = {"in": deep} if level % 2 else [deep, level]
        wide = {f"name {n}": n for n in range(self.sized(20_000, 2_000))}
        large = [
            sign * (10**digits + 7) for sign in (1, -1) for digits in (9, 10, 15, 16, 18, 19, 20, 38, 39, 308, 1_000)
        ]
        large += [2**bits + off for bits in (31, 32, 53, 63, 64, 128) for off in (-1, 0, 1)]
        for number, body in enumerate(({"deep": deep}, wide, {"large": large})):
            made = row(f"{number}", body=body)
            storage.apply(Change(rows=(made,), events=(entry("t", made.key, body=body),)))
            same(bodies(storage, made.key), [body], "a large body")
            same(
                [json.loads(e.body) for e in self.entries(storage, 1, made.key)], [body], "a large body in the journal"
            )

    def test_names_at_the_limit(self) -> None:
        """Kinds, fields, ids, values and types of the greatest length are told apart by their last character."""
        storage = self.fresh()
        kinds, fields, chosen, longest = (
            [("\u20ac" * (most // 3 - 1) + "x" * most)[: most - 2 * (most // 3 - 1) - 1] + end for end in "12"]
            for most in (MAX_NAME_BYTES, MAX_NAME_BYTES, MAX_ID_BYTES, MAX_VALUE_BYTES)
        )
        check(len(longest[0].encode()) == MAX_VALUE_BYTES, "the check makes texts of another length")
        rows = [
            Row(kind, id, 1, json.dumps({"at": f"{kind[-1]}{id[-1]}"}), tuple((f, v) for f in fields for v in longest))
            for kind in kinds
            for id in chosen
        ]
        events = tuple(entry(kind, one.key, actor="\u00e9" * 1_000 + kind) for kind in kinds for one in rows)
        storage.apply(Change(tuple(rows), events))
        equal(values(storage.load([one.key for one in rows])), values(rows), "rows with names of the greatest length")
        for kind in kinds:
            for field in fields:
                for value in longest:
                    equal(ids(storage.find(kind, field, eq=value)), chosen, "find by names of the greatest length")
                page = storage.find(kind, field, limit=3)
                rest = storage.find(kind, field, limit=3, after=page.next)
                equal(ids(page) + ids(rest), [*chosen, *chosen], "pages of names of the greatest length")
        recorded = self.entries(storage, len(events))
        equal(
            [(e.type, e.actor, e.subjects) for e in recorded],
            [(e.type, e.actor, e.subjects) for e in events],
            "entries",
        )
        for one in rows:
            equal(len(storage.journal(subject=one.key)), 2, "the journal of a subject with the longest names")

    def test_names_beyond_the_limit_are_refused(self) -> None:
        """A kind, field, id, value or type that is a byte too long is refused with TextError, and nothing is stored."""
        storage = self.fresh()
        name, id, value = (
            ("\u00e9" * most)[: most // 2] + "x" for most in (MAX_NAME_BYTES, MAX_ID_BYTES, MAX_VALUE_BYTES)
        )
        for what, spoiled in {
            "a kind": Change(rows=(row("b", kind=name),)),
            "an id": Change(rows=(row(id),)),
            "a field": Change(rows=(row("b", index=((name, "v"),)),)),
            "a value": Change(rows=(row("b", index=(("f", value),)),)),
            "a type": Change(events=(entry(name),)),
            "a subject": Change(events=(entry("t", Key("space", id)),)),
            "a guard": Change(guards=(Guard(Key("space", id), 1),)),
        }.items():
            change = attrs.evolve(spoiled, rows=(row("a"), *spoiled.rows))
            refused(TextError, partial(storage.apply, change), f"{what} that is one byte too long")
        refused(TextError, lambda: storage.load([Key("space", id)]), "load of an id that is one byte too long")
        equal(
            (list(storage.load([_A])), list(storage.journal())), ([None], []), "what was beside texts that are too long"
        )

    def test_texts_do_not_run_into_each_other(self) -> None:
        """Kind, id, field and value are apart wherever the border between them lies, and whatever the texts hold."""
        storage = self.fresh()
        for number, part in enumerate(_PARTS):
            texts = [f"{number}{text}" for text in ("", part, f"{part}{part}", f"a{part}b", "a", "ab")]
            keys = [Key(kind, id) for kind in texts for id in (*texts, f"{part}{texts[0]}")]
            rows = [
                Row(*key, 1, json.dumps({"k": list(key)}), ((key.id, key.kind), (key.kind, key.id))) for key in keys
            ]
            loud, silent = Key(texts[1], texts[0]), Key(texts[0], f"{part}{texts[0]}")
            events = tuple(entry(f"{number}", key) for key in keys if key != silent)
            storage.apply(Change(rows=tuple(rows), events=events))
            equal(values(storage.load(keys)), values(rows), f"rows whose kinds and ids have {part!r} in them")
            for kind in texts:
                mine = {one.id: one for one in rows if one.kind == kind}
                for field in texts:
                    wanted = sorted((v, id) for id, one in mine.items() for f, v in set(one.index) if f == field)
                    found = ids(storage.find(kind, field, limit=1_000))
                    equal(found, [id for _, id in wanted], f"find where kinds, fields and values have {part!r} in them")
            equal(len(self.entries(storage, 1, loud)), 1, f"the journal of a subject with {part!r} at its border")
            equal(
                list(storage.journal(subject=silent)), [], f"the journal of a subject with {part!r} that nothing names"
            )

    def test_the_order_of_values_that_begin_alike(self) -> None:
        """Values and ids that are the beginning of others come before them, whatever character comes next."""
        storage = self.fresh()
        texts = [
            "",
            "\x01",
            "\x01a",
            "\x1f",
            " ",
            "a",
            "a\x01",
            "a\x01b",
            "a\x1f",
            "a ",
            "a!",
            "a0",
            "aa",
            "aa\x01",
            "a\u00e9",
            "a\uffff",
            "a\U00010000",
            "b",
        ]
        put(storage, *(row(id, index=tuple(("f", value) for value in texts)) for id in texts[::-1]))
        wanted = [(value, id) for value in texts for id in texts]
        for reverse in (False, True):
            ordered = wanted[::-1] if reverse else wanted
            found: list[str] = []
            cursor = None
            while True:
                page = storage.find("space", "f", limit=50, reverse=reverse, after=cursor)
                found += ids(page)
                cursor = page.next
                if cursor is None:
                    break
            equal(found, [id for _, id in ordered], "rows in the order of (value, id)")
        for low, high in (("a", "a "), ("a\x01", "aa"), ("", "a"), ("\x01", "\x01a"), ("a\uffff", "b")):
            between = [id for value, id in wanted if low <= value < high]
            equal(
                ids(storage.find("space", "f", ge=low, lt=high, limit=1_000)), between, f"find from {low!r} to {high!r}"
            )

    def test_an_empty_text_is_a_text(self) -> None:
        """An empty kind, id, field, value, type, actor and subject are as good as others: empty is not left out."""
        storage = self.fresh()
        nothing = Row("", "", 1, "{}", (("", ""), ("", "v"), ("f", "")))
        other = Row("", "x", 1, "{}", (("", "v"), ("f", "v")))
        events = (entry("", Key("", ""), actor=""), entry("t", Key("", "x"), actor=""), entry("u"))
        storage.apply(Change(rows=(nothing, other), events=events))
        equal(values(storage.load([Key("", ""), Key("", "x"), Key("x", "")])), values([nothing, other, None]), "rows")
        equal(ids(storage.find("", "", eq="")), [""], "find by an empty value")
        equal(ids(storage.find("", "f", eq="")), [""], "find by an empty value of another field")
        equal(ids(storage.find("", "", ge="")), ["", "", "x"], "find from the empty value on")
        equal(ids(storage.find("", "", lt="")), [], "find of what is below the empty value")
        equal(ids(storage.find("", "", ge="", lt="v")), [""], "find from the empty value to another")
        page = storage.find("", "", limit=1)
        check(page.next is not None, "a page of an empty field has no cursor, and more rows come")
        equal(ids(storage.find("", "", after=page.next)), ["", "x"], "the page behind an empty value and an empty id")
        recorded = self.entries(storage, 3)
        equal(
            [(e.type, e.actor, e.subjects) for e in recorded],
            [(e.type, e.actor, e.subjects) for e in events],
            "entries",
        )
        equal([e.type for e in storage.journal(subject=Key("", ""))], [""], "the journal of an empty subject")
        stale(storage, Change(guards=(Guard(Key("", ""), 2),)), [Key("", "")], "a guard on an empty key")
        storage.apply(Change(removes=(guard(nothing),)))
        equal(
            values(storage.load([Key("", ""), Key("", "x")])),
            values([None, other]),
            "rows after the empty key was removed",
        )

    def test_instants_are_kept_exactly(self) -> None:
        """Instants of journal entries keep every microsecond, from any offset and in any year, and come back in UTC."""
        storage = self.fresh()
        offsets = [timedelta(0), timedelta(hours=14), timedelta(hours=-12), timedelta(hours=5, minutes=45)]
        offsets += [timedelta(minutes=-1), timedelta(hours=1, minutes=2, seconds=3)]
        instants = [AT.replace(microsecond=part) for part in (0, 1, 999, 1_000, 500_000, 999_499, 999_500, 999_999)]
        instants += [
            datetime(year, 3, 1, 0, 0, 0, 7, tzinfo=UTC) for year in (1970, 1971, 2037, 2039, 2107, 2999, 9996)
        ]
        instants += [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]
        told = [at.astimezone(timezone(offset)) for at in instants for offset in offsets]
        storage.apply(Change(events=tuple(attrs.evolve(entry("t"), at=at) for at in told)))
        found = self.entries(storage, len(told))
        equal([e.at for e in found], told, "the instants of entries")
        check(all(e.at.utcoffset() == timedelta(0) for e in found), "an instant came back with another offset than UTC")
