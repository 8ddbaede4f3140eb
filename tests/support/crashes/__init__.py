"""Programs that end or are killed in the middle of their work, and what is left to recover."""
