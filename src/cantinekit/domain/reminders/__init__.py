"""Reminders: a message some time before a booking begins, before a session, and before a pass ends."""
