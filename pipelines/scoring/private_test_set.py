"""Fresh test sets from a mixture, and what a release shares with a test set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpuswright.assets.grounding import coverage
from corpuswright.assets.grounding.mixture import GROUNDING
from corpuswright.quality.benchmarks import contamination, cuactspot
from corpuswright.quality.benchmarks.contamination import ShownTask
from corpuswright.quality.grounding import scene_duplicates
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.keys import parse, sha256
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.media import images
from corpuswright.storage.releases import manifest

A_SAMPLE = 2  # tasks on one picture at most: a test set of few pictures measures little


def write(store: Path, folder: Path, each: int) -> int:
    """Write `each` tasks of every detailed task from the mixture's newest release.

    Which ones is decided by the hash of their keys: another `--seed` of the build, another set.
    """
    loader = Loader(store, manifest.load(store, GROUNDING.name), seed=None)
    chosen = _choose(loader, each)
    loader = Loader(store, manifest.load(store, GROUNDING.name), seed=None)
    made = FORMATS["cuactspot"](
        (e for r in loader.records() for e in examples(r) if e.key in chosen), folder
    )
    counts = Counter(chosen.values())
    for task in coverage.TASKS:
        print(f"  {task.modality:7} {task.points}  {task.name:42} {counts[task]:4}")
    short = sum(counts[t] < each for t in coverage.TASKS)
    print(f"{made.tasks} tasks in {folder}")
    if short:
        print(f"{short} of {len(coverage.TASKS)} have fewer than {each}: build more samples")
    return 0


def _choose(loader: Loader, each: int) -> dict[str, coverage.Detailed]:
    """Return keys of tasks with what they test."""
    found: list[tuple[str, str, str, coverage.Detailed]] = []
    for record in loader.records():
        for example in examples(record):
            corpus = parse(example.key).corpus
            if example.task.origin.annotator == "wording":
                continue  # the same task in other words would be two tests
            detailed = coverage.of(corpus, example.task)
            if detailed is not None and any(a.points for a in example.task.actions):
                found.append((sha256(example.key), example.key, example.sample, detailed))
    chosen: dict[str, coverage.Detailed] = {}
    counts: Counter[coverage.Detailed] = Counter()
    pictures: Counter[str] = Counter()
    for _, key, sample, detailed in sorted(found, key=lambda f: f[0]):
        if counts[detailed] < each and pictures[sample] < A_SAMPLE:
            counts[detailed] += 1
            pictures[sample] += 1
            chosen[key] = detailed
    return chosen


def overlap(store: Path, corpus: str, data: Path) -> int:
    """Print what the newest release of a corpus shares with a test set; 1 if anything."""
    try:
        tests = list(_tests(data))
    except ValueError as error:
        raise LookupError(str(error)) from error
    loader = Loader(store, manifest.load(store, corpus), seed=None)
    shown = (s for r in loader.records() for s in _shown(examples(r)))
    found = contamination.overlaps(tests, shown)
    for finding in found:
        print(f"  {finding.test}  {finding.example}  {finding.what}")
    bad = len({f.test for f in found})
    print(f"{corpus}: {bad} of {len(tests)} tests share something with the release")
    return 1 if found else 0


def _tests(data: Path) -> Iterator[ShownTask]:
    missing = 0
    for sample in cuactspot.read(data):
        path = data / f"{sample.id}.png"
        if not path.exists():
            missing += 1
            continue
        picture = path.read_bytes()
        yield _of(sample.id, picture, sample.task)
    if missing:
        print(f"{missing} tests have no picture beside their JSON and were not compared")


def _shown(found: Sequence[Example]) -> Iterator[ShownTask]:
    """Yield the examples of one sample: they share its picture."""
    if found:
        first = _of(found[0].key, _picture(found[0]), "")
        yield from (first._replace(name=e.key, text=e.text) for e in found)


def _picture(example: Example) -> bytes:
    return images.still(example.media)


def _of(name: str, picture: bytes, text: str) -> ShownTask:
    image = images.decode(picture, name)
    pixels = sha256(f"{image.size} {sha256(image.tobytes())}")  # whatever codec they came in
    return ShownTask(name, pixels, scene_duplicates.difference_hash(image), text)
