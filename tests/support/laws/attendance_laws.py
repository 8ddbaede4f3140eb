"""What holds of attendance and trainings in every state of the store, judged by the records alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cantinekit import records as m
from cantinekit.plugins.ports import Key


def _of(records: Mapping[Key, Any], cls: type[Any]) -> list[Any]:
    return [record for key, record in records.items() if key.kind == cls.kind]


def hold(records: Mapping[Key, Any]) -> None:
    """Only who has a seat is marked, at a meeting that it is for; what somebody has learnt at a session they were
    present at, or at a course of which they were at every meeting; a sheet is of one that took place."""
    sessions = {session.id: session for session in _of(records, m.Session)}
    for session in sessions.values():
        assert session.sheet is None or not session.meetings, session
        closed = [one for one in session.every_meeting if one.sheet is not None]
        assert all(one.state == "planned" and one.period.end <= one.sheet.closed_at for one in closed), session
    registrations = {r.id: r for r in _of(records, m.Registration)}
    for r in registrations.values():
        where = [mark.meeting_id for mark in r.marks if mark.seats <= r.seats]
        assert len(set(where)) == len(r.marks), r
        theirs = r.had if r.state != "confirmed" else r.meeting_ids if sessions[r.session_id].meetings else [None]
        assert set(where) <= set(theirs), r
        assert set(r.had) <= set(r.meeting_ids), r
    for training in _of(records, m.Training):
        ids = [way.registration_id for way in training.ways if way.registration_id is not None]
        assert len(set(ids)) == len(ids), training
        for one in (registrations[id] for id in ids):
            session = sessions[one.session_id]
            assert one.state == "confirmed", training
            assert one.present if not session.meetings else at_all(session, one), training
            assert (one.person_id, session.workshop_id) == (training.person_id, training.workshop_id)


def at_all(session: m.Session, one: m.Registration) -> bool:
    """Whether somebody was at every planned meeting of a course that their seat is for, and there was one."""
    there = {mark.meeting_id for mark in one.marks if mark.seats}
    theirs = {one.id for one in session.meetings if one.state == "planned"} & set(one.meeting_ids)
    return bool(theirs) and theirs <= there
