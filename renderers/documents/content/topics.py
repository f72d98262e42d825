"""What documents speak of: topics with names, claims, steps, figures and people."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpuswright.renderers.documents.content.tables import Table, said
from corpuswright.storage import keys

VERSION = 2  # bump when the words come out otherwise
LONGEST = 12  # years that a document knows of its figures
_FOLDER = Path(__file__).parent / "vocabulary"


@dataclass(frozen=True, slots=True)
class Point:
    """A claim: a heading, a sentence, and an icon of Bootstrap Icons."""

    heading: str
    sentence: str
    icon: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts."""

    label: str
    value: float
    unit: str
    decimals: int

    @property
    def text(self) -> str:
        """The number as it is shown: `97 %`, `4.6 of 5`, `$`-free."""
        number = said(self.value, self.decimals)
        glued = "" if self.unit in ("", "k", "%", "°C") else " "
        return f"{number}{glued}{self.unit}"


@dataclass(frozen=True, slots=True)
class Words:
    """What one document says, drawn from a topic."""

    topic: str
    brand: str
    headline: str
    tagline: str
    intro: str
    points: tuple[Point, ...]
    steps: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    quote: tuple[str, str, str]
    actions: tuple[str, ...]
    nav: tuple[str, ...]


@functools.cache
def topics() -> tuple[dict[str, Any], ...]:
    """Return all topics, in the order of their files."""
    found: list[dict[str, Any]] = []
    for path in sorted(_FOLDER.glob("*.toml")):
        found += tomllib.loads(path.read_text())["topic"]
    return tuple(found)


def draw(rng: np.random.Generator, name: str = "") -> Words:
    """Return the words of a document: one topic, or that of a name, in an order of their own."""
    all_topics = topics()
    topic = all_topics[int(rng.integers(0, len(all_topics)))]
    if name:
        topic = next(t for t in all_topics if t["name"] == name)
    return words_of(rng, topic)


def words_of(rng: np.random.Generator, topic: dict[str, Any]) -> Words:
    """Return the words of a document of one topic, its parts in an order of their own."""

    def one(name: str) -> Any:
        return topic[name][int(rng.integers(0, len(topic[name])))]

    figures: list[Figure] = []
    for i in rng.permutation(len(topic["figures"])).tolist():
        label, low, high, unit, decimals = topic["figures"][i]
        value = round(float(rng.uniform(low, high)), decimals)
        figures.append(Figure(label, value, unit, decimals))
    points = [Point(*topic["points"][i]) for i in rng.permutation(len(topic["points"])).tolist()]
    quote = one("quotes")
    return Words(
        topic["name"],
        one("brands"),
        one("headlines"),
        one("taglines"),
        one("intros"),
        tuple(points),
        tuple((a, b) for a, b in topic["steps"]),
        tuple(figures),
        (quote[0], quote[1], quote[2]),
        tuple(topic["actions"][i] for i in rng.permutation(len(topic["actions"])).tolist()),
        tuple(topic["nav"]),
    )


def history(
    rng: np.random.Generator, words: Words, most: int, years: Sequence[str] = (),
    figure: int | None = None,
) -> Table:  # fmt: skip
    """Return how one figure of a document's topic came to be what it is, year by year.

    A document says one thing of a year: whichever of its parts ask, it is the same history, and it
    ends in the figure that the document gives.

    Args:
        rng: Draws which, and how many years.
        words: The document's.
        most: Of years.
        years: How many, where another part has drawn them.
        figure: Which of the topic's figures; by chance if None.
    """
    topic = next(t for t in topics() if t["name"] == words.topic)
    one = int(rng.integers(0, len(topic["figures"])))
    label, low, high, unit, decimals = topic["figures"][one if figure is None else figure]
    number = min(int(rng.integers(4, max(5, most) + 1)), LONGEST)
    number = len(years) or number
    today = keys.generator("topics", "today", VERSION, f"{words.brand}\n{words.intro}")
    last = int(today.integers(2021, 2026))
    values = _way(words, label, (low, high), decimals)[-number:]
    shown = tuple(str(last - number + 1 + i) for i in range(number))
    return Table(f"{label}, {shown[0]} to {shown[-1]}", "Year", label, unit, shown, ("",),
                 (values,), decimals, True, words.brand)  # fmt: skip


def _way(
    words: Words, label: str, bounds: tuple[float, float], decimals: int
) -> tuple[float, ...]:  # fmt: skip
    """Return a figure's values of `LONGEST` years, the last what the document says of today."""
    low, high = bounds
    end = next(f.value for f in words.figures if f.label == label)
    rng = keys.generator("topics", "history", VERSION, f"{words.brand}\n{label}\n{end!r}")
    way = np.linspace(rng.uniform(low, high), end, LONGEST)
    way[:-1] += rng.normal(0, (high - low) * 0.08, LONGEST - 1)
    return tuple(map(float, np.round(np.clip(way, low * 0.8, high * 1.1), decimals)))
