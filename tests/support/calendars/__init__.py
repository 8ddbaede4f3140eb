"""Texts of calendars, random recurrence rules, and a slow reading of them."""
