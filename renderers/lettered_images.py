"""Known strings on drawn backgrounds: Lens's fourth source, with captions that quote them.

Lens (arXiv 2605.21573) renders text on random backgrounds and varies blur, colour, font, scale and
rotation; it says no more. Backgrounds are drawn here, not photographs: a picture made from another
one would owe its licence. Whatever is drawn can be read: it is inside the image, nothing lies over
it, and its contrast to what is behind it is WCAG's 3:1 for large letters at least.
"""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from corpuswright.storage.keys import generator, sha256
from corpuswright.storage.shards.buckets import BUCKETS

VERSION = 1  # bump when an image can come out otherwise

CONTRAST = 3.0  # WCAG 2.2, 1.4.3, for large text
LINES = (1, 4)  # of an image; the paper gives none
TILT = 25.0  # degrees to either side; beyond, letters are read as lying
BLUR = 0.02  # of the height of letters, at most: half a thin stroke, OCR still reads them
QUALITY = 92  # of the JPEG
# Files of Debian's fonts-liberation and fonts-dejavu-core, and what a caption calls them.
FONTS = {
    "LiberationSans-Regular.ttf": "sans-serif",
    "LiberationSans-Bold.ttf": "bold sans-serif",
    "LiberationSans-Italic.ttf": "slanted sans-serif",
    "LiberationSansNarrow-Bold.ttf": "narrow bold",
    "LiberationSerif-Regular.ttf": "serif",
    "LiberationSerif-Bold.ttf": "bold serif",
    "LiberationSerif-Italic.ttf": "italic serif",
    "LiberationMono-Bold.ttf": "bold typewriter",
    "DejaVuSans-Bold.ttf": "wide bold sans-serif",
    "DejaVuSerif.ttf": "sturdy serif",
}
COLOURS = {
    "white": (250, 250, 250), "black": (12, 12, 12), "red": (200, 24, 32), "blue": (24, 64, 190),
    "green": (18, 120, 52), "yellow": (250, 214, 30), "amber": (240, 120, 20),
    "purple": (112, 36, 150), "pink": (240, 120, 170), "teal": (10, 120, 124),
    "brown": (104, 64, 30), "grey": (128, 128, 128),
}  # fmt: skip
_FIRST = (
    "Open", "Fresh", "Grand", "Silent", "Golden", "Winter", "Summer", "Northern", "Little", "Great",
    "Hidden", "Bright", "Old", "New", "Last", "First", "Broken", "Quiet", "Paper", "Stone",
)  # fmt: skip
_SECOND = (
    "Market", "Harbour", "Garden", "Orchestra", "Library", "Station", "Bakery", "River", "Festival",
    "Museum", "Workshop", "Mountain", "Theatre", "Kitchen", "Archive", "Railway", "Lantern",
    "Bridge", "Academy", "Island",
)  # fmt: skip
_NOTES = (
    "every Saturday", "closed on Monday", "free entry", "please ring twice", "made by hand",
    "since 1924", "two for one", "no parking", "ask inside", "mind the step", "tickets here",
    "back in ten minutes", "live tonight", "members only", "this way up", "keep to the left",
)  # fmt: skip

Pixels = NDArray[np.uint8]


class Lettered(NamedTuple):
    """An image of letters: its file (JPEG), and a caption that quotes every line of it."""

    data: bytes
    caption: str


class _Line(NamedTuple):
    text: str
    font: str
    colour: str
    tilt: float
    box: tuple[int, int, int, int]  # pixels: left, top, right, bottom


def draw(seed: str, number: int) -> Lettered:
    """Return the image of a number; a function of its arguments, VERSION, Pillow and the fonts.

    Raises:
        OSError: A font is not installed.
    """
    rng = generator("lettering", "image", VERSION, f"{seed}/{number}")
    bucket = BUCKETS[int(rng.integers(len(BUCKETS)))]
    lines, image, ground = list[_Line](), Image.new("RGB", (1, 1)), ""
    while not lines:  # on some stripes no colour can be read: on a plain ground one can
        image, ground = _background(rng, bucket.width, bucket.height)
        wanted = int(rng.integers(LINES[0], LINES[1] + 1))
        for _ in range(8 * wanted):  # a place that is taken is no place; a full image has fewer
            if len(lines) == wanted:
                break
            line = _placed(rng, image, [other.box for other in lines])
            if line is not None:
                lines.append(line)
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=QUALITY, subsampling=0)
    return Lettered(sink.getvalue(), _caption(lines, ground))


def fingerprint() -> str:
    """Return what decides every image besides seed and number: the fonts' bytes and VERSION."""
    files = [ImageFont.truetype(name, 20).path for name in sorted(FONTS)]
    digests: list[str] = []
    for file in files:
        with open(str(file), "rb") as f:
            digests.append(sha256(f.read()))
    return sha256(" ".join((*digests, str(VERSION))))[:16]


def _background(rng: np.random.Generator, width: int, height: int) -> tuple[Image.Image, str]:
    """Return a background and how a caption calls it."""
    names = list(COLOURS)
    first, second = (names[int(i)] for i in rng.choice(len(names), 2, replace=False))
    one, other = (np.array(COLOURS[n], float) for n in (first, second))
    y, x = np.mgrid[0:height, 0:width]
    kind = int(rng.integers(4))
    if kind == 0:  # a gradient in some direction
        angle = rng.uniform(0, 2 * np.pi)
        ramp = x * np.cos(angle) + y * np.sin(angle)
        mix = (ramp - ramp.min()) / np.ptp(ramp)
        said = f"background that runs from {first} to {second}"
    elif kind == 1:  # clouds: noise at three scales
        mix = np.zeros((height, width))
        for cells, weight in ((4, 0.6), (11, 0.3), (29, 0.1)):
            noise = Image.fromarray(rng.uniform(0, 255, (cells, cells)).astype(np.uint8))
            grown = noise.resize((width, height), Image.Resampling.BICUBIC)
            mix += weight * np.asarray(grown, float) / 255
        said = f"cloudy background of {first} and {second}"
    elif kind == 2:  # stripes
        period, angle = rng.uniform(24, 120), rng.uniform(0, np.pi)
        mix = ((x * np.cos(angle) + y * np.sin(angle)) // period % 2) * 0.5
        said = f"{first} background with stripes towards {second}"
    else:
        mix = np.zeros((height, width))
        said = f"{first} background"
    grain = rng.normal(0, 6, (height, width, 1))
    pixels = one + mix[..., None] * (other - one) + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), said


def _words(rng: np.random.Generator) -> str:
    kind = int(rng.integers(5))
    pair = f"{_FIRST[int(rng.integers(20))]} {_SECOND[int(rng.integers(20))]}"
    if kind == 0:
        return pair
    if kind == 1:
        return pair.upper()
    if kind == 2:
        return _NOTES[int(rng.integers(len(_NOTES)))]
    if kind == 3:
        return f"{_SECOND[int(rng.integers(20))]} {int(rng.integers(2, 999))}"
    return f"${int(rng.integers(1, 99))}.{int(rng.integers(0, 100)):02d}"


def _placed(
    rng: np.random.Generator, image: Image.Image, taken: list[tuple[int, int, int, int]]
) -> _Line | None:
    """Draw one line of letters where there is room; None where there is not."""
    text = _words(rng)
    font = list(FONTS)[int(rng.integers(len(FONTS)))]
    height = int(rng.uniform(0.05, 0.16) * min(image.size))
    tilt = float(rng.uniform(-TILT, TILT)) if rng.random() < 0.4 else 0.0
    blur = float(rng.uniform(0, BLUR)) * height if rng.random() < 0.3 else 0.0
    letters = ImageFont.truetype(font, height)
    left, top, right, bottom = (round(v) for v in letters.getbbox(text))
    pad = height // 3
    mask = Image.new("L", (right - left + 2 * pad, bottom - top + 2 * pad))
    ImageDraw.Draw(mask).text((pad - left, pad - top), text, fill=255, font=letters)
    mask = mask.rotate(tilt, Image.Resampling.BICUBIC, expand=True)
    if blur:
        mask = mask.filter(ImageFilter.GaussianBlur(blur))
    room = (image.width - mask.width, image.height - mask.height)
    if min(room) < 0:
        return None
    x, y = (int(rng.integers(0, r + 1)) for r in room)
    box = (x, y, x + mask.width, y + mask.height)
    if any(_meet(box, other) for other in taken):
        return None
    colour = _legible(rng, np.asarray(image.crop(box)))
    if colour is None:
        return None
    image.paste(COLOURS[colour], box, mask)
    return _Line(text, font, colour, tilt, box)


def _meet(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legible(rng: np.random.Generator, behind: Pixels) -> str | None:
    """Return a colour whose contrast to nearly all pixels behind it is enough; None for none."""
    light = luminance(behind.reshape(-1, 3))
    dark, bright = np.percentile(light, (2, 98))  # the grain has tails
    for n in rng.permutation(len(COLOURS)):
        name = list(COLOURS)[int(n)]
        own = float(luminance(np.array([COLOURS[name]], np.uint8))[0])
        if min(ratio(own, float(dark)), ratio(own, float(bright))) >= CONTRAST and not (
            dark < own < bright
        ):
            return name
    return None


def luminance(rgb: Pixels) -> NDArray[np.float64]:
    """Return WCAG's relative luminance of (N, 3) sRGB pixels."""
    linear = rgb / 255.0
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def ratio(a: float, b: float) -> float:
    """Return WCAG's contrast of two luminances."""
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def _caption(lines: list[_Line], ground: str) -> str:
    said: list[str] = []
    for line in sorted(lines, key=lambda n: (n.box[1], n.box[0])):
        tilted = "" if abs(line.tilt) < 3 else ", rising" if line.tilt > 0 else ", falling"
        said.append(f'"{line.text}" in {line.colour} {FONTS[line.font]} letters{tilted}')
    return f"On a {ground}, from top to bottom: {'; '.join(said)}."
