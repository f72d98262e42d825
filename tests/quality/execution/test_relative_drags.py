"""Drags whose end hangs on their start: the score says what performing them gives."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpuswright.annotators.actions import gestures, regions, relative_drags
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.pipelines.cli.main import main
from corpuswright.quality.execution import perform, postconditions
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.exports.cuactspot import name_of
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.records import Point, Polygon, Sample, Scene, Task
from tests.assets.grounding import test_composed
from tests.assets.grounding.test_composed import renderer, samples_of
from tests.fixtures.small_corpora import CORPORA

built, data = test_composed.built, test_composed.data
RELATIVE = (
    "align", "move_midway", "move_photo", "move_region", "move_window", "resize_column",
    "resize_row", "resize_shape", "rotate_shape", "set_slider",
)  # fmt: skip
ANSWERS = 3  # of each task here; `make soak` has a thousand of each kind


def in_region(rng: np.random.Generator, polygons: tuple[Polygon, ...]) -> Point:
    """Return a random point of some polygons."""
    polygon = polygons[int(rng.integers(0, len(polygons)))]
    xs, ys = zip(*polygon, strict=True)
    while True:
        point = float(rng.uniform(min(xs), max(xs))), float(rng.uniform(min(ys), max(ys)))
        if regions.contains((polygon,), point):
            return point


def answers(rng: np.random.Generator, scene: Scene, task: Task) -> Iterator[tuple[Point, Point]]:
    """Yield drags: in the regions, from anywhere that may be pressed, and near the limits."""
    start, end = (t.accept for t in task.targets)
    while "gesture" not in task.expected:  # things snap: only what lies in both is the task
        yield in_region(rng, start), in_region(rng, end)
    gesture = task.expected["gesture"]
    press = tuple(tuple((x, y) for x, y in p) for p in gesture["press"])
    first, last = task.actions[0].points
    while True:
        yield in_region(rng, start), in_region(rng, end)
        a = in_region(rng, press)
        off = rng.normal(0, 8, 2) * scene.scale
        b = (a[0] + last[0] - first[0] + off[0], a[1] + last[1] - first[1] + off[1])
        yield a, (float(b[0]), float(b[1]))


def performed(shown: GuiRenderer, sample: Sample, task: Task, points: tuple[Point, Point]) -> str:
    """Return why a drag does not fulfil a task when it is performed; empty if it does."""
    (action,) = task.actions
    with shown.open(sample.spec) as live:
        gui.measure(live)
        perform.perform(live, replace(action, points=points), sample.scene.scale)
        live.rest()
        after = gui.state_of(live)
    failed = postconditions.check(task.expected, sample.scene.state["app"], after)
    return failed.reason + failed.value if failed else ""


def disagreements(
    shown: GuiRenderer, sample: Sample, task: Task, number: int
) -> Iterator[tuple[str, str, str]]:
    """Yield kind, score and result of every answer that is scored otherwise than it performs."""
    rng = np.random.default_rng([number, *task.key.encode()])
    made = answers(rng, sample.scene, task)
    gesture = task.expected.get("gesture")
    for turn in range(number):
        points, inside = next(made), gesture is None or turn % 2 == 0
        said = relative_drags.fault(gesture, points, sample.scene.size) if gesture else ""
        if said in ("outside_image", "press_on_another"):
            continue  # not performed: a browser has no such point, or another thing is taken
        came = performed(shown, sample, task, points)
        if bool(said) != bool(came) or (inside and said):
            yield task.kind, said, came


# Applications of others take minutes: `make soak` has them, with a thousand answers each.
@pytest.mark.browser
@pytest.mark.parametrize("built", [n for n in CORPORA if not n.startswith("real_")], indirect=True)
def test_a_score_says_what_performing_gives(built: tuple[RenderedCorpus, Path], data: Path):
    corpus, out = built
    shown, wrong, seen = renderer(corpus, data), [], Counter[str]()
    for sample in samples_of(corpus, out):
        for task in sample.tasks:
            if task.kind in RELATIVE and seen[task.kind] < 2:
                seen[task.kind] += 1
                wrong += list(disagreements(shown, sample, task, ANSWERS))
    assert not wrong, f"{len(wrong)} of {seen.total() * ANSWERS}: {wrong[:4]}"


@pytest.mark.browser
@pytest.mark.parametrize("built", ["grounding_desk", "grounding_photo"], indirect=True)
def test_answers_are_performed_in_the_scenes_of_the_store(
    built: tuple[RenderedCorpus, Path],
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    corpus, out = built
    loader = Loader.open(out, corpus.name, seed=None)
    found = [e for r in loader.records() for e in examples(r)]
    (tmp_path / "set").mkdir()
    FORMATS["cuactspot"](found, tmp_path / "set")
    lines, right = list[str](), set[str]()
    for i, example in enumerate(found):
        name, points = name_of(example), [p for a in example.task.actions for p in a.points]
        if i % 2:  # what is dragged is let go at once, what is clicked beside it
            points = [(points[0][0] + 1, points[0][1] + 1)] * 2 if len(points) == 2 else [(1, 1)]
        else:
            right.add(name)
        lines.append(json.dumps({"image_id": name, "points": points}))
    (tmp_path / "answers.jsonl").write_text("\n".join(lines))
    named = ["--data", str(tmp_path / "set"), "--predictions", str(tmp_path / "answers.jsonl")]
    report = tmp_path / "report.json"
    replay = ["--replay", str(out)]
    if corpus.name == "grounding_photo":
        assert main(["score", "cuactspot", *named, *replay]) == 2
        assert "say where it lies with --source DIR" in capsys.readouterr().err
        replay += ["--source", str(data / corpus.name)]
    for rules in (["--strict"], replay):
        assert main(["score", "cuactspot", *named, *rules, "--json", str(report)]) == 0
        told = json.loads(report.read_text())
        assert {v["image_id"] for v in told["samples"] if v["success"]} == right, rules
    assert told["rules"] == "replayed" and "replayed rules" in capsys.readouterr().out


SQUARE: tuple[Polygon, ...] = (gestures.around((100.0, 100.0), 40.0),)


def gesture_of(**more: object) -> Mapping[str, object]:
    plain = [[list(p) for p in polygon] for polygon in SQUARE]
    return {"unit": [2.0, 2.0], "press": plain, "avoid": [], **more}


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (((100.0, 100.0), (200.0, 100.0)), ""),
        (((139.0, 61.0), (239.0, 61.0)), ""),  # another place to take it, the same way
        (((139.0, 61.0), (200.0, 61.0)), "moved_otherwise"),  # ends where the first one does
        (((100.9, 100.0), (206.9, 100.0)), ""),  # 50 to 103: whole units are what is told
        (((100.0, 100.0), (208.0, 100.0)), "moved_otherwise"),
        (((150.0, 100.0), (250.0, 100.0)), "press_missed"),
        (((100.0, 100.0),), "not_a_drag"),
        (((100.0, 100.0), (400.0, 100.0)), "outside_image"),
    ],
)
def test_what_a_shift_accepts(points: tuple[Point, ...], reason: str):
    gesture = gesture_of(x=[47, 53], y=[-3, None])
    assert relative_drags.fault(gesture, points, (400, 400)) == reason


@pytest.mark.parametrize(("end", "fits"), [(90, True), (80, True), (60, False), (-90, False)])
def test_what_a_turn_accepts(end: float, fits: bool):
    centre = np.array([100.0, 200.0])
    gesture = gesture_of(centre=centre.tolist(), degrees=[75, 105])
    a = np.radians(-90 + end)
    far = tuple(float(v) for v in centre + 100 * np.array([np.cos(a), np.sin(a)]))
    found = relative_drags.fault(gesture, ((100.0, 100.0), (far[0], far[1])), (400, 400))
    assert found == ("" if fits else "turned_otherwise")
