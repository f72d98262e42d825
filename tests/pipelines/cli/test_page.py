"""`corpuswright page`: with and without a model, pictures of an endpoint or of one's own."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from PIL import Image

from corpuswright.annotators.llm import media_endpoint
from corpuswright.pipelines.cli.main import main
from corpuswright.renderers.documents.webpages.plan import PagePlan, read
from tests.fixtures import media_server, scripted_answers, synthetic_images, webpages

pytestmark = pytest.mark.browser
BRIEF = "A landing page for a bakery called “Crumb & Co”, in cream and brown, with a hero photo, " \
        "three features and a newsletter."  # fmt: skip


def judged(body: dict[str, Any]) -> dict[str, Any] | tuple[int, str]:
    """Answer whatever a model of pages is asked, sensibly and always alike."""
    name = body["response_format"]["json_schema"]["name"]
    return {
        "PagePlan": webpages.plan(5, 1).model_dump(mode="json"),
        "Review": {"edits": []},
        "Layout": {"detail": 1}, "Style": {"minor": 1}, "Aesthetics": {"aspects": [4, 4, 5, 3, 4]},
        "Asset": {"issues": 1}, "Video": {"fifths": 4},
        "WantedAssets": {"assets": [{"kind": "image", "words": "a photo"}]},
        "There": {"there": [1]},
        "Verdicts": {"answers": [True, False] * 10},
    }[name]  # fmt: skip


def model(folder: Path, url: str) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps({"base_url": url, "model": "scripted", "price_out": 2.0}))
    return path


def report(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "report.json").read_text())


def test_without_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["page", BRIEF, "--to", str(tmp_path / "a")]) == 0
    assert "second checker: 0 as it was made, 0 as it is" in capsys.readouterr().out
    plan = read(json.loads((tmp_path / "a/plan.json").read_text()))
    assert plan.brand == "Crumb & Co" and [s.kind for s in plan.sections][2:4] == [
        "features", "signup"]  # fmt: skip
    page = html.document_fromstring((tmp_path / "a/index.html").read_text())
    for element in page.iter():
        for name in ("src", "href"):
            target = element.get(name) or ""
            if target and not target.startswith("#"):
                assert (tmp_path / "a" / target).is_file(), target
    with Image.open(tmp_path / "a/page.png") as image:
        assert image.width == plan.width
    # The same again, from the same seed; from another seed another one.
    assert main(["page", BRIEF, "--to", str(tmp_path / "b")]) == 0
    assert main(["page", BRIEF, "--to", str(tmp_path / "c"), "--seed", "other"]) == 0
    pages = [(tmp_path / n / "index.html").read_bytes() for n in "abc"]
    assert pages[0] == pages[1] != pages[2]


def test_tables_and_pictures_of_ones_own(tmp_path: Path):
    (tmp_path / "photos").mkdir()
    for n, name in enumerate(("red-boat", "old-harbour")):
        picture = synthetic_images.texture(n).resize((900, 600))
        (tmp_path / f"photos/{name}.jpg").write_bytes(synthetic_images.jpeg(picture))
    (tmp_path / "photos/none.jpg").write_bytes(b"no picture")
    (tmp_path / "ships.csv").write_text("harbour,ships\nNorth,12\nSouth,30\nEast,7\n")
    brief = "A page for “Quay 4” with a hero photo of an old harbour, a chart and a gallery."
    words = ["--pictures", str(tmp_path / "photos"), "--data", str(tmp_path / "ships.csv")]
    assert main(["page", brief, "--to", str(tmp_path / "made"), *words]) == 0
    plan = read(json.loads((tmp_path / "made/plan.json").read_text()))
    ((_, chart),) = plan.charts()
    assert chart.categories == ["North", "South", "East"] and chart.values == [[12, 30, 7]]
    shown = {p.caption for _, p in plan.pictures() if p.kind == "photograph"}
    assert shown and shown <= {"red boat", "old harbour"}
    assert not report(tmp_path / "made")["issues_left"]


def test_a_changed_brief_is_made_anew_and_an_unchanged_one_is_not(tmp_path: Path):
    file, to = tmp_path / "briefs.jsonl", tmp_path / "made"

    def made(brief: str) -> tuple[str, int]:
        file.write_text(json.dumps({"file_id": "a", "input": brief}))
        assert main(["page", str(file), "--to", str(to)]) == 0
        return (to / "a/index.html").read_text(), (to / "a/index.html").stat().st_mtime_ns

    first = made(BRIEF)
    assert made(BRIEF) == first
    (to / "a/assets/left.png").write_bytes(b"of an earlier page")
    assert "Rope" in made("A site for “Rope”, with a hero and three features.")[0]
    assert not (to / "a/assets/left.png").exists()


@pytest.mark.parametrize("text", [
    "name,amount\n" + "".join(f"row {n},{n + 1}\n" for n in range(13)),
    "name,amount\n" + "".join(f"{'x' * 70}{n},{n + 1}\n" for n in range(3)),
    "name,amount\nNorth,1e15\nSouth,2\n",
    "name\nNorth\n",
])  # fmt: skip
def test_a_table_that_no_chart_can_show_is_told(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "t.csv").write_text(text)
    words = ["--to", str(tmp_path / "to"), "--data", str(tmp_path / "t.csv")]
    assert main(["page", BRIEF, *words]) == 1
    assert "not made: table_unusable: " in capsys.readouterr().out


def test_a_model_plans_and_reviews(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    plan = webpages.plan(5, 1)
    plain = plan.model_dump(mode="json")
    plain["sections"][1]["picture"] = {"caption": "a", "source": "/etc/passwd"} | {
        "caption": "A canal", "width": 800, "height": 600}  # fmt: skip
    answers = {
        "PagePlan": plain,
        "Review": {"edits": [{"node": "hero.heading", "property": "font-size", "value": "9px"},
                             {"node": "nobody", "property": "color", "value": "red"}]},
    }  # fmt: skip

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        return answers[body["response_format"]["json_schema"]["name"]]

    with scripted_answers.serve(answer) as (url, asked):
        to = tmp_path / "made"
        assert main(["page", BRIEF, "--to", str(to), "--model", str(model(tmp_path, url))]) == 0
        first = sum(asked.values())
        assert report(to)["rounds"][1]["cost"] > 0 and report(to)["cost"] > 0
        assert main(["page", BRIEF, "--to", str(to), "--model", str(model(tmp_path, url))]) == 0
        assert sum(asked.values()) == first  # what was paid for is not paid for again
    made = report(to)
    assert made["planner"] == "scripted"
    # The review made the heading too small: its round is on record, and not kept.
    assert [r["by"] for r in made["rounds"]] == ["made", "model"] and made["kept"] == 0
    assert made["model_turns_without_effect"] == {"no_such_element": 1}
    assert made["cost"] == 0
    assert "/etc/passwd" not in (to / "index.html").read_text()


def test_a_broken_plan_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    lines = [{"file_id": "a", "input": BRIEF}, {"file_id": "../b", "input": "Another page."}]
    (tmp_path / "briefs.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if "bakery" in scripted_answers.text_of(body):
            return webpages.plan(5, 1).model_dump(mode="json")
        return {"title": "", "sections": "none"}

    def either(body: dict[str, Any]) -> dict[str, Any]:
        name = body["response_format"]["json_schema"]["name"]
        return {"edits": []} if name == "Review" else answer(body)

    with scripted_answers.serve(either) as (url, _):
        words = ["--to", str(tmp_path / "made"), "--model", str(model(tmp_path, url))]
        assert main(["page", str(tmp_path / "briefs.jsonl"), *words]) == 0
        said = capsys.readouterr().out
        assert "1 pages" in said and "1 plan_invalid" in said
        assert main(["page", "Another page.", *words]) == 1
    assert "not made: plan_invalid" in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "made").iterdir()} == {".corpuswright", "a"}


def test_pictures_and_videos_of_an_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PICTURES_KEY", "sk-secret-of-pictures")
    monkeypatch.setattr(media_endpoint, "POLL_S", 0.01)
    sink = io.BytesIO()
    Image.new("RGB", (96, 64), "#884422").save(sink, "PNG")
    plain = webpages.plan(5, 1).model_dump(mode="json")
    plain["sections"][1] |= {"layout": "media_right", "items": [], "picture": {
        "caption": "Loaves on a shelf", "width": 1200, "height": 800}}  # fmt: skip
    PagePlan.model_validate(plain)

    def picture(body: dict[str, Any]) -> bytes | tuple[int, str]:
        if "Loaves" in body["prompt"]:
            return sink.getvalue()
        return 400, "no such thing for sk-secret-of-pictures"

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        return {"edits": []} if "Review" in json.dumps(body["response_format"]) else plain

    with (
        scripted_answers.serve(answer) as (url, _),
        media_server.serve(picture) as (pictures, asked),
    ):
        named = {"base_url": pictures, "model": "painter", "key_variable": "PICTURES_KEY"}
        (tmp_path / "images.json").write_text(json.dumps(named))
        words = ["--model", str(model(tmp_path, url)), "--images", str(tmp_path / "images.json")]
        assert main(["page", BRIEF, "--to", str(tmp_path / "made"), *words]) == 0
        number = len([a for a in asked if "Loaves" in a["prompt"]])
        assert main(["page", BRIEF, "--to", str(tmp_path / "made"), *words]) == 0
        assert len([a for a in asked if "Loaves" in a["prompt"]]) == number == 1
    assert {a["size"] for a in asked if "Loaves" in a["prompt"]} == {"1536x1024"}
    with Image.open(tmp_path / "made/assets/hero.picture.png") as image:
        assert image.getpixel((5, 5)) == (0x88, 0x44, 0x22)
    for path in (tmp_path / "made").rglob("*"):
        assert not path.is_file() or b"sk-secret" not in path.read_bytes(), path


def test_a_video_of_an_endpoint(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(media_endpoint, "POLL_S", 0.01)
    with media_server.serve(lambda _: b"", b"the video") as (url, asked):
        maker = media_endpoint.MediaMaker(media_endpoint.MediaEndpoint(base_url=url, model="film"))
        assert maker.video("A bakery", 1280, 720, 5) == b"the video"
    assert "1280x720" in asked[0]["form"] and "A bakery" in asked[0]["form"]


def test_wrong_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd.jsonl").write_text("{}\n")
    (tmp_path / "odd.json").write_text("[]")
    wrong = [
        [BRIEF, "--pictures", str(tmp_path / "nowhere")],
        [BRIEF, "--pictures", str(tmp_path / "empty")],
        [BRIEF, "--model", str(tmp_path / "odd.json")],
        [BRIEF, "--images", str(tmp_path / "odd.json")],
        ["nowhere.txt"],
        [str(tmp_path / "odd.jsonl")],
    ]
    for words in wrong:
        capsys.readouterr()
        assert main(["page", *words, "--to", str(tmp_path / "to")]) in (1, 2), words
        assert len(capsys.readouterr().err.splitlines()) == 1, words
    assert main(["page", "", "--to", str(tmp_path / "to")]) == 1
    assert "brief_unusable" in capsys.readouterr().out
