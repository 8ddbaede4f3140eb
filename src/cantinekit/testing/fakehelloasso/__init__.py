"""A fake of HelloAsso's API (v5), over HTTP: tokens, pages, payments, whole refunds, faults and notifications.

It knows the part of the API that ``helloasso://`` uses, in the shapes that HelloAsso publishes, and refuses what it
does not know. It needs nothing but the library. What HelloAsso itself does, it cannot prove.
"""

from __future__ import annotations

from cantinekit.testing.fakehelloasso._server import CLIENT_ID, CLIENT_SECRET, SLUG, FakeHelloAsso, signed
from cantinekit.testing.fakehelloasso.book import AssociationBook
from cantinekit.testing.fakeserver import Fault

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "SLUG", "AssociationBook", "FakeHelloAsso", "Fault", "signed"]
