"""A pool of connections for a store on a server: bounded, first come, first served, never across a fork.

``Lender(open_one, close_one, healthy, usable=..., limits=Limits(...))`` is what the stores of the library use.
"""

from cantinekit.backends._lending import Lender, Limits

__all__ = ["Lender", "Limits"]
