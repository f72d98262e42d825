"""Prompts for reinforcement learning with rubrics: key points first, then words that hold them.

Lens-RL-8K (arXiv 2605.21573): 1 to 4 key points of an item are drawn, a model writes five prompts
of 30 to 60 words in photographic style that have all of them, one is kept. The text names five key
points (attribute, spatial relationship, count, interaction, colour), the appendix seven; ours are
the five, and text for items that carry it. Which of the five prompts is kept is not said: ours is
the first that is read back right (`quality.prompts.key_points`). The grammar writes one that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.storage.records import canonical

VERSION = 1  # bump when a prompt can come out otherwise

LEAST, MOST = 30, 60  # words (the paper's)
KINDS = ("attribute", "spatial", "count", "interaction", "color")  # the paper's, in its text
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
COLORS = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "gray",
)
RELATIONS = ("to the left of", "to the right of", "in front of", "behind", "next to")
OTHERS = (
    "wooden chair",
    "glass vase",
    "stone bench",
    "brass lantern",
    "wicker basket",
    "metal bucket",
    "leather suitcase",
    "paper umbrella",
    "clay pot",
    "iron gate",
)
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "Human": ("smiling", "elderly", "tall", "curly-haired", "bearded", "freckled"),
    "Object": ("weathered", "polished", "dented", "ornate", "dusty", "hand-painted"),
    "Animal": ("young", "sleeping", "wet", "thin", "alert", "long-tailed"),
    "Plant": ("blooming", "withered", "dew-covered", "tall", "frosted", "overgrown"),
    "Scene": ("deserted", "crowded", "misty", "sunlit", "snow-covered", "narrow"),
    "Food": ("steaming", "sliced", "fresh", "half-eaten", "glazed", "golden-brown"),
    "Event": ("lively", "solemn", "rain-soaked", "torch-lit", "crowded", "festive"),
    "Fictional World": ("winged", "armored", "glowing", "scaly", "hooded", "gigantic"),
    "Text": ("faded", "glossy", "torn", "brightly lit", "hand-painted", "embossed"),
    "UI and Graphic Design": ("minimalist", "colorful", "dark-themed", "rounded", "retro", "bold"),
}
# What goes on, with the thing it goes on with; "{it}" is the item.
INTERACTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Human": (("{it} is holding", "kite"), ("{it} is repairing", "clock"),
              ("{it} is carrying", "ladder")),
    "Animal": (("{it} is sniffing at", "football"), ("{it} is watching", "candle"),
               ("{it} is touching", "mirror")),
    "Fictional World": (("{it} is guarding", "treasure chest"),
                        ("{it} is holding", "crystal ball")),
    "Event": (("spectators are pointing at", "scoreboard"), ("a child is waving", "flag")),
    "": (("a person is pointing at it with", "pencil"), ("a cat is sitting beside it on", "carpet"),
         ("a hand is dusting it with", "feather")),
}  # fmt: skip
# One scene or event fills a picture; nobody is asked to be of a colour.
_NOT: Mapping[str, str] = {"Scene": "count", "Event": "count", "Human": "color"}
_LIGHT = (
    "Soft daylight falls in from the left.",
    "The background is softly out of focus.",
    "Low evening sun throws long shadows.",
    "It is taken at eye level with a short telephoto lens.",
    "Fine dust hangs in the air, and every texture is sharp.",
    "The ground is wet and mirrors the sky.",
)
_SAID = (
    "OPEN TODAY",
    "Back at 5",
    "Please ring twice",
    "Fresh every morning",
    "No entry",
    "Platform 9",
    "Half price",
    "Mind the step",
    "Room 21",
    "Last chance",
)


class Points(NamedTuple):
    """What a prompt must have of its item: each empty, or 1 for the number, where it is not drawn.

    `relation` and `other` belong together, as do `action` and `with_`.
    """

    number: int = 1
    color: str = ""
    attribute: str = ""
    relation: str = ""
    other: str = ""
    action: str = ""
    with_: str = ""
    text: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which key points these are."""
        has = {
            "attribute": self.attribute,
            "spatial": self.relation,
            "count": self.number > 1,
            "interaction": self.action,
            "color": self.color,
            "text": self.text,
        }
        return tuple(k for k, v in has.items() if v)


def drawn(item: Item, rng: np.random.Generator) -> Points:
    """Return 1 to 4 key points of an item, and text where it carries some."""
    may = [k for k in KINDS if k != _NOT.get(item.category)]
    kinds = set(rng.choice(may, int(rng.integers(1, 5)), replace=False).tolist())
    doing = INTERACTIONS.get(item.category, INTERACTIONS[""])
    action, with_ = doing[int(rng.integers(len(doing)))]
    said = _SAID[int(rng.integers(len(_SAID)))]
    count = int(rng.integers(2, 7))
    return Points(
        count if "count" in kinds else 1,
        _one(COLORS, rng) if "color" in kinds else "",
        _one(ATTRIBUTES[item.category], rng) if "attribute" in kinds else "",
        *((_one(RELATIONS, rng), _one(OTHERS, rng)) if "spatial" in kinds else ("", "")),
        *((action, with_) if "interaction" in kinds else ("", "")),
        text=said if item.category in ("Text", "UI and Graphic Design") else "",
    )


def _one(of: tuple[str, ...], rng: np.random.Generator) -> str:
    return of[int(rng.integers(len(of)))]


def plural(noun: str) -> str:
    """Return the plural of a noun; of "ticket for a zoo", of its head."""
    head, mark, rest = noun.partition(" for ")
    if head.endswith("man"):
        made = head[:-3] + "men"
    elif head.endswith(("s", "x", "ch", "sh")):
        made = head + "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        made = head[:-1] + "ies"
    elif head.endswith("child"):
        made = head + "ren"
    else:
        made = head + "s"
    return made + mark + rest


def written(item: Item, points: Points, rng: np.random.Generator) -> str:
    """Return the grammar's prompt, of 30 to 60 words."""
    many = points.number > 1
    words = [points.attribute, points.color, plural(item.name) if many else item.name]
    phrase = " ".join(w for w in words if w)
    it = f"{NUMBERS[points.number]} {phrase}" if many else f"{_article(phrase)} {phrase}"
    where = f", standing {points.relation} a {points.other}" if points.relation else ""
    where = where.replace(" a iron", " an iron")
    out = [f"A photograph of {it}{where}."]
    if points.action:
        done = points.action.format(it="One of them" if many else "It")
        out.append(f"{done[0].upper()}{done[1:]} a {points.with_}.")
    if points.text:
        out.append(f'In clear letters it says "{points.text}".')
    for n in rng.permutation(len(_LIGHT)).tolist():
        if sum(len(s.split()) for s in out) >= LEAST + 2:
            break
        out.append(_LIGHT[n])
    return " ".join(out)


def _article(phrase: str) -> str:
    return "an" if phrase[0] in "aeiou" else "a"


WRITING = template("rl_prompts")
Sentences = Annotated[str, Field(min_length=60, max_length=700)]


class Five(BaseModel):
    """Five prompts for one item, as the paper has them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    one: Sentences = Field(alias="prompt-1")
    two: Sentences = Field(alias="prompt-2")
    three: Sentences = Field(alias="prompt-3")
    four: Sentences = Field(alias="prompt-4")
    five: Sentences = Field(alias="prompt-5")

    def all(self) -> tuple[str, ...]:
        """In order."""
        return (self.one, self.two, self.three, self.four, self.five)


def question(key: str, item: Item, points: Points) -> Question:
    """Return the question for five prompts."""
    asked = {"item": item.name, "category": item.category, "meaning": item.gloss}
    given = {k: v for k, v in points._asdict().items() if v and (k, v) != ("number", 1)}
    return Question(f"{key} prompts", WRITING, canonical({**asked, **given}), Five)
