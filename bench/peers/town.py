"""The price list of the benches of a replay: a carnet, a weekend and an evening, a daily cap, VAT."""

from __future__ import annotations

_LIST = """
[tariff]
id = "town"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
[tax.standard]
rates = { from = 2014-01-01, rate = "20%" }
[facts]
category = ["visitor", "member", "student", "resident"]
room = ["s", "m", "l", "xl"]
[product.half]
price_date = "use"
rate = [{ by = ["room", "category"], columns = ["visitor", "member", "student", "resident"], rows = [
  ["s", 8.00, 6.50, 5.00, 7.00], ["m", 12.00, 9.90, 8.00, 11.00],
  ["l", 20.00, 17.00, 14.50, 18.00], ["xl", 35.00, 30.00, 26.00, 32.00]] }]
cover = { by = "carnet", unit = "entry", partial = true, when = { room = "s" } }
beyond = "rate"
adjust = [
  { together = "first", rules = [
    { id = "weekend", percent = "+25%", when = { weekday = ["sat", "sun"] } },
    { id = "evening", percent = "-20%", when = { clock = "18:00-24:00" } } ] },
  { together = "all in order", rules = [{ id = "day", at_most = 25, same = SAME }] },
]
"""


def town(*same: str) -> str:
    """The list, with its cap by what is named.

    Args:
        same: what a cap is counted by, such as "person" and "day".
    """
    return _LIST.replace("SAME", "[" + ", ".join(f'"{one}"' for one in same) + "]")
