"""Uniques."""
