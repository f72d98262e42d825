"""Elements of a page before they are written: what HTML is made of, and what a page is held to."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

VOID = ("img", "input", "br")
_NO_ATTRIBUTES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Tag:
    """One element.

    Attributes:
        name: Of the HTML element.
        classes: Of the style sheet and of the component library.
        text: What is written in it, before its children.
        id: In the plan, stands in `data-node`; empty for what only groups.
        role: What it is to people: `heading`, `card`, `picture`.
        attributes: Others of HTML.
        children: In order.
        raw: HTML of our own making, put in as it is: an icon's drawing.
    """

    name: str
    classes: str = ""
    text: str = ""
    id: str = ""
    role: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
    children: Sequence[Tag] = ()
    raw: str = ""

    def html(self, depth: int = 0) -> str:
        """Return the element as HTML, two blanks a level; all text escaped."""
        given = {"class": self.classes, "data-node": self.id, **self.attributes}
        said = "".join(
            f' {k}="{html.escape(v, quote=True)}"'
            for k, v in given.items()
            if v or k in ("alt", "open", "controls", "href")
        )
        pad = "  " * depth
        if self.name in VOID:
            return f"{pad}<{self.name}{said}>\n"
        inside = html.escape(self.text, quote=False) + self.raw
        if not self.children:
            return f"{pad}<{self.name}{said}>{inside}</{self.name}>\n"
        below = "".join(c.html(depth + 1) for c in self.children)
        own = f"{pad}  {inside}\n" if inside else ""
        return f"{pad}<{self.name}{said}>\n{own}{below}{pad}</{self.name}>\n"

    def walk(self, parent: str = "") -> Iterator[tuple[Tag, str]]:
        """Yield each element that has an id with the id of what it stands in, in page order."""
        if self.id:
            yield self, parent
        for child in self.children:
            yield from child.walk(self.id or parent)

    def find(self, id: str) -> Tag | None:
        """Return the element of an id; None if there is none."""
        return next((t for t, _ in self.walk() if t.id == id), None)

    def with_id(self, id: str) -> Tag:
        """Return the same element under another id."""
        return replace(self, id=id)


@dataclass(frozen=True, slots=True)
class Part:
    """What a page must hold of its plan: one element with its id, role, parent and words."""

    id: str
    role: str
    tag: str
    parent: str
    text: str
    section: str


def parts(body: Sequence[Tag]) -> list[Part]:
    """Return what a page must hold, in the order in which it is read."""
    out: list[Part] = []
    for top in body:
        section = ""
        for tag, parent in top.walk():
            if tag.role in ("section", "navigation", "footer"):
                section = tag.id
            out.append(Part(tag.id, tag.role, tag.name, parent, tag.text, section))
    return out
