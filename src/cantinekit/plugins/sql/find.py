"""The condition of ``find``: which lines of the index a page begins with, and where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

from cantinekit.plugins.ports import Key, Page, Row


@runtime_checkable
class FindsFirst(Protocol):
    """A store that finds the first row of many ranges in one question. Others are asked once for each."""

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        """The first row of each range, in the order of the ranges; ``None`` where a range has none.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value and the value below which all lie, at most ``MAX_KEYS`` pairs.
        """
        ...


@runtime_checkable
class FindsColumns(Protocol):
    """A store that takes single fields out of many rows in one question. Of others the rows are read."""

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        """Fields of the rows whose index field has a value in a range, in the order of (value, id).

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ge: the least value, itself included.
            lt: the value below which all lie.
            names: the names of fields of the bodies, at least one, which no user has chosen.

        Returns:
            for each row its id and the fields: a text, a number, ``None`` where it has none, or a list as JSON text.
        """
        ...


Marked = tuple[str, Sequence[Sequence[Any]] | None]
"""The mark of a range, and fields of its rows; ``None`` where the mark is the one that was known."""


@runtime_checkable
class FindsChanged(Protocol):
    """A store that says in one question which of several ranges have other rows than before, and reads only these. Of
    others all ranges are read. It is for kinds that are written once: of these, the same ids are the same rows.
    """

    def find_changed(
        self, kind: str, field: str, ranges: Sequence[tuple[str, str, str]], names: Sequence[str]
    ) -> Sequence[Marked]:
        """The mark of each range, and where it is not the known one, fields of its rows; of one moment for one range.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value, itself included, the value below which all lie, and the mark that was given last;
                a text that is no mark, such as "-": none was. At most ``MAX_KEYS`` of them.
            names: the names of fields of the bodies, which no user has chosen.

        Returns:
            for each range its mark, which two ranges share only if they have the same ids in the same order; and
            ``None`` where that is the known one, else id and fields of each row, as ``find_columns`` gives them.
        """
        ...


def mark_of(ids: Iterable[str]) -> str:
    """The mark of a range of an index, for ``find_changed``: the SHA-256 of the ids of its rows.

    Args:
        ids: the ids, in the order of (value, id), none of which has a ``|`` in it.
    """
    return sha256("|".join(ids).encode()).hexdigest()


Bodies = tuple[Sequence[Sequence[tuple[str, str]]], Sequence[str | None]]
"""The ids and bodies of the rows of ranges, and the bodies of rows by their keys."""


@runtime_checkable
class FindsBodies(Protocol):
    """A store that gives the bodies of many rows, of several kinds, in one question. Others are asked for each range,
    page by page, and for the rows.
    """

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        """All rows of each range, in the order of the ranges, those of one in the order of (value, id), and the rows of
        keys. A row with two values in a range occurs twice. It is for ranges that are short, such as those of a day.

        Args:
            ranges: the kind of the rows, the name of the index field, the least value, itself included, and the value
                below which all lie, at most ``MAX_KEYS`` of them.
            keys: at most ``MAX_KEYS`` keys, each once.

        Returns:
            for each range the ids and bodies of its rows; and for each key the body, ``None`` where there is no row.
        """
        ...


@runtime_checkable
class FindsOtherBodies(FindsBodies, Protocol):
    """A store that says in one question whether the rows of ranges and of keys are those that were read before, and
    reads them only where they are not. What is made of the answers of other stores is made anew each time.
    """

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        """The answer of ``find_bodies``, where it is another one than before; as of one moment.

        Versions of rows would not tell: a row that was removed and made again, one that a transaction has written that
        was rolled back, and one of a copy of the store can have the version of another one.

        Args:
            ranges: as of ``find_bodies``.
            keys: as of ``find_bodies``.
            known: the mark of the answer of before, by ``mark_of_bodies``; a text that is no mark, such as "-": there
                was none.

        Returns:
            ``None`` where the answer has the known mark, else the answer.
        """
        ...


def mark_of_bodies(ranges: Iterable[Iterable[tuple[str, str]]], bodies: Iterable[str | None]) -> str:
    """The mark of an answer of ``find_bodies``. Two answers to one question have one mark only if they are the same: a
    body is one JSON object, and so ends where it ends.

    Args:
        ranges: for each range the ids and bodies of its rows.
        bodies: for each key the body, ``None`` where there is no row.
    """
    rows = ((at, *row) for at, found in enumerate(ranges) for row in found)
    lines = [body or "" for body in bodies]
    some = ("\n".join(lines[at : at + _PIECE]) for at in range(0, len(lines), _PIECE))
    return mark_of_lines("\n".join([f"{at} {len(id)} {id}{body}" for at, id, body in rows]), some)


_PIECE = 128
"""So many bodies are one text: longer ones are memory that the system gives and takes back each time."""


def mark_of_lines(rows: str, bodies: Iterable[str]) -> str:
    """The mark, for a store that lets its database put the lines together: the SHA-256 of them.

    Args:
        rows: the rows of the ranges, a line each: the place of the range, from 0, a blank, the number of characters of
            the id, a blank, the id and the body.
        bodies: the bodies of the keys, a line each, empty where there is no row; in pieces, none of which is empty of
            lines.
    """
    mark = sha256(rows.encode())
    for at, lines in enumerate(bodies):
        mark.update(b"\n" if at else b"\n\n")
        mark.update(lines.encode())
    return mark.hexdigest()


@runtime_checkable
class FindsMark(Protocol):
    """A store that gives a mark of many rows in one question, and none of the rows. Of others all rows are read each
    time, to know whether they have changed.
    """

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        """A text that is another one once any of the rows was written again, though it be as it was before; once one
        more is there, or one less; or once their order in a range is another one. As of one moment.

        Args:
            ranges: as of ``find_bodies``.
            keys: as of ``find_bodies``.
        """
        ...


NewestWish = tuple[str, str, str, str, int]
"""A kind, an index field, the least value, the value below which all lie, and how many rows are wanted at most."""
NewestPage = tuple[Sequence[tuple[str, str]], str | None]
"""The ids and bodies of some rows, and where to go on (``after`` of ``find``); ``None``: there are no more."""
Newest = tuple[Sequence[NewestPage], Sequence[str | None]]
"""The pages, and the bodies of rows by their keys."""


@runtime_checkable
class FindsNewest(Protocol):
    """A store that gives the last rows of several lists, of several kinds, in one question. Others are asked for a page
    of each, and for the rows.
    """

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        """The first page of each list, backwards, as ``find`` gives it, and the rows of keys. It is for the first pages
        of what somebody has, such as bookings and bills.

        Args:
            pages: the kind of the rows, the name of the index field, the least value, itself included, the value below
                which all lie, and the most rows of the page, at most ``MAX_KEYS``.
            keys: at most ``MAX_KEYS`` keys, each once.

        Returns:
            for each list the ids and bodies of its page in the order of (value, id) backwards, and where it goes on;
            and for each key the body, ``None`` where there is no row.
        """
        ...


def newest_page(page: Page) -> NewestPage:
    """A page of ``find`` as ``find_newest`` gives it.

    Args:
        page: the page, backwards.
    """
    return [(row.id, row.body) for row in page.rows], page.next


def find_condition(
    mark: str,
    kind: str,
    field: str,
    *,
    eq: str | None,
    ge: str | None,
    lt: str | None,
    position: tuple[str, str] | None,
    reverse: bool,
) -> tuple[str, list[str]]:
    """A condition on the lines ``i`` of the index (columns kind, field, value, id), and the values that fill it.

    It is made of constants only. The columns have to compare by the bytes of UTF-8: ``BINARY`` in SQLite, ``"C"`` in
    PostgreSQL, ``utf8mb4_bin`` in MySQL; the order of the page is ``i.value, i.id``, both backwards with ``reverse``.

    Where the cursor lies beyond the bound on its side it stands in place of that bound: given both, a database may
    begin each page at the bound and pass over all pages before it, so that all pages cost the square of their number.

    Args:
        mark: what stands for a value in a statement of the driver, ``?`` or ``%s``.
        kind: the kind of the rows.
        field: the field of the index.
        eq: the only value, or ``None``.
        ge: the least value, or ``None``.
        lt: the value below which all are, or ``None``.
        position: the (value, id) of the cursor, which ``check_find`` gives; ``None`` for the first page.
        reverse: whether the page goes backwards.
    """
    if position is not None and reverse:
        lt = None if lt is None or position[0].encode() < lt.encode() else lt
    elif position is not None:
        ge = None if ge is None or position[0].encode() >= ge.encode() else ge
    terms, values = [f"i.kind = {mark} AND i.field = {mark}"], [kind, field]
    for operator, bound in (("=", eq), (">=", ge), ("<", lt)):
        if bound is not None:
            terms.append(f"i.value {operator} {mark}")
            values.append(bound)
    if position is not None:
        terms.append(f"(i.value, i.id) {'<' if reverse else '>'} ({mark}, {mark})")
        values.extend(position)
    return " AND ".join(terms), values
