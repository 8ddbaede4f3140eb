"""A weekday is a number: 0 is Monday."""

from datetime import time

from cantinekit.records import FixedSlot

FixedSlot(time(9), time(12), weekdays=["monday"])  # mistake
