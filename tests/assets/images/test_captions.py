"""Captions by a model: asked once, held to rules, read back by OCR, each said once."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.annotators.captions import images
from corpuswright.annotators.llm import model_file
from corpuswright.storage import samples
from corpuswright.storage.records import Outcome, Task
from corpuswright.storage.releases import manifest
from tests.assets.images.test_lens import build, loaded, records
from tests.fixtures import scripted_answers, synthetic_images
from tests.fixtures.synthetic_images import jpeg, png, texture

pytestmark = pytest.mark.spark

COLOURS = ("green", "brown", "violet", "yellow", "orange")


def dense(word: str, more: str = "") -> str:
    return (
        f"A soft {word} pattern fills the whole picture, and many {word} patches of other shades "
        f"run into each other without an edge. Near the {word} centre two brighter spots sit side "
        f"by side; the {word} corners are darker, and fine {word} grain lies over all of it.{more}"
    )


SLIDE = dense("white", ' A bar at the top reads "Quarter 7" and a line below says "Revenue 21".')
PICTURES = {
    **{f"{n}.jpg": jpeg(texture(200 + n)) for n in range(7)},
    "slide.png": png(synthetic_images.slide("Quarter 7", ["Revenue 21", "Costs 12"])),
    "other.png": png(
        synthetic_images.slide("People", ["Munich 400", "Lyon 35", "Porto 90", "Oslo 7"])
    ),
}
# What the model says at its first try, and when it is told what is wrong.
SAID: dict[str, tuple[str, ...]] = {
    "0.jpg": (dense("green"),),
    "1.jpg": (dense("brown", " There is no visible text."), dense("brown")),
    "2.jpg": ("Ein weiches Muster aus vielen Farben füllt das ganze Bild aus. " * 4,),
    "3.jpg": (dense("violet"),),
    "4.jpg": (dense("violet").replace("fine", "a fine"),),
    "5.jpg": ("Too short to be of use.", dense("yellow")),
    "6.jpg": (dense("orange", ' A label says "Fresh apples 2 €".'),),
    "slide.png": (SLIDE,),
    "other.png": (dense("grey", ' It is titled "People" and names "Munich 400".'),),
}
LATER = {"later.jpg": jpeg(texture(77))}  # another night's; what is said of it was said before
ENDINGS = {
    "0.jpg": "", "1.jpg": "", "2.jpg": "no_caption", "3.jpg": "", "4.jpg": "", "5.jpg": "",
    "6.jpg": "caption_quotes_unseen", "slide.png": "", "other.png": "",
}  # fmt: skip


def _small(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize((8, 8), Image.Resampling.BOX)).astype(int)


@contextmanager
def model(said: dict[str, tuple[str, ...]] = SAID) -> Iterator[tuple[str, Counter[str]]]:
    """An endpoint that knows the pictures, and how often it was asked about each."""
    known = {n: _small(d) for n, d in {**PICTURES, **LATER}.items()}
    said = {**said, **{n: said["0.jpg"] for n in LATER}}
    asked: Counter[str] = Counter()
    with scripted_answers.serve(lambda body: reply(body, known, said, asked)) as (url, _):
        yield url, asked


def reply(
    body: dict[str, Any],
    known: dict[str, np.ndarray],
    said: dict[str, tuple[str, ...]],
    asked: Counter[str],
) -> dict[str, str]:
    assert "one paragraph in English" in body["messages"][0]["content"]
    (url,) = (p["image_url"]["url"] for p in body["messages"][1]["content"] if "image_url" in p)
    seen = _small(base64.b64decode(url.partition(",")[2]))
    name = min(known, key=lambda n: int(np.abs(known[n] - seen).sum()))
    told = min(len(body["messages"]) // 2 - 1, len(said[name]) - 1)
    asked[name] += 1
    return {"caption": said[name][told]}


def planted(root: Path) -> Path:
    root.mkdir()
    for name, data in PICTURES.items():
        (root / name).write_bytes(data)
    (root / "credits.csv").write_text("path,caption\n0.jpg,A pattern of patches in green.\n")
    return root


def told(path: Path, url: str, **more: object) -> str:
    path.write_text(json.dumps({"base_url": url, "model": "eyes", **more}))
    return str(path)


RECIPE = {"min_clarity": 0, "min_entropy": 0}


def captions(store: Path) -> dict[str, list[Outcome]]:
    out: dict[str, list[Outcome]] = {}
    for o in manifest.outcomes(store, loaded(store)):
        if o.unit == "task":
            out.setdefault(o.source.partition("/")[2], []).append(o)
    return out


def kept(store: Path) -> dict[str, tuple[Task, ...]]:
    return {n: samples.read(r.files["json"]).tasks for n, r in records(store).items()}


def test_a_model_s_captions_are_held_to_rules_and_to_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    source, store = planted(tmp_path / "source"), tmp_path / "store"
    with model() as (url, asked):
        file = told(tmp_path / "model.json", url)
        build(source, store, model=file, recipe=RECIPE)
        assert asked["0.jpg"] == 1 and asked["1.jpg"] == 2 and asked["2.jpg"] == 3
        calls = asked.total()
        (store / "lens/work/000/done.json").unlink()
        build(source, store, model=file, recipe=RECIPE)
        assert asked.total() == calls, "nothing is asked twice"
    ended = captions(store)
    found = {n: next(o.reason for o in os if o.key.endswith("-01")) for n, os in ended.items()}
    twins = {n for n in ("3.jpg", "4.jpg") if found[n] == "caption_near_duplicate"}
    assert len(twins) == 1, "one of two captions that say the same"
    assert {n: "" if n in twins else r for n, r in found.items()} == ENDINGS
    tasks = kept(store)
    assert [t.style for t in tasks["0.jpg"]] == ["given", "dense"]
    assert tasks["2.jpg"] == () and tasks["6.jpg"] == (), "the image stays"
    (slide,) = tasks["slide.png"]
    assert slide.text == SLIDE and slide.origin.model == "eyes"
    assert slide.origin.prompt_sha256 == images.PROMPTS["dense"].sha256
    assert sum(len(t) for t in tasks.values()) == loaded(store).counts["task"]["kept"]

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in store.glob(f"{model_file.LEDGER}*"):  # and its write-ahead log
        shutil.copy(path, elsewhere)
    build(source, elsewhere, model=file, replay=True, recipe=RECIPE)
    assert loaded(elsewhere) == loaded(store), "from what is on record"

    later = tmp_path / "later"
    later.mkdir()
    for name, data in LATER.items():
        (later / name).write_bytes(data)
    with model() as (url, _):
        file = told(tmp_path / "model.json", url)
        build(later, store, partition="001", model=file, recipe=RECIPE)
    (o,) = captions(store)["later.jpg"]
    first = next(o for o in ended["0.jpg"] if o.key.endswith("-01"))
    assert (o.reason, o.value) == ("caption_near_duplicate", first.parent_key)


def test_questions_go_by_batch_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    source, store, folder = planted(tmp_path / "source"), tmp_path / "store", tmp_path / "batch"
    known, asked = {n: _small(d) for n, d in PICTURES.items()}, Counter[str]()
    right = {n: (said[-1],) for n, said in SAID.items() if n != "2.jpg"} | {
        "2.jpg": (dense("red"),)
    }
    file = told(tmp_path / "model.json", "http://127.0.0.1:9/v1", batch="batch")
    with pytest.raises(model_file.ModelError, match=r"awaited: put them there as \*.answers.jsonl"):
        build(source, store, model=file, recipe=RECIPE)
    (questions,) = folder.glob("*.questions.jsonl")
    lines = [json.loads(line) for line in questions.read_text().splitlines()]
    assert len(lines) == len(PICTURES)

    def answered(line: dict[str, Any]) -> str:
        body = scripted_answers.completion(reply(line["body"], known, right, asked))
        response = {"status_code": 200, "body": body}
        return json.dumps({"custom_id": line["custom_id"], "response": response, "error": None})

    (folder / "a.answers.jsonl").write_text("\n".join(answered(q) for q in lines[:4]))
    with pytest.raises(model_file.ModelError, match="awaited"):
        build(source, store, model=file, recipe=RECIPE)
    refused = {"custom_id": lines[4]["custom_id"], "response": {"status_code": 400}}
    rest = [json.dumps(refused), *(answered(q) for q in lines[5:])]
    (folder / "b.answers.jsonl").write_text("\n".join(rest))
    # What ended otherwise is asked live, and not written again.
    with model(right) as (url, live):
        file = told(tmp_path / "model.json", url, batch="batch")
        build(source, store, model=file, recipe=RECIPE)
    assert live.total() == 1
    assert len(list(folder.glob("*.questions.jsonl"))) == 1
    assert kept(store)["2.jpg"][0].text == dense("red")


def test_mixed_asks_for_one_or_the_other_by_key():
    keys = [f"lens-{n:012x}-0000" for n in range(400)]
    kinds = Counter(images.kind_of(k, "mixed") for k in keys)
    assert 150 < kinds["brief"] < 250 and kinds.total() == 400
    assert {images.kind_of(k, "dense") for k in keys} == {"dense"}
