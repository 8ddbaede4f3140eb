"""Documents as PDF, with the extra ``pdf``: WeasyPrint sets the HTML that the library prints, on pages of A4."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from typing import Any


@cache
def _weasyprint() -> Any:
    """WeasyPrint, imported when it is first needed; ``None``: it is not there, or Pango is not, which it draws with."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def can_print() -> bool:
    """Whether documents can be had as PDF."""
    return _weasyprint() is not None


def pdf_of(article: str, title: str, lang: str) -> bytes:
    """A document as PDF, with tags for those who have it read to them. Nothing is fetched from anywhere.

    Args:
        article: the document as the library prints it in HTML, its texts escaped.
        title: what the file is called inside, such as the number of the document.
        lang: "fr" or "en".
    """
    style = resources.files("tiers_lieu").joinpath("static", "paper.css").read_text(encoding="utf-8")
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{style}</style>"
    page = f"<!doctype html><html lang='{lang}'><head>{head}</head><body>{article}</body></html>"
    printer = _weasyprint()
    nowhere = printer.urls.URLFetcher(allowed_protocols=())
    made: bytes = printer.HTML(string=page, url_fetcher=nowhere).write_pdf(pdf_tags=True)
    return made
