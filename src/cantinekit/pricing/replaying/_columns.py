"""Columns of a table of usages, each checked and brought to one type; what is wrong with a row is said with the row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT
from cantinekit.common.extras import arrow, compute, np
from cantinekit.common.facts import MAX_FACT_TEXT
from cantinekit.errors import RowError
from cantinekit.errors.shown import shown

Array = Any
"""An Arrow array, or a NumPy array of one dimension."""
FIRST_DAY, LAST_DAY = MIN_INSTANT.date().toordinal(), MAX_INSTANT.date().toordinal() - 1
EPOCH = date(1970, 1, 1).toordinal()
HIGH = 2**63 - 1
_SECONDS = (MAX_INSTANT - MIN_INSTANT).days * 86_400
_PARTS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


_BETWEEN = "\x00"
"""What parts words that are joined; no word has it."""
V = TypeVar("V")


@attrs.frozen(eq=False)
class Coded(Generic[V]):
    """A column of few different values.

    Attributes:
        codes: the place of each row's value among the values, in int64 or int32; -1: null.
        values: the different values.
    """

    codes: Array
    values: Sequence[V]

    def __getitem__(self, row: int) -> V | None:
        code = self.codes[row]
        return self.values[code] if code >= 0 else None

    @classmethod
    def nothing(cls, length: int) -> Coded[V]:
        """A column of nulls."""
        return cls(everywhere(-1, length), ())


def everywhere(value: int, length: int) -> Array:
    """A column of one number, which takes no memory and cannot be written to."""
    return np.broadcast_to(np.int64(value), length)


def coded_of(texts: Array) -> Coded[str]:
    """An Arrow array of texts, or of a dictionary of texts, by its different values."""
    found = compute.dictionary_encode(texts)
    codes = compute.fill_null(found.indices, -1).to_numpy(zero_copy_only=False)
    return Coded(codes, found.dictionary.to_pylist())


def known(values: Array) -> Array:
    """An Arrow array of int64, with no value below 0, as one of NumPy with -1 in place of null."""
    return compute.fill_null(values, -1).to_numpy(zero_copy_only=False)


def texts_at(values: Sequence[str], places: Array) -> Array:
    """Texts by their places, as an Arrow array; null below 0."""
    return arrow.array(values, arrow.string()).take(arrow.array(places, arrow.int64(), mask=places < 0))


@attrs.frozen(eq=False)
class Column:
    """One column as it was given.

    Attributes:
        name: its name.
        values: an Arrow array without chunks.
    """

    name: str
    values: Array

    def coded(self, read: Callable[[Column], Array]) -> Coded[str]:
        """A column of texts by its different values, of which each is looked at once.

        Args:
            read: brings a column to one type, and refuses what is wrong with it.

        Raises:
            RowError: as ``read`` does.
        """
        if arrow.types.is_dictionary(self.values.type):
            words, places = self.values.dictionary, self.values.indices.cast(arrow.int32())
            try:
                found = read(Column(self.name, words))
            except RowError:  # which row it is
                return coded_of(read(self))
            kept = found.null_count == 0 and len(words) == compute.count_distinct(places).as_py()
            if kept and len(words) == len(compute.unique(found)):  # else a dictionary of somebody else
                return coded_of(arrow.DictionaryArray.from_arrays(places, found))
        return coded_of(read(self))

    # --- what is wrong ---

    def refuse(self, wrong: Array, problem: str, message: str) -> None:
        """Refuse the first row of a mask, if it has one.

        Args:
            wrong: true where a row is wrong; null counts as false.
            problem: the code of ``RowError``.
            message: what is wrong; ``{}`` stands for the value.

        Raises:
            RowError: a row is wrong.
        """
        row = compute.index(compute.fill_null(wrong, False), True).as_py()
        if row >= 0:
            raise RowError(row, self.name, problem, message.replace("{}", shown(self._shown(row))))

    def refuse_null(self) -> None:
        """Refuse the first row without a value.

        Raises:
            RowError: there is one.
        """
        self.refuse(compute.is_null(self.values), "null", "a value is missing")

    def _shown(self, row: int) -> Any:
        value = self.values[row]
        try:
            return value.as_py()
        except (ValueError, OverflowError, KeyError):  # beyond Python's dates, or in a zone that it has no name of
            return str(value.value)

    def _of_type(self, right: bool, wanted: str) -> None:
        """Refuse a column of another type; one without any value is of all types."""
        if not right:
            kinds, kind = arrow.types, self.values.type
            kind = kind.value_type if kinds.is_dictionary(kind) else kind  # as texts are read
            problem = "float" if kinds.is_floating(kind) else "type"
            self.refuse(compute.is_valid(self.values), problem, f"{{}} is {_named(kind)}; {wanted} are needed")

    @property
    def _empty(self) -> bool:
        return bool(self.values.null_count == len(self.values))

    # --- one type ---

    def whole_numbers(self, low: int, high: int, needed: str = "whole numbers (money in minor units)") -> Array:
        """The column as int64.

        Args:
            low: the least value that is permitted.
            high: the greatest value that is permitted, at most 2^63 - 1.
            needed: what is said to be needed where it has values of another type.

        Raises:
            RowError: it has floats, or a value beyond the bounds.
        """
        kinds, kind = arrow.types, self.values.type
        if self._empty:
            return arrow.nulls(len(self.values), arrow.int64())
        whole = kinds.is_integer(kind) or (kinds.is_decimal(kind) and kind.scale == 0)
        self._of_type(whole, needed)
        wide = self.values
        if kinds.is_decimal(kind):
            wide = self.values.cast(arrow.decimal256(76, 0))
            for bound, wrong in ((HIGH, compute.greater), (-HIGH - 1, compute.less)):
                limit = arrow.scalar(bound, arrow.int64()).cast(arrow.decimal256(76, 0))
                self.refuse(wrong(wide, limit), "range", "{} does not fit into 64 bits")
        elif kind == arrow.uint64():
            limit = arrow.scalar(HIGH, arrow.uint64())
            self.refuse(compute.greater(wide, limit), "range", "{} does not fit into 64 bits")
        numbers = wide.cast(arrow.int64())
        beyond = compute.or_kleene(compute.less(numbers, low), compute.greater(numbers, high))
        self.refuse(beyond, "range", f"{{}} is not from {low} to {high}")
        return numbers

    def texts(self, *, numbers: bool = False, empty: bool = False, longest: int = MAX_FACT_TEXT) -> Array:
        """The column as texts.

        Args:
            numbers: whether whole numbers are taken for the texts that they are written as.
            empty: whether a text may be empty.
            longest: how many characters a text may have.

        Raises:
            RowError: another type, or a text that is empty, too long or has a NUL.
        """
        kinds, kind = arrow.types, self.values.type
        if self._empty:
            return arrow.nulls(len(self.values), arrow.large_string())
        inner = kind.value_type if kinds.is_dictionary(kind) else kind
        whole = numbers and kinds.is_integer(inner)
        self._of_type(_is_text(inner) or whole, "texts or whole numbers" if numbers else "texts")
        found = self.values.cast(arrow.large_string())
        if not empty:
            self.refuse(compute.equal(found, ""), "value", "an empty text")
        self.refuse(compute.greater(compute.utf8_length(found), longest), "value", "too long a text")
        self.refuse(compute.match_substring(found, "\x00"), "value", "a text with a NUL")
        return found

    def words(self) -> Coded[tuple[str, ...]]:
        """A column of lists of texts.

        Raises:
            RowError: another type, or a word that is null, empty, too long or has a NUL.
        """
        kinds, kind = arrow.types, self.values.type
        if self._empty:
            return Coded.nothing(len(self.values))
        listed = kinds.is_list(kind) or kinds.is_large_list(kind)
        inner = kind.value_type if listed else kind
        self._of_type(listed and (_is_text(inner) or kinds.is_null(inner)), "lists of texts")
        lists = self.values.cast(arrow.large_list(arrow.large_string()))
        words = compute.list_flatten(lists)
        length = compute.utf8_length(words)
        wrong = compute.or_(compute.equal(length, 0), compute.greater(length, MAX_FACT_TEXT))
        wrong = compute.or_(wrong, compute.match_substring(words, _BETWEEN))
        place = compute.index(compute.fill_null(wrong, True), True).as_py()
        if place >= 0:
            row, word = compute.list_parent_indices(lists)[place].as_py(), words[place].as_py()
            raise RowError(row, self.name, "null" if word is None else "value", f"{shown(word)} is no word")
        coded = coded_of(compute.binary_join(lists, arrow.scalar(_BETWEEN, arrow.large_string())))
        return Coded(coded.codes, [tuple(text.split(_BETWEEN)) if text else () for text in coded.values])

    def truths(self) -> Array:
        """The column as true and false.

        Raises:
            RowError: another type.
        """
        if self._empty:
            return arrow.nulls(len(self.values), arrow.bool_())
        self._of_type(arrow.types.is_boolean(self.values.type), "true and false")
        return self.values

    def instants(self) -> Array:
        """The column as microseconds of UTC since 1970, in int64.

        Raises:
            RowError: times without a zone, or out of range.
        """
        kind = self.values.type
        if self._empty:
            return arrow.nulls(len(self.values), arrow.int64())
        self._of_type(arrow.types.is_timestamp(kind), "instants (times with a zone)")
        if kind.tz is None:
            valid = compute.is_valid(self.values)
            self.refuse(valid, "naive", "{} has no time zone; nobody knows which instant it is")
        raw, part = self.values.cast(arrow.int64()), _PARTS[kind.unit]
        last = min(_SECONDS * part - 1, HIGH)
        beyond = compute.or_kleene(compute.less(raw, 0), compute.greater(raw, last))
        self.refuse(beyond, "range", "{} is out of range (1970 to 9997)")
        micro = _PARTS["us"]
        return compute.multiply(raw, micro // part) if part <= micro else compute.divide(raw, part // micro)

    def listed_instants(self) -> tuple[Array, Array]:
        """A column of lists of instants: the row of each, and its microseconds of UTC since 1970, in NumPy's int64.

        Raises:
            RowError: another type, times that are null, without a zone or out of range.
        """
        if self._empty:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        kind = self.values.type
        self._of_type(arrow.types.is_list(kind) or arrow.types.is_large_list(kind), "lists of instants")
        rows = compute.list_parent_indices(self.values).to_numpy().astype(np.int64)
        inner = Column(self.name, compute.list_flatten(self.values))
        try:
            inner.refuse_null()
            return rows, known(inner.instants())
        except RowError as error:
            message = str(error).partition(": ")[2]
            raise RowError(int(rows[error.row]), self.name, error.problem, message) from None

    def days(self) -> Array:
        """The column as ordinals of days, in int64.

        Times without a zone are taken for days where all of them are midnights, as pandas writes days.

        Raises:
            RowError: another type, or a day out of range.
        """
        kind = self.values.type
        if self._empty:
            return arrow.nulls(len(self.values), arrow.int64())
        naive, fine = arrow.types.is_timestamp(kind) and kind.tz is None, kind == arrow.date64()
        self._of_type(arrow.types.is_date(kind) or naive, "days")
        if naive or fine:
            raw, size = self.values.cast(arrow.int64()), 86_400 * _PARTS["ms" if fine else kind.unit]
            number = compute.divide(raw, size)
            self.refuse(compute.not_equal(compute.multiply(number, size), raw), "naive", "{} is no day")
        else:
            number = self.values.cast(arrow.int32()).cast(arrow.int64())
        ordinals = compute.add(number, EPOCH)
        beyond = compute.or_kleene(compute.less(ordinals, FIRST_DAY), compute.greater(ordinals, LAST_DAY))
        self.refuse(beyond, "range", "{} is out of range (1970 to 9997)")
        return ordinals

    def one_of(self, values: Sequence[str]) -> Array:
        """The column as texts that are among these.

        Raises:
            RowError: another type, or another text.
        """
        found = self.texts(empty=True)
        known = compute.is_in(found, arrow.array(values, arrow.large_string()))
        other = compute.and_(compute.invert(known), compute.is_valid(found))
        self.refuse(other, "value", f"{{}} is none of {', '.join(values)}")
        return found


def _is_text(kind: Any) -> bool:
    kinds = arrow.types
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _named(kind: Any) -> str:
    """What a value of a type is; of one that people rarely have it is Arrow's name."""
    return "a text" if _is_text(kind) else "a float" if arrow.types.is_floating(kind) else str(kind)
