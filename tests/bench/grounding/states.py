"""Exactness in application states: `python -m tests.bench.grounding.states STORE` on a built
release.

Prints Markdown for RESULTS.md: the marker-colour probe on every candidate before any filter, then
an independent second pass over kept samples in a fresh browser.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from corpuswright.assets.grounding.gui import CORPUS
from corpuswright.quality.execution import marker_probe, replay_clicks
from corpuswright.quality.grounding import gui as grounding_gui
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.inputs import sites as input_sites
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Sample, Spec
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import read

STATES = 64  # four more than the 60 asked for: a page may fail


def main(store: Path) -> None:
    sites = {s.name: input_sites.fetch(s, Path("inputs")) for s in CORPUS.sites}
    renderer = GuiRenderer(sites)
    made = manifest.load(store, CORPUS.name)
    table = Tables(store, CORPUS.name, CORPUS.stages())
    specs = [_spec(r.body) for r in table.read("spec")]
    chosen = [s for s in specs if s.parameters.get("state")]
    before: list[marker_probe.ProbedBox] = []
    states: set[tuple[str, str]] = set()
    ratios: Counter[float] = Counter()
    faults: Counter[str] = Counter()
    for spec in _spread(chosen):
        try:
            with renderer.open(spec) as live:
                _, scene = gui.shot(live, gui.view_of(spec.parameters))
                before += marker_probe.probe(live, scene, marker_probe.candidates(scene))
        except PageFault as fault:
            faults[fault.reason] += 1
            continue
        states.add((str(spec.parameters["path"]), str(spec.parameters["state"])))
        ratios[float(str(spec.parameters["ratio"]))] += 1
    _print("before any filter", before)
    print(
        f"\n{len(states)} states, ratios {dict(sorted(ratios.items()))}, not shown {dict(faults)}\n"
    )

    renderer.browser().restart()
    again: list[marker_probe.ProbedBox] = []
    reached = resolved = tasks = 0
    for number, record in enumerate(Loader(store, made, seed=3).records()):
        if number == STATES:
            break
        body = read(record.files["json"])
        sample = Sample(record.key, body.spec, {}, body.scene, body.tasks)
        verdicts = replay_clicks.replay(renderer, sample)
        tasks += len(verdicts)
        reached += sum(v is None for v in verdicts.values())
        resolved += sum(grounding_gui.check(body.scene, t) is None for t in body.tasks)
        targets = {t.elements[0] for t in body.tasks}
        with renderer.open(body.spec) as live:
            gui.measure(live)
            kept = [e for e in marker_probe.candidates(body.scene) if e.id in targets]
            again += marker_probe.probe(live, body.scene, kept)
    _print("kept samples, second pass in a fresh browser", again)
    print(f"\n{tasks} tasks: {reached} reached again, {resolved} sentences resolved again")


def _spread(specs: list[Spec]) -> list[Spec]:
    """Return STATES specs, as many of each pixel ratio, ordered by it: a browser has one."""
    by_ratio: dict[float, list[Spec]] = {}
    for spec in specs:
        by_ratio.setdefault(float(str(spec.parameters["ratio"])), []).append(spec)
    each = -(-STATES // len(by_ratio)) + 1
    return [s for ratio in sorted(by_ratio) for s in by_ratio[ratio][:each]]


def _spec(body: str) -> Spec:
    from corpuswright.storage.records import from_json

    return from_json(Spec, body)


def _print(title: str, found: list[marker_probe.ProbedBox]) -> None:
    errors = np.array([r.error for r in found if r.error is not None])
    unreadable = len(found) - len(errors)
    print(f"| {title} | value |\n|---|---|")
    print(f"| elements | {len(found)} |")
    print(f"| unreadable | {unreadable} ({unreadable / len(found):.1%}) |")
    for share in (50, 99):
        print(f"| p{share} | {np.percentile(errors, share, method='higher'):.2f} px |")
    print(f"| max | {errors.max():.2f} px |")
    print(f"| within 1 px | {(errors <= 1).mean():.1%} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
