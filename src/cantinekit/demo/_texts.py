"""What the demonstration says, in English and French: by name, then by language."""

from __future__ import annotations

from typing import Final

_PAIRS: Final[dict[str, tuple[str, str]]] = {
    "and": ("and", "et"),
    "ranks": ("first second third fourth fifth", "première deuxième troisième quatrième cinquième"),
    "title": ("A day in the network of cantines: {day}", "Une journée dans le réseau des cantines : {day}"),
    "about": (
        "Invented people, the prices published in 2013. All that follows is read back from the store.",
        "Personnes inventées, tarifs publiés en 2013. Tout ce qui suit est relu dans la base.",
    ),
    "about walks": (
        "Then, a year later in another house: a month of a member, a hall let for an evening, and a month-end.",
        "Puis, un an plus tard et ailleurs : le mois d’une adhérente, une halle louée un soir, et une fin de mois.",
    ),
    "network": ("The network", "Le réseau"),
    "place": ("Cantine", "Cantine"),
    "operator": ("Operator", "Exploitant"),
    "accounts": ("Takes money by", "Encaisse par"),
    "capacity": ("Desks", "Bureaux"),
    "account desk": ("desk", "caisse"),
    "account card": ("card", "carte"),
    "account transfer": ("transfer", "virement"),
    "account stored": ("stored card", "carte enregistrée"),
    "by desk": ("in cash at the desk", "en espèces à l’accueil"),
    "by card": ("by card", "par carte"),
    "by transfer": ("by transfer", "par virement"),
    "by stored": ("by the card that is stored", "par la carte enregistrée"),
    "price": ("Price: {total}, because", "Prix : {total}, car"),
    "mail": ("to {to}: “{subject}”", "à {to} : « {subject} »"),
    "setting up": ("setting the network up", "mise en place du réseau"),
    "setting up companies": ("three companies come to Metz", "trois entreprises arrivent à Metz"),
    "desks for companies": ("selling desks by the month", "vente de bureaux au mois"),
    "setting up metz": ("setting the house in Metz up", "mise en place de la maison de Metz"),
    "selling": ("selling desks in Rennes", "vente des bureaux à Rennes"),
    "registering": ("registrations in Toulouse", "inscriptions à Toulouse"),
    "somebody": ("Somebody", "Quelqu’un"),
    # --- visits ---
    "visits": ("1. The morning: visits and carnets", "1. La matinée : visites et carnets"),
    "walk-in": (
        "A visitor who gives no name takes a half-day: {paid} in cash at the desk, {state} at once.",
        "Un visiteur anonyme prend une demi-journée : {paid} en espèces à l’accueil, montant {state} aussitôt.",
    ),
    "code": (
        "Wi-Fi code {code}, from the list of the cantine ({left} left)",
        "code Wi-Fi {code}, pris dans la liste de la cantine (il en reste {left})",
    ),
    "own code": ("Wi-Fi code {code}: no code is given twice", "code Wi-Fi {code} : aucun code ne sert deux fois"),
    "until": ("may stay until {until}", "peut rester jusqu’à {until}"),
    "carnet": (
        "{name} buys a carnet of {units} entries: {paid} by card.",
        "{name} achète un carnet de {units} entrées : {paid} par carte.",
    ),
    "check-in": ("{name} checks in for the day.", "{name} arrive pour la journée."),
    "balance": (
        "balance of the account “{account}”: {left} of {bought}",
        "solde du compte « {account} » : {left} sur {bought}",
    ),
    "elsewhere": (
        "{name}, whose carnet was sold in {bought} the evening before, checks in for the day in {place}.",
        "{name}, dont le carnet a été vendu la veille à {bought}, arrive pour la journée à {place}.",
    ),
    "sellers": (
        "sold by {seller}, used at {host}: one carnet for the whole network",
        "vendu par {seller}, utilisé chez {host} : un même carnet pour tout le réseau",
    ),
    "stays on": (
        "The visitor of 09:05 stays on for the day and pays the difference: {paid}.",
        "Le visiteur de 09:05 reste la journée et paie la différence : {paid}.",
    ),
    "difference": (
        "the whole {total}, less {before} paid before = {rest}",
        "le tout {total}, moins {before} déjà payés = {rest}",
    ),
    "superseded": (
        "may stay until {until}; the first pass is {state}, not deleted",
        "peut rester jusqu’à {until} ; le premier titre est {state}, pas effacé",
    ),
    # --- rooms ---
    "rooms": ("2. Noon: rooms and desks", "2. Midi : salles et bureaux"),
    "booked": (
        "{name} books {space}, {period}, for {paid} {by}.",
        "{name} réserve : {space}, {period}, pour {paid} {by}.",
    ),
    "wants": ("{name} asks for {space}, {period}: refused.", "{name} demande : {space}, {period}. C’est refusé."),
    "conflict": ("{space} is taken: {clashes}", "{space} n’est pas libre : {clashes}"),
    "sold out": ("{wanted} wanted, {left} left", "demandé : {wanted}, disponible : {left}"),
    "closed": ("{what} is closed", "{what} : fermé"),
    "nearest": ("nearest free times: {spans}", "créneaux libres les plus proches : {spans}"),
    "nothing near": ("nothing as long is free that day", "aucun créneau de cette durée n’est libre ce jour-là"),
    "both": ("this takes both of its halves: {parts}", "ses deux moitiés sont prises avec elle : {parts}"),
    "free": ("Free in Paris from 14:00 to 19:00", "Libre à Paris de 14:00 à 19:00"),
    "space": ("Space", "Espace"),
    "free times": ("Free", "Libre"),
    "hold": (
        "{name} holds a desk of the open space for {period}, without paying: kept until {until}.",
        "{name} pose une option sur un bureau de l’espace ouvert, {period}, sans payer : gardé jusqu’à {until}.",
    ),
    "desks sold": (
        "{count} other desks are sold one by one at the desk, each at {each}.",
        "{count} autres bureaux sont vendus un à un à l’accueil, {each} chacun.",
    ),
    "desks": (
        "{sold} sold + {held} held, of {capacity} desks: {left}",
        "{sold} vendus + {held} en option, sur {capacity} bureaux : {left}",
    ),
    "a desk left": ("there is one to be had", "il en reste"),
    "no desk left": ("not one more to be had", "plus un seul de libre"),
    "expired": (
        "The hold of {name} runs out: {state}. The desk is free again.",
        "L’option de {name} arrive à son terme : {state}. Le bureau est de nouveau libre.",
    ),
    "last desk": ("The desk is sold to somebody else.", "Le bureau est vendu à quelqu’un d’autre."),
    # --- workshops ---
    "free workshop": (
        "3. Afternoon: a free workshop and its waiting list",
        "3. L’après-midi : un atelier gratuit et sa liste d’attente",
    ),
    "fills": (
        "“{title}” ({period}, free): {count} people register, one after the other.",
        "« {title} » ({period}, gratuit) : {count} personnes s’inscrivent l’une après l’autre.",
    ),
    "seats": ("seats taken: {taken} of {capacity}", "places prises : {taken} sur {capacity}"),
    "sent": ("{count} messages like “{subject}”", "{count} messages comme « {subject} »"),
    "waits": (
        "{name} is number {number}: {rank} on the waiting list.",
        "{name} est la {number}e personne : {rank} sur la liste d’attente.",
    ),
    "leaves": ("{name} gives the seat up: {state}.", "{name} renonce à sa place : inscription {state}."),
    "promoted": (
        "{name} was first on the waiting list, and has the seat: {state}",
        "première sur la liste d’attente, {name} obtient la place : inscription {state}",
    ),
    "waiting": ("first on the waiting list now: {names}", "désormais en tête de la liste d’attente : {names}"),
    "paid workshop": (
        "4. Afternoon: a seat that a carnet and a card pay together",
        "4. L’après-midi : une place payée par un carnet et une carte",
    ),
    "in money": (
        "{name} registers for “{title}” with the materials, and has no carnet: {paid} by card.",
        "{name} s’inscrit à « {title} » avec les fournitures, sans carnet : {paid} par carte.",
    ),
    "seat": (
        "{name} registers with the materials: one entry of the carnet, and {due} by card.",
        "{name} s’inscrit avec les fournitures : une entrée du carnet, et {due} par carte.",
    ),
    "unit": (
        "entitlement {id}: {bought} bought = {left} left + {used} used",
        "droit {id} : achetées {bought} = restantes {left} + utilisées {used}",
    ),
    "attempt": ("Try number {number}, {amount} by card: {state}.", "Essai n° {number}, {amount} par carte : {state}."),
    "seat kept": (
        "nothing is lost: the seat is {state} until {until}, the entry is set aside",
        "rien n’est perdu : la place reste {state} jusqu’à {until}, l’entrée est mise de côté",
    ),
    "seat now": ("the seat is {state}", "la place est {state}"),
    "given up": (
        "{name} gives the seat up: {state}. The entry goes back to where it came from.",
        "{name} renonce : inscription {state}. L’entrée retourne là d’où elle venait.",
    ),
    "refund": ("{amount} go back {by}: {state}", "remboursement de {amount} {by} : {state}"),
    # --- figures ---
    "figures": ("5. Evening: the figures of the day", "5. Le soir : les chiffres de la journée"),
    "agenda": ("Agenda of {place}", "Agenda de {place}"),
    "when": ("When", "Quand"),
    "what": ("What", "Quoi"),
    "who": ("Who or what", "Qui ou quoi"),
    "no name": ("no name given", "anonyme"),
    "state": ("State", "État"),
    "kind booking": ("booking", "réservation"),
    "kind visit": ("visit", "visite"),
    "kind session": ("workshop", "atelier"),
    "seats of": ("{state} seats", "{state} places"),
    "takings": ("Takings of the day", "Encaissements de la journée"),
    "refunded": ("refunded", "remboursé"),
    "total": ("Total", "Total"),
    "earned": (
        "Earned, after refunds; entries of a carnet when they are used",
        "Gagné, remboursements déduits ; les entrées d’un carnet quand elles servent",
    ),
    "product": ("Product", "Produit"),
    "amount": ("Amount", "Montant"),
    "attendance": ("Attendance", "Fréquentation"),
    "visits head": ("Visits", "Visites"),
    "unique": ("Unique visitors", "Visiteurs uniques"),
    "walk-ins": ("Without a name", "Dont anonymes"),
    "sessions": ("Workshops", "Ateliers"),
    "seats taken": ("Seats taken", "Places prises"),
    # --- a month ---
    "month": ("6. A year later, in Metz: a month of a member", "6. Un an plus tard, à Metz : le mois d’une adhérente"),
    "joins": (
        "{name} wants ten tickets. They are for members: the membership comes with them. {paid} by card.",
        "{name} veut dix tickets. Ils sont réservés aux adhérents : l’adhésion s’y ajoute. {paid} par carte.",
    ),
    "lasts": ("{product}: from {first} to {last}", "{product} : du {first} au {last}"),
    "november rule": (
        "bought from November on, a membership covers the next year too",
        "prise à partir de novembre, l’adhésion couvre aussi l’année suivante",
    ),
    "asks": (
        "{name} asks first what it would cost to call the room off.",
        "{name} demande d’abord ce que coûterait l’annulation de la salle.",
    ),
    "would cost": ("{fee} would be kept, {refund} would go back", "{fee} seraient gardés, {refund} seraient rendus"),
    "only asked": (
        "asking has changed nothing: the room is {state}",
        "la question n’a rien changé : la réservation est {state}",
    ),
    "calls off": ("{name} calls the room off: {state}.", "{name} renonce à la salle : réservation {state}."),
    "fee kept": ("{fee} are kept, as was told before", "{fee} sont gardés, comme annoncé"),
    "month ends": ("The month ends. What {name} has left:", "Le mois s’achève. Ce qui reste à {name} :"),
    "paid in all": (
        "paid since the 3rd: {paid}, less {back} given back = {rest}",
        "payé depuis le 3 : {paid}, moins {back} rendus = {rest}",
    ),
    "balances": (
        "all accounts of the ledger together: {sum}",
        "tous les comptes du grand livre ensemble : {sum}",
    ),
    "trial balance": (
        "Trial balance of Metz, {day}",
        "Balance de Metz, {day}",
    ),
    "ledger account": ("Account", "Compte"),
    "debit": ("Debit", "Débit"),
    "credit": ("Credit", "Crédit"),
    "ledger account of": ("taken: {what}", "encaissé : {what}"),
    "ledger deferred of": ("deferred: {what}", "constaté d’avance : {what}"),
    "ledger revenue of": ("recognised: {what}", "acquis : {what}"),
    "kept deposits": ("deposits that were kept", "cautions gardées"),
    # --- an evening ---
    "evening": (
        "7. That winter, in Metz: the hall let for an evening",
        "7. Cet hiver-là, à Metz : la halle louée pour une soirée",
    ),
    "hall booked": (
        "{name} books {space} for an evening, {period}: {price}.",
        "{name} réserve {space} pour une soirée, {period} : {price}.",
    ),
    "down payment": (
        "due with the booking, and paid {by}: {amount}",
        "acompte à la réservation, payé {by} : {amount}",
    ),
    "later revenue": ("due on {day}: {amount}, the rest", "à payer le {day} : {amount}, le solde"),
    "later held": (
        "due on {day}: {amount}, as a deposit, which no document states",
        "à déposer le {day} : {amount} de caution, qui ne figure sur aucune pièce",
    ),
    "invoice": ("Invoice {number} to {company}.", "Facture {number} à {company}."),
    "receipt": ("Receipt {number} to {company}.", "Reçu {number} à {company}."),
    "document line": ("{text}: {amount}", "{text} : {amount}"),
    "document paid": ("paid so far: {paid}", "déjà réglé : {paid}"),
    "mention": ("no tax: {mention}", "pas de taxe : {mention}"),
    "falls due revenue": ("The rest falls due: {amount}.", "Le solde arrive à échéance : {amount}."),
    "falls due held": ("The deposit falls due: {amount}.", "La caution arrive à échéance : {amount}."),
    "pays": ("{name} pays {amount} {by}: {state}.", "{name} verse {amount} {by} : {state}."),
    "paid so far": (
        "paid so far, of price and deposit together: {paid} of {whole}",
        "déjà versé, prix et caution ensemble : {paid} sur {whole}",
    ),
    "deposit held": (
        "held as a deposit: {deposit}; takings of the day: {takings}",
        "caution détenue : {deposit} ; encaissements du jour : {takings}",
    ),
    "overran": (
        "The guests leave at {until}, {minutes} minutes after {booked}.",
        "Les invités partent à {until}, {minutes} minutes après {booked}.",
    ),
    "overrun paid": (
        "the price list asks {amount} for it, paid {by}: {state}",
        "la grille tarifaire demande {amount}, payés {by} : {state}",
    ),
    "deposit kept": ("{amount} of the deposit are kept: {reason}.", "{amount} de la caution sont gardés : {reason}."),
    "lamp": ("a lamp was broken", "une lampe a été cassée"),
    "deposit left": ("held as a deposit: {amount}", "caution détenue : {amount}"),
    "deposit back": (
        "The rest of the deposit goes back, {amount} {by}: {state}.",
        "Le reste de la caution est rendu, {amount} {by} : {state}.",
    ),
    # --- a month-end ---
    "month-end": (
        "8. February 2028: a month, and its end, in the network",
        "8. Février 2028 : un mois, et sa clôture, dans le réseau",
    ),
    "companies": (
        "{count} companies take desks, {price} a month each. What is on account is billed on the first.",
        "{count} entreprises prennent des bureaux, {price} par mois. Ce qui reste dû est facturé le premier du mois.",
    ),
    "people of": ("{company}: {people}", "{company} : {people}"),
    "pauses": (
        "{name} pauses the desk, from {first} to {last}.",
        "{name} met son bureau en pause, du {first} au {last}.",
    ),
    "away": ("a month in Lisbon", "un mois à Lisbonne"),
    "desk period": ("{first} to {last}: {price}", "du {first} au {last} : {price}"),
    "elsewhere today": (
        "{name}, who has bought another carnet in {bought} this morning, checks in for the day in {place}.",
        "{name}, qui a repris un carnet à {bought} ce matin, passe la journée à {place}.",
    ),
    "owes for it": (
        "{seller} owes {amount} for it, {share}% of what was paid for the entry",
        "{seller} doit pour cela {amount}, {share}\u00a0% du prix payé pour l’entrée",
    ),
    "bill": (
        "Bill {number} to {company}: {amount}, due on {due}.",
        "Facture {number} à {company} : {amount}, à payer le {due}.",
    ),
    "for person": ("{name}: {count} × {product}, {amount}", "{name} : {count} × {product}, {amount}"),
    "taken with it": ("{amount} {by}: {state}", "{amount} {by} : {state}"),
    "cleared": (
        "{seller} and {host} have cleared to {day}: the first owes the second {amount}.",
        "{seller} et {host} ont compensé jusqu’au {day} : la première doit {amount} à la seconde.",
    ),
    "left of bill": ("left to pay of {number}: {amount}", "reste à payer de {number} : {amount}"),
    "transfers": ("{company} transfers {amount}.", "{company} verse {amount} par virement."),
    "credit stays": (
        "{amount} were too much: they stay as credit, for the next bill",
        "{amount} de trop : gardés au crédit, pour la prochaine facture",
    ),
    "books closed": (
        "The books are closed to {day}: {count} entries, debit {debit} = credit {credit}.",
        "Les comptes sont clos au {day} : {count} écritures, débit {debit} = crédit {credit}.",
    ),
    "fec": ("file for the tax office, {name}: {count} lines", "fichier des écritures, {name} : {count} lignes"),
    "owes still": ("{company} still owes {amount}", "{company} doit encore {amount}"),
    # --- proofs ---
    "proofs": ("9. What the store proves", "9. Ce que la base démontre"),
    "prices again": (
        "{count} prices were made; computed again from what was stored, {same} come out the same",
        "{count} prix ont été établis ; recalculés à partir de la base, {same} sont identiques",
    ),
    "ledger": (
        "{count} ledger entries, whose sum is {sum}",
        "{count} écritures au grand livre, dont la somme est {sum}",
    ),
    "folded": (
        "{entries} journal entries, folded into {records} records: {different} differ from the rows of the store",
        "{entries} entrées de journal, repliées en {records} enregistrements : {different} diffèrent de la base",
    ),
}


def _french(text: str) -> str:
    """French puts a no-break space before its tall punctuation, and inside its quotation marks."""
    for mark in ":;!?»":
        text = text.replace(f" {mark}", f"\u00a0{mark}")
    return text.replace("« ", "«\u00a0").replace("n° ", "n°\u00a0")


TEXTS: Final[dict[str, dict[str, str]]] = {
    name: {"en": english, "fr": _french(french)} for name, (english, french) in _PAIRS.items()
}
"""All texts: name, language, text with the names of its values in braces."""
