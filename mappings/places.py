"""Countries and regions as people write them, to their ISO 3166 codes."""

from __future__ import annotations

from functools import lru_cache

import pycountry

COMMON = {
    "UK": "GB",
    "ENGLAND": "GB",
    "SCOTLAND": "GB",
    "WALES": "GB",
    "USA": "US",
    "U S A": "US",
    "UAE": "AE",
}


@lru_cache(maxsize=2000)
def country(text: str) -> str | None:
    """The two-letter code of a country given by code or ISO name, or None."""
    wanted = " ".join(text.split())
    if not wanted:
        return None
    common = COMMON.get(wanted.upper().replace(".", " ").strip())
    try:
        return common or pycountry.countries.lookup(wanted).alpha_2
    except LookupError:
        return None


@lru_cache(maxsize=5000)
def region(country_code: str, text: str) -> str | None:
    """The part after the dash of a region's ISO 3166-2 code, given by code or name;
    None if the country has none such.
    """
    wanted = " ".join(text.split()).casefold()
    for one in pycountry.subdivisions.get(country_code=country_code.upper()) or ():
        short = one.code.partition("-")[2]
        if wanted in (one.code.casefold(), short.casefold(), one.name.casefold()):
            return short
    return None
