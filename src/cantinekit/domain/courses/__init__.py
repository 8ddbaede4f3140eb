"""Courses: sessions that meet several times, and their meetings."""
