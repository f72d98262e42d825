"""Grounding in three dimensions: solid things on a floor, told apart by name, depth and relation.

The picture is path-traced by Blender; boxes, masks, depths and relations come from the world it was
drawn from, cast in float64, and both accounts must agree on every picture (`renderers.space`).
"""

from __future__ import annotations

from corpuswright.annotators import space_words, spaces
from corpuswright.assets import composing
from corpuswright.assets.stages import Corpus
from corpuswright.quality import read_space, regions_hold
from corpuswright.renderers import space
from corpuswright.renderers.blender import engine
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json

RECIPE: Json = {
    # Scenes of a partition. Ours: as many as the GUI corpus has.
    "scenes": 116,
    # Stored pixels: 640 x 480 and what has its area. Ours: time grows with them.
    "areas": {"307200": 1.0},
    "aspect": [0.75, 1.78],
    "ratios": [1.0],
    "codec": "png",
}
CORPUS = Corpus(
    name="grounding_3d",
    reference="corpuswright.assets.grounding_3d:CORPUS",
    sites=(),
    recipe=RECIPE,
    plan=composing.drawer(space.MEDIUM),
    propose=spaces.propose,
    checks=(regions_hold.check, read_space.check),
    resolve=read_space.check,
    spoil=read_space.wrong_versions,
    play=read_space.cast_anew,
    # Another Blender makes other pictures.
    versions=composing.versions(
        space.VERSION * 10**8 + int(sha256(engine.version())[:6], 16),
        spaces.ACTIONS_VERSION,
        space_words.VERSION,
        read_space.VERSION,
    ),
    accepts=composing.accepts_drawn,
)
