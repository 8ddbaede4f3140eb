"""Paying what is due, giving money back, and what gateways say; what has run out is ended here too."""

from __future__ import annotations

from cantinekit.domain.booking_series.ends import awaits_series, expire_series, fulfil_series, lapse_series, read_series
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.handlers import (
    awaits_booking,
    expire_booking,
    fulfil_booking,
    lapse_booking,
    read_booking,
)
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.life_cycles.table import Lifecycle, _nothing
from cantinekit.domain.passes.handlers import awaits_pass, fulfil_pass, lapse_pass, read_pass
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.registrations.ends import (
    awaits_registration,
    expire_registration,
    fulfil_registration,
    lapse_registration,
    read_registration,
)
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.visits.handlers import read_visit
from cantinekit.domain.visits.records import Visit
from cantinekit.domain.visits.upgrades import awaits_visit, expire_visit, fulfil_visit, lapse_visit

LIFECYCLES: dict[str, Lifecycle] = {
    Booking.kind: Lifecycle(
        lambda state, id, now: read_booking(state, id),
        awaits_booking,
        fulfil_booking,
        lapse_booking,
        expire_booking,
    ),
    BookingSeries.kind: Lifecycle(
        lambda state, id, now: read_series(state, id),
        awaits_series,
        fulfil_series,
        lapse_series,
        expire_series,
    ),
    Registration.kind: Lifecycle(
        read_registration,
        awaits_registration,
        fulfil_registration,
        lapse_registration,
        expire_registration,
    ),
    Visit.kind: Lifecycle(
        lambda state, id, now: read_visit(state, id),
        awaits_visit,
        fulfil_visit,
        lapse_visit,
        expire_visit,
    ),
    Pass.kind: Lifecycle(
        lambda state, id, now: read_pass(state, id),
        awaits_pass,
        fulfil_pass,
        lapse_pass,
        _nothing,
    ),
}
