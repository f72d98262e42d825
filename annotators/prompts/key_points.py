"""Prompts for reinforcement learning with rubrics: key points first, then words that hold them.

Lens-RL-8K (arXiv 2605.21573): 1 to 4 key points of an item are drawn, a model writes five prompts
of 30 to 60 words in photographic style that have all of them, one is kept. The text names five key
points (attribute, spatial relationship, count, interaction, colour), the appendix seven; ours are
the five, and text for items that carry it. Which of the five prompts is kept is not said: ours is
the first that is read back right (`quality.prompts.key_points`). The grammar writes one that is.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.prompts import vocabulary
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.annotators.prompts.vocabulary import pick
from corpuswright.annotators.prompts.words import with_article
from corpuswright.storage.records import canonical

VERSION = 2  # bump when other key points can be drawn, or a model is asked otherwise

LEAST, MOST = 30, 60  # words (the paper's)
MOST_KINDS = 4  # key points of a prompt, text not counted (the paper's)
FEWEST, MOST_OF_A_KIND = 2, 6  # things that are counted: more than six nobody counts at a glance
RELATIONS = ("to the left of", "to the right of", "in front of", "behind", "next to")
# An event has no side, and what carries letters is not to be hidden, nor a house by what is small.
_RELATIONS_OF = {
    "Event": ("in front of", "next to"),
    "Scene": ("to the left of", "to the right of", "behind", "next to"),
    "Text": ("to the left of", "to the right of", "next to"),
    "UI and Graphic Design": ("to the left of", "to the right of", "next to"),
}
# In such a state nobody cuts, waters or serves a thing any more, or is at a place.
_SPENT = frozenset(
    {"half-eaten", "half-finished", "withered", "wilted", "sliced", "leafless", "deserted"}
)


class Points(NamedTuple):
    """What a prompt must have of its item: each empty, or 1 for the number, where it is not drawn.

    `relation` and `other` belong together, as do `action` and `with_`; in an action `{it}` stands
    for the item and `{with}` for `with_`.
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

    def clause(self, it: str) -> str:
        """Return what is done as a clause, of an item that is called `it`."""
        return self.action.format_map({"it": it, "with": with_article(self.with_)})


def drawn(item: Item, rng: np.random.Generator) -> Points:
    """Return 1 to 4 key points of an item that go with it, and text where it carries some."""
    group = item.group
    may = ["attribute", "interaction"]
    may += ["spatial"] if group.others else []
    may += ["count"] if group.countable == "many" else []
    may += ["color"] if group.colors else []
    kinds = set(rng.choice(may, int(rng.integers(1, min(MOST_KINDS, len(may)) + 1)), replace=False))
    count = int(rng.integers(FEWEST, MOST_OF_A_KIND + 1))
    sides = _RELATIONS_OF.get(item.category, RELATIONS)
    may_be = group.attributes_of(item.head)
    if "interaction" in kinds:
        may_be = [a for a in may_be if a not in _SPENT]
    action, with_ = pick(group.actions, rng)
    action = action if "{with}" in action else action + " {with}"
    texts = (
        vocabulary.texts(item.category, item.part, item.head, item.place) if item.place else [""]
    )
    text = pick(texts, rng)
    return Points(
        count if "count" in kinds else 1,
        pick(group.colors, rng) if "color" in kinds else "",
        pick(may_be, rng) if "attribute" in kinds else "",
        *((pick(sides, rng), pick(group.others, rng)) if "spatial" in kinds else ("", "")),
        *((action, with_) if "interaction" in kinds else ("", "")),
        text=text,
    )


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
