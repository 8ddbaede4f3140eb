"""Orders: several things that are sold together, at a desk or in a basket; one price, one charge, one document."""
