"""The GUI renderer: a web page, looked at in one way, as pixels and the measured Scene."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from corpuswright.renderers.apps import canvas, desk, photo, table, text
from corpuswright.renderers.apps import page as apps_page
from corpuswright.renderers.browser import legibility, page_steps
from corpuswright.renderers.browser.engine import Browser
from corpuswright.renderers.browser.page import Live, View
from corpuswright.renderers.browser.shared import shared
from corpuswright.renderers.faults import EngineFault, PageFault
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import images
from corpuswright.storage.records import Box, Element, Json, Point, Quad, Render, Scene, Spec

T = TypeVar("T")

MEASURE = (Path(__file__).parent / "measure.js").read_text()
VERSION = 6  # bump when pixels or geometry of an unchanged page change

# How the page of each composed medium is made; a new medium is a file and a line here.
COMPOSERS: Mapping[str, apps_page.Compose] = {
    "canvas": canvas.compose,
    "desk": desk.compose,
    "photo": photo.compose,
    "table": table.compose,
    "text": text.compose,
}

MAX_ELEMENTS = 20_000  # above it a page is a list without end; measuring it takes seconds
MAX_PROBED = 600  # candidate elements that get hit tests; a 4K page of a dense application has 400
STILL = 0.01  # CSS px: an element that moved more between measure and measure was not at rest
SCALE_TOLERANCE = 1e-3  # of measured against asked pixel ratio : browsers round it
ATTEMPTS = 3  # tries for a page that takes its tab down before it is given up

_PARTS = "() => window.cw.parts()"
_STATE = "() => window.cw.state()"
_RECTS = """() => corpuswright.els.map((e) => {
  const b = corpuswright.toTop(e.getBoundingClientRect(), corpuswright.contextOf(e));
  return b[0] + ',' + b[1] + ',' + b[2] + ',' + b[3]; }).concat([scrollX + ',' + scrollY])"""


@dataclass(frozen=True, slots=True)
class GuiRenderer:
    """Renders specs of `gui`, the composed media, `recorded`, `space`, `clip` and `video`.

    `sites` gives a folder or the URL of a running application by name, `allow` the outside
    `host:port`s that pages may reach, `signed_in` a Playwright storage state by site.
    """

    sites: Mapping[str, Path | str]
    allow: Collection[str] = ()
    signed_in: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def browser(self) -> Browser:
        """Return this process's browser for the sites."""
        return shared(self.sites, self.allow, self.signed_in)

    def __call__(self, spec: Spec) -> Render:
        """Render one page; parameters as `view_of` reads them, and `codec`.

        Raises:
            PageFault: With the reason to count.
        """
        codec: images.Codec = spec.parameters.get("codec", "png")

        def shoot() -> Render:
            with self.open(spec) as live:
                png, scene = shot(live, view_of(spec.parameters), read=True)
            data = png if codec == "png" else images.encode(images.decode(png, spec.key), codec)
            return Render({codec: data}, scene)

        return retried(self.browser(), shoot)

    def open(self, spec: Spec) -> contextlib.AbstractContextManager[Live]:
        """Return the context manager that shows the spec's page in its state."""
        p = spec.parameters
        if spec.medium in COMPOSERS:
            return self.compose(spec)
        return self.show(p["site"], p["path"], view_of(p), p.get("steps", ()))

    @contextlib.contextmanager
    def compose(self, spec: Spec) -> Generator[Live]:
        """Make the spec's page and yield it at rest."""
        page = COMPOSERS[spec.medium](spec.parameters, self.read).encode()
        # Named by its content too: a browser keeps what it has loaded under a name.
        path = f"{spec.key}-{sha256(page)[:8]}.html"
        with self.composed(path, page, view_of(spec.parameters)) as live:
            yield live

    @contextlib.contextmanager
    def composed(
        self, path: str, page: bytes, view: View, stateless: bool = False
    ) -> Generator[Live]:
        """Serve a page of our own making under a path, and yield it at rest; see Browser.open."""
        server = self.browser().server
        server.documents[f"{apps_page.SITE}/{path}"] = page
        try:
            with self.browser().open(apps_page.SITE, path, view, stateless) as live:
                live.composed = True
                yield live
        finally:
            server.documents.clear()

    def read(self, site: str, path: str) -> bytes:
        """Return a file's bytes; raises as `file` does."""
        return self.file(site, path).read_bytes()

    def file(self, site: str, path: str) -> Path:
        """Return a file of a site that is a folder; raises PageFault when it is not there."""
        root = self.sites[site]
        try:
            file = (Path(root) / path).resolve(strict=True)
            if file.is_relative_to(Path(root).resolve()) and file.is_file():
                return file
        except OSError:
            pass
        raise PageFault("source_missing", f"{site}/{path}")

    @contextlib.contextmanager
    def show(
        self, site: str, path: str, view: View, taken: Sequence[page_steps.PageStep] = ()
    ) -> Generator[Live]:
        """Show a page, take the steps that lead to a state of it, and yield it at rest.

        Raises:
            PageFault: The page cannot be shown, or the state not be reached.
        """
        with self.browser().open(site, path, view) as live:
            page_steps.run(live, taken)
            yield live


def view_of(parameters: Json) -> View:
    """Read `width`, `height`, `ratio`, `theme`, `scroll` of a spec's parameters."""
    return View(
        parameters["width"],
        parameters["height"],
        parameters["ratio"],
        parameters["theme"],
        parameters.get("scroll", 0.0),
    )


def retried(browser: Browser, work: Callable[[], T]) -> T:
    """Call `work`, again in a fresh browser if tab or browser died; raises EngineFault at last."""
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except EngineFault:
            browser.restart()
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def measure(live: Live) -> dict[str, Any]:
    """Return what measure.js says of the page; bent elements get their true corners."""
    live.pierce()
    limits = {"elements": MAX_ELEMENTS, "probes": MAX_PROBED, "described": live.composed}
    found = live.evaluate(MEASURE, limits)
    if found["seen"] > MAX_ELEMENTS:
        raise PageFault("too_many_elements", f"more than {MAX_ELEMENTS}")
    for i, record in enumerate(found["records"]):
        if record["bent"]:
            record["quad"] = live.quad(f"corpuswright.els[{i}]")
    found["parts"] = live.ask(_PARTS) if live.composed else []
    found["app"] = live.ask(_STATE) if live.composed else None
    return found


def shot(live: Live, view: View, read: bool = False) -> tuple[bytes, Scene]:
    """Measure, shoot, measure again; both measurements must agree.

    With `read`, names are held to the pixels too: the page is painted without them and put back.
    """
    found = measure(live)
    before = live.evaluate(_RECTS)
    png = live.shoot()
    after = live.evaluate(_RECTS)
    if live.composed and live.ask(_PARTS) != found["parts"]:
        raise PageFault("moved_while_shot", "letters or shapes")
    live.check()
    moved = _largest_move(before, after)
    if moved > STILL:
        raise PageFault("moved_while_shot", f"{moved:.2f} CSS px")
    size = png_size(png)
    scale = (size[0] / found["viewport"][0], size[1] / found["viewport"][1])
    if max(abs(s - view.ratio) for s in scale) > SCALE_TOLERANCE * view.ratio:
        raise PageFault("wrong_scale", f"asked for {view.ratio}, the image has {scale}")
    for n in legibility.illegible(live, png, scale, found["records"]) if read else ():
        found["records"][n]["attributes"]["named_by"] = "hidden"
    return png, _scene(found, size, scale)


def look(live: Live, view: View) -> Scene:
    """Measure without a shot: the scene as it would be stored, by the asked pixel ratio."""
    found = measure(live)
    wide, high = found["viewport"]
    size = (round(wide * view.ratio), round(high * view.ratio))
    return _scene(found, size, (size[0] / wide, size[1] / high))


def _largest_move(before: list[str], after: list[str]) -> float:
    if before == after:
        return 0.0
    if len(before) != len(after):
        return float("inf")
    numbers = [
        np.array([[float(v) for v in row.split(",")] for row in side[:-1]])
        for side in (before, after)
    ]
    return float(np.abs(numbers[0] - numbers[1]).max()) if before[-1] == after[-1] else float("inf")


def png_size(data: bytes) -> tuple[int, int]:
    """Return width and height from a PNG's header; raises PageFault if it is none."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise PageFault("no_image", "the browser returned no PNG")
    return struct.unpack(">II", data[16:24])


def _scene(found: dict[str, Any], size: tuple[int, int], scale: Point) -> Scene:
    records: list[dict[str, Any]] = found["records"]
    drawn = [_element(i, r, scale) for i, r in enumerate(records)]
    drawn += [_part(i, p, size, scale) for i, p in enumerate(found["parts"], len(drawn))]
    state: dict[str, Any] = {
        "scroll": found["scroll"],
        "page": found["page"],
        "viewport": found["viewport"],
        "unmeasured": [
            {"box": list(_scaled(o["box"], scale)), "reason": o["why"]} for o in found["opaque"]
        ],
    }
    if found["app"] is not None:
        state["app"] = found["app"]
    return Scene(size, scale, tuple(drawn), state)


def state_of(live: Live) -> dict[str, Any]:
    """Return what the application of a composed page holds."""
    return live.ask(_STATE)


def _part(number: int, p: dict[str, Any], size: tuple[int, int], scale: Point) -> Element:
    """Return a part that a composed page tells of as an element."""
    box = _scaled(p["box"], scale)
    whole = (0.0, 0.0, float(size[0]), float(size[1]))
    shown = tuple(f(a, b) for f, a, b in zip((max, max, min, min), box, whole, strict=True))
    quad = _corners(box)
    if "quad" in p:
        quad = cast(Quad, tuple((x * scale[0], y * scale[1]) for x, y in p["quad"]))
    point = p.get("point")
    return Element(
        id=f"e{number}",
        role=p["role"],
        name=p.get("name", ""),
        quad=quad,
        box=box,
        visible_box=cast(Box, shown) if shown[2] > shown[0] and shown[3] > shown[1] else None,
        visible_fraction=p.get("hits"),
        click_point=(point[0] * scale[0], point[1] * scale[1]) if point else None,
        text=p.get("text", ""),
        state=p.get("state", {}),
        attributes=_scaled_attributes(p.get("attributes", {}), scale),
        parent=None,
    )


def _scaled_attributes(given: dict[str, Any], scale: Point) -> dict[str, Any]:
    """Return attributes with their places in image pixels."""
    out, (sx, sy) = dict(given), scale
    if "points" in out:
        out["points"] = {n: [x * sx, y * sy] for n, (x, y) in out["points"].items()}
    if "bounds" in out:
        out["bounds"] = list(_scaled(out["bounds"], scale))
    for name in ("vertices", "outline"):
        if name in out:
            out[name] = [[x * sx, y * sy] for x, y in out[name]]
    if "glyphs" in out:
        out["glyphs"] = [[o, n, a * sx, b * sx, *rest] for o, n, a, b, *rest in out["glyphs"]]
        out["lines"] = [[a * sy, b * sy] for a, b in out["lines"]]
    return out


def _element(number: int, r: dict[str, Any], scale: Point) -> Element:
    box = _scaled(r["box"], scale)
    quad = _corners(box)
    attributes: dict[str, Any] = dict(r["attributes"])
    if r["bent"]:
        if r["quad"] is None:
            attributes["unmeasured"] = "transformed"
        else:
            xs = [v * scale[0] for v in r["quad"][0::2]]
            ys = [v * scale[1] for v in r["quad"][1::2]]
            quad = cast(Quad, tuple(zip(xs, ys, strict=True)))
            box = (min(xs), min(ys), max(xs), max(ys))
    if "fragments" in attributes:
        attributes["fragments"] = [list(_scaled(f, scale)) for f in attributes["fragments"]]
    if "radius" in attributes:
        attributes["radius"] = [v * scale[0] for v in attributes["radius"]]
    if r["candidate"]:
        attributes["interactive"] = True
    shown = _scaled(r["shown"], scale)
    point = r.get("point")
    fraction = r.get("hits")
    if fraction is not None:
        fraction *= min(1.0, _area(shown) / max(_area(box), 1e-9))
    return Element(
        id=f"e{number}",
        role=r["role"],
        name=r["name"],
        quad=quad,
        box=box,
        visible_box=shown,
        visible_fraction=fraction,
        click_point=(point[0] * scale[0], point[1] * scale[1]) if point else None,
        text=r["text"],
        state=r["state"],
        attributes=attributes,
        parent=f"e{r['parent']}" if r["parent"] >= 0 else None,
    )


def _scaled(b: list[float], scale: Point) -> Box:
    return (b[0] * scale[0], b[1] * scale[1], b[2] * scale[0], b[3] * scale[1])


def _corners(b: Box) -> Quad:
    return ((b[0], b[1]), (b[2], b[1]), (b[2], b[3]), (b[0], b[3]))


def _area(b: Box) -> float:
    return max(0.0, b[2] - b[0]) * max(0.0, b[3] - b[1])
