"""Workshops: what the programme offers, and who may register for it."""
