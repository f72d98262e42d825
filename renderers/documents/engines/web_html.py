"""A planned web page as HTML, in the classes of a real component library."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.drafting import LINE
from corpuswright.renderers.documents.engines.html import Read, drawn_before, icon, whole
from corpuswright.storage.inputs.sites import Site


@dataclass(frozen=True, slots=True)
class Components:
    """A component library: its style sheet, and its classes by what they are for."""

    site: Site
    sheet: str
    classes: Mapping[str, str]


def _site(package: str, name: str, digest: str, author: str) -> Site:
    return Site(name, ".", (), "MIT", author, package, digest)


COMPONENTS: Mapping[str, Components] = {
    "bootstrap": Components(
        _site("bootstrap@5.3.8", "bootstrap",
              "8b02d4a7482e0f0a2b1da58f1c9c86830e96cc2f77f094f89e4681b19886bc38",
              "the Bootstrap authors"), "dist/css/bootstrap.min.css",
        {"card": "card card-body", "button": "btn btn-primary px-4 py-2", "section": "py-5",
         "nav": "navbar py-3", "inner": "container"}),
    "bulma": Components(
        _site("bulma@1.0.4", "bulma",
              "4a3669880f72a69d13c34eafc294073ca106927e3ca8c534f56828a837b99105",
              "Jeremy Thomas"), "css/bulma.min.css",
        {"card": "box", "button": "button is-primary", "section": "section", "nav": "navbar-like",
         "inner": "container"}),
    "pico": Components(
        _site("@picocss/pico@2.1.1", "pico",
              "4affbb56f49df6d5325610b06762156f1dcdbc6ef57cea5c136d7e8a00a8cd24",
              "the Pico authors"), "css/pico.min.css",
        {"card": "", "button": "", "section": "", "nav": "", "inner": "container"}),
    "uikit": Components(
        _site("uikit@3.25.25", "uikit",
              "0c4ed2d19267f1a715f9ceef5142caaf221b4bf6339b2a11d66f11eab99a6119", "YOOtheme"),
        "dist/css/uikit.min.css",
        {"card": "uk-card uk-card-default uk-card-body", "button": "uk-button uk-button-primary",
         "section": "uk-section", "nav": "uk-navbar-container", "inner": "uk-container"}),
    "tabler": Components(
        _site("@tabler/core@1.6.1", "tabler",
              "d02d679e51f6c179b21f035e154c13cdcb2ae8b18579e56ea606408ba7fc7a87",
              "Paweł Kuna"), "dist/css/tabler.min.css",
        {"card": "card card-body shadow-sm", "button": "btn btn-primary btn-lg",
         "section": "py-5", "nav": "navbar py-3", "inner": "container-xl"}),
    "daisyui": Components(
        _site("daisyui@5.8.1", "daisyui",
              "db61224e50c55c6bd67c67c130088b119aa38f6efcd107fa6546802f7c480a3d",
              "Pouya Saadeghi"), "daisyui.css",
        {"card": "card shadow-sm card-body", "button": "btn btn-primary", "section": "",
         "nav": "navbar", "inner": ""}),
}  # fmt: skip

# The grid a section's parts stand in is ours: libraries have as many as there are.
_BASE = """html,body{margin:0!important;padding:0!important;max-width:none;height:auto!important;
min-height:0!important;overflow-x:hidden}
body>section,body>nav,body>footer,body>header{width:100%;margin:0!important;display:block}
.cw-section{padding:56px 0}.cw-nav,.cw-foot{padding:18px 0}
.cw-inner{max-width:1140px;margin:0 auto!important;padding:0 20px;position:relative;width:100%}
.cw-row{display:flex;gap:24px;align-items:stretch;width:100%}.cw-row>*{flex:1 1 0;min-width:0}
.cw-line{display:flex;gap:24px;width:100%;align-items:center;justify-content:space-between}
.cw-links{display:flex;gap:26px}.cw-buttons{display:flex;gap:14px;margin-top:22px}
.cw-centre{text-align:center;justify-content:center}.cw-grid{display:grid;gap:24px}
.cw-card{display:block!important;padding:24px!important;margin:0!important;height:100%;
border:0 solid transparent}.cw-text{display:block;margin:0 0 10px!important;padding:0!important;
letter-spacing:normal!important;text-transform:none!important;max-width:none!important}
.cw-inline{display:inline-block;margin:0!important}.cw-icon{width:38px;height:38px;display:block;
margin:0 0 14px}.cw-icon svg{width:100%;height:100%;display:block}
.cw-panelline{display:flex;gap:16px;align-items:center;margin:8px 0}
.cw-panelline .cw-icon{margin:0;flex:0 0 38px}
.cw-button{display:inline-block!important;height:auto!important;width:auto!important;
line-height:1.35!important;padding:11px 22px!important;text-transform:none!important;
letter-spacing:normal!important;box-shadow:none!important;margin:0!important;
text-decoration:none!important;border:0!important;white-space:nowrap!important}
.cw-chart{width:1000px;height:400px;margin:0 auto}.chart-host svg{display:block;max-width:none}"""


def page(document: Document, read: Read) -> str:
    """Return a web page's HTML; `document.look` names the component library."""
    library = COMPONENTS[document.look]
    writer = _Writer(document, library, read)
    body = "".join(writer.section(n) for n in document.nodes if not n.parent)
    style = f"{_BASE} body{{background:{document.background}!important}}"
    sheet = f"http://{library.site.name}.localhost/{library.sheet}"
    return whole(document, style, body, (sheet,))


@dataclass(frozen=True, slots=True)
class _Writer:
    document: Document
    library: Components
    read: Read

    def section(self, node: Node) -> str:
        """Return a section: the bar of navigation, the footer, or one of the page's parts."""
        tag = {"nav": "nav", "footer": "footer", "hero": "header"}.get(node.id, "section")
        kind = {"nav": "cw-nav", "footer": "cw-foot"}.get(node.id, "cw-section")
        own = self.library.classes["nav" if node.id == "nav" else "section"]
        parts = self.document.children(node.id)
        layout = {"nav": self._nav, "hero": self._hero, "call": self._line, "footer": self._line,
                  "numbers": self._numbers}.get(node.id, self._grid)  # fmt: skip
        inner = f'<div class="cw-inner {self.library.classes["inner"]}">{layout(node, parts)}</div>'
        return self._tag(node, tag, f"{kind} {own}", inner)

    def _nav(self, node: Node, parts: list[Node]) -> str:
        links = "".join(self._inline(p) for p in parts if p.role == "navigation link")
        others = [p for p in parts if p.role != "navigation link"]
        ends = [self._any(p) for p in others]
        return f'<div class="cw-line">{ends[0]}<div class="cw-links">{links}</div>' + "".join(
            f"{e}</div>" if i == len(ends) - 2 else e for i, e in enumerate(ends[1:])
        )

    def _hero(self, node: Node, parts: list[Node]) -> str:
        words = "".join(self._any(p) for p in parts if p.role in ("title", "introduction"))
        buttons = "".join(self._any(p) for p in parts if p.role == "button")
        split = bool(node.data["split"])
        centre = "" if split else " cw-centre"
        left = f'<div>{words}<div class="cw-buttons{centre}">{buttons}</div></div>'
        panels = "".join(self._panel(p) for p in parts if p.role == "panel")
        return f'<div class="cw-row">{left}{panels}</div>'

    def _panel(self, node: Node) -> str:
        lines: dict[str, list[Node]] = {}
        for part in self.document.children(node.id):
            lines.setdefault(part.id[-1], []).append(part)  # hero.icon2 beside hero.point2
        body = "".join(
            f'<div class="cw-panelline">{"".join(self._inline(p) for p in line)}</div>'
            for line in lines.values()
        )
        return self._tag(node, "div", f"cw-card {self.library.classes['card']}", body)

    def _line(self, node: Node, parts: list[Node]) -> str:
        return '<div class="cw-line">' + "".join(self._inline(p) for p in parts) + "</div>"

    def _numbers(self, node: Node, parts: list[Node]) -> str:
        values = [p for p in parts if p.role == "value"]
        cells: list[str] = []
        for value in values:
            label = value.id.replace(".value", ".label")
            below = [p for p in parts if p.id == label]
            cells.append(f"<div>{self._any(value)}{''.join(self._any(b) for b in below)}</div>")
        return f'<div class="cw-row">{"".join(cells)}</div>'

    def _grid(self, node: Node, parts: list[Node]) -> str:
        cards = [p for p in parts if p.role in ("card", "step")]
        others = [p for p in parts if p not in cards]
        across = len(cards) if len(cards) <= 4 else (4 if len(cards) > 6 else 3)
        grid = "".join(self._any(c) for c in cards)
        style = f"grid-template-columns:repeat({across},minmax(0,1fr))"
        return "".join(self._any(p) for p in others) + (
            f'<div class="cw-grid" style="{style};margin-top:26px">{grid}</div>' if cards else ""
        )

    def _any(self, node: Node) -> str:
        if node.role == "icon":
            return self._tag(node, "div", "cw-icon", icon(node, self.read))
        if node.role == "button":
            own = self.library.classes["button"]
            return self._tag(node, "a", f"cw-button {own}", html.escape(node.text),
                             ' href="#" role="button"')  # fmt: skip
        if node.role == "chart":
            host = f'<div class="chart-host">{drawn_before(self.document, node)}</div>'
            return self._tag(node, "div", "cw-chart", host)
        if node.text:
            tag = {"title": "h1", "section heading": "h2", "heading": "h3"}.get(node.role, "p")
            return self._tag(node, tag, "cw-text", html.escape(node.text))
        inside = "".join(self._any(p) for p in self.document.children(node.id))
        return self._tag(node, "div", f"cw-card {self.library.classes['card']}", inside)

    def _inline(self, node: Node) -> str:
        if node.role in ("button", "icon"):
            return self._any(node)
        return self._tag(node, "span", "cw-text cw-inline", html.escape(node.text))

    def _tag(self, node: Node, tag: str, classes: str, inside: str, more: str = "") -> str:
        style = html.escape(";".join(_looks(node)), quote=True)
        return (
            f'<{tag} data-node="{html.escape(node.id)}" class="{classes}" style="{style}"{more}>'
            f"{inside}</{tag}>"
        )


def _looks(node: Node) -> list[str]:
    s = node.style
    rules: list[str] = []
    if s.get("fill"):
        rules.append(f"background:{s['fill']}!important")
    if node.role in ("card", "step", "panel", "button", "quotation box"):
        rules.append(f"border-radius:{s.get('radius', 0)}px!important")
    if shift := node.data.get("shift"):
        rules.append(f"position:relative;left:{shift[0]}px;top:{shift[1]}px;z-index:3")
    if s.get("stroke"):
        rules.append(f"border:{s['stroke_width']}px solid {s['stroke']}!important")
    if node.text:
        slant, weight = "italic " if s.get("italic") else "", 700 if s.get("bold") else 400
        rules += [
            f"color:{s['colour']}!important",
            f"font:{slant}{weight} {s['size']}px/{LINE} '{s['font']}'!important",
            f"text-align:{s.get('align', 'left')}",
        ]
        if s.get("nowrap"):
            rules.append("white-space:nowrap")
    return rules
