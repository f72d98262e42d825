"""Which of two licences asks for more: of copies of one picture, that one holds."""

from __future__ import annotations

import re

UNSTATED = ("", "unstated")
# Who uses what has one of these owes no more than a name.
_FREE = re.compile(
    r"(?:CC0|CC-PDDC|PDDL|Unlicense|0BSD|MIT|Apache|BSD|ISC|CC-BY-\d|CC-BY$|PDM|Public)", re.I
)
# Of what is asked besides: no derivatives, no commerce, the same terms.
_ASKS = (("ND", 8), ("NC", 4), ("SA", 2), ("GPL", 2), ("ODBL", 2))
_UNKNOWN = 100  # a licence nobody has listed may ask for anything


def strictness(licence: str) -> int:
    """Return how much a licence (SPDX identifier, or what is stated) asks for; 0 where none is."""
    if licence.strip() in UNSTATED:
        return 0
    if re.match(r"(?:CC0|CC-PDDC|PDDL|Unlicense|0BSD|PDM|Public)", licence, re.I):
        return 1
    words = re.split(r"[^A-Z]+", licence.upper())
    asked = sum(weight for word, weight in _ASKS if any(w.endswith(word) for w in words))
    known = asked or _FREE.match(licence)
    return 2 + asked if known else _UNKNOWN


def strictest(licences: list[str]) -> str:
    """Return the licence that asks for most; the first of those that ask as much."""
    return max(licences, key=strictness)
