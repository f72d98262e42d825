"""The few types every part of Corpuswright speaks in.

All are frozen and slotted, go to canonical JSON and back without loss (`to_json`, `from_json`), and
have an Arrow schema (`storage.arrow.schema_of`). A value of a wrong type is refused on the way in,
with the path of the field.

Coordinates are float pixels of the *stored image*: the origin is the top-left corner of the
top-left pixel, pixel (i, j) has its centre at (i + 0.5, j + 0.5), boxes are half-open
[x0, y0, x1, y1). Nothing is rounded before an exporter rounds it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
Box = tuple[float, float, float, float]
Polygon = tuple[Point, ...]
if TYPE_CHECKING:
    Json = Mapping[str, Any]  # whoever reads it knows its shape, which belongs to one renderer
else:
    Json = Mapping[str, JsonValue]  # held to be JSON on the way in

_NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Source:
    """A file or page something was made from, and on what terms.

    `uri` is relative to the source root, so that moving the root changes no identity.
    """

    uri: str
    sha256: str
    licence: str
    author: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What is to be made: enough to make it again. `parameters` are the renderer's own."""

    key: str
    corpus: str
    medium: str
    parameters: Json
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that was drawn, with its measured geometry.

    Attributes:
        id: `e0`, `e1`, …, in document order within the scene.
        quad: Corners of the border box after all transforms, clockwise from its own top-left.
        box: Bounding box of `quad`.
        visible_box: `box` cut by every clipping ancestor and the image; None if nothing is left.
        visible_fraction: Share of hit-test probes on `visible_box` that reach the element or its
            descendants, times the share of `box` left in `visible_box`; None if it was not probed.
        click_point: A probed point that reaches the element; None if there is none.
        name: Accessible name as the renderer computes it.
        text: Text of the element that lies in its own subtree, whitespace collapsed.
        parent: Id of the nearest recorded ancestor.
    """

    id: str
    role: str
    name: str
    quad: Quad
    box: Box
    visible_box: Box | None
    visible_fraction: float | None
    click_point: Point | None
    text: str
    state: Json
    attributes: Json
    parent: str | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What was drawn, measured: the only place labels come from.

    `size` is (width, height) in pixels of the stored image, `scale` is stored pixels per unit of
    the medium (CSS pixel for pages), as measured on the decoded image.
    """

    size: tuple[int, int]
    scale: Point
    elements: tuple[Element, ...]
    state: Json


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Bytes inside a pack: `length` bytes at `offset` of the file at `uri`."""

    uri: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Render:
    """What a renderer returns: media by file extension, the scene, and further passes by name."""

    media: Mapping[str, bytes]
    scene: Scene
    passes: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote an annotation: annotator and version, and for a model its name and prompt hash."""

    annotator: str
    version: int
    model: str | None = None
    prompt_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a point of an action may lie.

    `accept` and `forbid` are polygons in image pixels. Of all points of the task's actions in
    order, the one at place `rank` (from 1) must lie in `accept`; no point may lie in any of
    `forbid`.
    """

    element: str
    rank: int
    accept: tuple[Polygon, ...]
    forbid: tuple[Polygon, ...]
    point: Point


@dataclass(frozen=True, slots=True)
class Action:
    """One input event sequence.

    `at` are expressions over elements (`e7.click_point`), evaluated by us; `points` is what they
    evaluate to, in image pixels: none for the keyboard, one for clicks, two for a drag, and for a
    drawn line as many as it has corners.

    Attributes:
        modifiers: Keys held meanwhile: `ctrl`, `shift`, `alt`.
        text: What is typed, or the key or chord that is pressed (`enter`, `ctrl+a`).
        amount: Of a scroll, in notches of the wheel: right, down.
    """

    kind: str
    at: tuple[str, ...]
    points: tuple[Point, ...]
    button: str = "left"
    count: int = 1
    modifiers: tuple[str, ...] = ()
    text: str = ""
    amount: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Task:
    """An instruction with the actions that fulfil it and where they may land.

    `expected` is what must be so afterwards: of an application, `holds` by path of its state
    (`selection`, `shapes.s2.box`) and what else `may_change`, and `gesture` of a drag whose end
    hangs on its start (`annotators.actions.relative_drags`); of an element of a page `on`, where
    the text says which state a click brings about. Empty where it is checked only by which element
    receives the event.
    """

    key: str
    kind: str
    elements: tuple[str, ...]
    text: str
    style: str
    actions: tuple[Action, ...]
    targets: tuple[Target, ...]
    origin: Origin
    expected: Json = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Annotation:
    """Language about a sample that asks for no action: a caption, a plan, a description."""

    key: str
    kind: str
    elements: tuple[str, ...]
    text: str
    origin: Origin
    value: Json = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of a shard: a medium once, with all its kept tasks and annotations."""

    key: str
    spec: Spec
    media: Mapping[str, MediaRef]
    scene: Scene
    tasks: tuple[Task, ...] = ()
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why something is not kept; `reason` is snake_case, `value` what was seen, for a person."""

    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one unit (page, scene, task) ended: `reason` is empty when it was kept."""

    key: str
    parent_key: str
    unit: str
    source: str
    stage: str
    outcome: str
    reason: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class ShardManifest:
    """One shard of a release. `index` is the shard's Parquet index beside it."""

    name: str
    partition: str
    bytes: int
    samples: int
    tasks: int
    sha256: str
    first_key: str
    last_key: str
    index: str
    index_sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """`manifest.json`: what a release holds and what it was made from. Deterministic."""

    corpus: str
    plan: str
    plan_inputs: Json
    shards: tuple[ShardManifest, ...]
    counts: Mapping[str, Mapping[str, int]]
    rejections: Mapping[str, Mapping[str, int]]
    files: Mapping[str, str]


T = TypeVar("T")


class RecordError(ValueError):
    """A record could not be read; the message names type, field, what was expected and seen."""


@functools.cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def to_dict(record: object) -> dict[str, Any]:
    """Return `record` as plain JSON values (lists for tuples)."""
    adapter = _adapter(type(record))
    return adapter.dump_python(record, mode="json", exclude_none=False)


def from_dict(kind: type[T], values: object) -> T:
    """Return `values` as a record of `kind`.

    Raises:
        RecordError: A field is missing, of the wrong type, or (at the top) unknown.
    """
    try:
        return _adapter(kind).validate_python(values)
    except ValidationError as error:
        raise RecordError(_explain(kind, error)) from error


def to_json(record: object) -> str:
    """Return canonical JSON: sorted keys, no spaces, UTF-8, shortest round-trip floats."""
    return canonical(to_dict(record))


def from_json(kind: type[T], text: str | bytes) -> T:
    """Return the record that `text` holds; raises RecordError as `from_dict`."""
    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        raise RecordError(_explain(kind, error)) from error


def canonical(value: object) -> str:
    """Return the one JSON text of a JSON value; NaN and infinities are refused."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def _explain(kind: type[Any], error: ValidationError) -> str:
    lines = [
        f"{'.'.join(map(str, e['loc'])) or '(whole)'}: {e['msg']}; saw {e['input']!r:.80}"
        for e in error.errors()[:5]
    ]
    return f"not a {kind.__name__}: " + " | ".join(lines)
