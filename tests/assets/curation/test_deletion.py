"""Images taken back: one shard written again, twins with them, nothing left, nothing back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpuswright.assets.curation import deletion
from corpuswright.assets.curation import shards as curation_shards
from corpuswright.assets.curation.deletion import delete
from corpuswright.assets.images import lens, subset
from corpuswright.pipelines.cli.main import main
from corpuswright.quality.images import measures, perceptual_hash
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import source_id
from corpuswright.storage.loaders.bucket_loader import BucketLoader, read_subset
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset
from tests.assets.images.test_lens import build, ended, loaded, records
from tests.fixtures.synthetic_images import jpeg, texture

pytestmark = pytest.mark.spark


def planted(root: Path) -> Path:
    """Images of one bucket in several shards; one has a twin."""
    root.mkdir()
    for n in range(20):
        (root / f"{n}.jpg").write_bytes(jpeg(texture(300 + n)))
    (root / "half.jpg").write_bytes(jpeg(texture(303).resize((500, 375))))
    (root / "credits.csv").write_text(
        "path,author,caption\n7.jpg,Ada,A soft pattern.\n8.jpg,Ada,\n3.jpg,,Another soft pattern.\n"
        "5.jpg,,A third soft pattern.\n"
    )
    return root


def pictures(tar: Path) -> Iterator[bytes]:
    """Yield the JPEGs of a tar."""
    for _, files in webdataset.read_shard(tar):
        yield from (data for name, data in files.items() if name == "jpg")


def prints(images: Iterable[bytes]) -> np.ndarray:
    found = [np.frombuffer(measures.measure(i)[0].print, np.uint8) for i in images]
    return np.stack(found)


RECIPE = {"min_clarity": 0, "shard_bytes": 500_000}


def lengths(store: Path) -> list[int]:
    """How many captions the release counts that came along, by partition."""
    folder = manifest.folder(store, "lens", loaded(store).plan)
    counted = json.loads((folder / "captions.json").read_text())
    return [of["given"]["captions"] for of in counted.values()]


def test_one_shard_is_written_again_and_the_image_stays_out(tmp_path: Path):
    source, store = planted(tmp_path / "source"), tmp_path / "store"
    build(source, store, recipe=RECIPE)
    before, key = loaded(store), ended(store)["3.jpg"].key
    assert len(before.shards) > 3 and ended(store)["half.jpg"].value == key
    (said,) = lengths(store)
    assert said == 3, "captions of 3, 5 and 7 came along"
    (hit,) = (s for s in before.shards if key in dict(webdataset.read_shard(store / s.name)))
    assert hit.samples > 1
    subset.write(store, "lens", "all", subset.select(store, "lens", 99, "bucket", store))
    aside = source.rename(tmp_path / "aside")  # what stays of a shard is read from the shard

    done = delete(lens.CORPUS, store, Selection("key", key))
    assert done.made is not None and (done.samples, done.scenes, done.releases) == (1, 2, 1)
    after = loaded(store)
    assert after == done.made and after.plan != before.plan
    assert len({s.name for s in before.shards} - {s.name for s in after.shards}) == 1
    assert {s.name for s in before.shards} - {hit.name} < {s.name for s in after.shards}
    assert not (store / hit.name).exists() and manifest.verify(store, after) == []
    assert {"3.jpg", "half.jpg"}.isdisjoint(ended(store))
    assert lengths(store) == [2], "captions that stay are counted on"
    folder = manifest.folder(store, "lens", after.plan)
    (steps,) = json.loads((folder / "funnel.json").read_text()).values()
    assert (steps[0]["stage"], steps[0]["in"] - steps[0]["out"]) == ("taken_down", 2)
    credited = (folder / "ATTRIBUTION.md").read_text()
    assert "by Ada, licence unstated: 2 images\n" in credited
    card = (folder / "README.md").read_text()
    assert f"{after.counts['scene']['kept']} images with\n2 captions in" in card
    assert card.count("A record is") == 1 and "tasks" not in card
    left = read_subset(store / "lens/subsets/all.parquet")
    assert key not in left and len(left) == after.counts["scene"]["kept"]
    assert sum(len(b.keys) for b in BucketLoader.open(store, "lens", subset=left)) == len(left)
    named = [p for p in store.rglob("*") if p.is_file() and key.encode() in p.read_bytes()]
    assert named == [], "nowhere in the store"

    aside.rename(source)
    build(source, store, recipe=RECIPE)
    assert {"3.jpg", "half.jpg"}.isdisjoint(ended(store)), "a later build brings nothing back"
    assert loaded(store).plan != after.plan
    assert manifest.verify(store, loaded(store)) == []
    clean = tmp_path / "clean"
    (clean / "lens").mkdir(parents=True)
    shutil.copy(store / "lens/withdrawn.json", clean / "lens")
    build(source, clean, recipe=RECIPE)
    assert loaded(clean) == loaded(store), "grown = built anew"
    with pytest.raises(LookupError, match="holds nothing of key"):
        delete(lens.CORPUS, store, Selection("key", "lens-0123456789ab-0000"))


def test_an_author_goes_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, store = planted(tmp_path / "source"), tmp_path / "store"
    build(source, store, recipe=RECIPE)
    assert main(["delete", "lens", "--author", "Ada", "--out", str(store)]) == 0
    assert "2 images deleted, with 2 keys that are withdrawn" in capsys.readouterr().out
    assert main(["delete", "lens", "--author", "Ada", "--out", str(store)]) == 0
    assert "it was deleted before" in capsys.readouterr().out
    held = [samples.read(r.files["json"]) for r in Loader.open(store, "lens", seed=None).records()]
    assert all(s.spec.sources[0].author != "Ada" for s in held)
    assert len(records(store)) == 18
    assert main(["list", "--out", str(store)]) == 0
    held = f"built in {store}: 18 images, 2 captions, release {loaded(store).plan}"
    listed = capsys.readouterr().out
    assert held in listed and listed.count("built in") == 1


def test_a_picture_goes_whichever_of_its_twins_was_kept(tmp_path: Path):
    source, store = tmp_path / "source", tmp_path / "store"
    source.mkdir()
    rows = ["path,author"]
    for n in range(8):
        picture = texture(300 + n)
        (source / f"{n}.jpg").write_bytes(jpeg(picture))
        (source / f"{n}-large.jpg").write_bytes(jpeg(picture.resize((960, 720))))
        (source / f"{n}-small.jpg").write_bytes(jpeg(picture.resize((500, 375))))
        rows += [f"{n}.jpg,{'Ada' if n < 5 else 'Bob'}"]
    (source / "credits.csv").write_text("\n".join(rows))
    build(source, store, recipe=RECIPE)
    won = {n for n, o in ended(store).items() if not o.reason}
    assert won == {f"{n}.jpg" for n in range(8)}, "the originals, and no enlarged copy"
    done = delete(lens.CORPUS, store, Selection("author", "Ada"))
    assert (done.samples, done.scenes) == (5, 15)
    assert set(ended(store)) == {f"{n}{s}.jpg" for n in (5, 6, 7) for s in ("", "-large", "-small")}
    build(source, store, recipe=RECIPE)
    assert {n for n, o in ended(store).items() if not o.reason} == {f"{n}.jpg" for n in (5, 6, 7)}
    # By print, in whatever tar of the store: Ada's pictures are in none, Bob's are each in one.
    held = prints(data for tar in store.rglob("*.tar") for data in pictures(tar))
    asked = prints(jpeg(texture(300 + n)) for n in range(8))
    near = perceptual_hash.distances(asked, held).min(axis=1) <= lens.RECIPE["radius"]
    assert near.tolist() == [False] * 5 + [True] * 3
    # Encoded and sized otherwise, under another name, of nobody: the same picture stays out.
    for n in range(8):
        again = Image.open(source / f"{n}.jpg").resize((700, 525))
        again.save(source / f"again-{n}.webp", quality=60)
    build(source, store, recipe=RECIPE)
    now = {n: o for n, o in ended(store).items() if n.startswith("again-")}
    assert {n for n, o in now.items() if o.reason == "withdrawn"} == {
        f"again-{n}.webp" for n in range(5)
    }
    kept = (store / "lens/withdrawn_prints.json").read_text()
    assert "Ada" not in kept and "jpg" not in kept


def test_what_a_build_that_was_cut_short_has_read_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source, store = planted(tmp_path / "source"), tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr(curation_shards, "written", killed)
        with pytest.raises(KeyboardInterrupt):
            build(source, store, recipe=RECIPE)

    def naming(text: str) -> list[Path]:
        return [p for p in store.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]

    assert naming("Ada")
    done = delete(lens.CORPUS, store, Selection("author", "Ada"))
    assert (done.scenes, done.made) == (2, None)
    assert not naming("Ada") and not any(naming(source_id(f"source/{n}.jpg")) for n in (7, 8))
    shutil.copy(source / "7.jpg", source / "anew.jpg")
    build(source, store, recipe=RECIPE)
    found = ended(store)
    assert {n for n, o in found.items() if o.reason == "withdrawn"} == {"anew.jpg"}
    assert not {"7.jpg", "8.jpg"} & {*found} and len(found) == 20


def test_a_killed_deletion_is_finished_by_the_same_command_and_holds_for_other_nights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source, store = planted(tmp_path / "source"), tmp_path / "store"
    build(source, store, recipe=RECIPE)
    before, key = loaded(store), ended(store)["3.jpg"].key
    of = deletion.CurationDeletion
    for step in ("record_without", "purge_partition", "publish", "finish"):
        with monkeypatch.context() as patch:
            patch.setattr(of, step, killed)
            with pytest.raises(KeyboardInterrupt):
                delete(lens.CORPUS, store, Selection("key", key))
    done = delete(lens.CORPUS, store, Selection("key", key))
    assert done.made is not None and done.made == loaded(store)
    assert not (store / "lens/releases" / before.plan).exists()
    assert lengths(store) == [2], "captions that stay are counted on"
    folder = manifest.folder(store, "lens", done.made.plan)
    (steps,) = json.loads((folder / "funnel.json").read_text()).values()
    assert steps[0]["in"] - steps[0]["out"] == 2, "each is counted once, however often it is killed"
    named = [p for p in store.rglob("*") if p.is_file() and key.encode() in p.read_bytes()]
    assert named == [] and manifest.verify(store, loaded(store)) == []

    build(source, store, "001", recipe=RECIPE)
    found = {
        o.source.partition("/")[2]: o
        for o in manifest.outcomes(store, loaded(store))
        if o.unit == "scene" and o.key.endswith("-0001")
    }
    assert found["3.jpg"].reason == found["half.jpg"].reason == "withdrawn"
    assert {o.reason for n, o in found.items() if n not in ("3.jpg", "half.jpg")} == {
        "near_duplicate"
    }


def killed(*_: object) -> None:
    raise KeyboardInterrupt
