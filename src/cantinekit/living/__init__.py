"""Living a price list: each of its worked examples is carried out in a house in memory, and compared.

``live`` does it. ``asking`` makes a plan of an example, ``house`` has the houses, ``selling`` carries the plan out, and
``comparing`` reads what the house keeps of it.
"""

from cantinekit.living.lived import LivedExample, live

__all__ = ["LivedExample", "live"]
