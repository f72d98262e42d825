"""What is wrong with a page: found by measuring it and by its plan, without a model.

Three levels, as MM-WebAgent (arXiv 2604.15309) reflects: an element itself, its surroundings, the
whole page. There a model is asked about all of them; here each is decided by a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from corpuswright.quality.documents.webpages import chart_reading, geometry
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.webpages import style_sheet
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.show import Shown
from corpuswright.renderers.documents.webpages.tags import Part

VERSION = 1  # bump when a verdict can change

Level = Literal["element", "context", "page"]

TEXT, LARGE_TEXT = 4.5, 3.0  # contrast: WCAG 2.1, success criterion 1.4.3 (AA)
LARGE, LARGE_BOLD = 24.0, 18.66  # CSS pixels from which type is large there: 18 and 14 points
DRIFT = 5.0  # CIEDE2000 from every planned colour: no two named ones are nearer than 8; ours
SHAPE = 0.08  # that a picture may be wider or narrower than it is by itself; ours: seen from 10 %
# How much an issue weighs where rounds are compared: MM-WebGEN's penalties of a critical element
# that is missing (.5), a minor one (.3), a misplaced one (.2), a detail (.1).
WEIGHTS: Mapping[str, float] = {
    "missing_element": 0.5, "missing_asset": 0.5, "chart_not_drawn": 0.5, "chart_wrong": 0.5,
    "wrong_text": 0.3, "overlap": 0.3, "overflow": 0.3, "low_contrast": 0.3, "unplanned": 0.3,
    "too_wide": 0.3, "misplaced": 0.2, "wrong_order": 0.2, "broken_link": 0.2, "distorted": 0.2,
    "small_type": 0.1, "alt_missing": 0.1, "heading_order": 0.1, "palette_drift": 0.1,
    "font_drift": 0.1, "accessibility": 0.1,
}  # fmt: skip
LEVELS: Mapping[str, Level] = {
    **dict.fromkeys(("missing_asset", "chart_not_drawn", "chart_wrong", "wrong_text", "distorted",
                     "small_type", "alt_missing", "low_contrast"), "element"),
    **dict.fromkeys(("missing_element", "overlap", "overflow", "misplaced", "wrong_order",
                     "unplanned"), "context"),
    **dict.fromkeys(("too_wide", "broken_link", "heading_order", "palette_drift", "font_drift",
                     "accessibility"), "page"),
}  # fmt: skip
# Rules of axe-core that say the same as a measure here, by the issue they are told as.
_SAME = {"image-alt": "alt_missing", "heading-order": "heading_order", "color-contrast": ""}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: its kind, the element of the plan, and what was seen."""

    kind: str
    node: str
    detail: str

    @property
    def level(self) -> Level:
        """Where it is looked for and repaired."""
        return LEVELS[self.kind]

    @property
    def weight(self) -> float:
        """How much it counts where two rounds are compared."""
        return WEIGHTS[self.kind]


def penalty(found: Sequence[Issue]) -> float:
    """Return how much is wrong in all."""
    return round(sum(i.weight for i in found), 6)


def find(plan: PagePlan, wanted: Sequence[Part], shown: Shown) -> list[Issue]:
    """Return what is wrong with a page as it was shown, worst kinds first.

    Args:
        plan: What it was to be.
        wanted: Its parts, in reading order.
        shown: What was measured of it.
    """
    nodes: dict[str, Any] = {n["id"]: n for n in shown.found["nodes"]}
    # A chart that was not drawn has no height, and is there.
    empty = {id for id, c in shown.found["charts"].items() if not c["drawn"]}
    there = {p.id for p in wanted if p.id in nodes and (nodes[p.id]["shown"] or p.id in empty)}
    out: list[Issue] = []
    out += _missing(wanted, nodes, there)
    kept = [p for p in wanted if p.id in there]
    for part in kept:
        out += _words(part, nodes[part.id])
        out += _media(part, nodes[part.id])
        out += _type(plan, part, nodes[part.id])
        if nodes[part.id]["parent"] != part.parent or nodes[part.id]["section"] != part.section:
            seen = nodes[part.id]["parent"] or nodes[part.id]["section"] or "nothing"
            out.append(Issue("misplaced", part.id, f"stands in {seen}, not in {part.parent}"))
    out += _charts(plan, shown, there)
    out += [Issue("wrong_order", *o) for o in geometry.out_of_order(kept, nodes)]
    out += [Issue("overlap", *o) for o in geometry.overlaps(kept, nodes)]
    out += [Issue("overflow", *o) for o in geometry.overflows(kept, nodes, shown.found)]
    out += _page(plan, wanted, shown, nodes)
    order = {k: n for n, k in enumerate(WEIGHTS)}
    return sorted(dict.fromkeys(out), key=lambda i: (order[i.kind], i.node))


def _missing(wanted: Sequence[Part], nodes: Mapping[str, Any], there: set[str]) -> Iterator[Issue]:
    gone = {p.id for p in wanted if p.id not in there}
    for part in wanted:
        # What stood in something that is missing went with it.
        if part.id in gone and part.parent not in gone:
            why = "not shown" if part.id in nodes else "not on the page"
            yield Issue("missing_element", part.id, f"{part.role}: {why}")


def _words(part: Part, node: Mapping[str, Any]) -> Iterator[Issue]:
    if node["text"] != " ".join(part.text.split()):
        yield Issue("wrong_text", part.id, f"“{node['text'][:60]}” for “{part.text[:60]}”")
    if part.text and node["tag"] != part.tag:
        yield Issue("heading_order", part.id, f"<{node['tag']}> for <{part.tag}>")


def _media(part: Part, node: Mapping[str, Any]) -> Iterator[Issue]:
    if part.role == "picture":
        wide, high = node["natural"]
        if not wide or not high:
            yield Issue("missing_asset", part.id, str(node["src"])[:120])
        elif node["fit"] == "fill":
            x0, y0, x1, y1 = node["box"]
            off = ((x1 - x0) / max(y1 - y0, 1)) / (wide / high)
            if not 1 - SHAPE <= off <= 1 / (1 - SHAPE):
                yield Issue("distorted", part.id, f"{off:.2f} times as wide as it is")
        if not (node["alt"] or "").strip():
            yield Issue("alt_missing", part.id, "no description")
    if part.role == "video":
        if not node["natural"][0]:
            yield Issue("missing_asset", part.id, str(node["src"])[:120])
        if not (node["label"] or "").strip():
            yield Issue("alt_missing", part.id, "no description")


def _type(plan: PagePlan, part: Part, node: Mapping[str, Any]) -> Iterator[Issue]:
    style = plan.style
    known = style_sheet.palette(plan)
    for what in ("fill", "edge"):
        if node[what] and part.role != "field" and _strange(node[what], known):
            yield Issue("palette_drift", part.id, f"{what} {node[what]}")
    if not part.text:
        return
    size, bold = float(node["size"]), part.tag in ("h1", "h2", "h3", "th")
    limit = LARGE_TEXT if size >= LARGE or (bold and size >= LARGE_BOLD) else TEXT
    seen = colours.contrast(_over(node["colour"], node["ground"], node["opacity"]), node["ground"])
    if seen < limit:
        yield Issue("low_contrast", part.id, f"{seen:.1f}, expected {limit:g}")
    if _strange(node["colour"], known):
        yield Issue("palette_drift", part.id, f"colour {node['colour']}")
    if size < style_sheet.least_size(plan) - 0.1:
        yield Issue("small_type", part.id, f"{size:g} px")
    if node["font"] not in (style.heading_font, style.body_font):
        yield Issue("font_drift", part.id, str(node["font"])[:60])


def _strange(colour: str, known: set[str]) -> bool:
    return colour not in known and all(colours.difference(colour, k) > DRIFT for k in known)


def _over(colour: str, ground: str, opacity: float) -> str:
    """Return a colour laid over a ground."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    red, green, blue = (a * opacity + b * (1 - opacity) for a, b in pairs)
    return colours.hex_of(red, green, blue)


def _charts(plan: PagePlan, shown: Shown, there: set[str]) -> Iterator[Issue]:
    """Yield what is wrong with charts: not drawn, or not what their tables say."""
    for id, chart in plan.charts():
        if id not in there:
            continue
        if not shown.found["charts"].get(id, {}).get("drawn"):
            yield Issue("chart_not_drawn", id, "nothing was drawn")
            continue
        for fault in chart_reading.faults(plan, id, chart, shown.found):
            yield Issue("chart_wrong", id, fault)


def _page(
    plan: PagePlan, wanted: Sequence[Part], shown: Shown, nodes: Mapping[str, Any]
) -> Iterator[Issue]:
    found = shown.found
    known = {p.id for p in wanted}
    for id in nodes:
        if id not in known:
            yield Issue("unplanned", id, "an element that no plan has")
    for id, count in Counter(n["id"] for n in found["nodes"]).items():
        if count > 1:
            yield Issue("unplanned", id, f"stands on the page {count} times")
    for text in found["strays"]:
        yield Issue("unplanned", "", f"“{text}”")
    if found["wide"] > found["view"] + 1:
        yield Issue("too_wide", "", f"{found['wide']} px in a window of {found['view']}")
    for link in found["links"]:
        if not link["reached"]:
            yield Issue("broken_link", link["node"], link["to"][:120])
    for violation in shown.audit or ():
        kind = _SAME.get(violation["rule"], "accessibility")
        for node in violation["nodes"] if kind else ():
            yield Issue(kind, node, violation["rule"] if kind == "accessibility" else
                        violation["help"][:120])  # fmt: skip
