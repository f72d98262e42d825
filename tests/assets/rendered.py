"""Rendered clips as a source of videos, with what is true beside each, and swaps planted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpuswright.assets.motion import flashbench
from corpuswright.assets.synthesis.session import Build, Session
from corpuswright.assets.synthesis.stages import Corpus
from corpuswright.renderers.world3d import solids
from corpuswright.storage.loaders.loader import Loader, Record
from corpuswright.storage.media import clips, video
from corpuswright.storage.media.clips import Clip
from corpuswright.storage.releases import manifest

FPS = 24
# Flat shading needs no Blender; one thing of a kind moves alone, several together.
FLAT: Corpus = replace(
    flashbench.CORPUS,
    name="rendered",
    recipe={
        **flashbench.RECIPE, "pictures": "flat", "checked": False, "panoramas": 0.0, "fps": FPS,
        "frames": 48, "size": [192, 144], "clips": 6, "things": [0.2, 0.3],
    },
)  # fmt: skip


def render(out: Path, number: int = 6, **recipe: object) -> list[Record]:
    """Return the records of some clips, rendered into a store."""
    corpus = replace(FLAT, recipe={**FLAT.recipe, "clips": number, **recipe})
    made = Session(corpus, Build(out=str(out), workers=2), [].append)
    for step in (made.specs, made.scenes, made.instructions, made.verified, made.shards):
        step("000")
    made.release({"expectations.json": b"{}"}, {})
    return list(Loader(out, manifest.load(out, corpus.name), seed=None).records())


def lay(record: Record, folder: Path, name: str, pictures: NDArray[np.uint8] | None = None) -> None:
    """Lay a record's files side by side, with other pictures in its video if some are given."""
    for ending, data in record.files.items():
        if ending == "mp4" and pictures is not None:
            data = video.encode(iter(pictures), FPS)
        (folder / f"{name}.{ending}").write_bytes(data)


def swapped(
    clip: Clip, instance: int, at: int, colour: str, pictures: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Return a clip's pictures, or others, with a thing of another colour from a frame on."""
    shown = clip.pictures if pictures is None else pictures
    assert shown is not None
    element = next(e for e in clip.scene.elements if e.attributes.get("instance") == instance)
    was = np.array(solids.rgb(solids.COLOURS[str(element.attributes["colour"])]))
    now = np.array(solids.rgb(solids.COLOURS[colour]))
    made = shown.copy()
    for frame in range(at, len(made)):
        mask = clip.passes["instances"][frame] == instance
        # What light made of the one colour it makes of the other.
        light = made[frame][mask].astype(float).sum(1) / was.sum()
        made[frame][mask] = np.clip(light[:, None] * now, 0, 255).astype(np.uint8)
    return made


def things(clip: Clip) -> dict[int, str]:
    """Return the colours of a clip's things, by instance."""
    return {
        int(str(e.attributes["instance"])): str(e.attributes["colour"])
        for e in clip.scene.elements
        if "instance" in e.attributes
    }


def read(record: Record) -> Clip:
    """Return the clip of a record."""
    return clips.read(record)


def averaged(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return which share of each pixel of another size (h, w) a mask (H, W) covers, by sums."""
    by_rows = _covered(mask.shape[0], size[0])
    by_columns = _covered(mask.shape[1], size[1])
    return by_rows @ mask.astype(float) @ by_columns.T


def _covered(was: int, now: int) -> NDArray[np.float64]:
    """Return (now, was): which share of a new pixel lies under an old one, along one side."""
    edges = np.arange(now + 1) * was / now
    old = np.arange(was)
    low = np.maximum(edges[:-1, None], old[None])
    high = np.minimum(edges[1:, None], old[None] + 1)
    return np.clip(high - low, 0, None) * now / was
