"""The price lists that tests read, and a small one with a bit of everything."""

from __future__ import annotations

from pathlib import Path

import cantinekit

FOLDER = Path(__file__).parents[2] / "tariffs"
DEMO = Path(cantinekit.__file__).parent / "demo" / "data" / "tariff.toml"
FILES = [*sorted(FOLDER.glob("*.toml")), DEMO]

HOUSE = """
[tariff]
id = "house"
name = "The house"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
price_date = "use"

[facts]
category = ["visitor", "student"]
student-card = "yes/no"
days = "decimal"
persons = "number"
budget = "money"
note = "text"
extras = { set = ["coffee", "screen"] }
count_of_keys = "number"
lang = ["fr", "en"]

[tax.standard]
rates = [{ from = 2014-01-01, rate = "20%" }]

[opening]
hours = [{ days = ["mon", "tue", "wed"], open = ["09:00-19:00"] }, { days = ["sat"], open = ["10:00-12:00"] }]

[product.half-day]
name = "Half a day"
measure = { unit = "half-day", every = "5h", at_most = 2 }
cover = [{ by = "carnet", unit = "half-day", partial = true }]
beyond = "rate"
rate = [
  { when = { category = "student" }, per = "half-day", lists = [
    { from = 2025-01-01, price = 6.00 },
    { from = 2026-01-01, price = 7.00 },
  ] },
  { price = 10.00, per = "half-day" },
]
adjust = [
  { id = "day", at_most = 15.00, same = ["person", "day"] },
  { id = "Saturday", when = { starts = { weekday = ["sat"] } }, add = 2.00 },
]

[product.room]
name = "Room"
asks = ["persons"]
eligible = [{ id = "full", when = { persons = { from = 13 } }, refuse = "over_capacity", why = "12 persons" }]
rate = { upto = [{ upto = "4h", price = 50.00, per = "1h", started = true }, { price = 180.00 }] }
cancel = { delay = { unit = "day" }, keep = [{ from = 7, percent = "0%" }, { from = 0, percent = "50%" }], fee = 5.00 }
deposit = { id = "keys", price = 20.00 }

[product.shelf]
name = "Shelf"
rate = { by = ["category", "lang"], columns = ["fr", "en"], rows = [["visitor", 3.00, 4.00], ["student", 2.00, "-"]] }

[product.carnet]
name = "Carnet"
sells = "grant"
needs = { product = "membership", add = true }
rate = { price = 80.00 }
grant = { account = "carnet", unit = "half-day", units = 10 }
valid = { lasts = "6 months", ends = "the day before" }

[product.membership]
name = "Membership"
sells = "membership"
rate = { price = 20.00 }
valid = { year = "calendar" }

[product.month]
name = "Month"
sells = "plan"
rate = { refuse = "on_quote", why = "ask at the desk" }

[product.month.term]
period = "1 month"
minimum = 3
renewal = "tacit, same period"
ends = "period end"
notice = "1 month"
notice_day = "does not count"

[coupon.SPRING]
percent = "-10%"
until = 2026-06-30

[examples]
defaults = { day = 2026-11-24, category = "visitor" }
list = [
  { id = "one half", product = "half-day", at = ["09:00-12:00"], gross = 10.00 },
  { id = "a student", product = "half-day", at = ["09:00-12:00"], category = "student", gross = 7.00 },
  { id = "two halves are a day", product = "half-day", at = ["09:00-18:00"], gross = 15.00 },
  { id = "three hours of the room", product = "room", hours = 3, persons = 4, gross = 150.00 },
  { id = "thirteen persons", product = "room", hours = 3, persons = 13, refused = "over_capacity" },
]
"""
