"""The loader as a torch `IterableDataset`: needs `pip install corpuswright[train]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpuswright.storage.loaders.loader import Example, Loader

try:
    from torch.utils.data import IterableDataset, get_worker_info  # pyright: ignore
except ImportError as error:  # pragma: no cover - exercised by the packaging test
    raise ImportError(
        "torch is not installed; expected it for TorchDataset: pip install 'corpuswright[train]'"
    ) from error


class TorchDataset(IterableDataset[Example]):  # pyright: ignore
    """One `Example` a task, split over ranks and DataLoader workers without overlap.

    `state_dict` and `load_state_dict` speak torchdata's StatefulDataLoader protocol: each worker
    keeps its own position.
    """

    def __init__(self, store: str | Path, corpus: str, plan: str | None = None, **options: Any):
        """Take what `Loader.open` takes; `worker` and `workers` come from the DataLoader."""
        self._open = (str(store), corpus, plan)
        self._options = options
        self._loader: Loader | None = None
        self._state: dict[str, Any] | None = None

    def _ready(self) -> Loader:
        if self._loader is None:
            info = get_worker_info()
            worker, workers = (info.id, info.num_workers) if info else (0, 1)
            self._loader = Loader.open(*self._open, **self._options, worker=worker, workers=workers)
            if self._state is not None:
                self._loader.load_state_dict(self._state)
        return self._loader

    def __iter__(self) -> Iterator[Example]:
        """Yield the rest of the current epoch."""
        return iter(self._ready())

    def state_dict(self) -> dict[str, Any]:
        """Return this worker's position."""
        return dict(self._ready().state_dict())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to `state` when the worker starts."""
        self._state = state
        if self._loader is not None:
            self._loader.load_state_dict(state)
