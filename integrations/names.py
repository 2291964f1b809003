"""Names as people mean them: what is left of a company name when its legal form, case and punctuation are
gone.
"""

import re
import unicodedata
from functools import lru_cache

# What a company is called in law, not what it is called: only at the end of a name. Trusts, partnerships and
# "& Co" are other parties than the company of that name, so they stay.
LEGAL_FORMS = (
    ("proprietary", "limited"),
    ("pty", "limited"),
    ("pty", "ltd"),
    ("p", "l"),
    ("incorporated",),
    ("limited",),
    ("ltd",),
    ("pty",),
    ("inc",),
    ("llc",),
)


@lru_cache(maxsize=65536)
def normal_name(name: object) -> str:
    """The name folded for exact comparison: case, accents, punctuation and legal form gone; "" for none."""
    letters = unicodedata.normalize("NFKD", str(name or ""))
    plain = "".join(one for one in letters if not unicodedata.combining(one)).casefold()
    words = re.findall(r"[^\W_]+", plain.replace("&", " and ").replace("'", "").replace("’", ""))
    for form in LEGAL_FORMS:
        if len(words) > len(form) and tuple(words[-len(form) :]) == form:
            return " ".join(words[: -len(form)])
    return " ".join(words)


def digits(number: object) -> str:
    """The digits and letters of a tax number, without blanks and dashes."""
    return re.sub(r"[^0-9A-Za-z]", "", str(number or "")).upper()
