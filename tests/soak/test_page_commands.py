"""`make soak`: the commands of every manual, one after the other, on small inputs of their kinds.

The README's own are run by `test_readme.py` beside it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from corpuswright.assets.documents import designs
from corpuswright.pipelines.scoring import open_custom as scoring_open_custom
from corpuswright.quality.benchmarks import cuactspot
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips, video
from tests.assets.grounding import test_human
from tests.assets.images.test_lens import plant
from tests.assets.plans import test_causal_plan, test_causal_scenes
from tests.assets.subjects import test_open_custom, test_pexels_custom
from tests.fixtures import (
    local_s3,
    model_that_errs,
    real_videos,
    scripted_answers,
    synthetic_images,
    synthetic_videos,
)
from tests.fixtures.page_commands import ROOT, Shell, commands
from tests.pipelines.cli import test_page
from tests.renderers.world3d import test_user_models
from tests.storage.inputs.test_downloader import ok, site

pytestmark = [pytest.mark.browser, pytest.mark.spark, pytest.mark.blender, pytest.mark.slow]
FLAT = ["--set", 'pictures="flat"', "--set", "checked=false", "--set", "size=[160,112]",
        "--set", "frames=33"]  # fmt: skip
SCENES = ["--set", "scenes=1", "--set", "variants=1"]
SMALLER = {
    "grounding": ["--samples", "14"],
    "grounding_canvas": ["--samples", "3"],
    "grounding_3d": ["--samples", "2"],
    "flashbench": [*FLAT, "--samples", "4"],
    "dynavid": [*FLAT, "--samples", "2"],
    "causal_scenes": ["--samples", "3", "--set", "size=[96,96]"],
    "causal_plan_bench": [*FLAT[:4], "--set", "size=[96,96]", "--samples", "3"],
    "lens": ["--set", "min_clarity=0"],
    "lens_rl": ["--samples", "200"],
}


def model_file(path: Path, url: str, **more: object) -> None:
    path.write_text(json.dumps({"base_url": url, "model": "scripted", **more}))


@contextmanager
def a_model(folder: Path) -> Iterator[Shell]:
    with model_that_errs.serve() as talking:
        model_file(folder / "model.json", talking.url)
        shell = Shell(folder, smaller=SMALLER)
        shell.run(["build", "grounding_canvas"])  # "after a small build", as the page says
        yield shell


@contextmanager
def grounding(folder: Path) -> Iterator[Shell]:
    yield Shell(folder, {"DIR": str(test_human.plant(folder))}, SMALLER)


@contextmanager
def documents(folder: Path) -> Iterator[Shell]:
    (folder / "tables").mkdir()
    rows = [f"Harbour {i},{20 + 7 * i % 23},{3 + i % 5}" for i in range(12)]
    (folder / "tables/harbours.csv").write_text("name,ships,cranes\n" + "\n".join(rows))
    (folder / "photos").mkdir()
    for n in range(3):
        picture = synthetic_images.texture(n).resize((640, 480))
        (folder / f"photos/harbour-{n}.jpg").write_bytes(synthetic_images.jpeg(picture))
    lines = (ROOT / "tests/annotators/documents/webpages/briefs.jsonl").read_text()
    (folder / "briefs.jsonl").write_text(lines)
    (folder / "brief.txt").write_text(json.loads(lines.splitlines()[0])["input"])
    asked = [f"Is the title number {n}?" for n in range(20)]
    rows = [
        {"id": n, "prompt": "A slide.", "domain": domain, "dimension": dimension,
         "eval_tag": dimension, "questions": asked, "easy_qidxs": list(range(1, 11)),
         "hard_qidxs": list(range(11, 21))}
        for n, (domain, dimension) in enumerate(designs.CELLS)
    ]  # fmt: skip
    (folder / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    with scripted_answers.serve(test_page.judged) as (url, _):
        model_file(folder / "judge.json", url)
        model_file(folder / "model.json", url)
        small = {"designs": ["--samples", "6"], "webpages": ["--samples", "4"]}
        yield Shell(folder, smaller=small)


@contextmanager
def images(folder: Path) -> Iterator[Shell]:
    source = plant(folder / "photographs")
    drawn = [synthetic_images.texture(n) for n in range(3)]
    drawn.append(drawn[0].resize((500, 375)))  # a near duplicate: `sample --reason` shows it
    pages = {f"/{n}.jpg": [ok(synthetic_images.jpeg(d))] for n, d in enumerate(drawn)}
    with site(pages) as server, local_s3.serving() as environment:
        urls = "".join(f"{server.url}{p},CC0-1.0,Ada\n" for p in pages)
        (folder / "urls.csv").write_text("url,licence,author\n" + urls)
        smaller = {"lens": [*SMALLER["lens"], "--set", "private_hosts=true", "--set", 'nsfw=""']}
        said = {"DIR": str(source), "s3://bucket/corpora": "s3://corpora/shards"}
        yield Shell(folder, said, smaller, environment)


@contextmanager
def motion(folder: Path) -> Iterator[Shell]:
    (folder / "mine").mkdir()
    home = Path(real_videos.sites.fetch(real_videos.SITE, ROOT / "inputs"))
    (folder / "mine/film.mp4").write_bytes((home / "bikes.mp4").read_bytes())
    (folder / "mine/sign_board.glb").write_bytes(test_user_models.glb())
    yield Shell(folder, {"DIR": str(folder / "mine")}, SMALLER)


@contextmanager
def plans(folder: Path) -> Iterator[Shell]:
    (folder / "videos").mkdir()
    film = synthetic_videos.written(synthetic_videos.shots(30, [85]))
    (folder / "videos/film.mp4").write_bytes(film)
    recipe = {k: v for k, v in test_causal_plan.RECIPE.items() if k != "traces"}
    own = [w for k, v in recipe.items() for w in ("--set", f"{k}={json.dumps(v)}")]
    smaller = {**SMALLER, "causal_plan": own}
    with ExitStack() as stack:
        writer, _ = stack.enter_context(test_causal_plan.model([""], recipe["frames"] // 3))
        model_file(folder / "model.json", writer)

        def strict(body: dict[str, object]) -> dict[str, object]:
            text = scripted_answers.text_of(body)
            right, said = (
                text.split(f"{w}: ")[1].split("\n")[0] for w in ("Right answer", "Answer to judge")
            )
            return {"score": 1.0 if right == said else 0.1, "reason": "compared"}

        judge, _ = stack.enter_context(scripted_answers.serve(strict))
        model_file(folder / "judge.json", judge)
        yield Shell(folder, {"DIR": str(folder / "videos")}, smaller)


@contextmanager
def subjects(folder: Path) -> Iterator[Shell]:
    (folder / "videos").mkdir()
    home = Path(real_videos.sites.fetch(real_videos.SITE, ROOT / "inputs"))
    (folder / "videos/film.mp4").write_bytes((home / "carphone_pristine.mp4").read_bytes())
    who = {"dino": f"{test_open_custom.HERE}:dino", "between": f"{test_open_custom.HERE}:between"}
    (folder / "who.json").write_text(json.dumps(who))
    small = ["--set", "min_side=90", "--set", "frames=17", "--set", "side=160"]
    # Its caption of the last thing has no token: nothing of a bicycle is in the film.
    with test_pexels_custom.model(["person", "bicycle"]) as (url, _):
        model_file(folder / "model.json", url)
        # Flat pictures are plain, as they would be thrown out for.
        small += ["--set", "min_entropy=0", "--set", "min_clarity=0", "--set", "max_still=1"]
        # Long enough for clips of 17 frames, 8 a second.
        longer = [*SMALLER["flashbench"], "--set", "frames=57"]
        smaller = {**SMALLER, "pexels_custom": small, "flashbench": longer}
        shell = Shell(folder, {"DIR": str(folder / "videos")}, smaller)
        shell.run(["build", "flashbench"])
        yield shell


@contextmanager
def nothing(folder: Path) -> Iterator[Shell]:
    yield Shell(folder, smaller=SMALLER)


READ: Mapping[str, Callable[[Path], AbstractContextManager[Shell]]] = {
    "annotators/llm/README.md": a_model,
    "assets/documents/README.md": documents,
    "assets/grounding/README.md": grounding,
    "assets/images/README.md": images,
    "assets/motion/README.md": motion,
    "assets/plans/README.md": plans,
    "assets/prompts/README.md": nothing,
    "assets/subjects/README.md": subjects,
    "tests/README.md": nothing,
}


@pytest.mark.parametrize("name", READ)
def test_every_command_runs(name: str, tmp_path: Path):
    with READ[name](tmp_path) as shell:
        for words in commands(ROOT / name):
            with ready(shell, words):
                # The training release holds the test set here: `overlap` says so by its exit code.
                # A judge that answers by rote is refused.
                rote = "--self-test" in words and words[1] in ("bizgeneval", "mm_webgen")
                shell.run(words, 1 if words[0] == "overlap" or rote else 0)
            if words[0] == "init":
                shell.folder = shell.folder / words[1]


@contextmanager
def ready(shell: Shell, words: Sequence[str]) -> Iterator[None]:
    """Put in place what a reader would have before this command: a key, answers, pictures."""
    folder, said = shell.folder, shell.stands_for
    corpus = words[1] if len(words) > 1 else ""
    for word in words:
        if word == "KEY" or re.fullmatch(r"[a-z_]+-[0-9a-f]+-\d{4}", word):
            of = corpus if word == "KEY" else word.partition("-")[0]
            said[word] = next(Loader.open(folder / "corpora", of, seed=None).records()).key
    if words[0] == "overlap" and not (folder / "corpora").exists():
        shutil.copytree(folder / "private", folder / "corpora")  # the page says: a training release
    if words[0] == "opencustom":
        said["DIR"] = str(test_open_custom.plant(folder))
    if "--predictions" in words:
        predict(corpus, folder)
    if words[:2] == ["score", "causal_scenes"]:
        with test_causal_scenes.planner(folder / "corpora", 0.1, corpus) as (url, _):
            model_file(folder / "model.json", url)
            yield
    elif words[0] == "opencustom" and "--model" in words:
        with scripted_answers.serve(walking) as (url, _):
            model_file(folder / "model.json", url)
            yield
    else:
        yield


def walking(body: dict[str, object]) -> dict[str, object]:
    """Answer with a text of a subject, as OpenCustom's are."""
    name = scripted_answers.text_of(body)
    return {"caption": f"A {name} walks slowly through high grass as the camera follows."}


def predict(corpus: str, folder: Path) -> None:
    """Write a candidate's answers where the page has them."""
    if corpus == "cuactspot":
        lines = [{"image_id": s.id, "points": [[9, 9]]} for s in cuactspot.read(folder / "tests")]
        (folder / "answers.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    elif corpus == "causal_plan_bench":
        test_causal_scenes.answers(folder / "corpora", folder / "answers.jsonl")
    elif corpus == "flashbench":
        (folder / "made").mkdir()
        for record in Loader.open(folder / "corpora", corpus, seed=None).records():
            instances = clips.read(record).passes["instances"]
            np.savez(folder / "made" / f"{record.key}.npz", instances=instances)
    elif corpus == "bizgeneval":
        questions = {str(n): {"result": n % 3 > 0} for n in range(1, 21)}
        (folder / "results").mkdir(exist_ok=True)
        for line in (folder / "rows.jsonl").read_text().splitlines():
            row = json.loads(line)
            name = f"{row['domain']}_{row['dimension']}_{row['id']}.json"
            (folder / "results" / name).write_text(json.dumps({"meta_info": questions}))
    elif corpus == "mm_webgen":
        pass  # its pages were made by an earlier command of the manual
    elif corpus == "designs":
        (folder / "pictures").mkdir()
        for one in Loader.open(folder / "corpora", corpus, seed=None).records():
            (folder / "pictures" / f"{one.key}.png").write_bytes(one.files["png"])
    else:
        (folder / "videos").mkdir(exist_ok=True)
        for wanted in scoring_open_custom.wanted(folder / "bench"):
            frame = np.asarray(synthetic_images.texture(1).resize((128, 96)))
            (folder / "videos" / wanted.file).write_bytes(video.encode(np.stack([frame] * 17), 8))
