"""Places: the addresses where people work, the legal entities that operate them, and their opening hours."""
