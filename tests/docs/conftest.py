"""The pages import the small house of the examples; a reader downloads it beside them."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = str(Path(__file__).parents[2] / "docs" / "examples")
if EXAMPLES not in sys.path:
    sys.path.insert(0, EXAMPLES)
