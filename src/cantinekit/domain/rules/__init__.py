"""Rules: the overrides by which staff knowingly break the opening hours or the terms of a space."""
