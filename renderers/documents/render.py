"""Documents rendered: a document and its mutated twin, drawn by one engine, both measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents import compose, measured, mutations, soundness
from corpuswright.renderers.documents.document import Document, Node, to_json
from corpuswright.renderers.documents.engines import page, presentation, typesetting
from corpuswright.renderers.documents.measured import Drawing
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import (
    Element,
    Json,
    Render,
    Scene,
    Spec,
    from_dict,
    to_dict,
)

MEDIUM = "document"
VERSION = 2  # bump when a spec is rendered otherwise

Draw = Callable[[Document, GuiRenderer], Drawing]
ENGINES: Mapping[str, Draw] = {
    "page": page.draw,
    "slides": presentation.draw,
    "figure": typesetting.draw,
}


def render(spec: Spec, pages: GuiRenderer) -> Render:
    """Return a document and its twin, drawn and measured.

    Media are `png` and `twin.png`; the scene's elements are those of the document, its state has
    the plan (`document`) and of the twin (`twin`) what is other: `kind`, `about`, `nodes`,
    `touched`, the plan's `changes` and the `elements` that came out otherwise.

    Raises:
        PageFault: It was not drawn, or is not as a document should be; nothing can be mutated.
    """
    p = spec.parameters
    document = compose.compose(p, pages.read)
    # Of its own seed: another mutation reshuffles no document.
    rng = np.random.default_rng([int(p["seed"]), mutations.VERSION])
    twin = mutations.draw(document, str(p["dimension"]), rng)
    if twin is None:
        raise PageFault("no_twin", "nothing of it can be mutated")
    draw = ENGINES[document.engine]
    drawing = draw(document, pages)
    soundness.check(document, drawing)
    other = draw(twin.document, pages)
    elements = measured.elements(document, drawing)
    state: dict[str, Any] = {
        "scale": drawing.scale,
        "document": to_json(document),
        "twin": {
            "kind": twin.kind,
            "about": twin.about,
            "nodes": list(twin.nodes),
            "touched": sorted([n, what] for n, what in twin.touched),
            "changes": _changes(document, twin.document),
            "elements": _other(elements, measured.elements(twin.document, other)),
            "size": list(other.size),
        },
    }
    scene = Scene(drawing.size, (drawing.scale, drawing.scale), tuple(elements), state)
    return Render({"png": drawing.png, "twin.png": other.png}, scene)


def _changes(document: Document, twin: Document) -> dict[str, Any]:
    """Return what is other in a twin's plan: nodes, and their order if that is other."""
    own = {n.id: n for n in document.nodes}
    changed = [to_dict(n) for n in twin.nodes if own[n.id] != n]
    return {"nodes": changed, "order": [n.id for n in twin.nodes]}


def twin_document(document: Document, changes: Json) -> Document:
    """Return a twin's plan from its original and what is other in it."""
    nodes = {n.id: n for n in document.nodes}
    nodes |= {n.id: n for n in (from_dict(Node, c) for c in changes["nodes"])}
    kept = tuple(nodes[id] for id in changes["order"])
    return replace(document, nodes=kept)


def _node(element: Element) -> str:
    return str(element.attributes["node"])


def _other(elements: Sequence[Element], twins: Sequence[Element]) -> dict[str, Any]:
    """Return what was measured otherwise of a twin: elements by node, and those that are gone."""
    own = {_node(e): _told(e) for e in elements}
    new = {_node(e): e for e in twins}
    return {
        "changed": [to_dict(e) for n, e in new.items() if own.get(n) != _told(e)],
        "gone": [n for n in own if n not in new],
    }


def _told(element: Element) -> dict[str, Any]:
    """Return what an element says but for ids, which hang on how many there are."""
    return {k: v for k, v in asdict(element).items() if k not in ("id", "parent")}


def twin_elements(scene: Scene) -> list[Element]:
    """Return a twin's elements, from the scene of its original."""
    state: Any = scene.state["twin"]["elements"]
    changed = {_node(e): e for e in (from_dict(Element, c) for c in state["changed"])}
    kept = [e for e in scene.elements if _node(e) not in state["gone"]]
    # What has not changed keeps its place in the original, its parents too.
    out: list[Element] = []
    for e in kept:
        new = changed.get(_node(e))
        out.append(e if new is None else _placed(new, e))
    return out


def _placed(new: Element, old: Element) -> Element:
    return replace(new, id=old.id, parent=old.parent)
