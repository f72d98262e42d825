"""Rendered scenes of plans and their bench: built, shown, scored, and judges that are tried."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from corpuswright.annotators.plans import chore_plans, model_prompts, questions
from corpuswright.annotators.plans.schema import Plan
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.plans import causal_plan_bench, causal_scenes
from corpuswright.pipelines.scoring import causal_plan_bench as scoring_causal_plan_bench
from corpuswright.pipelines.scoring import planner as scoring_planner
from corpuswright.quality.plans import chore_faults
from corpuswright.quality.reports import clip_sheets
from corpuswright.renderers.plans import chores
from corpuswright.storage.exports import clip_formats
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.releases import manifest
from tests.fixtures import builds, scripted_answers
from tests.fixtures.made_once import made_once

BENCH = causal_plan_bench.CORPUS
TINY: dict[str, Any] = {
    "clips": 4, "pictures": "flat", "checked": False, "size": [96, 96], "step_frames": [6, 7],
}  # fmt: skip


def build(out: Path, workers: int = 2) -> None:
    builds.made(BENCH, BuildOptions(out=str(out), recipe=TINY, workers=workers))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build; not to be changed."""
    return made_once(tmp_path_factory, "causal", build)


def read(store: Path, corpus: str = BENCH.name) -> list[clips.Clip]:
    return [clips.read(r) for r in Loader.open(store, corpus, seed=None).records()]


def answers(store: Path, path: Path, wrong: str = "") -> Path:
    """Write right answers; with `wrong`, `kind=answer`, that to questions of a kind."""
    kind = wrong.partition("=")[0]
    with path.open("w") as file:
        for clip in read(store):
            for t in clip.tasks:
                said = wrong.partition("=")[2] if t.kind == kind else t.expected["answer"]
                file.write(json.dumps({"key": t.key, "answer": said}) + "\n")
    return path


def test_clips_have_questions_of_what_is_shown(built: Path):
    found = read(built)
    assert len(found) == 4
    kinds = {t.kind for clip in found for t in clip.tasks}
    wanted = (*causal_plan_bench.CHOICE, *causal_plan_bench.RUBRIC)
    assert kinds <= {questions.KINDS[n].slug for n in wanted} and len(kinds) >= 11
    for clip in found:
        chore = chores.from_json(cast(Any, clip.scene.state["chore"]))
        assert clip.pictures is not None and len(clip.pictures) == chore.frames
        for t in clip.tasks:
            for first, end in cast(list[list[int]], t.expected["spans"]):
                assert 0 <= first < end <= chore.frames
            named = {clip.scene.elements[int(e[1:])].name for e in t.elements}
            assert named and all(n in f"{t.text} {t.expected}" for n in named)


def test_a_step_changes_what_is_seen(built: Path):
    """A clip is no still: between the ends of its steps pixels differ, as the states do."""
    for clip in read(built):
        chore = chores.from_json(cast(Any, clip.scene.state["chore"]))
        assert clip.pictures is not None
        ends = [clip.pictures[e - 1].astype(int) for e in chore.ends]
        for a, b in itertools.pairwise(ends):
            assert (np.abs(a - b).max(axis=2) > 40).mean() > 0.005


def test_one_and_two_workers_make_the_same_bytes(built: Path, tmp_path: Path):
    build(tmp_path, workers=1)
    assert manifest.load(tmp_path, BENCH.name) == manifest.load(built, BENCH.name)


def test_a_sheet_shows_steps_over_time(built: Path):
    clip = read(built)[0]
    chore = chores.from_json(cast(Any, clip.scene.state["chore"]))
    told = clip_sheets.steps(clip)
    assert [e for _, _, e in told] == list(chore.ends) and told[0][1] == 0
    plain = dataclasses.replace(clip, scene=dataclasses.replace(clip.scene, state={}))
    sheet, without = clip_sheets.sheet(clip), clip_sheets.sheet(plain)
    assert sheet.height == without.height + clip_sheets.LINE * len(told)
    pixels = np.asarray(sheet)[without.height :]
    for n, (_, start, end) in enumerate(told):  # the last row of each line has no words
        row = pixels[n * clip_sheets.LINE + clip_sheets.LINE - 3]
        inside = round((start + end) / 2 / chore.frames * sheet.width)
        assert tuple(row[inside]) != (255, 255, 255)
        if start:
            assert tuple(row[round(start / chore.frames * sheet.width) - 4]) == (255, 255, 255)


def test_questions_are_exported_with_what_they_show(built: Path, tmp_path: Path):
    made = clip_formats.qwen_video(read(built), tmp_path)
    lines = [json.loads(r) for r in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert made == (4, len(lines)) and len(lines) == sum(len(c.tasks) for c in read(built))
    shown = Counter(c["type"] for r in lines for c in r["messages"][0]["content"][:-1])
    every = [t for c in read(built) for t in c.tasks]
    images = [t for t in every if t.expected["evidence"] == "keyframe_single"]
    assert shown["image"] == len(images) == len(list((tmp_path / "frames").iterdir()))
    pairs = [r for r in lines if len(r["messages"][0]["content"]) == 3]
    assert shown["video"] == len(lines) - len(images) + len(pairs)
    for row in lines:
        for c in row["messages"][0]["content"][:-1]:
            assert (tmp_path / c[c["type"]]).exists()
            assert c["type"] == "image" or 0 <= c["video_start"] < c["video_end"]


def test_answers_are_scored_task_by_task(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "report.json"
    lies = f"{questions.KINDS[19].slug}=The step could not be done. The hand is free."
    given = answers(built, tmp_path / "a.jsonl", lies)
    assert scoring_causal_plan_bench.score(built, given, None, out) == 0
    made = json.loads(out.read_text())
    for name, row in made["tasks"].items():
        assert row["right"]["mean"] == (0.0 if name.startswith("Task_19") else 1.0)
        assert "judged" not in row
    if len(made["tasks"]) == 12:  # of few clips some task may have no question
        assert made["right"]["mean"] == pytest.approx(11 / 12)
    assert "judged" not in made and "judged: missing" in capsys.readouterr().out
    # What cannot be read is not known to be wrong: the task is missing, and with it the mean.
    for blank in ("", "I do not know.", "The hand"):
        given = answers(built, tmp_path / "a.jsonl", f"{questions.KINDS[12].slug}={blank}")
        assert scoring_causal_plan_bench.score(built, given, None, out) == 0
        made = json.loads(out.read_text())
        row = made["tasks"][questions.KINDS[12].name]
        assert "right" not in row and row["reasons"] == {"sentence_not_read": row["questions"]}
        assert "right" not in made
    lines = given.read_text().splitlines()
    given.write_text("\n".join(lines[1:]))
    with pytest.raises(ValueError, match=r"1 of \d+ questions have no answer"):
        scoring_causal_plan_bench.score(built, given, None, None)
    given.write_text('{"key": 1}\n')
    with pytest.raises(ValueError, match=r"a\.jsonl:1: expected"):
        scoring_causal_plan_bench.score(built, given, None, None)


def test_a_judge_that_takes_everything_is_found_out(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file, out = tmp_path / "model.json", tmp_path / "report.json"
    seen: list[int] = []

    def all_(body: dict[str, Any]) -> dict[str, Any]:
        content = body["messages"][1]["content"]
        seen.append(sum(part["type"] == "image_url" for part in content))
        return {"score": 1.0, "reason": "fine"}

    def strict(body: dict[str, Any]) -> dict[str, Any]:
        text = next(c["text"] for c in body["messages"][1]["content"] if c["type"] == "text")
        right, said = (
            text.split(f"{w}: ")[1].split("\n")[0] for w in ("Right answer", "Answer to judge")
        )
        return {"score": 1.0 if right == said else 0.1, "reason": "compared"}

    for name, judge, code in (("all", all_, 1), ("strict", strict, 0)):
        with scripted_answers.serve(judge) as (url, _):
            file.write_text(json.dumps({"base_url": url, "model": name}))
            assert scoring_causal_plan_bench.examine(built, file, out) == code
        found = json.loads(out.read_text())["judges"]
        assert found[name]["tells_apart"] is (code == 0)
        assert found["the blind reader"]["tells_apart"]
        assert found["the blind reader"]["right"][1] == found["the blind reader"]["wrong"][1] == 0
        assert not found["takes everything"]["tells_apart"]
        assert not found["takes nothing"]["tells_apart"]
        guesses = json.loads(out.read_text())["by_words_alone"]
        assert len(guesses) == 7 and all(0 <= hits <= n for hits, n in guesses.values())
    assert "does NOT tell right from wrong" in capsys.readouterr().out
    assert min(seen) >= 1 and max(seen) <= 50


def test_a_judge_s_scores_are_means_or_missing(built: Path, tmp_path: Path):
    file, out = tmp_path / "model.json", tmp_path / "report.json"
    given = answers(built, tmp_path / "a.jsonl")

    def half(body: dict[str, Any]) -> dict[str, Any]:
        return {"score": 0.5, "reason": "so so"}

    def none(body: dict[str, Any]) -> dict[str, Any]:
        return {"score": 1.5, "reason": "great"}

    with scripted_answers.serve(half) as (url, _):
        file.write_text(json.dumps({"base_url": url, "model": "half"}))
        scoring_causal_plan_bench.score(built, given, file, out)
    tasks = json.loads(out.read_text())["tasks"]
    words = {n: r["judged"]["mean"] for n, r in tasks.items() if "judged" in r}
    assert words and set(words.values()) == {0.5}
    with scripted_answers.serve(none) as (url, _):
        file.write_text(json.dumps({"base_url": url, "model": "none"}))
        scoring_causal_plan_bench.score(built, given, file, out)
    assert not any("judged" in r for r in json.loads(out.read_text())["tasks"].values())


@contextmanager
def planner(store: Path, wrong: float, corpus: str = BENCH.name) -> Iterator[tuple[str, int]]:
    """A model that writes true plans, but for a share of sentences that say the contrary.

    Yields its address and how many sentences are false.
    """
    rng, plans, planted = np.random.default_rng(0), dict[str, Plan](), 0
    for clip in read(store, corpus):
        made = chore_plans.written(rng, chores.from_json(cast(Any, clip.scene.state["chore"])))
        for s in made.draft.steps:
            for said in (
                s.causal_chain.causal_precondition_on_affordance,
                s.causal_chain.causal_effect_on_spatial,
            ):
                for n, sentence in enumerate(said):
                    if rng.uniform() < wrong:
                        said[n], planted = chore_faults.negated(sentence), planted + 1
        assert clip.pictures is not None
        first = base64.b64encode(model_prompts.numbered(clip.pictures[0], 0)).decode()
        plans[first] = plans[made.draft.high_level_goal] = made

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        system, user = body["messages"][0]["content"], body["messages"][1]["content"]
        text = next(p["text"] for p in user if p["type"] == "text")
        image = next(p["image_url"]["url"] for p in user if p["type"] == "image_url")
        goal = re.match(r"Plan: (.+)", text)
        plan = plans[goal[1] if goal else image.partition("base64,")[2]]
        if system == model_prompts.BLUEPRINT.text:
            return {"error": "", "plan": plan.draft.model_dump()}
        if system == model_prompts.SEGMENTS.text:
            return plan.segments.model_dump()
        step = int(re.findall(r"^Step (\d+):", text, re.M)[0]) - 1
        stage = plan.key_frames if system == model_prompts.FRAMES.text else plan.atomic
        return stage.steps[step].model_dump()

    with scripted_answers.serve(reply) as (url, _):
        yield url, planted


def test_a_planner_s_errors_are_counted(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scoring_planner, "CORPUS", BENCH.name)  # its clips are of the same kind
    file, out = tmp_path / "model.json", tmp_path / "report.json"
    for wrong in (0.0, 0.2):
        with planner(built, wrong) as (url, planted):
            told = {"base_url": url, "model": f"planner {wrong}", "max_tokens": 32000}
            file.write_text(json.dumps(told))
            assert scoring_planner.score(built, file, out) == 0
        made = json.loads(out.read_text())
        assert made["plans"] == 4 and made["unread"] == 0 and made["lost"] == {}
        assert made["false"]["statements"] == planted and (planted > 5) == (wrong > 0)
        low, high = made["false"]["interval"]
        assert low <= made["false"]["share"] <= high
        assert made["frames_off"] == {"median": 0, "most": 0}


def test_a_recipe_that_makes_no_sense_is_refused():
    for wrong, says in (
        ({"step_frames": [9, 8]}, "least and most"),
        ({"pictures": "none"}, "pictures"),
        ({"step_frames": [2, 8]}, "step_frames"),
    ):
        with pytest.raises(ValueError, match=says):
            causal_scenes.accepts({**causal_scenes.RECIPE, **cast(Any, wrong)})
