"""Attendance: who was at a session, and what people have learnt there."""
