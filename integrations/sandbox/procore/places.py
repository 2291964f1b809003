"""Countries and their subdivisions as far as the directory checks them (ISO 3166-1 alpha-2, ISO 3166-2)."""

import re
from typing import Any

SUBDIVISIONS = {
    "AU": {"ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"},
    "NZ": {
        "AUK", "BOP", "CAN", "CIT", "GIS", "HKB", "MBH", "MWT", "NSN", "NTL", "OTA", "STL", "TAS",
        "TKI", "WGN", "WKO", "WTC",
    },
    "US": {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN",
        "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH",
        "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT",
        "VT", "VA", "WA", "WV", "WI", "WY",
    },
}  # fmt: skip
# Codes ISO 3166-1 does not assign, or reserves, that people write anyway.
_NOT_ASSIGNED = {"UK", "EN", "XX", "ZZ", "AA", "EU"}


def place_error(record: dict[str, Any]) -> dict[str, list[str]]:
    """What is wrong with `country_code` and `state_code`, by field (unknown 18: refused)."""
    country, state = record.get("country_code"), record.get("state_code")
    if country and (not re.fullmatch(r"[A-Z]{2}", str(country)) or country in _NOT_ASSIGNED):
        return {"country_code": ["is not an ISO 3166-1 alpha-2 code"]}
    if not state:
        return {}
    known = SUBDIVISIONS.get(country or "AU")
    fits = state in known if known is not None else re.fullmatch(r"[A-Z0-9]{1,3}", str(state))
    return {} if fits else {"state_code": ["is not a subdivision of the country"]}
