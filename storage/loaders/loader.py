"""Read a release for training: order from (seed, epoch), split by rank, exact resume mid-epoch.

    loader = Loader.open("corpora", "grounding_gui", seed=7)
    for example in loader:            # one training example a task
        example.image, example.text, example.task.actions

The order of an epoch is a function of the release, `seed` and `epoch` alone: shards are permuted,
then samples inside each shard, and position i of that order goes to rank i mod world size, then to
worker (i div world size) mod workers. The state is a few numbers: a run resumes exactly, after any
example, with the same number of ranks and workers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpuswright.storage import samples
from corpuswright.storage.keys import seed as seed_of
from corpuswright.storage.media import images as media
from corpuswright.storage.records import Release, Scene, Spec, Task
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.samples import Record, open_shard
from corpuswright.storage.shards import webdataset

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Example:
    """One training example: a sample's medium with one of its tasks.

    `text` is the instruction; all geometry is in pixels of `image` (see `storage.records`); `spec`
    says which page it is and how it was looked at. `thought` is the chain of thought that leads to
    the actions, where a model wrote one that held.
    """

    key: str
    media: Mapping[str, bytes]
    scene: Scene
    task: Task
    spec: Spec
    thought: str = ""

    @property
    def sample(self) -> str:
        """The key of the sample that the task belongs to."""
        return self.spec.key

    @property
    def text(self) -> str:
        """The instruction."""
        return self.task.text

    @property
    def has_image(self) -> bool:
        """Whether a picture comes with it: a prompt of text alone has none."""
        return any(ext in media.STILLS for ext in self.media)

    @property
    def image(self) -> Image.Image:
        """The decoded image, RGB; of a clip, its first frame (or the colours of its first flow)."""
        from PIL import Image

        return Image.open(io.BytesIO(media.still(self.media))).convert("RGB")


@dataclass(slots=True)
class Loader:
    """Iterates over the records of a release.

    Attributes:
        store: The store the release lies in.
        release: Its manifest.
        seed: Together with `epoch` decides the order; None keeps key order.
        rank: This process among `world_size`.
        worker: This loader worker among `workers` of the process.
        consumed: Records this worker has handed out in this epoch.
        within: Examples handed out of the record after those.
    """

    store: Path
    release: Release
    seed: int | None = 0
    epoch: int = 0
    rank: int = 0
    world_size: int = 1
    worker: int = 0
    workers: int = 1
    consumed: int = 0
    within: int = 0
    _places: list[list[webdataset.Place]] = field(default_factory=list[list[webdataset.Place]])

    @classmethod
    def open(
        cls, store: str | Path, corpus: str, plan: str | None = None, **options: Any
    ) -> Loader:
        """Open the newest release of `corpus` (or the one named by `plan`).

        Raises:
            ReleaseError: There is no such release.
            ShardError: An index is missing or altered.
        """
        root = Path(store)
        remote_store.here(root, corpus)
        return cls(root, manifest.load(root, corpus, plan), **options)

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.world_size or not 0 <= self.worker < self.workers:
            raise ValueError(
                f"expected 0 <= rank < world_size and 0 <= worker < workers, saw rank {self.rank} "
                f"of {self.world_size}, worker {self.worker} of {self.workers}"
            )
        self._places = [webdataset.read_index(self.store, s) for s in self.release.shards]

    def __len__(self) -> int:
        """Records of one epoch for this rank and worker."""
        return len(self._mine())

    def _order(self) -> list[tuple[int, int]]:
        numbers = [np.arange(len(p)) for p in self._places]
        order = np.arange(len(numbers))
        if self.seed is not None:
            value = seed_of(self.release.corpus, "order", 1, f"{self.seed}/{self.epoch}")
            generator = np.random.Generator(np.random.PCG64(value))
            numbers = [generator.permutation(n) for n in numbers]
            order = generator.permutation(order)
        return [(int(s), int(i)) for s in order for i in numbers[int(s)]]

    def _mine(self) -> list[tuple[int, int]]:
        return self._order()[self.rank :: self.world_size][self.worker :: self.workers]

    def _read(self) -> Iterator[Record]:
        handle, current = None, -1
        try:
            for shard, number in self._mine()[self.consumed :]:
                path = self.store / self.release.shards[shard].name
                if shard != current:
                    if handle:
                        handle.close()
                    handle, current = open_shard(path), shard
                assert handle is not None
                place = self._places[shard][number]
                handle.seek(place.offset)
                data = handle.read(place.length)
                webdataset.check_record(data, place, path)
                yield Record(place.key, webdataset.split_record(data, place.key))
        finally:
            if handle:
                handle.close()

    def _next_epoch(self) -> None:
        self.epoch, self.consumed, self.within = self.epoch + 1, 0, 0

    def records(self) -> Iterator[Record]:
        """Yield the rest of this epoch's records, then move on to the next epoch's beginning.

        Raises:
            ShardError: A record is truncated or altered; names file, key, expected and found sums.
        """
        for record in self._read():
            self.consumed += 1
            yield record
        self._next_epoch()

    def __iter__(self) -> Iterator[Example]:
        """Yield the rest of this epoch's examples, one for each task; raises as `records`."""
        for record in self._read():
            found = examples(record)
            for example in found[self.within :]:
                self.within += 1
                if self.within == len(found):
                    self.consumed, self.within = self.consumed + 1, 0
                yield example
            if not found:
                self.consumed += 1
        self._next_epoch()

    def state_dict(self) -> dict[str, int | str | None]:
        """Return where this loader stands: a few numbers and the plan's name."""
        return {
            "plan": self.release.plan,
            "seed": self.seed,
            "epoch": self.epoch,
            "consumed": self.consumed,
            "within": self.within,
            "world_size": self.world_size,
            "workers": self.workers,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where `state` stood.

        Raises:
            ValueError: The state is of another release, order or split.
        """
        mine = self.state_dict()
        for name in ("plan", "seed", "world_size", "workers"):
            if state[name] != mine[name]:
                raise ValueError(
                    f"the state is of {name} {state[name]!r}, this loader has {mine[name]!r}; "
                    "open the loader the way the state was made"
                )
        self.epoch = int(state["epoch"])
        self.consumed, self.within = int(state["consumed"]), int(state["within"])


def examples(record: Record) -> Sequence[Example]:
    """Return one example for each task of a record."""
    body = samples.read(record.files["json"])
    held = {ext: data for ext, data in record.files.items() if ext != "json"}
    thoughts = {a.key: a.text for a in body.annotations if a.kind == "thought"}
    # Versions of a task in other words share its actions, and the thought that leads to them.
    by_actions = {t.actions: thoughts[t.key] for t in body.tasks if t.key in thoughts}
    return [
        Example(t.key, held, body.scene, t, body.spec, by_actions.get(t.actions, ""))
        for t in body.tasks
    ]
