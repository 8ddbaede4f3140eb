"""Promises on ``find``: the right rows, in the order of their bytes, each once, page by page."""

from __future__ import annotations

from functools import partial

from cantinekit.errors import InputError
from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, Key, Page, Row, Storage
from cantinekit.testing._storage_base import Base, check, equal, guard, ids, put, refused, row

_BY_BYTES = ["", " ", "!", "-", "0", "10", "9", "A", "B", "Z", "a", "a b", "a-b", "ab", "b", "z", "\x7f", "é", "ñ", "€"]
_BY_BYTES += ["\u9999", "\ufb00", "\uff61", "\uffff", "\U00010000", "\U0001f600"]


class FindPromises(Base):
    """The right rows, in the order of their bytes, each once, page by page."""

    def test_find_by_a_value(self) -> None:
        """Find with eq gives exactly the rows of the kind that have the value in the field."""
        storage = self.fresh()
        put(
            storage,
            row("a", index=(("f", "v"), ("g", "w"))),
            row("b", index=(("f", "w"),)),
            row("c", index=(("g", "v"),)),
            row("d", index=(("f", "v1"),)),
            row("e", index=(("f", "v"),)),
            row("x", kind="other", index=(("f", "v"),)),
        )
        equal(ids(storage.find("space", "f", eq="v")), ["a", "e"], "find by a value")
        nothing = [storage.find("space", "f", eq="V"), storage.find("space", "h"), storage.find("none", "f", eq="v")]
        equal(nothing, [Page(())] * 3, "find by another value, by a field and in a kind that nothing has")

    def test_find_in_a_range(self) -> None:
        """Find with ge and lt gives the values from ge on, up to but without lt; each bound may be left out."""
        storage = self.fresh()
        put(storage, *(row(f"r{v}", index=(("f", v),)) for v in ("10", "20", "20x", "30", "40")))
        wanted: dict[tuple[str | None, str | None], list[str]] = {
            ("20", "30"): ["r20", "r20x"],
            ("20", "30x"): ["r20", "r20x", "r30"],
            ("15", None): ["r20", "r20x", "r30", "r40"],
            (None, "20"): ["r10"],
            ("20", "20"): [],
            ("30", "20"): [],
            ("", None): ["r10", "r20", "r20x", "r30", "r40"],
            (None, None): ["r10", "r20", "r20x", "r30", "r40"],
        }
        for (ge, lt), expected in wanted.items():
            equal(ids(storage.find("space", "f", ge=ge, lt=lt)), expected, f"find from {ge!r} to {lt!r}")
            back = ids(storage.find("space", "f", ge=ge, lt=lt, reverse=True))
            equal(back, expected[::-1], f"find from {ge!r} to {lt!r}, backwards")

    def test_found_rows_are_whole(self) -> None:
        """Find gives the same rows as load: body, version and all index pairs, as they are now."""
        storage = self.fresh()
        put(storage, row("a", body={"n": 1}, index=(("f", "v"), ("g", "1"))))
        put(storage, row("a", 2, {"n": 2}, index=(("f", "v"), ("g", "2"), ("g", "3"))))
        (loaded,) = storage.load([row("a").key])
        equal(storage.find("space", "f", eq="v").rows, (loaded,), "the row that find gives")

    def test_order_is_by_value_then_id(self) -> None:
        """Rows come in the order of value, and of id among equal values, however they were stored."""
        storage = self.fresh()
        put(storage, row("b", index=(("f", "2"),)), row("d", index=(("f", "1"),)), row("a", index=(("f", "2"),)))
        put(storage, row("c", index=(("f", "1"),)), row("e", index=(("f", "0"),)))
        equal(ids(storage.find("space", "f")), ["e", "c", "d", "a", "b"], "the order of rows")

    def test_texts_are_ordered_by_their_bytes(self) -> None:
        """Values and ids are ordered by the bytes of UTF-8: capitals, small letters, accents, four bytes last."""
        storage = self.fresh()
        shuffled = sorted(_BY_BYTES, key=lambda text: (len(text), text[::-1]))
        put(storage, *(row(f"id{n}", index=(("f", text),)) for n, text in enumerate(shuffled)))
        put(storage, *(row(text, index=(("g", "same"),)) for text in shuffled))
        by_value = [dict(found.index)["f"] for found in storage.find("space", "f").rows]
        equal(by_value, _BY_BYTES, "the order of values")
        equal(ids(storage.find("space", "g")), _BY_BYTES, "the order of ids")
        between = [dict(found.index)["f"] for found in storage.find("space", "f", ge="Z", lt="é").rows]
        equal(between, ["Z", "a", "a b", "a-b", "ab", "b", "z", "\x7f"], "the values from Z to é")

    def test_reverse_is_the_mirror(self) -> None:
        """Reverse gives the same rows in the opposite order, of ids too, on one page and on many."""
        storage = self.fresh()
        put(storage, *(row(f"{n}", index=(("f", f"{n % 3}"),)) for n in range(9)))
        forwards = ids(storage.find("space", "f"))
        equal(ids(storage.find("space", "f", reverse=True)), forwards[::-1], "all rows, backwards")
        equal(ids(storage.find("space", "f", eq="1", reverse=True)), ["7", "4", "1"], "one value, backwards")
        equal(ids(storage.find("space", "f", limit=2, reverse=True)), forwards[::-1][:2], "the last two, backwards")
        paged = _all_pages(storage, limit=2, reverse=True)
        equal([found.id for found in paged], forwards[::-1], "pages of two, backwards")

    def test_a_page_keeps_its_limit(self) -> None:
        """A page has at most limit rows, 100 unless told; its cursor is None exactly when nothing comes after it."""
        storage = self.fresh()
        put(storage, *(row(f"{n:03}", index=(("f", f"{n // 4:03}"),)) for n in range(102)))
        equal(len(storage.find("space", "f").rows), 100, "the rows on a page without a limit")
        for limit in (1, 2, 50, 99, 100, 101, 102, 103, MAX_KEYS):
            for reverse in (False, True):
                page = storage.find("space", "f", limit=limit, reverse=reverse)
                equal(len(page.rows), min(limit, 102), f"the rows on a page with the limit {limit}")
                equal(page.next is None, limit >= 102, f"whether a page with the limit {limit} is the last")
        page = storage.find("space", "f", eq="001", limit=4)
        equal((len(page.rows), page.next), (4, None), "a page that its value fills exactly")
        equal(storage.find("space", "f", eq="none"), Page(()), "a page without rows")

    def test_pages_give_each_row_once(self) -> None:
        """Page by page each row comes exactly once and in order, also where many rows have one value."""
        storage = self.fresh()
        count = self.sized(500, 40)
        put(storage, *(row(f"{n:04}", index=(("f", "same" if n % 5 else f"{n % 3}"),)) for n in range(count)))
        wanted = sorted(("same" if n % 5 else f"{n % 3}", f"{n:04}") for n in range(count))
        for limit in (1, 7, 16):
            found = [found.id for found in _all_pages(storage, limit=limit)]
            equal(found, [id for _, id in wanted], f"all pages of {limit} rows")

    def test_pages_hold_while_rows_come_and_go(self) -> None:
        """Rows that stay from the first page to the last come exactly once, whatever is added or removed."""
        storage = self.fresh()
        put(storage, *(row(f"m{n:03}", index=(("f", f"m{n // 3:03}"),)) for n in range(60)))
        for reverse in (False, True):
            tag, seen, cursor, turn = f"{reverse}", [], None, 0
            while True:
                page = storage.find("space", "f", after=cursor, limit=4, reverse=reverse)
                seen += [found.id for found in page.rows if found.id.startswith("m")]
                cursor, turn = page.next, turn + 1
                if cursor is None:
                    break
                check(turn < 60, "the pages do not end")
                put(storage, *(row(f"{edge}{tag}{turn}", index=(("f", edge),)) for edge in "az"))
                if turn > 1:
                    storage.apply(Change(removes=(guard(row(f"a{tag}{turn - 1}")),)))
            wanted = [f"m{n:03}" for n in range(60)]
            equal(seen, wanted[::-1] if reverse else wanted, "rows seen once on all pages while others came and went")

    def test_cursors_survive_any_text(self) -> None:
        """A cursor works behind values and ids with quotes, commas, bars, line breaks and characters of four bytes."""
        storage = self.fresh()
        odd = sorted(
            ["", "'", '"', "%", ",", ",,", "a,b", "|", "a|b", "\n", "\\", "[", "é", "名", "\U0001f600", "\x1f", "/"]
        )
        put(storage, *(row(f"{text}-{n}", index=(("f", text),)) for text in odd for n in range(2)))
        wanted = [f"{text}-{n}" for text in odd for n in range(2)]
        for reverse in (False, True):
            found = [found.id for found in _all_pages(storage, limit=1, reverse=reverse)]
            equal(found, wanted[::-1] if reverse else wanted, "pages of one row")

    def test_pages_stay_in_their_range(self) -> None:
        """All pages of a value or of a range have its rows and no others, forwards and backwards, with any limits."""
        storage = self.fresh()
        put(storage, *(row(f"{n:02}", index=(("f", f"{n // 3}"), ("g", f"{n // 3}"))) for n in range(18)))
        put(storage, *(row(f"{n:02}", kind="other", index=(("f", f"{n // 3}"),)) for n in range(18)))
        everything = [f"{n:02}" for n in range(18)]
        ranges: list[tuple[dict[str, str | None], list[str]]] = [
            ({"eq": "2"}, everything[6:9]),
            ({"eq": "0"}, everything[:3]),
            ({"ge": "1", "lt": "4"}, everything[3:12]),
            ({"ge": "3"}, everything[9:]),
            ({"lt": "3"}, everything[:9]),
            ({}, everything),
        ]
        for how, wanted in ranges:
            for reverse in (False, True):
                for limits in ((1,), (2,), (4, 1), (1, 100), (7, 2, 3)):
                    found: list[str] = []
                    cursor = None
                    for turn in range(40):
                        limit = limits[turn % len(limits)]
                        page = storage.find("space", "f", after=cursor, limit=limit, reverse=reverse, **how)
                        found += ids(page)
                        cursor = page.next
                        if cursor is None:
                            break
                    ordered = wanted[::-1] if reverse else wanted
                    equal(found, ordered, f"all pages of {how}, reverse {reverse}, limits {limits}")

    def test_a_cursor_is_a_place(self) -> None:
        """A page goes on from where the one before ended, though the row there was removed, moved or written since."""
        for reverse in (False, True):
            storage = self.fresh()
            put(storage, *(row(f"r{n}", index=(("f", f"{n}"),)) for n in range(1, 10)))
            put(storage, row("twice", index=(("f", "2"), ("f", "8"))))
            last = 4 if not reverse else 6
            page = storage.find("space", "f", limit=5, reverse=reverse)
            equal(ids(page)[-1], f"r{last}", "the last row of the first page")
            behind = "45" if not reverse else "55"
            before = "35" if not reverse else "65"
            storage.apply(Change(rows=(row("behind", index=(("f", behind),)), row("before", index=(("f", before),)))))
            wanted = ["r5", "r6", "r7", "r8", "twice", "r9"] if not reverse else ["r5", "r4", "r3", "twice", "r2", "r1"]
            wanted.insert(0, "behind")
            again = partial(storage.find, "space", "f", after=page.next, reverse=reverse)
            equal(ids(again()), wanted, "the page behind a row that stayed")
            put(storage, row(f"r{last}", 2, {"n": 2}, index=(("f", f"{last}"),)))
            equal(ids(again()), wanted, "the page behind a row that was written")
            put(storage, row(f"r{last}", 3, index=(("f", "0" if not reverse else "9"),)))
            equal(ids(again()), wanted, "the page behind a row that was moved away")
            storage.apply(Change(removes=(Guard(Key("space", f"r{last}"), 3),)))
            equal(ids(again()), wanted, "the page behind a row that was removed")
            equal(ids(again()), wanted, "the same page a second time")

    def test_a_field_may_have_several_values(self) -> None:
        """A row is found by each value of a field, once for each in a range; a repeated pair counts once."""
        storage = self.fresh()
        put(storage, row("a", index=(("f", "1"), ("f", "3"), ("f", "1"), ("g", "1"))), row("b", index=(("f", "2"),)))
        equal([ids(storage.find("space", "f", eq=v)) for v in "123"], [["a"], ["b"], ["a"]], "find by each value")
        equal(ids(storage.find("space", "f")), ["a", "b", "a"], "find in a range with two values of one row")
        equal([found.id for found in _all_pages(storage, limit=1)], ["a", "b", "a"], "the same in pages of one row")
        (loaded,) = storage.load([row("a").key])
        assert loaded is not None
        equal(loaded.index, (("f", "1"), ("f", "3"), ("f", "1"), ("g", "1")), "index pairs, one of them repeated")

    def test_find_refuses_what_makes_no_sense(self) -> None:
        """A limit outside of 1 to 30,000, a cursor that find did not give, and eq beside ge or lt are an InputError."""
        storage = self.fresh()
        put(storage, row("a", index=(("f", "v"),)), row("b", index=(("f", "v"),)))
        for limit in (0, -1, MAX_KEYS + 1):
            refused(InputError, partial(storage.find, "space", "f", limit=limit), f"find with the limit {limit}")
        for cursor in ("", "x", "None", "é", "MQ==", "W10=", "\0"):
            refused(InputError, partial(storage.find, "space", "f", after=cursor), f"find after the text {cursor!r}")
        refused(InputError, lambda: storage.find("space", "f", eq="v", ge="a"), "find with eq and ge")
        refused(InputError, lambda: storage.find("space", "f", eq="v", lt="z"), "find with eq and lt")


def _all_pages(storage: Storage, *, limit: int, reverse: bool = False) -> list[Row]:
    rows: list[Row] = []
    cursor = None
    for _ in range(1_000):
        page = storage.find("space", "f", after=cursor, limit=limit, reverse=reverse)
        rows += page.rows
        cursor = page.next
        if cursor is None:
            return rows
    raise AssertionError("the pages do not end")
