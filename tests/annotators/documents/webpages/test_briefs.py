"""Briefs read without a model: their words, their colours, their sections in their order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.annotators.documents.webpages import briefs, requests
from corpuswright.renderers.documents import colours
from tests.fixtures import webpages

HERE = Path(__file__).parent


def plan(text: str, seed: int = 0) -> briefs.PagePlan:
    return briefs.plan(text, np.random.default_rng(seed))


def test_a_short_brief_gets_the_sections_that_it_lists():
    made = plan("A landing page for a coffee roastery called Ember Row. Warm brown and cream, with "
                "a hero photo, three features, pricing and an FAQ.")  # fmt: skip
    assert made.brand == "Ember Row"
    assert [s.kind for s in made.sections] == ["nav", "hero", "features", "plans", "questions",
                                               "footer"]  # fmt: skip
    assert made.style.background == colours.NAMED["cream"]
    assert colours.NAMED["brown"] in made.style.accents


def test_colours_by_code_and_dark_pages():
    made = plan("Page background #0b0f14, body text #f5f5f5, buttons in #ff3366.")
    assert made.style.background == "#0b0f14" and made.style.ink == "#f5f5f5"
    assert made.style.accents == ["#ff3366"]
    assert plan("portfolio of a photographer, dark background, big gallery").style.background < "#3"


def test_ink_that_cannot_be_read_is_not_taken():
    made = plan("The background is #ffffff and the text is #fdfdfd.")
    assert colours.contrast(made.style.ink, made.style.background) >= 4.5


def test_numbers_of_a_chart_are_the_brief_s():
    made = plan("A report for “Delta Port”. At the top is a hero titled “Ten years”. Below it is a "
                "bar chart section titled “Ships”: North 120, South 80, East 95.")  # fmt: skip
    ((_, chart),) = made.charts()
    assert dict(zip(chart.categories, chart.values[0], strict=True)) == {
        "North": 120, "South": 80, "East": 95}  # fmt: skip


@pytest.mark.parametrize("line", (HERE / "briefs.jsonl").read_text().splitlines())
def test_what_a_brief_quotes_is_on_the_page(line: str):
    brief = json.loads(line)["input"]
    found, asked = briefs.recall(brief, plan(brief))
    assert found >= 0.9 * asked, (found, asked)


def test_our_own_requests_are_understood():
    for seed in range(25):
        own = webpages.plan(seed)
        text = requests.write(own, "full", np.random.default_rng(seed))
        made = plan(text)
        found, asked = briefs.recall(text, made)
        assert found >= 0.6 * asked, (seed, found, asked)
        assert made.brand == own.brand


@given(st.text(max_size=400))
def test_any_text_gives_a_plan_or_says_why(text: str):
    try:
        made = plan(text)
    except briefs.BriefError as error:
        assert "brief" in str(error)
    else:
        assert made.sections[0].kind == "nav"


def test_too_long_and_empty():
    for text in ("", "  \n", "x" * (briefs.MOST_BRIEF + 1)):
        with pytest.raises(briefs.BriefError):
            plan(text)
