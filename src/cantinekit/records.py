"""The records: frozen values, each with its kind and its id."""

from __future__ import annotations

from cantinekit.domain.attendance.records import *
from cantinekit.domain.base import KINDS as KINDS
from cantinekit.domain.base import Record as Record
from cantinekit.domain.base import Subject as Subject
from cantinekit.domain.base import kinds_of_person as kinds_of_person
from cantinekit.domain.bills.records import *
from cantinekit.domain.booking_series.records import *
from cantinekit.domain.bookings.records import *
from cantinekit.domain.books.records import *
from cantinekit.domain.catalogue.records import *
from cantinekit.domain.clearing.records import *
from cantinekit.domain.courses.records import *
from cantinekit.domain.dates.fields import MAX_SERIES_DATES as MAX_SERIES_DATES
from cantinekit.domain.dates.records import *
from cantinekit.domain.debits.records import *
from cantinekit.domain.directory.records import *
from cantinekit.domain.documents.records import *
from cantinekit.domain.feeds.records import *
from cantinekit.domain.gifts.records import *
from cantinekit.domain.imports.records import *
from cantinekit.domain.occupancy.records import *
from cantinekit.domain.operations.records import *
from cantinekit.domain.orders.records import *
from cantinekit.domain.organisations.records import *
from cantinekit.domain.passes.records import *
from cantinekit.domain.payments.records import *
from cantinekit.domain.people.records import *
from cantinekit.domain.places.openings import *
from cantinekit.domain.places.records import *
from cantinekit.domain.registrations.records import *
from cantinekit.domain.roles.records import *
from cantinekit.domain.rules.records import *
from cantinekit.domain.sales.records import *
from cantinekit.domain.session_series.records import *
from cantinekit.domain.sessions.records import *
from cantinekit.domain.spaces.records import *
from cantinekit.domain.spaces.slots import *
from cantinekit.domain.spaces.terms import *
from cantinekit.domain.sponsorships.records import *
from cantinekit.domain.uniques.records import *
from cantinekit.domain.visits.records import *
from cantinekit.domain.workshops.admission import *
from cantinekit.domain.workshops.records import *
