"""`corpuswright score bizgeneval`: a judge's answers about a model's images, by the released rules.

Easy and hard questions, then all, by domain and by dimension, as BizGenEval (arXiv 2603.25732) has
them. A group that lacks the answers of an image has no score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuswright.quality.benchmarks import bizgeneval
from corpuswright.storage.shown import count

NAMED = 5  # images without answers that are named; the report has all


def score(data: Path, results: Path, out: Path | None) -> int:
    """Score a folder of result files, print the report; return the exit code.

    Args:
        data: BizGenEval's rows, JSON lines.
        results: A folder of `<domain>_<dimension>_<id>.json`.
        out: Where the report is written, too.

    Raises:
        BizGenError: The rows cannot be read, or no image has answers.
    """
    if not results.is_dir():
        raise bizgeneval.BizGenError(f"--predictions: expected a folder of results, saw {results}")
    made = bizgeneval.report(bizgeneval.read(data), results)
    if not made["judged"]:
        name, why = next(iter(made["without_answers"].items()))
        raise bizgeneval.BizGenError(f"{results}: no image has answers; {name}.json: {why}")
    _tell(made)
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


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
