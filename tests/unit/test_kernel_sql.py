"""The SQL of Spark as a text: what is in it, what never is, and what is refused before it is written."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    Input,
    Program,
    Scan,
    TableLookup,
    Var,
    WindowError,
    emit_spark,
    maximum,
    minimum,
    rounded,
    when,
)

LOW, HIGH = -(2**63), 2**63 - 1
X, USED = Var("x"), Var("used")


@attrs.define
class Frame:
    """What a kernel asks of a DataFrame, which answers with itself.

    Attributes:
        dtypes: its columns and their types.
        names: what its columns were renamed to, in turn.
        told: the statements.
    """

    dtypes: list[tuple[str, str]]
    names: list[tuple[str, ...]] = attrs.field(factory=list)
    told: list[str] = attrs.field(factory=list)

    @property
    def sparkSession(self) -> Frame:  # the name of Spark
        return self

    def toDF(self, *names: str) -> Frame:  # the name of Spark
        self.names.append(names)
        return self

    def sql(self, text: str, **frames: Frame) -> Frame:
        self.told.append(text.format(**dict.fromkeys(frames, "THERE")))
        return self


def program(**lets: Any) -> Program:
    """A program with a running sum per customer, and these outputs."""
    named = (("of", X * 2), *lets.items())
    return Program((Input("x", 0, 1000), Input("cold", 0, 1)), named, (*lets, "used"), (Scan("used", ("who",), "of"),))


def frame(*dtypes: tuple[str, str]) -> Frame:
    return Frame([("n", "bigint"), ("who", "string"), ("x", "int"), ("cold", "tinyint"), *dtypes])


def test_each_integer_is_a_bigint_and_is_divided_exactly() -> None:
    """Spark would compute with 32 bits where all are small, and ``/`` would be a double."""
    of = program(out=rounded(X * 7, 3) % 5, entry=TableLookup((LOW, -1, HIGH), X % 3), least=when(Var("cold"), LOW, 7))
    (text,) = emit_spark(of).frame(frame(), "n").told
    assert " div " in text
    assert " / " not in text
    assert "//" not in text
    assert f"CAST(array({LOW}, -1, {HIGH}) AS ARRAY<BIGINT>)[" in text
    # an integer stands in a cast, an array or a bound, beside the 0 of what is only asked
    left = re.sub(r"CAST\(-?\d+ AS BIGINT\)|array\([^)]*\)|BETWEEN \S+ AND \S+|X'[0-9a-f]*'|<> 0\)", "", text)
    assert not re.search(r"(?<![\w])\d", left), left


def test_each_bound_is_a_condition() -> None:
    """All inputs and priors are held, with NULL: a condition that is not true stops the query."""
    (text,) = emit_spark(program(out=X)).frame(frame(("used", "bigint")), "n", {}).told
    held = re.findall(r"CASE WHEN (\w+) BETWEEN (\S+) AND (\S+) THEN TRUE ELSE raise_error\(", text)
    assert held == [("c2", "0", "1000"), ("c3", "0", "1"), ("c4", "0", f"{2**40}"), (held[3][0], "0", f"{2**40}")]
    assert "try_sum(" in text


NAMES = ("a'b", "a`b", "a.b", 'a"b', "a\\'b", "${spark.master}", "{given}", "{", "; drop", "é\n", "row", "c0", "\ud800")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_in_the_text(name: str) -> None:
    """Names are told as hexadecimal digits in messages, and columns have our own: whatever they are called, the text is
    the same but for these digits.
    """
    texts = []
    for each in (name, "plain"):
        column, key, scan, out = f"{each} x", f"{each} k", f"{each} s", f"{each} o"
        lets = ((f"{each} w", Var(column) * 3), (out, minimum(Var(column), maximum(0, 50 - Var(scan)))))
        of = Program((Input(column, 0, 50),), lets, (out,), (Scan(scan, (key,), f"{each} w"),))
        given = Frame([(column, "bigint"), (key, "string"), (each, "date")])
        found = emit_spark(of).frame(given, each)
        assert found.names == [("c0", "c1", "c2"), (each, out)]
        assert found.told[0].isascii()
        texts.append(re.sub("X'[0-9a-f]+'", "X''", found.told[0]))
    assert texts[0] == texts[1]


def test_messages_are_those_of_the_other_engines() -> None:
    """The digits are the message in UTF-8."""
    (text,) = emit_spark(program(out=X)).frame(frame(), "n").told
    told = [bytes.fromhex(digits).decode() for digits in re.findall("X'([0-9a-f]+)'", text)]
    assert told == [
        "the column 'x' leaves its bounds, from 0 to 1000",
        "the column 'cold' leaves its bounds, from 0 to 1",
        f"scan 'used' grows beyond {2**40}",
    ]


WRONG: dict[str, tuple[list[tuple[str, str]], str, str]] = {
    "missing": ([("cold", "other")], "n", "'cold' is missing"),
    "of another case": ([("cold", "COLD")], "n", "'cold' is missing"),
    "a key": ([("who", "whom")], "n", "'who' is missing"),
    "the row": ([], "number", "'number' is missing"),
    "twice": ([("n", "x")], "x", "two columns are named 'x'"),
    "a row named like an output": ([("n", "USED")], "USED", "one name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_columns_that_are_none_are_refused(name: str) -> None:
    """A column that is missing, or is there twice, is refused before Spark is asked."""
    renamed, row, problem = WRONG[name]
    of = frame()
    of.dtypes = [(dict(renamed).get(column, column), kind) for column, kind in of.dtypes]
    with pytest.raises(InputError, match=problem):
        emit_spark(program(out=X)).frame(of, row)
    assert not of.told


@pytest.mark.parametrize("kind", ["float", "double", "decimal(18,0)", "decimal(38,0)", "string", "boolean", "date"])
def test_types_that_are_no_integers_are_refused(kind: str) -> None:
    """An input and what a key had left behind are integers of at most 64 bits."""
    for column in ("x", "used"):
        of = frame(("used", "bigint"))
        of.dtypes = [(name, kind if name == column else other) for name, other in of.dtypes]
        with pytest.raises(InputError, match=f"'{column}' is no column of integers of 64 bits"):
            emit_spark(program(out=X)).frame(of, "n")


@pytest.mark.parametrize("name", ["", "a\x00b"])
def test_a_name_that_no_column_of_sql_can_have_is_refused(name: str) -> None:
    """An output without a name, or with a NUL in it, is refused."""
    with pytest.raises(InputError, match="no column of SQL"):
        emit_spark(program(**{name: X})).frame(frame(), "n")


def test_what_is_no_running_sum_is_refused() -> None:
    """A cap of what was charged is for a fold."""
    of = program(out=minimum(X, maximum(0, 100 - USED)))
    (scan,) = of.scans
    with pytest.raises(WindowError, match="depends on itself"):
        emit_spark(attrs.evolve(of, scans=(attrs.evolve(scan, of="out"),)))
