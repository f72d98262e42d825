"""Grounding on a desktop: what a click corpus lacks, things dragged from place to place.

The drags of CUActSpot's GUI modality (arXiv 2605.12501, Tables 5 and 6): a slider to a value, a
file into an upload area, a window's edge to a place, an item onto text. Windows lie over others.
"""

from __future__ import annotations

from corpuswright.annotators.grounding import desk as grounding_desk
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import APPLICATION_STEPS, ENGINE
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import desk as read_desk
from corpuswright.renderers.apps import desk
from corpuswright.storage.records import Json

RECIPE: Json = {
    # Scenes of a partition. Ours: as many as the GUI corpus has.
    "scenes": 116,
    **view_sizes.SIZES,
    "codec": "png",
}

CORPUS = RenderedCorpus(
    name="grounding_desk",
    reference="corpuswright.assets.grounding.desk:CORPUS",
    summary="A desktop: sliders, files dropped, cards carried, windows moved and sized.",
    steps=APPLICATION_STEPS,
    engine=ENGINE,
    sites=(),
    recipe=RECIPE,
    plan=composed.drawer("desk"),
    propose=grounding_desk.propose,
    checks=(action_regions.check, read_desk.check),
    resolve=read_desk.check,
    spoil=read_desk.wrong_versions,
    play=perform.execute,
    versions=composed.versions(
        desk.VERSION, grounding_desk.ACTIONS_VERSION, grounding_desk.TEXT_VERSION, read_desk.VERSION
    ),
    accepts=composed.accepts_drawn,
)
