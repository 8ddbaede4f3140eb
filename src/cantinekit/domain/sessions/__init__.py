"""Sessions: dated meetings of a workshop, with seats and a waiting list."""
