"""Uniques: what may exist once at a time."""
