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
Roots = Mapping[str, Sequence[tuple[str, int]]]

OF_WORDNET: Mapping[str, Roots] = {
    "Human": {
        "Occupation": [("worker", _PERSON), ("professional", _PERSON)],
        "Art and Stage": [("entertainer", _PERSON), ("artist", _PERSON), ("musician", _PERSON)],
        "Sport": [("athlete", _PERSON)],
        "Family": [("relative", _PERSON)],
        "Leadership": [("leader", _PERSON)],
        "Travel": [("traveler", _PERSON)],
    },
    "Object": {
        "Furniture": [("furniture", _ARTEFACT)],
        "Vehicle": [("vehicle", _ARTEFACT)],
        "Tool": [("tool", _ARTEFACT)],
        "Musical Instrument": [("musical instrument", _ARTEFACT)],
        "Clothing": [("clothing", _ARTEFACT), ("footwear", _ARTEFACT)],
        "Container": [("container", _ARTEFACT)],
        "Appliance": [("home appliance", _ARTEFACT)],
        "Toy": [("plaything", _ARTEFACT)],
    },
    "Animal": {
        "Bird": [("bird", _ANIMAL)],
        "Fish": [("fish", _ANIMAL)],
        "Dog": [("dog", _ANIMAL)],
        "Cat": [("feline", _ANIMAL)],
        "Hoofed": [("ungulate", _ANIMAL)],
        "Insect": [("insect", _ANIMAL)],
        "Reptile": [("reptile", _ANIMAL)],
        "Rodent": [("rodent", _ANIMAL)],
        "Primate": [("primate", _ANIMAL)],
    },
    "Plant": {
        "Tree": [("tree", _PLANT)],
        "Flower": [("flower", _PLANT)],
        "Shrub": [("shrub", _PLANT)],
        "Herb": [("herb", _PLANT)],
        "Fern": [("fern", _PLANT)],
    },
    "Scene": {
        "Building": [("building", _ARTEFACT)],
        "Room": [("room", _ARTEFACT)],
        "Landform": [("geological formation", _NATURE)],
        "Water": [("body of water", _NATURE)],
        "Way": [("way", _ARTEFACT)],
    },
    "Food": {
        "Dish": [("dish", _FOOD)],
        "Drink": [("beverage", _FOOD)],
        "Fruit": [("edible fruit", _FOOD)],
        "Vegetable": [("vegetable", _FOOD)],
        "Baked": [("baked goods", _FOOD)],
        "Cheese": [("cheese", _FOOD)],
    },
    "Event": {
        "Sport": [("sport", _ACT)],
        "Dance": [("dance", _ACT)],
        "Game": [("game", _ACT)],
        "Celebration": [("celebration", _ACT)],
    },
    "Fictional World": {
        "Imaginary Being": [("imaginary being", _PERSON)],
        "Spirit": [("spiritual being", _PERSON)],
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
    for category, parts in OF_WORDNET.items():
        for roots in parts.values():
            for word, file in roots:
                for s in nouns.below(nouns.find(word, file)):
                    name = s.words[0]
                    if _PLAIN.fullmatch(name) and not _UNWANTED.search(s.gloss):
                        found.setdefault(name.lower(), category)
    return found
