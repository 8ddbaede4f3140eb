"""The events: frozen, in the past tense. The journal is made of them, and domain records of nothing else."""

from __future__ import annotations

from cantinekit.domain.attendance.events import *
from cantinekit.domain.base import EVENTS as EVENTS
from cantinekit.domain.base import Event as Event
from cantinekit.domain.bills.events import *
from cantinekit.domain.booking_series.events import *
from cantinekit.domain.bookings.events import *
from cantinekit.domain.books.events import *
from cantinekit.domain.catalogue.events import *
from cantinekit.domain.clearing.events import *
from cantinekit.domain.courses.events import *
from cantinekit.domain.debits.events import *
from cantinekit.domain.directory.events import *
from cantinekit.domain.documents.events import *
from cantinekit.domain.feeds.events import *
from cantinekit.domain.gifts.events import *
from cantinekit.domain.imports.events import *
from cantinekit.domain.occupancy.events import *
from cantinekit.domain.orders.events import *
from cantinekit.domain.organisations.events import *
from cantinekit.domain.passes.events import *
from cantinekit.domain.payments.events import *
from cantinekit.domain.people.events import *
from cantinekit.domain.places.events import *
from cantinekit.domain.registrations.events import *
from cantinekit.domain.reminders.events import *
from cantinekit.domain.roles.events import *
from cantinekit.domain.rules.events import *
from cantinekit.domain.sales.events import *
from cantinekit.domain.session_series.events import *
from cantinekit.domain.sessions.events import *
from cantinekit.domain.spaces.events import *
from cantinekit.domain.sponsorships.events import *
from cantinekit.domain.uniques.events import *
from cantinekit.domain.visits.events import *
from cantinekit.domain.workshops.events import *
