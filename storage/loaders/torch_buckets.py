"""Batches of one size for torch: an `IterableDataset` that torchdata and trainers can stop.

    open_ = BucketLoader.open("corpora", "lens", seed=7, rank=rank, world_size=world_size)
    data = BucketBatches(open_, collate)
    loader = StatefulDataLoader(data, batch_size=None)

Needs `pip install corpuswright[train]`. Reading ahead is the bucket loader's own, in threads: a
DataLoader of worker processes would read every batch once in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader

try:
    from torch.utils.data import IterableDataset, get_worker_info  # pyright: ignore
except ImportError as error:  # pragma: no cover - exercised by the packaging test
    raise ImportError(
        "torch is not installed; expected it for BucketBatches: pip install 'corpuswright[train]'"
    ) from error


class BucketBatches(IterableDataset[Any]):  # pyright: ignore
    """What `collate` makes of this rank's batches, epoch after epoch, without an end.

    `state_dict` and `load_state_dict` are the loader's: of 200 bytes, the same on every rank, and
    good for any number of ranks. A batch counts as taken when it is handed out.
    """

    def __init__(self, loader: BucketLoader, collate: Callable[[Batch], Any] | None = None) -> None:
        """Take an open loader; `collate` turns a `Batch` into what the model takes."""
        self.loader, self._collate = loader, collate

    def __iter__(self) -> Iterator[Any]:
        """Yield batches from where the loader stands.

        Raises:
            RuntimeError: Several worker processes would each yield all of them.
        """
        info = get_worker_info()
        if info is not None:
            raise RuntimeError(
                f"expected num_workers=0, saw {info.num_workers} worker processes: BucketLoader "
                "reads ahead in threads (threads=, prefetch=)"
            )
        while True:
            for batch in self.loader:
                yield batch if self._collate is None else self._collate(batch)

    def state_dict(self) -> dict[str, Any]:
        """Return where all ranks stand."""
        return dict(self.loader.state_dict())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where `state` stood."""
        self.loader.load_state_dict(state)
