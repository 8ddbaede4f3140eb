"""Passes, and the entitlements that they give."""
