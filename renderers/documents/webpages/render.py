"""Pages rendered: a page from a plan, and the same page with one defect, both measured."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.webpages import bundle, defects, pictures, planner, show
from corpuswright.renderers.documents.webpages.bundle import INDEX
from corpuswright.renderers.documents.webpages.pictures import Offered
from corpuswright.renderers.documents.webpages.plan import PagePlan, read, with_sources
from corpuswright.renderers.documents.webpages.show import Shown
from corpuswright.renderers.documents.webpages.tags import Part
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Element, Json, Quad, Render, Scene, Spec

MEDIUM = "webpage"
VERSION = 2  # bump when a spec is rendered otherwise


def offered(parameters: Json) -> list[Offered]:
    """Return the pictures that a spec may show: the user's, where it has any, and portraits."""
    own: Any = parameters.get("pictures") or []
    if not own:
        return list(pictures.shipped())
    given = [Offered(p["site"], p["path"], p["caption"], size=tuple(p["size"])) for p in own]
    return [*given, *(o for o in pictures.shipped() if o.portrait)]


def planned(parameters: Json) -> PagePlan:
    """Return the plan of a spec, its pictures not yet chosen."""
    rng = np.random.default_rng([int(parameters["seed"]), planner.VERSION])
    return planner.plan(rng, int(parameters["level"]), str(parameters["library"]))


def assets(
    plan: PagePlan, may: Sequence[Offered], read_: bundle.Read
) -> tuple[PagePlan, dict[str, bytes]]:
    """Return a plan with its pictures in place, and their files by path."""
    sources, photographs, drawn = pictures.placed(plan, may)
    captions = {id: o.caption for id, o in photographs.items()}
    placed = with_sources(plan, sources, captions)
    files = {sources[id]: read_(o.site, o.path) for id, o in photographs.items()}
    files |= {sources[id]: pictures.draw(p, plan.style) for id, p in drawn.items()}
    return placed, files


def files_of(scene: Scene, parameters: Json, read_: bundle.Read) -> dict[str, bytes]:
    """Return the files of a scene's page, as they were rendered."""
    plan = read(scene.state["plan"])
    _, media = assets(planned(parameters), offered(parameters), read_)
    return {**bundle.write(plan, read_), **media, INDEX: str(scene.state["html"]).encode()}


def spoilt(scene: Scene, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the page with its defect."""
    twin: Any = scene.state["twin"]
    kept = {p: b for p, b in files.items() if p not in twin["files_gone"]}
    return {**kept, INDEX: str(twin["html"]).encode()}


def render(spec: Spec, pages: GuiRenderer) -> Render:
    """Return a page and its spoilt version, shown whole.

    Media are `png` and `twin.png`; elements are those of the page that its plan names. The state
    has the `plan`, the page's `html`, and of the `twin` its `kind` of defect, `node`, `about`,
    `html` and the files that are not there (`files_gone`).

    Raises:
        PageFault: It cannot be shown, or nothing of it can be spoilt.
    """
    p = spec.parameters
    plan, media = assets(planned(p), offered(p), pages.read)
    files = {**bundle.write(plan, pages.read), **media}
    wanted = bundle.wanted(plan, pages.read)
    twin = _planted(plan, wanted, files, int(p["seed"]), str(p["defect"]))
    ratio = float(p["ratio"])
    shown = show.show(files, plan.width, pages, ratio, audit=False)
    other = show.show(twin.files, plan.width, pages, ratio, audit=False)
    state: dict[str, Any] = {
        "scale": shown.scale,
        "colours": shares(shown.png, plan),
        "plan": plan.model_dump(mode="json"),
        "html": files[INDEX].decode(),
        "twin": {
            "kind": twin.name, "issue": twin.kind, "node": twin.node, "about": twin.about,
            "html": twin.files[INDEX].decode(), "size": list(other.size),
            "files_gone": sorted(set(files) - set(twin.files)),
        },
    }  # fmt: skip
    scene = Scene(shown.size, (shown.scale, shown.scale), tuple(elements(wanted, shown)), state)
    return Render({"png": shown.png, "twin.png": other.png}, scene)


def _planted(
    plan: PagePlan, wanted: Sequence[Part], files: Mapping[str, bytes], seed: int, first: str
) -> defects.Planted:
    """Return the page with the defect that was drawn for it, or the next that it can have."""
    names = list(defects.DEFECTS)
    for name in names[names.index(first) :] + names[: names.index(first)]:
        rng = np.random.default_rng([seed, defects.VERSION])
        if made := defects.plant(name, plan, wanted, files, rng):
            return made
    raise PageFault("no_twin", "nothing of it can be spoilt")


def shares(png: bytes, plan: PagePlan) -> dict[str, float]:
    """Return which share of a page's pixels has each colour of its style, to a ten-thousandth."""
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    style = plan.style
    out: dict[str, float] = {}
    for colour in (style.background, style.surface, style.ink, *style.accents):
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        near = (np.abs(pixels.astype(np.int16) - wanted) <= 2).all(axis=1)
        out[colour] = round(float(near.mean()), 4)
    return out


def elements(wanted: Sequence[Part], shown: Shown) -> list[Element]:
    """Return what was measured of a page's planned parts as elements, in pixels of its picture."""
    nodes: dict[str, Any] = {n["id"]: n for n in shown.found["nodes"]}
    there = [p for p in wanted if p.id in nodes]
    ids = {p.id: f"e{n}" for n, p in enumerate(there)}
    return [_element(ids, p, nodes[p.id], shown) for p in there]


def _element(ids: Mapping[str, str], part: Part, node: Mapping[str, Any], shown: Shown) -> Element:
    x0, y0, x1, y1 = (round(v * shown.scale, 2) for v in node["box"])
    quad: Quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    wide, high = shown.size
    seen = (max(x0, 0.0), max(y0, 0.0), min(x1, float(wide)), min(y1, float(high)))
    attributes: dict[str, Any] = {
        "node": part.id, "tag": part.tag, "section": part.section,
        "colour": node["colour"], "ground": node["ground"],
        "size": round(node["size"] * shown.scale, 2), "font": node["font"],
    }  # fmt: skip
    if node["lines"]:
        attributes["lines"] = [[round(v * shown.scale, 2) for v in b] for b in node["lines"]]
    return Element(
        id=ids[part.id], role=part.role, name=part.text or node["alt"] or node["label"] or part.id,
        quad=quad, box=(x0, y0, x1, y1),
        visible_box=seen if seen[2] > seen[0] and seen[3] > seen[1] else None,
        visible_fraction=None, click_point=None, text=part.text, state={}, attributes=attributes,
        parent=ids.get(part.parent),
    )  # fmt: skip
