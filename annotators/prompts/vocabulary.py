"""What a prompt may be about, and what goes with what: `vocabulary/*.toml`, one file a category.

A part of a category is a group of things that can stand for each other: any of its attributes,
neighbours, actions and settings suits any of its items, so that whatever is drawn makes sense.
Where one does not, the file says so (`not_attributes`). How it is photographed depends on the
group's `view`, the light on where its setting is (`photography.toml`).

Of text and design, a part has `carriers` of it, each for kinds of `places`; `texts` is what may
stand on a part's carriers at a kind of place, `said` on one carrier at any.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel, Field, field_validator

from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical

# The paper's ten, by the files that have their parts.
CATEGORIES = {
    "Human": "human",
    "Object": "object",
    "Animal": "animal",
    "Plant": "plant",
    "Scene": "scene",
    "Food": "food",
    "Event": "event",
    "Fictional World": "fictional_world",
    "Text": "text",
    "UI and Graphic Design": "ui_and_graphic_design",
}
_HERE = Path(__file__).parent
T = TypeVar("T")


def pick(of: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of some, each as likely as the others."""
    return of[int(rng.integers(len(of)))]


class Setting(NamedTuple):
    """Where a picture is taken: its kind of light, the words, a sentence on what else is seen."""

    light: str
    where: str
    detail: str


class Group(BaseModel, extra="forbid"):
    """Things that can stand for each other, and what goes with any of them."""

    view: str
    verbs: list[str]
    items: list[str] = Field(default_factory=list)
    attributes: list[str] = Field(min_length=3)
    not_attributes: dict[str, list[str]] = Field(default_factory=dict)
    colors: list[str] = Field(default_factory=list)
    others: list[str]
    actions: list[tuple[str, str]] = Field(min_length=3)
    settings: list[Setting] = Field(min_length=3)
    # "one" takes an article and is not counted, "mass" takes none.
    countable: Literal["many", "one", "mass"] = "many"
    lexical_file: int = 0  # WordNet's lexicographer file of its nouns (lexnames(5WN)), 0 for none
    comes_from: list[str] = Field(default_factory=list)  # carriers "from" a place, not "for" it
    carried: dict[str, list[str]] = Field(default_factory=dict)  # carriers of text: kinds of places

    @field_validator("actions", mode="before")
    @classmethod
    def _actions(cls, lines: list[str]) -> list[tuple[str, str]]:
        return [(a.strip(), b.strip()) for a, _, b in (line.partition(" | ") for line in lines)]

    @field_validator("settings", mode="before")
    @classmethod
    def _settings(cls, text: str) -> list[Setting]:
        return [Setting(*line.split(" | ")) for line in text.strip().splitlines()]

    def attributes_of(self, name: str) -> list[str]:
        """Return what an item can be."""
        return [a for a in self.attributes if name not in self.not_attributes.get(a, ())]


class View(BaseModel, extra="forbid"):
    """How a photograph of a kind begins, where it is seen from, how it was taken."""

    one: list[str]
    many: list[str]
    seen: list[str]
    taken: list[str]


class Photography(BaseModel, extra="forbid"):
    """Views by name, sentences on the light by where it is, what an attribute rules out of it."""

    views: dict[str, View]
    lights: dict[str, list[str]]
    not_lights: dict[str, list[str]]

    def lights_of(self, place: str, attribute: str) -> list[str]:
        """Return the lights that are possible at a place for what is of an attribute."""
        words = self.not_lights.get(attribute, [])
        return [s for s in self.lights[place] if not any(w in s for w in words)]


@cache
def photography() -> Photography:
    """Return how things are photographed."""
    return Photography.model_validate(tomllib.loads((_HERE / "photography.toml").read_text()))


@cache
def groups() -> Mapping[tuple[str, str], Group]:
    """Return all groups by category and part."""
    found: dict[tuple[str, str], Group] = {}
    for category in CATEGORIES:
        plain = _file(category)
        common = {k: v for k, v in plain.items() if not isinstance(v, dict)}
        parts = plain.get("carriers") or {k: v for k, v in plain.items() if isinstance(v, dict)}
        for part, values in parts.items():
            found[category, part] = Group.model_validate({**common, **values})
    return found


def carried(category: str, part: str) -> Iterator[tuple[str, str]]:
    """Yield each carrier of text of a part with each place that has one."""
    places: Mapping[str, list[str]] = _file(category).get("places", {})
    for carrier, kinds in groups()[category, part].carried.items():
        for kind in kinds:
            for place in places[kind]:
                yield carrier, place


def texts(category: str, part: str, carrier: str, place: str) -> list[str]:
    """Return what may be written on a carrier of a part at a place."""
    plain = _file(category)
    if carrier in plain["said"]:
        return plain["said"][carrier]
    kinds = groups()[category, part].carried[carrier]
    kind = next(k for k in kinds if place in plain["places"][k])
    return plain["texts"][part][kind]


@cache
def fingerprint() -> str:
    """Return a hash of all words that a prompt can be made of, to stand in plans."""
    files = sorted(p for p in _HERE.rglob("*.toml"))
    return sha256(canonical([[p.name, sha256(p.read_bytes())] for p in files]))


@cache
def _file(category: str) -> dict[str, Any]:
    path = _HERE / "vocabulary" / f"{CATEGORIES[category]}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
