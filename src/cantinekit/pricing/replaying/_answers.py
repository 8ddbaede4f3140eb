"""The columns of a result, filled row by row or many rows at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.replaying._columns import Array
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._stages import stages

FIGURES = ("base", "covered", "capped", "discounted", "gross", "net")
WAYS = ("numpy", "polars", "duckdb", "programs", "phases")
"""Who answered: columns of an engine, a program, or the phases."""
PROGRAMS, PHASES = WAYS.index("programs"), WAYS.index("phases")


_STEP = 1000
"""After so many rows it is told how many have an answer."""


@attrs.define(eq=False)
class Progress:
    """How many rows have an answer.

    Attributes:
        told: is called with how many they are so far.
        done: how many they are.
        said: how many they were when that was told last.
    """

    told: Callable[[int], None] = lambda _: None
    done: int = 0
    said: int = 0

    def more(self, rows: int) -> None:
        """Count rows that have an answer now."""
        self.done += rows
        if self.done - self.said >= _STEP:
            self.tell()

    def tell(self) -> None:
        """Tell how many they are, unless that was told."""
        if self.done > self.said:
            self.said = self.done
            self.told(self.done)


@attrs.frozen(eq=False)
class Answers:
    """The answers, by the row of the input.

    Attributes:
        parts: the tariff.
        figures: amounts and units by name, in int64; the net amount is -1 where it is not known.
        priced: whether a row has a price.
        way: the place in ``WAYS`` of who answered; -1: nobody yet.
        refusal: the place in ``codes`` of why there is no price.
        codes: the different refusals; of several refusals all codes in one text.
        progress: counts the answers.
    """

    parts: Parts
    figures: Mapping[str, Array]
    priced: Array
    way: Array
    refusal: Array
    codes: dict[str, int] = attrs.field(factory=dict)
    progress: Progress = attrs.field(factory=Progress)

    @classmethod
    def of(cls, parts: Parts, length: int, told: Callable[[int], None] = lambda _: None) -> Answers:
        """No answers yet."""
        figures = {name: np.zeros(length, np.int64) for name in FIGURES}
        way, refusal = np.full(length, -1, np.int8), np.full(length, -1, np.int32)
        return cls(parts, figures, np.zeros(length, bool), way, refusal, progress=Progress(told))

    def take(self, row: int, answer: Quote, way: int, item: str = "") -> None:
        """Note the answer to a row.

        Args:
            row: the row.
            answer: its quote, or that of its order.
            way: who answered.
            item: the id of the row in the quote of its order, of which it has its part; empty: it is the whole.
        """
        self.way[row] = way
        self.progress.more(1)
        if not answer.ok:
            self.refuse(row, answer)
            return
        self.priced[row] = True
        for column, value in zip(self.figures.values(), stages(self.parts, answer, item), strict=True):
            column[row] = value

    def refuse(self, row: int, answer: Quote) -> None:
        """Note why a row has no price."""
        text = ", ".join(dict.fromkeys(stop.code for stop in answer.refusals))
        self.refusal[row] = self.codes.setdefault(text, len(self.codes))

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How many rows were refused by the code, and how many each way answered."""
        refused = np.bincount(self.refusal[self.refusal >= 0], minlength=len(self.codes)).tolist()
        ways = np.bincount(self.way, minlength=len(WAYS)).tolist() if len(self.way) else [0] * len(WAYS)
        named = Counter(dict(zip(WAYS, ways, strict=True)))
        return dict(zip(self.codes, refused, strict=True)), dict(+named)

    def table(self, ids: Array, version: str) -> Table:
        """The answers as an Arrow table."""
        columns: dict[str, Any] = {"id": ids}
        for name, values in self.figures.items():
            missing = ~self.priced | (values < 0) if name == "net" else ~self.priced
            columns[name] = arrow.array(values, arrow.int64(), mask=missing)
        columns["tax"] = compute.subtract(columns["gross"], columns["net"])
        columns["refused"] = _texts(self.refusal, list(self.codes))
        columns["version"] = _texts(np.zeros(len(self.way), "int32"), [version])
        columns["way"] = _texts(self.way, WAYS)
        return arrow.table(columns)


def _texts(codes: Array, values: Sequence[str]) -> Any:
    """Texts by their places; null where there is none."""
    places = arrow.array(codes, arrow.int32(), mask=codes < 0)
    return arrow.DictionaryArray.from_arrays(places, arrow.array(values, arrow.string()))
