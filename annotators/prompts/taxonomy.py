"""What prompts are about: Lens-RL-8K's ten categories, their parts, and items of each.

Lens (arXiv 2605.21573) has 10 categories, dozens of sub-categories and hundreds of items of each,
8406 in all, and does not list them. Ours are nouns of things that a photograph can show, in groups
of things that can stand for each other (`vocabulary`); what a noun means says WordNet. For what
carries text and what is designed, an item is a carrier at a place. There are fewer nouns than
prompts: of a noun there are several takes, each with key points and a setting of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from corpuswright.annotators.prompts import vocabulary
from corpuswright.annotators.prompts.vocabulary import CATEGORIES, Group
from corpuswright.annotators.prompts.words import with_article
from corpuswright.annotators.vocabularies.wordnet import Nouns
from corpuswright.storage.keys import sha256

VERSION = 2  # bump when an item can come out otherwise

_OF_PLACE = re.compile(r" (?:for|from) an? ")


class Item(NamedTuple):
    """One thing that a prompt is about; `synset` is its offset in WordNet, 0 for none.

    `take` counts the prompts of one noun from 0.
    """

    category: str
    part: str
    name: str
    synset: int
    gloss: str
    take: int = 0

    @property
    def uri(self) -> str:
        """What its key is made from."""
        return f"{self.category}/{self.part}/{self.name}" + (f"#{self.take}" if self.take else "")

    @property
    def group(self) -> Group:
        """What goes with it."""
        return vocabulary.groups()[self.category, self.part]

    @property
    def head(self) -> str:
        """Its name without what it is for."""
        return _OF_PLACE.split(self.name)[0]

    @property
    def place(self) -> str:
        """Where a carrier of text is used: the place's name without its article; else empty."""
        return _OF_PLACE.split(self.name)[1] if self.group.carried else ""


def items(nouns: Nouns, number: int) -> Iterator[Item]:
    """Yield items for `number` prompts: all nouns, as often as a category's share of them takes."""
    meanings: dict[int, dict[str, tuple[int, str]]] = {}
    for s in nouns.synsets.values():
        of_file = meanings.setdefault(s.lexical_file, {})
        for word in s.words:
            had = of_file.get(word)
            count = nouns.counts.get((word.lower().replace(" ", "_"), s.offset), 0)
            if had is None or count > nouns.counts.get((word.lower().replace(" ", "_"), had[0]), 0):
                of_file[word] = (s.offset, s.gloss)
    for category in CATEGORIES:
        found: list[Item] = []
        for (of, part), group in vocabulary.groups().items():
            if of != category:
                continue
            known = meanings.get(group.lexical_file, {})
            found += [Item(category, part, n, *known.get(n, (0, ""))) for n in group.items]
            pairs = sorted(vocabulary.carried(category, part), key=lambda p: sha256(" ".join(p)))
            found += [Item(category, part, _carrier(group, c, p), 0, "") for c, p in pairs]
        share = math.ceil(number / len(CATEGORIES))
        for take in range(math.ceil(share / len(found))):
            yield from (i._replace(take=take) for i in found)


def _carrier(group: Group, carrier: str, place: str) -> str:
    link = "from" if carrier in group.comes_from else "for"
    return f"{carrier} {link} {with_article(place)}"


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
