"""The marker-colour probe: paint an element in colours of its own and find them in the pixels.

An oracle for labels that shares nothing with the measurement but the element's handle: what it
reads are pixels. Elements that do not overlap are probed together, two shots for many.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.annotators.actions import regions
from corpuswright.renderers.browser.page import Live
from corpuswright.storage.media import images
from corpuswright.storage.records import Box, Element, Scene

Colour = tuple[int, int, int]
ProbeCode = tuple[Colour, Colour]

# An element is painted twice, in two corners of the RGB cube: no picture turns from one into the
# other by chance, and what hangs over it half transparent (a shadow) does not hide it.
_LOUD: tuple[Colour, ...] = (
    (255, 0, 255), (0, 255, 0), (255, 255, 0), (0, 255, 255), (255, 0, 0), (0, 0, 255),
)  # fmt: skip
_CODES: tuple[ProbeCode, ...] = tuple(itertools.permutations(_LOUD, 2))
TOLERANCE = 64  # a quarter of a channel: still nearer to its own colour than to any other
GAP = 3.0  # image px kept between boxes of one shot, so that a small error cannot mix two up

_PAINT = """(marks) => {
  const paint = (colour) => ({ background: colour, 'background-clip': 'border-box',
    'border-color': colour, 'border-radius': '0', color: 'transparent', 'box-shadow': 'none',
    outline: 'none', 'text-shadow': 'none', filter: 'none',
    '-webkit-text-fill-color': 'transparent' });
  const style = (el, values) => {
    el.corpuswrightStyle = el.getAttribute('style');
    for (const [name, value] of Object.entries(values))
      el.style.setProperty(name, value, 'important');
  };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`[data-cw-probe]::before, [data-cw-probe]::after, [data-cw-probe]::placeholder,
    [data-cw-probe]::marker { visibility: hidden !important; color: transparent !important; }`);
  return marks.map(([number, colour]) => {
    const el = corpuswright.els[number], root = el.getRootNode();
    if (root === document) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    el.setAttribute('data-cw-probe', '');
    const edges = {}, now = getComputedStyle(el);
    // Shaded or dashed edges are edges too; where cells share theirs, a double one wins (CSS 2.1
    // 17.6.2).
    const shared = now.display === 'table-cell' && now.borderCollapse === 'collapse';
    const whole = shared ? 'double' : 'solid';
    for (const side of ['top', 'right', 'bottom', 'left'])
      if (!/none|hidden/.test(now[`border-${side}-style`])) edges[`border-${side}-style`] = whole;
    style(el, { ...paint(colour), ...edges });
    for (const child of el.querySelectorAll('*')) style(child, { visibility: 'hidden' });
    const drawn = (side) => parseFloat(getComputedStyle(el)[`border-${side}-width`]);
    return ['left', 'top', 'right', 'bottom'].map((side) => (shared ? drawn(side) / 2 : 0));
  });
}"""
_RESTORE = """(numbers) => {
  const back = (el) => {
    if (el.corpuswrightStyle === null) el.removeAttribute('style');
    else el.setAttribute('style', el.corpuswrightStyle);
  };
  for (const number of numbers) {
    const el = corpuswright.els[number];
    el.removeAttribute('data-cw-probe');
    back(el);
    el.querySelectorAll('*').forEach(back);
  }
}"""


class ProbedBox(NamedTuple):
    """What the probe saw of one element: the box of its colour, or None if it saw none."""

    element: str
    label: Box
    seen: Box | None

    @property
    def error(self) -> float | None:
        """Largest distance of an edge from the label, image px; None if nothing was seen."""
        if self.seen is None:
            return None
        return max(abs(a - b) for a, b in zip(self.label, self.seen, strict=True))


def candidates(scene: Scene) -> list[Element]:
    """Return elements whose label a probe can speak about: reached by every hit test inside.

    Covered elements show a smaller box than they have, which is no fault of the label.
    """
    found: list[Element] = []
    for e in scene.elements:
        accept = regions.accept(e)
        tests = regions.probes(e)
        inside = [hit for point, hit in tests if regions.contains(accept, point)]
        if accept and inside and all(inside) and "fragments" not in e.attributes:
            found.append(e)
    return [e for e in found if not any(_entangled(e, o) for o in found)]


def _entangled(a: Element, b: Element) -> bool:
    """Say whether two boxes cross without one holding the other: each paints over the other."""
    assert a.visible_box is not None and b.visible_box is not None
    p, q = a.visible_box, b.visible_box
    return regions.overlaps(p, q) and not _holds(p, q) and not _holds(q, p)


def _holds(a: Box, b: Box) -> bool:
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def probe(live: Live, scene: Scene, elements: Sequence[Element]) -> list[ProbedBox]:
    """Return a reading for each element; the page is left as it was."""
    with live.true_colours():  # the browser's own dark mode would darken marked borders
        return _probe(live, scene, elements)


def _probe(live: Live, scene: Scene, elements: Sequence[Element]) -> list[ProbedBox]:
    readings: list[ProbedBox] = []
    left = list(elements)
    while left:
        group: list[Element] = []
        for e in left:
            if len(group) < len(_CODES) and not any(_near(e, g) for g in group):
                group.append(e)
        left = [e for e in left if e not in group]
        numbers = [int(e.id[1:]) for e in group]
        shots: list[NDArray[np.uint8]] = []
        halves: list[list[float]] = []
        for turn in range(2):
            marks = [[n, _css(_CODES[i][turn])] for i, n in enumerate(numbers)]
            halves = live.evaluate(_PAINT, marks)
            shots.append(_corners(live.shoot()))
            live.evaluate(_RESTORE, numbers)
        for e, code, half in zip(group, _CODES, halves, strict=False):
            assert e.visible_box is not None
            seen = _find(shots, code)
            if seen is not None:  # of a border that two cells share, half is the neighbour's
                seen = _inset(seen, [v * scene.scale[0] for v in half])
            readings.append(ProbedBox(e.id, e.visible_box, seen))
    return readings


def _css(colour: tuple[int, int, int]) -> str:
    return f"rgb{colour}"


def _near(a: Element, b: Element) -> bool:
    assert a.visible_box is not None and b.visible_box is not None
    p, q = a.box, b.box
    grown = (p[0] - GAP, p[1] - GAP, p[2] + GAP, p[3] + GAP)
    return regions.overlaps(grown, q)


def _find(corners: Sequence[NDArray[np.uint8]], code: ProbeCode) -> Box | None:
    first, second = (sum((v > 0) << k for k, v in enumerate(colour)) for colour in code)
    mask: NDArray[np.bool_] = (corners[0] == first) & (corners[1] == second)
    ys, xs = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(xs):
        return None
    return (float(xs[0]), float(ys[0]), float(xs[-1]) + 1, float(ys[-1]) + 1)


def _inset(box: Box, by: Sequence[float]) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] - by[2], box[3] - by[3])


def _corners(png: bytes) -> NDArray[np.uint8]:
    """Return for each pixel the corner of the RGB cube it is near to (0 to 7), or 255 for none."""
    rgb = np.asarray(images.decode(png, "probe"))
    near = ((rgb <= TOLERANCE) | (rgb >= 255 - TOLERANCE)).all(axis=-1)
    corner = (rgb > 127) @ np.array([1, 2, 4], np.uint8)
    return np.where(near, corner, 255).astype(np.uint8)
