"""`make soak`: a thousand answers of each kind of drag whose end hangs on its start."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from corpuswright.assets.synthesis.corpus import RenderedCorpus
from tests.assets.grounding.test_composed import renderer, samples_of
from tests.quality.execution import test_relative_drags
from tests.quality.execution.test_relative_drags import RELATIVE, disagreements

built, data = test_relative_drags.built, test_relative_drags.data
pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWERS = 1000


def test_a_score_says_what_performing_gives(built: tuple[RenderedCorpus, Path], data: Path):
    corpus, out = built
    found = [(s, t) for s in samples_of(corpus, out) for t in s.tasks if t.kind in RELATIVE]
    tasks = Counter(t.kind for _, t in found)
    wrong = [
        w
        for s, t in found
        for w in disagreements(renderer(corpus, data), s, t, -(-ANSWERS // tasks[t.kind]))
    ]
    assert not wrong, f"{len(wrong)}: {wrong[:4]}"
