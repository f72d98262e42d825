"""CUActSpot's rules: verdicts derived by hand on real samples, and an oracle on random ones.

The samples are the benchmark's own annotations (microsoft/Phi-Ground, MIT licence beside them).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.scoring import cuactspot as scoring_cuactspot
from corpuswright.quality.benchmarks import bootstrap, cuactspot
from corpuswright.quality.benchmarks.cuactspot import (
    BenchmarkError,
    BenchmarkSample,
    Prediction,
    Region,
)
from corpuswright.storage.records import Point, Polygon

DATA = Path(__file__).with_name("cuactspot")
SAMPLES = {s.id: s for s in cuactspot.read(DATA)}

# Points read off the polygons by hand; the first list of each is right by the released rules.
RIGHT: dict[str, list[Point]] = {
    "Canvas-011a": [(1570, 690), (350, 690)],
    "Canvas-6eaa": [(840, 720), (1150, 800)],  # one of the two polygons of rank 2
    "GUI-2103": [(1070, 430), (1850, 450)],
    "GUI-ed68": [(1200, 130)],
    "Table-3f8c": [(1430, 610)],
    "Text-376b": [(100, 475), (900, 570)],
    "Text-44e9": [(200, 275), (500, 290)],
    "Image-861a": [(1245, 800), (1260, 870), (1320, 860), (1310, 790)],
}
GRID = [(x + 0.5, y + 0.5) for y in range(0, 1600, 8) for x in range(0, 2500, 8)]


def verdicts(name: str, points: list[Point]) -> tuple[str, str]:
    sample = SAMPLES[name]
    return cuactspot.released(sample, points), cuactspot.strict(sample, Prediction(tuple(points)))


@pytest.mark.parametrize("name", RIGHT)
def test_right_points_pass_both_rules(name: str):
    assert verdicts(name, RIGHT[name]) == ("", "")


@pytest.mark.parametrize(
    ("name", "points", "released", "strict"),
    [
        # reordered: fails where points have ranks, passes where they have none
        ("Canvas-011a", [(350, 690), (1570, 690)], "target_missed", "target_missed"),
        ("Text-376b", [(900, 570), (100, 475)], "target_missed", "target_missed"),
        ("Text-44e9", [(500, 290), (200, 275)], "", ""),
        ("Image-861a", RIGHT["Image-861a"][::-1], "", ""),
        # shifted out of the region, and just not out of it
        ("Table-3f8c", [(1430, 645)], "target_missed", "target_missed"),
        ("Table-3f8c", [(1430, 632)], "", ""),
        ("GUI-2103", [(1070, 430), (1780, 450)], "target_missed", "target_missed"),
        # surplus points, after the last rank or anywhere
        ("Canvas-011a", [(1570, 690), (350, 690), (5, 5)], "", "surplus_points"),
        ("Text-44e9", [(5, 5), (200, 275), (500, 290)], "", "surplus_points"),
        ("GUI-ed68", [(1200, 130), (1300, 130)], "", "surplus_points"),
        # a free-hand answer has more points than regions, within what the paper draws with
        ("Image-861a", [*RIGHT["Image-861a"], *[(1290, 700)] * 16], "", ""),
        ("Image-861a", [*RIGHT["Image-861a"], *[(1290, 700)] * 17], "", "surplus_points"),
        # banned, even when all that is wanted is there
        ("GUI-2103", [(500, 430), (1850, 450)], "banned", "banned"),
        ("GUI-2103", [(1070, 430), (1850, 450), (500, 430)], "banned", "banned"),
        ("Text-376b", [(100, 300), (900, 570)], "banned", "banned"),
        # too few
        ("Canvas-011a", [(1570, 690)], "too_few_points", "too_few_points"),
        ("Text-44e9", [(200, 275)], "target_missed", "target_missed"),
        ("Table-3f8c", [], "target_missed", "target_missed"),
        # the grid passes what has neither order nor banned regions, and nothing of it strictly
        ("Text-44e9", GRID, "", "surplus_points"),
        ("GUI-ed68", GRID, "", "surplus_points"),
        ("GUI-2103", GRID, "banned", "banned"),
        ("Canvas-011a", GRID, "target_missed", "target_missed"),
    ],
)
def test_verdicts_derived_by_hand(name: str, points: list[Point], released: str, strict: str):
    assert verdicts(name, points) == (released, strict)


def test_a_dense_grid_passes_no_sample_under_the_strict_rules():
    passed = {n: verdicts(n, GRID) for n in SAMPLES}
    unordered = {n for n, s in SAMPLES.items() if all(not r.rank for r in s.targets)}
    assert {n for n, (released, _) in passed.items() if not released} == unordered
    assert all(strict for _, strict in passed.values())


def test_action_types_are_checked_where_they_are_named():
    table, drag = SAMPLES["Table-3f8c"], SAMPLES["Canvas-011a"]
    for sample, action, reason in (
        (table, "click", ""),
        (table, "drag", "wrong_action"),
        (drag, "drag", ""),
        (drag, "click", "wrong_action"),
    ):
        made = Prediction(tuple(RIGHT[sample.id]), action)
        assert cuactspot.strict(sample, made) == reason
    named = BenchmarkSample("Text-0", "Double-click the word", "Text", table.regions)
    points = tuple(RIGHT["Table-3f8c"])
    assert cuactspot.strict(named, Prediction(points, "click")) == "wrong_action"
    assert cuactspot.strict(named, Prediction(points, "double_click")) == ""
    ours = BenchmarkSample("GUI-0", "", "GUI", table.regions, action="right_click")
    assert cuactspot.strict(ours, Prediction(points, "click")) == "wrong_action"


def test_a_drawn_path_may_not_run_through_a_banned_region():
    def square(x: float, y: float) -> Polygon:
        return ((x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10))

    dots = [Region("Target", str(i + 1), square(40 * i, 0)) for i in range(3)]
    sample = BenchmarkSample("Canvas-0", "", "Canvas", (*dots, Region("Banned", "", square(60, 0))))
    points = ((5.0, 5.0), (45.0, 5.0), (85.0, 5.0))
    assert cuactspot.released(sample, points) == ""
    assert cuactspot.strict(sample, Prediction(points)) == "path_through_banned"
    free = BenchmarkSample("Canvas-0", "", "Canvas", tuple(dots))
    assert cuactspot.strict(free, Prediction(points)) == ""


def test_a_value_that_is_no_number_is_no_point():
    assert verdicts("Table-3f8c", [(math.nan, 610)]) == ("target_missed", "not_a_point")


# --- an oracle for "inside": the winding number ---------------------------------------------------

coordinates = st.integers(0, 12).map(float)
points = st.tuples(coordinates, coordinates)


def _winding(polygon: Polygon, p: Point) -> float:
    total = 0.0
    for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        ax, ay, bx, by = a[0] - p[0], a[1] - p[1], b[0] - p[0], b[1] - p[1]
        total += math.atan2(ax * by - ay * bx, ax * bx + ay * by)
    return total / (2 * math.pi)


@given(st.lists(points, min_size=3, max_size=8), st.tuples(coordinates, coordinates))
def test_inside_agrees_with_the_winding_number_by_parity(vertices: list[Point], corner: Point):
    # Off the grid by an irrational amount, so that no point lies on an edge.
    point = (corner[0] + math.sqrt(2) / 7, corner[1] + math.sqrt(3) / 11)
    sample = BenchmarkSample("GUI-0", "", "GUI", (Region("Target", "1", tuple(vertices)),))
    odd = round(_winding(tuple(vertices), point)) % 2 == 1
    assert (cuactspot.released(sample, [point]) == "") == odd


@given(st.lists(points, min_size=3, max_size=6, unique=True), st.data())
def test_every_vertex_and_midpoint_of_an_edge_counts_as_inside(
    vertices: list[Point], data: st.DataObject
):
    sample = BenchmarkSample("GUI-0", "", "GUI", (Region("Target", "1", tuple(vertices)),))
    i = data.draw(st.integers(0, len(vertices) - 1))
    a, b = vertices[i], vertices[(i + 1) % len(vertices)]
    for point in (a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)):
        assert cuactspot.released(sample, [point]) == ""


# --- the command --------------------------------------------------------------------------------


def predict(path: Path, answers: dict[str, Any]) -> Path:
    lines = [json.dumps({"image_id": n, "points": p}) for n, p in answers.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_score_writes_overall_interval_modalities_and_a_verdict_for_every_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    right = predict(tmp_path / "right.jsonl", RIGHT)
    grid = predict(tmp_path / "grid.jsonl", dict.fromkeys(SAMPLES, GRID[:2]))
    out = tmp_path / "report.json"
    command = ["score", "cuactspot", "--data", str(DATA), "--predictions", str(right)]
    assert main([*command, "--json", str(out), "--against", str(grid)]) == 0
    report = json.loads(out.read_text())
    assert {v["image_id"]: v["success"] for v in report["samples"]} == {
        n: n in RIGHT for n in SAMPLES
    }
    shares = [report["by_modality"][m] for m in cuactspot.MODALITIES]
    assert report["overall"] == pytest.approx(sum(shares) / 5)
    low, high = report["interval"]
    assert low < report["overall"] < high
    assert {v["reason"] for v in report["samples"]} == {"", "no_prediction"}
    assert report["against"]["difference"] == pytest.approx(report["overall"])
    assert "no_prediction" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('{"image_id": "GUI-ed68"}', "line 1"),
        ('{"image_id": "GUI-ed68", "points": [[1]]}', "line 1"),
        ("nonsense", "line 1"),
        ('{"image_id": "GUI-ed68", "points": []}\n' * 2, "a second prediction"),
        ('{"image_id": "GUI-ed68", "points": [], "action": "fly"}', "'fly'"),
        ('{"image_id": "GUI-0000", "points": []}', "GUI-0000"),
    ],
)
def test_predictions_that_cannot_be_read_are_named(
    tmp_path: Path, lines: str, says: str, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "p.jsonl").write_text(lines)
    command = ["score", "cuactspot", "--data", str(DATA)]
    assert main([*command, "--predictions", str(tmp_path / "p.jsonl")]) == 2
    assert says in capsys.readouterr().err


def test_a_folder_without_samples_or_with_a_broken_one_is_refused(tmp_path: Path):
    with pytest.raises(BenchmarkError, match="saw none"):
        cuactspot.read(tmp_path)
    (tmp_path / "GUI-1.json").write_text('{"polygons": [{"type": "Other", "points": [[1, 2]]}]}')
    with pytest.raises(BenchmarkError, match=r"GUI-1\.json"):
        cuactspot.read(tmp_path)


# --- intervals ----------------------------------------------------------------------------------


def test_the_macro_mean_weighs_groups_alike_and_its_interval_is_as_wide_as_theory_says():
    groups = {"a": [1.0] * 30 + [0.0] * 30, "b": [1.0] * 10 + [0.0] * 30, "empty": []}
    found = bootstrap.macro_mean(groups)
    assert found.mean == pytest.approx((0.5 + 0.25) / 2)
    error = math.sqrt(0.25 / 60 + 0.25 * 0.75 / 40) / 2
    low, high = found.interval or (0.0, 0.0)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.05)
    with pytest.raises(ValueError, match="at least one"):
        bootstrap.macro_mean({"empty": []})


def test_one_value_in_a_group_has_no_interval():
    found = bootstrap.macro_mean({"a": [1.0, 0.0, 1.0], "b": [0.5]})
    assert found.interval is None and found.mean == pytest.approx((2 / 3 + 0.5) / 2)
    assert bootstrap.told(found.interval) == "no interval, from one value in a group"
    assert bootstrap.told([0.1, 0.25]) == "10.0 to 25.0"


def test_a_paired_comparison_of_a_system_with_itself_is_exactly_zero():
    report = scoring_cuactspot.cuactspot_report(
        list(SAMPLES.values()),
        {n: Prediction(tuple(p)) for n, p in RIGHT.items()},
        scoring_cuactspot.RELEASED,
    )
    found = scoring_cuactspot.paired(report, report)
    assert found.mean == 0.0 and found.interval in (None, [0.0, 0.0])
