"""Passes: what is sold in advance, and the entitlements that it gives."""
