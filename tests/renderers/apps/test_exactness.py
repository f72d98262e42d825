"""Labels of composed scenes against oracles that share nothing with them.

Cells and edges: the marker-colour probe. Letters: clicks, and the browser's own selection. Shapes:
the colours of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from corpuswright.annotators.actions import carets
from corpuswright.assets.grounding import canvas, table
from corpuswright.assets.grounding import text as grounding_text
from corpuswright.quality.execution import marker_probe
from corpuswright.renderers.apps import shapes
from corpuswright.renderers.apps.canvas import COLOURS
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer, Render
from corpuswright.storage.inputs import sites as input_sites
from corpuswright.storage.media import images
from corpuswright.storage.records import Element, Json, Point, Spec
from tests.fixtures.photograph import photograph

pytestmark = pytest.mark.browser

RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)
ROWS = "".join(
    f"\nplace {i},{1000 + 37 * i},{i % 5},{'north' if i % 2 else 'south'}" for i in range(40)
)
SENTENCES = {
    "en": "Office fluff: fjords, AVATAR type, “quotes” and waffles — a difficult file.",
    "fr": "Dès Noël où un zéphyr haï me vêt de glaçons würmiens, je dîne d’exquis rôtis.",
    "ru": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "el": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, κάθε μέρα και κάθε νύχτα.",
    "ar": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق.",
    "he": "דג סקרן שט בים מאוכזב ולפתע מצא חברה, ואז הם שחו יחד.",
    "hi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले।",
    "ja": "いろはにほへと ちりぬるを わかよたれそ つねならむ。",
    "zh": "視野無限廣，窗外有藍天。人人生而自由，在尊严和权利上一律平等。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "th": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
}

CODE = """export function carried(river, seasons) {
  const banks = new Map(); // by the name of the season
  for (const season of seasons) {
    const load = river.flow(season) * river.silt;
    if (load > river.capacity) banks.set(season.name, load - river.capacity);
  }
  return { banks, widest: [...banks.values()].sort((a, b) => b - a)[0] ?? 0 };
}
"""


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> GuiRenderer:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "places.csv").write_text(f"name,people,class,side{ROWS}")
    for language, text in SENTENCES.items():
        way = ' dir="rtl"' if language in ("ar", "he") else ""
        body = f"<p>{text}</p>" * 8
        page = f'<!doctype html><html lang="{language}"{way}>{body}</html>'
        (folder / f"{language}.html").write_text(page)
    (folder / "code.js").write_text(CODE)
    photograph().image.save(folder / "shapes.png")
    corpora = (table.CORPUS, grounding_text.CORPUS, canvas.CORPUS)
    sites = [s for c in corpora for s in c.sites if not s.pages]
    libraries = {s.name: input_sites.fetch(s, Path("inputs")) for s in sites}
    return GuiRenderer({"own": folder, **libraries})


def spec(medium: str, ratio: float, seed: int, path: str = "", real_app: str = "") -> Spec:
    look: Json = {"width": 960, "height": 640, "ratio": ratio, "theme": "light", "codec": "png"}
    parameters = {**look, "seed": seed, "site": "own", "path": path, "real_app": real_app}
    return Spec(f"{medium}-{seed:08d}-0000", medium, medium, parameters, ())


@pytest.mark.parametrize("ratio", RATIOS)
def test_cells_and_edges_lie_where_the_probe_finds_them(renderer: GuiRenderer, ratio: float):
    with renderer.open(spec("table", ratio, 7, "places.csv")) as live:
        _, scene = gui.shot(live, gui.view_of(spec("table", ratio, 7).parameters))
        kinds = {str(e.attributes.get("kind")) for e in scene.elements}
        assert kinds >= {"cell", "column", "row", "column_edge", "row_edge", "fill_handle"}
        found = marker_probe.probe(live, scene, marker_probe.candidates(scene))
    errors = [r.error for r in found if r.error is not None]
    assert len(errors) >= 60 and np.percentile(errors, 99) <= 1.0, max(errors)
    assert len(errors) >= 0.9 * len(found)


@pytest.mark.parametrize("ratio", RATIOS)
def test_cells_of_real_grids_lie_where_the_probe_finds_them(renderer: GuiRenderer, ratio: float):
    for app in ("tabulator", "ag-grid"):
        wanted = spec("table", ratio, 7, "places.csv", app)
        with renderer.open(wanted) as live:
            _, scene = gui.shot(live, gui.view_of(wanted.parameters))
            kinds = {str(e.attributes.get("kind")) for e in scene.elements}
            assert kinds >= {"cell", "column", "column_edge"}
            found = marker_probe.probe(live, scene, marker_probe.candidates(scene))
        errors = [r.error for r in found if r.error is not None]
        # To a thousandth of a pixel: layout is in 1/64 CSS px, and numbers on the way are floats.
        assert len(errors) >= 30 and np.percentile(errors, 99) <= 1.001, max(errors)


@pytest.mark.parametrize(
    ("path", "ratio", "real_app"),
    [
        *((f"{n}.html", RATIOS[i % len(RATIOS)], "") for i, n in enumerate(sorted(SENTENCES))),
        *(
            (f"{n}.html", r, "quill-editor")
            for n, r in (("en", 1.25), ("ru", 2.0), ("ja", 1.5), ("ar", 1.0))
        ),
        *(("code.js", r, real_app) for r in (1.0, 1.5, 3.0) for real_app in ("", "monaco")),
    ],
)
def test_a_click_anywhere_in_a_caret_region_puts_the_caret_there(
    renderer: GuiRenderer, path: str, ratio: float, real_app: str
):
    seed = 3
    wanted = spec("text", ratio, seed, path, real_app)
    while True:  # the first seed whose scene can be edited and has nothing selected
        with renderer.open(wanted) as live:
            _, scene = gui.shot(live, gui.view_of(wanted.parameters))
            e = next(e for e in scene.elements if e.attributes.get("kind") == "text")
            if e.attributes["editable"] and gui.state_of(live)["selection"] is None:
                places = list(carets.carets(e).values())
                assert len(places) >= 20
                tried = [places[i] for i in np.linspace(0, len(places) - 1, 24).astype(int)]
                for caret in tried:
                    top, bottom = carets.lines(e)[caret.line]
                    # 0.6 px inside either end of the region: a mouse knows whole pixels only.
                    ends = (-caret.left + 0.6 * ratio, 0.0, caret.right - 0.6 * ratio)
                    for by in ends if min(caret.left, caret.right) > 2 * ratio else (0.0,):
                        at = ((caret.x + by) / ratio, (top + bottom) / 2 / ratio)
                        live.page.mouse.click(*at)
                        seen = gui.state_of(live)["selection"]
                        assert seen == [caret.offset] * 2, (
                            caret,
                            by,
                            e.text[caret.offset - 3 :][:6],
                        )
                return
        seed += 1
        wanted = spec("text", ratio, seed, path, real_app)
        assert seed < 40


# Outlines that end in curves or right angles: the ink of sharper corners goes beyond them.
ROUND = re.compile(
    r"rectangle|square|circle|ellipse|egg|octagon|decagon|pill|plus sign|[TLUHZD] shape|staircase"
    r"|flower"
)
STRAIGHT = re.compile(r"rectangle|square|octagon|plus sign|[TLUH] shape|staircase")


@pytest.mark.parametrize("ratio", RATIOS)
def test_tasks_of_a_diagram_lie_where_their_ink_is(renderer: GuiRenderer, ratio: float):
    render = renderer(spec("canvas", ratio, 11, real_app="bpmn"))
    image = np.asarray(images.decode(render.media["png"], "x")).astype(int)[:, :, :3]
    shapes = [e for e in render.scene.elements if e.attributes.get("kind") == "shape"]
    assert len(shapes) >= 3
    for e in shapes:
        x0, y0, x1, y1 = cast(list[float], e.attributes["bounds"])
        # Along the middles, where the outline is straight: its 2 px are centred on the bounds.
        middle, centre = int((y0 + y1) / 2), int((x0 + x1) / 2)
        for line, edges in ((image[middle], (x0, x1)), (image[:, centre], (y0, y1))):
            for edge in edges:
                low = int(edge - 6 * ratio)
                dark = (255 - line[low : int(edge + 6 * ratio)].mean(axis=1)) / 255
                found = low + float((np.arange(len(dark)) + 0.5) @ dark / dark.sum())
                assert abs(found - edge) <= 0.5, (e.text, edge, found)


def alone(render: Render) -> Iterator[Element]:
    """Yield the shapes that can be told by their outline's colour: nothing touches them."""
    things = [e for e in render.scene.elements if e.attributes.get("kind") in ("shape", "line")]
    for e in things:
        free = all(
            o is e
            or o.box[2] < e.box[0] - 9
            or o.box[0] > e.box[2] + 9
            or o.box[3] < e.box[1] - 9
            or o.box[1] > e.box[3] + 9
            for o in things
        )
        if free and not e.attributes["dashed"] and not e.state["selected"]:
            yield e


def inked(render: Render, e: Element) -> tuple[np.ndarray, Point] | None:
    """Return the share of each pixel around a shape that has its outline's colour, and the corner
    where these pixels begin; None where ground and outline are too alike."""
    image = np.asarray(images.decode(render.media["png"], "x")).astype(float)
    x0, y0, x1, y1 = (int(v) for v in e.box)
    around = image[y0 - 8 : y1 + 9, x0 - 8 : x1 + 9, :3]
    stroke = COLOURS[str(e.attributes["stroke"])]
    ground, ink = around[0, 0], np.array([int(stroke[i : i + 2], 16) for i in (1, 3, 5)])
    if np.abs(ink - ground).sum() < 150:
        return None
    share = ((around - ground) @ (ink - ground)) / ((ink - ground) @ (ink - ground))
    return np.clip(share, 0, 1), (x0 - 8, y0 - 8)


def off_by(e: Element, drawn: tuple[float, ...]) -> float:
    return max(abs(a - b) for a, b in zip(drawn, e.box, strict=True))


def test_shapes_lie_where_their_colours_are(renderer: GuiRenderer):
    errors: list[float] = []
    # By ratio: another one takes another browser.
    for seed in sorted(range(52), key=lambda s: s % len(RATIOS)):
        render = renderer(spec("canvas", RATIOS[seed % len(RATIOS)], seed))
        for e in alone(render):
            found = inked(render, e) if ROUND.search(e.name) else None
            if found is None:
                continue
            share, (x, y) = found
            # Half covered or more is inside: the edge is where a pixel is half ink, half ground.
            rows, columns = (np.where((share > 0.5).any(axis=i))[0] for i in (1, 0))
            drawn = (columns[0] + x, rows[0] + y, columns[-1] + 1 + x, rows[-1] + 1 + y)
            errors.append(off_by(e, drawn))
    assert len(errors) >= 10 and np.percentile(errors, 99) <= 1.0, sorted(errors)[-5:]


def test_shapes_in_svgedit_lie_where_their_colours_are(
    renderer: GuiRenderer, monkeypatch: pytest.MonkeyPatch
):
    # Only such as have straight sides: what their last pixels are covered by says where they end.
    known = {n: o for n, o in shapes.CLOSED.items() if STRAIGHT.search(n)}
    monkeypatch.setattr(shapes, "CLOSED", known)
    errors: list[float] = []
    for seed in sorted(range(10), key=lambda s: s % len(RATIOS)):
        render = renderer(spec("canvas", RATIOS[seed % len(RATIOS)], seed, real_app="svgedit"))
        for e in alone(render):
            found = inked(render, e)
            if found is None:
                continue
            drawn: list[float] = []
            for cover, begin in zip(
                (found[0].max(axis=0), found[0].max(axis=1)), found[1], strict=True
            ):
                first, *_, last = np.where(cover > 0.03)[0]
                drawn += [begin + first + 1 - cover[first], begin + last + cover[last]]
            errors.append(off_by(e, (drawn[0], drawn[2], drawn[1], drawn[3])))
    assert len(errors) >= 10 and max(errors) <= 0.25, sorted(errors)[-5:]


@pytest.mark.parametrize("ratio", RATIOS)
def test_regions_of_a_photograph_lie_where_its_colours_are(renderer: GuiRenderer, ratio: float):
    known = photograph()
    regions = [
        {
            "id": name.split()[0],
            "name": name,
            "outline": [list(p) for p in outline],
            "vertices": [list(p) for p in outline[:: max(1, len(outline) // 20)]],
            "usable": True,
            "origin": "coco",
        }
        for name, outline in known.shapes.items()
    ]
    wanted = spec("photo", ratio, 5, "shapes.png")
    given = {**wanted.parameters, "size": list(known.image.size), "regions": regions}
    render = renderer(replace(wanted, parameters=given))
    assert render.scene.state["app"]["tool"] in ("Lasso", "Warp", "Quick select"), "nothing on it"
    image = np.asarray(images.decode(render.media["png"], "x")).astype(float)
    found = [e for e in render.scene.elements if e.attributes.get("kind") == "region"]
    assert len(found) == len(regions)
    for e in found:
        x0, y0, x1, y1 = (int(v) for v in e.box)
        around = image[y0 - 9 : y1 + 10, x0 - 9 : x1 + 10, :3]
        ink, ground = image[(y0 + y1) // 2, (x0 + x1) // 2, :3], np.median(around[:6], axis=(0, 1))
        share = ((around - ground) @ (ink - ground)) / ((ink - ground) @ (ink - ground))
        rows, columns = (
            np.where((share > 0.5).any(axis=1))[0],
            np.where((share > 0.5).any(axis=0))[0],
        )
        drawn = (columns[0] + x0 - 9, rows[0] + y0 - 9, columns[-1] + x0 - 8, rows[-1] + y0 - 8)
        # An edge between pixels is found up to half a pixel off, and so is a soft one.
        assert max(abs(a - b) for a, b in zip(drawn, e.box, strict=True)) <= 1.0, (e.name, e.box)
