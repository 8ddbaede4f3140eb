"""Courses: sessions that meet on several dates with one registration, and these meetings."""
