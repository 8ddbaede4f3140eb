"""Facilitators."""
