"""The command line: one module per subcommand, each with ``add(subparsers)`` and ``run(args)``.

Exit codes: 0 all is well, 1 problems were found and listed, 2 it could not be done (one line says why).
"""

from __future__ import annotations

from cantinekit.cli._main import main

__all__ = ["main"]
