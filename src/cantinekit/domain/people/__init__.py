"""People: the members, visitors and facilitators whom a place knows, and how they are forgotten."""
