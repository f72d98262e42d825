"""Triplets of identity, text and video: from rendered clips, whose truth says what is right."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation import deletion
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.subjects import pexels_custom
from corpuswright.assets.subjects.pexels_custom import CORPUS
from corpuswright.quality.subjects.filters import iou
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.media.clips import Clip
from corpuswright.storage.records import Outcome, Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset
from tests.fixtures import builds, rendered_clips, scripted_answers, synthetic_videos
from tests.fixtures.made_once import made_once

pytestmark = pytest.mark.spark

FRAMES, FPS, SIDE = 9, 8, 96
RECIPE: dict[str, Any] = {
    "fps": FPS, "frames": FRAMES, "side": SIDE, "min_side": 90, "clips_per_video": 2,
    "min_clarity": 0, "min_entropy": 0, "max_still": 1.0, "detector": "truth", "segmenter": "",
    "ontology": False,
}  # fmt: skip


def plant(out: Path) -> None:
    """Lay out a source: two rendered clips, one with a swap, and a film that nobody rendered."""
    source = out / "source"
    source.mkdir()
    records = rendered_clips.render(out / "made", 3, frames=30, size=[160, 120])
    kept = {"one": records[0], "two": records[1]}
    for name, record in kept.items():
        rendered_clips.lay(record, source, name)
    clip = rendered_clips.read(records[2])
    pictures = clip.pictures
    for n, was in rendered_clips.things(clip).items():  # every thing of it becomes another one
        pictures = rendered_clips.swapped(
            clip, n, 20, "green" if was != "green" else "red", pictures
        )
    rendered_clips.lay(records[2], source, "swapped", pictures)
    film = synthetic_videos.written(synthetic_videos.shots(5, [40]))
    (source / "film.mp4").write_bytes(film)
    first = next(iter(words(rendered_clips.read(records[0])).values()))
    (source / "credits.csv").write_text(
        f"path,licence,author,caption\none.mp4,CC0-1.0,somebody,A {first} goes round and round.\n"
    )
    build(out, out / "store")


def words(clip: Clip) -> dict[int, str]:
    return {
        int(str(e.attributes["instance"])): str(e.attributes["type"])
        for e in clip.scene.elements
        if "instance" in e.attributes
    }


def build(planted: Path, store: Path, partition: str = "000", **more: Any) -> CurationBuild:
    recipe = {**RECIPE, **more.pop("recipe", {})}
    CORPUS.accepts({**CORPUS.recipe, **recipe})
    build = BuildOptions(
        out=str(store), source=str(planted / "source"), workers=2, recipe=recipe, **more
    )
    made = builds.opened(CORPUS, build)
    made.check()
    builds.take_all(made.corpus, made, [partition])
    return made


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source with one build of it in `store`; not to be changed."""
    return made_once(tmp_path_factory, "triplets", plant)


def loaded(store: Path) -> Release:
    return manifest.load(store, CORPUS.name)


def records(store: Path) -> dict[str, Record]:
    found = Loader.open(store, CORPUS.name, seed=None).records()
    return {_name(samples.read(r.files["json"]).spec.sources[0].uri): r for r in found}


def ended(store: Path, unit: str) -> dict[str, Outcome]:
    return {_name(o.source): o for o in manifest.outcomes(store, loaded(store)) if o.unit == unit}


def _name(uri: str) -> str:
    return uri.rpartition("/")[2].removesuffix(".mp4")


def test_every_video_has_one_outcome_and_what_lies_beside_is_none(planted: Path):
    store = planted / "store"
    assert set(ended(store, "page")) == {"one", "two", "swapped", "film"}
    why = {n: o.reason for n, o in ended(store, "scene").items()}
    assert why == {"one": "", "two": "", "swapped": "identity_changes", "film": "no_truth_beside"}
    assert manifest.verify(store, loaded(store)) == []
    made = loaded(store)
    assert made.counts["task"]["kept"] == sum(len(read(r).tasks) for r in records(store).values())


def read(record: Record) -> Clip:
    return clips.read(record)


def test_boxes_and_masks_are_those_of_the_rendering(planted: Path):
    checked = 0
    for name, record in records(planted / "store").items():
        truth = rendered_clips.read(
            next(
                r
                for r in _sources(planted)
                if r.files["mp4"] == (planted / "source" / f"{name}.mp4").read_bytes()
            )
        )
        clip, window = read(record), _window(record)
        pictures = clip.pictures
        assert pictures is not None and pictures.shape == (FRAMES, SIDE, 128, 3)
        scale = SIDE / truth.scene.size[1]
        for element in clip.scene.elements:
            own = int(str(element.attributes["instance"]))
            matches = [n for n, w in words(truth).items() if w == element.name]
            same: Counter[int] = Counter()
            for frame in range(FRAMES):
                then = int((window + frame / FPS + 1e-4) * rendered_clips.FPS)
                box = clip.tracks["visible"][frame, own - 1]
                overlap = {
                    n: iou(tuple(truth.tracks["visible"][then, n - 1] * scale), tuple(box))
                    for n in matches
                }
                same.update(n for n, v in overlap.items() if v >= 0.9)
                (near,) = [n for n, v in overlap.items() if v >= 0.9]
                held = truth.passes["instances"][then] == near
                mask = rendered_clips.averaged(held, (SIDE, 128)) >= 0.5 - 1e-4
                mine = clip.passes["instances"][frame] == own
                assert (mask & mine).sum() / (mask | mine).sum() >= 0.9
                checked += 1
            assert len(same) == 1  # it is one thing throughout
    assert checked >= 2 * FRAMES


def _sources(planted: Path) -> list[Record]:
    store = planted / "made"
    return list(Loader(store, manifest.load(store, rendered_clips.FLAT.name), seed=None).records())


def _window(record: Record) -> float:
    window: Any = samples.read(record.files["json"]).spec.parameters["window"]
    return float(window["start"])


def test_a_subject_is_cut_out_and_its_text_is_the_title_or_its_word(planted: Path):
    found = records(planted / "store")
    clip = read(found["one"])
    (task,), (element,) = clip.tasks, clip.scene.elements
    assert task.text == f"A loicea {element.name} goes round and round."
    assert task.origin.annotator == "source" and task.origin.model is None
    cut = Image.open(io.BytesIO(found["one"].files["subject0.png"]))
    x0, _, x1, _ = element.box
    assert cut.mode == "RGBA" and abs(cut.width - (x1 - x0)) < 2
    assert int((np.asarray(cut)[:, :, 3] > 0).sum()) == element.attributes["mask_area"]
    for task in read(found["two"]).tasks:
        assert task.text.startswith("A video of loicea ") and task.origin.annotator == "plain"


# --- a model's words -----------------------------------------------------------------------------


@contextmanager
def model(things: list[str]) -> Generator[tuple[str, Counter[str]]]:
    """An endpoint that sees `things`; its caption of the last one has no token."""
    asked: Counter[str] = Counter()

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        system, user = (m["content"] for m in body["messages"][:2])
        text = user if isinstance(user, str) else user[-1].get("text") or user[0]["text"]
        if "Name the things" in system:
            asked["nouns"] += 1
            return {"nouns": [*things, "floor", "unicorn"]}
        if "foreground" in system:
            asked["background"] += 1
            said = text.split("\n")
            return {"foreground": [w for w in said if w != "floor"], "background": ["floor"]}
        if "loicea" in system:
            asked["captions"] += 1
            return {
                "captions": [
                    f"A {'' if w == things[-1] else 'loicea '}{w} lies on the ground."
                    for w in text.split(" | ")
                ]
            }
        asked["described"] += 1
        return {"caption": f"There is a {' and a '.join(things)} on a plain floor."}

    with scripted_answers.serve(reply) as (url, _):
        yield url, asked


def test_a_model_s_words_enter_if_they_were_found_and_hold(planted: Path, tmp_path: Path):
    kept = _sources(planted)[:2]  # of the others nothing is left to be told
    things = sorted({w for r in kept for w in words(rendered_clips.read(r)).values()})
    store, file = tmp_path / "store", tmp_path / "model.json"
    with model(things) as (url, asked):
        file.write_text(json.dumps({"base_url": url, "model": "eyes"}))
        build(planted, store, model=str(file))
    # A question that two clips share is asked once; one of them has a title.
    assert (asked["described"], asked["nouns"], asked["background"]) == (4, 2, 1)
    texts = [t for r in records(store).values() for t in read(r).tasks]
    for task in texts:
        assert task.origin.model == "eyes" and task.text.count("loicea") == 1
    lost = [o for o in manifest.outcomes(store, loaded(store)) if o.unit in ("task", "scene")]
    wrong = {o.reason for o in lost if o.reason}
    assert wrong == {"token_not_once", "identity_changes", "no_truth_beside"}
    # Nobody is asked again: what was answered is on record.
    again = shutil.copytree(store, tmp_path / "again")
    shutil.rmtree(again / CORPUS.name)
    build(planted, again, model=str(file), replay=True)
    assert loaded(again).plan == loaded(store).plan
    assert loaded(again).shards == loaded(store).shards


def test_a_clip_or_a_whole_video_is_taken_down(planted: Path, tmp_path: Path):
    store = Path(shutil.copytree(planted / "store", tmp_path / "store"))
    gone, stays = (records(store)[n].key for n in ("one", "two"))
    table = webdataset.read_parquet(
        (store / CORPUS.name / "work/000/filtered.parquet").read_bytes()
    )
    looks = dict(zip(*(table.column(c).to_pylist() for c in ("key", "prints")), strict=True))
    deletion.delete(CORPUS, store, Selection("key", gone))
    assert set(records(store)) == {"two"}
    # By its looks, too, a few bits apart as another encoding has them.
    now = CurationBuild(CORPUS, BuildOptions(out=str(store)))
    flipped = np.frombuffer(looks[gone], np.uint8) ^ (np.arange(len(looks[gone])) % 4 == 0)
    assert now.shows_withdrawn(flipped.tobytes()) and not now.shows_withdrawn(looks[stays])
    assert ended(store, "page")["one"].reason == "no_clip_kept"
    kept = b"".join(p.read_bytes() for p in (store / CORPUS.name).rglob("*") if p.is_file())
    assert gone.encode() not in kept.replace(b"tombstones", b"")
    made = build(planted, store)  # and it stays away
    assert set(records(store)) == {"two"} and made.is_done(["000"])
    build(planted, store, "001")  # another night, too: nothing of it is new
    assert set(records(store)) == {"two"}
    again = [o for o in manifest.outcomes(store, loaded(store)) if o.unit == "scene"]
    assert {o.reason for o in again if _name(o.source) == "one"} == {"withdrawn"}
    uri = ended(store, "page")["two"].source
    deletion.delete(CORPUS, store, Selection("source", uri))
    assert "two" not in ended(store, "page")


def test_who_cannot_look_is_told_before_any_work(planted: Path):
    for values, said in (
        ({"detector": "nobody"}, "nobody"),
        ({"segmenter": "no/such.onnx"}, "expected an ONNX file"),
        ({"looks": 1}, "looks"),
    ):
        with pytest.raises(ValueError, match=said):
            pexels_custom.accepts({**CORPUS.recipe, **values})
    pexels_custom.accepts(CORPUS.recipe)
