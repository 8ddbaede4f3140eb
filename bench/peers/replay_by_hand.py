"""The price list of ``bench/replay.py`` written by hand for Polars and for DuckDB, by somebody who knows it by heart.

They check nothing, know no other list, and leave no meters behind.
"""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from peers.hand_columns import CAP, CATEGORIES, PRICES, ROOMS


def by_polars(usages: pl.DataFrame, carnets: pl.DataFrame) -> pl.DataFrame:
    """All figures, in the order of the usages; ``carnets`` has the units of each customer."""
    whole, text = pl.Int64, pl.col("room")
    room = text.replace_strict(ROOMS, range(4), return_dtype=whole)
    category = pl.col("category").replace_strict(CATEGORIES, range(4), return_dtype=whole)
    local = pl.col("start").dt.convert_time_zone("Europe/Paris")
    before = pl.col("wanted").cum_sum().over("customer") - pl.col("wanted")
    left = (pl.col("units").fill_null(0) - before).clip(0)
    weekend, evening = pl.col("weekday") >= 6, pl.col("hour") >= 18
    share = pl.when(weekend).then(25).when(evening).then(16).otherwise(20)
    paid = pl.col("amount").cum_sum().over("customer", "day", "room") - pl.col("amount")
    gross = pl.min_horizontal(pl.col("amount"), (CAP - paid).clip(0))
    priced = (
        usages.lazy()
        .with_row_index("row")
        .join(carnets.lazy(), on="customer", how="left", maintain_order="left")
        .sort("start", "id")
        .with_columns(
            price=pl.lit(pl.Series(PRICES, dtype=whole)).gather(room * 4 + category),
            day=local.dt.date(),
            weekday=local.dt.weekday(),
            hour=local.dt.hour(),
            wanted=pl.when(text == "s").then(pl.col("count")).otherwise(0),
        )
        .with_columns(covered=pl.min_horizontal(pl.col("wanted"), left))
        .with_columns(base=pl.col("price") * (pl.col("count") - pl.col("covered")))
        .with_columns(amount=(pl.col("base") * share + 10) // 20)
        .with_columns(gross=gross)
        .with_columns(net=(pl.col("gross") * 5 + 3) // 6)
        .select(
            "row",
            "id",
            "base",
            "covered",
            (pl.col("amount") - pl.col("gross")).alias("capped"),
            (pl.col("base") - pl.col("amount")).alias("discounted"),
            "gross",
            "net",
            (pl.col("gross") - pl.col("net")).alias("tax"),
        )
        .sort("row")
        .drop("row")
    )
    return priced.collect()


SQL = f"""
WITH timed AS (
  SELECT u.*, coalesce(c.units, 0) AS units, timezone('Europe/Paris', u.start) AS local,
    ({list(PRICES)}::BIGINT[])[
      list_position({list(ROOMS)}, room) * 4 + list_position({list(CATEGORIES)}, category) - 4] AS price,
    CASE WHEN room = 's' THEN count ELSE 0 END AS wanted
  FROM usages u LEFT JOIN carnets c USING (customer)
), covering AS (
  SELECT *, least(wanted, greatest(units - coalesce(sum(wanted) OVER (PARTITION BY customer ORDER BY start, id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0))::BIGINT AS covered FROM timed
), rated AS (
  SELECT *, price * (count - covered) AS base, CASE WHEN isodow(local) >= 6 THEN 25 WHEN hour(local) >= 18 THEN 16
    ELSE 20 END AS share FROM covering
), discounted AS (SELECT *, (base * share + 10) // 20 AS amount FROM rated
), capped AS (
  SELECT *, least(amount, greatest({CAP} - coalesce(sum(amount) OVER (PARTITION BY customer, local::DATE, room
    ORDER BY start, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0))::BIGINT AS gross FROM discounted
), taxed AS (SELECT *, (gross * 5 + 3) // 6 AS net FROM capped)
SELECT id, base, covered, amount - gross AS capped, base - amount AS discounted, gross, net, gross - net AS tax
FROM taxed ORDER BY id
"""


def by_duckdb(usages: pa.Table, carnets: pa.Table) -> Any:
    """All figures as an Arrow table, in the order of the ids."""
    with duckdb.connect() as connection:
        connection.register("usages", usages)
        connection.register("carnets", carnets)
        return connection.sql(SQL).to_arrow_table()
