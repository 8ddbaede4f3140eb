"""The price list of ``bench/replay.py`` written by hand in windows of Spark SQL, and the state that it leaves; the zone
of the session is that of the list.
"""

from __future__ import annotations

from typing import Any

from peers.replay_by_hand import CAP, PRICES

SQL = f"""
WITH timed AS (
  SELECT u.*, coalesce(c.units, 0L) AS units, to_date(start) AS day,
    element_at(array({", ".join(f"{price}L" for price in PRICES)}), cast(
      array_position(array('s', 'm', 'l', 'xl'), room) * 4
      + array_position(array('visitor', 'member', 'student', 'resident'), category) - 4 AS int)) AS price,
    CASE WHEN room = 's' THEN count ELSE 0L END AS wanted
  FROM {{usages}} u LEFT JOIN {{carnets}} c USING (customer)
), covering AS (
  SELECT *, least(wanted, greatest(units - coalesce(sum(wanted) OVER (PARTITION BY customer ORDER BY start, id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0L), 0L)) AS covered FROM timed
), rated AS (
  SELECT *, price * (count - covered) AS base, CASE WHEN weekday(day) >= 5 THEN 25 WHEN hour(start) >= 18 THEN 16
    ELSE 20 END AS share FROM covering
), discounted AS (SELECT *, (base * share + 10) div 20 AS amount FROM rated
), capped AS (
  SELECT *, least(amount, greatest({CAP} - coalesce(sum(amount) OVER (PARTITION BY customer, day, room
    ORDER BY start, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0L), 0L)) AS gross FROM discounted
), taxed AS (SELECT *, (gross * 5 + 3) div 6 AS net FROM capped)
SELECT id, base, covered, amount - gross AS capped, base - amount AS discounted, gross, net, gross - net AS tax{{more}}
FROM taxed
"""
METERS = """
SELECT customer, concat('cap/town/half/day/person=', customer, '/room=', room, '/day=', day) AS meter,
  sum(gross) AS used
FROM {priced} GROUP BY customer, room, day HAVING sum(gross) > 0
"""
REPORT = """
SELECT product, sum(times) AS rows, sum(priced) AS priced, max(times) AS most FROM (
  SELECT id, any_value(product) AS product, count(*) AS times, count(gross) AS priced FROM {priced} GROUP BY id
) GROUP BY product
"""
LOTS = """
SELECT customer, c.units - coalesce(used, 0L) AS left
FROM {carnets} c LEFT JOIN (SELECT customer, sum(covered) AS used FROM {priced} GROUP BY customer) USING (customer)
"""


def by_spark(usages: Any, carnets: Any, more: str = "") -> Any:
    """All figures as a DataFrame; ``carnets`` has the units of each customer, and ``more`` names further columns."""
    return usages.sparkSession.sql(SQL.replace("{more}", more), usages=usages, carnets=carnets)


def with_report(usages: Any, carnets: Any) -> Any:
    """The figures, which Spark keeps, with what a replay counts and checks beside them: how many rows of each product
    there are and how many have a price, and that no id comes twice.
    """
    priced = by_spark(usages, carnets, ", product").persist()
    if any(one.most > 1 for one in usages.sparkSession.sql(REPORT, priced=priced).collect()):
        raise ValueError("an id comes twice")
    return priced


def with_state(usages: Any, carnets: Any) -> tuple[Any, Any, Any]:
    """The figures, which Spark keeps, and what is counted and left of the carnets afterwards."""
    priced, spark = by_spark(usages, carnets, ", customer, room, day").persist(), usages.sparkSession
    return priced, spark.sql(METERS, priced=priced), spark.sql(LOTS, priced=priced, carnets=carnets)
