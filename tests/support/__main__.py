"""Runs a module of this package as a program: ``python tests/support races.attempts URL 0 5``."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # not this folder, whose modules would hide others of the same name
    runpy.run_module(f"support.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
