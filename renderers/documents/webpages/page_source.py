"""A page's files with its HTML as a tree: found by plan ids, changed, and written again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpuswright.renderers.documents.webpages.tags import Tag

INDEX = "index.html"
_CHARTS = re.compile(r"const CW_CHARTS = (\[.*\]);", re.S)
MOST_SHOWN = 600  # letters of an element's HTML that a trace keeps; ours


def _lxml() -> Any:
    # Here: only who makes pages needs it.
    try:
        import lxml.html
    except ImportError as error:
        raise RuntimeError(
            "documents need more packages: pip install 'corpuswright[documents]'"
        ) from error
    return lxml.html


@dataclass(slots=True)
class PageSource:
    """A page that can be changed.

    Attributes:
        files: All but its HTML.
        tree: Its HTML, an lxml document.
    """

    files: dict[str, bytes]
    tree: Any

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> PageSource:
        """Return the source of some files."""
        rest = {p: b for p, b in files.items() if p != INDEX}
        return cls(rest, _lxml().document_fromstring(files[INDEX].decode()))

    def write(self) -> dict[str, bytes]:
        """Return the files with the HTML as it is now."""
        text = _lxml().tostring(self.tree, encoding="unicode", doctype="<!doctype html>")
        text = text.replace(" viewbox=", " viewBox=")  # HTML's parser writes names small
        return {INDEX: text.encode(), **self.files}

    def find(self, id: str) -> Any:
        """Return the element of a plan id; None if there is none."""
        found = [e for e in self.tree.iter() if isinstance(e.tag, str)
                 and e.get("data-node") == id]  # fmt: skip
        return found[0] if found else None

    def html(self, id: str) -> str:
        """Return an element's HTML as far as a trace keeps it; empty if there is none."""
        element = self.find(id)
        if element is None:
            return ""
        text = " ".join(_lxml().tostring(element, encoding="unicode", with_tail=False).split())
        return text[:MOST_SHOWN]

    def style(self, element: Any, **properties: str) -> None:
        """Set CSS properties of an element; underscores stand for hyphens, empty takes one away."""
        kept = dict(
            (k.strip(), v.strip())
            for k, _, v in (r.partition(":") for r in (element.get("style") or "").split(";"))
            if k.strip()
        )
        for name, value in properties.items():
            kept.pop(name.replace("_", "-"), None)
            if value:
                kept[name.replace("_", "-")] = value
        if kept:
            element.set("style", "; ".join(f"{k}: {v}" for k, v in kept.items()))
        else:
            element.attrib.pop("style", None)

    def add_rule(self, id: str, **properties: str) -> None:
        """Add a rule for an element to the page's style sheet; underscores stand for hyphens."""
        said = "; ".join(f"{k.replace('_', '-')}: {v}" for k, v in properties.items())
        section = id.split(".")[0]
        where = f"#{section}" if section == id else f'#{section} [data-node="{id}"]'
        sheet = next(self.tree.iter("style"))
        sheet.text = f"{sheet.text.rstrip()}\nbody.site {where} {{ {said}; }}\n"

    def drop_rules(self, id: str) -> bool:
        """Take the rules for one element out of the style sheet; returns whether there were any."""
        section = id.split(".")[0]
        where = f"#{section}" if section == id else f'#{section} [data-node="{id}"]'
        found = False
        for sheet in self.tree.iter("style"):
            lines = (sheet.text or "").split("\n")
            kept = [line for line in lines if not line.startswith(f"body.site {where} {{")]
            found, sheet.text = found or len(kept) < len(lines), "\n".join(kept)
        return found

    def parsed(self, tag: Tag) -> Any:
        """Return a planned element as one that can be put into the page."""
        return _lxml().fragment_fromstring(tag.html().strip())

    def parsed_text(self, name: str, text: str) -> Any:
        """Return an element of some words that no plan has."""
        return self.parsed(Tag(name, text=text))

    def remove(self, element: Any) -> None:
        """Take an element out; words behind it stay."""
        element.drop_tree()

    def charts(self) -> list[dict[str, Any]]:
        """Return what the page's charts are asked to draw."""
        script = self._script()
        return [] if script is None else json.loads(_CHARTS.search(script.text)[1])  # type: ignore[index]

    def set_charts(self, charts: list[dict[str, Any]]) -> None:
        """Write what the page's charts are to draw."""
        script = self._script()
        if script is not None:
            plain = json.dumps(charts, ensure_ascii=False, indent=1).replace("<", "\\u003c")
            script.text = f"const CW_CHARTS = {plain};"

    def _script(self) -> Any:
        for script in self.tree.iter("script"):
            if script.text and _CHARTS.search(script.text):
                return script
        return None
