"""Registrations: seats at sessions, the waiting list, and what becomes of both."""
