"""Facilitators: the persons who hold sessions."""
