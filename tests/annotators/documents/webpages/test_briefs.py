"""Briefs read without a model: their words, their colours, their sections in their order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.annotators.documents.webpages import brief_facts, briefs, requests
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.webpages.plan import MOST_ROWS
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


UNQUOTED = """Landing page for "Crumb & Co", a bakery. Warm colours, cream background.
Show our prices: Sourdough loaf £4.50, Cinnamon bun £2.80, Birthday cake £32 each month.
Opening hours: Tuesday to Saturday 7:00 to 15:00, closed on Sunday.
Quote from a customer: "Best bread north of London." - Amy Clarke. Contact: hello@crumb.example"""


def test_prices_hours_and_names_that_are_not_quoted_are_on_the_page():
    made = plan(UNQUOTED)
    by_kind = {s.kind: s for s in made.sections}
    assert [(i.heading, i.value) for i in by_kind["plans"].items] == [
        ("Sourdough loaf", "£4.50"), ("Cinnamon bun", "£2.80"), ("Birthday cake", "£32")
    ]  # fmt: skip
    assert by_kind["schedule"].rows == [["Tuesday to Saturday", "7:00", "15:00"],
                                        ["Sunday", "closed", "closed"]]  # fmt: skip
    assert [(i.text, i.heading) for i in by_kind["quote"].items] == [
        ("Best bread north of London.", "Amy Clarke")
    ]
    assert by_kind["footer"].text.endswith("hello@crumb.example")
    assert made.sections[-1].kind == "footer"
    assert made.style.accents[0] == "#c65d3b"  # terracotta: warm


@pytest.mark.parametrize(
    ("text", "priced"),
    [
        ("A haircut costs £20, a shave is £12 and a trim at $8.",
         [("Haircut", "£20", ""), ("Shave", "£12", ""), ("Trim", "$8", "")]),
        ("Plans: Team $29/month, Enterprise from $1,099.50 a year.",
         [("Team", "$29", "a month"), ("Enterprise", "from $1,099.50", "a year")]),
        ("Double room €120 per night, tarts 2,50 €.",
         [("Double room", "€120", "a night"), ("Tarts", "2,50 €", "")]),
        ("Revenue grew from $3 million in 2020 to $5 million in 2021.", []),
        ("The heading “Loaf £4, bun £2” is quoted, and stays what it is.", []),
    ],
)  # fmt: skip
def test_a_price_is_what_a_thing_costs(text: str, priced: list[tuple[str, str, str]]):
    found = brief_facts.sections(text).get("plans")
    items = found.items if found else []
    assert [(i.heading, i.value, i.label) for i in items] == priced


@pytest.mark.parametrize("number", [5, 9, 60])
def test_many_prices_are_a_table(number: int):
    text = ", ".join(f"dish number {'x' * n} £{n}" for n in range(1, number + 1))
    found = brief_facts.sections(text)["plans"]
    assert found.kind == "table"
    assert len(found.rows) == min(number, MOST_ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "Open " + "Mon, " * 90 + "Tue 9:00 to 17:00.",
        "Pricing with “Basic” and “Full”. A hero. Then pricing again: loaf £4, bun £2. " * 3,
        "x" * 300 + " £3, " + "y " * 200 + "£4, call 0113 496 0123",
        "Loaf £4, " * 20_000,
    ],
)
def test_facts_without_end_give_a_plan_all_the_same(text: str):
    made = plan(text)
    assert made.sections[-1].kind == "footer"
