"""Products as integer programs: what the phases do, compiled; the interpreter answers what a program cannot.

A program gives the quote, and a twin of it the reasons. Whatever has no price, or needs what the program does not
know, is asked of the phases. Both give the same quote and the same reasons.
"""

from __future__ import annotations

from cantinekit.pricing.compiled._product import Compiled, compile_product
from cantinekit.pricing.compiled._quote import Programs

__all__ = ["Compiled", "Programs", "compile_product"]
