"""Reading records as they are stored: by id, several at once, by an index field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any, Self, TypeVar

from cantinekit.clock import Period, day_bounds
from cantinekit.common.arguments import checked
from cantinekit.common.recent import Recent
from cantinekit.domain.base import index_field
from cantinekit.domain.state import Find, Load, State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, NotFoundError
from cantinekit.plugins.ports import MAX_KEYS, Key, Row, Storage
from cantinekit.plugins.sql.find import FindsBodies, FindsColumns, FindsNewest, NewestPage, newest_page
from cantinekit.records import Organisation, Person, Place, Record
from cantinekit.runtime import codec
from cantinekit.runtime.loader import find_keys

T = TypeVar("T", bound=Record)
Range = tuple[type[Any], str, str, str]
"""A class, an index field, the least value and the value below which all lie."""
Found = dict[str, str]
"""The bodies of rows by their ids, in the order in which they were found."""
A = TypeVar("A")
PAGE = 1000
"""How many rows are read at once."""
MAX_KEPT = 4096
"""How many records of steady kinds are kept beside their rows."""


class RecordReads:
    """Reads records from the store. It changes nothing.

    Args:
        storage: the store.
        now: gives the present instant.
    """

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._now = now
        self._memory: dict[Key, str | None] | None = None
        self._kept: Recent[Key, tuple[str, Record]] = Recent(MAX_KEPT)
        self._read_before: Recent[Key, tuple[str, dict[str, Any]]] = Recent(MAX_KEPT)
        self._along: Recent[str, tuple[Place, tuple[Key, ...]]] = Recent(MAX_KEPT)

    def now(self) -> datetime:
        """The present instant, by the clock of the house."""
        return self._now()

    # --- one page --------------------------------------------------------------------------------------------------

    def once(self) -> Self:
        """A reader for one page: it answers as this one does, and asks the store once for what its answers share, such
        as the place, the person and the price list. What changes meanwhile it may not see: make one for each page, and
        another one after a command. It is for one thread.
        """
        if self._memory is not None:
            return self
        made = copy(self)
        made._memory = {}
        return made

    def known(self) -> Mapping[Key, str | None]:
        """The bodies that a reader for one page has read so far, ``None`` for what is not there; any other has none."""
        return self._memory or {}

    # --- records ---------------------------------------------------------------------------------------------------

    @checked
    def get(self, cls: type[T], id: str) -> T | None:
        """A record by its class and id, ``None`` where there is none.

        Args:
            cls: the class of the record.
            id: its id.
        """
        return self.many(cls, [id])[0]

    @checked
    def need(self, cls: type[T], id: str) -> T:
        """A record by its class and id.

        Args:
            cls: the class of the record.
            id: its id.

        Raises:
            NotFoundError: there is none.
        """
        found = self.get(cls, id)
        if found is None:
            raise NotFoundError(cls.kind, id)
        return found

    @checked
    def many(self, cls: type[T], ids: Sequence[str]) -> tuple[T | None, ...]:
        """Records by their ids, in one round trip for each ``MAX_KEYS`` of them; ``None`` where there is none.

        Args:
            cls: the class of the records.
            ids: their ids; one may occur more than once.
        """
        keys = [Key(cls.kind, id) for id in ids]
        found = zip(keys, self._bodies_of(keys), strict=True)
        return tuple(None if body is None else _record(key, body) for key, body in found)  # type: ignore[misc]

    @checked
    def which(self, classes: Sequence[type[Any]], id: str) -> type[Any]:
        """The class among these whose record has the id.

        Args:
            classes: the classes to look at.
            id: the id.

        Raises:
            NotFoundError: none has it.
        """
        bodies = self._bodies_of([Key(cls.kind, id) for cls in classes])
        for cls, body in zip(classes, bodies, strict=True):
            if body is not None:
                return cls
        raise NotFoundError(" or ".join(cls.kind for cls in classes), id)

    @checked
    def find(
        self, cls: type[T], field: str, ge: str | None = None, lt: str | None = None, *, eq: str | None = None
    ) -> Iterator[T]:
        """The records of a class by an index field, in order, page by page; each once, where it comes first.

        A store gives a record for each of its values in range: a course has one for every meeting.

        Args:
            cls: the class of the records.
            field: the name of the index field.
            ge: the least value, itself included.
            lt: the value below which all lie.
            eq: the one value to find; not together with ``ge`` or ``lt``.

        Raises:
            InputError: records of this class have no such index field, or ``eq`` is given beside ``ge`` or ``lt``.
        """
        index_field(cls.kind, field)
        if eq is not None and (ge is not None or lt is not None):
            raise InputError("eq cannot be combined with ge or lt")
        return self._found(cls, field, ge, lt, eq)

    def _found(
        self, cls: type[T], field: str, ge: str | None = None, lt: str | None = None, eq: str | None = None
    ) -> Iterator[T]:
        seen = set[str]()
        for row in self._rows(cls, field, ge, lt, eq=eq):
            if row.id not in seen:
                seen.add(row.id)
                yield codec.decode(row)  # type: ignore[misc]

    def _rows(
        self, cls: type[Any], field: str, ge: str | None = None, lt: str | None = None, *, eq: str | None = None
    ) -> Iterator[Row]:
        """The rows of a class by an index field, in order, page by page; one for each of its values in range."""
        index_field(cls.kind, field)
        after: str | None = None
        while True:
            page = self._storage.find(cls.kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=PAGE)
            yield from page.rows
            after = page.next
            if after is None:
                return

    def _look(self, ranges: Sequence[Range], keys: Iterable[Key] = ()) -> tuple[list[Found], dict[Key, str]]:
        """The bodies of the rows of short ranges of index fields by their ids, each row of a range once, where it comes
        first; and those of keys, without what is not there. It is one round trip where the store can be asked for all
        of it, and none where nothing is asked.
        """
        every = list(dict.fromkeys(keys))
        wanted = [key for key in every if key not in self.known()]
        if len(wanted) <= MAX_KEYS and isinstance(self._storage, FindsBodies):
            found, bodies = list[Found](), dict[Key, str | None]()
            if ranges or wanted:
                asked = [(cls.kind, index_field(cls.kind, field), *rest) for cls, field, *rest in ranges]
                pages, some = self._storage.find_bodies(asked, wanted)
                found, bodies = [dict(one) for one in pages], dict(zip(wanted, some, strict=True))
        else:
            found = [{row.id: row.body for row in self._rows(*one)} for one in ranges]
            bodies = dict.fromkeys(wanted) | {row.key: row.body for row in self._rows_of(wanted)}
        if self._memory is not None:
            self._memory |= bodies
            self._memory |= {
                Key(cls.kind, id): body for (cls, *_), of in zip(ranges, found, strict=True) for id, body in of.items()
            }
        return found, {key: body for key in every if (body := bodies.get(key) or self.known().get(key))}

    def _newest_of(self, pages: Sequence[tuple[type[Any], str, str, int]], keys: Iterable[Key]) -> list[NewestPage]:
        """The rows of somebody by index fields, the last ones first, so many of each; and rows by their keys, which are
        known then. It is one round trip where the store can be asked for all of it.

        Args:
            pages: a class, an index field, what its values begin with, and how many rows at most.
            keys: the keys.
        """
        wanted = [key for key in dict.fromkeys(keys) if key not in self.known()]
        asked = [
            (cls.kind, index_field(cls.kind, field), *codec.between(prefix), most) for cls, field, prefix, most in pages
        ]
        if isinstance(self._storage, FindsNewest):
            found, bodies = self._storage.find_newest(asked, wanted)
            if self._memory is not None:
                self._memory |= zip(wanted, bodies, strict=True)
            return list(found)
        self._know(wanted)
        some = (
            self._storage.find(kind, field, ge=ge, lt=lt, limit=most, reverse=True)
            for kind, field, ge, lt, most in asked
        )
        return [newest_page(page) for page in some]

    def _know(self, keys: Iterable[Key]) -> None:
        """Read what a page is about to ask for, in one round trip; in none where all of it is known."""
        if self._memory is not None:
            wanted = [key for key in dict.fromkeys(keys) if key not in self._memory]
            self._memory |= zip(wanted, self._loaded_bodies(wanted), strict=True)

    def _bodies_of(self, keys: Sequence[Key]) -> list[str | None]:
        """The bodies of rows, in the order of their keys; ``None`` where there is none."""
        if self._memory is None:
            return self._loaded_bodies(keys)
        self._know(keys)
        return [self._memory[key] for key in keys]

    def _loaded_bodies(self, keys: Sequence[Key]) -> list[str | None]:
        rows = (row for at in range(0, len(keys), MAX_KEYS) for row in self._storage.load(keys[at : at + MAX_KEYS]))
        return [None if row is None else row.body for row in rows]

    def _peeked(self, rows: Mapping[Key, str]) -> dict[Key, dict[str, Any]]:
        """The fields of bodies as JSON data, not to be altered. Those of a row which is read often and written rarely
        are kept with the body that they were read from.
        """
        found, others = dict[Key, dict[str, Any]](), dict[Key, str]()
        steady = {kind for kind in {key.kind for key in rows} if codec.KINDS[kind].steady}
        for key, body in rows.items():
            kept = self._read_before.get(key) if key.kind in steady else None
            if kept is not None and kept[0] == body:
                found[key] = kept[1]
            else:
                others[key] = body
        read = codec.peek_bodies([(key.kind, body) for key, body in others.items()])
        for (key, body), data in zip(others.items(), read, strict=True):
            found[key] = data
            if key.kind in steady:
                self._read_before.put(key, (body, data))
        return found

    def _columns(self, cls: type[Any], field: str, ge: str, lt: str, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Id and fields of the records in a range of an index field; ``None`` for a field that has its default. A list
        may be its JSON text.

        Where the store can, it takes the fields out of the rows. Rows of an earlier schema are always read as a whole.
        """
        if isinstance(self._storage, FindsColumns):
            rows = self._storage.find_columns(cls.kind, index_field(cls.kind, field), ge, lt, ("v", *names))
            schema = codec.KINDS[cls.kind].schema
            if all(row[1] == schema for row in rows):
                yield from ((row[0], *row[2:]) for row in rows)
                return
        for row in self._rows(cls, field, ge, lt):
            body = codec.peek(row)
            yield (row.id, *map(body.get, names))

    def _rows_of(self, keys: Iterable[Key]) -> Iterator[Row]:
        """Several rows, in one round trip for each ``MAX_KEYS``; one that is not there is left out."""
        wanted = list(keys)
        for at in range(0, len(wanted), MAX_KEYS):
            yield from filter(None, self._storage.load(wanted[at : at + MAX_KEYS]))

    def _there(self, cls: type[Any], id: str) -> None:
        """Refuse to answer about something that is not there: it would look as if it had nothing.

        Raises:
            NotFoundError: there is no such record.
        """
        if self._bodies_of([Key(cls.kind, id)])[0] is None:
            raise NotFoundError(cls.kind, id)

    def _party(self, id: str) -> None:
        """Refuse to answer about somebody who is neither a person nor an organisation.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        if not any(self._bodies_of([Key(cls.kind, id) for cls in (Person, Organisation)])):
            raise NotFoundError(Person.kind, id)

    def _of_person(self, cls: type[T], person_id: str) -> list[T]:
        """The records of a class that are of a person, in one round trip; for those of which nobody has many.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        who = Key(Person.kind, person_id)
        (found,), bodies = self._look([(cls, "person", *codec.between(person_id))], [who])
        if who not in bodies:
            raise NotFoundError(*who)
        return [_record(Key(cls.kind, id), body) for id, body in found.items()]  # type: ignore[misc]

    def _of(self, cls: type[T], field: str, prefix: str, within: Period | None = None) -> Iterator[T]:
        ge, lt = codec.between(prefix, within.start, within.end) if within else codec.between(prefix)
        return self.find(cls, field, ge, lt)

    @checked
    def day(self, place_id: str, day: date) -> Period:
        """A local day of a place as a period: 23, 24 or 25 hours.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        if isinstance(day, datetime) or not isinstance(day, date):
            raise InputError("a day is a date")
        return day_bounds(day, self.need(Place, place_id).zone)

    def _in_order(self, records: Iterable[T], instant: Callable[[T], datetime]) -> tuple[T, ...]:
        """Records by the instant at which they came; those of one instant as the journal tells of them."""
        found = list(records)
        same = Counter(map(instant, found))

        def rank(one: Any) -> tuple[datetime, int]:
            at = instant(one)
            first = self._storage.journal(subject=Key(one.kind, one.id), limit=1) if same[at] > 1 else ()
            return at, first[0].number if first else 0

        return tuple(sorted(found, key=rank))

    def _uow(self, now: datetime | None = None) -> Uow:
        """What a question reads with, as of an instant, by default the present one. It decides nothing."""
        return Uow(State(), now or self._now(), no_id)

    def _read(self, reading: Steps[A]) -> A:
        """What a question comes to that loads and finds records, batch by batch."""
        try:
            wish = next(reading)
            while True:
                wish = reading.send(find_keys(self._storage, wish) if isinstance(wish, Find) else self._loaded(wish))
        except StopIteration as end:
            answer: A = end.value
            return answer

    def _steady_record(self, key: Key, body: str) -> Any:
        """The record of a body. That of a row which is read often and written rarely is made once for each body."""
        if not codec.KINDS[key.kind].steady:
            return _record(key, body)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == body:
            return kept[1]
        record = _record(key, body)
        self._kept.put(key, (body, record))
        return record

    def _loaded(self, wish: Load) -> dict[Key, Record | None]:
        _, bodies = self._look((), wish.keys)
        return {key: self._steady_record(key, bodies[key]) if key in bodies else None for key in wish.keys}


def _record(key: Key, body: str) -> Record:
    """The record of a body."""
    return codec.decode(Row(key.kind, key.id, 1, body))


def decoded(cls: type[T], id: str, body: str) -> T:
    """A record of a body.

    Args:
        cls: its class.
        id: its id.
        body: the body.
    """
    record = _record(Key(cls.kind, id), body)
    assert isinstance(record, cls)
    return record


def no_id(prefix: str) -> str:
    """Refuse to make an id: what only asks needs none.

    Args:
        prefix: what the id would begin with.
    """
    raise AssertionError(f"a question asks for an id: {prefix}")
