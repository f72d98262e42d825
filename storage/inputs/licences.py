"""Which of two licences asks for more: of copies of one picture, that one holds."""

from __future__ import annotations

import re

# What is asked besides a name: no derivatives, no commerce, the same terms.
_ASKS = {"ND": 8, "NC": 4, "SA": 2}
_FREE = re.compile(
    r"CC0(?:-[\d.]+)?|CC-PDDC|PDDL-[\d.]+|PDM(?:-[\d.]+)?|UNLICENSE|0BSD|PUBLIC-DOMAIN"
)
# With a name, and no more; then those that ask for the same terms.
_NAMED = re.compile(r"CC-BY(?:-[\d.]+)?|MIT(?:-0)?|APACHE-[\d.]+|BSD-\d-CLAUSE|ISC|ODC-BY-[\d.]+")
_SAME = re.compile(r"[AL]?GPL-[\d.]+(?:-ONLY|-OR-LATER|\+)?|ODBL-[\d.]+|MPL-[\d.]+")
_CC = re.compile(r"CC-BY((?:-(?:NC|ND|SA))+)(?:-[\d.]+)?")
_URL = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/?.*", re.I
)
_UNKNOWN = 100  # a licence nobody has listed may ask for anything


def strictness(licence: str) -> int:
    """Return how much a licence (SPDX expression, or what is stated) asks for; 0 where none is."""
    if licence.strip().lower() in ("", "unstated"):
        return 0
    # Of two that hold together the stricter one counts; of a choice, the one that is chosen.
    choices = re.split(r"\s+OR\s+", licence.strip().strip("()"))
    return min(max(_one(w) for w in re.split(r"\s+(?:AND|WITH)\s+", c)) for c in choices)


def strictest(licences: list[str]) -> str:
    """Return the licence that asks for most; the first of those that ask as much."""
    return max(licences, key=strictness)


def _one(licence: str) -> int:
    said = licence.strip(" ()")
    if found := _URL.fullmatch(said):
        kind, name = found.groups()
        said = {"zero": "CC0", "mark": "PDM"}.get(name.lower(), f"CC-{name}")
        said = said if kind.lower() == "licenses" or said in ("CC0", "PDM") else licence
    said = re.sub(r"[\s_]+", "-", said).upper()
    if _FREE.fullmatch(said):
        return 1
    if _NAMED.fullmatch(said):
        return 2
    if _SAME.fullmatch(said):
        return 4
    if found := _CC.fullmatch(said):
        return 2 + sum(_ASKS[w] for w in found[1].strip("-").split("-"))
    return _UNKNOWN
