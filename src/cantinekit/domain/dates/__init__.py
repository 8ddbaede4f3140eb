"""Dates of what repeats, of bookings, sessions or meetings: their days, their times, and why one cannot be had."""
