"""MM-WebGEN's arithmetic, held to fractions worked out from its definition."""

from __future__ import annotations

import json
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.quality.benchmarks import mm_webgen
from corpuswright.quality.benchmarks.mm_webgen import Verdicts, WebGenBrief, WebGenError

COUNT = st.integers(0, 6)
ASSETS = st.lists(st.fixed_dictionaries({"issues": COUNT, "blank": st.booleans()}), max_size=4)
LEVEL = {
    "layout": st.fixed_dictionaries({n: COUNT for n in mm_webgen.LAYOUT}),
    "style": st.fixed_dictionaries({n: COUNT for n in mm_webgen.STYLE}),
    "aesthetics": st.fixed_dictionaries(
        {"aspects": st.lists(st.integers(1, 5), min_size=5, max_size=5)}),
    "images": ASSETS,
    "videos": st.lists(st.fixed_dictionaries({"fifths": st.integers(0, 5)}), max_size=3),
    "charts": ASSETS,
    "missing": st.dictionaries(st.sampled_from(["image", "video", "chart"]), st.integers(1, 3)),
}  # fmt: skip
PAGE = st.fixed_dictionaries(LEVEL)
# As the paper's table has them, in tenths.
LAYOUT = {"critical": 5, "minor": 3, "misplaced": 2, "slightly_misplaced": 1,
          "structural_mismatch": 10, "detail": 1}  # fmt: skip
STYLE = {"whole_page": 5, "section": 2, "minor": 1}


def by_hand(page: dict[str, Any]) -> dict[str, F | None]:
    """Work a page's scores out in fractions."""

    def penalties(name: str, tenths: dict[str, int]) -> F:
        total = sum(F(tenths[k], 10) * v for k, v in page[name].items())
        return max(F(0), min(F(1), 1 - total / 2))

    def mean(worth: list[F], gone: int) -> F | None:
        return sum(worth, F(0)) / (len(worth) + gone) if worth or gone else None

    def assets(name: str) -> list[F]:
        return [F(0) if a["blank"] else max(F(0), 1 - F(a["issues"], 5)) for a in page[name]]

    gone = page["missing"]
    return {
        "layout": penalties("layout", LAYOUT),
        "style": penalties("style", STYLE),
        "aesthetics": F(sum(page["aesthetics"]["aspects"]), 25),
        "image": mean(assets("images"), gone.get("image", 0)),
        "video": mean([F(v["fifths"], 5) for v in page["videos"]], gone.get("video", 0)),
        "chart": mean(assets("charts"), gone.get("chart", 0)),
    }


@given(st.lists(PAGE, min_size=1, max_size=5))
def test_scores_are_those_worked_out_by_hand(pages: list[dict[str, Any]]):
    briefs = [WebGenBrief(str(n), "x") for n in range(len(pages))]
    made = mm_webgen.score(
        {str(n): Verdicts.model_validate(p) for n, p in enumerate(pages)}, briefs
    )
    means: list[F] = []
    for level in mm_webgen.LEVELS:
        found = [v for p in pages if (v := by_hand(p)[level]) is not None]
        seen = made["levels"][level]
        if not found:
            assert seen is None
            continue
        means.append(sum(found, F(0)) / len(found))
        assert seen == pytest.approx(float(means[-1]), abs=1e-9)
    if len(means) == 6:
        assert made["average"] == pytest.approx(float(sum(means, F(0)) / 6), abs=1e-9)
    else:
        assert made["average"] is None


def test_the_released_row_adds_up():
    # GPT-5.1 on the project's page: six columns, and the average that stands beside them.
    row = [0.83, 0.54, 0.97, 0.88, 0.75, 0.54]
    assert round(sum(row) / 6, 2) == 0.75


def test_what_was_not_found_out_is_missing_and_named():
    whole = Verdicts.model_validate({
        "layout": {}, "style": {}, "aesthetics": {"aspects": [5] * 5}, "images": [{}],
        "videos": [{"fifths": 5}], "charts": [{}]})  # fmt: skip
    briefs = [WebGenBrief("a", "x"), WebGenBrief("b", "y")]
    assert mm_webgen.score({"a": whole, "b": whole}, briefs)["average"] == 1.0
    part = whole.model_copy(update={"style": None, "charts": None})
    made = mm_webgen.score({"a": whole, "b": part}, briefs)
    assert made["levels"]["layout"] == 1.0 and made["levels"]["style"] is None
    assert made["average"] is None
    assert made["without_verdict"] == {"style": ["b"], "chart": ["b"]}
    alone = mm_webgen.score({"a": whole}, briefs)
    assert set(alone["without_verdict"]) == set(mm_webgen.LEVELS)
    assert all(v is None for v in alone["levels"].values())


@pytest.mark.parametrize(
    "text", ["", "{}\n", "[1]\n", '{"file_id": 1}\n', '{"file_id": 1, "input": "x"}\n' * 2]
)
def test_what_is_no_brief_is_refused(text: str, tmp_path: Path):
    (tmp_path / "briefs.jsonl").write_text(text)
    with pytest.raises(WebGenError):
        mm_webgen.read(tmp_path / "briefs.jsonl")


NAMES = st.sampled_from([*LEVEL, "issues", "critical"])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3),
)


@given(PLAIN)
def test_broken_verdicts_are_refused_with_their_name(plain: Any):
    try:
        mm_webgen.verdicts_of(json.loads(json.dumps(plain)), "page 7")
    except WebGenError as error:
        assert str(error).startswith("page 7: ")
