"""The pages of the bank: a list of its payments, and a page to pay each on. HTML forms, and no script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from cantinekit.testing.fakebank._provider import Payment

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}
"""A page is read anew when somebody comes back to it: it says then that it was paid."""
LONGEST_WAIT = 86_400
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_STYLE = """:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
button,input{font:inherit;padding:.5rem 1rem;margin:.25rem .5rem .25rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem .25rem 0}"""
_STATES = {"open": "not paid yet", "paid": "paid", "declined": "declined"}


def address(text: str | None) -> str | None:
    """An address that a browser may be sent to; ``None``: there is none, or it is something else.

    Args:
        text: what came as the address to go back to.
    """
    return text if text is not None and _ADDRESS.fullmatch(text) else None


def listed(payments: Sequence[Payment]) -> bytes:
    """The page with all payments.

    Args:
        payments: the payments, in the order in which they are shown.
    """
    rows = "".join(
        f'<tr><td><a href="/pay/{escape(one.id)}">{escape(one.text or one.id)}</a></td>'
        f"<td>{escape(str(one.amount))}</td><td>{_STATES[one.state]}</td></tr>"
        for one in payments
    )
    head = "<tr><th scope=col>What for</th><th scope=col>Amount</th><th scope=col>State</th></tr>"
    return _page("Payments", f"<table>{head}{rows}</table>" if rows else "<p>Nothing was asked for yet.</p>")


def asked(payment: Payment) -> bytes:
    """The page on which a payment is paid, or which says that it cannot be any more.

    Args:
        payment: the payment.
    """
    title = f"{payment.amount}: {_STATES[payment.state]}" if payment.state != "open" else f"Pay {payment.amount}"
    body = f"<p>{escape(payment.text)}</p>" if payment.text else ""
    if payment.state == "open":
        body += _form(payment.id)
    elif (back := address(payment.back)) is not None:
        body += f'<p><a href="{escape(back)}">Back to the place</a></p>'
    return _page(title, body)


def missing() -> bytes:
    """The page that says that there is no such page."""
    return _page("No such page", '<p>There is no such payment. <a href="/">All payments</a></p>')


def _form(id: str) -> str:
    return f"""<form method="post" action="/pay/{escape(id)}">
<p><button name="do" value="pay">Pay</button>
<button name="do" value="decline">Decline the card</button></p>
<p><label for="seconds">Seconds until it is paid</label>
<input id="seconds" name="seconds" type="number" min="0" max="{LONGEST_WAIT}" value="60">
<button name="do" value="late">Pay late</button></p>
<p><button name="do" value="back">Go back without paying</button>
<button name="do" value="close">Close the page for good</button></p>
</form>"""


def _page(title: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} - fake bank</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}"
        "<p><small>This bank moves no money.</small></p></main></body></html>"
    ).encode()
