"""Every kept task of a mixture once more, from its shard, in a fresh browser.

`python -m tests.bench.grounding.replays STORE` on a built `grounding`; prints Markdown for
RESULTS.md. What is performed is what the shards say, nothing from tables or packs.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.pipelines.corpora import find
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage import samples
from corpuswright.storage.inputs import sites as input_sites
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Sample, from_json, to_json
from corpuswright.storage.releases import manifest

PARTS = ("gui", "desk", "text", "table", "canvas", "photo")


def main(store: Path) -> None:
    """Perform them all, two at a time, and print how many held."""
    tried: Counter[str] = Counter()
    faults: Counter[tuple[str, str]] = Counter()
    work: list[tuple[str, str]] = []
    for part in PARTS:
        corpus = find(f"grounding_{part}")
        for record in Loader(store, manifest.load(store, corpus.name), seed=None).records():
            body = samples.read(record.files["json"])
            work.append(
                (corpus.name, to_json(Sample(record.key, body.spec, {}, body.scene, body.tasks)))
            )
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for name, reasons in pool.map(again, work, chunksize=4):
            tried[name] += len(reasons)
            faults.update((name, r) for r in reasons if r)
    print("| corpus | performed again | held |\n|---|---|---|")
    for name, number in tried.items():
        bad = sum(n for (c, _), n in faults.items() if c == name)
        print(f"| {name} | {number} | {number - bad} |")
    print(f"\n{sum(tried.values())} tasks; faults: {dict(faults) or 'none'}")


def again(given: tuple[str, str]) -> tuple[str, list[str]]:
    """Return a sample's corpus and, for each of its tasks, why it did not hold, or nothing."""
    name, text = given
    corpus, sample = find(name), from_json(Sample, text)
    verdicts = corpus.play(_renderer(corpus), sample).verdicts
    return name, [v.reason if (v := verdicts[t.key]) else "" for t in sample.tasks]


_RENDERERS: dict[str, GuiRenderer] = {}


def _renderer(corpus: RenderedCorpus) -> GuiRenderer:
    if corpus.name not in _RENDERERS:
        sites = {s.name: input_sites.fetch(s, Path("inputs")) for s in corpus.sites}
        _RENDERERS[corpus.name] = GuiRenderer(sites)
    return _RENDERERS[corpus.name]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
