"""Where thresholds of lens come from: ladders on photographs and on drawn pictures,
`tests.bench.images.thresholds DIR [--drawn DIR]`.

Every photograph of DIR that has 384 x 384 pixels or more is blurred, exposed and flattened in steps
whose labels are plain: the first steps are photographs that one keeps, the last ones are spoilt,
those between are not counted. For each measure the script prints precision and recall of dropping
what is spoilt at some thresholds, and the one with the best F1. Drawn pictures (`--drawn`: clipart
on white, wallpapers, scenes of games) are spoilt in the same steps, and those as they are tell for
each threshold which share of them it would cost. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from corpuswright.assets.images import lens
from corpuswright.quality.images import measures
from corpuswright.storage.media import decoder

QUALITY = 90  # everything is stored as a JPEG again, as photographs are


class Ladder(NamedTuple):
    """One way to spoil a photograph: what is still good, what is spoilt, and how it is measured."""

    measure: str
    spoil: Callable[[Image.Image, float], Image.Image]
    good: Sequence[float]
    bad: Sequence[float]
    low: bool  # whether what is spoilt has a low value
    recipe: str


def blurred(image: Image.Image, share: float) -> Image.Image:
    """Blur by a share of the side of the square of its area: the same to the eye at every size."""
    side = (image.width * image.height) ** 0.5
    return image.filter(ImageFilter.GaussianBlur(share * side))


def exposed(image: Image.Image, stops: float) -> Image.Image:
    """Expose by stops in linear light (IEC 61966-2-1), clipped as a sensor clips."""
    v = np.asarray(image) / 255
    light = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) * 2.0**stops
    light = np.clip(light, 0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(shown * 255).astype(np.uint8))


def flattened(image: Image.Image, contrast: float) -> Image.Image:
    """Bring all tones together about their mean."""
    v = np.asarray(image).astype(np.float64)
    mean = v.mean()
    return Image.fromarray(np.rint(np.clip(mean + (v - mean) * contrast, 0, 255)).astype(np.uint8))


# A blur of 1/512 of the side is a pixel at 512 x 512, which one hardly sees; four are out of focus.
LADDERS = (
    Ladder("clarity", blurred, (0, 0.5 / 512, 1 / 512), (4 / 512, 6 / 512, 8 / 512), True,
           "min_clarity"),
    Ladder("entropy", flattened, (1, 0.7, 0.5), (0.06, 0.04, 0.02), True, "min_entropy"),
    Ladder("contrast", flattened, (1, 0.7, 0.5), (0.06, 0.04, 0.02), True, "min_contrast"),
    Ladder("luminance", exposed, (-1, -0.5, 0, 0.5, 1), (-6, -5), True, "min_luminance"),
    Ladder("luminance", exposed, (-1, -0.5, 0, 0.5, 1), (5, 6), False, "max_luminance"),
)  # fmt: skip


def values(photos: Sequence[Image.Image], ladder: Ladder, steps: Sequence[float]) -> list[float]:
    found: list[float] = []
    for photo in photos:
        for step in steps:
            sink = io.BytesIO()
            ladder.spoil(photo, step).save(sink, "JPEG", quality=QUALITY)
            found.append(getattr(measures.measure(sink.getvalue())[0], ladder.measure))
    return found


def point(
    good: Sequence[float], bad: Sequence[float], low: bool, threshold: float
) -> Mapping[str, float]:
    """Return precision, recall and F1 of dropping what is beyond a threshold."""
    g, b = np.array(good), np.array(bad)
    beyond = (lambda v: (v < threshold).sum()) if low else (lambda v: (v > threshold).sum())
    hit, wrong = int(beyond(b)), int(beyond(g))
    recall = hit / len(b)
    precision = hit / (hit + wrong) if hit + wrong else float("nan")
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return {"at": threshold, "precision": precision, "recall": recall, "f1": f1}


def curve(good: Sequence[float], bad: Sequence[float], low: bool) -> list[Mapping[str, float]]:
    """Return precision, recall and F1 of dropping the spoilt, by threshold."""
    points = (point(good, bad, low, float(t)) for t in np.unique([*good, *bad]))
    return [p for p in points if p["recall"]]


def pictures(folder: Path, least_entropy: float) -> list[Image.Image]:
    """Return what a folder holds that is large enough, small enough decoded, on white."""
    recipe: Any = lens.RECIPE
    found: list[Image.Image] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue
        try:
            source, image = decoder.decoded(path.read_bytes(), measures.AREA * 4)
        except decoder.Refused:
            continue
        grey = measures.entropy(image.convert("L"))
        if source.width * source.height >= recipe["min_area"] and grey >= least_entropy:
            found.append(image)
    return found


def show(ladder: Ladder, photos: Sequence[Image.Image], asis: Sequence[float]) -> None:
    """Print precision and recall by threshold, and what of drawn pictures as they are is lost."""
    good, bad = (values(photos, ladder, s) for s in (ladder.good, ladder.bad))
    rows = curve(good, bad, ladder.low)
    best = max(rows, key=lambda r: r["f1"])
    ours = float(lens.RECIPE[ladder.recipe])  # type: ignore[arg-type]
    print(
        f"\n{ladder.recipe}: {len(good)} good, {len(bad)} spoilt; F1 is best at "
        f"{best['at']:.3g}: {best['f1']:.3f}; the recipe has {ours:g}"
    )
    print("| threshold | precision | recall | drawn lost |\n|---|---|---|---|")
    shown = [rows[int(i)] for i in np.linspace(0, len(rows) - 1, 9)]
    for row in sorted([*shown, point(good, bad, ladder.low, ours)], key=lambda r: r["at"]):
        mark = " (recipe)" if row["at"] == ours else ""
        v = np.array(asis)
        lost = ((v < row["at"]) if ladder.low else (v > row["at"])).mean() if asis else np.nan
        print(
            f"| {row['at']:.3g}{mark} | {row['precision']:.3f} | {row['recall']:.3f} | {lost:.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--drawn", type=Path, help="a folder of drawn pictures")
    args = parser.parse_args()
    # Scans, drawings and masks are no photographs: labels would be wrong from the start.
    photos = pictures(args.folder, 6)
    drawn = pictures(args.drawn, 0) if args.drawn else []
    print(f"{len(photos)} photographs, {len(drawn)} drawn pictures")
    for ladder in LADDERS:
        asis = values(drawn, ladder._replace(spoil=lambda image, _: image), (0,))
        show(ladder, photos, asis)
    for ladder in LADDERS if drawn else ():
        print("\ndrawn pictures, spoilt in the same steps:")
        show(ladder, drawn, [])


if __name__ == "__main__":
    main()
