"""Plans of pages: valid by construction, refused with a reason, their words never markup."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from typing import Any

import lxml.html
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.renderers.documents.content import topics
from corpuswright.renderers.documents.webpages import bundle, style_sheet
from corpuswright.renderers.documents.webpages import plan as plans
from corpuswright.renderers.documents.webpages.plan import PagePlan, PagePlanError
from corpuswright.renderers.documents.webpages.tags import parts
from tests.fixtures import webpages

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="hacked=1">&amp; "q" \'s\' </style>'


def no_icons(site: str, path: str) -> bytes:
    return b'<svg viewBox="0 0 1 1"></svg>'


@pytest.mark.parametrize("level", [1, 2, 3])
def test_plans_of_seeds_are_whole(level: int):
    kinds: set[str] = set()
    for seed in range(60):
        plan = webpages.plan(seed, level)
        assert plans.read(json.loads(plan.model_dump_json())) == plan
        kinds |= {s.kind for s in plan.sections}
        assert plan.sections[0].kind == "nav" and plan.sections[-1].kind == "footer"
        tones = [s.tone for s in plan.sections[1:-1]]
        assert all(a != b for a, b in pairwise(tones))
        for id in (p.id for p in parts(bundle.body(plan, no_icons))):
            assert id.split(".")[0] in {s.id for s in plan.sections}
    assert len(kinds) >= 14 if level == 3 else 12


def test_text_can_be_read_on_every_ground():
    for seed in range(80):
        plan = webpages.plan(seed)
        for ground in style_sheet.grounds(plan).values():
            ink, key = style_sheet.on(plan.style, ground), style_sheet.key(plan.style, ground)
            for pair in ((ink, ground), (key, ground), (style_sheet.on(plan.style, key), key)):
                assert style_sheet.colours.contrast(*pair) >= 4.5


def places(plain: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in JSON."""
    out = [at] if at else []
    if isinstance(plain, dict):
        for key, value in plain.items():  # pyright: ignore[reportUnknownVariableType]
            out += places(value, (*at, key))
    elif isinstance(plain, list):
        for n, value in enumerate(plain):  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
            out += places(value, (*at, n))
    return out


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**9), st.floats(), st.text(max_size=30),
    st.just("x" * 5000), st.lists(st.integers(), max_size=3), st.just({}), st.just("#12"),
)  # fmt: skip


@given(st.integers(0, 30), st.data())
def test_a_broken_plan_has_a_reason(seed: int, data: st.DataObject):
    plain = copy.deepcopy(webpages.plan(seed).model_dump(mode="json"))
    *way, last = data.draw(st.sampled_from(places(plain)))
    at: Any = plain
    for step in way:
        at = at[step]
    if data.draw(st.booleans()):
        at[last] = data.draw(VALUES)
    else:
        del at[last]
    try:
        assert isinstance(plans.read(plain), PagePlan)
    except PagePlanError as error:
        assert error.reason == "plan_invalid" and len(str(error)) < 400


def hostile(plain: Any) -> Any:
    """Return a plan whose words are all markup."""
    kept = {"kind", "layout", "tone", "id", "library", "icon", "source", "cards", "density",
            "heading_font", "body_font", "background", "surface", "ink", "accents"}  # fmt: skip
    if isinstance(plain, dict):
        return {k: v if k in kept else hostile(v) for k, v in plain.items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    if isinstance(plain, list):
        return [hostile(v) for v in plain]  # pyright: ignore[reportUnknownVariableType]
    return HOSTILE[: 3 + len(plain)] if isinstance(plain, str) and plain else plain


def test_markup_in_words_is_shown_as_words():
    for seed in range(12):
        plan = webpages.plan(seed)
        plain = plan.model_dump(mode="json")
        for section in plain["sections"]:
            section["chart"] = None
            section["kind"] = "story" if section["kind"] == "chart" else section["kind"]
        clean = plans.read(plain)
        dirty = plans.read(hostile(plain))
        pages = [lxml.html.document_fromstring(bundle._page(p, bundle.body(p, no_icons), "a.css",
                 "", [], [])) for p in (clean, dirty)]  # pyright: ignore[reportPrivateUsage]  # fmt: skip
        tags = [[e.tag for e in page.iter()] for page in pages]
        assert tags[0] == tags[1]
        assert not [e for e in pages[1].iter() if any(a.startswith("on") for a in e.attrib)]
        wanted = {p.id: p.text for p in parts(bundle.body(dirty, no_icons))}
        for element in pages[1].iter():
            if id := element.get("data-node"):
                assert " ".join((element.text or "").split()) == " ".join(wanted[id].split())


def test_a_page_says_one_thing_of_a_year():
    said = 0
    for seed in range(200):
        of: dict[tuple[str, str], float] = {}
        for s in webpages.plan(seed, 3).sections:
            pairs: list[tuple[str, str, float]] = []
            if s.chart:
                unit = f" ({s.chart.unit})" if s.chart.unit else ""
                years = zip(s.chart.categories, s.chart.values[0], strict=True)
                pairs += [(s.chart.value + unit, year, value) for year, value in years]
            if s.kind == "table":
                pairs += [(name, row[0], float(cell.replace(",", "")))
                          for row in s.rows
                          for name, cell in zip(s.columns[1:], row[1:], strict=True)]  # fmt: skip
            for name, year, value in pairs:
                assert of.setdefault((name, year), value) == value, (seed, name, year)
                said += 1
    assert said > 500


def test_a_history_ends_in_the_figure_that_the_document_gives():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        words = topics.draw(rng)
        table = topics.history(rng, words, 9)
        assert table.values[0][-1] == {f.label: f.value for f in words.figures}[table.value]
