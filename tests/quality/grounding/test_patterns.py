"""The blind resolver against true, ambiguous and wrong sentences; the grammar against it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.annotators.actions import clicks, place_expressions, regions
from corpuswright.annotators.grounding import gui
from corpuswright.quality.grounding import action_regions, planted_faults
from corpuswright.quality.grounding import gui as grounding_gui
from corpuswright.storage.keys import sample_key, source_id
from corpuswright.storage.records import Origin, Sample, Scene, Spec, Task
from tests.fixtures.small_samples import button, scene

SAVE = button(0, "Save", (10, 10, 60, 30))
LINK = button(1, "Save", (200, 10, 250, 30), role="link")
TWICE = (button(2, "Edit", (10, 150, 60, 170)), button(3, "Edit", (200, 150, 250, 170)))
SCENE = scene(SAVE, LINK, *TWICE)


def task(
    text: str, element: str = "e0", kind: clicks.ClickKind = "click", s: Scene = SCENE
) -> Task:
    action, region = clicks.click(s, place_expressions.element(s, element), kind)
    return Task("k", "click", (element,), text, "direct", (action,), (region,), Origin("t", 1))


@pytest.mark.parametrize(
    ("text", "element", "kind", "reason"),
    [
        ("Click the “Save” button.", "e0", "click", None),
        ("Please right-click the “Save” link.", "e1", "right_click", None),
        ("Click the “Edit” button in the bottom left of the screen.", "e2", "click", None),
        ("Press the second “Edit” button in reading order.", "e3", "click", None),
        ("Click the “Edit” button.", "e2", "click", "sentence_is_ambiguous"),
        ("Open “Save”.", "e0", "click", "sentence_is_ambiguous"),
        ("Click the “Save” link.", "e0", "click", "sentence_fits_another"),
        ("Click the “Delete” button.", "e0", "click", "sentence_fits_nothing"),
        ("Double-click the “Save” button.", "e0", "click", "sentence_names_another_action"),
        (
            "Click the “Edit” button in the top left of the screen.",
            "e2",
            "click",
            "sentence_fits_nothing",
        ),
        ("Press the first “Edit” button in reading order.", "e3", "click", "sentence_fits_another"),
        ("The “Save” button is green.", "e0", "click", "sentence_not_read"),
        ("Click the “Save” button next to the “Edit” one.", "e0", "click", "sentence_not_read"),
        ("Click the Save button.", "e0", "click", "sentence_not_read"),
    ],
)
def test_sentences(text: str, element: str, kind: clicks.ClickKind, reason: str | None):
    found = grounding_gui.check(SCENE, task(text, element, kind))
    assert (found.reason if found else None) == reason


def test_icons_are_named_as_such_and_flagged():
    icon = button(0, "Search", (10, 10, 30, 30), text="", attributes={"named_by": "icon"})
    field = button(1, "Search", (60, 10, 120, 30))
    known = scene(icon, field)
    assert gui.refer(known, icon) == "the “Search” icon"
    assert gui.refer(known, field) != "the “Search” button", "the icon is a button too"
    flagged = replace(task("Click the “Search” icon.", s=known), style="icon")
    assert grounding_gui.check(known, flagged) is None
    for wrong, reason in (
        (replace(flagged, style="direct"), "icon_not_flagged"),
        (replace(flagged, text="Click the “Search” button."), "sentence_is_ambiguous"),
        (
            replace(flagged, text="Click the “Search” icon.", elements=("e1",)),
            "sentence_fits_another",
        ),
    ):
        found = grounding_gui.check(known, wrong)
        assert found is not None and found.reason == reason
    alone = scene(icon)
    found = grounding_gui.check(alone, replace(task("Click the “Search” button.", s=alone)))
    assert found is not None and found.reason == "name_not_in_pixels"


def test_a_name_that_is_not_in_the_pixels_is_refused():
    hidden = scene(button(0, "Close", (0, 0, 20, 20), attributes={"named_by": "hidden"}))
    found = grounding_gui.check(hidden, task("Click the “Close” button.", s=hidden))
    assert found is not None and found.reason == "name_not_in_pixels"


names = st.sampled_from(["Save", "Edit", "Delete row", "Next page", "1", "Größe"])
roles = st.sampled_from(sorted(gui.NOUNS))
boxes = st.tuples(st.integers(0, 250), st.integers(0, 170)).map(
    lambda p: (float(p[0]), float(p[1]), p[0] + 40.0, p[1] + 20.0)
)


@given(st.lists(st.tuples(names, roles, boxes), min_size=1, max_size=8), st.integers(0, 999))
def test_whatever_passes_the_resolver_is_the_target_and_planted_faults_are_caught(
    things: list[tuple[str, str, tuple[float, float, float, float]]], seed: int
):
    s = scene(*(button(i, n, b, role=r) for i, (n, r, b) in enumerate(things)))
    key = sample_key("toy", source_id(str(seed)), 0)
    kept = [
        t
        for t in gui.propose(Sample(key, Spec(key, "toy", "gui", {}, ()), {}, s))
        if grounding_gui.check(s, t) is None
    ]
    for t in kept:
        assert action_regions.check(s, t) is None
        target = place_expressions.element(s, t.elements[0])
        # Brute force: no other element of that name and kind stands in the sentence's place.
        rivals = [e for e in s.elements if (e.name, e.role) == (target.name, target.role)]
        assert target in rivals
        if len(rivals) > 1:
            assert " in the " in t.text or "reading order" in t.text
    rate = planted_faults.measure(
        ((s, t) for t in kept), planted_faults.wrong_versions, grounding_gui.check
    )
    assert rate.planted == rate.caught


def test_points_outside_their_region_are_refused():
    good = task("Click the “Save” button.")
    region = good.targets[0]
    for point, reason in (
        ((150.0, 100.0), "point_misses_region"),
        ((400.0, 10.0), "point_outside_image"),
    ):
        moved = replace(good, actions=(replace(good.actions[0], points=(point,)),))
        found = action_regions.check(SCENE, moved)
        assert found is not None and found.reason == reason
    barred = replace(good, targets=(replace(region, forbid=region.accept),))
    found = action_regions.check(SCENE, barred)
    assert found is not None and found.reason == "point_in_forbidden_region"


def test_a_covered_or_half_covered_element_gets_no_task():
    covered = button(0, "A", (0, 0, 50, 50), click_point=None)
    half = button(1, "B", (60, 0, 110, 50), attributes={"probes": "1" * 20 + "0" * 5})
    s = scene(covered, half)
    for e, reason in ((covered, "unreachable"), (half, "partly_covered")):
        with pytest.raises(clicks.ActionError, match=reason):
            clicks.click(s, e, "click")


def test_a_button_inside_a_row_is_forbidden_ground_for_the_row():
    row = button(0, "Row", (0, 0, 200, 40), click_point=(20.0, 20.0))
    inner = button(1, "Delete", (150, 10, 190, 30), parent="e0")
    _, region = clicks.click(scene(row, inner), row, "click")
    assert region.forbid == regions.accept(inner)
    _, region = clicks.click(scene(row, inner), inner, "click")
    assert region.forbid == ()


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=3, max_size=6),
    st.tuples(st.floats(0, 30), st.floats(0, 30)),
)
def test_point_in_polygon_agrees_with_winding(
    polygon: list[tuple[float, float]], point: tuple[float, float]
):
    import math

    total, near = 0.0, False
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        ux, uy, vx, vy = ax - point[0], ay - point[1], bx - point[0], by - point[1]
        cross, dot = ux * vy - uy * vx, ux * vx + uy * vy
        near |= abs(cross) < 1e-6 * (1 + math.hypot(ux, uy) * math.hypot(vx, vy)) and dot <= 1e-6
        total += math.atan2(cross, dot)
    if not near:  # on the boundary the two conventions may differ
        crossings_odd = round(total / (2 * math.pi)) % 2 == 1
        assert regions.contains([tuple(polygon)], point) == crossings_odd
