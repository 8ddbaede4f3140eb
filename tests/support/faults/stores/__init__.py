"""Stores with one planted fault each, and the table of the promises that each fault breaks."""
