"""How exact designs are: answers against pictures, boxes against pixels, values against tables.

    python -m tests.bench.documents.exactness --documents 130

Documents of all cells by all engines, each with its twin; every question is asked of both plans and
both pictures. Letters and texts are probed by colour. Prints what RESULTS.md has.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict

import numpy as np

from corpuswright.annotators.documents import questions, seen
from corpuswright.assets.documents import designs
from corpuswright.renderers.documents import compose, measured, mutations, render, soundness
from corpuswright.renderers.faults import PageFault
from tests.fixtures import documents
from tests.renderers.documents import probe

ENGINES = {"slides": ("page", "slides"), "scientific_figure": ("page", "figure")}


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=130, help="how many (default 130)")
    parser.add_argument("--first", type=int, default=70_000, help="seed of the first")
    parser.add_argument("--probed", type=int, default=4, help="letters probed of each (default 4)")
    wanted = parser.parse_args()
    shown = documents.pages()
    start = time.monotonic()
    wrong: list[str] = []
    faults: Counter[str] = Counter()
    asked: list[list[questions.Asked]] = []
    off: dict[str, list[float]] = defaultdict(list)
    values: list[float] = []
    for number in range(wanted.documents):
        domain, dimension = designs.CELLS[number % len(designs.CELLS)]
        engines = ENGINES.get(domain, ("page",))
        engine = engines[number // len(designs.CELLS) % len(engines)]
        rng = np.random.default_rng(number)
        ratio = (1.0, 1.5)[number % 2]
        try:
            document = compose.compose(
                {"domain": domain, "dimension": dimension, "seed": wanted.first + number,
                 "level": 1 + number % 3, "engine": engine, "ratio": ratio}, shown.read
            )  # fmt: skip
            twin = mutations.draw(document, dimension, rng)
            assert twin is not None
            drawings = [render.ENGINES[engine](d, shown) for d in (document, twin.document)]
            soundness.check(document, drawings[0])
        except PageFault as fault:
            faults[fault.reason] += 1
            continue
        found = questions.chosen(document, twin.document, dimension, rng)
        asked.append(found)
        views = [
            seen.drawn(measured.elements(d, g), g.size, g.scale)
            for d, g in zip((document, twin.document), drawings, strict=True)
        ]
        for a in found:
            for said, view in zip((a.answer, a.twin), views, strict=True):
                if questions.holds(a.question.predicate, view) is not said:
                    wrong.append(f"{domain} {dimension} {twin.kind}: {a.question.text}")
        for node in document.of("bar", "point"):
            thing = drawings[0].things[node.id]
            if "read" in thing.data:
                miss = abs(thing.data["read"] - float(node.data["value"]))
                values.append(miss / thing.data["half_pixel"])
        if engine == "page":
            for _, box, pixels in probe.letters(document, drawings[0], shown, rng, wanted.probed):
                off[engine] += [abs(a - b) for a, b in zip(box, pixels, strict=True)]
        else:
            node = [n for n in document.nodes if n.text][int(rng.integers(0, 3))]
            pixels = probe.recoloured(
                document, node.id, "colour", lambda d, e=engine: render.ENGINES[e](d, shown)
            )
            if pixels is not None:
                box = drawings[0].things[node.id].box
                off[engine] += [abs(a - b) for a, b in zip(box, pixels, strict=True)]
    total = 2 * sum(map(len, asked))
    print(f"{len(asked)} documents and their twins in {time.monotonic() - start:.0f} s; "
          f"refused: {dict(faults)}")  # fmt: skip
    print(f"{total} answers, {len(wrong)} not as drawn: {wrong[:5]}")
    idle = sum(all(a.answer == a.twin for a in found) for found in asked)
    print(f"samples whose twin turns no answer: {idle}")
    print(f"guessing by kind: {guessed(asked):.1%}")
    for engine, misses in off.items():
        p50, p99 = np.percentile(misses, (50, 99))
        print(f"{engine}: {len(misses)} edges, {p50:.2f} px off at p50, {p99:.2f} at p99")
    print(f"{len(values)} values of charts: at most {max(values):.2f} of half a pixel's worth off")


def guessed(asked: list[list[questions.Asked]]) -> float:
    """Return how often the commoner answer of a kind is right, learnt on the other half."""
    right = total = 0
    for learnt, tried in ((asked[::2], asked[1::2]), (asked[1::2], asked[::2])):
        kinds: dict[str, Counter[bool]] = defaultdict(Counter)
        for found in learnt:
            for a in found:
                kinds[a.question.kind].update((a.answer, a.twin))
        for found in tried:
            for a in found:
                common = kinds[a.question.kind].most_common(1)
                guess = common[0][0] if common else True
                right += (a.answer is guess) + (a.twin is guess)
                total += 2
    return right / total


if __name__ == "__main__":
    main()
