"""Names compared as people compare them: case, punctuation and company endings do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

ALIKE = 85  # of 100; below it names are not suggested
SHOWN = 5

# Longest first, so that "proprietary limited" goes before "limited".
ENDINGS = (
    "proprietary limited", "pty limited", "pty ltd", "p l", "incorporated", "corporation", "limited",
    "company",
    "holdings", "australia", "llc", "ltd", "inc", "corp", "pty", "co", "nz", "aust",
)  # fmt: skip
LEGAL = ENDINGS[:8] + ("llc", "ltd", "inc", "corp", "pty", "co")


def normalised(name: str) -> str:
    """The name without case, accents, punctuation and legal ending: equal for one and the same company."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode() or (name or "")
    words = re.sub(r"[^0-9a-z]+", " ", plain.casefold().replace("&", " and ").replace("'", "")).split()
    return _without(words, LEGAL)


def _without(words: list[str], endings: Iterable[str]) -> str:
    text, shorter = " ".join(words), True
    while shorter:
        shorter = False
        for ending in endings:
            if text.endswith(" " + ending):
                text, shorter = text[: -len(ending) - 1], True
                break
    return text


def similar(name: str, names: Iterable[str]) -> list[tuple[str, int]]:
    """Up to five of `names` that look like `name`, best first, with a score of 100."""
    choices = {one: _without(normalised(one).split(), ENDINGS) for one in names}
    wanted = _without(normalised(name).split(), ENDINGS)
    if not wanted:
        return []
    found = process.extract(wanted, choices, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, limit=SHOWN)
    return [(original, round(score)) for _, score, original in found]
