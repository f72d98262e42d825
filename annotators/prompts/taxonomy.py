"""What prompts are about: Lens-RL-8K's ten categories, their parts, and items of each.

Lens (arXiv 2605.21573) has 10 categories, dozens of sub-categories and hundreds of items of each,
8406 in all, and does not list them. Eight of ours are WordNet's kinds of some nouns, the most
familiar first (by how often a sense was tagged); for what carries text and what is designed,
WordNet has few words: these are a list of carriers by what they are for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from corpuswright.annotators.vocabularies.wordnet import Nouns, Synset
from corpuswright.storage.keys import sha256

VERSION = 1  # bump when an item can come out otherwise

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
_PLACES = (
    "bakery", "bookshop", "flower shop", "fish market", "barber shop", "bicycle workshop", "museum",
    "zoo", "railway station", "airport", "swimming pool", "city library", "school play",
    "jazz club",
    "film festival", "farmers' market", "chess club", "yoga studio", "dentist", "vineyard",
    "coffee roaster", "ice cream stand", "toy fair", "garden centre", "hiking club",
    "sailing school",
    "pottery class", "record store", "science fair", "food bank", "town hall", "marathon",
)  # fmt: skip
CARRIED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Text": {
        "Sign": ["wooden sign", "neon sign", "street sign", "shop window lettering", "door sign"],
        "Paper": ["poster", "leaflet", "ticket", "menu card", "newspaper advertisement",
                  "handwritten note"],
        "Cloth": ["banner", "flag", "T-shirt print", "tote bag print"],
        "Board": ["chalkboard", "whiteboard", "letter board", "departure board"],
        "Packaging": ["cardboard box label", "paper bag print", "bottle label", "tin label"],
    },
    "UI and Graphic Design": {
        "Mobile Screen": ["login screen", "booking screen", "map screen", "chat screen",
                          "payment screen"],
        "Web Page": ["landing page", "opening hours page", "price list page", "contact page"],
        "Dashboard": ["visitor dashboard", "sales dashboard", "stock dashboard"],
        "Print Design": ["business card", "logo sheet", "magazine cover", "gift voucher",
                         "calendar page"],
        "Wayfinding": ["floor plan sign", "information panel", "pictogram sheet"],
    },
}  # fmt: skip
CATEGORIES = (*OF_WORDNET, *CARRIED)

_PLAIN = re.compile(r"[a-z]{3,}([ -][a-z]{2,}){0,2}")  # no names, no abbreviations
# Senses that nobody wants in a prompt, by what WordNet's glosses say.
_UNWANTED = re.compile(
    r"offensive|derogat|disparag|vulgar|slur|obscene|prostitut|slave|murder|rape|extinct|fossil"
    r"|ethnic|negro|aboriginal|drug|nazi|criminal|sexual|genital|nud[ei]",
    re.IGNORECASE,
)


class Item(NamedTuple):
    """One thing that a prompt is about; `synset` is its offset in WordNet, 0 for none."""

    category: str
    part: str
    name: str
    synset: int
    gloss: str

    @property
    def uri(self) -> str:
        """What its key is made from."""
        return f"{self.category}/{self.part}/{self.name}"


def items(nouns: Nouns) -> Iterator[Item]:
    """Yield all items, by category and part; in a part the most familiar first.

    A name stands once in all: where it is first found.
    """
    had: set[str] = set()
    for category, parts in OF_WORDNET.items():
        for part, roots in parts.items():
            found: dict[str, tuple[int, Synset]] = {}
            for word, file in roots:
                for s in nouns.below(nouns.find(word, file)):
                    name = s.words[0]
                    if _PLAIN.fullmatch(name) and not _UNWANTED.search(s.gloss):
                        count = nouns.counts.get((name.replace(" ", "_"), s.offset), 0)
                        found.setdefault(name, (count, s))
            order = sorted(found, key=lambda n: (-found[n][0], len(n.split()), sha256(n)))
            for name in order:
                if name not in had:
                    had.add(name)
                    yield Item(category, part, name, found[name][1].offset, found[name][1].gloss)
    for category, kinds in CARRIED.items():
        for part, carriers in kinds.items():
            pairs = sorted(itertools.product(carriers, _PLACES), key=lambda p: sha256(" ".join(p)))
            for carrier, place in pairs:
                yield Item(category, part, f"{carrier} for a {place}", 0, "")


def balanced(found: Sequence[Item], number: int) -> list[Item]:
    """Return `number` items, as many of each category as there are, and of each part in it.

    What a small one cannot give, the others give in equal shares; in a part the first ones are
    taken.
    """
    parts: dict[str, dict[str, list[Item]]] = {}
    for item in found:
        parts.setdefault(item.category, {}).setdefault(item.part, []).append(item)
    sizes = {c: sum(map(len, p.values())) for c, p in parts.items()}
    out: list[Item] = []
    for category, share in shares(sizes, number).items():
        own = shares({p: len(v) for p, v in parts[category].items()}, share)
        for part, n in own.items():
            out += parts[category][part][:n]
    return out


def shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """Return how many of each, as equal as sizes allow; earlier ones get what is left over."""
    given = dict.fromkeys(sizes, 0)
    left = min(number, sum(sizes.values()))
    while left:
        room = [n for n in sizes if given[n] < sizes[n]]
        each = max(1, left // len(room))
        for name in room:
            more = min(each, sizes[name] - given[name], left)
            given[name] += more
            left -= more
    return given
