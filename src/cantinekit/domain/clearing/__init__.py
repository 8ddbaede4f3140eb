"""Clearing: what legal entities owe each other for units that one sold and another one served."""
