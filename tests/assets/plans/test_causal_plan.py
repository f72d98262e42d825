"""Plans of clips in four stages, by an endpoint that errs: what holds together enters."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from corpuswright.annotators.llm.model_file import ModelError
from corpuswright.annotators.plans.schema import Plan
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.plans import records as plan_records
from corpuswright.assets.plans.causal_plan import CORPUS
from corpuswright.quality.plans import consistency, reasoning_traces
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from tests.fixtures import builds, export_table, scripted_answers, synthetic_videos

pytestmark = pytest.mark.spark

FRAMES, STEP = 12, 4  # of a clip, and of each of its three steps
RECIPE: dict[str, Any] = {
    "fps": 4, "frames": FRAMES, "side": 96, "min_side": 90, "min_clarity": 0, "min_entropy": 0,
    "clips_per_video": 1, "traces": True,
}  # fmt: skip
# What the model does wrong with each clip it sees, and what is said of it.
FAULTS = {
    "": "", "gap": "plan_not_contiguous", "nothing": "no_visual_content", "two_steps": "no_plan",
    "late": "plan_atomic_out_of_step", "names": "plan_several_names", "ids": "plan_step_ids",
}  # fmt: skip


def sentences(of: str) -> list[str]:
    return [f"The {of} is {how} the board." for how in ("beside", "above", "clear of")]


def chain(thing: str, when: str) -> dict[str, Any]:
    return {
        "agent": "hand",
        "action": "lift",
        "patient": thing,
        "causal_precondition_on_spatial": sentences(f"{thing} {when} before"),
        "causal_precondition_on_affordance": sentences(f"grip of the {thing} {when} before"),
        "causal_effect_on_spatial": sentences(f"{thing} {when} after"),
        "causal_effect_on_affordance": sentences(f"grip of the {thing} {when} after"),
    }


def draft(goal: str, fault: str) -> dict[str, Any]:
    steps = [
        {
            "step_id": 1 if fault == "ids" else n,
            "step_goal": f"lift the cup a {n}. time",
            "rationale": "it stood there",
            "causal_chain": chain("cup", f"at step {n}"),
            "counterfactual_challenge_question": "What if the cup were nailed down?",
            "expected_challenge_outcome": "It would stay.",
            "failure_reflecting": {"reason": "it slips", "recovery_strategy": "grip it again"},
            "objects": ["The Cup" if fault == "names" and n == 2 else "cup"],
        }
        for n in (1, 2, 3)
    ]
    return {"high_level_goal": goal, "steps": steps[:2] if fault == "two_steps" else steps}


def reasoned(text: str) -> str:
    """A trace that keeps its contract: words of all groups, some of its answer, nothing twice."""
    answer, groups = (re.findall(p, text)[0] for p in (r"Answer: (.+)", r"Groups of words: (.+)\."))
    plain = (
        "hand lid table cup wall left right slow firm edge side near light heavy grip lift turn "
        "push rest hold slide above below inside outside first later whole small round flat"
    ).split()
    of = sorted({w for w in re.findall(r"[a-z']+", answer.lower()) if len(w) > 3})
    more = [w for g in groups.split("; ") for w in g.split(", ")]
    more += ["visible", "because", "friction", "without", *of]
    rng = np.random.default_rng(len(text))
    words = [*(str(w) for w in rng.choice(plain, 400)), *more]
    mixed = [words[int(n)] for n in rng.permutation(len(words))]
    return " ".join(" ".join(mixed[n : n + 12]).capitalize() + "." for n in range(0, 420, 12))


@contextmanager
def model(
    faults: Sequence[str] = tuple(FAULTS), long: int = STEP
) -> Generator[tuple[str, Counter[str]]]:
    """An endpoint that gives each clip one of some faults, in the order in which it sees them.

    `long` is a third of a clip's frames.
    """
    seen: dict[str, str] = {}
    asked: Counter[str] = Counter()

    def of(images: list[str]) -> str:
        return seen.setdefault(images[0], faults[len(seen) % len(faults)])

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        system, user = body["messages"][0]["content"], body["messages"][1]["content"]
        text = next(p["text"] for p in user if p["type"] == "text")
        if "Write the reasoning" in system:
            asked["traces"] += 1
            if "Why is this step needed?" in text:
                return {"trace": "Because it is."}
            return {"trace": reasoned(text)}
        if "hallucinated_effects" in system:  # the judge, who is another model
            assert body["model"] == "auditor"
            asked["audit"] += 1
            axes = (
                "precondition_validity",
                "causal_dependency",
                "state_transition",
                "timeline_consistency",
                "physical_feasibility",
                "qa_alignment",
            )
            holds: dict[str, Any] = {**dict.fromkeys(axes, True), "hallucinated_effects": []}
            if "What would help?" in text:
                holds["physical_feasibility"] = False
            if "What is being done?" in text:
                holds["qa_alignment"] = "surely"
            return holds
        images = [p["image_url"]["url"] for p in user if p["type"] == "image_url"]
        if "Write the plan" in system:
            asked["draft"] += 1
            assert len(images) == 3 * long
            fault = of(images)
            if fault == "nothing":
                return {"error": "no_visual_content", "plan": None}
            return {"error": "", "plan": draft(f"Goal {fault or 'good'}", fault)}
        if "Say which frames each step has" in system:
            asked["segments"] += 1
            gap = of(images) == "gap"
            return {
                "steps": [
                    {
                        "step_id": n + 1,
                        "start_frame_index": n * long + (gap and n == 1),
                        "end_frame_index": (n + 1) * long,
                        "independence": "yes" if n == 2 else ("no" if n else ""),
                    }
                    for n in range(3)
                ]
            }
        step = int(next(iter(re.findall(r"^Step (\d+):", text, re.M))))
        assert len(images) == long and f"Frames {(step - 1) * long} to" in text
        first = (step - 1) * long
        if "two frames on which the step turns" in system:
            asked["frames"] += 1
            return {
                "step_id": step,
                "critical_frames": [
                    {
                        "frame_index": first + n,
                        "action_state_change_description": "Fingers close, and the cup is held.",
                        "causal_chain": chain("cup", f"in {step}.{n}"),
                        "interaction": {
                            "patient": "cup",
                            "affordance_type": "graspable",
                            "mechanism": "fingers close around it",
                        },
                    }
                    for n in (0, 2)
                ],
                "detail_independence": "It needs nothing of it." if step == 3 else "",
            }
        asked["atomic"] += 1
        (number,) = re.findall(r"has the id (\d+)", text)
        late = 9 if "Goal late" in text else 0
        return {"step_id": step, "atomic_actions": [
            {"atomic_action_id": int(number) + n, "start_frame_index": first + 2 * n + late,
             "end_frame_index": first + 2 * n + 2 + late, "actor": "hand", "action": "move",
             "patient": "cup", "caption": "The hand moves the cup."}
            for n in (0, 1)
        ]}  # fmt: skip

    with scripted_answers.serve(reply) as (url, _):
        yield url, asked


def build(source: Path, store: Path, file: Path | None, **more: Any) -> CurationBuild:
    CORPUS.accepts({**CORPUS.recipe, **RECIPE})
    options = BuildOptions(
        out=str(store),
        source=str(source),
        workers=2,
        recipe=RECIPE,
        model=str(file) if file else None,
        **more,
    )
    made = builds.opened(CORPUS, options)
    builds.take_all(made.corpus, made, ["000"])
    return made


def loaded(store: Path) -> Release:
    return manifest.load(store, CORPUS.name)


def records(store: Path) -> list[Record]:
    return list(Loader.open(store, CORPUS.name, seed=None).records())


def test_plans_that_hold_together_enter_and_others_say_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    source, store = tmp_path / "source", tmp_path / "store"
    source.mkdir()
    for n in range(len(FAULTS)):
        (source / f"{n}.mp4").write_bytes(
            synthetic_videos.written(synthetic_videos.shots(30 + n, [85]))
        )
    with pytest.raises(ModelError, match="--model FILE"):
        build(source, store, None)
    file = tmp_path / "model.json"
    with model() as (url, asked):
        planner = {"base_url": url, "model": "planner", "max_tokens": 32000}
        file.write_text(json.dumps({**planner, "judge": "judge.json"}))
        (tmp_path / "judge.json").write_text(json.dumps({"base_url": url, "model": "auditor"}))
        build(source, store, file)
    ended = [o for o in manifest.outcomes(store, loaded(store)) if o.unit == "scene"]
    assert Counter(o.reason for o in ended) == Counter(FAULTS.values())
    assert all(o.value for o in ended if o.reason.startswith("plan_"))
    # A clip whose stage is wrong is asked no further: a schema failure is asked about thrice.
    assert asked["draft"] == len(FAULTS) + 2 and asked["segments"] == 5
    assert asked["frames"] == 3 * 3 and asked["atomic"] == 3 * 3
    made = loaded(store)
    told = [o for o in manifest.outcomes(store, made) if o.unit == "task"]
    # The plan, and of three steps with one dependency what can be asked: not 17 and 18.
    reasons = {"": 16, "audit_refuses": 1, "audit_no_reply": 1, "trace_too_short": 1}
    assert Counter(o.reason for o in told) == reasons
    assert made.counts["task"] == {"kept": 16, "rejected": 3} and asked["traces"] == 16
    assert asked["audit"] == 17 + 3  # what cannot be read is asked for again, twice
    assert manifest.verify(store, made) == []
    export_table.holds(store, "causal_plan", tmp_path / "to", capsys)
    (record,) = records(store)
    told = {s: json.loads(record.files[f]) for s, f in plan_records.FILES.items()}
    plan = Plan.model_validate(told)
    assert consistency.check(plan, FRAMES) == []
    body = samples.read(record.files["json"])
    assert body.tasks[0].text == "Goal good"
    numbers = [int(cast(int, t.expected["task"])) for t in body.tasks[1:]]
    assert numbers == [n for n in range(1, 21) if n not in (11, 13, 17, 18, 20)]
    for t in body.tasks[1:]:
        said = cast(Any, t.expected)
        assert reasoning_traces.check(said["task"], said["trace"], said["answer"]) is None
    assert [a.value for a in body.annotations] == [
        {"start": n * STEP, "end": (n + 1) * STEP} for n in range(3)
    ]
    pictures = clips.read(record).pictures
    assert pictures is not None and len(pictures) == FRAMES

    # From the answers alone the same comes out: nobody is asked again.
    again = Path(shutil.copytree(store, tmp_path / "again"))
    shutil.rmtree(again / CORPUS.name)
    remade = build(source, again, file, replay=True)
    assert loaded(again).shards == made.shards and loaded(again).plan == made.plan
    assert remade.is_done(["000"])


def test_who_takes_no_images_is_told_before_anybody_is_asked(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.mp4").write_bytes(b"x")
    model = {"base_url": "http://127.0.0.1:1/v1", "model": "planner", "judge": "judge.json"}
    (tmp_path / "model.json").write_text(json.dumps(model))
    judge = {"base_url": "http://127.0.0.1:1/v1", "model": "blind", "takes_images": False}
    (tmp_path / "judge.json").write_text(json.dumps(judge))
    options = BuildOptions(
        out=str(tmp_path / "store"),
        source=str(source),
        recipe=RECIPE,
        model=str(tmp_path / "model.json"),
    )
    with pytest.raises(ModelError, match=r"saw takes_images: false .* 'blind'"):
        builds.opened(CORPUS, options).check()
