"""The day as it is told: every block of every scene, word for word in English, and the same in French."""

from __future__ import annotations

import re

import attrs
import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.demo import _run, _stage
from cantinekit.demo._archive import Archive
from cantinekit.demo._blocks import (
    Block,
    DayBlock,
    Detail,
    GridBlock,
    Heading,
    LineBlock,
    MailBlock,
    ReasonsBlock,
    Title,
)
from cantinekit.demo._words import DemoWords

MORNING = [
    Title(
        "A day in the network of cantines: Tuesday 24 November 2026",
        (
            "Invented people, the prices published in 2013. All that follows is read back from the store.",
            "Then, a year later in another house: a month of a member, a hall let for an evening, and a month-end.",
        ),
    ),
    GridBlock(
        "The network",
        (
            "Cantine",
            "Operator",
            "Takes money by",
            "Desks",
        ),
        (
            ("Brest", "Ville de Brest (régie)", "desk", "16"),
            ("Nantes", "Cantine de Nantes SAS (société)", "desk and card", "24"),
            ("Paris", "Les Cantines (association)", "desk and card", "30"),
            ("Rennes", "Les Cantines (association)", "desk and card", "8"),
            ("Toulon", "Les Cantines (association)", "desk and card", "10"),
            ("Toulouse", "Ville de Toulouse (régie)", "desk", "20"),
        ),
        (3,),
        False,
    ),
    Heading("1. The morning: visits and carnets"),
    LineBlock(
        "09:05", "Paris", "A visitor who gives no name takes a half-day: 7.00 EUR in cash at the desk, settled at once."
    ),
    ReasonsBlock(
        "Price: 7.00 EUR, because",
        (
            "[1] Demi-journée",
            "  Entitlements: account carnet: nothing held",
            "  Entitlements: what is not covered is charged",
            "  Price: 1 × at 7.00 EUR: 7.00 EUR",
            "  = Demi-journée: 7.00 EUR",
        ),
    ),
    Detail("Wi-Fi code wifi-9K2F-QM, from the list of the cantine (3 left)"),
    Detail("may stay until 14:05"),
    LineBlock("09:20", "Paris", "Zoé Marchand buys a carnet of 10 entries: 80.00 EUR by card."),
    ReasonsBlock(
        "Price: 80.00 EUR, because",
        (
            "[1] Carnet de 10 entrées",
            "  Price: 1 × at 80.00 EUR: 80.00 EUR",
            "  = Carnet de 10 entrées: 80.00 EUR",
        ),
    ),
    MailBlock("to zoe@example.org: “Your pass: Carnet de 10 entrées”"),
    LineBlock("09:25", "Paris", "Zoé Marchand checks in for the day."),
    ReasonsBlock(
        "Price: 0.00 EUR, because",
        (
            "[1] Journée",
            "  Entitlements: account carnet: 1 entrée taken, out of 10",
            "    lot ent_#: 1, the only one left to use",
            "  Entitlements: not needed, everything is covered",
            "  Price: not needed, everything is covered",
            "  = covered by lot ent_# (1)",
        ),
    ),
    Detail("Wi-Fi code wifi-7T4H-RB: no code is given twice"),
    Detail("balance of the account “carnet”: 9 of 10"),
    LineBlock(
        "10:10",
        "Brest",
        "Yann Le Goff, whose carnet was sold in Nantes the evening before, checks in for the day in Brest.",
    ),
    Detail("sold by Cantine de Nantes SAS (société), used at Ville de Brest (régie): one carnet for the whole network"),
    ReasonsBlock(
        "Price: 0.00 EUR, because",
        (
            "[1] Journée",
            "  Entitlements: account carnet: 1 entrée taken, out of 10",
            "    lot ent_#: 1, the only one left to use",
            "  Entitlements: not needed, everything is covered",
            "  Price: not needed, everything is covered",
            "  = covered by lot ent_# (1)",
        ),
    ),
    Detail("balance of the account “carnet”: 9 of 10"),
    LineBlock("12:40", "Paris", "The visitor of 09:05 stays on for the day and pays the difference: 3.00 EUR."),
    ReasonsBlock(
        "Price: 10.00 EUR, because",
        (
            "[1] Journée",
            "  Entitlements: account carnet: nothing held",
            "  Entitlements: what is not covered is charged",
            "  Price: 1 × at 10.00 EUR: 10.00 EUR",
            "  = Journée: 10.00 EUR",
        ),
    ),
    Detail("the whole 10.00 EUR, less 7.00 EUR paid before = 3.00 EUR"),
    Detail("may stay until 19:00; the first pass is superseded, not deleted"),
]

NOON = [
    Heading("2. Noon: rooms and desks"),
    LineBlock("12:50", "Paris", "Nadia Benali books Salle Ada, 14:00–15:00, for 15.00 EUR by card."),
    ReasonsBlock(
        "Price: 15.00 EUR, because",
        (
            "[1] Salle de réunion",
            "  Price: 2 × 30min at 7.50 EUR: 15.00 EUR",
            "  = Salle de réunion: 15.00 EUR",
        ),
    ),
    MailBlock("to nadia@example.org: “Booking confirmed: Salle Ada”"),
    LineBlock("12:52", "Paris", "Bruno Teixeira asks for Salle Ada, 14:30–15:30: refused.", "refused"),
    Detail("Salle Ada is taken: 14:00–15:00"),
    Detail("nearest free times: 13:00–14:00, 15:00–16:00, 16:00–17:00"),
    LineBlock("12:55", "Paris", "Bruno Teixeira books Grande salle, 16:00–18:00, for 60.00 EUR in cash at the desk."),
    ReasonsBlock(
        "Price: 60.00 EUR, because",
        (
            "[1] Grande salle",
            "  Price: 4 × 30min at 15.00 EUR: 60.00 EUR",
            "  = Grande salle: 60.00 EUR",
        ),
    ),
    Detail("this takes both of its halves: Grande salle, côté cour and Grande salle, côté rue"),
    LineBlock("12:57", "Paris", "Nadia Benali asks for Grande salle, côté cour, 17:00–18:00: refused.", "refused"),
    Detail("Grande salle, côté cour is taken: 16:00–18:00"),
    Detail("nearest free times: 14:00–15:00, 15:00–16:00, 18:00–19:00"),
    LineBlock("12:57", "Paris", "Nadia Benali asks for Grande salle, côté rue, 17:00–18:00: refused.", "refused"),
    Detail("Grande salle, côté rue is taken: 16:00–18:00"),
    Detail("nearest free times: 14:00–15:00, 15:00–16:00, 18:00–19:00"),
    GridBlock(
        "Free in Paris from 14:00 to 19:00",
        (
            "Space",
            "Free",
        ),
        (
            ("Grande salle", "14:00–16:00, 18:00–19:00"),
            ("Grande salle, côté cour", "14:00–16:00, 18:00–19:00"),
            ("Grande salle, côté rue", "14:00–16:00, 18:00–19:00"),
            ("Salle Ada", "15:00–19:00"),
        ),
        (),
        False,
    ),
    LineBlock(
        "13:00",
        "Rennes",
        "Malo Kerbrat holds a desk of the open space for 14:00–19:00, without paying: kept until 13:15.",
    ),
    LineBlock("13:02", "Rennes", "7 other desks are sold one by one at the desk, each at 7.00 EUR."),
    ReasonsBlock(
        "Price: 7.00 EUR, because",
        (
            "[1] Bureau réservé, une demi-journée",
            "  Price: 1 × at 7.00 EUR: 7.00 EUR",
            "  = Bureau réservé, une demi-journée: 7.00 EUR",
        ),
    ),
    Detail("7 sold + 1 held, of 8 desks: not one more to be had"),
    LineBlock("13:05", "Rennes", "Somebody asks for Espace ouvert, 14:00–19:00: refused.", "refused"),
    Detail("1 wanted, 0 left"),
    Detail("nothing as long is free that day"),
    LineBlock("13:16", "Rennes", "The hold of Malo Kerbrat runs out: expired. The desk is free again.", "system"),
    Detail("7 sold + 0 held, of 8 desks: there is one to be had"),
    MailBlock("to malo@example.org: “Hold ended: Espace ouvert”"),
    LineBlock("13:17", "Rennes", "The desk is sold to somebody else."),
    Detail("8 sold + 0 held, of 8 desks: not one more to be had"),
    LineBlock("13:18", "Rennes", "Somebody asks for Espace ouvert, 14:00–19:00: refused.", "refused"),
    Detail("1 wanted, 0 left"),
    Detail("nothing as long is free that day"),
]

WAITING = [
    Heading("3. Afternoon: a free workshop and its waiting list"),
    LineBlock(
        "13:30", "Toulouse", "“Réparer au lieu de jeter” (18:30–20:30, free): 12 people register, one after the other."
    ),
    Detail("seats taken: 12 of 12"),
    Detail("12 messages like “Seat confirmed: Réparer au lieu de jeter”"),
    LineBlock("13:40", "Toulouse", "Manon Lacaze is number 13: first on the waiting list."),
    MailBlock("to manon@example.org: “Waiting list: Réparer au lieu de jeter”"),
    LineBlock("13:45", "Toulouse", "Noé Saint-Martin is number 14: second on the waiting list."),
    MailBlock("to noe@example.org: “Waiting list: Réparer au lieu de jeter”"),
    LineBlock("14:10", "Toulouse", "Elsa Vidal gives the seat up: cancelled."),
    Detail("Manon Lacaze was first on the waiting list, and has the seat: confirmed"),
    Detail("seats taken: 12 of 12"),
    Detail("first on the waiting list now: Noé Saint-Martin"),
    MailBlock("to elsa@example.org: “Seat cancelled: Réparer au lieu de jeter”"),
    MailBlock(
        "to manon@example.org: “A seat for you: Réparer au lieu de jeter”",
        (
            "Hello Manon Lacaze,",
            "",
            "a seat has come free and it is yours: Réparer au lieu de jeter, 2026-11-24 18:30, Toulouse.",
        ),
    ),
]

PAID = [
    Heading("4. Afternoon: a seat that a carnet and a card pay together"),
    LineBlock(
        "14:50",
        "Paris",
        "Bruno Teixeira registers for “Initiation à la soudure” with the materials, and has no carnet: "
        "18.00 EUR by card.",
    ),
    ReasonsBlock(
        "Price: 18.00 EUR, because",
        (
            "[1] Place en atelier",
            "  Entitlements: account carnet: nothing held",
            "  Entitlements: what is not covered is charged",
            "  Price: 1 × at 10.00 EUR: 10.00 EUR",
            "  = Place en atelier: 10.00 EUR",
            "[2] Fournitures",
            "  Price: 1 × at 8.00 EUR: 8.00 EUR",
            "  = Fournitures: 8.00 EUR",
        ),
    ),
    MailBlock("to bruno@example.org: “Seat confirmed: Initiation à la soudure”"),
    LineBlock(
        "15:00", "Paris", "Zoé Marchand registers with the materials: one entry of the carnet, and 8.00 EUR by card."
    ),
    ReasonsBlock(
        "Price: 8.00 EUR, because",
        (
            "[1] Place en atelier",
            "  Entitlements: account carnet: 1 entrée taken, out of 9",
            "    lot ent_#: 1, the only one left to use",
            "  Entitlements: not needed, everything is covered",
            "  Price: not needed, everything is covered",
            "  = covered by lot ent_# (1)",
            "[2] Fournitures",
            "  Price: 1 × at 8.00 EUR: 8.00 EUR",
            "  = Fournitures: 8.00 EUR",
        ),
    ),
    Detail("entitlement ent_#: 10 bought = 8 left + 2 used"),
    LineBlock("15:00", "Paris", "Try number 1, 8.00 EUR by card: declined.", "refused"),
    Detail("nothing is lost: the seat is held until 15:15, the entry is set aside"),
    LineBlock("15:04", "Paris", "Try number 2, 8.00 EUR by card: settled."),
    Detail("the seat is confirmed"),
    MailBlock("to zoe@example.org: “Seat confirmed: Initiation à la soudure”"),
    LineBlock(
        "15:30", "Paris", "Zoé Marchand gives the seat up: cancelled. The entry goes back to where it came from."
    ),
    Detail("entitlement ent_#: 10 bought = 9 left + 1 used"),
    Detail("8.00 EUR go back by card: settled"),
    MailBlock("to zoe@example.org: “Seat cancelled: Initiation à la soudure”"),
    MailBlock("to zoe@example.org: “Refund: 8.00 EUR”"),
]

EVENING = [
    Heading("5. Evening: the figures of the day"),
    GridBlock(
        "Agenda of Paris",
        (
            "When",
            "What",
            "Who or what",
            "Space",
            "State",
        ),
        (
            ("09:05–19:00", "visit", "no name given, Journée", "Espace ouvert", "ended"),
            ("09:25–19:00", "visit", "Zoé Marchand, Journée", "Espace ouvert", "ended"),
            ("14:00–15:00", "booking", "Nadia Benali", "Salle Ada", "confirmed"),
            ("16:00–18:00", "booking", "Bruno Teixeira", "Grande salle", "confirmed"),
            ("19:00–21:00", "workshop", "Initiation à la soudure", "Grande salle, côté cour", "1/8 seats"),
        ),
        (),
        False,
    ),
    GridBlock(
        "Takings of the day",
        (
            "Cantine",
            "desk",
            "card",
            "refunded",
            "Total",
        ),
        (
            ("Brest", "–", "–", "–", "–"),
            ("Nantes", "–", "–", "–", "–"),
            ("Paris", "70.00 EUR", "121.00 EUR", "-8.00 EUR", "183.00 EUR"),
            ("Rennes", "56.00 EUR", "–", "–", "56.00 EUR"),
            ("Toulon", "–", "–", "–", "–"),
            ("Toulouse", "–", "–", "–", "–"),
            ("Total", "126.00 EUR", "121.00 EUR", "-8.00 EUR", "239.00 EUR"),
        ),
        (1, 2, 3, 4),
        True,
    ),
    GridBlock(
        "Earned, after refunds; entries of a carnet when they are used",
        (
            "Cantine",
            "Product",
            "Operator",
            "Amount",
        ),
        (
            ("Nantes", "Carnet de 10 entrées", "Cantine de Nantes SAS (société)", "8.00 EUR"),
            ("Paris", "Carnet de 10 entrées", "Les Cantines (association)", "8.00 EUR"),
            ("Paris", "Journée", "Les Cantines (association)", "3.00 EUR"),
            ("Paris", "Demi-journée", "Les Cantines (association)", "7.00 EUR"),
            ("Paris", "Grande salle", "Les Cantines (association)", "60.00 EUR"),
            ("Paris", "Fournitures", "Les Cantines (association)", "8.00 EUR"),
            ("Paris", "Salle de réunion", "Les Cantines (association)", "15.00 EUR"),
            ("Paris", "Place en atelier", "Les Cantines (association)", "10.00 EUR"),
            ("Rennes", "Bureau réservé", "Les Cantines (association)", "56.00 EUR"),
            ("Total", "", "", "175.00 EUR"),
        ),
        (3,),
        True,
    ),
    GridBlock(
        "Attendance",
        (
            "Cantine",
            "Visits",
            "Unique visitors",
            "Without a name",
            "Workshops",
            "Seats taken",
        ),
        (
            ("Brest", "1", "1", "–", "–", "–"),
            ("Nantes", "–", "–", "–", "–", "–"),
            ("Paris", "2", "2", "1", "1", "1"),
            ("Rennes", "–", "–", "–", "–", "–"),
            ("Toulon", "–", "–", "–", "–", "–"),
            ("Toulouse", "–", "–", "–", "1", "12"),
        ),
        (1, 2, 3, 4, 5),
        False,
    ),
]

MONTH = [
    Heading("6. A year later, in Metz: a month of a member"),
    DayBlock("Wednesday 3 November 2027"),
    LineBlock(
        "09:10",
        "Metz",
        "Salomé Thiriet wants ten tickets. They are for members: the membership comes with them. 92.00 EUR by card.",
    ),
    ReasonsBlock(
        "Price: 92.00 EUR, because",
        (
            "[1] Dix tickets",
            "  Condition: Adhésion: missing, added to the order",
            "  Price: 1 × at 80.00 EUR: 80.00 EUR",
            "  = Dix tickets: 80.00 EUR",
            "[1+membership] Adhésion",
            "  Price: 1 × at 12.00 EUR: 12.00 EUR",
            "  = Adhésion: 12.00 EUR",
        ),
    ),
    Detail("Adhésion: from 3 November 2027 to 31 December 2028"),
    Detail("bought from November on, a membership covers the next year too"),
    Detail("Dix tickets: from 3 November 2027 to 2 November 2028"),
    MailBlock("to salome@example.org: “Your pass: Dix tickets”"),
    DayBlock("Tuesday 9 November 2027"),
    LineBlock("09:05", "Metz", "Salomé Thiriet checks in for the day."),
    ReasonsBlock(
        "Price: 0.00 EUR, because",
        (
            "[1] Journée",
            "  Entitlements: account tickets: 1 ticket taken, out of 10",
            "    lot ent_#: 1, the only one left to use",
            "  Entitlements: not needed, everything is covered",
            "  Price: not needed, everything is covered",
            "  = covered by lot ent_# (1)",
        ),
    ),
    Detail("balance of the account “tickets”: 9 of 10"),
    DayBlock("Monday 15 November 2027"),
    LineBlock(
        "11:00",
        "Metz",
        "Salomé Thiriet books Salle Verlaine, Thursday 18 November 2027, 14:00–16:00, for 24.00 EUR by card.",
    ),
    ReasonsBlock(
        "Price: 24.00 EUR, because",
        ("[1] Salle de réunion", "  Price: 120 min: 24.00 EUR", "  = Salle de réunion: 24.00 EUR"),
    ),
    MailBlock("to salome@example.org: “Booking confirmed: Salle Verlaine”"),
    DayBlock("Wednesday 17 November 2027"),
    LineBlock("15:58", "Metz", "Salomé Thiriet asks first what it would cost to call the room off."),
    Detail("12.00 EUR would be kept, 12.00 EUR would go back"),
    Detail("asking has changed nothing: the room is confirmed"),
    LineBlock("16:00", "Metz", "Salomé Thiriet calls the room off: cancelled."),
    Detail("12.00 EUR are kept, as was told before"),
    Detail("12.00 EUR go back by card: settled"),
    MailBlock("to salome@example.org: “Booking cancelled: Salle Verlaine”"),
    MailBlock("to salome@example.org: “Refund: 12.00 EUR”"),
    DayBlock("Tuesday 30 November 2027"),
    LineBlock("23:00", "Metz", "The month ends. What Salomé Thiriet has left:"),
    Detail("balance of the account “tickets”: 9 of 10"),
    Detail("Dix tickets: from 3 November 2027 to 2 November 2028"),
    Detail("Adhésion: from 3 November 2027 to 31 December 2028"),
    Detail("paid since the 3rd: 116.00 EUR, less 12.00 EUR given back = 104.00 EUR"),
    Detail("all accounts of the ledger together: 0.00 EUR"),
    GridBlock(
        "Trial balance of Metz, 30 November 2027",
        ("Account", "Debit", "Credit"),
        (
            ("taken: card", "104.00 EUR", "–"),
            ("deferred: Adhésion", "–", "11.21 EUR"),
            ("deferred: Dix tickets", "–", "72.00 EUR"),
            ("recognised: Adhésion", "–", "0.79 EUR"),
            ("recognised: Salle de réunion", "–", "12.00 EUR"),
            ("recognised: Dix tickets", "–", "8.00 EUR"),
            ("Total", "104.00 EUR", "104.00 EUR"),
        ),
        (1, 2),
        True,
    ),
]

HALL = [
    Heading("7. That winter, in Metz: the hall let for an evening"),
    DayBlock("Wednesday 1 December 2027"),
    LineBlock(
        "17:00",
        "Metz",
        "Victor Humbert books La halle for an evening, Friday 21 January 2028, 18:00–22:00: 500.00 EUR.",
    ),
    ReasonsBlock(
        "Price: 500.00 EUR, because",
        (
            "[1] Soirée dans la halle",
            "  Price: 1 × at 500.00 EUR: 500.00 EUR",
            "  = Soirée dans la halle: 500.00 EUR",
            "  = caution: 500.00 EUR",
        ),
    ),
    Detail("due with the booking, and paid by transfer: 150.00 EUR"),
    Detail("due on Friday 7 January 2028: 350.00 EUR, the rest"),
    Detail("due on Friday 21 January 2028: 500.00 EUR, as a deposit, which no document states"),
    MailBlock("to victor@example.org: “Booking confirmed: La halle”"),
    LineBlock("17:05", "Metz", "Invoice F2027-000001 to Mirabelle Conseil SAS."),
    Detail("Soirée dans la halle: 500.00 EUR"),
    Detail("paid so far: 150.00 EUR"),
    Detail("no tax: TVA non applicable, art. 293 B du CGI"),
    DayBlock("Friday 7 January 2028"),
    LineBlock("09:00", "Metz", "The rest falls due: 350.00 EUR.", "system"),
    MailBlock("to victor@example.org: “Payment due: 350.00 EUR”"),
    LineBlock("10:00", "Metz", "Victor Humbert pays 200.00 EUR by transfer: settled."),
    Detail("paid so far, of price and deposit together: 350.00 EUR of 1000.00 EUR"),
    LineBlock("10:05", "Metz", "Victor Humbert pays 150.00 EUR by card: settled."),
    Detail("paid so far, of price and deposit together: 500.00 EUR of 1000.00 EUR"),
    DayBlock("Friday 21 January 2028"),
    LineBlock("09:00", "Metz", "The deposit falls due: 500.00 EUR.", "system"),
    MailBlock("to victor@example.org: “Payment due: 500.00 EUR”"),
    LineBlock("17:45", "Metz", "Victor Humbert pays 500.00 EUR by card: settled."),
    Detail("paid so far, of price and deposit together: 1000.00 EUR of 1000.00 EUR"),
    Detail("held as a deposit: 500.00 EUR; takings of the day: 0.00 EUR"),
    LineBlock("17:50", "Metz", "Receipt R2028-000001 to Mirabelle Conseil SAS."),
    Detail("Soirée dans la halle: 500.00 EUR"),
    Detail("paid so far: 500.00 EUR"),
    Detail("no tax: TVA non applicable, art. 293 B du CGI"),
    LineBlock("22:45", "Metz", "The guests leave at 22:40, 40 minutes after 22:00."),
    Detail("the price list asks 60.00 EUR for it, paid by card: settled"),
    LineBlock("22:50", "Metz", "Invoice F2028-000001 to Mirabelle Conseil SAS."),
    Detail("Soirée dans la halle: 60.00 EUR"),
    Detail("paid so far: 60.00 EUR"),
    Detail("no tax: TVA non applicable, art. 293 B du CGI"),
    DayBlock("Saturday 22 January 2028"),
    LineBlock("10:00", "Metz", "45.00 EUR of the deposit are kept: a lamp was broken."),
    Detail("held as a deposit: 455.00 EUR"),
    LineBlock("10:05", "Metz", "The rest of the deposit goes back, 455.00 EUR by card: settled."),
    MailBlock("to victor@example.org: “Refund: 455.00 EUR”"),
    Detail("all accounts of the ledger together: 0.00 EUR"),
    GridBlock(
        "Trial balance of Metz, 22 January 2028",
        ("Account", "Debit", "Credit"),
        (
            ("taken: card", "359.00 EUR", "–"),
            ("taken: transfer", "350.00 EUR", "–"),
            ("deferred: Adhésion", "–", "9.72 EUR"),
            ("deferred: Dix tickets", "–", "72.00 EUR"),
            ("recognised: deposits that were kept", "–", "45.00 EUR"),
            ("recognised: Soirée dans la halle", "–", "560.00 EUR"),
            ("recognised: Adhésion", "–", "2.28 EUR"),
            ("recognised: Salle de réunion", "–", "12.00 EUR"),
            ("recognised: Dix tickets", "–", "8.00 EUR"),
            ("Total", "709.00 EUR", "709.00 EUR"),
        ),
        (1, 2),
        True,
    ),
]

MONTH_END = [
    Heading("8. February 2028: a month, and its end, in the network"),
    DayBlock("Tuesday 1 February 2028"),
    LineBlock(
        "09:30", "Metz", "3 companies take desks, 150.00 EUR a month each. What is on account is billed on the first."
    ),
    Detail("Atelier du Saulcy SARL: Lucie Marchal and Robin Klein"),
    Detail("Studio Graoully: Odile Weber"),
    Detail("Mirabelle Conseil SAS: Victor Humbert"),
    DayBlock("Monday 14 February 2028"),
    LineBlock("11:00", "Metz", "Robin Klein pauses the desk, from 1 March 2028 to 31 March 2028."),
    Detail("1 February 2028 to 29 February 2028: 150.00 EUR"),
    Detail("1 April 2028 to 30 April 2028: 150.00 EUR"),
    DayBlock("Wednesday 16 February 2028"),
    LineBlock(
        "14:00",
        "Paris",
        "Yann Le Goff, who has bought another carnet in Nantes this morning, checks in for the day in Paris.",
    ),
    Detail("Cantine de Nantes SAS (société) owes 4.80 EUR for it, 60% of what was paid for the entry"),
    DayBlock("Wednesday 1 March 2028"),
    LineBlock(
        "06:00", "Metz", "Bill F2028-000002 to Atelier du Saulcy SARL: 450.00 EUR, due on 16 March 2028.", "system"
    ),
    Detail("Lucie Marchal: 2 × Bureau au mois, 300.00 EUR"),
    Detail("Robin Klein: 1 × Bureau au mois, 150.00 EUR"),
    MailBlock("to saulcy@example.org: “Your invoice F2028-000002”"),
    LineBlock("06:00", "Metz", "Bill F2028-000003 to Studio Graoully: 150.00 EUR, due on 16 March 2028.", "system"),
    Detail("Odile Weber: 1 × Bureau au mois, 150.00 EUR"),
    Detail("150.00 EUR by the card that is stored: declined"),
    MailBlock("to graoully@example.org: “Your invoice F2028-000003”"),
    MailBlock("to graoully@example.org: “Payment declined: 150.00 EUR”"),
    LineBlock(
        "06:00", "Metz", "Bill F2028-000004 to Mirabelle Conseil SAS: 300.00 EUR, due on 16 March 2028.", "system"
    ),
    Detail("Victor Humbert: 2 × Bureau au mois, 300.00 EUR"),
    MailBlock("to mirabelle@example.org: “Your invoice F2028-000004”"),
    LineBlock(
        "10:00",
        "Nantes",
        "Cantine de Nantes SAS (société) and Les Cantines (association) have cleared to 29 February "
        "2028: the first owes the second 4.80 EUR.",
    ),
    DayBlock("Thursday 2 March 2028"),
    LineBlock("09:00", "Metz", "Odile Weber pays 150.00 EUR by the card that is stored: settled."),
    Detail("left to pay of F2028-000003: 0.00 EUR"),
    DayBlock("Friday 3 March 2028"),
    LineBlock("10:00", "Metz", "Mirabelle Conseil SAS transfers 350.00 EUR."),
    Detail("left to pay of F2028-000004: 0.00 EUR"),
    Detail("50.00 EUR were too much: they stay as credit, for the next bill"),
    LineBlock(
        "18:00", "Metz", "The books are closed to 29 February 2028: # entries, debit 4169.00 EUR = credit 4169.00 EUR."
    ),
    Detail("file for the tax office, 123456789FEC20280229.txt: 14 lines"),
    Detail("Atelier du Saulcy SARL still owes 450.00 EUR"),
    Heading("9. What the store proves"),
    Detail("31 prices were made; computed again from what was stored, 31 come out the same"),
    Detail("# ledger entries, whose sum is 0.00 EUR"),
    Detail("# journal entries, folded into # records: 0 differ from the rows of the store"),
]

STORY = {
    "morning": MORNING,
    "noon": NOON,
    "waiting list": WAITING,
    "paid": PAID,
    "evening": EVENING,
    "month": MONTH,
    "hall": HALL,
    "month-end": MONTH_END,
}
SCENES = dict(zip(STORY, _run.SCENES, strict=True))


COUNTED = re.compile(r"(?<=ent_)\d+|\d+(?= ledger entries| journal entries| records| entries, debit)")
"""Numbers that a change of the core may change, and that say nothing of the day."""


def tell(archive: Archive, scene: str, lang: str) -> list[Block]:
    """The blocks of a scene, with a # for numbers that say nothing of the day."""
    words = DemoWords(lang)
    return [plain(block) for block in (SCENES[scene].begin(words), *SCENES[scene].tell(archive, words))]


def plain(value):
    """The value, with a # for numbers that say nothing of the day."""
    match value:
        case str():
            return COUNTED.sub("#", value)
        case tuple():
            return tuple(map(plain, value))
        case int():
            return value
    return type(value)(*(plain(part) for part in attrs.astuple(value, recurse=False)))


def played(lang: str) -> Archive:
    """A day that was played by people of a language."""
    stage = _stage.DemoStage(MemoryStorage(), lang)
    for scene in _run.SCENES:
        scene.play(stage)
    return Archive(stage.cantine.read)


@pytest.fixture(scope="module")
def english() -> Archive:
    return played("en")


@pytest.fixture(scope="module")
def french() -> Archive:
    return played("fr")


EACH = pytest.mark.parametrize("scene", STORY)


@EACH
def test_scene_word_for_word(english, scene):
    """The scene is told as it is written here."""
    assert tell(english, scene, "en") == STORY[scene]


@EACH
def test_scene_is_told_as_soon_as_it_was_played(scene):
    """A scene is told the same right after it was played as at the end of the day."""
    stage = _stage.DemoStage(MemoryStorage(), "en")
    for name, one in SCENES.items():
        one.play(stage)
        if name == scene:
            break
    assert tell(Archive(stage.cantine.read), scene, "en") == STORY[scene]


def test_scenes_in_any_order(english):
    """What a scene tells does not depend on what was told before it."""
    backwards = {scene: tell(english, scene, "en") for scene in reversed(STORY)}
    assert backwards == STORY


@EACH
def test_french_has_the_same_parts(french, scene):
    """In French there are the same blocks in the same order, with the same moods, times and places."""
    told = tell(french, scene, "fr")
    assert [shape(block) for block in told] == [shape(block) for block in STORY[scene]]


def shape(block: Block) -> object:
    """What a block is made of, without its words."""
    match block:
        case LineBlock(at, place, _, mood):
            return at, place, mood
        case ReasonsBlock(_, lines):
            return [len(line) - len(line.lstrip()) for line in lines]
        case GridBlock(_, head, rows, right, total):
            return len(head), len(rows), right, total
    return type(block)


@EACH
def test_french_has_the_same_figures(french, scene):
    """In French the amounts, times and counts are those of the English telling."""
    for block, original in zip(tell(french, scene, "fr"), STORY[scene], strict=True):
        assert figures(block) == figures(original)


def figures(block: Block) -> list[str]:
    """The numbers in a block in the order of their size; dates and ordinals are written otherwise in each language."""
    text = re.sub(
        r"ent_#|\d+ (entrées de journal|enregistrements|écritures)|\d+/\d+/\d+|\d+-\d+-\d+",
        "",
        " ".join(words(attrs.astuple(block))),
    )
    text = text.replace(",", ".").replace("\u202f", "")
    return sorted(re.findall(r"\d+(?:[.:]\d+)?", text))


def words(value: object) -> list[str]:
    """All texts in a value."""
    if isinstance(value, str):
        return [value]
    return [text for part in value for text in words(part)] if isinstance(value, tuple) else []


@EACH
def test_no_english_is_left_in_french(french, scene):
    """The French telling has none of the small words of English."""
    told = " ".join(text for block in tell(french, scene, "fr") for text in words(attrs.astuple(block)[:3]))
    assert not re.search(r"\b(the|and|seat is|of|to|booked|refused|free)\b", told)


@EACH
def test_people_and_places_are_the_same(french, scene):
    """Names of people, rooms and operators are data: they are told alike in both languages."""
    told = " ".join(text for block in tell(french, scene, "fr") for text in words(attrs.astuple(block)))
    original = " ".join(text for block in STORY[scene] for text in words(attrs.astuple(block)))
    for name in NAMES:
        assert (name in told) == (name in original), name


NAMES = (
    "Zoé Marchand",
    "Yann Le Goff",
    "Nadia Benali",
    "Bruno Teixeira",
    "Malo Kerbrat",
    "Elsa Vidal",
    "Manon Lacaze",
    "Noé Saint-Martin",
    "Salle Ada",
    "Grande salle, côté cour",
    "Ville de Brest (régie)",
    "Réparer au lieu de jeter",
    "Initiation à la soudure",
    "Salomé Thiriet",
    "Salle Verlaine",
    "Adhésion",
    "Victor Humbert",
    "La halle",
    "Mirabelle Conseil SAS",
    "Soirée dans la halle",
)
