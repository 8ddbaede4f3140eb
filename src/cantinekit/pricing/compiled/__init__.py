"""Products as integer programs: what the phases do, compiled; the interpreter answers what a program cannot.

A program gives amounts only. Whatever has no price, or needs what the program does not know, is asked of the phases,
which also make every explanation. Both give the same quote.
"""

from __future__ import annotations

from cantinekit.pricing.compiled._product import Compiled, compile_product
from cantinekit.pricing.compiled._quote import Programs

__all__ = ["Compiled", "Programs", "compile_product"]
