"""Fresh stores from one URL, so that a check never touches what is stored behind it."""

from __future__ import annotations

import pickle
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import attrs

from cantinekit.errors import CantineError, StaleVersionError, StorageError
from cantinekit.plugins.ports import (
    Change,
    Guard,
    JoiningStorage,
    JournalEntry,
    Key,
    Page,
    Row,
    Storage,
    StorageCapabilities,
)
from cantinekit.plugins.registry import Registry
from cantinekit.plugins.sql.find import (
    FindsBodies,
    FindsChanged,
    FindsColumns,
    FindsFirst,
    FindsMark,
    FindsNewest,
    FindsOtherBodies,
)
from cantinekit.plugins.store_checks import MAX_NAME_BYTES
from cantinekit.testing._run import PromiseResult, run_storage_contract
from cantinekit.testing._stepping import mapped
from cantinekit.urls import BackendUrl

A = TypeVar("A")
PLACEHOLDER = "{fresh}"


def check_storage_url(
    url: str,
    open: Callable[[str], Storage],
    *,
    elsewhere: Callable[[str], Storage] | None = None,
    only: Iterable[str] | None = None,
    scale: float = 1.0,
    announce: Callable[[str], None] | None = None,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check the store behind a URL, promise by promise, without touching what is stored there. Each promise gets its
    own store:

    - ``sqlite``: files in a temporary folder beside the one that is named;
    - ``postgresql``: new schemas in the database, dropped at the end;
    - a store that is neither durable nor shared: opened again each time;
    - a URL with ``{fresh}`` in it: the text is replaced by another name each time (what is there then stays there);
    - any other that is shared: kinds and entry types with a prefix, only in a store whose journal is empty; they stay.

    Args:
        url: the URL of the store.
        open: opens a URL, for example ``Registry.load().storage``.
        elsewhere: opens a URL in another process, which promises of durable and shared stores need: a function that can
            be imported there. ``None`` takes ``open`` where that can be pickled, else the installed plug-ins.
        only: names of the promises to check; ``None`` for all.
        scale: makes the large promises smaller; 1.0: as the port demands.
        announce: called with a sentence that says where the check writes and what stays, before it writes anything.
        report: called with each result as soon as it is known.

    Raises:
        UrlError, StorageError: the URL cannot be opened.
        StorageError: the store holds something already, or is durable and not shared, and the URL has no ``{fresh}``.
    """
    with _isolated(url, open, elsewhere or _portable(open)) as stores:
        if announce is not None:
            announce(stores.where)
        stores.fresh().close()
        return run_storage_contract(
            stores.fresh, stores.reopen, opener=stores.opener, only=only, scale=scale, report=report
        )


class _Stores:
    """Opens a new URL for each fresh store, and remembers which store has which.

    ``where`` says where the check writes and what stays.
    """

    def __init__(
        self, urls: Iterator[str], open: Callable[[str], Storage], elsewhere: Callable[[str], Storage], where: str
    ) -> None:
        self._urls = urls
        self._open = open
        self._elsewhere = elsewhere
        self.where = where
        self._opened: list[tuple[Storage, str]] = []
        self.urls: set[str] = set()

    def fresh(self) -> Storage:
        return self._open_at(next(self._urls))

    def reopen(self, storage: Storage) -> Storage:
        return self._open_at(self._url_of(storage))

    def opener(self, storage: Storage) -> Callable[[], Storage]:
        """What opens the same data in another process."""
        return partial(self._elsewhere, self._url_of(storage))

    def _url_of(self, storage: Storage) -> str:
        return next(url for other, url in self._opened if other is storage)

    def _open_at(self, url: str) -> Storage:
        self.urls.add(url)
        storage = self._open(url)
        self._opened.append((storage, url))
        return storage


@contextmanager
def _isolated(url: str, open: Callable[[str], Storage], elsewhere: Callable[[str], Storage]) -> Iterator[_Stores]:
    parsed = BackendUrl.parse(url)
    if PLACEHOLDER in url:
        where = f"makes new stores, with another name in place of {PLACEHOLDER} each time; they STAY: delete them"
        yield _Stores((url.replace(PLACEHOLDER, _token()) for _ in count()), open, elsewhere, where)
    elif parsed.scheme == "sqlite" and not parsed.host and parsed.path[1:]:
        with _folder_beside(Path(parsed.path[1:]).absolute()) as folder:
            _, mark, query = url.partition("?")
            where = f"makes database files in {folder} and removes them; {Path(parsed.path[1:]).name} is not touched"
            yield _Stores(
                (f"sqlite:///{quote(str(folder / f'{n}.db'))}{mark}{query}" for n in count()), open, elsewhere, where
            )
    elif parsed.scheme == "postgresql":
        where = "makes schemas cantine_contract_... in the database and drops them; no other schema is touched"
        stores = _Stores((_with_schema(url, f"cantine_contract_{_token()}") for _ in count()), open, elsewhere, where)
        try:
            yield stores
        except BaseException:
            with suppress(CantineError):  # what went wrong first is what the caller has to know
                _drop_schemas(stores.urls)
            raise
        _drop_schemas(stores.urls)
    else:
        with_prefixes = _must_have_prefixes(url, open)
        if not with_prefixes:
            yield _Stores((url for _ in count()), open, elsewhere, "makes stores that are gone when they are closed")
            return
        where = (
            f"writes INTO THIS STORE, which is empty; its rows STAY. With {PLACEHOLDER} in the URL it makes new stores"
        )
        apart, there = partial(_open_apart, open, url), partial(_open_apart, elsewhere, url)
        yield _Stores((f"{_token()}." for _ in count()), apart, there, where)


def _portable(open: Callable[[str], Storage]) -> Callable[[str], Storage]:
    """The function, where it can be pickled; else one that opens what is installed."""
    try:
        pickle.dumps(open)
    except Exception:
        return open_installed
    return open


def open_installed(url: str) -> Storage:
    """Open a URL with the plug-ins that are installed, in any process: for ``StorageContract.opener``.

    Args:
        url: the URL of the store.
    """
    return Registry.load().storage(url)


def _open_apart(open: Callable[[str], Storage], url: str, prefix: str) -> Storage:
    return _apart(open(url), prefix)


def _must_have_prefixes(url: str, open: Callable[[str], Storage]) -> bool:
    """Whether stores opened from this URL may be one and the same; refuses one that is in use."""
    storage = open(url)
    try:
        if not (storage.capabilities.durable or storage.capabilities.shared):
            return False
        if not storage.capabilities.shared:
            raise StorageError(
                f"this store is not shared, so two promises cannot have it at once: write {PLACEHOLDER} into the URL "
                "where another name each time gives another store"
            )
        if storage.journal(limit=1):
            raise StorageError(
                f"this store is in use and the check cannot be kept apart from what it holds: name an empty store, or "
                f"write {PLACEHOLDER} into the URL where another name each time gives another store"
            )
    finally:
        storage.close()
    return True


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix=".cantine-contract-", dir=path.parent)
    except OSError:
        raise StorageError(f"no temporary folder can be made beside the database, in {path.parent}") from None
    with folder as name:
        yield Path(name)


def _with_schema(url: str, schema: str) -> str:
    base, _, query = url.partition("?")
    options = [option for option in query.split("&") if option and option.partition("=")[0] != "schema"]
    return f"{base}?{'&'.join([*options, f'schema={schema}'])}"


def _drop_schemas(urls: set[str]) -> None:
    from cantinekit.backends.postgres import drop_schema

    for url in sorted(urls):
        drop_schema(BackendUrl.parse(url))


def _size(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def _token() -> str:
    return uuid.uuid4().hex[:12]


class _Apart:
    """A part of a store that nothing else sees: every kind and every entry type begins with the prefix."""

    def __init__(self, inner: Storage, prefix: str) -> None:
        self._inner = inner
        self._prefix = prefix
        self._long: dict[str, str] = {}
        self._others_until = 0
        # the questions beside the port: those that the inner store answers, and no others
        if isinstance(inner, FindsFirst):
            self.find_first = self._find_first(inner)
        if isinstance(inner, FindsColumns):
            self.find_columns = self._within(inner.find_columns)
        if isinstance(inner, FindsChanged):
            self.find_changed = self._within(inner.find_changed)
        if isinstance(inner, FindsBodies):
            self.find_bodies = self._several(inner.find_bodies)
        if isinstance(inner, FindsMark):
            self.find_mark = self._several(inner.find_mark)
        if isinstance(inner, FindsOtherBodies):
            self.find_other_bodies = self._several(inner.find_other_bodies)
        if isinstance(inner, FindsNewest):
            self.find_newest = self._several(inner.find_newest)

    @property
    def capabilities(self) -> StorageCapabilities:
        return self._inner.capabilities

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [row and self._row_out(row) for row in self._inner.load([self._key_in(key) for key in keys])]

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        page = self._inner.find(
            self._name_in(kind), field, eq=eq, ge=ge, lt=lt, after=after, limit=limit, reverse=reverse
        )
        return Page(tuple(self._row_out(row) for row in page.rows), page.next)

    def apply(self, change: Change) -> None:
        inside = Change(
            rows=mapped(change.rows, lambda row: attrs.evolve(row, kind=self._name_in(row.kind))),
            events=mapped(change.events, self._entry_in),
            guards=tuple(Guard(self._key_in(key), version) for key, version in change.guards),
            removes=tuple(Guard(self._key_in(key), version) for key, version in change.removes),
        )
        try:
            self._inner.apply(inside)
        except StaleVersionError as error:
            stale = [self._key_out(key) for key in error.keys]
        else:
            return
        raise StaleVersionError(stale)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        found: list[JournalEntry] = []
        inside = None if subject is None else self._key_in(subject)
        after, wide = after if after < 0 else max(after, self._others_until), limit  # what is below 0 is refused inside
        while part := self._inner.journal(subject=inside, after=after, limit=wide):
            found += [self._entry_out(e) for e in part if e.type.startswith(self._prefix)]
            after = part[-1].number
            if len(found) >= limit:
                break
            if not found and inside is None:  # what others have told before is passed over, quickly and once
                self._others_until, wide = after, max(limit, 1_000)
        return found[:limit]

    def close(self) -> None:
        self._inner.close()

    def _within(self, find: Callable[..., A]) -> Callable[..., A]:
        """A question whose first argument is a kind."""
        return lambda kind, *rest: find(self._name_in(kind), *rest)

    def _find_first(self, inner: FindsFirst) -> Callable[..., Sequence[Row | None]]:
        find = self._within(inner.find_first)
        return lambda *asked: [row and self._row_out(row) for row in find(*asked)]

    def _several(self, find: Callable[..., A]) -> Callable[..., A]:
        """A question about several kinds, and about keys."""
        return lambda asked, keys=(), *more: find(
            [(self._name_in(kind), *rest) for kind, *rest in asked], [self._key_in(key) for key in keys], *more
        )

    def _name_in(self, name: str) -> str:
        """The name with the prefix; a name that would then be too long is replaced, and remembered."""
        inside = self._prefix + name
        if _size(inside) <= MAX_NAME_BYTES or _size(name) > MAX_NAME_BYTES:
            return inside
        short = self._prefix + sha256(name.encode()).hexdigest()
        self._long[short] = name
        return short

    def _name_out(self, name: str) -> str:
        return self._long.get(name) or name.removeprefix(self._prefix)

    def _key_in(self, key: Key) -> Key:
        return Key(self._name_in(key[0]), key[1])

    def _key_out(self, key: Key) -> Key:
        return Key(self._name_out(key[0]), key[1])

    def _row_out(self, row: Row) -> Row:
        return attrs.evolve(row, kind=self._name_out(row.kind))

    def _entry_in(self, entry: JournalEntry) -> JournalEntry:
        subjects = tuple(self._key_in(key) for key in entry.subjects)
        return attrs.evolve(entry, type=self._name_in(entry.type), subjects=subjects)

    def _entry_out(self, entry: JournalEntry) -> JournalEntry:
        subjects = tuple(self._key_out(key) for key in entry.subjects)
        return attrs.evolve(entry, type=self._name_out(entry.type), subjects=subjects)


class _ApartJoining(_Apart):
    """A part of a store that takes part in the transactions of its host."""

    def __init__(self, inner: JoiningStorage, prefix: str) -> None:
        super().__init__(inner, prefix)
        self.in_host_transaction = inner.in_host_transaction
        self.after_commit = inner.after_commit


def _apart(inner: Storage, prefix: str) -> _Apart:
    return _ApartJoining(inner, prefix) if isinstance(inner, JoiningStorage) else _Apart(inner, prefix)
