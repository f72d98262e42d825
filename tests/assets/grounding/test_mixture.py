"""A mixture names its parts' shards, follows what becomes of them, and says what it covers."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.assets.builds import deletion as builds_deletion
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.grounding import coverage, mixture_release
from corpuswright.assets.grounding.mixture import GROUNDING
from corpuswright.assets.grounding.mixture_release import Mixture
from corpuswright.assets.synthesis import deletion
from corpuswright.pipelines.scoring import private_test_set
from corpuswright.quality.benchmarks import cuactspot
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import sha256
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest, retention
from tests.assets.grounding.test_composed import build, data
from tests.fixtures import builds, export_table
from tests.fixtures.small_corpora import CANVAS, DESK

__all__ = ["data"]

ROOT = Path(__file__).parents[3]
PARTS = (CANVAS, DESK)
SMALL = Mixture(
    "grounding",
    {c.name: 0.5 for c in PARTS},
    {},
    {c.name: c for c in PARTS},
    mixture_release.ENGINE,
)


@given(st.integers(50, 5000))
def test_every_sample_is_given_to_one_part(total: int):
    counts = GROUNDING.samples(total)
    assert sum(counts.values()) == total
    there = sum(GROUNDING.weights.values())
    assert all(abs(counts[n] - total * w / there) <= 1 for n, w in GROUNDING.weights.items())


def test_the_weights_are_the_papers():
    assert sum(GROUNDING.weights.values()) + sum(GROUNDING.optional.values()) == pytest.approx(1)


@pytest.mark.browser
def test_a_mixture_names_what_its_parts_have_and_follows_them(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    for corpus in PARTS:  # one scene each is enough to be mixed
        build(replace(corpus, recipe={**corpus.recipe, "scenes": 1}), tmp_path, data)
    mixed = builds.opened(SMALL, BuildOptions(out=str(tmp_path)))
    made = mixture_release.publish(mixed, {})
    export_table.holds(tmp_path, SMALL.name, tmp_path / "to", capsys)
    assert mixed.is_done()
    parts = {c.name: manifest.load(tmp_path, c.name) for c in PARTS}
    assert {s.name for s in made.shards} == {s.name for p in parts.values() for s in p.shards}
    keys = [r.key for r in Loader(tmp_path, made, seed=3).records()]
    assert len(keys) == len(set(keys)) == sum(p.counts["scene"]["kept"] for p in parts.values())
    tasks = json.loads(
        (manifest.folder(tmp_path, "grounding", made.plan) / "tasks.json").read_text()
    )
    kept = sum(n["kept"] for kinds in tasks.values() for n in kinds.values())
    assert kept == made.counts["task"]["kept"]
    assert len(mixture_release.table(tmp_path, made)) == 1 + sum(
        len(kinds) for kinds in tasks.values()
    )

    # A fresh test set from it is balanced, answerable by right answers, and overlaps with nothing
    # that was drawn from another seed; with its own release it overlaps wholly.
    tests, other = tmp_path / "tests", tmp_path / "other"
    tests.mkdir()
    assert private_test_set.write(tmp_path, tests, 1) == 0
    listed = cuactspot.read(tests)
    assert 2 <= len(listed) <= len(coverage.TASKS)
    pictures = [sha256((tests / f"{t.id}.png").read_bytes()) for t in listed]
    assert max(Counter(pictures).values()) <= private_test_set.A_SAMPLE
    assert private_test_set.overlap(tmp_path, "grounding", tests) == 1
    drawn = replace(CANVAS, recipe={**CANVAS.recipe, "scenes": 1, "seed": "kept to ourselves"})
    build(drawn, other, data)
    assert private_test_set.overlap(other, CANVAS.name, tests) == 0

    # A part goes on and forgets its older releases: the mixture's shards stay, and are searched
    # where something is to be taken back.
    build(CANVAS, tmp_path, data)
    old = Selection("key", next(k for k in keys if k.startswith(CANVAS.name)))
    assert builds_deletion.held_by_mixtures(tmp_path, CANVAS.name, old) == set()
    retention.sweep(tmp_path, CANVAS.name, keep=1)
    assert builds_deletion.held_by_mixtures(tmp_path, CANVAS.name, old) == {old.value}
    assert not mixed.is_done()
    assert [r.key for r in Loader(tmp_path, made, seed=3).records()] == keys

    # What is deleted from a part goes from the mixture too: the release that held it is gone.
    key = next(k for k in keys if k.startswith(DESK.name))
    deletion.delete(DESK, tmp_path, Selection("key", key))
    assert manifest.latest(tmp_path, "grounding") is None
    assert not list((tmp_path / "grounding" / "releases").glob("*/manifest.json"))


def test_the_readme_says_which_of_the_33_tasks_are_covered():
    assert len(coverage.TASKS) == 33 and all(t.kinds for t in coverage.TASKS)
    assert coverage.table() in (ROOT / "assets/grounding/README.md").read_text()


def test_every_kind_in_the_table_is_proposed():
    code = "".join(p.read_text() for p in (ROOT / "annotators").rglob("*.py"))
    named = {k for t in coverage.TASKS for k in t.kinds if t.corpus != "grounding_gui"}
    assert named <= set(re.findall(r'"([a-z_]+)"', code))
