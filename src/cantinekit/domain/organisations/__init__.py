"""Organisations: companies, associations, public bodies and households that buy for people; and who belongs to them."""
