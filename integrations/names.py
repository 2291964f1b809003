"""Names as people mean them: what is left of a company name when legal forms, case and punctuation are
gone.
"""

import re
import unicodedata

LEGAL_FORMS = {
    "pty",
    "ltd",
    "limited",
    "proprietary",
    "inc",
    "llc",
    "co",
    "company",
    "corp",
    "the",
    "trust",
    "atf",
    "nz",
}


def normal_name(name: object) -> str:
    """The name folded for exact comparison: case, accents, punctuation and legal forms gone; "" for no
    name.
    """
    plain = unicodedata.normalize("NFKD", str(name or "")).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+", plain.replace("&", " and ").replace("'", ""))
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)


def digits(number: object) -> str:
    """The digits and letters of a tax number, without blanks and dashes."""
    return re.sub(r"[^0-9A-Za-z]", "", str(number or "")).upper()
