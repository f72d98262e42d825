"""The corpora that ship, by slug."""

from __future__ import annotations

import difflib
import importlib
from typing import TypeGuard

from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.documents import designs, webpages
from corpuswright.assets.grounding import canvas, desk, gui, human, photo, scene3d, table, text
from corpuswright.assets.grounding.mixture import GROUNDING
from corpuswright.assets.grounding.mixture_release import Mixture
from corpuswright.assets.images import lens
from corpuswright.assets.motion import dynavid, flashbench
from corpuswright.assets.plans import causal_plan, causal_plan_bench, causal_scenes
from corpuswright.assets.prompts import lens_rl
from corpuswright.assets.subjects import pexels_custom

MIXTURES: dict[str, Mixture] = {GROUNDING.name: GROUNDING}
CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        gui.CORPUS,
        text.CORPUS,
        table.CORPUS,
        canvas.CORPUS,
        desk.CORPUS,
        photo.CORPUS,
        human.CORPUS,
        scene3d.CORPUS,
        GROUNDING,
        designs.CORPUS,
        webpages.CORPUS,
        dynavid.CORPUS,
        flashbench.CORPUS,
        lens.CORPUS,
        lens_rl.CORPUS,
        pexels_custom.CORPUS,
        causal_plan.CORPUS,
        causal_scenes.CORPUS,
        causal_plan_bench.CORPUS,
    )
}


def find(name: str) -> Corpus:
    """Return a corpus by slug, or one of the user's own by `package.module[:NAME]`.

    Raises:
        LookupError: There is none; the message names those that ship, and the nearest one.
    """
    if name in CORPORA:
        return CORPORA[name]
    if "." in name or ":" in name:
        return _imported(name)
    near = difflib.get_close_matches(name, CORPORA, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise LookupError(
        f"no corpus {name!r}: {meant}expected one of {', '.join(CORPORA)}, or package.module:NAME "
        "of your own"
    )


def _imported(reference: str) -> Corpus:
    module, _, name = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), name or "CORPUS")
    except (ImportError, AttributeError) as error:
        raise LookupError(f"expected a corpus at {reference}: {error}") from error
    if not _is_corpus(found):
        raise LookupError(f"expected a corpus at {reference}, found {type(found).__name__}")
    return found


def _is_corpus(found: object) -> TypeGuard[Corpus]:
    return hasattr(found, "engine") and hasattr(found, "steps")
