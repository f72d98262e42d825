"""`corpuswright score causal_scenes`: how often a model that writes plans is wrong.

The model is asked for the plan of each rendered clip as `causal_plan` asks for those of real ones;
what it says is read by a blind reader and held against the state machine that made the clip.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.plans import model_prompts
from corpuswright.assets.plans import write_plans
from corpuswright.quality.benchmarks import bootstrap
from corpuswright.quality.plans import chore_errors
from corpuswright.renderers.plans import chores
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips

CORPUS = "causal_scenes"


def score(store: Path, model: Path, out: Path | None) -> int:
    """Ask for a plan of each clip of the newest release and print what is wrong with them.

    Returns 0. Answers are on record in the store: asked again, they cost nothing.

    Raises:
        ValueError: A clip has no pictures, or more frames than a model is shown.
        ModelError: The model does not answer; the next run goes on.
    """
    asked = model_file.load(model)
    model_file.wants_images(asked, CORPUS)
    client = model_file.client(store, CORPUS, asked)
    lost: Counter[str] = Counter()
    found: list[chore_errors.Errors] = []
    for record in Loader.open(store, CORPUS, seed=None).records():
        clip = clips.read(record)
        chore = chores.from_json(clip.scene.state["chore"])
        if clip.pictures is None or len(clip.pictures) > model_prompts.MOST_FRAMES:
            raise ValueError(
                f"{clip.key}: expected pictures, at most {model_prompts.MOST_FRAMES} frames "
                "(--set step_frames), for a model to see them all"
            )
        images = [model_prompts.numbered(p, n) for n, p in enumerate(clip.pictures)]
        made = write_plans.of_images(client, {clip.key: images}, CORPUS)[clip.key]
        if made.plan is None:
            lost[made.reason] += 1
        else:
            found.append(chore_errors.errors(chore, made.plan))
    report = _report(asked.endpoint.model, found, lost)
    _tell(report)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 0


def _report(
    model: str, found: Sequence[chore_errors.Errors], lost: Mapping[str, int]
) -> dict[str, Any]:
    """Return shares, resampled by clip, since what one plan says hangs together."""
    said = sum(e.said for e in found)
    false, unread = (sum(len(e.false) for e in found), sum(len(e.unread) for e in found))
    off = [f for e in found for f in e.frames]
    made: dict[str, Any] = {
        "benchmark": CORPUS,
        "model": model,
        "clips": len(found) + sum(lost.values()),
        "plans": len(found),
        "lost": dict(lost),
        "said": said,
        "unread": unread,
    }
    if said > unread:
        shares = [len(e.false) / (e.said - len(e.unread)) for e in found if e.said > len(e.unread)]
        estimate = bootstrap.macro_mean({"clips": shares})
        made["false"] = {
            "share": estimate.mean,
            "statements": false,
            "interval": estimate.interval,
            "by_field": dict(Counter(f.partition(" of ")[0] for e in found for f in e.false)),
        }
    if off:
        made["frames_off"] = {"median": statistics.median(off), "most": max(off)}
    made["examples"] = [s for e in found for s in (*e.false, *e.unread)][:20]
    return made


def _tell(made: Mapping[str, Any]) -> None:
    print(f"{CORPUS}: {made['model']} was asked for plans of {made['clips']} clips")
    for reason, n in made["lost"].items():
        print(f"  {n} plans are none: {reason}")
    read = made["said"] - made["unread"]
    print(f"  {made['said']} statements in {made['plans']} plans, {made['unread']} cannot be read")
    if "false" in made:
        ends = bootstrap.told(made["false"]["interval"])
        print(
            f"  false: {100 * made['false']['share']:.1f} % ({ends}) a plan (mean), "
            f"{made['false']['statements']} of {read} that can be read"
        )
        for field, n in sorted(made["false"]["by_field"].items(), key=lambda x: -x[1]):
            print(f"    {n:5} {field}")
    else:
        print("  false: missing, nothing that it says can be read")
    if "frames_off" in made:
        off = made["frames_off"]
        print(f"  ends of steps are {off['median']:g} frames off (median), {off['most']} at most")
    for said in made["examples"][:5]:
        print(f"    {said}")
