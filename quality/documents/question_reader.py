"""A reader of questions that sees the sentence and the drawn things, not what it was made from.

It finds the things that a sentence names, by their names, and says what the sentence claims of
them. Independent of `annotators.documents.questions`, whose sentences it reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from corpuswright.renderers.documents import colours
from corpuswright.storage.records import Scene

VERSION = 1  # bump when a sentence can be read otherwise

NUMBERS = {w: n for n, w in enumerate(
    "zero one two three four five six seven eight nine ten".split())}  # fmt: skip
_ROLES = {"workflow boxes": "workflow box"}


class NotRead(ValueError):
    """A sentence cannot be read: it is none of those that are asked, or names nothing drawn."""


def read(text: str, scene: Scene) -> list[Any]:
    """Return what a question claims, as a predicate over nodes.

    Raises:
        NotRead: It is no question of ours, or speaks of what was not drawn.
    """
    names: dict[str, str] = {}
    for e in scene.elements:
        names[e.name] = str(e.attributes["node"])
    for pattern, claim in PATTERNS:
        match = re.fullmatch(pattern, text, re.DOTALL)
        if match is None:
            continue
        for found in claim(match, _Drawn(scene, names)):
            return found
    raise NotRead(f"expected a question about what was drawn, saw {text!r:.120}")


class _Drawn:
    """Things by name, and what a question needs of their scene."""

    def __init__(self, scene: Scene, names: Mapping[str, str]) -> None:
        self.scene = scene
        self.names = names
        self.elements = {str(e.attributes["node"]): e for e in scene.elements}
        nodes: list[Any] = scene.state["document"]["nodes"]
        self.nodes = {n["id"]: n for n in nodes}

    def pair(self, text: str, word: str) -> Iterator[tuple[str, str]]:
        """Yield nodes a and b for each way to read `a word b`."""
        start = text.find(word)
        while start >= 0:
            first, second = text[:start], text[start + len(word) :]
            if first in self.names and second in self.names:
                yield self.names[first], self.names[second]
            start = text.find(word, start + 1)

    def one(self, text: str) -> Iterator[str]:
        """Yield the node of a name, if there is one."""
        if text in self.names:
            yield self.names[text]

    def step(self, node: str) -> float:
        """Return the step of the axis of the chart that a mark stands in."""
        return float(self.nodes[self.nodes[node]["parent"]]["data"]["chart"]["step"])

    def of(self, role: str) -> list[str]:
        """Return nodes of a role, in the document's order."""
        return [n for n, e in self.elements.items() if e.role == role]


Claim = Callable[[re.Match[str], _Drawn], Iterator[list[Any]]]


def _colour(name: str) -> str:
    if name not in colours.NAMED:
        raise NotRead(f"expected the name of a colour, saw {name!r}")
    return colours.NAMED[name]


def _pair(predicate: str, word: str, *more: Any, negated: bool = False) -> Claim:
    def claim(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
        for a, b in drawn.pair(match[1], word):
            yield [*(["not"] if negated else []), predicate, a, b, *more]

    return claim


def _single(predicate: str, negated: bool = False, *more: Any) -> Claim:
    def claim(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
        for node in drawn.one(match[1]):
            yield [*(["not"] if negated else []), predicate, node, *more]

    return claim


def _coloured(what: str) -> Claim:
    def claim(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
        for node in drawn.one(match[1].removeprefix("the square of ")):
            yield ["colour_is", node, what, _colour(match[2])]

    return claim


def _half(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[1]):
        if match[3] == "the image":
            yield ["half", node, match[2]]
        for outer in drawn.one(match[3]):
            yield ["half_of", node, outer, match[2]]


def _count(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    yield ["count", _role(match[2]), NUMBERS[match[1]]]


def _role(plural: str) -> str:
    return _ROLES.get(plural, plural.removesuffix("s") if plural.endswith("s") else plural)


def _order(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    axis = "x" if match[2] == "from left to right" else "y"
    labels = re.findall(r"“(.*?)”(?:, then |$)", match[3], re.DOTALL)
    nodes = [drawn.of(_role(match[1]))]
    found: list[str] = []
    for label in labels:
        # What a thing of a row is told by: its own text, or that of its heading.
        hits = [n for n in nodes[0] if label in _labels(drawn, n)]
        if len(hits) != 1:
            raise NotRead(f"expected one {match[1]} called {label!r}, found {len(hits)}")
        found += hits
    yield ["order", axis, *found]


def _labels(drawn: _Drawn, node: str) -> list[str]:
    element = drawn.elements[node]
    inside = [e for e in drawn.elements.values() if e.parent == element.id]
    told = ("heading", "label", "panel title", "section heading")
    return [t for t in (element.text, *(e.text for e in inside if e.role in told)) if t]


def _aligned_all(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    yield ["aligned", match[1], *drawn.of(_role(match[2]))]


def _aligned(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for a, b in drawn.pair(match[2], " and "):
        yield ["aligned", match[1], a, b]


def _text(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[1]):
        yield ["text_is", node, match[2]]


def _row(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[1]):
        yield ["row_reads", node, *match[2].split(" | ")]


def _value(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[1]):
        yield ["value_is", node, float(match[2].replace(",", "")), drawn.step(node)]


def _higher(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for a, b in drawn.pair(match[1], " show a higher value than "):
        yield ["higher", a, b, drawn.step(a)]


def _extreme(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[1]):
        yield ["highest", node, drawn.step(node), match[2] == "lowest"]


def _legend(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    charts = drawn.of("chart")
    name = match[1]
    for node in charts if name == "the chart" and len(charts) == 1 else drawn.one(name):
        yield ["legend_is", node, match[3], _colour(match[2])]


def _fact(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in _stating(drawn, match["label"]):
        yield ["states", node, match["value"]]


def _stating(drawn: _Drawn, label: str) -> Iterator[str]:
    """Yield the node of the value that stands below a label."""
    for element in drawn.elements.values():
        if element.role == "label" and element.text.casefold() == label.casefold():
            node = str(element.attributes["node"])
            yield node.removesuffix(".label") + ".value"


def _follows(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in _stating(drawn, match[1]):
        right = str(drawn.nodes[node]["text"])
        yield [*([] if match[2] == "correct" else ["not"]), "states", node, right]


def _summary(what: str, drawn: _Drawn) -> Iterator[str]:
    name = f"the line that states the {what.partition(' of ')[0]}"
    yield from drawn.one(name)


def _summed(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in _summary(match[2], drawn):
        what = match[2].partition(" of ")[0]
        yield ["states", node, f"{what.capitalize()}: {match[1]}"]


def _summed_right(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in _summary(match[1], drawn):
        right = str(drawn.nodes[node]["text"])
        yield [*([] if match[2] == "right" else ["not"]), "states", node, right]


def _unit(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for node in drawn.one(match[2]):
        own = str(drawn.nodes[node]["text"]).rpartition(" (")[0]
        yield ["text_is", node, f"{own} ({match[1]})"]


def _same_fill(match: re.Match[str], drawn: _Drawn) -> Iterator[list[Any]]:
    for a, b in drawn.pair(match[1], " and "):
        yield ["same_colour", a, b, "fill"]


PATTERNS: Sequence[tuple[str, Claim]] = (
    (r"Is (.+ above .+)\?", _pair("above", " above ")),
    (r"Is (.+ to the left of .+)\?", _pair("left_of", " to the left of ")),
    (r"Is (.+ completely inside .+)\?", _pair("inside", " completely inside ")),
    (r"Does (.+) lie in the (left|right|top|bottom) half of (.+)\?", _half),
    (r"Is (.+) centred between the left and the right edge of the image\?", _single("centred")),
    (r"Are there exactly (\w+) (.+) in the image\?", _count),
    (r"Do the (.+?) come in this order (from left to right|from top to bottom): (.+)\?", _order),
    (r"Do (.+) stand apart, without overlapping\?", _pair("apart", " and ")),
    (r"Do (.+) overlap\?", _pair("apart", " and ", negated=True)),
    (r"Are the (top|left) edges of all (.+) in one line\?", _aligned_all),
    (r"Are the (top|left) edges of (.+) in one line\?", _aligned),
    (r"Is (.+) filled with ([a-z ]+)\?", _coloured("fill")),
    (r"Is (.+) written in ([a-z ]+)\?", _coloured("colour")),
    (r"Is (.+) drawn in ([a-z ]+)\?", _coloured("colour")),
    (r"Does (.+) have rounded corners\?", _single("rounded")),
    (r"Does (.+) have square corners\?", _single("rounded", True)),
    (r"Is (.+) set in bold type\?", _single("bold")),
    (r"Is (.+) set in italic type\?", _single("italic")),
    (r"Is (.+) set in upright type\?", _single("italic", True)),
    (r"Is (.+) set in a typeface with serifs\?", _single("serif")),
    (r"Is (.+ set in larger type than .+)\?", _pair("larger", " set in larger type than ")),
    (r"Do (.+) have the same fill colour\?", _same_fill),
    (r"Does (the \w+ row of the table.*?) read exactly “(.*)”\?", _row),
    (r"Does (.+?) read exactly “(.*)”\?", _text),
    (r"Does (.+) stand at about ([\d,.]+)(?: .+)?\?", _value),
    (r"Does (.+ show a higher value than .+)\?", _higher),
    (r"Is (.+) the (highest|lowest) (?:bar|point).*\?", _extreme),
    (r"Does the legend of (.+) give ([a-z ]+) to “(.+)”\?", _legend),
    (r"Is the (?P<label>.+) given as (?P<value>.+)\?", _fact),
    (r"Does the image state (?P<value>.+) for the (?P<label>.+)\?", _fact),
    (r"Is the value that the image gives for the (.+) (correct|wrong)\?", _follows),
    (r"Does the summary give (.+) as the (.+)\?", _summed),
    (r"Is the (.+) in the summary (right|wrong) for the values shown\?", _summed_right),
    (r"Is the unit (.+) given in (.+)\?", _unit),
)  # fmt: skip
