"""Answers on a test set of one's own, performed: real input events in the scenes it was made from.

Regions judge where an answer points; this judges what it does. It takes the store that the set was
written from, and scenes of the composed applications, whose state says what has become of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.pipelines.corpora import CORPORA
from corpuswright.quality.benchmarks import cuactspot
from corpuswright.quality.benchmarks.cuactspot import BenchmarkError, BenchmarkSample, Prediction
from corpuswright.quality.execution import perform, postconditions
from corpuswright.renderers.browser.gui import COMPOSERS, GuiRenderer
from corpuswright.storage.exports.cuactspot import name_of
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.records import Action, Point, Rejection, Sample
from corpuswright.storage.releases import manifest

Judge = Callable[[BenchmarkSample, Prediction], str]


def judge(
    samples: Sequence[BenchmarkSample], store: Path, inputs: Path, source: Path | None = None
) -> Judge:
    """Return what performs answers in a store's scenes, and says why one does not fulfil its task.

    Samples of other media than the composed applications' are judged by the strict rules.

    Args:
        samples: The test set.
        store: That the test set was written from.
        inputs: Where fetched packages are kept.
        source: The folder that the store was built from, if it was one of the user's own.
    """
    found: dict[str, tuple[RenderedCorpus, Example]] = {}
    for corpus in CORPORA.values():
        if isinstance(corpus, RenderedCorpus) and manifest.latest(store, corpus.name):
            found |= {name_of(e): (corpus, e) for e in _composed(store, corpus.name)}
    if not found:
        raise BenchmarkError(
            f"--replay: expected a store with one of {sorted(COMPOSERS)}, saw {store}"
        )
    renderers: dict[str, GuiRenderer] = {}

    held = sum(s.id in found for s in samples)
    if not held:
        raise BenchmarkError(f"--replay: the test set was not written from a release of {store}")
    if held < len(samples):
        print(f"  {len(samples) - held} of {len(samples)} cannot be performed: by the strict rules")

    def performed(sample: BenchmarkSample, prediction: Prediction) -> str:
        if sample.id not in found:
            return cuactspot.strict(sample, prediction)
        corpus, example = found[sample.id]
        if sample.task != example.text:
            raise BenchmarkError(
                f"{sample.id}: the store has another task under this name, {example.text!r}: it "
                "was built anew since; write the test set anew"
            )
        if corpus.name not in renderers:
            renderers[corpus.name] = _renderer(corpus, store, inputs, source)
        own = {s.uri.partition("/")[0] for s in example.spec.sources}
        if missing := own - {*renderers[corpus.name].sites}:
            raise BenchmarkError(
                f"{example.key}: made from {sorted(missing)}, a source of your own: say where it "
                "lies with --source DIR"
            )
        if prediction.action and prediction.action not in cuactspot.accepted_actions(sample):
            return "wrong_action"
        if not all(_inside(p, example.scene.size) for p in prediction.points):
            return "outside_image"
        try:
            actions = _answered(example.task.actions, prediction.points)
        except ValueError as error:
            return str(error)
        return _done(renderers[corpus.name], example, actions)

    return performed


def _composed(store: Path, corpus: str) -> Iterator[Example]:
    for record in Loader.open(store, corpus, seed=None).records():
        yield from (e for e in examples(record) if e.spec.medium in COMPOSERS)


def _renderer(
    corpus: RenderedCorpus, store: Path, inputs: Path, source: Path | None
) -> GuiRenderer:
    """Return what shows a corpus's scenes again: its own sites, or the source it was built from."""
    own = None if source is None else str(source)
    build = SynthesisBuild(corpus, BuildOptions(out=str(store), inputs=str(inputs), source=own))
    roots: Mapping[str, Path | str] = {s.name: root for s, root in build.sites}
    return GuiRenderer(roots, corpus.allow)


def _inside(point: Point, size: tuple[int, int]) -> bool:
    return all(0 <= v < s for v, s in zip(point, size, strict=True))


def _answered(actions: tuple[Action, ...], points: tuple[Point, ...]) -> list[Action]:
    """Return a task's actions with an answer's points in place of its own, as many to each.

    A line that is drawn, or dragged through, has as many corners as the answer gives it.
    """
    left, made = list(points), list[Action]()
    pointed = [a for a in actions if a.points]
    for action in actions:
        number = len(action.points)
        if action.kind == "draw" and len(pointed) == 1:
            number = len(left)
        if len(left) < number or (action.kind == "draw" and number < 2):
            raise ValueError("too_few_points")
        made.append(replace(action, points=tuple(left[:number])))
        left = left[number:]
    if left:
        raise ValueError("surplus_points")
    return made


def _done(renderer: GuiRenderer, example: Example, actions: list[Action]) -> str:
    sample = Sample(example.spec.key, example.spec, {}, example.scene)
    end = perform.attempt(renderer, sample, actions)
    if isinstance(end, Rejection):
        raise BenchmarkError(
            f"{example.key}: this machine shows another scene than the release holds "
            f"({end.reason}: {end.value}); build it again, and write the test set anew"
        )
    failed = postconditions.check(example.task.expected, example.scene.state["app"], end.state)
    return failed.reason if failed else ""
