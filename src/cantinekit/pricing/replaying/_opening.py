"""What there is before the first row, where it is given as a frame: meters and lots, checked row by row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import attrs

from cantinekit.common.extras import arrow
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.money import MAX_MINOR
from cantinekit.pricing.replaying._columns import HIGH, Column
from cantinekit.pricing.replaying._frames import Table, read
from cantinekit.pricing.replaying._shelf import customer_of
from cantinekit.pricing.replaying._usages import instant_of
from cantinekit.pricing.values import MAX_COUNT, Lot

METERS = ("customer", "meter", "used")
LOTS = ("customer", "lot", "account", "left", "bought", "expires", "priority", "value")
COLUMNS: Mapping[str, tuple[str, ...]] = {"meters": METERS, "lots": LOTS}
"""The columns of the two frames, as a replay gives them."""
OPTIONAL = ("priority", "value")
"""The columns that may be left out."""
TEXTS, INSTANTS = ("customer", "meter", "lot", "account"), ("bought", "expires")
"""The columns that are no whole numbers."""


def meters_of(given: Mapping[str, int] | Any) -> Mapping[str, int]:
    """What the meters have counted, by key.

    Args:
        given: it, or a frame.

    Raises:
        InputError: no such kind of frame, or a column is missing.
        RowError: a row is no meter.
    """
    return given if isinstance(given, Mapping) else read_meters(read(given, METERS, "meters").table)


def lots_of(given: Mapping[str, Iterable[Lot]] | Any) -> Mapping[str, Iterable[Lot]]:
    """The lots of each customer.

    Args:
        given: them, or a frame.

    Raises:
        InputError: no such kind of frame, or a column is missing.
        RowError: a row is no lot.
    """
    return given if isinstance(given, Mapping) else read_lots(read(given, LOTS, "lots").table)


def read_meters(table: Table) -> dict[str, int]:
    """The meters of an Arrow table.

    Args:
        table: the columns of ``METERS``.

    Raises:
        InputError: a column is missing.
        RowError: a row is no meter; the column is named as in "meters.used".
    """
    opening = _Opening("meters", table)
    people = opening.column("customer").texts(numbers=True, empty=True).to_pylist()
    keys = opening.known("meter").texts(longest=HIGH).to_pylist()
    used = opening.known("used").whole_numbers(0, MAX_MINOR).to_pylist()
    opening.refuse_twice("meter", keys)
    for row, (who, key) in enumerate(zip(people, keys, strict=True)):
        if (who or None) != customer_of(key):
            message = f"{shown(who)} is not the customer whom the key of the meter names"
            raise RowError(row, "meters.customer", "value", message)
    return dict(zip(keys, used, strict=True))


def read_lots(table: Table) -> dict[str, list[Lot]]:
    """The lots of an Arrow table, by customer.

    Args:
        table: the columns of ``LOTS``.

    Raises:
        InputError: a column is missing.
        RowError: a row is no lot; the column is named as in "lots.left".
    """
    opening = _Opening("lots", table)
    people = opening.known("customer").texts(numbers=True).to_pylist()
    ids, accounts = (opening.known(name).texts().to_pylist() for name in ("lot", "account"))
    left = opening.known("left").whole_numbers(0, MAX_MINOR).to_pylist()
    bought = opening.known("bought").instants().to_pylist()
    expires = opening.column("expires").instants().to_pylist()
    priority, value = [0] * table.num_rows, [None] * table.num_rows
    if "priority" in table.column_names:
        priority = opening.known("priority").whole_numbers(-MAX_COUNT, MAX_COUNT).to_pylist()
    if "value" in table.column_names:
        value = opening.column("value").whole_numbers(0, MAX_MINOR).to_pylist()
    opening.refuse_twice("lot", list(zip(people, ids, strict=True)))
    found: dict[str, list[Lot]] = {}
    for who, id, account, units, begins, ends, first, paid in zip(
        people, ids, accounts, left, bought, expires, priority, value, strict=True
    ):
        end = None if ends is None else instant_of(ends)
        found.setdefault(who, []).append(Lot(id, account, units, instant_of(begins), end, first, paid))
    return found


@attrs.frozen(eq=False)
class _Opening:
    what: str
    table: Table

    def __attrs_post_init__(self) -> None:
        refuse_names(self.what, self.table.column_names)

    def column(self, name: str) -> Column:
        found = self.table.column(name)
        kinds, kind = arrow.types, found.type
        inner = kind.value_type if kinds.is_dictionary(kind) else kind
        if kinds.is_string(inner) or kinds.is_string_view(inner):  # joined chunks may be more than 32 bits can address
            inner = arrow.large_string()
        return Column(f"{self.what}.{name}", found.cast(inner).combine_chunks())

    def known(self, name: str) -> Column:
        """A column without nulls."""
        found = self.column(name)
        found.refuse_null()
        return found

    def refuse_twice(self, name: str, keys: list[Hashable]) -> None:
        if len(set(keys)) == len(keys):
            return
        seen: set[Hashable] = set()
        for row, key in enumerate(keys):
            if key in seen:
                raise RowError(row, f"{self.what}.{name}", "duplicate", f"{shown(key)} is that of an earlier row")
            seen.add(key)


def refuse_names(what: str, names: Iterable[str]) -> None:
    """Refuse a frame without its columns, or with two of one name.

    Args:
        what: "meters" or "lots".
        names: the columns that it has.

    Raises:
        InputError: one is missing, or comes twice.
    """
    found = list(names)
    for name in COLUMNS[what]:
        if found.count(name) > 1:
            raise InputError(f"two columns of {what} have the name {name!r}")
        if name not in found and name not in OPTIONAL:
            raise InputError(f"the column {name!r} of {what} is missing")
