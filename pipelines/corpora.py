"""The corpora that ship, by slug: one line each."""

from __future__ import annotations

from corpuswright.assets.curation.build import Curated
from corpuswright.assets.grounding import canvas, desk, gui, human, photo, scene3d, table, text
from corpuswright.assets.grounding.mixture import GROUNDING, Mixture
from corpuswright.assets.images import lens
from corpuswright.assets.motion import dynavid, flashbench
from corpuswright.assets.plans import causal_plan, causal_plan_bench, causal_scenes
from corpuswright.assets.prompts import lens_rl
from corpuswright.assets.subjects import pexels_custom
from corpuswright.assets.synthesis.corpus import Corpus, load

CORPORA: dict[str, Corpus] = {
    "grounding_gui": gui.CORPUS,
    "grounding_text": text.CORPUS,
    "grounding_table": table.CORPUS,
    "grounding_canvas": canvas.CORPUS,
    "grounding_desk": desk.CORPUS,
    "grounding_photo": photo.CORPUS,
    "grounding_human": human.CORPUS,
    "grounding_3d": scene3d.CORPUS,
    "dynavid": dynavid.CORPUS,
    "flashbench": flashbench.CORPUS,
    "causal_scenes": causal_scenes.CORPUS,
    "causal_plan_bench": causal_plan_bench.CORPUS,
}


CURATED: dict[str, Curated] = {
    "lens": lens.CORPUS,
    "lens_rl": lens_rl.CORPUS,
    "pexels_custom": pexels_custom.CORPUS,
    "causal_plan": causal_plan.CORPUS,
}

MIXTURES: dict[str, Mixture] = {"grounding": GROUNDING}


def parts(mixture: Mixture) -> list[Corpus]:
    """Return the corpora that a mixture is made of, the optional ones last."""
    return [CORPORA[name] for name in (*mixture.weights, *mixture.optional)]


def find(name: str) -> Corpus:
    """Return a corpus by slug, or one of the user's own by `package.module[:NAME]`.

    Raises:
        LookupError: There is none; the message names those that ship.
    """
    if name in CORPORA:
        return CORPORA[name]
    if name in CURATED:
        raise LookupError(f"{name} is curated from a source: this command does not know it yet")
    if "." in name or ":" in name:
        return load(name)
    raise LookupError(
        f"expected one of {sorted([*CORPORA, *CURATED, *MIXTURES])}, or package.module:NAME of "
        f"your own; saw {name!r}"
    )
