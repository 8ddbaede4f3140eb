"""The pages of the bank: a list of its payments, and a page to pay each on, in French and English. HTML forms,
and no script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from cantinekit.common.typography import LANGUAGES, Lang, french_words, money
from cantinekit.testing.fakebank._provider import Payment

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}
"""A page is read anew when somebody comes back to it: it says then that it was paid."""
LONGEST_WAIT = 86_400
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_STYLE = """:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
button,input{font:inherit;padding:.5rem 1rem;margin:.25rem .5rem .25rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem .25rem 0}"""
_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "en": {
        "open": "not paid yet",
        "paid": "paid",
        "declined": "declined",
        "payments": "Payments",
        "what": "What for",
        "amount": "Amount",
        "state": "State",
        "nothing": "Nothing was asked for yet.",
        "pay": "Pay",
        "decline": "Decline the card",
        "seconds": "Seconds until it is paid",
        "late": "Pay late",
        "back": "Go back without paying",
        "close": "Close the page for good",
        "place": "Back to the place",
        "no page": "No such page",
        "missing": "There is no such payment.",
        "all": "All payments",
        "bank": "fake bank",
        "no money": "This bank moves no money.",
        "said": "$what: $state",
    },
    "fr": french_words(
        {
            "open": "à payer",
            "paid": "payé",
            "declined": "refusé",
            "payments": "Paiements",
            "what": "Pour quoi",
            "amount": "Montant",
            "state": "État",
            "nothing": "Rien n’a encore été demandé.",
            "pay": "Payer",
            "decline": "Refuser la carte",
            "seconds": "Secondes avant le paiement",
            "late": "Payer plus tard",
            "back": "Revenir sans payer",
            "close": "Fermer la page pour de bon",
            "place": "Retour au lieu",
            "no page": "Page introuvable",
            "missing": "Ce paiement n’existe pas.",
            "all": "Tous les paiements",
            "bank": "banque factice",
            "no money": "Cette banque ne déplace pas d’argent.",
            "said": "$what : $state",
        }
    ),
}
_NAMES: Mapping[Lang, str] = {"fr": "Français", "en": "English"}
_PART = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")


def language(chosen: str | None, checkout: str | None, accepts: str) -> Lang:
    """The language of a page: the one that was chosen on it, that of the checkout, or the one that the browser likes
    best of those that there are; else English.

    Args:
        chosen: ``lang`` of the address of the page.
        checkout: the language that the payment was asked for in, such as "fr" or "fr-FR".
        accepts: the header Accept-Language (RFC 9110, 12.5.4).
    """
    for one in (chosen, (checkout or "").partition("-")[0]):
        if (known := _known(one)) is not None:
            return known
    parts = [part for one in accepts[:1000].split(",") if (part := _PART.fullmatch(one)) is not None]
    liked = [(float(part[2] or 1), lang) for part in parts if (lang := _known(part[1].lower())) is not None]
    best = max((likes for likes, _ in liked), default=0.0)
    return next((lang for likes, lang in liked if likes == best > 0), "en")


def _known(code: str | None) -> Lang | None:
    return next((lang for lang in LANGUAGES if lang == code), None)


def address(text: str | None) -> str | None:
    """An address that a browser may be sent to; ``None``: there is none, or it is something else.

    Args:
        text: what came as the address to go back to.
    """
    return text if text is not None and _ADDRESS.fullmatch(text) else None


def listed(payments: Sequence[Payment], lang: Lang) -> bytes:
    """The page with all payments.

    Args:
        payments: the payments, in the order in which they are shown.
        lang: the language of the page.
    """
    words = _WORDS[lang]
    rows = "".join(
        f'<tr><td><a href="/pay/{escape(one.id)}?lang={lang}">{escape(one.text or one.id)}</a></td>'
        f"<td>{escape(money(one.amount, lang))}</td><td>{words[one.state]}</td></tr>"
        for one in payments
    )
    head = "".join(f"<th scope=col>{words[name]}</th>" for name in ("what", "amount", "state"))
    body = f"<table><tr>{head}</tr>{rows}</table>" if rows else f"<p>{words['nothing']}</p>"
    return _page(words["payments"], body, lang)


def asked(payment: Payment, lang: Lang) -> bytes:
    """The page on which a payment is paid, or which says that it cannot be any more.

    Args:
        payment: the payment.
        lang: the language of the page.
    """
    words, amount = _WORDS[lang], money(payment.amount, lang)
    title = f"{words['pay']} {amount}"
    if payment.state != "open":
        title = Template(words["said"]).substitute(what=amount, state=words[payment.state])
    body = f"<p>{escape(payment.text)}</p>" if payment.text else ""
    if payment.state == "open":
        body += _form(payment.id, lang)
    elif (back := address(payment.back)) is not None:
        body += f'<p><a href="{escape(back)}">{words["place"]}</a></p>'
    return _page(title, body, lang)


def missing(lang: Lang) -> bytes:
    """The page that says that there is no such page.

    Args:
        lang: the language of the page.
    """
    words = _WORDS[lang]
    return _page(words["no page"], f'<p>{words["missing"]} <a href="/?lang={lang}">{words["all"]}</a></p>', lang)


def _form(id: str, lang: Lang) -> str:
    words = _WORDS[lang]
    return f"""<form method="post" action="/pay/{escape(id)}?lang={lang}">
<p><button name="do" value="pay">{words["pay"]}</button>
<button name="do" value="decline">{words["decline"]}</button></p>
<p><label for="seconds">{words["seconds"]}</label>
<input id="seconds" name="seconds" type="number" min="0" max="{LONGEST_WAIT}" value="60">
<button name="do" value="late">{words["late"]}</button></p>
<p><button name="do" value="back">{words["back"]}</button>
<button name="do" value="close">{words["close"]}</button></p>
</form>"""


def _page(title: str, body: str, lang: Lang) -> bytes:
    words = _WORDS[lang]
    others = " ".join(
        f'<a href="?lang={other}" lang="{other}" hreflang="{other}">{_NAMES[other]}</a>'
        for other in LANGUAGES
        if other != lang
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} - {words['bank']}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}"
        f"<p><small>{words['no money']} {others}</small></p></main></body></html>"
    ).encode()
