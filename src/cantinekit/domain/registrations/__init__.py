"""Registrations: seats at sessions, and ranks on the waiting list."""
