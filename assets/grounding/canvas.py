"""Grounding on a canvas: a drawing application, whose shapes go where an expression says.

The canvas modality of Phi-Ground-Any (arXiv 2605.12501, §4.3 and App. C.4): its placement rules,
styles and cascade of references. The paper's model computes coordinates and nobody checks them;
here a place is an expression over shapes, the drag is performed, and the shape must be there.
"""

from __future__ import annotations

from corpuswright.annotators.grounding import canvas as grounding_canvas
from corpuswright.annotators.grounding import canvas_wording
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import APPLICATION_STEPS, ENGINE
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import canvas as read_canvas
from corpuswright.renderers.apps import canvas
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.records import Json

# Libraries, no sources: a package without pages is served to the scenes of the corpus.
BPMN = Site(
    name="bpmn",
    package="bpmn-js@18.31.1",
    package_sha256="060ce3966426bcc8705140ec75626ffb51038d17f54b5dcd1a2f28d36bf797d6",
    root=".",
    pages=(),
    licence="LicenseRef-bpmn.io",  # MIT, and its logo must stay to be seen
    author="Camunda Services GmbH",
)
SVGEDIT = Site(
    name="svgedit",
    package="svgedit@7.4.1",
    package_sha256="9b1b9ebdd0d41eacc89bb185a2c6423accaf2905d3a07e03f3a248193719f101",
    root=".",
    pages=(),
    licence="MIT AND Apache-2.0 AND ISC AND LGPL-3.0-or-later AND X11",  # as its package says
    author="SVG-edit authors",
)
APPS = (BPMN, SVGEDIT)

RECIPE: Json = {
    # Scenes of a partition. Ours: as many as the GUI corpus has.
    "scenes": 116,
    # Share of scenes in bpmn-js and svgedit. Ours: these have 3 and 7 kinds of tasks of eleven.
    "real_apps": 0.3,
    **view_sizes.SIZES,
    "codec": "png",
}
CORPUS = RenderedCorpus(
    name="grounding_canvas",
    reference="corpuswright.assets.grounding.canvas:CORPUS",
    summary="Drawings of 81 kinds of shapes that are moved, turned, joined and drawn through.",
    steps=APPLICATION_STEPS,
    engine=ENGINE,
    sites=APPS,
    recipe=RECIPE,
    plan=composed.drawer("canvas", lambda path: APPS),
    propose=grounding_canvas.propose,
    checks=(action_regions.check, read_canvas.check),
    resolve=read_canvas.check,
    spoil=read_canvas.wrong_versions,
    play=perform.execute,
    versions=composed.versions(
        canvas.VERSION,
        grounding_canvas.ACTIONS_VERSION,
        canvas_wording.VERSION,
        read_canvas.VERSION,
    ),
    accepts=composed.accepts_drawn,
)
