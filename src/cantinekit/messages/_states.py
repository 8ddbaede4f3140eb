"""The names of states and of ways to pay, in French and English: of refusals, pages and the demonstration alike."""

from __future__ import annotations

from collections.abc import Mapping

STATES: Mapping[str, tuple[str, str]] = {
    "absent": ("absent", "absent"),
    "active": ("actif", "active"),
    "archived": ("archivé", "archived"),
    "back": ("revenu", "came back"),
    "booked": ("réservé", "booked"),
    "cancelled": ("annulé", "cancelled"),
    "claimed": ("retiré par son destinataire", "claimed"),
    "closed": ("fermé", "closed"),
    "collected": ("prélevé", "collected"),
    "collecting": ("en cours de prélèvement", "being collected"),
    "confirmed": ("confirmé", "confirmed"),
    "dead": ("abandonné", "given up"),
    "declined": ("refusé", "declined"),
    "done": ("fait", "done"),
    "due": ("dû", "to pay"),
    "excused": ("excusé", "excused"),
    "expired": ("expiré", "expired"),
    "forgotten": ("oublié", "forgotten"),
    "held": ("en option", "held"),
    "lapsed": ("périmé", "lapsed"),
    "leaving": ("sur le départ", "leaving"),
    "open": ("ouvert", "open"),
    "over": ("terminé", "over"),
    "pending": ("en attente de règlement", "waiting for payment"),
    "planned": ("prévu", "planned"),
    "present": ("présent", "present"),
    "refused": ("refusé", "refused"),
    "released": ("libéré", "released"),
    "requested": ("demandé", "requested"),
    "settled": ("réglé", "settled"),
    "skipped": ("laissé de côté", "left out"),
    "sold": ("vendu", "sold"),
    "started": ("commencé", "started"),
    "superseded": ("remplacé", "superseded"),
    "void": ("sans objet", "no longer owed"),
    "waiting": ("en attente", "waiting"),
    "withdrawn": ("repris", "withdrawn"),
}
"""A state in French, of something masculine, and in English."""
OF_KIND: Mapping[tuple[str, str], tuple[str, str]] = {
    ("charge", "due"): ("à régler", "to pay"),
    ("registration", "held"): ("en attente", "held"),
    ("registration", "waiting"): ("en liste d’attente", "on the waiting list"),
    ("visit", "closed"): ("terminée", "ended"),
    ("visit", "held"): ("en attente de règlement", "waiting for payment"),
    ("visit", "lapsed"): ("non réglée à temps", "not paid in time"),
    ("visit", "open"): ("en cours", "in progress"),
}
"""What a state is called of one kind of record."""
FEMININE = frozenset(
    (
        "booking",
        "booking_series",
        "meeting",
        "order",
        "person",
        "registration",
        "session",
        "session_series",
        "task",
        "visit",
    )
)
"""The kinds whose states have a feminine ending in French. What is owed has none: it is called by what it is for."""
AGREEING: Mapping[str, str] = {
    state: said + "e" for state, (said, _) in STATES.items() if said.endswith(("é", "ert", "fait", "du", "sent"))
} | {
    "active": "active",
    "claimed": "retirée par son destinataire",
    "skipped": "laissée de côté",
    "withdrawn": "reprise",
}
"""The French of a state, of something feminine, where that is another word."""
ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "card": ("par carte", "by card"),
    "cash": ("en espèces", "in cash"),
    "cheque": ("par chèque", "by cheque"),
    "credit": ("par avoir", "by credit"),
    "mandate": ("par prélèvement", "by direct debit"),
    "desk": ("à l’accueil", "at the desk"),
    "sponsor": ("par un tiers", "by a third party"),
    "transfer": ("par virement", "by transfer"),
    "voucher": ("par bon", "by voucher"),
}
"""How money comes by an account; the other accounts are named by the host."""
LINE_KINDS: Mapping[str, tuple[str, str]] = {
    "revenue": ("vente", "sale"),
    "penalty": ("pénalité", "penalty"),
    "held": ("caution", "deposit"),
    "debt": ("report", "carried over"),
}
"""What the lines of a charge are."""
