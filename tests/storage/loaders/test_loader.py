import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage.loaders.loader import Loader
from tests.fixtures.small_samples import toy_release


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loader")
    toy_release(path, 31)
    return path


def keys(loader: Loader) -> list[str]:
    return [r.key for r in loader.records()]


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 5))
def test_ranks_and_workers_share_an_epoch_without_loss_or_overlap(
    store: Path, world: int, workers: int, epoch: int
):
    seen = Counter(
        key
        for rank in range(world)
        for worker in range(workers)
        for key in keys(
            Loader.open(
                store,
                "toy",
                seed=3,
                epoch=epoch,
                rank=rank,
                world_size=world,
                worker=worker,
                workers=workers,
            )
        )
    )
    assert len(seen) == 31 and set(seen.values()) == {1}


def test_order_comes_from_seed_and_epoch(store: Path):
    def order(seed: int | None, epoch: int) -> list[str]:
        return keys(Loader.open(store, "toy", seed=seed, epoch=epoch))

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) != order(2, 1)
    assert order(None, 0) == sorted(order(1, 0))


@given(st.integers(0, 31))
def test_resume_is_exact_after_any_sample(store: Path, stop: int):
    whole = keys(Loader.open(store, "toy", seed=5))
    first = Loader.open(store, "toy", seed=5)
    stream = first.records()
    begun = [next(stream).key for _ in range(stop)]
    state = json.loads(json.dumps(first.state_dict()))
    second = Loader.open(store, "toy", seed=5)
    second.load_state_dict(state)
    assert begun + keys(second) == whole
    assert second.state_dict()["epoch"] == 1


def test_a_state_of_another_split_is_refused(store: Path):
    state = Loader.open(store, "toy", world_size=2).state_dict()
    with pytest.raises(ValueError, match="world_size 2, this loader has 1"):
        Loader.open(store, "toy").load_state_dict(state)


def test_a_rank_outside_the_world_is_refused(store: Path):
    with pytest.raises(ValueError, match="rank 2 of 2"):
        Loader.open(store, "toy", rank=2, world_size=2)


def test_torch_dataset_splits_over_workers(store: Path):
    torch = pytest.importorskip("torch.utils.data", reason="torch is not installed (extra `train`)")
    from corpuswright.storage.loaders.torch_dataset import TorchDataset

    dataset = TorchDataset(store, "toy", seed=2)
    loaded = list(torch.DataLoader(dataset, num_workers=2, batch_size=None))
    assert sorted(e.key for e in loaded) == sorted(e.key for e in Loader.open(store, "toy"))
    assert all(e.text == "Click the “Save” button." for e in loaded)
    assert dataset.state_dict()["epoch"] == 0


@given(st.integers(0, 30))
def test_resume_is_exact_after_any_example_even_inside_a_record(store: Path, stop: int):
    whole = [e.key for e in Loader.open(store, "toy", seed=5)]
    assert len(whole) == 30
    first = Loader.open(store, "toy", seed=5)
    stream = iter(first)
    begun = [next(stream).key for _ in range(stop)]
    second = Loader.open(store, "toy", seed=5)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert begun + [e.key for e in second] == whole
