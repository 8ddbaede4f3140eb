"""VAT and registration numbers: what is stored was checked by the rules of its country."""

from __future__ import annotations

import re
from typing import Any

from cantinekit.errors import InputError

_REGISTERED = {
    "BE": ("vat",),
    "CH": ("uid",),
    "DE": ("handelsregisternummer",),
    "ES": ("cif", "nif"),
    "FR": ("siren", "siret"),
    "IT": ("iva", "codicefiscale"),
}
"""The numbers by which each country registers organisations, as the modules of python-stdnum are called."""
_RNA = re.compile(r"W[0-9A-Z][0-9]{8}")
"""The number of a French association (répertoire national des associations), which has no check digit."""


def check_vat_number(number: str, country: str) -> str:
    """A VAT number as it is written without spaces, with the prefix of its country where it is of the EU.

    Args:
        number: the number, with or without spaces, dots and hyphens; empty: none.
        country: the country of the organisation, of two letters; it says by whose rules a number without the prefix
            of a country of the EU is checked; empty: not known.

    Raises:
        InputError: it is none, it is of a country whose numbers cannot be checked, or the extra ``numbers`` is not
            installed.
    """
    if not number.strip():
        return ""
    stdnum = _checks()
    from stdnum.eu import vat

    if vat.is_valid(number):
        return str(vat.validate(number))
    rule = stdnum.get_cc_module(country.lower(), "vat") if country else None
    if rule is None:
        raise InputError("vat_number is no VAT number of the EU, nor of a country whose numbers can be checked")
    if not rule.is_valid(number):
        raise InputError(f"vat_number is no VAT number of {country}: a digit is wrong or missing")
    whole = str(rule.validate(number))
    return str(vat.validate(country + whole)) if vat.is_valid(country + whole) else whole


def check_registration(number: str, country: str) -> str:
    """A registration number as it is written without spaces.

    Args:
        number: the number: of France a SIREN, a SIRET or an RNA, of Belgium, Germany, Italy, Spain and Switzerland that
            of their registers; empty: none.
        country: the country of two letters.

    Raises:
        InputError: it is none, no country is stated, its numbers cannot be checked, or the extra ``numbers`` is not
            installed.
    """
    if not number.strip():
        return ""
    stdnum = _checks()
    names = _REGISTERED.get(country)
    if names is None:
        raise InputError(f"registration: numbers are checked of {', '.join(_REGISTERED)}; state the country")
    plain = "".join(number.split())
    if country == "FR" and _RNA.fullmatch(plain):
        return plain
    for name in names:
        rule = stdnum.get_cc_module(country.lower(), name)
        if rule.is_valid(number):
            return str(rule.validate(number))
    raise InputError(f"registration is no registration number of {country}: a digit is wrong or missing")


def _checks() -> Any:
    """The library that knows the numbers; it is imported with the first number, as few houses store any."""
    try:
        import stdnum
    except ImportError:
        raise InputError(
            "numbers are stored once they are checked: install the extra cantinekit[numbers], or leave them out"
        ) from None
    return stdnum
