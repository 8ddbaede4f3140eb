"""Uniques: what may exist once at a time, and who holds it."""
