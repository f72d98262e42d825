"""`make soak`: every corpus of composed scenes, built again by other workers, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpuswright.assets.synthesis.corpus import RenderedCorpus
from tests.assets.grounding import test_composed

built, data = test_composed.built, test_composed.data
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_any_number_of_workers_and_another_build_make_the_same_bytes(
    built: tuple[RenderedCorpus, Path], data: Path, tmp_path: Path
):
    test_composed.again_with_other_workers(built, data, tmp_path)
