"""`corpuswright score bizgeneval`: a judge's answers about a model's images, by the released rules.

Easy and hard questions, then all, by domain and by dimension, as BizGenEval (arXiv 2603.25732) has
them. A group that lacks the answers of an image has no score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.pipelines.scoring import judge_self_test
from corpuswright.quality.benchmarks import bizgeneval, judge_error
from corpuswright.storage.shown import count

NAMED = 5  # images without answers that are named; the report has all


def score(data: Path, results: Path, out: Path | None, judge: Path | None = None) -> int:
    """Score a folder of result files, print the report; return the exit code.

    Args:
        data: BizGenEval's rows, JSON lines.
        results: A folder of `<domain>_<dimension>_<id>.json`.
        out: Where the report is written, too.
        judge: What a self-test of the judge has found of its errors.

    Raises:
        BizGenError: The rows cannot be read, or no image has answers.
    """
    if not results.is_dir():
        raise bizgeneval.BizGenError(f"--predictions: expected a folder of results, saw {results}")
    prompts = bizgeneval.read(data)
    made = bizgeneval.report(prompts, results)
    if not made["judged"]:
        name, why = next(iter(made["without_answers"].items()))
        raise bizgeneval.BizGenError(f"{results}: no image has answers; {name}.json: {why}")
    _tell(made)
    if judge is not None:
        made["corrected"] = _corrected(prompts, results, judge)
        _tell_corrected(made)
    if out is not None:
        out.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _tell(made: Mapping[str, Any]) -> None:
    print(f"bizgeneval: {made['judged']} of {made['prompts']} images judged")
    for group in ("domain", "dimension"):
        rows: Mapping[str, Mapping[str, Any]] = made["scores"]
        names = list(rows["all"][f"{group}s"])
        print("  ".join(f"{n:>17}" for n in (f"by {group}", *names, "mean")))
        for subset, found in rows.items():
            values = [*found[f"{group}s"].values(), found[f"by_{group}"]]
            print("  ".join(f"{v:>17}" for v in (subset, *map(_told, values))))
    if number := made["unanswered_questions"]:
        print(f"{number} questions the judge did not answer count as wrong, as released")
    if number := made["neither_true_nor_false"]:
        print(
            f"neither true nor false, so counted as wrong, as released: {count(number, 'answer')}"
        )
    without: Mapping[str, str] = made["without_answers"]
    if without:
        print(f"{len(without)} images have no answers, and their groups no score:")
        for name, why in list(without.items())[:NAMED]:
            print(f"  {name}.json: {why}")
        told = made["released"]["all"]["by_domain"]
        print(f"the released summary leaves them out: {_told(told)} of all questions")


def _corrected(
    prompts: Sequence[bizgeneval.BizGenPrompt], results: Path, judge: Path
) -> dict[str, Any]:
    """Return scores by dimension and their mean without the judge's errors, with intervals."""
    _, by_dimension = judge_self_test.read(judge)
    found, _ = bizgeneval.read_results(prompts, results)
    out: dict[str, Any] = {}
    for subset in bizgeneval.SUBSETS:
        cost = bizgeneval.ERROR if subset == "all" else bizgeneval.ERROR_OF_HALF
        rows: dict[str, Any] = {}
        for dimension in bizgeneval.DIMENSIONS:
            of = [p for p in prompts if p.dimension == dimension and p.name in found]
            if not of or dimension not in by_dimension:
                continue
            seen = [sum(not found[p.name].right[n - 1] for n in p.numbers(subset)) for p in of]
            number = len(of[0].numbers(subset))
            error = by_dimension[dimension]
            if why := judge_error.refusal(error):
                rows[dimension] = {"refused": why}
                continue
            made = judge_error.corrected_with_interval(seen, number, cost, error)
            rows[dimension] = made._asdict()
        out[subset] = rows
    return out


def _tell_corrected(made: Mapping[str, Any]) -> None:
    print("without the judge's errors, as its self-test has them (95 % interval):")
    for subset, rows in made["corrected"].items():
        raw = made["released"][subset]["dimensions"]
        for name, row in rows.items():
            told = (
                f"not to be corrected: {row['refused']}"
                if "refused" in row
                else f"{row['score']:.4f} ({row['low']:.4f} to {row['high']:.4f})"
            )
            print(f"  {subset:5} {name:10} raw {_told(raw.get(name))}  {told}")


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
