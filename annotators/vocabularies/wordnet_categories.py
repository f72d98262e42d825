"""Which of Lens-RL-8K's categories a noun belongs to, by what WordNet says it is a kind of.

Lens (arXiv 2605.21573) names ten categories and does not list their items. Eight of them are kinds
of some nouns of WordNet; text and design have too few words there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from corpuswright.annotators.vocabularies.wordnet import Nouns

# WordNet's lexicographer files (lexnames(5WN)).
_ACT, _ANIMAL, _ARTEFACT, _FOOD, _NATURE, _PERSON, _PLANT = 4, 5, 6, 13, 17, 18, 20

# The category and, of each, nouns of WordNet with the file that their sense stands in.
OF_WORDNET: Mapping[str, Mapping[int, Sequence[str]]] = {
    "Human": {
        _PERSON: (
            "worker",
            "professional",
            "entertainer",
            "artist",
            "musician",
            "athlete",
            "relative",
            "leader",
            "traveler",
        ),
    },
    "Object": {
        _ARTEFACT: (
            "furniture",
            "vehicle",
            "tool",
            "musical instrument",
            "clothing",
            "footwear",
            "container",
            "home appliance",
            "plaything",
        ),
    },
    "Animal": {
        _ANIMAL: (
            "bird",
            "fish",
            "dog",
            "feline",
            "ungulate",
            "insect",
            "reptile",
            "rodent",
            "primate",
        ),
    },
    "Plant": {
        _PLANT: ("tree", "flower", "shrub", "herb", "fern"),
    },
    "Scene": {
        _ARTEFACT: ("building", "room", "way"),
        _NATURE: ("geological formation", "body of water"),
    },
    "Food": {
        _FOOD: ("dish", "beverage", "edible fruit", "vegetable", "baked goods", "cheese"),
    },
    "Event": {
        _ACT: ("sport", "dance", "game", "celebration"),
    },
    "Fictional World": {
        _PERSON: ("imaginary being", "spiritual being"),
    },
}

_PLAIN = re.compile(r"[a-z]{3,}([ -][a-z]{2,}){0,2}")  # no names, no abbreviations
# Senses that no caption of a corpus should be sorted by, by what their glosses say.
_UNWANTED = re.compile(
    r"offensive|derogat|disparag|vulgar|slur|obscene|prostitut|slave|murder|rape|extinct|fossil"
    r"|ethnic|negro|aboriginal|drug|nazi|criminal|sexual|genital|nud[ei]",
    re.IGNORECASE,
)


def categories(nouns: Nouns) -> dict[str, str]:
    """Return the category of each noun, in lower case; of one that has several, the first."""
    found: dict[str, str] = {}
    for category, files in OF_WORDNET.items():
        for file, words in files.items():
            for word in words:
                for s in nouns.below(nouns.find(word, file)):
                    name = s.words[0]
                    if _PLAIN.fullmatch(name) and not _UNWANTED.search(s.gloss):
                        found.setdefault(name.lower(), category)
    return found
