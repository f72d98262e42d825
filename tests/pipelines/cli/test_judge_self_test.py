"""A judge is tried on documents and their twins: lazy, random and perfect ones are told apart."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.scoring import judge_self_test
from corpuswright.storage.keys import sha256
from tests.assets.documents import test_designs
from tests.fixtures import scripted_answers
from tests.quality.benchmarks import test_bizgeneval

built = test_designs.built
pytestmark = pytest.mark.browser

Judge = Callable[[str, str, bool], bool]  # picture's hash, question, what is so → what it says
JUDGES: dict[str, Judge] = {
    "perfect": lambda _, __, right: right,
    "lazy": lambda _, __, right: True,
    "random": lambda png, text, right: int(sha256(png + text)[:8], 16) % 2 == 0,
    # Wrong in one answer of eight, whatever is asked.
    "human": lambda png, text, right: right != (int(sha256(png + text)[:8], 16) % 8 == 0),
}


def tried(
    store: Path, tmp_path: Path, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any], str]:
    """Try a scripted judge behind a real server; returns exit code, report and what was said."""
    truth = {sha256(s.png): {a.text: a.right for a in s.asked}
             for s in judge_self_test.pictures(store)}  # fmt: skip

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        text, image = body["messages"][1]["content"]
        png = sha256(base64.b64decode(image["image_url"]["url"].partition(",")[2]))
        lines = [line.partition(". ")[2] for line in text["text"].splitlines()]
        return {"answers": [judge(png, line, truth[png][line]) for line in lines]}

    with scripted_answers.serve(answer) as (url, _):
        (tmp_path / "model.json").write_text(json.dumps({"base_url": url, "model": "scripted"}))
        report = tmp_path / "report.json"
        code = main(["score", "bizgeneval", "--self-test", "--data", str(store), "--model",
                     str(tmp_path / "model.json"), "--json", str(report)])  # fmt: skip
    return code, json.loads(report.read_text()), capsys.readouterr().out


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    """A store of its own: each judge has a ledger of its own."""
    shutil.copytree(built, tmp_path / "store")
    return tmp_path / "store"


@pytest.mark.parametrize("name", JUDGES)
def test_judges_are_told_apart(
    name: str, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, made, said = tried(store, tmp_path, JUDGES[name], capsys)
    whole = made["all"]
    assert set(made["by_dimension"]) == {"layout", "attribute", "text", "knowledge"}
    assert made["by_fault"] and made["by_kind"]
    match name:
        case "perfect":
            assert code == 0 and not made["refused"]
            assert whole["false_yes"]["wrong"] == whole["false_no"]["wrong"] == 0
        case "lazy":
            assert code == 1 and "yes to everything" in made["refused"]
            assert "refused" in said
        case "random":
            assert code == 1 and "chance" in made["refused"]
        case _:
            assert code == 0
            for rate in whole.values():
                assert rate["interval"][0] <= 1 / 8 <= rate["interval"][1]


def test_a_score_is_told_without_the_judges_errors(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tried(store, tmp_path, JUDGES["human"], capsys)
    results = tmp_path / "results"
    results.mkdir()
    prompts = [test_bizgeneval.row(n, "poster", "layout") for n in range(12)]
    rows = test_bizgeneval.write(tmp_path, prompts)
    for p in prompts:
        said = {str(n): {"result": n % 8 != 0, "reason": ""} for n in range(1, 21)}
        name = f"{p['domain']}_{p['dimension']}_{p['id']}.json"
        (results / name).write_text(json.dumps({"meta_info": said}))
    out = tmp_path / "scores.json"
    code = main(["score", "bizgeneval", "--data", str(rows), "--predictions", str(results),
                 "--judge-error", str(tmp_path / "report.json"), "--json", str(out)])  # fmt: skip
    assert code == 0
    assert "without the judge's errors" in capsys.readouterr().out
    made = json.loads(out.read_text())
    for subset, rows_ in made["corrected"].items():
        for dimension, row in rows_.items():
            assert row["low"] <= row["score"] <= row["high"]
            # One no in eight is what this judge says of images that have no error.
            assert row["score"] >= made["released"][subset]["dimensions"][dimension]


def test_what_is_no_self_test_is_refused(tmp_path: Path):
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    with pytest.raises(ValueError, match="--judge-error"):
        judge_self_test.read(bad)
