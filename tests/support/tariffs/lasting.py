"""Random contracts: plans of price lists that are renewed or not, with units that are given again or not."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

STARTS = (
    date(2027, 12, 31),
    date(2028, 1, 29),
    date(2028, 1, 31),
    date(2028, 2, 29),
    date(2028, 3, 26),  # the clock goes forward
    date(2027, 10, 31),  # the clock goes back
    date(2028, 3, 1),
    date(2028, 5, 16),
)
VALIDS = (
    "",
    'valid = { month = "calendar" }\nprorate = { rule = "both ends", of = "days of the month" }\n',
    'valid = { lasts = "1 month", ends = "the day before" }\n',
    'valid = { lasts = "10 days", first_day = "counts" }\n',
)
RATES = (
    "rate = { price = 31.00 }",
    'rate = [{ when = { holds = "plan" }, price = 20.00 }, { price = 31.00 }]',
    "rate = { lists = [{ from = 2020-01-01, price = 31.00 }, { from = 2028-03-15, price = 33.00 }] }",
)


@st.composite
def contracts(draw: st.DrawFn) -> str:
    """A plan with a contract, at times with units."""
    period = draw(st.sampled_from(["1 month", "2 months", "2 weeks", "10 days", "1 year"]))
    months = "month" in period or "year" in period
    ends = draw(st.sampled_from(["period end", "month end"])) if months else "period end"
    renewals = ["tacit, same period", "none", *(["monthly"] if months else [])]
    renewal = draw(st.sampled_from(renewals))
    term = f'period = "{period}", minimum = {draw(st.integers(1, 3))}, renewal = "{renewal}", ends = "{ends}"'
    if renewal != "none" and draw(st.booleans()):
        word = draw(st.sampled_from(["counts", "does not count"]))
        notice = draw(st.sampled_from(["1 month", "14 days", "1 week"]))
        term += f', notice = "{notice}", notice_day = "{word}"'
    if ends == "month end" and draw(st.booleans()):
        term += ', stub = "does not count"'
    grants = []
    for number in range(draw(st.integers(0, 2))):
        words = draw(st.sampled_from(["week", "month", "year", ""]))
        more = f', renews = "{words}", rollover = {str(draw(st.booleans())).lower()}' if words else ""
        grants.append(f'{{ account = "a{number}", unit = "piece", units = {draw(st.integers(1, 9))}{more} }}')
    day = draw(st.sampled_from(["purchase", "start", "renewal"]))
    return (
        f'[product.plan]\nsells = "plan"\nprice_date = "{day}"\n{draw(st.sampled_from(RATES))}\n'
        f"{draw(st.sampled_from(VALIDS))}term = {{ {term} }}\ngrant = [{', '.join(grants)}]\n"
    )


BY_THE_DAY = 'prorate = { rule = "both ends", of = "days of the period" }\n'
CALENDARS = (
    'valid = { month = "calendar" }\nprorate = { rule = "both ends", of = "days of the month" }\n',
    f'valid = {{ lasts = "1 month", ends = "the day before" }}\n{BY_THE_DAY}',
    f'valid = {{ lasts = "10 days", first_day = "counts" }}\n{BY_THE_DAY}',
    'valid = { lasts = "1 month", ends = "the day before" }\n',
    "",
)


@st.composite
def plans(draw: st.DrawFn) -> str:
    """Three plans of the same periods, ``a``, ``b`` and ``c``, at other prices and with other units, and a day."""
    calendar = draw(st.sampled_from(CALENDARS))
    stub = ', stub = "does not count"' if "calendar" in calendar and draw(st.booleans()) else ""
    ends = "month end" if stub else "period end"
    found = []
    for name in ("a", "b", "c"):
        term = f'period = "1 month", minimum = {draw(st.integers(1, 2))}, renewal = "monthly", ends = "{ends}"{stub}'
        word = draw(st.sampled_from(["week", "month", ""]))
        more = f', renews = "{word}", rollover = {str(draw(st.booleans())).lower()}' if word else ""
        units = draw(st.integers(1, 9))
        found.append(
            f'[product.{name}]\nsells = "plan"\nrate = {{ price = {draw(st.integers(0, 90))}.00 }}\n{calendar}'
            f"term = {{ {term} }}\n"
            f'grant = {{ account = "days", unit = "day", units = {units}{more} }}\n'
        )
    day = 'cover = { by = "days", unit = "piece" }\nbeyond = "refuse"\nrate = { price = 20.00, per = "piece" }\n'
    return "".join([*found, f"[product.day]\n{day}"])
