"""What pages and reports ask, by noun."""
