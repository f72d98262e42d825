"""Grounding in all modalities: the paper's mixture (Phi-Ground-Any, arXiv 2605.12501, Table 7)."""

from __future__ import annotations

from corpuswright.assets.grounding import canvas, desk, gui, human, photo, table, text
from corpuswright.assets.grounding.mixture_release import ENGINE, Mixture

# Weights of Phi-Ground-Any's training (arXiv 2605.12501, Table 7). Its GUI share is ours for pages
# and desktops together, two to one.
GROUNDING = Mixture(
    name="grounding",
    weights={
        "grounding_gui": 0.23,
        "grounding_desk": 0.11,
        "grounding_text": 0.25,
        "grounding_table": 0.10,
        "grounding_canvas": 0.10,
        "grounding_photo": 0.15,
    },
    optional={"grounding_human": 0.06},
    corpora={
        c.name: c
        for c in (gui.CORPUS, desk.CORPUS, text.CORPUS, table.CORPUS, canvas.CORPUS, photo.CORPUS,
                  human.CORPUS)
    },
    engine=ENGINE,
    summary="Clicks, drags and strokes on all of these, each its share by the paper's weights.",
)  # fmt: skip
