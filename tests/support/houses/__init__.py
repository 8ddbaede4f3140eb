"""Houses that are set up for tests, and what tests ask of them."""
