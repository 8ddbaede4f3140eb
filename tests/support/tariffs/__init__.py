"""Price lists for tests: files, random ones, every key of the format, and slow readings."""
