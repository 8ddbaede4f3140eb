"""A program as SQL of Spark. No name and no message that is given is written into the text: by its settings Spark looks
for escapes and variables in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._ir import Program
from cantinekit.pricing.kernel._sql import Dialect, Statement
from cantinekit.pricing.kernel._windows import WindowPlan, window_plan

STEPS = 15
"""The most steps of a statement: Spark goes through its rules once for each of them, and at most a hundred times."""


def _text(value: str) -> str:
    return f"CAST(X'{value.encode('utf-8', 'replace').hex()}' AS STRING)"


DIALECT = Dialect(
    entry="CAST(array({}) AS ARRAY<BIGINT>)[{}]", divided="div", total="try_sum", error="raise_error",
    text=_text, texts=r"(STRING|VARCHAR|CHAR)\b.*", written="CAST({} AS BINARY)",
)  # fmt: skip


@attrs.frozen(eq=False)
class SparkKernel:
    """A program over rows of Spark.

    Attributes:
        plan: the program as steps.
    """

    plan: WindowPlan

    def frame(self, rows: Any, row: str, columns: Mapping[str, str] | None = None) -> Any:
        """The outputs as a DataFrame of the same session, with the column that orders the rows, in no order.

        Nothing is computed before it is asked for. Then a row whose column leaves its bounds or is null (whether an
        output needs it or not), and a scan that grows beyond its limit, are errors of Spark, whatever
        ``spark.sql.ansi.enabled`` says. Texts in keys and in the column that orders the rows are compared by their
        bytes, whatever collation they have.

        Args:
            rows: a DataFrame with columns for the inputs and the keys; and where it has a column named like a scan,
                what its key had left behind before all rows.
            row: the column that orders the rows; it is different in all of them.
            columns: the column of an input, a key or a scan, where it is not named like it.

        Raises:
            InputError: a column is missing, is there twice, is not of integers or is nested, or the outputs have no
                names that columns can have.
        """
        kinds = [(name, kind.upper()) for name, kind in rows.dtypes]
        statement = Statement.of(DIALECT, self.plan, kinds, row, dict(columns or {}))
        places = {name: f"c{place}" for place, (name, _) in enumerate(kinds)}
        found = rows.toDF(*(f"c{place}" for place in range(len(kinds))))
        for text in statement.query("{given}", places.__getitem__).piped(STEPS):
            found = rows.sparkSession.sql(text, given=found)
        return found.toDF(row, *self.plan.results)


@cached
def emit_spark(program: Program) -> SparkKernel:
    """Compile to SQL of Spark; the kernel needs a DataFrame of Spark and nothing else.

    The SQL is a pipe (``|>``), which Spark reads from version 4.0 on; where ``spark.sql.operatorPipeSyntaxEnabled`` is
    off, that is an error of Spark.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself, or an intermediate can leave what Spark computes exactly.
    """
    return SparkKernel(window_plan(program))
