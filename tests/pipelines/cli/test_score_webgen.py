"""`corpuswright score mm_webgen`: verdicts, a judge, and how often judges are wrong."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.scoring import page_judge_test
from corpuswright.storage.keys import sha256
from tests.assets.documents import test_webpages
from tests.fixtures import scripted_answers
from tests.pipelines.cli import test_page

pytestmark = pytest.mark.browser
built = test_webpages.built
PAGES = {
    "a": "<h1>Crumb</h1><p>Bread.</p><img src='none.jpg' width=200 height=100>"
         "<a href='#x'>More</a>",
    "b": "<h1>Rope</h1><svg width=300 height=200><rect width=300 height=200 /></svg>"
         "<script src='https://cdn.example.com/x.js'></script>",
}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """Three briefs, pages of two of them."""
    briefs = [{"file_id": n, "input": f"A page that says “{w}” and “nowhere”."}
              for n, w in (("a", "Crumb"), ("b", "Rope"), ("c", "Tar"))]  # fmt: skip
    (tmp_path / "briefs.jsonl").write_text("".join(json.dumps(b) + "\n" for b in briefs))
    for name, text in PAGES.items():
        (tmp_path / "made" / name).mkdir(parents=True)
        index = "index.html" if name == "a" else "main.html"
        page = f"<!doctype html><html lang=en><title>x</title><body>{text}"
        (tmp_path / "made" / name / index).write_text(page)
    return tmp_path


def scored(bench: Path, *words: str) -> dict[str, Any]:
    report = bench / "report.json"
    made = ["score", "mm_webgen", "--data", str(bench / "briefs.jsonl"), "--predictions",
            str(bench / "made"), "--json", str(report), *words]  # fmt: skip
    assert main(made) == 0
    return json.loads(report.read_text())


def test_what_needs_no_judge_is_measured(bench: Path, capsys: pytest.CaptureFixture[str]):
    made = scored(bench)
    a, b = made["measured"]["a"], made["measured"]["b"]
    assert (a["quoted"], a["quoted_on_the_page"]) == (2, 1)
    assert (a["broken_images"], a["broken_links"], a["images"]) == (1, 1, 1)
    assert "image-alt" in a["accessibility"] and b["charts"] == 1
    assert b["unreached"] == ["cdn.example.com"]
    assert made["without_page"] == ["c"] and made["average"] is None
    assert "without a page: c" in capsys.readouterr().out


def test_verdicts_beside_the_pages_are_read(bench: Path):
    verdict = {"layout": {"critical": 1, "detail": 2}, "style": {"whole_page": 3},
               "aesthetics": {"aspects": [4, 4, 4, 4, 4]}, "images": [{"issues": 2}],
               "videos": [], "charts": [], "missing": {"image": 1}}  # fmt: skip
    for name in "ab":
        (bench / "made" / name / "verdicts.json").write_text(json.dumps(verdict))
    shutil.copytree(bench / "made/a", bench / "made/c")
    levels = scored(bench)["levels"]
    # 1 - .7/2; 1 - 1.5/2; 4/5; (0.6 + 0) / 2
    expected = {"layout": 0.65, "style": 0.25, "aesthetics": 0.8, "image": 0.3}
    for level, value in expected.items():
        assert levels[level] == pytest.approx(value, abs=1e-9)
    assert levels["video"] is None and levels["chart"] is None


def test_a_judge_is_asked_at_every_level(bench: Path):
    with scripted_answers.serve(test_page.judged) as (url, _):
        model = test_page.model(bench, url)
        made = scored(bench, "--model", str(model))
    assert made["pages"] == 2 and made["judge"] == "scripted"
    held = json.loads((bench / "made/a/verdicts.json").read_text())
    assert held["layout"]["detail"] == 1 and held["images"] == [{"issues": 1, "blank": False}]
    assert scored(bench)["pages"] == 2  # what it said is read again without it


Judge = Callable[[str, bool], int]  # picture's hash, whether it is spoilt → issues it counts
JUDGES: dict[str, Judge] = {
    "perfect": lambda _, spoilt: int(spoilt),
    "lazy": lambda *_: 0,
    "harsh": lambda *_: 2,
}


@pytest.mark.parametrize("name", JUDGES)
def test_judges_are_told_apart(name: str, built: Path, tmp_path: Path):
    shutil.copytree(built, tmp_path / "store")
    known = {sha256(pair.pictures[n][-1]): bool(n)
             for pair in page_judge_test.pairs(tmp_path / "store") for n in (0, 1)}  # fmt: skip

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        _, *shown = body["messages"][1]["content"]
        png = sha256(base64.b64decode(shown[-1]["image_url"]["url"].partition(",")[2]))
        count = JUDGES[name](png, known[png])
        level = body["response_format"]["json_schema"]["name"]
        return {{"Layout": "critical", "Style": "section", "Asset": "issues"}[level]: count}

    with scripted_answers.serve(answer) as (url, _):
        words = ["--data", str(tmp_path / "store"), "--json", str(tmp_path / "r.json")]
        model = ["--model", str(test_page.model(tmp_path, url))]
        code = main(["score", "mm_webgen", "--self-test", *words, *model])
    made = json.loads((tmp_path / "r.json").read_text())
    assert made["pages"] >= 2 and made["without_answer"] == 0
    assert bool(code) == bool(made["refused"]) == (name != "perfect")
    if name == "perfect":
        assert made["all"]["missed"]["wrong"] == made["all"]["false_alarms"]["wrong"] == 0
