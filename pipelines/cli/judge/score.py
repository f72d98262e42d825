"""`corpuswright score`: which benchmarks there are, and what each of its options means to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import PACKAGES

# What each option means something to.
MEANT = {
    "--features": ("flashbench",),
    "--self-test": ("bizgeneval", "designs", "flashbench", "causal_plan_bench", "mm_webgen"),
    "--judge-error": ("bizgeneval",),
    "--model": ("bizgeneval", "causal_plan_bench", "causal_scenes", "mm_webgen"),
    "--against": ("cuactspot",),
    "--strict": ("cuactspot",),
    "--replay": ("cuactspot",),
    "--source": ("cuactspot",),
    "--scorers": ("opencustom",),
    "--predictions": (
        "bizgeneval",
        "cuactspot",
        "flashbench",
        "causal_plan_bench",
        "designs",
        "mm_webgen",
        "opencustom",
    ),
}
Benchmark = Literal[
    "bizgeneval", "causal_plan_bench", "causal_scenes", "cuactspot", "designs", "flashbench",
    "mm_webgen", "opencustom",
]  # fmt: skip


def score(
    benchmark: Benchmark,
    /,
    *,
    data: Path,
    predictions: Path | None = None,
    self_test: bool = False,
    model: Path | None = None,
    judge_error: Path | None = None,
    features: Path | None = None,
    scorers: Path | None = None,
    strict: bool = False,
    replay: Path | None = None,
    source: Path | None = None,
    against: Path | None = None,
    json_: Annotated[Path | None, Parameter(name="--json")] = None,
    inputs: Path = PACKAGES,
) -> int:
    """Score a model's answers on a benchmark, with intervals.

    Args:
        benchmark: Whose rules.
        data: bizgeneval: its rows, JSON lines (a store of `designs` for its self-test); mm_webgen:
            its briefs, JSON lines (a store of `webpages` for its self-test); cuactspot: a folder of
            MODALITY-HEX.json files; opencustom: a folder of its maps and pictures; the others: a
            store that has it.
        predictions: bizgeneval: a folder of a judge's results, DOMAIN_DIMENSION_ID.json
            with {"meta_info": {"1": {"result": true}, ...}}; cuactspot: JSON lines of `image_id`,
            `points` (px, [[x, y], ...]) and optionally `action`; flashbench: a folder of KEY.npz
            (`instances` or `boxes`) or KEY.json; causal_plan_bench: JSON lines of `key` and
            `answer`; designs: a folder of KEY.png, pictures made from our prompts; mm_webgen: of
            pages, FILE_ID/index.html; opencustom: of videos.
        self_test: bizgeneval: how often a judge is wrong on documents of `designs` and their twins;
            flashbench: score the truth with known faults: the ceiling, shifts, drops, swaps;
            causal_plan_bench: how often judges are wrong on answers that are known; mm_webgen: how
            often a judge misses a defect of a page, or finds one where there is none; designs: how
            often the checker of pictures of others is wrong on ours and their twins.
        model: bizgeneval: the judge whose error `--self-test` measures; mm_webgen: the judge of all
            levels (without it, the `verdicts.json` beside each page); causal_plan_bench: a model
            that judges answers in words; causal_scenes: one that writes plans, whose errors are
            counted.
        judge_error: bizgeneval: what `--self-test --json` has written of the judge: scores without
            its errors, with intervals, beside the released ones.
        features: flashbench: an ONNX network of your own for FID (frames) or FVD (clips);
            predictions then hold KEY.mp4 too.
        scorers: opencustom: JSON of who looks: `clip`, `dino`, `detector`, `segmenter`, `between`,
            `flow`; what is not named is missing.
        strict: Also refuse surplus points, wrong action types, paths through banned regions; judge
            drags whose end hangs on their start by how far they go.
        replay: A store that the set was written from: answers are performed in its scenes.
        source: The folder of your own that the store of `--replay` was built from.
        against: Predictions to compare with, in pairs.
        json_: Write report and verdicts to this file.
        inputs: Where fetched packages are kept, for `--replay`.
    """
    from corpuswright.pipelines.scoring import (
        bizgeneval,
        causal_plan_bench,
        cuactspot,
        designs,
        flashbench,
        judge_self_test,
        mm_webgen,
        open_custom,
        page_judge_test,
        planner,
    )

    files = [p for p in (data, predictions, against, features, model, judge_error, scorers, replay,
                          source) if p]  # fmt: skip
    if missing := [str(p) for p in files if not p.exists()]:
        raise LookupError(f"there is no {', no '.join(missing)}")
    if benchmark == "causal_scenes":
        if model is None:
            raise LookupError("--model: expected the model that writes plans")
    elif predictions is None and not (benchmark in MEANT["--self-test"] and self_test):
        raise LookupError(
            f"--predictions: expected what is to be scored; see score --help: {benchmark}"
        )
    if benchmark == "opencustom" and scorers is None:
        raise LookupError("--scorers: expected the file that says who looks")
    said: dict[str, object] = {
        "--features": features,
        "--self-test": self_test,
        "--judge-error": judge_error,
        "--model": model,
        "--against": against,
        "--strict": strict,
        "--replay": replay,
        "--source": source,
        "--scorers": scorers,
        "--predictions": predictions,
    }
    given = {name: value for name, value in said.items() if benchmark not in MEANT[name]}
    if self_test:
        given |= {"--predictions": predictions, "--features": features}
        given |= {"--judge-error": judge_error}
    elif benchmark == "bizgeneval":
        given |= {"--model": model}
    if odd := [name for name, value in given.items() if value]:
        how = " --self-test" if self_test else ""
        raise LookupError(f"{', '.join(odd)}: means nothing to `score {benchmark}{how}`")
    if source is not None and replay is None:
        raise LookupError("--source: means nothing without --replay, whose store was built from it")
    made, out = predictions or Path(), json_
    try:
        if benchmark == "opencustom" and scorers is not None:
            return open_custom.score(data, made, scorers, out)
        if benchmark == "bizgeneval":
            if self_test:
                return judge_self_test.examine(data, model, out)
            return bizgeneval.score(data, made, out, judge_error)
        if benchmark == "designs":
            return designs.examine(data, out) if self_test else designs.score(data, made, out)
        if benchmark == "mm_webgen":
            if self_test:
                return page_judge_test.examine(data, model, out)
            return mm_webgen.score(data, made, model, out, inputs)
        if benchmark == "causal_scenes" and model is not None:
            return planner.score(data, model, out)
        if benchmark == "causal_plan_bench":
            if self_test:
                return causal_plan_bench.examine(data, model, out)
            return causal_plan_bench.score(data, made, model, out)
        if benchmark == "flashbench":
            if self_test:
                return flashbench.examine(data, out)
            return flashbench.score(data, made, features, out)
        rules = cuactspot.STRICT if strict else cuactspot.RELEASED
        if replay is not None:
            from corpuswright.pipelines.scoring.replay import judge  # a browser's weight
            from corpuswright.quality.benchmarks.cuactspot import read

            rules = cuactspot.Rules(
                "replayed",
                judge(read(data), replay.resolve(), inputs.resolve(), source and source.resolve()),
            )
        return cuactspot.score_cuactspot(data, made, rules, against, out)
    except ValueError as error:
        raise LookupError(str(error)) from error
