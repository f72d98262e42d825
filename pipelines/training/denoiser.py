"""A tiny text-to-image denoiser, trained on bucketed shards: on a laptop or many ranks, resumable.

    torchrun --nproc-per-node 2 -m corpuswright.pipelines.training.denoiser
        --store corpora --corpus lens --steps 200 --checkpoint run/denoiser.pt

It is small enough for a CPU and has the parts of a real one: buckets of many shapes, a text
condition, rectified flow (Liu et al., arXiv 2209.03003), DDP, a checkpoint that holds model,
optimiser and loader, and a log that says how long steps waited for data. Killed at any time, the
same command goes on at its last checkpoint and ends with the same weights.
"""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from corpuswright.storage import samples
from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader
from corpuswright.storage.samples import Record
from corpuswright.storage.shards.buckets import Bucket

SHRINK = 16  # a real one has a VAE here, which takes 16 x 16 pixels as one place
WORDS = 4096  # rows of the table that words are hashed into
WIDTH = 48  # channels
EVERY = 20  # steps between checkpoints


class Denoiser(nn.Module):
    """Velocity of a noisy (B, 3, H, W) image, given the time (B,) and (B, N) hashed words."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(WORDS, WIDTH, mode="mean", padding_idx=0)
        self.time = nn.Sequential(nn.Linear(2, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.first = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.middle = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(4))
        self.last = nn.Conv2d(WIDTH, 3, 3, padding=1)

    def forward(self, noisy: Tensor, at: Tensor, words: Tensor) -> Tensor:
        """Return the velocity, of the shape of `noisy`."""
        told = torch.stack([torch.sin(6.28 * at), torch.cos(6.28 * at)], dim=1)
        condition = (self.words(words) + self.time(told))[:, :, None, None]
        x = self.first(noisy)
        for layer in self.middle:
            x = x + nn.functional.silu(layer(x + condition))
        return self.last(x)


def decode(record: Record) -> tuple[Image.Image, str]:
    """Return an image and its caption (empty where it has none); runs in the loader's threads."""
    body = samples.read(record.files["json"])
    (data,) = (d for name, d in record.files.items() if name != "json")
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (512, 512))  # a JPEG's own reduction: a quarter of the work
    caption = next((t.text for t in body.tasks if t.kind == "caption"), "")
    return image.convert("RGB"), caption


def fitted(image: Image.Image, bucket: Bucket) -> np.ndarray:
    """Return (3, H, W) float32 from -1 to 1: scaled to cover its bucket, the middle cut out."""
    width, height = bucket.width // SHRINK, bucket.height // SHRINK
    share = max(width / image.width, height / image.height)
    size = max(width, round(image.width * share)), max(height, round(image.height * share))
    small = image.resize(size, Image.Resampling.BOX)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    cut = np.asarray(small.crop((left, top, left + width, top + height)), np.float32)
    return cut.transpose(2, 0, 1) / 127.5 - 1


def hashed(caption: str) -> list[int]:
    """Return a caption's words as rows of the table, from 1 on; [0] for no caption."""
    words = re.findall(r"\w+", caption.lower())[:128]
    rows = [int(hashlib.md5(w.encode()).hexdigest()[:8], 16) for w in words]
    return [1 + r % (WORDS - 1) for r in rows] or [0]


def tensors(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return (B, 3, H, W) images and (B, N) words of a batch."""
    images = np.stack([fitted(image, batch.bucket) for image, _ in batch.records])
    rows = [hashed(caption) for _, caption in batch.records]
    words = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for i, row in enumerate(rows):
        words[i, : len(row)] = torch.tensor(row)
    return torch.from_numpy(images), words


def loss_of(model: nn.Module, images: Tensor, words: Tensor, seed: int) -> Tensor:
    """Return the loss of one batch; its noise hangs on `seed` alone."""
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn(images.shape, generator=rng)
    at = torch.rand(len(images), generator=rng)
    share = at[:, None, None, None]
    noisy = share * images + (1 - share) * noise
    return nn.functional.mse_loss(model(noisy, at, words), images - noise)


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train, or go on; return what the log's last line says."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(options.seed)
    if world > 1:
        dist.init_process_group("gloo")
    bare = Denoiser()
    model = DistributedDataParallel(bare) if world > 1 else bare
    optimiser = torch.optim.AdamW(bare.parameters(), lr=2e-4)  # the paper's first phase
    loader = BucketLoader.open(
        options.store,
        options.corpus,
        seed=options.seed,
        rank=rank,
        world_size=world,
        decode=decode,
    )
    path, step = Path(options.checkpoint), 0
    if path.exists():
        held = torch.load(path, weights_only=True)
        bare.load_state_dict(held["model"])
        optimiser.load_state_dict(held["optimiser"])
        loader.load_state_dict(held["loader"])
        step = int(held["step"])
        if rank == 0:
            print(f"goes on at step {step}", flush=True)
    told: dict[str, Any] = {}
    waited = worked = 0.0
    while step < options.steps:
        start = time.perf_counter()
        for batch in loader:
            images, words = tensors(batch)
            waited += time.perf_counter() - start
            start = time.perf_counter()
            optimiser.zero_grad()
            loss = loss_of(model, images, words, options.seed * 1_000_003 + step * world + rank)
            loss.backward()
            optimiser.step()
            worked += time.perf_counter() - start
            step += 1
            share = waited / (waited + worked)
            told = {
                "step": step,
                "loss": round(loss.item(), 6),
                "bucket": batch.bucket.name,
                "epoch": loader.epoch,
                "data_wait": round(share, 4),
            }
            if rank == 0:
                print(json.dumps(told), flush=True)
                if step % options.every == 0 or step == options.steps:
                    save(path, bare, optimiser, loader, step)
            if step == options.steps:
                break
            start = time.perf_counter()
    if world > 1:
        dist.destroy_process_group()
    return told


def save(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, loader: BucketLoader, step: int
) -> None:
    """Write a checkpoint, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "loader": loader.state_dict(),
        "step": step,
    }
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    torch.save(held, part)
    os.replace(part, path)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", default="corpora", help="the store (default: corpora)")
    parser.add_argument("--corpus", default="lens")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=EVERY, help="steps between checkpoints")
    parser.add_argument(
        "--checkpoint", required=True, help="a file; if it is there, training goes on"
    )
    train(parser.parse_args())


if __name__ == "__main__":
    main()
