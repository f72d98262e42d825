"""What a corpus teaches: `python -m tests.bench.grounding.pointer STORE`, Markdown for RESULTS.md.

A pointer model of 82 k parameters learns on CPU where to press first for a sentence: from the
mixture in STORE, from the same with some labels shifted or all shifted a little, and from web pages
alone. Each is judged on the same held-out sources, which no training set has seen: whether the
press lands where the task says it may, and how far it is from the one that was performed.

    corpuswright build grounding --samples 900 --out STORE --set 'areas={"147456": 1}' \
        --set 'ratios=[1]' --set 'aspect=[1, 1]'
    pip install torch
"""

from __future__ import annotations

import argparse
import math
import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from corpuswright.annotators.actions import regions
from corpuswright.quality.benchmarks import bootstrap
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Polygon

MIXTURE, PAGES = "grounding", "grounding_gui"
SIDE = 128  # pixels that an image is shrunk to: what two cores can learn from in minutes
GRID = SIDE // 4  # cells of the answer
VOCABULARY, LONGEST = 1024, 32  # buckets of words, words of a sentence
HELD_OUT = 5  # every fifth source
STEPS, BATCH = 1500, 8  # images a step, each with all its sentences
SHIFT = 0.125  # of the image: how far a wrong label is off, as far as a neighbour is
SPLIT = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]")


class Item(NamedTuple):
    """One press: where it was performed and may land, as shares of the image's sides."""

    words: tuple[int, ...]
    at: tuple[float, float]
    accept: tuple[Polygon, ...]


class Picture(NamedTuple):
    """One image, (3, SIDE, SIDE) uint8, and the presses on it."""

    corpus: str
    held_out: bool
    pixels: Tensor
    items: list[Item]


def pictures(store: Path) -> list[Picture]:
    """Read the release: one picture a sample, and whether its source is held out."""
    found: dict[str, Picture] = {}
    for e in Loader.open(store, MIXTURE, seed=None):
        target = e.task.targets[0] if e.task.targets else None
        first = e.task.actions[0]
        if target is None or not first.points or not target.accept:
            continue
        if e.sample not in found:
            small = e.image.resize((SIDE, SIDE), Image.Resampling.BOX)
            pixels = torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1)
            source = e.spec.sources[0].uri if e.spec.sources else e.sample
            held = zlib.crc32(source.encode()) % HELD_OUT == 0
            found[e.sample] = Picture(e.spec.corpus, held, pixels, [])
        wide, high = e.scene.size
        accept = tuple(tuple((x / wide, y / high) for x, y in p) for p in target.accept)
        x, y = first.points[0]
        found[e.sample].items.append(Item(_words(e.text), (x / wide, y / high), accept))
    return list(found.values())


def _words(text: str) -> tuple[int, ...]:
    words = SPLIT.findall(text.lower())[:LONGEST]
    return tuple(1 + zlib.crc32(w.encode()) % (VOCABULARY - 1) for w in words)


class Pointer(nn.Module):
    """Sentence and image to a map of GRID x GRID cells, and where in each cell: (n, 3, GRID, GRID).

    Eyes see each image once; what the sentence says then scales and shifts their channels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, 24, padding_idx=0)
        self.read = nn.GRU(24, 40, batch_first=True)
        self.eyes = nn.Sequential(
            nn.Conv2d(5, 20, 5, 2, 2),
            nn.ReLU(),
            nn.Conv2d(20, 28, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(28, 28, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(28, 28, 3, 1, 2, 2),
            nn.ReLU(),
        )
        self.turn = nn.ModuleList(nn.Linear(40, 56) for _ in range(3))
        self.look = nn.ModuleList(nn.Conv2d(28, 28, 3, 1, d, d) for d in (1, 3, 6))
        self.say = nn.Conv2d(28, 3, 1)

    def forward(self, pixels: Tensor, words: Tensor, image: Tensor) -> Tensor:
        """Take (images, 3, SIDE, SIDE), (n, LONGEST) and which image each sentence is of."""
        line = torch.linspace(-1, 1, SIDE)
        y, x = torch.meshgrid(line, line, indexing="ij")
        place = torch.stack([x, y]).expand(len(pixels), 2, SIDE, SIDE)
        seen = self.eyes(torch.cat([pixels.float() / 127.5 - 1, place], 1))[image]
        told, _ = self.read(self.words(words))
        last = (words > 0).sum(1).clamp(min=1) - 1
        told = told[torch.arange(len(words)), last]
        for turn, look in zip(self.turn, self.look, strict=True):
            scale, shift = turn(told)[:, :, None, None].chunk(2, 1)
            seen = seen + F.relu(look(seen * (1 + scale) + shift))
        return self.say(seen)


def _batch(chosen: Sequence[Picture]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    pairs = [(n, i) for n, p in enumerate(chosen) for i in p.items]
    words = torch.zeros(len(pairs), LONGEST, dtype=torch.long)
    for row, (_, item) in enumerate(pairs):
        words[row, : len(item.words)] = torch.tensor(item.words)
    image = torch.tensor([n for n, _ in pairs])
    at = torch.tensor([i.at for _, i in pairs], dtype=torch.float32).clamp(0, 1 - 1e-6)
    return torch.stack([p.pixels for p in chosen]), words, image, at


def train(examples: Sequence[Picture], seed: int, steps: int) -> Pointer:
    """Train a model from scratch, the same number of steps whatever it learns from."""
    torch.manual_seed(seed)
    model = Pointer()
    adam = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, total_steps=steps, pct_start=0.1)
    order = _endless(examples, seed)
    for _ in range(steps):
        pixels, words, image, at = _batch([next(order) for _ in range(BATCH)])
        out = model(pixels, words, image)
        cell = (at * GRID).long()
        flat = cell[:, 1] * GRID + cell[:, 0]
        rows = torch.arange(len(at))
        inside = out[:, 1:].flatten(2)[rows, :, flat].sigmoid()
        loss = F.cross_entropy(out[:, 0].flatten(1), flat)
        loss = loss + F.l1_loss(inside, at * GRID - cell)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        plan.step()
    return model.eval()


def _endless(examples: Sequence[Picture], seed: int) -> Iterator[Picture]:
    rng = np.random.default_rng(seed)
    while True:
        yield from (examples[i] for i in rng.permutation(len(examples)))


class Score(NamedTuple):
    """By corpus and image: shares of hits, and distances as shares of the image's side."""

    hits: dict[str, list[float]]
    misses: dict[str, list[float]]


@torch.no_grad()
def judge(models: Sequence[Pointer], held_out: Sequence[Picture]) -> Score:
    """Judge models of one training set together; an image's tasks are one observation."""
    score = Score({}, {})
    for p in held_out:
        hits, misses = list[float](), list[float]()
        for model in models:
            pixels, words, image, at = _batch([p])
            out = model(pixels, words, image)
            flat = out[:, 0].flatten(1).argmax(1)
            inside = out[:, 1:].flatten(2)[torch.arange(len(at)), :, flat].sigmoid()
            said = (torch.stack([flat % GRID, flat // GRID], 1) + inside) / GRID
            misses += (said - at).norm(dim=1).tolist()
            pairs = zip(said.tolist(), p.items, strict=True)
            hits += [float(regions.contains(i.accept, (x, y))) for (x, y), i in pairs]
        score.hits.setdefault(p.corpus, []).append(float(np.mean(hits)))
        score.misses.setdefault(p.corpus, []).append(float(np.mean(misses)))
    return score


def shifted(share: float, by: float) -> Callable[[Sequence[Picture]], list[Picture]]:
    """Return what moves a share of all labels by a length in a direction of chance."""

    def change(examples: Sequence[Picture]) -> list[Picture]:
        rng = np.random.default_rng(11)

        def moved(i: Item) -> Item:
            turn, wrong = rng.uniform(0, 2 * math.pi), rng.uniform() < share
            if not wrong:
                return i
            x, y = i.at[0] + by * math.cos(turn), i.at[1] + by * math.sin(turn)
            return i._replace(at=(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))

        return [p._replace(items=[moved(i) for i in p.items]) for p in examples]

    return change


def pages(examples: Sequence[Picture]) -> list[Picture]:
    """Return the web pages alone."""
    return [p for p in examples if p.corpus == PAGES]


SETS: dict[str, Callable[[Sequence[Picture]], list[Picture]]] = {
    "the release": list,
    f"1 % of labels shifted by {SHIFT:.1%}": shifted(0.01, SHIFT),
    f"5 % of labels shifted by {SHIFT:.1%}": shifted(0.05, SHIFT),
    "all labels shifted by 1 %": shifted(1.0, 0.01),
    "all labels shifted by 5 %": shifted(1.0, 0.05),
    "web pages alone": pages,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What a corpus teaches.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--seeds", type=int, default=3, help="models of each training set")
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()
    every = pictures(arguments.store)
    learn, held_out = ([p for p in every if p.held_out is h] for h in (False, True))
    weights = sum(p.numel() for p in Pointer().parameters())
    print(
        f"{weights} parameters, {arguments.steps} steps, {arguments.seeds} models each; "
        f"{sum(len(p.items) for p in learn)} tasks on {len(learn)} images to learn from, "
        f"{sum(len(p.items) for p in held_out)} on {len(held_out)} held out\n"
    )
    names = sorted({p.corpus for p in held_out})
    heads = " | ".join(n.removeprefix("grounding_") for n in names)
    print(f"| learnt from | hits | against the release | error, % of the side | {heads} | s |")
    print("|---|---|---|---|" + "---|" * (len(names) + 1), flush=True)
    untrained = judge([Pointer().eval()], held_out)
    _line("nothing", untrained, None, names, 0)
    best: Score | None = None
    for name, change in SETS.items():
        began = time.monotonic()
        chosen = change(learn)
        models = [train(chosen, seed, arguments.steps) for seed in range(arguments.seeds)]
        score = judge(models, held_out)
        _line(name, score, best, names, time.monotonic() - began)
        best = best or score


def _line(name: str, score: Score, best: Score | None, names: Sequence[str], took: float) -> None:
    hits, miss = bootstrap.macro_mean(score.hits), bootstrap.macro_mean(score.misses)
    against = ""
    if best:
        paired = {
            n: [a - b for a, b in zip(score.hits[n], best.hits[n], strict=True)] for n in names
        }
        d = bootstrap.macro_mean(paired)
        against = f"{100 * d.mean:+.1f} [{bootstrap.told(d.interval, '+.1f')}]"
    each = " | ".join(f"{100 * np.mean(score.hits[n]):.1f}" for n in names)
    print(
        f"| {name} | {100 * hits.mean:.1f} [{bootstrap.told(hits.interval)}] "
        f"| {against} | {100 * miss.mean:.1f} [{bootstrap.told(miss.interval)}] "
        f"| {each} | {took:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
