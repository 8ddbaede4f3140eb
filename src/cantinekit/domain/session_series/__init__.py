"""Session series."""
