"""Hugging Face's Trainer over bucketed batches: exact resume, at any world size.

    trainer = BucketTrainer(model, arguments, loader=loader, collate=collate)
    trainer.train(resume_from_checkpoint=folder_or_None)

`arguments.max_steps` says how long. Needs `corpuswright[train,trainers]`.
"""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback

from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader
from corpuswright.storage.loaders.torch_buckets import BucketBatches

STATE = "corpuswright_loader.json"  # in a checkpoint's folder


class _Saves(TrainerCallback):
    """Writes the loader's state beside the model's in each checkpoint."""

    def __init__(self, data: BucketBatches) -> None:
        self._data = data

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / STATE).write_text(json.dumps(self._data.state_dict()))


class BucketTrainer(Trainer):
    """A Trainer whose batches come from a `BucketLoader`, this rank's own, not split again.

    What Trainer does to resume, passing over all batches that were taken, is left out: the loader
    goes to its place at once.
    """

    def __init__(
        self,
        *args: Any,
        loader: BucketLoader,
        collate: Callable[[Batch], Any],
        **options: Any,
    ) -> None:
        """Take what Trainer takes, an open loader, and what makes model inputs of a batch."""
        self._batches = BucketBatches(loader, collate)
        super().__init__(*args, train_dataset=self._batches, **options)
        self.args.ignore_data_skip = True
        self.add_callback(_Saves(self._batches))

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return the batches as they are; accelerate would read ahead of what is trained on."""
        return DataLoader(self._batches, batch_size=None)

    def train(  # pyright: ignore
        self, resume_from_checkpoint: str | bool | None = None, *args: Any, **options: Any
    ) -> Any:
        """Train as Trainer does; with a checkpoint's folder, go on where it was made.

        Raises:
            FileNotFoundError: The checkpoint has no state of the loader.
        """
        if isinstance(resume_from_checkpoint, bool):
            raise TypeError("resume_from_checkpoint: expected a checkpoint's folder")
        if resume_from_checkpoint:
            state = json.loads((Path(resume_from_checkpoint) / STATE).read_text())
            self._batches.load_state_dict(state)
        return super().train(resume_from_checkpoint, *args, **options)
