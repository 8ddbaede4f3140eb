"""Facilitators: the people who hold sessions, each a space of capacity 1 with hours of its own."""
