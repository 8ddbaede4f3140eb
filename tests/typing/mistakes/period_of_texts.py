"""A period is made of instants."""

from cantinekit import Period

Period("2026-03-02T14:00", "2026-03-02T15:30")  # mistake
