"""Roles of people at a legal entity, from day to day: volunteers, voting members, the board."""
