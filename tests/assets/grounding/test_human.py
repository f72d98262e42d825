"""Recorded steps enter where what is said is read at the click, and the mixture takes them in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.grounding import human, mixture_release
from corpuswright.assets.grounding.mixture_release import Mixture
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.quality.grounding import planted_faults
from corpuswright.renderers import ocr
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Rejection
from corpuswright.storage.releases import manifest
from tests.fixtures import builds, export_table

pytestmark = pytest.mark.skipif(not ocr.available(), reason="OCR is not installed (extra `ocr`)")

SIZE = (800, 500)
# Two entries of one name, and one whose name stands in another, are there on purpose.
PLACES = {
    "Save file": (60, 50),
    "Print": (60, 120),
    "Close": (60, 190),
    "Help": (60, 260),
    "Quit": (60, 330),
}
LABELS = [*PLACES.items(), ("Close", (500, 400)), ("Quit now", (500, 60))]
CORPUS = human.CORPUS


def at(name: str, dx: int = 20, dy: int = 12) -> str:
    x, y = PLACES[name]
    return f"x={(x + dx) / SIZE[0]:.4f}, y={(y + dy) / SIZE[1]:.4f}"


def step(action: str, code: str, **more: Any) -> dict[str, Any]:
    return {"index": 0, "image": "a.png", "value": {"action": action, "code": code, **more}}


STEPS = [
    ("", step("Click the 'Save file' button in the menu.", f"pyautogui.click({at('Save file')})")),
    ("", step("Double-click on “Print”.", f"pyautogui.doubleClick({at('Print')})")),
    ("", step('Right-click the "Help" entry.', f"pyautogui.rightClick({at('Help')})")),
    ("sentence_fits_nothing", step("Click 'Export'.", f"pyautogui.click({at('Print')})")),
    ("sentence_fits_another", step("Click 'Save file'.", f"pyautogui.click({at('Print')})")),
    ("sentence_fits_another", step("Click 'Print'.", f"pyautogui.doubleClick({at('Print')})")),
    ("sentence_is_ambiguous", step("Click 'Close'.", f"pyautogui.click({at('Close')})")),
    ("sentence_not_read", step("Click 'Print', not 'Help'.", f"pyautogui.click({at('Print')})")),
    (
        "sentence_not_read",
        step("Click the arrow next to 'Print'.", f"pyautogui.click({at('Print')})"),
    ),
    ("sentence_is_ambiguous", step("Click 'Quit'.", f"pyautogui.click({at('Quit')})")),
    ("sentence_not_read", step("Click the second entry.", f"pyautogui.click({at('Print')})")),
    ("nothing_there", step("Click 'Help'.", f"pyautogui.click({at('Help', 300, 12)})")),
    (
        "marked_wrong_or_redundant",
        step("Click 'Help'.", f"pyautogui.click({at('Help')})", last_step_correct=False),
    ),
    ("not_one_click", step("Type it.", "pyautogui.write('a')")),
    ("code_not_read", step("Click 'Help'.", "import os; os.system('true')")),
    ("point_outside_the_image", step("Click 'Help'.", "pyautogui.click(x=400, y=300)")),
    ("says_nothing", step("", f"pyautogui.click({at('Help')})")),
    (
        "image_missing",
        {**step("Click 'Help'.", f"pyautogui.click({at('Help')})"), "image": "../b.png"},
    ),
]


def plant(root: Path) -> Path:
    (root / "mine/images").mkdir(parents=True)
    image = Image.new("RGB", SIZE, "#f4f4f4")
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype("DejaVuSans.ttf", 24)
    for text, place in LABELS:
        pen.text(place, text, "#111", font)
    image.save(root / "mine/images/a.png")
    image.save(root / "b.png")  # outside: not to be had by any name
    lines = [json.dumps({"task_id": str(i), "traj": [s]}) for i, (_, s) in enumerate(STEPS)]
    (root / "mine/some.jsonl").write_text("\n".join(lines))
    (root / "mine/broken.jsonl").write_text(lines[0] + "\n" + lines[1][:40])
    return root / "mine"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return plant(tmp_path)


def build(folder: Path, out: Path) -> SynthesisBuild:
    wanted = BuildOptions(out=str(out), source=str(folder), licence="MIT", workers=1)
    return builds.made(CORPUS, wanted)


def test_a_step_enters_only_if_its_words_are_read_where_the_click_is(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    build(folder, tmp_path / "out")
    made = manifest.load(tmp_path / "out", CORPUS.name)
    # One screen three times over, but three different clicks: none is a near duplicate of another.
    found = list(Loader(tmp_path / "out", made, seed=None))
    right = [s for reason, s in STEPS if not reason]
    assert sorted(e.text for e in found) == sorted(s["value"]["action"] for s in right)
    assert {e.task.kind for e in found} == {"click", "double_click", "right_click"}
    for e in found:
        name = next(n for n in PLACES if n in e.text)
        (point,) = e.task.actions[0].points
        assert point == pytest.approx((PLACES[name][0] + 20, PLACES[name][1] + 12), abs=0.05)
        (polygon,) = e.task.targets[0].accept
        xs, ys = zip(*polygon, strict=True)
        drawn = ImageFont.truetype("DejaVuSans.ttf", 24).getbbox(name)
        # OCR's boxes have some air around the letters.
        assert 0 <= PLACES[name][0] - min(xs) < 10
        assert 0 <= max(xs) - PLACES[name][0] - drawn[2] < 10
        assert max(ys) - min(ys) < 60
    seen = {**made.rejections["task"], **made.rejections["scene"]}
    for reason in {r for r, _ in STEPS} - {"", "nothing_there"}:
        assert seen[reason] == sum(r == reason for r, _ in STEPS), (reason, seen)
    assert made.rejections["page"] == {"trajectories_not_read": 1}
    counts = made.counts["scene"]
    assert counts["kept"] + counts["rejected"] == len(STEPS)
    pairs = [(e.scene, e.task) for e in found]
    rate = planted_faults.measure(pairs, CORPUS.spoil, CORPUS.resolve)
    assert rate.planted == rate.caught and len(rate.planted) >= 3
    assert all(
        isinstance(CORPUS.resolve(s, replace(t, text="Click.")), Rejection) for s, t in pairs
    )
    export_table.holds(tmp_path / "out", CORPUS.name, tmp_path / "to", capsys)


def mixture(weights: dict[str, float], optional: dict[str, float]) -> Mixture:
    return Mixture("mixed", weights, optional, {CORPUS.name: CORPUS}, mixture_release.ENGINE)


def test_a_mixture_takes_an_optional_part_in_once_it_is_there(folder: Path, tmp_path: Path):
    out = tmp_path / "out"
    build(folder, out)
    only = mixture({CORPUS.name: 1.0}, {"grounding_desk": 0.1})
    made = mixture_release.publish(builds.opened(only, BuildOptions(out=str(out))), {})
    assert made.plan_inputs["missing"] == {"grounding_desk": 0.1}
    other = mixture({}, {CORPUS.name: 0.06})
    assert other.having(out) == [CORPUS.name]
    assert other.having(tmp_path / "empty") == []
    assert other.samples(10, [CORPUS.name]) == {CORPUS.name: 10}
    both = mixture({"a": 0.94}, {"b": 0.06})
    assert both.samples(100) == {"a": 100} and both.samples(100, ["b"]) == {"a": 94, "b": 6}
