"""Gifts: what one buys, and whoever has the code of it claims."""
