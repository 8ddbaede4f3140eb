"""The rules of spaces: which of them a booking breaks, and the overrides by which staff break them knowingly."""
