"""Stores around other stores, and files of SQLite: their writers and cuts of power."""
