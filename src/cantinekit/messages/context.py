"""The message context: what a message says of the record that it is about, read when it is sent, so that nothing stale
goes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from cantinekit.clock import WallTime, local
from cantinekit.common.times import short_day, short_moment
from cantinekit.common.typography import money
from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.reminders.events import REMINDABLE
from cantinekit.domain.reminders.planning import LEADING, Remindable, moments
from cantinekit.domain.sales.question import read_tariff
from cantinekit.messages.lookup import Lookup
from cantinekit.money import Money
from cantinekit.records import (
    Attempt,
    Booking,
    BookingSeries,
    Charge,
    Debit,
    DebitCollection,
    Document,
    Gift,
    GiftNote,
    JointAttempt,
    MandateAccount,
    Meeting,
    Order,
    OrderLine,
    Organisation,
    Pass,
    Person,
    Place,
    PriceList,
    Product,
    Refund,
    Registration,
    Session,
    SessionSeries,
    Space,
    Subject,
    TariffText,
    Unique,
    Visit,
    Workshop,
    titled,
)


def is_overtaken(
    lookup: Lookup, template: str, subject: Subject, person_id: str, start: datetime | None = None
) -> bool:
    """Whether a message asks for money that came in since it was decided, has a code that counts no more, or reminds of
    what is over by now, was cancelled, is at another time or is facilitated by others: it is not sent then.

    Args:
        lookup: reads the records.
        template: the name of the message.
        subject: the record that it is about.
        person_id: who gets it.
        start: the moment that a reminder is of; ``None`` of another message, and of a reminder that an earlier version
            stored: it is of what people were reminded of last.
    """
    if template == "gift sold":
        return bool(lookup.get(Gift, subject.id).state != "open")
    if template in ("booking reminder", "seat reminder", "pass reminder"):
        return _not_reminded_of(lookup, subject, start)
    if template == LEADING:
        session = lookup.get(Session, subject.id)
        return _not_reminded_of(lookup, subject, start) or not _led(lookup, session, person_id, _moment(session, start))
    if template not in ("bill due", "bill reminder"):
        return False
    charges = lookup.get(Document, subject.id).charge_ids
    return not any(lookup.get(Charge, id).owed_of_price.amount > 0 for id in charges)


def _not_reminded_of(lookup: Lookup, subject: Subject, moment: datetime | None) -> bool:
    """Whether what somebody is reminded of has begun, was cancelled or is at another time by now."""
    if subject.kind == Registration.kind:
        seat = lookup.get(Registration, subject.id)
        if seat.state != "confirmed":
            return True
        subject = Subject(Session.kind, seat.session_id)
    record = lookup.get(REMINDABLE[subject.kind], subject.id)
    start = _moment(record, moment)
    return start is None or start <= lookup.now() or start not in moments(lookup.get, record)


def _moment(record: Remindable, start: datetime | None) -> datetime | None:
    """What a reminder is of: an earlier version did not keep it, and people are reminded of its record's last one."""
    return record.reminded if start is None else start


def facts(
    lookup: Lookup,
    subject: Subject,
    person: Person | Organisation | GiftNote,
    template: str = "",
    start: datetime | None = None,
) -> dict[str, str]:
    """The words for a message about a record: name, what, when, until, place, amount, dates, left_out, reason; of a
    gift giver, code, message; of what somebody facilitates room, taken, seats; and id and kind of the record.

    Args:
        lookup: reads the records.
        subject: the record that the message is about.
        person: who gets the message.
        template: the name of the message.
        start: the moment that a reminder is of, ``None`` of another message; one of a course is about the meeting that
            begins then.
    """
    names = ("what", "when", "until", "place", "amount", "dates", "left_out", "reason", "giver", "code", "message")
    found = dict.fromkeys((*names, "room", "taken", "seats"), "")
    found |= {"name": person.name or person.email, "id": subject.id, "kind": subject.kind}
    reader = _READERS.get(subject.kind)
    if subject.kind == Session.kind:
        only = _moment(lookup.get(Session, subject.id), start) if template == LEADING else None
        found.update(_facilitated(lookup, subject.id, person.lang, person.id, only))
    elif subject.kind == Registration.kind:
        found.update(_registration(lookup, subject.id, person.lang, start))
    elif reader is not None:
        found.update(reader(lookup, subject.id, person.lang))
    return found


def _place(lookup: Lookup, place_id: str) -> Place:
    place: Place = lookup.get(Place, place_id)
    return place


def _booking(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    booking = lookup.get(Booking, id)
    place, space = _place(lookup, booking.place_id), lookup.get(Space, booking.space_id)
    return {
        "what": space.name,
        "when": short_moment(booking.period.start, place.zone, lang),
        "until": short_moment(booking.expires, place.zone, lang) if booking.expires else "",
        "place": place.name,
        "reason": booking.reason,
    }


def _series(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    series = lookup.get(BookingSeries, id)
    place, space = _place(lookup, series.place_id), lookup.get(Space, series.space_id)
    starts = [one.starts_at or WallTime(one.day, series.starts, series.zone).instant for one in series.dates]
    begins = [short_moment(start, series.zone, lang) for start in starts]
    by_state = {
        state: [when for when, one in zip(begins, series.dates, strict=True) if one.state == state]
        for state in ("booked", "skipped")
    }
    none = "aucune" if lang == "fr" else "none"
    return {
        "what": space.name,
        "when": begins[0],
        "place": place.name,
        "dates": "\n".join(by_state["booked"]) or none,
        "left_out": ", ".join(by_state["skipped"]) or none,
    }


def _session_series(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """A series of sessions, with the dates that are to come as the series plans them."""
    series = lookup.get(SessionSeries, id)
    place, workshop = _place(lookup, series.place_id), lookup.get(Workshop, series.workshop_id)
    ahead = [one for one in series.dates if one.session_id is not None and lookup.now() < one.ends.instant]
    begins = [short_moment(one.starts.instant, place.zone, lang) for one in ahead]
    when = begins[0] if begins else ""
    return {"what": workshop.title, "when": when, "place": place.name, "dates": "\n".join(begins)}


def _registration(lookup: Lookup, id: str, lang: str, only: datetime | None = None) -> dict[str, str]:
    """What is said of a session to who has a seat; of a course all of it, or its meeting that begins at ``only``."""
    registration = lookup.get(Registration, id)
    session = lookup.get(Session, registration.session_id)
    theirs = tuple(one for one in session.meetings if (one.period.start, one.state) == (only, "planned"))
    found = _said(lookup, attrs.evolve(session, meetings=theirs) if theirs else session, lang)
    if registration.seats > 1:
        found["what"] = f"{found['what']} × {registration.seats}"
    zone = _place(lookup, registration.place_id).zone
    return {**found, "until": short_moment(registration.expires, zone, lang) if registration.expires else ""}


def _facilitated(lookup: Lookup, id: str, lang: str, person_id: str, only: datetime | None = None) -> dict[str, str]:
    """What is said of a session to who facilitates it, with its rooms and how many seats are taken; of a course their
    meetings, or the one that begins at ``only``.
    """
    session = lookup.get(Session, id)
    led = _led(lookup, session, person_id, only)
    theirs = tuple(one for one in session.meetings if one in led)
    shown = attrs.evolve(session, meetings=theirs) if theirs else session
    rooms = dict.fromkeys(one.space_id for one in shown.planned_meetings if one.space_id is not None)
    return {
        **_said(lookup, shown, lang),
        "room": ", ".join(lookup.get(Space, id).name for id in rooms) or ("aucune" if lang == "fr" else "none"),
        "taken": str(session.taken(lookup.now())),
        "seats": str(session.capacity),
    }


def _led(lookup: Lookup, session: Session, person_id: str, only: datetime | None = None) -> tuple[Meeting, ...]:
    """The meetings of a session that somebody facilitates, or the planned one of them that begins at ``only``."""
    unique = lookup.get(Unique, f"facilitator|{person_id}")
    led = tuple(one for one in session.every_meeting if unique is not None and unique.holder in one.facilitator_ids)
    return led if only is None else tuple(one for one in led if (one.period.start, one.state) == (only, "planned"))


def _said(lookup: Lookup, session: Session, lang: str) -> dict[str, str]:
    place, workshop = _place(lookup, session.place_id), lookup.get(Workshop, session.workshop_id)
    found = {"what": titled(workshop.title, session, lang), "place": place.name, "reason": session.reason}
    return {**found, "when": _when(lookup, session, place, lang), "dates": _dates(lookup, session, place, lang)}


def _when(lookup: Lookup, session: Session, place: Place, lang: str) -> str:
    """When a session is; of a course how many meetings are to come, from when to when."""
    ahead = [one for one in session.every_meeting if lookup.now() < one.period.end] or session.every_meeting
    left = [one for one in ahead if one.state == "planned"] or ahead
    first, last = (short_moment(one.period.start, place.zone, lang) for one in (left[0], left[-1]))
    if len(left) == 1:
        return first
    return f"{len(left)} séances, du {first} au {last}" if lang == "fr" else f"{len(left)} meetings, {first} to {last}"


def _dates(lookup: Lookup, session: Session, place: Place, lang: str) -> str:
    """The meetings that are not over, a line each, with their room; those that are cancelled say so."""
    left = [one for one in session.every_meeting if lookup.now() < one.period.end]
    rooms = {one.space_id for one in left if one.space_id}
    names = {id: lookup.get(Space, id).name for id in rooms}
    off = "annulée" if lang == "fr" else "cancelled"
    lines = []
    for one in left:
        details = [off, one.reason] if one.state == "cancelled" else [names.get(one.space_id or "", "")]
        lines.append(", ".join([short_moment(one.period.start, place.zone, lang), *filter(None, details)]))
    return "\n".join(lines)


def _product(lookup: Lookup, record: Pass | Visit) -> dict[str, str]:
    return {"what": _product_name(lookup, record.product_id), "place": _place(lookup, record.place_id).name}


def _pass(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """A pass, and the last day of it where it has one."""
    sold: Pass = lookup.get(Pass, id)
    until = sold.held_until
    return {**_product(lookup, sold), "until": short_day(until, lang) if until is not None else ""}


def _gift(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """A gift, who gives it, and its code and message as long as it can be claimed."""
    gift: Gift = lookup.get(Gift, id)
    note = lookup.get(GiftNote, id)
    giver = lookup.get(Organisation if gift.organisation else Person, gift.buyer_id)
    until = short_day(gift.claim_until, lang) if gift.claim_until is not None else ""
    return {
        "what": _product_name(lookup, gift.product_id),
        "place": _place(lookup, gift.place_id).name,
        "until": until or ("sans limite" if lang == "fr" else "no limit"),
        "giver": giver.name or ("quelqu’un" if lang == "fr" else "somebody"),
        "code": note.code if note is not None else "",
        "message": note.message if note is not None else "",
    }


def _order(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """What an order is of, and what of it was cancelled."""
    order = lookup.get(Order, id)
    cancelled = [line for line in order.lines if line.state == "cancelled"]
    return {
        "what": _things(order.lines),
        "left_out": _things(cancelled),
        "place": _place(lookup, order.place_id).name,
    }


def _things(lines: Iterable[OrderLine]) -> str:
    """Lines of an order, each with how many."""
    return ", ".join(f"{line.name} × {line.count}" if line.count > 1 else line.name for line in lines)


def _product_name(lookup: Lookup, product_id: str) -> str:
    """The name of a product of the catalogue, or of a price list: by the last version that has it. Of units that were
    given by themselves it is the name of their account.
    """
    kept = lookup.get(Product, product_id)
    if kept is not None:
        return str(kept.name)
    list_id, name = split_name(product_id)
    listed = lookup.get(PriceList, list_id) if list_id is not None else None
    for version in reversed(listed.versions if listed is not None else ()):
        product = read_tariff(lookup.get(TariffText, version.tariff_version).text).products.get(name)
        if product is not None:
            return product.name
    return name if listed is not None else product_id


def _document(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """What of an invoice is still owed, and by when."""
    document = lookup.get(Document, id)
    owed = [lookup.get(Charge, charge_id).owed_of_price for charge_id in document.charge_ids]
    return {
        "what": document.printed,
        "place": document.seller.name,
        "amount": money(Money.sum(owed, document.gross.currency), lang),
        "until": short_day(document.due_on, lang) if document.due_on is not None else "",
    }


def _debit(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """What is debited when, for which invoice; the reason has the mandate and the creditor identifier."""
    debit = lookup.get(Debit, id)
    collection = lookup.get(DebitCollection, debit.collection_id)
    account = lookup.get(MandateAccount, id)
    reference = account.reference if account is not None else id
    signed = f"mandat {reference}, ICS" if lang == "fr" else f"mandate {reference}, creditor"
    return {
        "what": debit.printed,
        "place": collection.name,
        "amount": money(debit.amount, lang),
        "until": short_day(collection.collect_on, lang),
        "reason": f"{signed} {collection.creditor_id}",
    }


def _attempt(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    attempt = lookup.get(Attempt, id)
    return _of_charge(lookup, attempt.charge_id, attempt.amount, lang)


def _joint(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """The amount of a payment of several charges, and what the first of them is for."""
    joint = lookup.get(JointAttempt, id)
    return _of_charge(lookup, joint.parts[0].charge_id, joint.amount, lang)


def _refund(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    refund = lookup.get(Refund, id)
    return _of_charge(lookup, refund.charge_id, refund.amount, lang)


def _charge(lookup: Lookup, id: str, lang: str) -> dict[str, str]:
    """What of a charge is due by today."""
    charge = lookup.get(Charge, id)
    today = local(lookup.now(), lookup.get(Place, charge.place_id).zone).date()
    return _of_charge(lookup, id, charge.due_by(today), lang)


def _of_charge(lookup: Lookup, charge_id: str, amount: Money, lang: str) -> dict[str, str]:
    """An amount of a charge, and what the charge is for."""
    about = lookup.get(Charge, charge_id).subject
    reader = _READERS.get(about.kind)
    return {**(reader(lookup, about.id, lang) if reader else {}), "amount": money(amount, lang)}


_READERS = {
    Booking.kind: _booking,
    BookingSeries.kind: _series,
    Registration.kind: _registration,
    SessionSeries.kind: _session_series,
    Gift.kind: _gift,
    Order.kind: _order,
    Pass.kind: _pass,
    Visit.kind: lambda lookup, id, lang: _product(lookup, lookup.get(Visit, id)),
    Charge.kind: _charge,
    Document.kind: _document,
    Debit.kind: _debit,
    Attempt.kind: _attempt,
    JointAttempt.kind: _joint,
    Refund.kind: _refund,
}
SUBJECTS = frozenset((Session.kind, *_READERS))
"""The kinds of records that messages are about."""
