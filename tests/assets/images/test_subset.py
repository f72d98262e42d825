"""Balanced subsets of lens: equal shares, the most beautiful first, loaded by their keys alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpuswright.assets.images import subset
from corpuswright.pipelines.cli.main import main
from corpuswright.storage.loaders.bucket_loader import BucketLoader, read_subset
from corpuswright.storage.shards import webdataset
from tests.assets.images import test_lens
from tests.assets.images.test_lens import ended
from tests.fixtures.made_once import made_once
from tests.fixtures.synthetic_images import jpeg, texture

pytestmark = pytest.mark.spark

FOLDERS = {"beach": 5, "city": 2, "forest": 4}
WORDS = {
    "beach": "A seagull sits on a wooden boat beside the quiet water of a wide bay.",
    "city": "A bus waits behind a taxi.",
    "forest": "It is green all over, and then some more of it.",
}


def score(device: str) -> Any:
    """An aesthetic score of its own: brighter is better."""
    return lambda images: [float(i.mean()) / 25 for i in images]


def first(out: Path) -> None:
    root = out / "planted"
    lines = ["path,caption"]
    for n, (folder, name) in enumerate(
        (f, i) for f, count in FOLDERS.items() for i in range(count)
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / f"{name}.jpg").write_bytes(jpeg(texture(40 + n)))
        lines.append(f'{folder}/{name}.jpg,"{WORDS[folder]}"')
    (root / "credits.csv").write_text("\n".join(lines))
    recipe = {
        "aesthetic": "tests.assets.images.test_subset:score",
        "min_aesthetic": 0.0,
        "lettered": 2,
    }
    test_lens.build(root, out, recipe=recipe)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build of three folders and two lettered images; not to be changed."""
    return made_once(tmp_path_factory, "subsets", first)


def selected(store: Path, number: int, by: subset.By) -> pa.Table:
    return subset.select(store, "lens", number, by, store / "inputs")


def test_lettered_images_are_inputs_with_captions_that_quote_them(built: Path):
    outcomes = {n: o for n, o in ended(built).items() if n in ("00000000.jpg", "00000001.jpg")}
    assert len(outcomes) == 2
    found = test_lens.records(built)
    assert any(not o.reason for o in outcomes.values())
    for name, o in outcomes.items():
        if not o.reason:
            text = json.loads(found[name].files["json"])["tasks"][0]["text"]
            assert '"' in text and o.source.startswith("lettered-000/")


def test_scenarios_give_equal_shares_and_the_most_beautiful(built: Path):
    kept = webdataset.read_parquet((built / "lens/work/000/bucketed.parquet").read_bytes())
    rows = [r for r in kept.to_pylist() if not r["reason"]]
    table = selected(built, 7, "folder")
    taken = Counter(table.column("scenario").to_pylist())
    # The first folder in the source; of what lies in none, the source itself.
    folder = {r["uri"]: (r["uri"].split("/")[1:-1] or r["uri"].split("/"))[0] for r in rows}
    sizes = Counter(folder.values())
    assert sum(taken.values()) == 7 and set(taken) == set(sizes)
    # Water-filling: nobody has two more than another one that has any left.
    least = min(n for s, n in taken.items() if n < sizes[s])
    assert max(taken.values()) - least <= 1
    keys = set(table.column("key").to_pylist())
    for s in sizes:
        own = [r for r in rows if folder[r["uri"]] == s]
        inside = [r["aesthetic"] for r in own if r["key"] in keys]
        outside = [r["aesthetic"] for r in own if r["key"] not in keys]
        assert not outside or min(inside) >= max(outside)
    assert selected(built, 10**6, "folder").num_rows == len(rows)


def test_a_category_is_what_captions_name(built: Path):
    # WordNet's files are those of `make setup`.
    table = subset.select(built, "lens", 10**6, "category", Path("inputs"))
    of = dict(zip(*(table.column(c).to_pylist() for c in ("key", "scenario")), strict=True))
    kept = {n: o for n, o in ended(built).items() if not o.reason}
    found = {
        folder: {of[o.key] for n, o in kept.items() if n.startswith(folder)} for folder in FOLDERS
    }
    assert found["forest"] == {subset.OTHER}, "a caption that names nothing"
    assert all(len(v) == 1 for v in found.values()) and subset.OTHER not in found["city"]


def test_images_with_and_without_captions_are_shown(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    page = tmp_path / "page.html"
    assert main(["sample", "lens", "--out", str(built), "--number", "99", "--html", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    kept = [o for o in ended(built).values() if not o.reason]
    assert len(kept) == len([n for n in lines if n.startswith("lens-")])
    assert all(any(o.key in n and o.source in n for n in lines) for o in kept)
    assert page.read_text().count("data:image/jpeg") == len(kept)


def test_the_loader_loads_a_subset_and_says_when_it_is_of_another_release(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["subset", "lens", "--number", "6", "--by", "folder", "--out", str(built)]
    assert main([*arguments, "--name", "six"]) == 0
    assert "6 images in" in capsys.readouterr().out
    keys = read_subset(built / "lens/subsets/six.parquet")
    assert len(keys) == 6
    whole = BucketLoader.open(built, "lens")
    loader = BucketLoader.open(built, "lens", subset=keys)
    assert Counter(k for b in loader for k in b.keys) == dict.fromkeys(keys, 1)
    with pytest.raises(ValueError, match="subset"):
        whole.load_state_dict(loader.state_dict())
    with pytest.raises(ValueError, match="select it again"):
        BucketLoader.open(built, "lens", subset=keys | {"lens-000000000000-0000"})
    assert main([*arguments, "--name", "../six"]) == 2
    assert main(["subset", "lens_rl", "--out", str(built)]) == 2
