"""Catalogue: the products that a legal entity sells, and the price lists that hold their prices."""
