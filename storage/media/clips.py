"""Clips as they lie in a shard: pictures, and the arrays of what is true of each frame.

for record in Loader.open("corpora", "flashbench").records():
    clip = clips.read(record)
    clip.pictures, clip.passes["instances"], clip.tracks["visible"]
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpuswright.storage import samples
from corpuswright.storage.media import video
from corpuswright.storage.records import Annotation, Scene, Task
from corpuswright.storage.samples import Record


class ClipError(ValueError):
    """A record holds no clip."""


@dataclass(frozen=True)
class Clip:
    """One clip; arrays are decoded when they are asked for.

    Attributes:
        key: The sample's.
        scene: What is in it; `scene.state["clip"]["things"]` names things by instance id, from 1.
        tasks: Its captions, or what else is told of it.
        annotations: What is told of stretches of it: steps of a plan.
    """

    key: str
    scene: Scene
    tasks: tuple[Task, ...]
    _files: Mapping[str, bytes]
    annotations: tuple[Annotation, ...] = ()

    @property
    def video(self) -> bytes | None:
        """The MP4 as it lies in the shard; None for a clip without pictures."""
        return self._files.get("mp4")

    @functools.cached_property
    def pictures(self) -> NDArray[np.uint8] | None:
        """(F, H, W, 3) RGB; None for a clip without pictures."""
        if "mp4" not in self._files:
            return None
        return np.stack(list(video.decode(self._files["mp4"], self.key)))

    @functools.cached_property
    def passes(self) -> Mapping[str, NDArray[Any]]:
        """What is true of each pixel, as far as the recipe keeps it.

        `instances` (F, H, W) uint16, 0 where nothing is, and where nobody looked: if there is
        `tracks["looked"]` (F,), it says in which frames a detector did; `flow_forward`,
        `flow_backward` (F - 1, H, W, 2) float32 px, from frame t to t + 1 and from t + 1 to t, each
        with `_codes`
        (F - 1, H, W) uint8; `depth` (F, H, W) float32 metres, infinite where nothing is; `normals`
        (F, H, W, 3) float32 in the camera's axes.
        """
        return _arrays(self._files.get("passes.npz"))

    @functools.cached_property
    def tracks(self) -> Mapping[str, NDArray[Any]]:
        """What is true of each thing and followed point, by frame.

        `renderers.motion.object_tracks` writes them. `points` (F, P, 2) px are those seen in the
        first frame, NaN where they mean nothing, with `points_codes` (F, P) and `points_instance`
        (P,).
        """
        return _arrays(self._files.get("tracks.npz"))

    @property
    def ids(self) -> list[str]:
        """Ids of its things by instance, from 1."""
        state: Any = self.scene.state["clip"]
        return list(state["things"])

    @property
    def named(self) -> dict[int, str]:
        """Names of the things that it is about, by instance."""
        told = [e for e in self.scene.elements if "instance" in e.attributes]
        return {int(str(e.attributes["instance"])): e.name for e in told}


def read(record: Record) -> Clip:
    """Return the clip of a record.

    Raises:
        ClipError: It holds none.
    """
    if "tracks.npz" not in record.files:
        raise ClipError(f"{record.key}: expected a clip, saw {sorted(record.files)}")
    body = samples.read(record.files["json"])
    return Clip(record.key, body.scene, body.tasks, record.files, body.annotations)


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays as an .npz file; the same bytes each time."""
    sink = io.BytesIO()
    np.savez_compressed(sink, allow_pickle=False, **dict(sorted(arrays.items())))
    return sink.getvalue()


def no_things(frames: int) -> dict[str, NDArray[Any]]:
    """Return the tracks of a clip of which nothing is known: all arrays, of no thing."""
    return {
        "points": np.zeros((frames, 0, 2)),
        "points_codes": np.zeros((frames, 0), np.uint8),
        "points_instance": np.zeros(0, np.uint16),
        "visible": np.zeros((frames, 0, 4)),
        "amodal": np.zeros((frames, 0, 4)),
        "joints_seen": np.zeros((frames, 0, 0), np.uint8),
    }


def _arrays(data: bytes | None) -> Mapping[str, NDArray[Any]]:
    if data is None:
        return {}
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return {name: held[name] for name in held.files}
