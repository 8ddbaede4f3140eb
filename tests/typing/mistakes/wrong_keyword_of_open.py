"""Gateways are opened by ``payments``."""

from cantinekit import Cantine

Cantine.open("memory://", payment="manual://")  # mistake
