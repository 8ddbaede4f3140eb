"""Sponsorships: somebody else pays a share of what a person buys."""
