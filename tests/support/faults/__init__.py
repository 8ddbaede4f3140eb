"""Backends and pricing rules with one planted fault each: what the conformance kits have to find."""
