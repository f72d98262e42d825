"""Batches of rendered and real clips together, as DynaVid is trained (arXiv 2604.01666).

    batches = MixedBatches.open("corpora", "dynavid", size=8, rendered=0.5, seed=1)
    for batch in batches:           # 4 rendered clips, then 4 real ones
        for clip in batch: ...

Real clips are those whose flow was estimated. Of them, only those enter whose flow comes back to
itself as well as `percentile` percent of the release's do: the paper keeps 90.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corpuswright.storage.keys import seed as seed_of
from corpuswright.storage.media import clips
from corpuswright.storage.media.clips import Clip
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest as release
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset

_Place = tuple[int, webdataset.Place]


@dataclass
class MixedBatches:
    """Iterates over epochs: every clip of one kind once, of the other as often as need be.

    Attributes:
        store: The store the release lies in.
        release: Its manifest.
        size: Clips in a batch.
        rendered: Share of a batch that is rendered, rounded to whole clips.
        percentile: Of real clips by cycle error: those above are left out.
        seed: Together with `epoch` decides the order; same seed, same batches.
    """

    store: Path
    release: Release
    size: int
    rendered: float = 0.5
    percentile: float = 90.0
    seed: int = 0
    epoch: int = 0
    _kinds: tuple[list[_Place], list[_Place]] = field(default=([], []), repr=False)

    @classmethod
    def open(cls, store: str | Path, corpus: str, **options: Any) -> MixedBatches:
        """Open the newest release of a corpus of clips; raises ReleaseError if there is none."""
        root = Path(store)
        return cls(root, release.load(root, corpus), **options)

    def __post_init__(self) -> None:
        if self.size < 1 or not 0 <= self.rendered <= 1 or not 0 < self.percentile <= 100:
            raise ValueError(
                "expected a size above 0, a share from 0 to 1 and a percentile up to 100, saw "
                f"{self.size}, {self.rendered}, {self.percentile}"
            )
        drawn: list[_Place] = []
        filmed: list[tuple[float, _Place]] = []
        for number, shard in enumerate(self.release.shards):
            for place in webdataset.read_index(self.store, shard):
                state: Any = self._clip((number, place)).scene.state["clip"]
                if "estimated_by" in state:
                    filmed.append((float(state["cycle"]), (number, place)))
                else:
                    drawn.append((number, place))
        errors = [e for e, _ in filmed]
        most = float(np.percentile(errors, self.percentile)) if errors else 0.0
        self._kinds = drawn, [p for e, p in filmed if e <= most]
        for wanted, found, name in zip(
            self._split(), self._kinds, ("rendered", "real"), strict=True
        ):
            if wanted and not found:
                raise ValueError(f"expected {name} clips in {self.release.corpus}, found none")

    def _split(self) -> tuple[int, int]:
        drawn = round(self.size * self.rendered)
        return drawn, self.size - drawn

    def __len__(self) -> int:
        """Batches of an epoch."""
        each = [-(-len(k) // n) for k, n in zip(self._kinds, self._split(), strict=True) if n]
        return max(each)

    def __iter__(self) -> Iterator[list[Clip]]:
        """Yield the batches of this epoch, then move on to the next one's beginning."""
        value = seed_of(self.release.corpus, "mixed", 1, f"{self.seed}/{self.epoch}")
        rng = np.random.Generator(np.random.PCG64(value))
        orders = [
            [
                k[int(i)]
                for _ in range(-(-n * len(self) // max(len(k), 1)))
                for i in rng.permutation(len(k))
            ]
            for k, n in zip(self._kinds, self._split(), strict=True)
        ]
        for b in range(len(self)):
            yield [
                self._clip(place)
                for order, n in zip(orders, self._split(), strict=True)
                for place in order[b * n : (b + 1) * n]
            ]
        self.epoch += 1

    def _clip(self, at: _Place) -> Clip:
        number, place = at
        path = self.store / self.release.shards[number].name
        with path.open("rb") as f:
            f.seek(place.offset)
            data = f.read(place.length)
        webdataset.check_record(data, place, path)
        return clips.read(Record(place.key, webdataset.split_record(data, place.key)))
