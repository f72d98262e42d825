"""`corpuswright score`: a model's answers on a benchmark, with intervals."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.quality.benchmarks import bootstrap, cuactspot
from corpuswright.quality.benchmarks.cuactspot import BenchmarkError, BenchmarkSample, Prediction


class Rules(NamedTuple):
    """By what answers are judged: a name, and why an answer fails (empty where it does not)."""

    name: str
    judge: Callable[[BenchmarkSample, Prediction], str]


RELEASED = Rules("released", lambda sample, made: cuactspot.released(sample, made.points))
STRICT = Rules("strict", cuactspot.strict)


def cuactspot_report(
    samples: Sequence[BenchmarkSample], predictions: dict[str, Prediction], rules: Rules
) -> dict[str, Any]:
    """Return overall, interval, by_modality and one verdict a sample; rates are from 0 to 1.

    The overall rate is the macro mean over the modalities there are, as in the paper's tables. A
    sample without a prediction failed, with that reason.

    Raises:
        BenchmarkError: A prediction is for an image that is not in the benchmark.
    """
    strangers = sorted(set(predictions) - {s.id for s in samples})
    if strangers:
        raise BenchmarkError(f"predictions for images that are not in --data: {strangers[:5]}")
    verdicts: list[dict[str, Any]] = []
    groups: dict[str, list[float]] = {}
    for sample in samples:
        made = predictions.get(sample.id)
        reason = "no_prediction" if made is None else rules.judge(sample, made)
        verdicts.append({"image_id": sample.id, "success": not reason, "reason": reason})
        groups.setdefault(sample.modality, []).append(float(not reason))
    whole = bootstrap.macro_mean(groups)
    return {
        "benchmark": "cuactspot",
        "rules": rules.name,
        "overall": whole.mean,
        "interval": whole.interval,
        "by_modality": {m: sum(v) / len(v) for m, v in sorted(groups.items())},
        "counts": {m: [int(sum(v)), len(v)] for m, v in sorted(groups.items())},
        "actions_named": sum(bool(p.action) for p in predictions.values()),
        "samples": verdicts,
    }


def paired(a: dict[str, Any], b: dict[str, Any]) -> bootstrap.Estimate:
    """Return by how much report `a` is above report `b`, sample for sample."""
    other = {v["image_id"]: v["success"] for v in b["samples"]}
    groups: dict[str, list[float]] = {}
    for v in a["samples"]:
        name = v["image_id"]
        groups.setdefault(name.split("-", 1)[0], []).append(v["success"] - float(other[name]))
    return bootstrap.macro_mean(groups)


def score_cuactspot(
    data: Path, predictions: Path, rules: Rules, against: Path | None, out: Path | None
) -> int:
    """Print the report, and write it as JSON where asked; return the exit code."""
    samples = cuactspot.read(data)
    report = cuactspot_report(samples, cuactspot.read_predictions(predictions), rules)
    print(f"cuactspot, {report['rules']} rules: {len(samples)} samples")
    for modality, (successes, number) in report["counts"].items():
        print(f"  {modality:8} {successes:4} of {number:4}  {100 * successes / number:5.1f} %")
    print(
        f"  overall  {100 * report['overall']:.1f} %, 95 % interval "
        f"{bootstrap.told(report['interval'])} (mean over modalities)"
    )
    reasons = Counter(v["reason"] for v in report["samples"] if v["reason"])
    for reason, number in reasons.most_common():
        print(f"  {number:4} failed: {reason}")
    if rules.name != RELEASED.name and report["actions_named"] < len(samples):
        print(f"  action types were checked on the {report['actions_named']} answers that name one")
    if against is not None:
        other = cuactspot_report(samples, cuactspot.read_predictions(against), rules)
        above = paired(report, other)
        report["against"] = {"difference": above.mean, "interval": above.interval}
        print(
            f"  {100 * above.mean:+.1f} points above {against.name}, paired 95 % interval "
            f"{bootstrap.told(above.interval, '+.1f')}"
        )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0
