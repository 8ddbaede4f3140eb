"""Dates: the days and times of what repeats, and why a date cannot be had."""
