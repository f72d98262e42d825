"""Jobs that pull shards: two ranks, killed and gone on, end as if nothing had happened."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from corpuswright.storage import samples
from corpuswright.storage.keys import sample_key, task_key
from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader
from corpuswright.storage.records import Origin, Release, Scene, Spec, Task
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset
from tests.fixtures.synthetic_images import jpeg, texture

torch = pytest.importorskip("torch", reason="torch is in the extra `train`")

STEPS = 60
NUMBERS = {"512-512x512": 30, "512-640x416": 30, "768-768x768": 20}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with 80 captioned images in three buckets; not to be changed."""
    root, written = tmp_path_factory.mktemp("training"), []
    for place, (bucket, number) in enumerate(NUMBERS.items()):
        entries = []
        for i in range(number):
            key = sample_key("lens", f"{place * 1000 + i:012x}", 0)
            size = (96, 64) if "640" in bucket else (80, 80)
            caption = Task(
                task_key(key, 0),
                "caption",
                (),
                f"Patches, number {i} of many.",
                "given",
                (),
                (),
                Origin("source", 1),
            )
            spec = Spec(key, "lens", "photograph", {"bucket": bucket}, ())
            body = samples.write(spec, Scene(size, (1.0, 1.0), (), {}), [caption])
            entries.append(webdataset.Entry(key, 1, {"json": body, "jpg": jpeg(texture(i, size))}))
        staged = webdataset.stage(root, "lens/shards", "000", entries, "x", f"-{bucket}")
        webdataset.disk.publish(staged.tar, root / staged.manifest.name)
        webdataset.disk.write_file(root, root / staged.manifest.index, staged.places)
        written.append(staged.manifest)
    manifest.commit(
        root, Release("lens", "00f1e2d3c4b5a697", {}, tuple(written), {}, {}, {}), {}, {}
    )
    return root


def started(store: Path, checkpoint: Path, ranks: int, steps: int) -> subprocess.Popen[str]:
    run = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        str(ranks),
        "-m",
        "corpuswright.pipelines.training.denoiser",
    ]
    options = {"store": store, "steps": steps, "every": 2, "checkpoint": checkpoint}
    return subprocess.Popen(
        [*run, *(p for k, v in options.items() for p in (f"--{k}", str(v)))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def steps_of(lines: list[str]) -> dict[int, dict[str, Any]]:
    return {s["step"]: s for line in lines if line.startswith("{") for s in [json.loads(line)]}


def weights(checkpoint: Path) -> dict[str, Any]:
    return torch.load(checkpoint, weights_only=True)


def test_two_ranks_killed_and_gone_on_end_with_the_same_weights(store: Path, tmp_path: Path):
    whole = started(store, tmp_path / "whole.pt", 2, STEPS)
    out, _ = whole.communicate(timeout=200)
    expected = steps_of(out.splitlines())
    assert whole.returncode == 0 and list(expected) == list(range(1, STEPS + 1))
    assert all(0 <= s["data_wait"] <= 1 for s in expected.values())
    assert {s["epoch"] for s in expected.values()} > {0, 1, 2}

    first = started(store, tmp_path / "killed.pt", 2, STEPS)
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("{") and json.loads(line)["step"] == 5:
            break
    own = psutil.Process(first.pid).children(recursive=True)  # ranks have sessions of their own
    for process in [*own, first]:
        process.kill()
    psutil.wait_procs(own)
    first.wait()
    again = started(store, tmp_path / "killed.pt", 2, STEPS)
    out, _ = again.communicate(timeout=200)
    assert again.returncode == 0
    (gone_on,) = re.findall(r"goes on at step (\d+)", out)
    assert 4 <= int(gone_on) < STEPS
    told = steps_of(out.splitlines())
    wanted = ("loss", "bucket", "epoch")
    assert {n: [s[w] for w in wanted] for n, s in told.items()} == {
        n: [s[w] for w in wanted] for n, s in expected.items() if n in told
    }
    one, other = weights(tmp_path / "whole.pt"), weights(tmp_path / "killed.pt")
    assert one["loader"] == other["loader"] and len(json.dumps(one["loader"])) < 10_000
    assert all(torch.equal(v, other["model"][k]) for k, v in one["model"].items())

    # And on one rank.
    alone = started(store, tmp_path / "killed.pt", 1, STEPS + 2)
    out, _ = alone.communicate(timeout=200)
    assert alone.returncode == 0 and list(steps_of(out.splitlines())) == [STEPS + 1, STEPS + 2]


def opened(store: Path) -> BucketLoader:
    return BucketLoader.open(store, "lens", seed=5)


def keys(batch: Batch) -> list[str]:
    return list(batch.keys)


def test_torchdata_stops_and_goes_on_without_a_gap(store: Path):
    pytest.importorskip("torchdata", reason="torchdata is in the extra `train`")
    from torchdata.stateful_dataloader import StatefulDataLoader

    from corpuswright.storage.loaders.torch_buckets import BucketBatches

    expected: list[list[str]] = []
    for batch in BucketBatches(opened(store), keys):
        expected.append(batch)
        if len(expected) == 14:
            break
    assert len({k for b in expected for k in b}) == sum(NUMBERS.values()), "over an epoch's end"

    def loader() -> StatefulDataLoader[Any]:
        return StatefulDataLoader(BucketBatches(opened(store), keys), batch_size=None)

    seen: list[list[str]] = []
    state: dict[str, Any] | None = None
    for taken in (3, 1, 5, 5):
        own = loader()
        if state is not None:
            own.load_state_dict(json.loads(json.dumps(state)))
        for _, batch in zip(range(taken), own, strict=False):
            seen.append(batch)
            state = own.state_dict()
            if len(seen) in (3, 4, 9, 14):
                break
    assert seen == expected
    assert state is not None and len(json.dumps(state)) < 10_000
    with pytest.raises(RuntimeError, match="expected num_workers=0"):
        next(iter(StatefulDataLoader(BucketBatches(opened(store)), batch_size=None, num_workers=1)))


def test_hugging_face_s_trainer_goes_on_where_it_was(store: Path, tmp_path: Path):
    pytest.importorskip("transformers", reason="transformers is in the extra `trainers`")
    from transformers import TrainingArguments

    from corpuswright.pipelines.training.hf_trainer import BucketTrainer
    from corpuswright.storage.loaders.torch_buckets import BucketBatches

    seen: list[list[str]] = []

    class Model(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, number: Any) -> dict[str, Any]:
            return {"loss": (self.weight - number).pow(2).sum()}

    def collate(batch: Batch) -> dict[str, Any]:
        seen.append(list(batch.keys))
        return {"number": torch.tensor([float(len(batch.keys))])}

    def trainer(steps: int) -> BucketTrainer:
        arguments = TrainingArguments(
            str(tmp_path / "run"),
            max_steps=steps,
            save_steps=4,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            logging_strategy="no",
        )
        return BucketTrainer(Model(), arguments, loader=opened(store), collate=collate)

    trainer(6).train()
    checkpoint = tmp_path / "run/checkpoint-4"
    first, seen[:] = list(seen), []
    trainer(9).train(resume_from_checkpoint=str(checkpoint))
    expected = [b for _, b in zip(range(9), BucketBatches(opened(store), keys), strict=False)]
    assert first == expected[:6] and seen == expected[4:9]
