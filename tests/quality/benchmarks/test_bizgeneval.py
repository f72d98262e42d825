"""BizGenEval's rows are read, and its score is what the released summary would say."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.pipelines.cli.main import main
from corpuswright.quality.benchmarks import bizgeneval
from corpuswright.quality.benchmarks.bizgeneval import BizGenError, BizGenPrompt, JudgedImage

CELLS = [(d, m) for d in bizgeneval.DOMAINS for m in bizgeneval.DIMENSIONS]


def row(number: int, domain: str, dimension: str, **more: object) -> dict[str, Any]:
    order = random.Random(number).sample(range(1, 21), 20)
    return {
        "id": number,
        "prompt": "Make a slide.",
        "domain": domain,
        "dimension": dimension,
        "aspect_ratio": "",
        "reference_image_wh": None,
        "questions": [f"Is part {n} there?" for n in range(1, 21)],
        "eval_tag": dimension,
        "easy_qidxs": sorted(order[:10]),
        "hard_qidxs": sorted(order[10:]),
        **more,
    }


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows) + "\n")
    return path


def result(right: list[bool]) -> dict[str, Any]:
    said = {str(n): {"result": r, "reason": "seen"} for n, r in enumerate(right, 1)}
    return {"meta_info": said, "prompt": "", "accuracy": sum(right) / 20, "n_questions": 20}


def by_hand(
    rows: list[dict[str, Any]], answers: Mapping[int, list[bool]], subset: str, group: str
) -> dict[str, Fraction]:
    """Return the score by group, in fractions, from the definition alone."""
    values: dict[str, list[Fraction]] = {}
    for r in rows:
        numbers = range(1, 21) if subset == "all" else r[f"{subset}_qidxs"]
        wrong = sum(not answers[r["id"]][n - 1] for n in numbers)
        left = Fraction(1) - wrong * Fraction(1 if subset == "all" else 2, 10)
        values.setdefault(r[group], []).append(max(Fraction(0), left))
    return {n: sum(v, Fraction(0)) / len(v) for n, v in values.items()}


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_scores_are_those_of_the_definition(seed: int, share: float):
    rng = random.Random(seed)
    rows = [row(n, *rng.choice(CELLS)) for n in range(30)]
    answers = {r["id"]: [rng.random() < share for _ in range(20)] for r in rows}
    prompts = [BizGenPrompt.model_validate(r) for r in rows]
    judged = {p.name: JudgedImage(tuple(answers[p.id]), 0) for p in prompts}
    for subset in bizgeneval.SUBSETS:
        found = bizgeneval.scores(prompts, judged, subset)
        assert found == bizgeneval.released(prompts, judged, subset)
        for group, got, mean in (
            ("domain", found.domains, found.by_domain),
            ("dimension", found.dimensions, found.by_dimension),
        ):
            expected = by_hand(rows, answers, subset, group)
            assert got == {n: pytest.approx(float(v), abs=1e-12) for n, v in expected.items()}
            assert mean == pytest.approx(float(sum(expected.values()) / len(expected)), abs=1e-12)


def test_the_command_says_what_has_no_answers_and_scores_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rows = [row(n, *cell) for n, cell in enumerate(CELLS)]
    data, results = write(tmp_path, rows), tmp_path / "results"
    results.mkdir()
    words = ["score", "bizgeneval", "--data", str(data), "--predictions", str(results)]
    assert main(words) == 2
    assert "no image has answers; slides_layout_0.json: no file" in capsys.readouterr().err

    bad = {"poster_text_10": "{", "chart_text_14": "[]", "chart_layout_12": '{"meta_info": {}}'}
    for r in rows[1:]:
        name = f"{r['domain']}_{r['dimension']}_{r['id']}"
        right = [n > r["id"] % 4 for n in range(1, 21)]  # 0 to 3 errors
        (results / f"{name}.json").write_text(bad.get(name) or json.dumps(result(right)))
    (results / "webpage_layout_4.json").write_text(
        json.dumps({"meta_info": {"1": {"result": True}, "2": {"result": "true"}}})
    )
    report = tmp_path / "report.json"
    assert main([*words, "--json", str(report)]) == 0
    told = json.loads(report.read_text())
    assert set(told["without_answers"]) == {"slides_layout_0", *bad}
    assert told["unanswered_questions"] == 18 and told["neither_true_nor_false"] == 1
    scores = told["scores"]["all"]
    missing = {n for n, v in scores["domains"].items() if v is None}
    assert missing == {"slides", "poster", "chart"} and scores["by_domain"] is None
    assert scores["domains"]["webpage"] == pytest.approx((0 + 0.9 + 0.8 + 0.7) / 4)
    assert scores["domains"]["scientific_figure"] == pytest.approx((1 + 0.9 + 0.8 + 0.7) / 4)
    released = told["released"]["all"]
    assert released["domains"]["slides"] == pytest.approx((0.9 + 0.8 + 0.7) / 3)
    out = capsys.readouterr().out
    assert "16 of 20 images judged" in out and "poster_text_10.json: no JSON" in out
    assert "counted as wrong, as released: 1 answer\n" in out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"domain": "video"}, "line 2: domain"),
        ({"questions": ["Is it?"]}, "line 2: questions"),
        ({"easy_qidxs": [1, 2]}, "expected each of 1 to 20 to be easy or hard, once"),
        ({"hard_qidxs": list(range(1, 11))}, "expected each of 1 to 20"),
        ({"id": 0, "domain": "slides", "dimension": "text"}, "slides_text_0 stands there twice"),
    ],
)
def test_rows_that_are_none_are_told(tmp_path: Path, more: dict[str, Any], said: str):
    data = write(tmp_path, [row(0, "slides", "text"), {**row(1, "poster", "text"), **more}])
    with pytest.raises(BizGenError, match=said):
        bizgeneval.read(data)
