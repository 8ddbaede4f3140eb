"""A payment provider that keeps no idempotency key: whoever asks twice, pays or is paid twice."""

from __future__ import annotations

import attrs

from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import GatewayError
from cantinekit.urls import Secret


class Forgets(FakeGateway):
    """A provider without keys: each charge or refund is a new one; ``lookup`` tells the sums of ours."""

    def __init__(self):
        super().__init__(secrets=[Secret("whsec")])
        self.away = self.loses = False
        self.asked = 0

    def _do(self, work, request, **change):
        if self.away:
            raise GatewayError("away", retryable=True)
        self.asked += 1
        result = work(attrs.evolve(request, key=f"{request.key}#{self.asked}", **change))
        if self.loses:
            self.loses = False
            raise GatewayError("the answer was lost", retryable=True)
        return result

    def charge(self, request):
        return self._do(super().charge, request)

    def refund(self, request):
        return self._do(super().refund, request, charge_key=self._mine(request.charge_key)[0].key, reference="")

    def lookup(self, key):
        if self.away:
            raise GatewayError("away", retryable=True)
        mine = self._mine(key)
        seen = super().lookup(mine[0].key) if mine else None
        return seen and attrs.evolve(seen, key=key)

    def _mine(self, key):
        return [one for one in self.charges if one.key.partition("#")[0] == key]

    def sums(self):
        return sum(one.captured for one in self.charges), sum(one.refunded for one in self.charges)
