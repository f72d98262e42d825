"""`corpuswright score`: which benchmarks there are, and what each of its options means to them."""

from __future__ import annotations

import argparse
from pathlib import Path

# What each option means something to.
MEANT = {
    "--features": ("flashbench",),
    "--self-test": ("flashbench", "causal_plan_bench"),
    "--model": ("causal_plan_bench", "causal_scenes"),
    "--against": ("cuactspot",),
    "--strict": ("cuactspot",),
    "--scorers": ("opencustom",),
    "--predictions": ("cuactspot", "flashbench", "causal_plan_bench", "opencustom"),
}


def options(sub: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    sub.add_argument(
        "benchmark",
        choices=("causal_plan_bench", "causal_scenes", "cuactspot", "flashbench", "opencustom"),
    )
    sub.add_argument(
        "--data",
        required=True,
        help="cuactspot: a folder of <Modality>-<hex>.json files; opencustom: a folder of its "
        "maps and pictures; the others: a store that has it",
    )
    sub.add_argument(
        "--predictions",
        metavar="FILE",
        help='cuactspot: JSON lines {"image_id": ..., "points": [[x, y], ...], "action": optional},'
        " pixels; flashbench: a folder of <key>.npz (`instances` or `boxes`) or <key>.json; "
        'causal_plan_bench: JSON lines {"key": ..., "answer": ...}; opencustom: a folder of videos',
    )
    sub.add_argument(
        "--self-test",
        action="store_true",
        help="flashbench: score the truth with known faults: the ceiling, shifts, drops, swaps; "
        "causal_plan_bench: how often judges are wrong on answers that are known",
    )
    sub.add_argument(
        "--model",
        metavar="FILE",
        help="causal_plan_bench: a model that judges answers in words; causal_scenes: one that "
        "writes plans, whose errors are counted (README, Words from a model)",
    )
    sub.add_argument(
        "--features",
        metavar="ONNX",
        help="flashbench: a network of your own for FID (frames) or FVD (clips); predictions then "
        "hold <key>.mp4 too",
    )
    sub.add_argument(
        "--scorers",
        metavar="FILE",
        help='opencustom: JSON of who looks, {"clip": ..., "dino": ..., "detector": ..., '
        '"segmenter": ..., "between": ..., "flow": ...}; what is not named is missing',
    )
    sub.add_argument(
        "--strict",
        action="store_true",
        help="also refuse surplus points, wrong action types, paths through banned regions",
    )
    sub.add_argument("--against", metavar="FILE", help="predictions to compare with, in pairs")
    sub.add_argument("--json", metavar="OUT", help="write report and verdicts to this file")


def run(arguments: argparse.Namespace) -> int:
    """Score and print; return the exit code. Raises LookupError for what makes no sense."""
    from corpuswright.pipelines.scoring import (
        causal_plan_bench,
        cuactspot,
        flashbench,
        open_custom,
        planner,
    )

    a = arguments
    files = [
        Path(p) for p in (a.data, a.predictions, a.against, a.features, a.model, a.scorers) if p
    ]
    if missing := [str(p) for p in files if not p.exists()]:
        raise LookupError(f"there is no {', no '.join(missing)}")
    if a.benchmark == "causal_scenes":
        if a.model is None:
            raise LookupError("--model: expected the model that writes plans")
    elif a.predictions is None and not (
        a.benchmark in ("flashbench", "causal_plan_bench") and a.self_test
    ):
        raise LookupError("--predictions: expected what is to be scored")
    if a.benchmark == "opencustom" and a.scorers is None:
        raise LookupError("--scorers: expected the file that says who looks")
    said = {name: getattr(a, name[2:].replace("-", "_")) for name in MEANT}
    given = {name: value for name, value in said.items() if a.benchmark not in MEANT[name]}
    if a.self_test:
        given |= {"--predictions": a.predictions, "--features": a.features}
    if odd := [name for name, value in given.items() if value]:
        how = " --self-test" if a.self_test else ""
        raise LookupError(f"{', '.join(odd)}: means nothing to `score {a.benchmark}{how}`")
    predictions = Path(a.predictions or "")
    out = Path(a.json) if a.json else None
    try:
        if a.benchmark == "opencustom":
            return open_custom.score(Path(a.data), predictions, Path(a.scorers), out)
        if a.benchmark == "causal_scenes":
            return planner.score(Path(a.data), Path(a.model), out)
        if a.benchmark == "causal_plan_bench":
            model = Path(a.model) if a.model else None
            if a.self_test:
                return causal_plan_bench.examine(Path(a.data), model, out)
            return causal_plan_bench.score(Path(a.data), predictions, model, out)
        if a.benchmark == "flashbench":
            if a.self_test:
                return flashbench.examine(Path(a.data), out)
            features = Path(a.features) if a.features else None
            return flashbench.score(Path(a.data), predictions, features, out)
        return cuactspot.score_cuactspot(
            Path(a.data),
            predictions,
            a.strict,
            Path(a.against) if a.against else None,
            out,
        )
    except ValueError as error:
        raise LookupError(str(error)) from error
