"""Feeds: the secret addresses behind which people find their own calendar."""
