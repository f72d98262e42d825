"""What is true of a rendered video, where it lies beside it as our own clips have it.

A source made of shards of clips (`flashbench`, `dynavid`), or of their unpacked members, has beside
`<key>.mp4` the record and the passes; nothing has to be detected then, and whatever a detector does
can be measured.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.storage import samples
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.records import RecordError

ENDINGS = (".json", ".passes.npz", ".tracks.npz", ".png", ".jpg")
MAX_BYTES = 1 << 30  # of one file beside a video: all passes of a minute


class NoTruthError(ValueError):
    """Nothing that is true of a video lies beside it; the message says what was expected."""


class RenderedTruth(NamedTuple):
    """What is true of a rendered video.

    Attributes:
        words: What kind of thing an instance is.
        instances: (F, H, W) uint16, 0 where nothing is.
        fps: Frames a second.
    """

    words: Mapping[int, str]
    instances: NDArray[np.uint16]
    fps: float

    def at(self, time: float) -> NDArray[np.uint16]:
        """Return the instances of the frame that is shown at a time, in s."""
        return self.instances[min(int((time + 1e-4) * self.fps), len(self.instances) - 1)]


def of(where: Reference) -> RenderedTruth:
    """Return what is true of a video.

    Raises:
        NoTruthError: Its record or its instances do not lie beside it.
    """
    record, passes = _beside(where, ".json"), _beside(where, ".passes.npz")
    try:
        scene = samples.read(record).scene
        instances = _instances(passes)
        clip: Any = scene.state["clip"]
        fps = float(clip["fps"])
        if fps <= 0:
            raise ValueError(f"expected frames a second above 0, saw {fps:g}")
        words = {
            int(e.attributes["instance"]): str(e.attributes["type"])
            for e in scene.elements
            if "instance" in e.attributes
        }
        return RenderedTruth(words, instances, fps)
    except (
        RecordError,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        wanted = f"{where.uri}: expected a record of a clip with instances"
        raise NoTruthError(f"{wanted}: {error}") from error


def _instances(data: bytes) -> NDArray[np.uint16]:
    """Return the instances of a file of passes; raises ValueError where they are none."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        size = held.getinfo("instances.npy").file_size
    if size > MAX_BYTES:  # before it is unpacked
        raise ValueError(f"expected instances of {MAX_BYTES} bytes at most, saw {size}")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        found: NDArray[Any] = arrays["instances"]
    if found.ndim != 3 or not found.size or found.dtype.kind not in "ui":
        raise ValueError(f"expected instances (F, H, W), saw {found.shape} of {found.dtype}")
    return found


def _beside(where: Reference, ending: str) -> bytes:
    """Return the bytes of the file that has a video's name but for its ending."""
    wanted = f"expected {Path(where.uri).stem}{ending} beside it"
    try:
        if where.length < 0:
            path = Path(where.file).with_suffix(ending)
            if path.stat().st_size > MAX_BYTES:
                raise NoTruthError(f"{where.uri}: {path.name} has more than {MAX_BYTES} bytes")
            return path.read_bytes()
        own = where.uri.rpartition(f"/{Path(where.file).name}/")[2]
        with tarfile.open(where.file) as tar:
            member = tar.getmember(str(Path(own).with_suffix(ending)))
            if member.size > MAX_BYTES:
                raise NoTruthError(f"{where.uri}: {member.name} has more than {MAX_BYTES} bytes")
            found = tar.extractfile(member)
            if found is None:
                raise NoTruthError(f"{where.uri}: {wanted}, saw no file")
            return found.read()
    except (OSError, KeyError, tarfile.TarError) as error:  # whose words name paths
        raise NoTruthError(f"{where.uri}: {wanted}, saw none") from error
