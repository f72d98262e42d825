"""Pictures for a page: chosen by what is seen on them and by shape, or drawn as illustrations."""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpuswright.renderers.documents.webpages.plan import PagePlan, Picture, Style
from corpuswright.storage import keys

VERSION = 1  # bump when another picture is chosen or drawn

_CAPTIONS = Path(__file__).parent / "photographs.toml"
# Words that say nothing about what is seen.
_STOP = frozenset(
    "a an and are as at be by for from in into is it its of off on or over that the their them "
    "this to under with photo photograph picture image shot style showing shows seen".split()
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A picture that may be shown: where it is, what is seen on it, its shape if that is known."""

    site: str
    path: str
    caption: str
    portrait: bool = False
    size: tuple[int, int] | None = None


@functools.cache
def shipped() -> tuple[Offered, ...]:
    """Return the photographs of the packages that pages are made with."""
    plain = tomllib.loads(_CAPTIONS.read_text("utf-8"))
    faces = plain.pop("portraits")
    return tuple(
        Offered(site, path, caption, portrait)
        for found, portrait in ((plain, False), (faces, True))
        for site, rows in found.items()
        for path, caption in rows.items()
    )


def words_of(text: str) -> list[str]:
    """Return the words of a caption that say what is seen, without their endings."""
    return [_stem(w) for w in re.findall(r"[a-zà-ÿ]+", text.lower()) if w not in _STOP]


def _stem(word: str) -> str:
    for ending in ("ies", "es", "s", "ing", "ed", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def choose(wanted: Sequence[Picture], offered: Sequence[Offered]) -> list[Offered | None]:
    """Return the picture for each wish: by words in common, rarer ones counting more, and shape.

    None is shown twice while there is another; None where nothing is offered of its kind.
    """
    seen = [Counter(words_of(o.caption)) for o in offered]
    common = Counter(w for words in seen for w in words)
    out: list[Offered | None] = []
    used: Counter[int] = Counter()
    for wish in wanted:
        asked = set(words_of(wish.caption))
        faces = wish.kind == "portrait"
        best, score = None, -math.inf
        for n, (offer, words) in enumerate(zip(offered, seen, strict=True)):
            if offer.portrait != faces:
                continue
            alike = sum(math.log(1 + len(offered) / common[w]) for w in asked if w in words)
            shape = 0.0
            if offer.size:
                ratio = math.log((offer.size[0] / offer.size[1]) / (wish.width / wish.height))
                small = offer.size[0] < wish.width * 0.75
                shape = -abs(ratio) * 0.5 - (1.0 if small else 0.0)
            now = alike + shape - 4.0 * used[n]
            if now > score:
                best, score = n, now
        if best is not None:
            used[best] += 1
        out.append(None if best is None else offered[best])
    return out


# Illustrations: shapes in the page's own colours.

_PATTERNS: Mapping[str, str] = {
    "arcs": "An abstract pattern of quarter circles",
    "hills": "An abstract landscape of rolling hills and a low sun",
    "bars": "An abstract composition of upright bars",
    "dots": "An abstract grid of dots of growing size",
    "waves": "An abstract pattern of waves",
}
PATTERNS = tuple(_PATTERNS)
ILLUSTRATIONS = tuple(_PATTERNS.values())  # captions that an illustration can be drawn by


def draw(picture: Picture, style: Style) -> bytes:
    """Return an illustration as SVG: that of its caption, else one by its words' hash."""
    rng = keys.generator("page", "illustration", VERSION, picture.caption)
    said = picture.caption.lower()
    pattern = next((p for p, caption in _PATTERNS.items() if caption.lower() == said), "")
    pattern = pattern or PATTERNS[int(rng.integers(0, len(PATTERNS)))]
    wide, high = picture.width, picture.height
    fills = [*style.accents, style.ink] if len(style.accents) < 3 else list(style.accents)
    shapes = _SHAPES[pattern](rng, wide, high, fills)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}"><rect width="{wide}" height="{high}" '
        f'fill="{style.surface}"/>{"".join(shapes)}</svg>'
    ).encode()


def _arcs(rng: np.random.Generator, wide: int, high: int, fills: list[str]) -> list[str]:
    across = 5
    side = wide / across
    out: list[str] = []
    for r in range(math.ceil(high / side)):
        for c in range(across):
            x, y, fill = c * side, r * side, fills[int(rng.integers(0, len(fills)))]
            turn = int(rng.integers(0, 4))
            cx, cy = x + side * (turn in (1, 2)), y + side * (turn in (2, 3))
            ends = [
                (x + side * (1 - (turn in (1, 2))), cy),
                (cx, y + side * (1 - (turn in (2, 3)))),
            ]
            sweep = 1 if turn in (0, 2) else 0
            if rng.uniform() < 0.15:
                continue
            out.append(
                f'<path d="M{cx:.1f} {cy:.1f}L{ends[0][0]:.1f} {ends[0][1]:.1f}'
                f'A{side:.1f} {side:.1f} 0 0 {sweep} {ends[1][0]:.1f} {ends[1][1]:.1f}Z" '
                f'fill="{fill}"/>'
            )
    return out


def _hills(rng: np.random.Generator, wide: int, high: int, fills: list[str]) -> list[str]:
    sun = fills[-1]
    out = [f'<circle cx="{wide * rng.uniform(0.55, 0.8):.0f}" cy="{high * 0.34:.0f}" '
           f'r="{min(wide, high) * 0.14:.0f}" fill="{sun}"/>']  # fmt: skip
    for n in range(3):
        top = high * (0.45 + 0.17 * n)
        points = [f"0 {high}"]
        phase, waves = rng.uniform(0, 6.28), rng.uniform(0.8, 1.8)
        for i in range(41):
            x = wide * i / 40
            y = top + high * 0.09 * math.sin(phase + waves * 6.28 * i / 40)
            points.append(f"{x:.1f} {y:.1f}")
        points.append(f"{wide} {high}")
        out.append(f'<polygon points="{" ".join(points)}" fill="{fills[n % len(fills)]}"/>')
    return out


def _bars(rng: np.random.Generator, wide: int, high: int, fills: list[str]) -> list[str]:
    count = int(rng.integers(7, 12))
    step = wide / count
    out: list[str] = []
    for n in range(count):
        tall = high * rng.uniform(0.25, 0.9)
        out.append(f'<rect x="{n * step + step * 0.15:.1f}" y="{high - tall:.1f}" '
                   f'width="{step * 0.7:.1f}" height="{tall:.1f}" rx="{step * 0.12:.1f}" '
                   f'fill="{fills[int(rng.integers(0, len(fills)))]}"/>')  # fmt: skip
    return out


def _dots(rng: np.random.Generator, wide: int, high: int, fills: list[str]) -> list[str]:
    side = wide / 12
    rows = math.ceil(high / side)
    turned = bool(rng.uniform() < 0.5)
    out: list[str] = []
    for r in range(rows):
        for c in range(12):
            share = c / 11 if turned else r / max(1, rows - 1)
            radius = side * (0.08 + 0.36 * share)
            out.append(f'<circle cx="{(c + 0.5) * side:.1f}" cy="{(r + 0.5) * side:.1f}" '
                       f'r="{radius:.1f}" fill="{fills[(r + c) % len(fills)]}"/>')  # fmt: skip
    return out


def _waves(rng: np.random.Generator, wide: int, high: int, fills: list[str]) -> list[str]:
    out: list[str] = []
    count = 8
    for n in range(count):
        y, swing = high * (n + 0.5) / count, high / count * rng.uniform(0.3, 0.6)
        phase = rng.uniform(0, 6.28)
        line = " ".join(
            f"{wide * i / 60:.1f},{y + swing * math.sin(phase + i / 60 * 12.6):.1f}"
            for i in range(61)
        )
        out.append(f'<polyline points="{line}" fill="none" stroke="{fills[n % len(fills)]}" '
                   f'stroke-width="{high / count * 0.32:.1f}"/>')  # fmt: skip
    return out


_SHAPES = {"arcs": _arcs, "hills": _hills, "bars": _bars, "dots": _dots, "waves": _waves}


def placed(
    plan: PagePlan, offered: Sequence[Offered]
) -> tuple[dict[str, str], dict[str, Offered], dict[str, Picture]]:
    """Return what a plan's pictures become: sources, photographs and illustrations, by page ids.

    Where no photograph is offered, an illustration stands in.
    """
    found = dict(plan.pictures())
    wishes = {id: p for id, p in found.items() if p.kind != "illustration"}
    chosen = dict(zip(wishes, choose(list(wishes.values()), offered), strict=True))
    photographs = {id: o for id, o in chosen.items() if o is not None}
    drawn = {id: p for id, p in found.items() if id not in photographs}
    sources = {id: f"assets/{id}{Path(o.path).suffix.lower()}" for id, o in photographs.items()}
    sources |= {id: f"assets/{id}.svg" for id in drawn}
    return sources, photographs, drawn
