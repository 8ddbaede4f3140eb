"""The list of ``engines.py`` by hand: what somebody writes who knows Polars or SQL well, for this one list."""

from __future__ import annotations

from typing import Any

ROOMS, CATEGORIES = ("s", "m", "l", "xl"), ("visitor", "member", "student", "resident")
PRICES = (800, 650, 500, 700, 1200, 990, 800, 1100, 2000, 1700, 1450, 1800, 3500, 3000, 2600, 3200)
"""In cents, by room and category."""
CAP, EVENING = 2_500, 18 * 60
FIGURES = ("covered", "capped", "discounted", "gross", "net")


def by_polars(pl: Any, usages: Any) -> Any:
    """A lazy frame of usages in the order of time, with the figures; sums over the keys are windows."""
    col = pl.col
    return (
        usages.with_columns(
            price=pl.lit(pl.Series(PRICES)).gather(col("room") * 4 + col("category")),
            needed=pl.when(col("room") == 0).then(col("count")).otherwise(0),
            percent=pl.when(col("day") % 7 % 6 == 0)
            .then(125)
            .otherwise(pl.when(col("minute") >= EVENING).then(80).otherwise(100)),
        )
        .with_columns(before=col("needed").cum_sum().over("member") - col("needed"))
        .with_columns(covered=pl.min_horizontal("needed", (col("start") - col("before")).clip(lower_bound=0)))
        .with_columns(base=(col("count") - col("covered")) * col("price"))
        .with_columns(whole=(col("base") * col("percent") + 50) // 100)
        .with_columns(used=col("whole").cum_sum().over("member", "day") - col("whole"))
        .with_columns(gross=pl.min_horizontal("whole", (CAP - col("used")).clip(lower_bound=0)))
        .select(
            "covered",
            "gross",
            capped=col("whole") - col("gross"),
            discounted=col("base") - col("whole"),
            net=(col("gross") * 5 + 3) // 6,
        )
    )


BY_DUCKDB = f"""
WITH a AS (
  SELECT id, member, day, start, count,
    ({list(PRICES)}::BIGINT[])[room * 4 + category + 1] AS price,
    CASE WHEN room = 0 THEN count ELSE 0 END AS needed,
    CASE WHEN day % 7 % 6 = 0 THEN 125 WHEN minute >= {EVENING} THEN 80 ELSE 100 END AS percent
  FROM usages
), b AS (
  SELECT *, sum(needed) OVER (PARTITION BY member ORDER BY id ROWS UNBOUNDED PRECEDING)::BIGINT - needed AS before
  FROM a
), c AS (
  SELECT *, least(needed, greatest(start - before, 0)) AS covered FROM b
), d AS (
  SELECT *, (count - covered) * price AS base FROM c
), e AS (
  SELECT *, (base * percent + 50) // 100 AS whole FROM d
), f AS (
  SELECT *, sum(whole) OVER (PARTITION BY member, day ORDER BY id ROWS UNBOUNDED PRECEDING)::BIGINT - whole AS used
  FROM e
), g AS (
  SELECT *, least(whole, greatest({CAP} - used, 0)) AS gross FROM f
)
SELECT id, covered, whole - gross AS capped, base - whole AS discounted, gross, (gross * 5 + 3) // 6 AS net FROM g
"""
BY_SPARK = f"""
WITH a AS (
  SELECT id, member, day, start, count,
    element_at(array({", ".join(f"{price}L" for price in PRICES)}), CAST(room * 4 + category + 1 AS INT)) AS price,
    CASE WHEN room = 0 THEN count ELSE 0L END AS needed,
    CASE WHEN day % 7 % 6 = 0 THEN 125 WHEN minute >= {EVENING} THEN 80 ELSE 100 END AS percent
  FROM {{usages}}
), b AS (
  SELECT *, sum(needed) OVER (PARTITION BY member ORDER BY id ROWS UNBOUNDED PRECEDING) - needed AS before FROM a
), c AS (
  SELECT *, least(needed, greatest(start - before, 0L)) AS covered FROM b
), d AS (
  SELECT *, (count - covered) * price AS base FROM c
), e AS (
  SELECT *, (base * percent + 50) div 100 AS whole FROM d
), f AS (
  SELECT *, sum(whole) OVER (PARTITION BY member, day ORDER BY id ROWS UNBOUNDED PRECEDING) - whole AS used FROM e
), g AS (
  SELECT *, least(whole, greatest({CAP} - used, 0L)) AS gross FROM f
)
SELECT id, covered, whole - gross AS capped, base - whole AS discounted, gross, (gross * 5 + 3) div 6 AS net FROM g
"""
