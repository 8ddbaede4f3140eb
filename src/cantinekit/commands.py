"""The commands: one frozen value for each thing that a person can do, and the few that the system does by itself."""

from __future__ import annotations

from cantinekit.domain.attendance.commands import *
from cantinekit.domain.base import COMMANDS as COMMANDS
from cantinekit.domain.base import SYSTEM_COMMANDS as SYSTEM_COMMANDS
from cantinekit.domain.base import Command as Command
from cantinekit.domain.base import SystemCommand as SystemCommand
from cantinekit.domain.bills.commands import *
from cantinekit.domain.booking_series.commands import *
from cantinekit.domain.bookings.commands import *
from cantinekit.domain.books.commands import *
from cantinekit.domain.catalogue.commands import *
from cantinekit.domain.clearing.commands import *
from cantinekit.domain.courses.commands import *
from cantinekit.domain.debits.commands import *
from cantinekit.domain.directory.commands import *
from cantinekit.domain.documents.commands import *
from cantinekit.domain.facilitators.commands import *
from cantinekit.domain.feeds.commands import *
from cantinekit.domain.gifts.commands import *
from cantinekit.domain.imports.commands import *
from cantinekit.domain.life_cycles.commands import *
from cantinekit.domain.orders.commands import *
from cantinekit.domain.organisations.commands import *
from cantinekit.domain.passes.commands import *
from cantinekit.domain.payments.commands import *
from cantinekit.domain.people.commands import *
from cantinekit.domain.places.commands import *
from cantinekit.domain.registrations.commands import *
from cantinekit.domain.reminders.commands import *
from cantinekit.domain.roles.commands import *
from cantinekit.domain.sales.values import Fact as Fact
from cantinekit.domain.sales.values import Facts as Facts
from cantinekit.domain.sales.values import PricePromise as PricePromise
from cantinekit.domain.session_series.commands import *
from cantinekit.domain.sessions.commands import *
from cantinekit.domain.spaces.commands import *
from cantinekit.domain.sponsorships.commands import *
from cantinekit.domain.visits.commands import *
from cantinekit.domain.workshops.commands import *
