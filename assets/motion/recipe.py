"""What corpora of clips share: how a clip is looked at, its recipe, and its stages' versions."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, Field, JsonValue

from corpuswright.annotators.captions import motion
from corpuswright.assets.builds import recipes
from corpuswright.quality.grounding import scene_duplicates
from corpuswright.quality.motion import captions
from corpuswright.renderers.blender import engine
from corpuswright.renderers.motion import clip as clips
from corpuswright.renderers.world3d import world
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json

PLAN_VERSION = 1

Side = Annotated[int, Field(ge=64, le=2048, multiple_of=8)]  # 4:2:0, and what video models take


class MotionRecipe(BaseModel, extra="forbid"):
    """What values the recipe of a corpus of clips may have."""

    clips: int = Field(ge=1)
    size: tuple[Side, Side]
    frames: int = Field(ge=2, le=1000)
    fps: int = Field(ge=1, le=120)
    pictures: Literal["none", "flat", "workbench", "cycles"]
    paths: int = Field(ge=1, le=4096)
    blur: float = Field(ge=0, le=1)
    checked: bool
    panoramas: recipes.Share
    passes: list[Literal["instances", "flow", "depth", "normals"]]
    shard_bytes: int = Field(default=1, ge=1)
    seed: str = Field(default="", max_length=200)


R = TypeVar("R", bound=MotionRecipe)


def accepts(kind: type[R], recipe: Json) -> R:
    """Return the recipe as checked values.

    Raises:
        ValueError: A value makes no sense, or nothing would be left to look at.
    """
    found = recipes.validated(kind, recipe)
    if found.pictures == "none" and "flow" not in found.passes:
        raise ValueError("--set: expected `flow` among the passes of clips without pictures")
    if found.blur and found.pictures != "cycles":
        raise ValueError('--set: blur: expected pictures of "cycles", which alone have a shutter')
    return found


LOOK: dict[str, JsonValue] = {
    # 121 frames as FlashMotion generates (arXiv 2603.12146); sides of ours, for a laptop.
    "size": [256, 256],
    "frames": 121,
    "fps": clips.FPS,
    # Paths of `cycles` a pixel: grain is seen, and half as much takes half the time.
    "paths": 8,
    # Share of a frame for which the shutter of `cycles` is open: 0 draws sharp pictures.
    "blur": 0.0,
    # Share of clips lit by a panorama of Blender's own, which is seen for a sky; pictures only.
    "panoramas": 0.25,
    # Whether Blender's passes are held against the caster's truth, which then rejects.
    "checked": True,
}


def look(corpus: str, key: str, recipe: Json) -> tuple[np.random.Generator, dict[str, JsonValue]]:
    """Return the generator of a clip's own choices, and the parameters that all clips have."""
    rng = recipes.generator(corpus, PLAN_VERSION, key, recipe)
    width, height = recipe["size"]
    drawn: dict[str, JsonValue] = {
        "width": int(width),
        "height": int(height),
        **{
            n: recipe[n]
            for n in ("frames", "fps", "pictures", "paths", "blur", "checked", "passes")
        },
        "seed": int(rng.integers(0, 2**31)),
    }
    lit, light = rng.uniform() < recipe["panoramas"], str(rng.choice(world.LIGHTS))
    return rng, {**drawn, "light": light if lit else ""}


def versions(scene: int) -> dict[str, int]:
    """Return the versions of a corpus of clips; another Blender makes other pictures."""
    return {
        "plan": PLAN_VERSION,
        "intake": 1,
        "states": 1,
        "scene": (clips.VERSION * 100 + scene) * 10**8 + int(sha256(engine.version())[:6], 16),
        "actions": motion.VERSION,
        "text": motion.VERSION,
        "replay": captions.VERSION,
        "checks": captions.VERSION,
        "near_duplicates": scene_duplicates.VERSION,
    }


ABOUT = (
    "A record is `<key>.json` (spec, scene, caption), `<key>.png` (the first frame, or the colours "
    "of its flow), `<key>.mp4` where pictures were drawn, `<key>.passes.npz` (what the recipe's "
    "`passes` name, by frame) and `<key>.tracks.npz` (boxes, poses, joints, points and cameras by "
    "frame); `corpuswright.storage.media.clips` reads them. Truth is cast in float64; where the "
    "recipe says `checked`, Blender's own passes of identity, depth and flow were held against "
    "it, and the scene's report says how far they differ. Captions were read back by a reader "
    "that sees words and paths only. Flow is in pixels from a frame to the next or the one "
    "before, u right, v down; codes: 0 visible, 1 occluded, 2 out of frame, 3 behind the camera, "
    "4 sky, 5 invalid."
)
