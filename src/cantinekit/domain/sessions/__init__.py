"""Sessions of workshops: planned meetings with seats, and courses as a whole."""
